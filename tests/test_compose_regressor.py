"""What the inner regressor is given, and what becomes of its predictions."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from helpers import normal
from sklearn import config_context
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import (
    AdaBoostRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.exceptions import DataConversionWarning
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, MultiTaskLasso, Ridge
from sklearn.metrics import make_scorer, r2_score
from sklearn.model_selection import (
    GridSearchCV,
    cross_val_predict,
    cross_validate,
)
from sklearn.multioutput import MultiOutputRegressor, RegressorChain
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import get_tags

from sklearn_symbreak import (
    SymmetryBreaker,
    SymmetryBreakingRegressor,
)
from sklearn_symbreak.breaking import FourierPhaseBreaker
from sklearn_symbreak.compose import AtlasRegressor, RefinedRegressor
from sklearn_symbreak.datasets import (
    make_gaussian_phase_retrieval,
)
from sklearn_symbreak.forward import (
    ForwardModel,
    FourierPhaseRetrieval,
    GaussianPhaseRetrieval,
    LinearPhaseRetrieval,
)
from sklearn_symbreak.groups import (
    FourierSymmetry,
    GlobalPhase,
    SignFlip,
)
from sklearn_symbreak.phase_retrieval import LevenbergMarquardt, WirtingerFlow


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


class OnImages(Ridge):
    """A regressor of inputs with more axes than two."""

    def fit(self, X, y):
        assert X.ndim == 3
        return super().fit(X.reshape(len(X), -1), y)

    def predict(self, X):
        return super().predict(X.reshape(len(X), -1))


class TestXIsPassedOn:
    y = normal(np.random.default_rng(0), (12, 3))
    numbers = np.abs(normal(np.random.default_rng(1), (12, 4)))

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
    def test_measurements_that_a_breaker_needs(self, convert, match, rng):
        X, y = np.abs(normal(rng, (6, 36))), normal(rng, (6, 3, 3))
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


class Shaped(KNeighborsRegressor):
    def __init__(self, signal_shape=None):
        super().__init__()
        self.signal_shape = signal_shape


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

    @pytest.mark.parametrize("request_by", [None, "sample_weight", "sw"])
    def test_weights_of_steps_of_the_regressor_reach_the_breaker(self, request_by):
        X, y = make_gaussian_phase_retrieval(40, 3, random_state=0)
        weight = np.repeat([1.0, 0.0], 20)
        alone = SymmetryBreakingRegressor(Ridge(), SignFlip(), "mean")
        alone.fit(X[:20], y[:20])
        with config_context(enable_metadata_routing=request_by is not None):
            steps = [StandardScaler(), Ridge()]
            if request_by is not None:
                request = request_by == "sample_weight" or request_by
                steps = [s.set_fit_request(sample_weight=request) for s in steps]
            model = SymmetryBreakingRegressor(make_pipeline(*steps), SignFlip(), "mean")
            model.fit(X, y, **{request_by or "ridge__sample_weight": weight})
        np.testing.assert_allclose(self.template(model), self.template(alone))

    def test_weights_of_several_steps(self):
        X, y = make_gaussian_phase_retrieval(40, 3, random_state=0)
        model = make_pipeline(StandardScaler(), Ridge())
        model = SymmetryBreakingRegressor(model, SignFlip(), "mean")
        plain, weight = self.template(clone(model).fit(X, y)), np.arange(40.0)
        one = self.template(clone(model).fit(X, y, ridge__sample_weight=weight))
        assert not np.array_equal(one, plain)
        # Equal copies are one, and None is none.
        for other, expected in ((weight + 1, plain), (weight + 0, one), (None, one)):
            given = {"ridge__sample_weight": weight}
            given["standardscaler__sample_weight"] = other
            found = self.template(model.fit(X, y, **given))
            np.testing.assert_array_equal(found, expected)

    def test_regressors_without_routing_and_weights_of_scores(self):
        X, y = make_gaussian_phase_retrieval(40, 3, random_state=0)
        weight = np.arange(40.0)
        with config_context(enable_metadata_routing=True):
            ada = MultiOutputRegressor(AdaBoostRegressor(n_estimators=2))
            model = SymmetryBreakingRegressor(ada, SignFlip(), "mean")
            plain = self.template(model.fit(X, y))
            ridge = Ridge().set_fit_request(sample_weight=False)
            scorer = make_scorer(r2_score).set_score_request(sample_weight=True)
            search = GridSearchCV(ridge, {"alpha": [1]}, scoring=scorer, cv=2)
            model.set_params(regressor=search).fit(X, y, sample_weight=weight)
            np.testing.assert_array_equal(self.template(model), plain)

    def test_metadata_of_an_atlas_may_have_another_name(self):
        X, y = make_gaussian_phase_retrieval(40, 3, random_state=0)
        atlas = AtlasRegressor(Ridge(), SignFlip(), random_state=0)
        weight = np.arange(40.0)
        expected = clone(atlas).fit(X, y, sample_weight=weight).predict(X)
        with config_context(enable_metadata_routing=True):
            atlas.set_params(regressor=Ridge().set_fit_request(sample_weight="sw"))
            np.testing.assert_array_equal(
                atlas.fit(X, y, sw=weight).predict(X), expected
            )
            with pytest.raises(TypeError, match=r"AtlasRegressor.fit got unexpected"):
                atlas.fit(X, y, sample_weight=weight)

    def test_frozen_breaker_keeps_its_template(self):
        X, y = make_gaussian_phase_retrieval(40, 3, random_state=0)
        frozen = FrozenEstimator(clone(self.mean).fit(y[:20]))
        model = SymmetryBreakingRegressor(Ridge(), SignFlip(), frozen).fit(X, y)
        np.testing.assert_array_equal(model.breaker_.template_, frozen.template_)

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

    def test_tensor_targets(self):
        torch = pytest.importorskip("torch")
        X, y = make_gaussian_phase_retrieval(20, 2, random_state=0)
        model = SymmetryBreakingRegressor(KNeighborsRegressor(), SignFlip())
        expected = model.fit(X, y).predict(X)
        tensor = torch.asarray(y)
        np.testing.assert_array_equal(model.fit(X, tensor).predict(X), expected)
        assert model.score(X, tensor) == model.score(X, y)

    def test_images_that_are_not_square(self, rng):
        X, images = normal(rng, (20, 5)), rng.random((20, 4, 6))
        model = SymmetryBreakingRegressor(
            make_pipeline(Shaped()), FourierSymmetry(), "mean"
        )
        model.fit(X, images)
        assert model.regressor_[-1].signal_shape == (4, 6)


class FailingRegressor(DummyRegressor):
    """Predicts NaN for the first sample."""

    def predict(self, X):
        prediction = super().predict(X)
        prediction[0] = np.nan
        return prediction


class TestPredictions:
    @pytest.mark.parametrize("breaker", ["canonical", "mean", "passthrough"])
    def test_failed_predictions_count_and_are_not_hidden(self, breaker):
        X, y = make_gaussian_phase_retrieval(20, 2, random_state=0)
        model = SymmetryBreakingRegressor(FailingRegressor(), SignFlip(), breaker)
        model.fit(X, y)
        assert np.isnan(model.predict(X)[0]).all()
        assert np.isfinite(model.score(X, y))


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_squares_of_targets_may_leave_the_range(size, rng):
    y = normal(rng, (50, 3))
    model = SymmetryBreakingRegressor(
        KNeighborsRegressor(), SignFlip(), SymmetryBreaker(SignFlip())
    )
    expected = clone(model).fit(y**2, y).predict(y**2)
    found = model.fit(y**2, size * y).predict(y**2)
    np.testing.assert_allclose(found / size, expected)


def test_what_a_mask_hides_does_not_count(rng):
    y = rng.normal(size=(60, 3))
    X, hidden = y**2, rng.uniform(size=(60, 3)) < 0.1
    masked = np.ma.array(np.where(hidden, 1e6, X), mask=hidden)
    missing = np.where(hidden, np.nan, X)
    inner = make_pipeline(SimpleImputer(), KNeighborsRegressor())
    model = SymmetryBreakingRegressor(inner, SignFlip())
    solver = LevenbergMarquardt(LinearPhaseRetrieval(np.eye(3)), max_iter=2)
    atlas = AtlasRegressor(inner, SignFlip(), 2, random_state=0)
    for regressor in (model, atlas, RefinedRegressor(model, solver)):
        expected = clone(regressor).fit(missing, y).predict(missing)
        found = regressor.fit(masked, y).predict(masked)
        np.testing.assert_array_equal(found, expected)


def test_refined_regressors_take_tensors_as_targets():
    torch = pytest.importorskip("torch")
    X, y, forward = make_gaussian_phase_retrieval(
        60, 3, random_state=0, return_forward=True
    )
    inner = SymmetryBreakingRegressor(Ridge(), group=forward.symmetry)
    model = RefinedRegressor(inner, LevenbergMarquardt(forward))
    expected = clone(model).fit(X, y).predict(X)
    found = clone(model).fit(X, torch.tensor(y, requires_grad=True)).predict(X)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    with pytest.raises(TypeError, match=r"regressor must be a regressor, got <class"):
        RefinedRegressor(Ridge, LevenbergMarquardt(forward)).fit(X, y)


class RealAndImaginaryParts(ForwardModel):
    """Squares of real and imaginary parts, which no phase leaves alone."""

    signal_shape = (3,)
    n_measurements = 6
    symmetry = SignFlip()
    complex_valued = True

    def _measure(self, x):
        return np.concatenate([(x + x.conj()).real ** 2, x.imag**2], axis=1)

    def _pull_back(self, x, v):
        return 8 * x.real * v[:, :3] + 2j * x.imag * v[:, 3:]


class OwnMagnitudes(ForwardModel):
    """Magnitudes by a model that does not say that it is one of them."""

    signal_shape = (3,)
    symmetry = GlobalPhase()
    forward = GaussianPhaseRetrieval.random(3, complex_valued=True, random_state=0)
    n_measurements = forward.n_measurements

    def _measure(self, x):
        return self.forward._measure(x)

    def _pull_back(self, x, v):
        return self.forward._pull_back(x, v)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "solver", ["flow", "least squares", "fourier", "own magnitudes", "no phase"]
)
def test_refined_predictions_of_real_targets_are_real(solver, dtype, rng):
    y = rng.normal(size=(300, 3)).astype(dtype)
    forward = GaussianPhaseRetrieval.random(3, complex_valued=True, random_state=0)
    if solver == "fourier":
        # Two axes: of one axis, other signals have the same measurement.
        y = np.abs(rng.normal(size=(300, 2, 3))).astype(dtype)
        forward = FourierPhaseRetrieval((2, 3), (4, 6))
    elif solver == "own magnitudes":
        forward = OwnMagnitudes()
    elif solver == "no phase":
        forward = RealAndImaginaryParts()
    X = forward(y).astype(dtype)
    solve = WirtingerFlow if solver == "flow" else LevenbergMarquardt
    inner = SymmetryBreakingRegressor(KNeighborsRegressor(), group=SignFlip())
    model = RefinedRegressor(inner, solve(forward, max_iter=300))
    predicted = model.fit(X[:250], y[:250]).predict(X[250:])
    assert predicted.dtype == dtype
    # Turned to the real line they explain the measurement as before.
    solved = model.solver_.residual_ < 1e-3
    assert solved.mean() > 0.5
    error = np.abs(forward(predicted) - X[250:]).max(axis=1) / X[250:].max(axis=1)
    assert (error[solved] < 0.01).all()
