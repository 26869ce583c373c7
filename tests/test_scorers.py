"""Errors of measurements, scorers, and what all metrics refuse."""

import pickle

import numpy as np
import pytest
from helpers import normal, norms, tensor
from numpy.testing import assert_array_equal
from sklearn import config_context
from sklearn.dummy import DummyRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    cross_val_score,
    cross_validate,
)
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_symbreak import SymmetryBreakingRegressor
from sklearn_symbreak.compose import RefinedRegressor
from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
from sklearn_symbreak.forward import GaussianPhaseRetrieval, LearnedForward, add_noise
from sklearn_symbreak.groups import (
    ConjugateFlip,
    Permutation,
    RigidMotion,
    SignFlip,
)
from sklearn_symbreak.metrics import (
    ConsistencyScorer,
    _per_sample,
    consistency_error,
    make_orbit_scorer,
    orbit_mean_squared_error,
    orbit_r2_score,
    orbit_relative_error,
    scaled_orbit_residual,
)
from sklearn_symbreak.phase_retrieval import WirtingerFlow

ERRORS = [orbit_mean_squared_error, orbit_relative_error, scaled_orbit_residual]
METRICS = [*ERRORS, orbit_r2_score]


class TestConsistency:
    def test_formula_and_invariance(self, monkeypatch, rng):
        X, y, forward = make_gaussian_phase_retrieval(
            9, 3, complex_valued=True, random_state=0, return_forward=True
        )
        assert consistency_error(X, y, forward=forward) == 0
        y_pred = y + 0.1 * normal(rng, y.shape, y.dtype)
        weight = rng.uniform(0.5, 1, size=9)
        errors = norms(forward(y_pred) - X) ** 2 / norms(X) ** 2
        for scale in (1, np.exp(2j)):
            actual = consistency_error(
                X, scale * y_pred, forward=forward, sample_weight=weight
            )
            np.testing.assert_allclose(actual, np.average(errors, weights=weight))
        y_pred[4] = np.nan
        errors[4] = 1
        whole = consistency_error(X, y_pred, forward=forward)
        np.testing.assert_allclose(whole, errors.mean())
        monkeypatch.setattr(_per_sample, "CHUNK_BYTES", 1)
        parts = consistency_error(X, y_pred, forward=forward)
        np.testing.assert_allclose(parts, whole)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_what_is_not_measured_does_not_count(self, dtype, rng):
        X, y, forward = make_gaussian_phase_retrieval(
            9, 3, dtype=dtype, random_state=0, return_forward=True
        )
        y_pred = y + 0.1 * normal(rng, y.shape, dtype)
        missing = rng.random(X.shape) < 0.3
        missing[:, 0] = False
        with_gaps = np.where(missing, np.nan, X)
        expected = np.mean(
            [
                np.sum((a - b)[~gap] ** 2) / np.sum(a[~gap] ** 2)
                for a, b, gap in zip(X, forward(y_pred), missing, strict=True)
            ]
        )
        found = consistency_error(with_gaps, y_pred, forward=forward)
        np.testing.assert_allclose(found, expected, rtol=1e-5)
        # What the model says of what is not measured does not count either.
        found = consistency_error(
            with_gaps,
            y_pred,
            forward=lambda z: np.where(missing, np.inf, forward(z)),
        )
        np.testing.assert_allclose(found, expected, rtol=1e-5)
        scorer, model = ConsistencyScorer(forward), DummyRegressor().fit(X, y)
        assert scorer(model, with_gaps) == -consistency_error(
            with_gaps, model.predict(X), forward=forward
        )

    @pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
    @pytest.mark.parametrize("value", [np.inf, np.nan])
    def test_measurements_beyond_the_precision(self, value, rng):
        y = normal(rng, (4, 3))
        y[1] = 1e200
        found = consistency_error(
            normal(rng, (4, 3)) ** 2,
            y,
            forward=lambda z: np.where(np.abs(z) > 1e150, value, z**2),
        )
        assert found == np.inf

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    @pytest.mark.parametrize("complex_valued", [False, True])
    def test_tensors(self, complex_valued, dtype, device, rng):
        torch = pytest.importorskip("torch")
        X, y, forward = make_gaussian_phase_retrieval(
            9,
            3,
            complex_valued=complex_valued,
            dtype=dtype,
            random_state=0,
            return_forward=True,
        )
        y_pred = (y + 0.1 * normal(rng, y.shape, y.dtype)).astype(y.dtype)
        y_pred[4] = np.nan
        expected = consistency_error(X, y_pred, forward=forward)
        tensors = [tensor(a, device).requires_grad_() for a in (X, y_pred)]
        for measurements in (X, tensors[0]):
            for prediction in (y_pred, tensors[1]):
                found = consistency_error(measurements, prediction, forward=forward)
                assert found == pytest.approx(expected, rel=1e-5)
        # A model of tensors is given tensors.
        found = consistency_error(
            X[:4], tensors[1][:4], forward=lambda z: torch.zeros(len(z), X.shape[1])
        )
        assert found == 1
        with pytest.raises(ValueError, match=r"shape of X, .* got \(8, 2\)"):
            consistency_error(*tensors, forward=lambda z: z[:, :2])

    def test_tensors_that_do_not_fit(self):
        torch = pytest.importorskip("torch")
        X = torch.asarray([[1.0, 1.0], [0.0, 0.0]])
        with pytest.raises(ValueError, match="X must not hold rows of zeros"):
            consistency_error(X, X, forward=torch.square)
        with pytest.raises(ValueError, match=r"X must be real, got dtype torch\.comp"):
            consistency_error(X + 1j, X, forward=torch.square)

    def test_scorer_of_tensors(self):
        torch = pytest.importorskip("torch")
        X, y, forward = make_gaussian_phase_retrieval(
            30, 3, random_state=0, return_forward=True
        )
        model = SymmetryBreakingRegressor(KNeighborsRegressor(), group=SignFlip())
        model.fit(X, y)
        scorer = ConsistencyScorer(forward)
        assert scorer(model, torch.asarray(X), torch.asarray(y)) == scorer(model, X)

    def test_scorer(self):
        X, y, forward = make_gaussian_phase_retrieval(
            60, 3, random_state=0, return_forward=True
        )
        scorer = ConsistencyScorer(forward)
        model = SymmetryBreakingRegressor(KNeighborsRegressor(1), group=SignFlip())
        model.fit(X, y)
        assert scorer(model, X) == pytest.approx(0)
        assert scorer(model, X, y) == scorer(model, X)
        weight = np.arange(60.0)
        assert scorer(model, X + 1, sample_weight=weight) == -consistency_error(
            X + 1, model.predict(X + 1), forward=forward, sample_weight=weight
        )
        assert repr(scorer).startswith("ConsistencyScorer(GaussianPhaseRetrieval(")
        copy = pickle.loads(pickle.dumps(scorer))
        assert copy(model, X + 1) == scorer(model, X + 1)


class TestScorers:
    X, y = make_gaussian_phase_retrieval(120, 3, random_state=0)
    model = SymmetryBreakingRegressor(KNeighborsRegressor(), group=SignFlip())

    @pytest.mark.parametrize("metric", METRICS)
    def test_sign_and_value(self, metric):
        scorer = make_orbit_scorer(SignFlip(), metric)
        model = self.model.fit(self.X, self.y)
        y_pred = model.predict(self.X)
        sign = 1 if metric is orbit_r2_score else -1
        weight = np.arange(1, 121)
        for copy in (scorer, pickle.loads(pickle.dumps(scorer))):
            value = copy(model, self.X, -self.y)
            expected = metric(self.y, y_pred, group=SignFlip())
            assert value == pytest.approx(sign * expected)
            value = copy(model, self.X, self.y, sample_weight=weight)
            expected = metric(self.y, y_pred, group=SignFlip(), sample_weight=weight)
            assert value == pytest.approx(sign * expected)

    def test_perfect_regressor_scores_best(self):
        forward = GaussianPhaseRetrieval.random(1, 1, random_state=0)
        y = np.array([[2.0], [-2.0]])
        model = DummyRegressor(strategy="constant", constant=2.0).fit(y, y)
        assert make_orbit_scorer(SignFlip())(model, y, y) == 0
        assert make_orbit_scorer(SignFlip(), orbit_r2_score)(model, y, y) == 1
        scorer = ConsistencyScorer(lambda z: forward(z.reshape(-1, 1)))
        assert scorer(model, forward(y)) == 0

    def test_parameters_of_the_metric(self, rng):
        X, y = rng.normal(size=(8, 5)), rng.normal(size=(8, 4, 3))
        model = SymmetryBreakingRegressor(KNeighborsRegressor(2), RigidMotion())
        predicted = model.fit(X, y).predict(X)
        scorer = make_orbit_scorer(RigidMotion(), scaled_orbit_residual, phase=False)
        expected = scaled_orbit_residual(y, predicted, group=RigidMotion(), phase=False)
        assert scorer(model, X, y) == -expected

    @pytest.mark.parametrize("metric", METRICS)
    def test_cross_validation_does_not_depend_on_the_members(self, metric, rng):
        scoring = make_orbit_scorer(SignFlip(), metric)
        signs = rng.choice([-1, 1], size=(120, 1))
        scores = [
            cross_val_score(self.model, self.X, y, scoring=scoring, cv=3)
            for y in (self.y, signs * self.y)
        ]
        np.testing.assert_allclose(*scores)

    @pytest.mark.parametrize(
        "scoring",
        [
            make_orbit_scorer(SignFlip()),
            ConsistencyScorer(
                make_gaussian_phase_retrieval(
                    120, 3, random_state=0, return_forward=True
                )[2]
            ),
        ],
        ids=["orbit", "consistency"],
    )
    def test_search(self, scoring):
        search = GridSearchCV(
            self.model,
            {"regressor": [KNeighborsRegressor(3), Ridge(1e6)]},
            scoring=scoring,
            cv=3,
        ).fit(self.X, self.y)
        assert search.best_params_["regressor"].n_neighbors == 3
        assert np.isfinite(search.cv_results_["mean_test_score"]).all()
        assert (search.cv_results_["mean_test_score"] <= 0).all()

    def test_several_metrics(self):
        scoring = {"error": make_orbit_scorer(SignFlip()), "default": None}
        scoring["default"] = make_orbit_scorer(SignFlip(), orbit_r2_score)
        search = GridSearchCV(
            self.model,
            {"breaker": ["canonical", "passthrough"]},
            scoring=scoring,
            refit="error",
            cv=3,
        ).fit(self.X, self.y)
        assert search.best_params_ == {"breaker": "canonical"}


class TestErrors:
    y = normal(np.random.default_rng(0), (4, 3))

    @pytest.mark.parametrize("metric", METRICS)
    @pytest.mark.parametrize(
        ("y_true", "y_pred", "match"),
        [
            (y, y[:, :2], r"same shape, got \(4, 3\) and \(4, 2\)"),
            (y, y[:3], r"same shape, got \(4, 3\) and \(3, 3\)"),
            (y, y[:1], r"same shape, got \(4, 3\) and \(1, 3\)"),
            (y, y[:, 0], r"same shape, got \(4, 3\) and \(4,\)"),
            (np.full((2, 3), np.nan), y[:2], "Input y_true contains NaN"),
            (y[:0], y[:0], "0 sample.* in y_true"),
            (y, np.array([["a"] * 3] * 4), "y_pred must be numeric"),
        ],
    )
    def test_signals(self, metric, y_true, y_pred, match):
        with pytest.raises(ValueError, match=match):
            metric(y_true, y_pred, group=SignFlip())

    @pytest.mark.parametrize("metric", METRICS)
    @pytest.mark.parametrize(
        ("weight", "match"),
        [
            (np.ones(3), r"sample_weight must have shape \(4,\), got \(3,\)"),
            (np.ones((4, 1)), r"sample_weight must have shape \(4,\), got \(4, 1\)"),
            (
                np.zeros(4),
                "sample_weight must be finite, .* got values from 0.0 to 0.0",
            ),
            ([1, 1, 1, np.nan], "sample_weight must be finite, .* from nan to nan"),
            ([1, 1, 1, -0.1], "sample_weight must be .* not negative .* from -0.1 to"),
            (["a"] * 4, "sample_weight must hold numbers: could not convert string"),
            ([1j] * 4, "sample_weight must hold numbers: real ones, got .*complex128"),
        ],
    )
    def test_weights(self, metric, weight, match):
        with pytest.raises(ValueError, match=match):
            metric(self.y, self.y, group=SignFlip(), sample_weight=weight)

    @pytest.mark.parametrize("metric", METRICS)
    @pytest.mark.parametrize("size", [1e-307, 1e308])
    def test_only_ratios_of_weights_count(self, metric, size):
        weight, y_pred = np.array([1, 0.5, 1, 1]), self.y + 1
        expected = metric(self.y, y_pred, group=SignFlip(), sample_weight=weight)
        found = metric(self.y, y_pred, group=SignFlip(), sample_weight=size * weight)
        assert found == pytest.approx(expected)

    @pytest.mark.parametrize("metric", [orbit_relative_error, scaled_orbit_residual])
    def test_zero_truth(self, metric):
        y = self.y.copy()
        y[[1, 3]] = 0
        with pytest.raises(ValueError, match=r"zero signals.* 2 found, first in row 1"):
            metric(y, self.y, group=SignFlip())

    @pytest.mark.parametrize("group", [None, "sign", SignFlip])
    def test_group(self, group):
        match = "group must be a symmetry group, such as"
        for metric in METRICS:
            with pytest.raises(TypeError, match=match):
                metric(self.y, self.y, group=group)
        with pytest.raises(TypeError, match=match):
            make_orbit_scorer(group)

    def test_phase_that_cannot_be_aligned(self):
        y = self.y + 0j
        with pytest.raises(ValueError, match="aligns exactly only if at most one"):
            scaled_orbit_residual(y, y, group=Permutation())

    def test_group_that_does_not_fit(self):
        with pytest.raises(ValueError, match="y_true must have 3 axes for Conj"):
            orbit_mean_squared_error(self.y, self.y, group=ConjugateFlip())

    @pytest.mark.parametrize("metric", [r2_score, "r2", None, []])
    def test_scorer(self, metric):
        with pytest.raises(
            ValueError, match=r"metric must be one of the functions orbit_mean_sq.*got"
        ):
            make_orbit_scorer(SignFlip(), metric)

    @pytest.mark.parametrize(
        ("X", "y_pred", "forward", "match"),
        [
            (
                y**2,
                y[:3],
                np.square,
                "inconsistent numbers of samples: X has 4 and y_pred has 3",
            ),
            (y[:, :1] ** 2, y[:, 0], np.square, r"shape of X, \(4, 1\).* got \(4,\)"),
            (y**2, y[:, :1], np.square, r"shape of X, \(4, 3\).* got \(4, 1\)"),
            (y * [[0], [1], [1], [1]], y, np.square, "X must not hold rows of zeros"),
            (y + 1j, y, np.square, "X must be real"),
            (y[:, 0], y, np.square, "X must have 2 axes"),
            (
                np.where([[0], [1], [0], [1]], np.nan, y),
                y,
                np.square,
                "measured number in every row, got nothing but NaN in 2 .* in row 1",
            ),
            (
                np.where([[1, 1, 0]] + [[0, 0, 0]] * 3, np.nan, y) * [1, 1, 0],
                y,
                np.square,
                "X must not hold rows of zeros",
            ),
            (
                np.where([[0, 1, 0]], np.inf, y),
                y,
                np.square,
                "Input X contains infinity; it must be finite, or NaN where",
            ),
            (y**2, y, lambda z: 1j * z, "forward must return real .* complex128"),
            (y**2, y, lambda z: z.astype(str), "forward must return real .* got dtype"),
        ],
    )
    def test_consistency(self, X, y_pred, forward, match):
        with pytest.raises(ValueError, match=match):
            consistency_error(X, y_pred, forward=forward)

    @pytest.mark.parametrize("forward", [None, "square", GaussianPhaseRetrieval, 3])
    def test_forward(self, forward):
        match = "forward must be a function of signals, such as np.square or an inst"
        with pytest.raises(TypeError, match=match):
            consistency_error(self.y**2, self.y, forward=forward)
        with pytest.raises(TypeError, match=match):
            ConsistencyScorer(forward)

    @pytest.mark.parametrize("estimator", [StandardScaler(), Ridge, None])
    def test_estimator_that_predicts_nothing(self, estimator):
        scorer = ConsistencyScorer(np.square)
        match = "estimator must be a fitted regressor with a method predict, got"
        with pytest.raises(TypeError, match=match):
            scorer(estimator, self.y**2)


def missing_in_three_ways():
    """Measurements with gaps: as NaN, behind a mask and as pandas writes them."""
    pd = pytest.importorskip("pandas")
    X, y, forward = make_gaussian_phase_retrieval(
        40, 4, random_state=0, return_forward=True
    )
    hidden = np.zeros(X.shape, bool)
    hidden[:, 3] = hidden[5, 7] = True
    gaps = np.where(hidden, np.nan, X)
    masked = np.ma.array(np.where(hidden, 50.0, X), mask=hidden)
    return [gaps, masked, pd.DataFrame(gaps).astype("Float64")], y, forward


def test_what_was_not_measured_may_be_written_in_any_way():
    inputs, y, forward = missing_in_three_ways()
    for X in inputs:
        assert consistency_error(X, y, forward=forward) < 1e-20
        solver = WirtingerFlow(forward, random_state=0)
        signals = solver.predict(X)
        assert orbit_mean_squared_error(y, signals, group=SignFlip()) < 1e-6
        assert ConsistencyScorer(forward)(solver, X) > -1e-6
        noisy = add_noise(X, snr=20, random_state=0)
        assert_array_equal(np.isnan(noisy), np.isnan(inputs[0]))
        regressor = make_pipeline(
            SimpleImputer(keep_empty_features=True), KNeighborsRegressor()
        )
        model = SymmetryBreakingRegressor(regressor, SignFlip())
        RefinedRegressor(model, solver).fit(X, y)


def test_masked_measurements_are_not_learned_from():
    (_, masked, *_), y, _ = missing_in_three_ways()
    with pytest.raises(ValueError, match="X must not hold NaN for a learned forward"):
        LearnedForward(SignFlip()).fit(y, masked)


def test_weights_may_be_a_series(rng):
    pd = pytest.importorskip("pandas")
    X, y = make_gaussian_phase_retrieval(40, 4, random_state=0)
    weight = rng.uniform(size=40)
    series = pd.Series(weight, index=range(5, 45))
    model = SymmetryBreakingRegressor(Ridge(), SignFlip(), "mean")
    model.fit(X, y, sample_weight=series)
    assert model.score(X, y, series) == model.score(X, y, weight)
    for found in (
        SignFlip().mean(y, sample_weight=series),
        SignFlip().mean(y, sample_weight=list(weight)),
    ):
        assert_array_equal(found[0], SignFlip().mean(y, sample_weight=weight)[0])


def test_parameters_that_a_metric_lacks_are_refused():
    match = r"orbit_r2_score takes no parameter 'phase', got phase=False"
    with pytest.raises(TypeError, match=match):
        make_orbit_scorer(SignFlip(), orbit_r2_score, phase=False)


def test_predictions_of_another_shape_are_named(rng):
    forward = GaussianPhaseRetrieval(rng.normal(size=(9, 3)))
    y = rng.normal(size=(4, 3))
    match = r"y_pred must have signals of shape \(3,\), got shape \(4, 2\)"
    with pytest.raises(ValueError, match=match):
        consistency_error(forward(y), y[:, :2], forward=forward)


def test_consistency_scorer_says_whether_it_wants_weights(rng):
    forward = GaussianPhaseRetrieval.random(3, 12, random_state=0)
    y = normal(rng, (60, 3))
    X, weight = forward(y), rng.uniform(size=60)

    def score(scorer):
        model = Ridge().set_fit_request(sample_weight=True)
        scores = cross_validate(
            model, X, y, params={"sample_weight": weight}, scoring=scorer, cv=3
        )
        return scores["test_score"]

    with config_context(enable_metadata_routing=True):
        with pytest.raises(ValueError, match="not explicitly set as requested"):
            score(ConsistencyScorer(forward))
        plain, weighted = (
            score(ConsistencyScorer(forward).set_score_request(sample_weight=wanted))
            for wanted in (False, True)
        )
    train, test = next(iter(KFold(3).split(X)))
    fitted = Ridge().fit(X[train], y[train], sample_weight=weight[train])
    expected = [
        -consistency_error(
            X[test], fitted.predict(X[test]), forward=forward, sample_weight=w
        )
        for w in (None, weight[test])
    ]
    np.testing.assert_allclose([plain[0], weighted[0]], expected)
