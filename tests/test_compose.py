"""The regressor that breaks the symmetry of its training targets."""

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin, clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, MultiTaskLasso, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
)
from sklearn.multioutput import MultiOutputRegressor, RegressorChain
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import Normalizer, OneHotEncoder, StandardScaler
from sklearn.utils import get_tags

from sklearn_symbreak import (
    ContentCenterer,
    SymmetryBreaker,
    SymmetryBreakingRegressor,
)
from sklearn_symbreak.breaking import FourierPhaseBreaker, make_paper_fourier_breaker
from sklearn_symbreak.datasets import (
    load_digit_images,
    make_fourier_phase_retrieval,
    make_gaussian_phase_retrieval,
    make_square_root,
)
from sklearn_symbreak.forward import FourierPhaseRetrieval
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
from sklearn_symbreak.metrics import orbit_r2_score, orbit_relative_error

REGRESSORS = [
    KNeighborsRegressor(2),
    Ridge(),
    MLPRegressor(
        hidden_layer_sizes=(8,), solver="lbfgs", max_iter=5000, random_state=0
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


def normal(shape, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=shape)
    if np.dtype(dtype).kind == "c":
        x = x + 1j * rng.normal(size=shape)
    return x.astype(dtype)


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
    def test_shapes_and_dtypes(self, regressor, group, shape, dtype):
        X, y = normal((12, 4)), normal((12, *shape), dtype)
        breaker = "mean" if isinstance(group, CyclicShift) else "canonical"
        model = SymmetryBreakingRegressor(regressor, group, breaker).fit(X, y)
        predicted = model.predict(X[:5])
        assert predicted.shape == (5, *shape)
        assert predicted.dtype == dtype
        assert model.signal_shape_ == shape
        assert model.n_features_in_ == 4
        assert np.isfinite(model.score(X, y))

    @pytest.mark.parametrize(("group", "shape"), SIGNALS, ids=str)
    def test_nearest_neighbour_returns_a_member_of_the_orbit(self, group, shape, dtype):
        X, y = normal((9, 2)), normal((9, *shape), dtype)
        breaker = "mean" if isinstance(group, CyclicShift) else "canonical"
        predicted = knn(group=group, breaker=breaker).fit(X, y).predict(X)
        flat = (-1, 1) if shape == () else y.shape
        distance = group.distance(y.reshape(flat), predicted.reshape(flat))
        assert distance.max() < (1e-3 if y.dtype.itemsize <= 8 else 1e-6)
        breaker_ = SymmetryBreaker(group, breaker).fit(y.reshape(flat))
        np.testing.assert_allclose(
            predicted.reshape(flat), breaker_.transform(y.reshape(flat)), atol=1e-5
        )

    def test_real_parts_come_before_imaginary_parts(self):
        X, y = normal((20, 3)), normal((20, 2), np.complex128)
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

    def test_search_over_the_group(self):
        X, y = normal((30, 4)), normal((30, 2, 3))
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
        for copy in (clone(model).fit(X, y), pickle.loads(pickle.dumps(model))):
            np.testing.assert_array_equal(copy.predict(X), expected)

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
    def test_global_output_configuration(self, digits, output):
        X, y = digits
        with config_context(transform_output=output):
            model = knn(breaker=make_paper_fourier_breaker(22)).fit(X, y)
            assert type(model.predict(X)) is np.ndarray
            flat = SymmetryBreaker(SignFlip()).fit_transform(normal((5, 3)))
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


class TestErrors:
    X, y = normal((6, 4)), normal((6, 3))

    @pytest.mark.parametrize(
        ("X", "y", "match"),
        [
            (X + 1j, y, "Complex data not supported"),
            (X * np.nan, y, "Input X contains NaN"),
            (X, y * np.inf, "Input y contains NaN or infinity"),
            (X, y[:5], r"inconsistent numbers of samples: \[6, 5\]"),
            (X[:0], y[:0], "0 sample"),
            (X, y[:0], "0 sample"),
            (X[:, 0], y, "Expected 2D array, got 1D array"),
            (X[:, :, None], y, "Found array with dim 3"),
            (X, None, "requires y to be passed"),
            (X, [["a"]] * 6, "y must be numeric"),
        ],
    )
    def test_fit(self, X, y, match):
        with pytest.raises(ValueError, match=match):
            SymmetryBreakingRegressor(Ridge(), SignFlip()).fit(X, y)

    @pytest.mark.parametrize(
        ("parameters", "match"),
        [
            (
                {"breaker": "median"},
                "breaker must be 'auto', 'canonical', 'mean', .*'median'",
            ),
            ({"breaker": 3}, "breaker must be a template name, .* got 3"),
            (
                {"breaker": SymmetryBreaker},
                r"such as SymmetryBreaker\(group\), got <cl",
            ),
            ({"breaker": None}, "breaker must be a template name, .* got None"),
            ({"group": None}, "group must be given with breaker='auto', got None"),
            ({"group": None, "breaker": "passthrough"}, "group must be given, got Non"),
            ({"group": ConjugateFlip()}, "y must have 3 axes for ConjugateFlip"),
        ],
    )
    def test_parameters(self, parameters, match):
        model = SymmetryBreakingRegressor(Ridge(), SignFlip()).set_params(**parameters)
        with pytest.raises(ValueError, match=match):
            model.fit(self.X, self.y)

    @pytest.mark.parametrize("breaker", ["canonical", "passthrough"])
    @pytest.mark.parametrize("group", ["sign", SignFlip])
    def test_group(self, group, breaker):
        model = SymmetryBreakingRegressor(Ridge(), group, breaker)
        with pytest.raises(TypeError, match="group must be a symmetry group, such as"):
            model.fit(self.X, self.y)

    def test_breaker_without_group(self):
        model = SymmetryBreakingRegressor(Ridge(), breaker=StandardScaler())
        with pytest.raises(ValueError, match="the breaker has none, and the score"):
            model.fit(self.X, self.y)

    @pytest.mark.parametrize(
        "breaker", [FourierPhaseBreaker(6), make_paper_fourier_breaker(6)]
    )
    def test_phase_breaker_that_does_not_fit_the_measurements(self, breaker):
        X, y = normal((6, 30)), normal((6, 3, 3))
        match = r"X must have 36 columns, .*FourierPhaseBreaker\(.* got shape \(6, 30\)"
        with pytest.raises(ValueError, match=match):
            knn(breaker=breaker).fit(X, y)
        # Images are not recovered from the measurements.
        breaker = FourierPhaseBreaker(6, target="image")
        assert knn(breaker=breaker).fit(X, y).predict(X).shape == y.shape

    def test_phase_breaker_with_a_bad_shape(self):
        with pytest.raises(ValueError, match="measurement_shape must be a positive"):
            knn(breaker=FourierPhaseBreaker("6")).fit(self.X, normal((6, 3, 3)))

    @pytest.mark.parametrize(
        ("group", "template"),
        [
            (Rotation(), "mean"),
            (SignFlip() * CyclicShift(ndim=2), "mean"),
            (Permutation(), "canonical"),
        ],
    )
    def test_natural_rule_or_the_mean_by_default(self, group, template):
        model = SymmetryBreakingRegressor(Ridge(), group)
        model.fit(self.X, normal((6, 3, 3)))
        assert model.breaker_.template == template

    def test_real_measurements_of_any_kind(self):
        expected = knn(group=SignFlip()).fit(self.X, self.y).predict(self.X)
        mixed = pd.DataFrame(self.X)
        mixed[1] = mixed[1].astype(object)
        mixed[2] = mixed[2].astype("Float64")
        for X in (self.X.astype(object), self.X.tolist(), mixed):
            model = knn(group=SignFlip()).fit(X, self.y)
            np.testing.assert_array_equal(model.predict(X), expected)

    def test_predict(self):
        model = SymmetryBreakingRegressor(Ridge(), SignFlip())
        for method in ("predict", "score"):
            arguments = (self.X, self.y)[: 1 + (method == "score")]
            with pytest.raises(NotFittedError, match="SymmetryBreakingRegressor inst"):
                getattr(model, method)(*arguments)
        model.fit(self.X, self.y)
        with pytest.raises(ValueError, match=r"X has 3 features, .* expecting 4"):
            model.predict(self.X[:, :3])
        with pytest.raises(ValueError, match="Complex data not supported"):
            model.predict(self.X + 0j)
        with pytest.raises(ValueError, match="Input X contains infinity"):
            model.predict(np.full_like(self.X, np.inf))

    @pytest.mark.parametrize(
        ("y", "match"),
        [
            (y[:, :2], r"same shape, got \(6, 2\) and \(6, 3\)"),
            (y[:5], r"same shape, got \(5, 3\) and \(6, 3\)"),
            (y * np.nan, "Input y_true contains NaN"),
        ],
    )
    def test_score(self, y, match):
        model = SymmetryBreakingRegressor(Ridge(), SignFlip()).fit(self.X, self.y)
        with pytest.raises(ValueError, match=match):
            model.score(self.X, y)


class RecordingRegressor(LinearRegression):
    """Keeps what `fit` was given."""

    def fit(self, X, y, sample_weight=None):
        self.given_ = X, sample_weight
        self.target_shape_ = np.shape(y)
        return super().fit(X, y, sample_weight)


class RegressorWithoutTags:
    """A regressor that does not derive from scikit-learn's classes."""

    def get_params(self, deep=True):
        return {}

    def fit(self, X, y):
        self.target_shape_ = y.shape
        self.mean_ = y.mean(axis=0)
        return self

    def predict(self, X):
        return np.broadcast_to(self.mean_, (len(X), *np.shape(self.mean_)))


class OnlyARegressorMixin(RegressorMixin):
    def get_params(self, deep=True):
        return {}

    def set_params(self, **params):
        return self

    def fit(self, X, y):
        self.mean_ = y.mean(axis=0)
        return self

    def predict(self, X):
        return np.full((len(X), 1), self.mean_)


class OneOutput(DummyRegressor):
    """Forgets all outputs but the first."""

    def predict(self, X):
        return super().predict(X)[:, 0]


class TestOneColumn:
    """The regressor is shown the number of axes that the targets have."""

    X, y = make_gaussian_phase_retrieval(30, 1, random_state=0)

    @pytest.mark.parametrize(
        "regressor",
        [
            MultiOutputRegressor(Ridge()),
            RegressorChain(Ridge()),
            MultiTaskLasso(1e-3),
            GridSearchCV(MultiOutputRegressor(Ridge()), {"estimator__alpha": [0, 1]}),
            make_pipeline(StandardScaler(), MultiOutputRegressor(Ridge())),
            OnlyARegressorMixin(),
        ],
        ids=lambda regressor: type(regressor).__name__,
    )
    def test_stays_for_regressors_of_several_outputs(self, regressor):
        model = SymmetryBreakingRegressor(regressor, SignFlip()).fit(self.X, self.y)
        assert model.predict(self.X).shape == self.y.shape
        expected = clone(regressor).fit(self.X, np.abs(self.y)).predict(self.X)
        np.testing.assert_allclose(model.predict(self.X), expected)

    @pytest.mark.parametrize(
        ("shape", "seen"),
        [((30,), (30,)), ((30, 1), (30, 1)), ((30, 1, 1), (30, 1))],
    )
    @pytest.mark.parametrize("breaker", ["canonical", "mean", "passthrough"])
    @pytest.mark.parametrize("kind", [RecordingRegressor, RegressorWithoutTags])
    def test_axes_stay(self, kind, breaker, shape, seen):
        model = SymmetryBreakingRegressor(kind(), SignFlip(), breaker)
        assert model.fit(self.X, self.y.reshape(shape)).predict(self.X).shape == shape
        assert model.regressor_.target_shape_ == seen

    @pytest.mark.parametrize("shape", [(30,), (30, 1)])
    def test_complex_scalars_are_two_columns(self, shape):
        y = np.exp(1j * np.arange(30.0)).reshape(shape)
        model = SymmetryBreakingRegressor(RecordingRegressor(), GlobalPhase())
        assert model.fit(self.X, y).predict(self.X).shape == shape
        assert model.regressor_.target_shape_ == (30, 2)

    def test_scalars_stay_scalars(self):
        model = SymmetryBreakingRegressor(MultiOutputRegressor(Ridge()), SignFlip())
        with pytest.raises(ValueError, match="at least two dimensions"):
            model.fit(self.X, self.y[:, 0])

    def test_the_regressor_may_warn_of_a_column(self):
        model = SymmetryBreakingRegressor(RandomForestRegressor(3), SignFlip())
        with pytest.warns(DataConversionWarning, match="column-vector y was passed"):
            model.fit(self.X, self.y)
        assert model.predict(self.X).shape == (30, 1)

    def test_outputs_that_the_regressor_loses(self):
        X, y = make_gaussian_phase_retrieval(30, 3, random_state=0)
        model = SymmetryBreakingRegressor(OneOutput(), SignFlip()).fit(X, y)
        match = r"regressor must predict 3 outputs a sample, .* got shape \(30,\)"
        with pytest.raises(ValueError, match=match):
            model.predict(X)


class Identity(BaseEstimator):
    """Takes any X, and predicts what it was given for the same object."""

    def fit(self, X, y):
        self.given_, self.targets_ = X, y
        return self

    def predict(self, X):
        assert X is self.given_
        return self.targets_


class TestXIsPassedOn:
    y = normal((12, 3))
    numbers = np.abs(normal((12, 4), seed=1))

    @pytest.mark.parametrize(
        "X",
        [
            numbers,
            numbers.tolist(),
            numbers + 1j,
            numbers[:, None, :, None],
            np.full((12, 2), np.nan),
            np.array([["text"]] * 12),
            [{"any": "thing"}] * 12,
            pd.DataFrame({"text": ["a", "b", None] * 4, "number": range(12)}),
            scipy.sparse.csr_array(numbers),
            scipy.sparse.coo_matrix(numbers),
            iter(()),
            None,
        ],
        ids=lambda X: type(X).__name__,
    )
    @pytest.mark.parametrize(
        "breaker", ["canonical", "passthrough", SymmetryBreaker(SignFlip(), "mean")]
    )
    def test_the_object_itself(self, X, breaker):
        model = SymmetryBreakingRegressor(Identity(), SignFlip(), breaker)
        predicted = model.fit(X, self.y).predict(X)
        assert model.regressor_.given_ is X
        assert SignFlip().distance(self.y, predicted).max() == 0
        assert model.score(X, self.y) == 1

    def test_images_of_a_net(self):
        model = SymmetryBreakingRegressor(OnImages(), SignFlip())
        X = self.numbers.reshape(12, 2, 2)
        assert model.fit(X, self.y).predict(X[:5]).shape == (5, 3)

    def test_text_and_missing_numbers(self):
        X = pd.DataFrame(
            {
                "kind": ["a", "b", None] * 4,
                "number": np.where(np.arange(12) % 5, np.arange(12.0), np.nan),
            }
        )
        columns = ColumnTransformer(
            [
                ("kind", OneHotEncoder(), ["kind"]),
                ("number", SimpleImputer(), ["number"]),
            ]
        )
        inner = make_pipeline(columns, Ridge())
        model = SymmetryBreakingRegressor(inner, SignFlip()).fit(X, self.y)
        expected = clone(inner).fit(X, SignFlip().canonicalize(self.y)[0]).predict(X)
        np.testing.assert_array_equal(model.predict(X), expected)
        np.testing.assert_array_equal(model.feature_names_in_, X.columns)
        assert model.n_features_in_ == 2

    @pytest.mark.parametrize("kind", ["csr_array", "csr_matrix", "csc_array"])
    def test_sparse(self, kind):
        X = getattr(scipy.sparse, kind)(self.numbers * (self.numbers > 0.5))
        model = SymmetryBreakingRegressor(Ridge(), SignFlip()).fit(X, self.y)
        dense = clone(model).fit(X.toarray(), self.y)
        np.testing.assert_allclose(model.predict(X), dense.predict(X.toarray()))

    def test_tags_are_those_of_the_regressor(self):
        for regressor, name in [
            (HistGradientBoostingRegressor(), "allow_nan"),
            (KNeighborsRegressor(metric="precomputed"), "pairwise"),
            (Ridge(), "sparse"),
        ]:
            model = SymmetryBreakingRegressor(regressor, SignFlip())
            # In scikit-learn 1.6.0 no estimator says that it takes sparse matrices.
            expected = getattr(get_tags(regressor).input_tags, name)
            assert getattr(get_tags(model).input_tags, name) == expected
        tags = get_tags(SymmetryBreakingRegressor(DummyRegressor(), SignFlip()))
        assert not tags.input_tags.pairwise
        # An estimator without a regressor, or one without tags, still has tags.
        for other in (None, RegressorWithoutTags(), OnlyARegressorMixin()):
            assert get_tags(SymmetryBreakingRegressor(other)).input_tags.two_d_array

    def test_cross_validation_of_distances(self):
        distances = np.abs(self.numbers[:, :1] - self.numbers[:, 0])
        inner = KNeighborsRegressor(2, metric="precomputed")
        model = SymmetryBreakingRegressor(inner, SignFlip())
        predicted = cross_val_predict(model, distances, self.y, cv=3)
        expected = cross_val_predict(
            SymmetryBreakingRegressor(KNeighborsRegressor(2), SignFlip()),
            self.numbers[:, :1],
            self.y,
            cv=3,
        )
        np.testing.assert_allclose(predicted, expected)

    def test_attributes_that_the_regressor_has_not(self):
        model = SymmetryBreakingRegressor(RegressorWithoutTags(), SignFlip())
        model.fit(self.numbers, self.y)
        for name in ("n_features_in_", "feature_names_in_"):
            assert not hasattr(model, name)

    @pytest.mark.parametrize(
        ("convert", "match"),
        [
            (lambda X: X + 1j, "Complex data not supported: X must hold real measure"),
            (lambda X: X[:, :35], r"X must have 36 columns.* got shape \(6, 35\)"),
            (lambda X: X[:, :, None], "Found array with dim 3"),
            (lambda X: X.astype(str) + "a", "could not convert string to float"),
            (lambda X: X * np.inf, "Input X contains infinity"),
            (
                lambda X: np.where(np.arange(6)[:, None] < 2, np.nan, X),
                r"X must hold all measurements for the breaker FourierPhaseBreaker\(.*"
                r"got NaN in 2 of 6 rows",
            ),
        ],
    )
    def test_measurements_that_a_breaker_needs(self, convert, match):
        X, y = np.abs(normal((6, 36))), normal((6, 3, 3))
        X = FourierPhaseRetrieval((3, 3), (6, 6))(y)
        model = SymmetryBreakingRegressor(
            DummyRegressor(), breaker=FourierPhaseBreaker(6)
        )
        with pytest.raises(ValueError, match=match):
            model.fit(convert(X), y)
        with pytest.raises(ValueError, match=match):
            model.fit(X, y).predict(convert(X))
        with pytest.raises(TypeError, match="Sparse data was passed for X"):
            model.fit(scipy.sparse.csr_array(X), y)
        with pytest.raises(ValueError, match="X has 5 and y has 6"):
            model.fit(X[:5], y)


class OnImages(Ridge):
    """A regressor of inputs with more axes than two."""

    def fit(self, X, y):
        assert X.ndim == 3
        return super().fit(X.reshape(len(X), -1), y)

    def predict(self, X):
        return super().predict(X.reshape(len(X), -1))


class TestWhatTheRegressorIsGiven:
    def test_requested_metadata(self):
        X, y = make_gaussian_phase_retrieval(20, 2, random_state=0)
        weight = np.arange(20.0)
        with config_context(enable_metadata_routing=True):
            recording = RecordingRegressor().set_fit_request(sample_weight=True)
            model = SymmetryBreakingRegressor(recording, SignFlip())
            model.set_score_request(sample_weight=True)
            fitted = cross_validate(
                model,
                X,
                y,
                params={"sample_weight": weight},
                cv=2,
                return_estimator=True,
            )["estimator"]
            np.testing.assert_array_equal(fitted[0].regressor_.given_[1], weight[10:])

    def test_metadata_that_is_not_requested(self):
        X, y = make_gaussian_phase_retrieval(20, 2, random_state=0)
        with config_context(enable_metadata_routing=True):
            model = SymmetryBreakingRegressor(RecordingRegressor(), SignFlip())
            with pytest.raises(ValueError, match="sample_weight"):
                model.fit(X, y, sample_weight=np.ones(20))

    def test_data_frame(self):
        X, y = make_gaussian_phase_retrieval(20, 2, random_state=0)
        frame = pd.DataFrame(X, columns=[f"m{k}" for k in range(X.shape[1])])
        columns = ColumnTransformer([("scale", StandardScaler(), ["m0", "m3"])])
        model = SymmetryBreakingRegressor(make_pipeline(columns, Ridge()), SignFlip())
        assert model.fit(frame, y).predict(frame).shape == y.shape

    def test_weights_of_the_mean_template(self):
        X, y = make_gaussian_phase_retrieval(40, 3, random_state=0)
        weight = np.repeat([1.0, 0.0], 20)
        model = SymmetryBreakingRegressor(LinearRegression(), SignFlip(), "mean")
        weighted = model.fit(X, y, sample_weight=weight).predict(X)
        alone = clone(model).fit(X[:20], y[:20]).predict(X)
        np.testing.assert_allclose(weighted, alone)

    @pytest.mark.parametrize("nested", [False, True])
    def test_weights_reach_the_steps_of_a_breaker(self, nested):
        X, y = make_gaussian_phase_retrieval(40, 3, random_state=0)
        weight = np.repeat([1.0, 0.0], 20)
        mean = Pipeline([("nothing", "passthrough"), ("mean", self.mean)])
        breaker = Pipeline([("inner", mean)]) if nested else mean
        model = SymmetryBreakingRegressor(LinearRegression(), breaker=breaker)
        weighted = clone(model).fit(X, y, sample_weight=weight)
        alone = clone(model).fit(X[:20], y[:20])
        np.testing.assert_allclose(self.template(weighted), self.template(alone))
        np.testing.assert_allclose(weighted.predict(X), alone.predict(X))

    @pytest.mark.parametrize("name", ["sample_weight", "sw"])
    @pytest.mark.parametrize("kind", ["name", "breaker", "pipeline"])
    def test_requested_weights_reach_the_breaker(self, kind, name):
        X, y = make_gaussian_phase_retrieval(40, 3, random_state=0)
        weight = np.repeat([1.0, 0.0], 20)
        breaker = {
            "name": "mean",
            "breaker": self.mean,
            "pipeline": Pipeline([("mean", self.mean)]),
        }[kind]
        alone = SymmetryBreakingRegressor(Ridge(), SignFlip(), breaker)
        alone.fit(X[:20], y[:20])
        with config_context(enable_metadata_routing=True):
            request = True if name == "sample_weight" else name
            ridge = Ridge().set_fit_request(sample_weight=request)
            model = SymmetryBreakingRegressor(ridge, SignFlip(), breaker)
            model.fit(X, y, **{name: weight})
        np.testing.assert_allclose(self.template(model), self.template(alone))

    mean = SymmetryBreaker(SignFlip(), "mean")

    @staticmethod
    def template(model):
        step = model.breaker_
        while isinstance(step, Pipeline):
            step = step[-1]
        return step.template_

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

    def test_tensor_targets(self):
        torch = pytest.importorskip("torch")
        X, y = make_gaussian_phase_retrieval(20, 2, random_state=0)
        model = SymmetryBreakingRegressor(KNeighborsRegressor(), SignFlip())
        expected = model.fit(X, y).predict(X)
        tensor = torch.asarray(y)
        np.testing.assert_array_equal(model.fit(X, tensor).predict(X), expected)
        assert model.score(X, tensor) == model.score(X, y)


class FailingRegressor(DummyRegressor):
    """Predicts NaN for the first sample."""

    def predict(self, X):
        prediction = super().predict(X)
        prediction[0] = np.nan
        return prediction


@pytest.mark.parametrize("breaker", ["canonical", "mean", "passthrough"])
def test_failed_predictions_count_and_are_not_hidden(breaker):
    X, y = make_gaussian_phase_retrieval(20, 2, random_state=0)
    model = SymmetryBreakingRegressor(FailingRegressor(), SignFlip(), breaker)
    model.fit(X, y)
    assert np.isnan(model.predict(X)[0]).all()
    assert np.isfinite(model.score(X, y))


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


class TestMistakesThatFitSees:
    X, y = make_gaussian_phase_retrieval(200, 3, random_state=0)

    def test_no_regressor(self):
        for given in (None, "knn", KNeighborsRegressor):
            model = SymmetryBreakingRegressor(given, SignFlip())
            with pytest.raises(TypeError, match="regressor must be a scikit-learn"):
                model.fit(self.X, self.y)

    def test_breaker_of_another_group(self):
        model = SymmetryBreakingRegressor(
            KNeighborsRegressor(), SignFlip(), SymmetryBreaker(Permutation())
        )
        with pytest.warns(UserWarning, match="orbits: up to group=SignFlip"):
            model.fit(self.X, self.y)

    def test_scaled_measurements_of_a_phase(self):
        images = np.random.default_rng(0).random((60, 4, 4))
        X, y = make_fourier_phase_retrieval(
            images, canvas_shape=6, measurement_shape=12, random_state=0
        )
        model = SymmetryBreakingRegressor(
            KNeighborsRegressor(), breaker=make_paper_fourier_breaker(12)
        )
        model.fit(X, y)
        with pytest.warns(UserWarning, match="measurements X that have not been scale"):
            make_pipeline(StandardScaler(), model).fit(X, y)

    @pytest.mark.parametrize("breaker", [SymmetryBreaker(FourierSymmetry())])
    def test_axes_of_the_breakers_group(self, breaker):
        model = SymmetryBreakingRegressor(KNeighborsRegressor(), breaker=breaker)
        with pytest.raises(ValueError, match="y must have 3 axes for FourierSymmetry"):
            model.fit(self.X, self.y)

    def test_targets_are_called_y(self):
        model = SymmetryBreakingRegressor(
            KNeighborsRegressor(), SignFlip(), breaker="mean"
        )
        with pytest.raises(ValueError, match="breaker refuses the targets y, which it"):
            model.fit(self.X, 0 * self.y)

    def test_images_that_are_not_square(self):
        images = np.random.default_rng(0).random((20, 4, 6))
        model = SymmetryBreakingRegressor(
            make_pipeline(Shaped()), FourierSymmetry(), "mean"
        )
        model.fit(self.X[:20], images)
        assert model.regressor_[-1].signal_shape == (4, 6)


class Shaped(KNeighborsRegressor):
    def __init__(self, signal_shape=None):
        super().__init__()
        self.signal_shape = signal_shape
