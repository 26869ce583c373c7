"""The regressor that breaks the symmetry of its training targets."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from helpers import normal
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    cross_val_predict,
    cross_val_score,
    learning_curve,
)
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

from sklearn_symbreak import (
    ContentCenterer,
    SymmetryBreaker,
    SymmetryBreakingRegressor,
)
from sklearn_symbreak.breaking import OrbitEmbedding, make_paper_fourier_breaker
from sklearn_symbreak.compose import AtlasRegressor
from sklearn_symbreak.datasets import (
    load_digit_images,
    make_fourier_phase_retrieval,
    make_gaussian_phase_retrieval,
    make_square_root,
)
from sklearn_symbreak.forward import add_noise
from sklearn_symbreak.groups import (
    ConjugateFlip,
    CyclicShift,
    FourierSymmetry,
    GlobalPhase,
    Permutation,
    Rotation,
    SignFlip,
    Translation,
)
from sklearn_symbreak.metrics import (
    orbit_mean_squared_error,
    orbit_r2_score,
    orbit_relative_error,
)
from sklearn_symbreak.phase_retrieval import WirtingerFlow

REGRESSORS = [
    KNeighborsRegressor(2),
    Ridge(),
    # The line search of lbfgs may fail at the kinks of "relu".
    MLPRegressor(
        hidden_layer_sizes=(8,),
        activation="tanh",
        solver="lbfgs",
        max_iter=5000,
        random_state=0,
    ),
    DummyRegressor(),
    RandomForestRegressor(3, random_state=0),
]
# Groups and shapes of one signal, from scalars to three axes.
SIGNALS = [
    (SignFlip(), ()),
    (SignFlip(), (1,)),
    (SignFlip(), (3,)),
    (GlobalPhase(), ()),
    (GlobalPhase(), (3,)),
    (Permutation(), (3, 2)),
    (ConjugateFlip(), (3, 4)),
    (CyclicShift(ndim=3), (2, 3, 2)),
]


def knn(**parameters):
    return SymmetryBreakingRegressor(KNeighborsRegressor(1), **parameters)


@pytest.fixture
def gaussian():
    return make_gaussian_phase_retrieval(150, 3, random_state=0)


@pytest.fixture(scope="module")
def digits():
    return make_fourier_phase_retrieval(
        load_digit_images()[0][:60],
        canvas_shape=11,
        measurement_shape=22,
        variant="shift_flip",
        random_state=0,
    )


class Spy(TransformerMixin, BaseEstimator):
    """A breaker that records what it is shown."""

    group = SignFlip()

    def fit(self, X, y=None):
        self.seen_ = [X.copy()]
        return self

    def transform(self, X):
        self.seen_.append(X.copy())
        return X * np.where(X[:, -1:] < 0, -1, 1)

    def inverse_transform(self, X):
        return X


class TestTargets:
    @pytest.mark.parametrize("regressor", REGRESSORS, ids=lambda r: type(r).__name__)
    @pytest.mark.parametrize(("group", "shape"), SIGNALS, ids=str)
    @pytest.mark.parametrize("dtype", [np.float32, np.complex128])
    @pytest.mark.filterwarnings("ignore:A column-vector y was:UserWarning")
    def test_shapes_and_dtypes(self, regressor, group, shape, dtype, rng):
        X, y = normal(rng, (12, 4)), normal(rng, (12, *shape), dtype)
        breaker = "mean" if isinstance(group, CyclicShift) else "canonical"
        model = SymmetryBreakingRegressor(regressor, group, breaker).fit(X, y)
        predicted = model.predict(X[:5])
        assert predicted.shape == (5, *shape)
        assert predicted.dtype == dtype
        assert model.signal_shape_ == shape
        assert model.n_features_in_ == 4
        assert np.isfinite(model.score(X, y))

    @pytest.mark.parametrize(("group", "shape"), SIGNALS, ids=str)
    def test_nearest_neighbour_returns_a_member_of_the_orbit(
        self, group, shape, dtype, rng
    ):
        X, y = normal(rng, (9, 2)), normal(rng, (9, *shape), dtype)
        breaker = "mean" if isinstance(group, CyclicShift) else "canonical"
        predicted = knn(group=group, breaker=breaker).fit(X, y).predict(X)
        flat = (-1, 1) if shape == () else y.shape
        distance = group.distance(y.reshape(flat), predicted.reshape(flat))
        assert distance.max() < (1e-3 if y.dtype.itemsize <= 8 else 1e-6)
        breaker_ = SymmetryBreaker(group, breaker).fit(y.reshape(flat))
        np.testing.assert_allclose(
            predicted.reshape(flat), breaker_.transform(y.reshape(flat)), atol=1e-5
        )

    def test_real_parts_come_before_imaginary_parts(self, rng):
        X, y = normal(rng, (20, 3)), normal(rng, (20, 2), np.complex128)
        model = SymmetryBreakingRegressor(
            LinearRegression(), GlobalPhase(), "passthrough"
        ).fit(X, y)
        expected = LinearRegression().fit(X, np.hstack([y.real, y.imag]))
        np.testing.assert_allclose(model.regressor_.coef_, expected.coef_)
        flat = expected.predict(X)
        np.testing.assert_allclose(model.predict(X), flat[:, :2] + 1j * flat[:, 2:])

    def test_integers_become_floats(self):
        model = knn(group=SignFlip()).fit([[1], [4], [9]], [[-1], [2], [-3]])
        predicted = model.predict([[1.1], [8]])
        assert predicted.dtype == np.float64
        np.testing.assert_array_equal(predicted, [[1], [3]])

    def test_breaking_makes_the_square_root_learnable(self):
        X, y = make_square_root(400, random_state=0)
        broken = SymmetryBreakingRegressor(KNeighborsRegressor(), SignFlip())
        untouched = clone(broken).set_params(breaker="passthrough")
        errors = [
            orbit_relative_error(
                y[300:],
                model.fit(X[:300], y[:300]).predict(X[300:]),
                group=SignFlip(),
            )
            for model in (broken, untouched)
        ]
        assert errors[0] < 0.01 < 0.2 < errors[1]

    @pytest.mark.parametrize("breaker", ["canonical", "mean"])
    def test_training_members_do_not_matter(self, gaussian, breaker):
        X, y = gaussian
        signs = np.random.default_rng(1).choice([-1.0, 1.0], size=(150, 1))
        first = knn(group=SignFlip(), breaker=breaker).fit(X, y)
        second = knn(group=SignFlip(), breaker=breaker).fit(X, signs * y)
        np.testing.assert_allclose(first.predict(X + 1), second.predict(X + 1))


class TestBreakers:
    def test_names(self, gaussian):
        X, y = gaussian
        model = knn(group=SignFlip(), breaker="mean").fit(X, y)
        assert isinstance(model.breaker_, SymmetryBreaker)
        assert model.breaker_.template == "mean"
        assert knn(group=SignFlip()).fit(X, y).breaker_.template == "canonical"
        model = knn(group=SignFlip(), breaker="passthrough").fit(X, y)
        assert model.breaker_ is None
        np.testing.assert_array_equal(model.predict(X), y)

    def test_group_is_taken_from_the_breaker(self, gaussian):
        X, y = gaussian
        model = knn(breaker=SymmetryBreaker(SignFlip(), np.ones(3))).fit(X, y)
        assert isinstance(model.group_, SignFlip)
        assert model.score(X, -y) == 1
        model = knn(breaker=Pipeline([("spy", Spy())])).fit(X, y)
        assert isinstance(model.group_, SignFlip)

    def test_own_group_goes_before_that_of_the_breaker(self, gaussian):
        X, y = gaussian
        group = SignFlip() * Permutation()
        model = knn(group=group, breaker=SymmetryBreaker(SignFlip())).fit(X, y)
        assert repr(model.group_) == repr(group)
        assert model.score(X, -y[:, ::-1]) == 1

    def test_parameters_are_cloned(self, gaussian):
        X, y = gaussian
        model = SymmetryBreakingRegressor(
            Ridge(), SignFlip(), SymmetryBreaker(SignFlip())
        )
        model.fit(X, y)
        assert model.group_ is not model.group
        assert not hasattr(model.regressor, "coef_")
        assert not hasattr(model.breaker, "template_")

    def test_nothing_but_training_targets_is_broken(self, gaussian):
        X, y = gaussian
        model = knn(breaker=Spy()).fit(X[:100], y[:100])
        model.predict(X[100:])
        model.score(X[100:], y[100:])
        assert len(model.breaker_.seen_) == 2
        for seen in model.breaker_.seen_:
            np.testing.assert_array_equal(seen, y[:100])

    def test_score_does_not_depend_on_the_members(self, digits):
        X, y = digits
        group = FourierSymmetry()
        model = SymmetryBreakingRegressor(KNeighborsRegressor(), group)
        model.fit(X[:40], y[:40])
        expected = model.score(X[40:], y[40:])
        moved = group.act(group.sample(y[40:], 0), y[40:])
        np.testing.assert_allclose(model.score(X[40:], moved), expected)
        weight = np.arange(20)
        np.testing.assert_allclose(
            model.score(X[40:], moved, sample_weight=weight),
            orbit_r2_score(
                y[40:], model.predict(X[40:]), group=group, sample_weight=weight
            ),
        )

    @pytest.mark.parametrize("target", ["phase", "image"])
    @pytest.mark.parametrize("complex_valued", [False, True])
    def test_paper_preset_gets_the_measurements(self, target, complex_valued):
        images = load_digit_images()[0][:30]
        if complex_valued:
            images = images * np.exp(1j * images)
        X, y = make_fourier_phase_retrieval(
            images,
            canvas_shape=(11, 12),
            measurement_shape=(22, 25),
            variant="shift_flip",
            random_state=0,
        )
        breaker = make_paper_fourier_breaker((22, 25), target=target)
        model = knn(breaker=breaker).fit(X, y)
        predicted = model.predict(X)
        assert predicted.dtype == y.dtype
        error = orbit_relative_error(y, predicted, group=FourierSymmetry())
        assert error < 1e-12
        # The score knows of all that the pipeline breaks, the translations too.
        assert model.score(X, y) == pytest.approx(1)
        shifted = Translation().act(Translation().sample(y, 0), y)
        assert model.score(X, shifted) == pytest.approx(1)

    def test_pipeline_with_an_empty_step(self, digits):
        X, y = digits
        breaker = Pipeline(
            [
                ("nothing", "passthrough"),
                ("center", ContentCenterer()),
                ("turn", SymmetryBreaker(ConjugateFlip())),
            ]
        )
        model = knn(breaker=breaker, group=FourierSymmetry()).fit(X, y)
        assert model.score(X, y) == pytest.approx(1)

    def test_magnitude_is_that_of_the_test_measurements(self, digits):
        X, y = digits
        breaker = make_paper_fourier_breaker(22)
        model = SymmetryBreakingRegressor(KNeighborsRegressor(), breaker=breaker)
        model.fit(X[:40], y[:40])
        predicted = model.predict(4 * X[40:])
        np.testing.assert_allclose(
            predicted,
            2
            * model.breaker_[-1].inverse_transform(
                self.phases(model, 4 * X[40:]), X[40:]
            ),
        )

    @staticmethod
    def phases(model, X):
        flat = model.regressor_.predict(X)
        half = flat.shape[1] // 2
        return (flat[:, :half] + 1j * flat[:, half:]).reshape(-1, 22, 22)

    @pytest.mark.parametrize(
        ("group", "template"),
        [
            (Rotation(), "mean"),
            (SignFlip() * CyclicShift(ndim=2), "mean"),
            (Permutation(), "canonical"),
        ],
    )
    def test_natural_rule_or_the_mean_by_default(self, group, template, rng):
        model = SymmetryBreakingRegressor(Ridge(), group)
        model.fit(normal(rng, (6, 4)), normal(rng, (6, 3, 3)))
        assert model.breaker_.template == template


class TestWithScikitLearn:
    def test_in_a_pipeline(self, gaussian):
        X, y = gaussian
        model = make_pipeline(StandardScaler(), knn(group=SignFlip()))
        assert model.fit(X, y).score(X, -y) == 1
        assert model.predict(X).shape == y.shape

    @pytest.mark.parametrize("complex_valued", [False, True])
    def test_cross_validation(self, complex_valued):
        X, y = make_gaussian_phase_retrieval(
            120, 2, complex_valued=complex_valued, random_state=0
        )
        group = GlobalPhase() if complex_valued else SignFlip()
        model = SymmetryBreakingRegressor(KNeighborsRegressor(3), group)
        predicted = cross_val_predict(model, X, y, cv=4)
        assert predicted.shape == y.shape
        assert predicted.dtype == y.dtype
        scores = cross_val_score(model, X, y, cv=4)
        assert orbit_r2_score(y, predicted, group=group) == pytest.approx(
            scores.mean(), abs=0.1
        )
        sizes, train, test = learning_curve(
            model, X, y, train_sizes=[20, 80], cv=3, random_state=0, shuffle=True
        )
        assert train.shape == test.shape == (2, 3)
        assert test[1].mean() > test[0].mean()
        np.testing.assert_array_equal(sizes, [20, 80])

    def test_cross_validation_of_images(self, digits):
        X, y = digits
        model = knn(group=FourierSymmetry())
        assert cross_val_predict(model, X, y, cv=2).shape == y.shape

    def test_search(self, gaussian):
        X, y = gaussian
        model = SymmetryBreakingRegressor(
            KNeighborsRegressor(), SignFlip(), SymmetryBreaker(SignFlip())
        )
        search = GridSearchCV(
            model,
            {
                "breaker__template": ["canonical", "mean", np.array([1.0, 2.0, 3.0])],
                "regressor__n_neighbors": [3, 100],
            },
            cv=3,
        ).fit(X, y)
        assert search.best_params_["regressor__n_neighbors"] == 3
        assert search.best_score_ > 0.3
        search = GridSearchCV(
            model,
            {"breaker": ["passthrough", "canonical", SymmetryBreaker(SignFlip())]},
            cv=3,
        ).fit(X, y)
        scores = search.cv_results_["mean_test_score"]
        assert scores[0] < scores[1] == scores[2]

    def test_search_over_the_group(self, rng):
        X, y = normal(rng, (30, 4)), normal(rng, (30, 2, 3))
        model = knn(group=CyclicShift(ndim=2), breaker="mean")
        search = GridSearchCV(model, {"group__ndim": [1, 2]}, cv=2, error_score=-9.0)
        with pytest.warns(Warning, match="fits failed"):
            search.fit(X, y)
        assert search.best_params_ == {"group__ndim": 2}
        assert search.cv_results_["mean_test_score"][0] == -9

    def test_clone_pickle_and_set_params(self, gaussian):
        X, y = gaussian
        model = knn(breaker=SymmetryBreaker(SignFlip(), "mean"))
        model.set_params(regressor__n_neighbors=2, breaker__tol=0.1)
        assert model.regressor.n_neighbors == 2
        assert model.breaker.tol == 0.1
        expected = model.fit(X, y).predict(X)
        for other in (clone(model).fit(X, y), pickle.loads(pickle.dumps(model))):
            np.testing.assert_array_equal(other.predict(X), expected)

    def test_refit_with_another_shape(self, gaussian):
        X, y = gaussian
        model = knn(group=SignFlip()).fit(X, y)
        assert model.fit(X[:, :5], y[:, 0]).predict(X[:2, :5]).shape == (2,)

    def test_transformed_target_regressor(self, gaussian):
        X, y = gaussian
        model = TransformedTargetRegressor(
            KNeighborsRegressor(1),
            transformer=SymmetryBreaker(SignFlip()),
            check_inverse=False,
        ).fit(X, y)
        expected = knn(group=SignFlip()).fit(X, y).predict(X + 1)
        np.testing.assert_array_equal(model.predict(X + 1), expected)

    def test_sample_weight(self, gaussian):
        X, y = gaussian
        weight = np.random.default_rng(0).uniform(size=150)
        model = SymmetryBreakingRegressor(Ridge(), SignFlip())
        model.fit(X, y, sample_weight=weight)
        broken = y * np.where(y[:, -1:] < 0, -1, 1)
        expected = Ridge().fit(X, broken, sample_weight=weight)
        np.testing.assert_allclose(model.regressor_.coef_, expected.coef_)

    @pytest.mark.parametrize("output", ["pandas", "default"])
    def test_global_output_configuration(self, digits, output, rng):
        X, y = digits
        with config_context(transform_output=output):
            model = knn(breaker=make_paper_fourier_breaker(22)).fit(X, y)
            assert type(model.predict(X)) is np.ndarray
            flat = SymmetryBreaker(SignFlip()).fit_transform(normal(rng, (5, 3)))
            assert type(flat) is np.ndarray
            scaled = make_pipeline(StandardScaler(), knn(group=FourierSymmetry()))
            assert type(scaled.fit(X, y).predict(X)) is np.ndarray

    @pytest.mark.parametrize("order", [1, -1])
    def test_steps_that_return_data_frames(self, gaussian, order):
        X, y = gaussian
        steps = [SymmetryBreaker(SignFlip()), StandardScaler()][::order]
        expected = knn(breaker=make_pipeline(*steps)).fit(X, y).predict(X)
        with config_context(transform_output="pandas"):
            model = knn(breaker=make_pipeline(*steps)).fit(X, y)
            np.testing.assert_array_equal(model.predict(X), expected)
        steps[
            steps.index(next(s for s in steps if hasattr(s, "with_mean")))
        ].set_output(transform="pandas")
        model = knn(breaker=make_pipeline(*steps)).fit(X, y)
        np.testing.assert_array_equal(model.predict(X), expected)

    def test_data_frames(self, gaussian):
        X, y = gaussian
        frame = pd.DataFrame(X, columns=[f"m{i}" for i in range(X.shape[1])])
        model = knn(group=SignFlip()).fit(frame, pd.DataFrame(y))
        np.testing.assert_array_equal(model.feature_names_in_, frame.columns)
        expected = knn(group=SignFlip()).fit(X, y).predict(X)
        np.testing.assert_array_equal(model.predict(frame), expected)
        with pytest.raises(ValueError, match="feature names should match"):
            model.predict(frame.rename(columns={"m0": "other"}))

    def test_real_measurements_of_any_kind(self, gaussian):
        X, y = gaussian
        expected = knn(group=SignFlip()).fit(X, y).predict(X)
        mixed = pd.DataFrame(X)
        mixed[1] = mixed[1].astype(object)
        mixed[2] = mixed[2].astype("Float64")
        for given in (X.astype(object), X.tolist(), mixed):
            model = knn(group=SignFlip()).fit(given, y)
            np.testing.assert_array_equal(model.predict(given), expected)


class Doubling(SymmetryBreaker):
    """Inherits from a breaker whose inverse is the identity, and has another."""

    def transform(self, X):
        return super().transform(X) / 2

    def inverse_transform(self, X):
        return 2 * X


class TestBreakerPipelines:
    @pytest.mark.parametrize(
        "breaker",
        [
            Doubling(SignFlip()),
            make_pipeline(SymmetryBreaker(SignFlip()), Doubling(SignFlip())),
            make_pipeline(Doubling(SignFlip()), StandardScaler()),
        ],
        ids=["subclass", "last step", "first step"],
    )
    def test_inverses_of_strangers_are_called(self, gaussian, breaker):
        X, y = gaussian
        predicted = knn(group=SignFlip(), breaker=breaker).fit(X, y).predict(X)
        expected = knn(group=SignFlip()).fit(X, y).predict(X)
        np.testing.assert_allclose(predicted, expected)

    def test_nested_and_empty_steps(self):
        images, _ = load_digit_images()
        X, y = make_fourier_phase_retrieval(
            images[:20], canvas_shape=10, measurement_shape=20, random_state=0
        )
        paper = make_paper_fourier_breaker(20)
        plain = SymmetryBreakingRegressor(KNeighborsRegressor(1), breaker=paper)
        nested = SymmetryBreakingRegressor(
            KNeighborsRegressor(1),
            breaker=Pipeline([("nothing", None), ("paper", clone(paper))]),
        )
        np.testing.assert_array_equal(
            nested.fit(X, y).predict(X), plain.fit(X, y).predict(X)
        )

    def test_steps_need_an_inverse(self):
        X, y = make_gaussian_phase_retrieval(20, 2, random_state=0)
        model = SymmetryBreakingRegressor(Ridge(), SignFlip(), Normalizer())
        with pytest.raises(ValueError, match=r"with inverse_transform.*Normalizer"):
            model.fit(X, y)

    def test_steps_that_take_no_weights(self, digits):
        X, y = digits
        breaker = Pipeline(
            [("center", ContentCenterer()), ("turn", SymmetryBreaker(ConjugateFlip()))]
        )
        model = SymmetryBreakingRegressor(Ridge(), FourierSymmetry(), breaker)
        model.fit(X, y, sample_weight=np.ones(len(X)))
        np.testing.assert_array_equal(
            model.breaker_.transform(y), clone(breaker).fit_transform(y)
        )


def test_steps_of_a_breaker_that_take_no_complex_targets_are_named(rng):
    y = normal(rng, (20, 3), complex)
    breaker = make_pipeline(SymmetryBreaker(GlobalPhase()), StandardScaler())
    model = SymmetryBreakingRegressor(KNeighborsRegressor(2), GlobalPhase(), breaker)
    with pytest.raises(
        ValueError, match=r"calls X: StandardScaler\(\) takes no complex"
    ):
        model.fit(np.abs(y), y)


def test_an_atlas_has_no_template_twice(rng):
    y = np.repeat(rng.normal(size=(70, 3)), 2, axis=0)
    atlas = AtlasRegressor(KNeighborsRegressor(), SignFlip(), 70, random_state=0)
    assert len(np.unique(atlas.fit(y**2, y).templates_, axis=0)) == 70
    atlas.set_params(n_templates=71)
    with pytest.warns(UserWarning, match=r"n_templates=71 .* y holds 70"):
        assert len(atlas.fit(y**2, y).estimators_) == 70


def test_what_is_learned_keeps_no_gradient(rng):
    torch = pytest.importorskip("torch")
    y = torch.tensor(rng.normal(size=(20, 3)), requires_grad=True)
    for breaker in (SymmetryBreaker(SignFlip(), "mean"), OrbitEmbedding(SignFlip())):
        breaker.fit(y)
        # A graph would be freed by the first of them.
        for _ in range(2):
            breaker.transform(y).sum().backward()
        copy.deepcopy(breaker)
    assert orbit_r2_score(y, y, group=SignFlip()) == 1


def test_tensors_that_torch_conjugates_later(rng):
    torch = pytest.importorskip("torch")
    z, X = normal(rng, (20, 3), complex), rng.normal(size=(20, 6))
    model = SymmetryBreakingRegressor(Ridge(), GlobalPhase())
    expected = model.fit(X, z.conj()).predict(X)
    tensor = torch.tensor(z).conj()
    np.testing.assert_array_equal(model.fit(X, tensor).predict(X), expected)
    negative = tensor.imag
    assert negative.is_neg() and tensor.is_conj()
    assert orbit_mean_squared_error(negative, -z.imag, group=SignFlip()) == 0


def test_other_byte_orders_keep_their_precision():
    X, _, forward = make_gaussian_phase_retrieval(
        5, 3, random_state=0, return_forward=True
    )
    solver = WirtingerFlow(forward, random_state=0)
    for dtype in (np.float32, np.float64):
        X = X.astype(dtype)
        swapped = X.astype(X.dtype.newbyteorder())
        found = solver.predict(swapped)
        assert found.dtype == dtype and add_noise(swapped, snr=9).dtype == dtype
        np.testing.assert_array_equal(found, solver.predict(X))
