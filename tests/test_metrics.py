"""Errors and scores up to a symmetry, against brute force and scikit-learn."""

import itertools
import pickle

import numpy as np
import pytest
from conftest import DTYPES, GROUPS, QUARTER_TURNS
from hypothesis import given
from hypothesis import strategies as st
from sklearn.dummy import DummyRegressor
from sklearn.exceptions import ConvergenceWarning, UndefinedMetricWarning
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsRegressor
from sklearn.preprocessing import StandardScaler

from sklearn_symbreak import SymmetryBreakingRegressor
from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
from sklearn_symbreak.forward import GaussianPhaseRetrieval
from sklearn_symbreak.groups import (
    ConjugateFlip,
    CyclicShift,
    FiniteGroup,
    FourierSymmetry,
    GlobalPhase,
    Permutation,
    Rotation,
    SignFlip,
    Translation,
)
from sklearn_symbreak.metrics import (
    ConsistencyScorer,
    _errors,
    _per_sample,
    consistency_error,
    make_orbit_scorer,
    orbit_mean_squared_error,
    orbit_r2_score,
    orbit_relative_error,
    scaled_orbit_residual,
)

rng = np.random.default_rng(0)

ERRORS = [orbit_mean_squared_error, orbit_relative_error, scaled_orbit_residual]
METRICS = [*ERRORS, orbit_r2_score]
ORDERS = [*map(list, itertools.permutations(range(4)))]
SHIFTS = [*itertools.product(range(3), range(4))]


def normal(shape, dtype=np.float64):
    x = rng.normal(size=shape)
    if np.dtype(dtype).kind == "c":
        x = x + 1j * rng.normal(size=shape)
    return x.astype(dtype)


def signals_like(x):
    return normal(x.shape, x.dtype)


def flat(x):
    return x.reshape(len(x), -1)


def squared(x):
    return np.sum(np.abs(flat(x)) ** 2, axis=1)


def flip(x):
    return np.conj(x[:, ::-1, ::-1])


def shifted(x):
    return [np.roll(x, shift, (1, 2)) for shift in SHIFTS]


# How to list all members of an orbit, written without the package.
MEMBERS = [
    (SignFlip(), (5,), lambda x: [x, -x]),
    (ConjugateFlip(), (3, 4), lambda x: [x, flip(x)]),
    (CyclicShift(ndim=2), (3, 4), shifted),
    (Permutation(), (4,), lambda x: [x[:, order] for order in ORDERS]),
    (FiniteGroup(QUARTER_TURNS), (2,), lambda x: [x @ t.T for t in QUARTER_TURNS]),
    (
        SignFlip() * CyclicShift(ndim=2),
        (3, 4),
        lambda x: [s * z for s in (1, -1) for z in shifted(x)],
    ),
    (
        ConjugateFlip() * CyclicShift(ndim=2),
        (3, 4),
        lambda x: shifted(x) + shifted(flip(x)),
    ),
]


@pytest.fixture(params=MEMBERS, ids=lambda entry: repr(entry[0])[:40])
def orbits(request, dtype):
    group, shape, members = request.param
    y_true, y_pred = normal((6, *shape), dtype), normal((6, *shape), dtype)
    return group, y_true, y_pred, members


def skip_without_joint_phase(metric, group, y):
    """Not every group can be aligned together with a phase."""
    if metric is scaled_orbit_residual:
        try:
            group.up_to_phase().align(y[:1], y[0])
        except ValueError:
            pytest.skip("the group and the phase cannot be aligned jointly")


def brute_force(metric, y_true, y_pred, members, weight):
    """The metric from a list of all members of the predictions' orbits."""
    if metric is scaled_orbit_residual:
        overlap = np.max(
            [
                np.abs(
                    np.sum(np.conj(flat(y_true)) * flat(member), axis=1),
                )
                for member in members(y_pred)
            ],
            axis=0,
        )
        errors = 1 - overlap**2 / squared(y_true) / squared(y_pred)
        return np.average(errors, weights=weight)
    distance = np.min([squared(member - y_true) for member in members(y_pred)], axis=0)
    if metric is orbit_mean_squared_error:
        return np.average(distance, weights=weight) / flat(y_true).shape[1]
    return np.average(distance / squared(y_true), weights=weight)


def relative_tolerance(y):
    return 1e-4 if y.dtype in (np.float32, np.complex64) else 1e-9


class TestBruteForce:
    @pytest.mark.parametrize("weighted", [False, True])
    @pytest.mark.parametrize("metric", ERRORS)
    def test_listed_orbits(self, orbits, metric, weighted):
        group, y_true, y_pred, members = orbits
        skip_without_joint_phase(metric, group, y_true)
        weight = rng.uniform(0.1, 2, size=6) if weighted else None
        actual = metric(y_true, y_pred, group=group, sample_weight=weight)
        expected = brute_force(metric, y_true, y_pred, members, weight)
        assert isinstance(actual, float)
        np.testing.assert_allclose(actual, expected, rtol=relative_tolerance(y_true))

    def test_phase(self):
        y_true, y_pred = normal((2, 7, 4), np.complex128)
        angles = np.linspace(0, 2 * np.pi, 7201)
        best = np.min(
            [squared(np.exp(1j * angle) * y_pred - y_true) for angle in angles], axis=0
        )
        group = GlobalPhase()
        actual = orbit_mean_squared_error(y_true, y_pred, group=group)
        np.testing.assert_allclose(actual, best.mean() / 4, rtol=1e-6)
        actual = orbit_relative_error(y_true, y_pred, group=group)
        np.testing.assert_allclose(actual, (best / squared(y_true)).mean(), rtol=1e-6)
        scales = np.linspace(0, 1.5, 301)[:, None, None, None]
        turned = np.exp(1j * angles[::100])[None, :, None, None] * y_pred[0]
        grid = np.sum(np.abs(scales * turned - y_true[0]) ** 2, axis=(2, 3)).min()
        actual = scaled_orbit_residual(y_true[:1], y_pred[:1], group=group)
        grid = grid / squared(y_true)[0]
        assert actual <= grid
        np.testing.assert_allclose(actual, grid, rtol=1e-2)

    def test_translation(self):
        y_true, y_pred = np.zeros((2, 1, 5, 6))
        y_true[0, :2, 1:4], y_pred[0, 2:4, 3:] = normal((2, 2, 3))
        moves = [
            np.roll(y_true, (down, right), (1, 2))
            for down in range(4)
            for right in range(-1, 3)
        ]
        best = min(squared(move - y_pred)[0] for move in moves)
        actual = orbit_mean_squared_error(y_true, y_pred, group=Translation())
        np.testing.assert_allclose(actual, best / 30)

    def test_translation_of_a_prediction_with_noise_everywhere(self):
        # The truth moves where the prediction could not, without loss of content.
        y_true = np.zeros((1, 5, 6))
        y_true[0, :2, :3] = normal((2, 3))
        noise = 1e-3 * normal((1, 5, 6))
        y_pred = np.roll(y_true, (3, 3), (1, 2)) + noise
        actual = orbit_mean_squared_error(y_true, y_pred, group=Translation())
        np.testing.assert_allclose(actual, np.mean(noise**2))

    def test_r2_score(self, orbits):
        group, y_true, y_pred, members = orbits
        weight = rng.uniform(0.1, 2, size=6)
        mean, _ = group.mean(y_true, sample_weight=weight)
        constant = np.broadcast_to(mean, y_true.shape)
        residual, spread = (
            brute_force(orbit_mean_squared_error, y_true, y, members, weight)
            for y in (y_pred, constant)
        )
        actual = orbit_r2_score(y_true, y_pred, group=group, sample_weight=weight)
        rtol = 10 * relative_tolerance(y_true)
        np.testing.assert_allclose(actual, 1 - residual / spread, rtol=rtol)


class TestLaws:
    @pytest.mark.parametrize("metric", METRICS)
    def test_invariance(self, group, signals, metric):
        skip_without_joint_phase(metric, group, signals)
        # So near that the best shift is none, for which there is room everywhere.
        y_pred = signals + 0.2 * signals_like(signals) * (signals != 0)
        expected = metric(signals, y_pred, group=group)
        limit = {"rtol": 2e-3 if signals.dtype in (np.float32, np.complex64) else 1e-7}
        moved = group.act(group.sample(y_pred, 0), y_pred)
        np.testing.assert_allclose(
            metric(signals, moved, group=group), expected, **limit
        )
        moved = group.act(group.sample(signals, 1), signals)
        np.testing.assert_allclose(
            metric(moved, y_pred, group=group), expected, **limit
        )

    @pytest.mark.parametrize("metric", METRICS)
    def test_perfect_predictions(self, group, signals, metric):
        skip_without_joint_phase(metric, group, signals)
        best = 1.0 if metric is orbit_r2_score else 0.0
        assert metric(signals, signals, group=group) == pytest.approx(best, abs=1e-12)
        moved = group.act(group.sample(signals, 0), signals)
        assert metric(signals, moved, group=group) == pytest.approx(best, abs=1e-5)

    @pytest.mark.parametrize(
        "group", [SignFlip(), ConjugateFlip(), CyclicShift(ndim=2), FourierSymmetry()]
    )
    def test_perfect_predictions_are_exact(self, group, dtype):
        if isinstance(group, FourierSymmetry) and np.dtype(dtype).kind == "c":
            pytest.skip("a phase is multiplied, with rounding")
        y = group.example_signals(5, signal_shape=(4, 6), dtype=dtype, random_state=0)
        moved = group.act(group.sample(y, 0), y)
        for y_pred in (y, moved):
            assert orbit_mean_squared_error(y, y_pred, group=group) == 0
            assert orbit_relative_error(y, y_pred, group=group) == 0
            assert orbit_r2_score(y, y_pred, group=group) == 1
            assert scaled_orbit_residual(y, y_pred, group=group) < 1e-28

    @pytest.mark.parametrize("metric", METRICS)
    def test_chunks_change_nothing(self, group, metric, monkeypatch):
        signals = group.example_signals(7, random_state=3)
        skip_without_joint_phase(metric, group, signals)
        y_pred = signals + signals_like(signals) * (signals != 0)
        y_pred.reshape(7, -1)[3] = np.nan
        whole = metric(signals, y_pred, group=group)
        monkeypatch.setattr(_per_sample, "CHUNK_BYTES", 1)
        parts = metric(signals, y_pred, group=group)
        np.testing.assert_allclose(parts, whole, rtol=1e-9)

    @pytest.mark.parametrize("metric", METRICS)
    def test_weights_are_repetitions(self, metric):
        y_true, y_pred = normal((2, 5, 3))
        repeats = np.array([1, 3, 0, 2, 1])
        weighted = metric(y_true, y_pred, group=SignFlip(), sample_weight=repeats)
        repeated = metric(
            np.repeat(y_true, repeats, 0),
            np.repeat(y_pred, repeats, 0),
            group=SignFlip(),
        )
        np.testing.assert_allclose(weighted, repeated)

    @pytest.mark.parametrize("metric", METRICS)
    def test_input_is_left_alone(self, metric):
        y_true, y_pred = normal((2, 5, 3))
        y_pred[1, 1] = np.nan
        copies = y_true.copy(), y_pred.copy()
        metric(y_true, y_pred, group=SignFlip())
        np.testing.assert_array_equal(y_true, copies[0])
        np.testing.assert_array_equal(y_pred, copies[1])

    @given(st.floats(-150, 150), st.booleans())
    def test_residual_ignores_scale_and_phase(self, exponent, complex_valued):
        dtype = np.complex128 if complex_valued else np.float64
        y_true, y_pred = np.random.default_rng(1).normal(size=(2, 4, 3)).astype(dtype)
        expected = scaled_orbit_residual(y_true, y_pred, group=CyclicShift())
        factor = -(10.0**exponent) * (np.exp(0.4j) if complex_valued else 1)
        actual = scaled_orbit_residual(y_true, factor * y_pred, group=CyclicShift())
        np.testing.assert_allclose(actual, expected)

    def test_single_precision_loses_nothing_in_the_mean(self):
        y_true = np.ones((20_000, 2), np.float32)
        y_pred = y_true + np.float32(1e-3)
        exact = np.mean((y_pred.astype(float) - 1) ** 2)
        actual = orbit_mean_squared_error(y_true, y_pred, group=SignFlip())
        np.testing.assert_allclose(actual, exact, rtol=1e-12)

    def test_complex_coordinate_counts_once(self):
        y_true, y_pred = np.zeros((2, 1, 2), complex)
        y_pred[:] = 3 + 4j
        assert orbit_mean_squared_error(y_true, y_pred, group=GlobalPhase()) == 25

    def test_complex_prediction_of_real_truth(self):
        y_true = normal((3, 4))
        error = orbit_mean_squared_error(y_true, 1j * y_true, group=SignFlip())
        np.testing.assert_allclose(error, 2 * np.mean(y_true**2))
        error = orbit_mean_squared_error(y_true, 1j * y_true, group=GlobalPhase())
        assert error < 1e-28


IDENTITY = FiniteGroup([np.eye(3)])


class TestAgainstScikitLearn:
    @pytest.mark.parametrize("weight", [None, rng.uniform(0.1, 2, size=40)])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_trivial_group(self, weight, dtype):
        y_true = normal((40, 3), dtype) * np.array([1, 2, 3], dtype)
        y_pred = (y_true + normal((40, 3))).astype(dtype)
        rtol = relative_tolerance(y_true)
        np.testing.assert_allclose(
            orbit_mean_squared_error(
                y_true, y_pred, group=IDENTITY, sample_weight=weight
            ),
            mean_squared_error(y_true, y_pred, sample_weight=weight),
            rtol=rtol,
        )
        np.testing.assert_allclose(
            orbit_r2_score(y_true, y_pred, group=IDENTITY, sample_weight=weight),
            r2_score(
                y_true, y_pred, sample_weight=weight, multioutput="variance_weighted"
            ),
            rtol=rtol,
        )

    def test_scalars(self):
        y_true, y_pred = rng.uniform(size=(2, 20))
        group = FiniteGroup([[[1.0]]])
        expected = mean_squared_error(y_true, y_pred)
        for truth in (y_true, y_true[:, None]):
            for prediction in (y_pred, y_pred[:, None]):
                error = orbit_mean_squared_error(truth, prediction, group=group)
                np.testing.assert_allclose(error, expected)


class TestR2Score:
    def test_zero_for_the_best_constant(self, group):
        y = group.example_signals(12, random_state=3)
        mean, _ = group.mean(y, tol=1e-3, max_samples=128)
        constant = np.broadcast_to(mean, y.shape)
        assert orbit_r2_score(y, constant, group=group) == pytest.approx(0, abs=1e-12)

    def test_below_zero_for_predictions_worse_than_the_mean(self):
        y = normal((20, 3)) + 5
        assert orbit_r2_score(y, 10 * y, group=SignFlip()) < 0

    @pytest.mark.parametrize(
        ("group", "shape"),
        [(SignFlip(), (15,)), (Rotation(), (6, 3)), (CyclicShift(), (32,))],
        ids=repr,
    )
    def test_spread_is_nearly_that_of_a_converged_mean(self, group, shape):
        # Isotropic signals prefer no mean, so that the iteration is slowest.
        y = np.random.default_rng(0).normal(size=(1500, *shape))
        guess = y + 0.5 * np.random.default_rng(1).normal(size=y.shape)
        mean, _ = group.mean(y, tol=0, max_iter=200, max_samples=None)
        residual, spread = (
            orbit_mean_squared_error(y, other, group=group)
            for other in (guess, np.broadcast_to(mean, y.shape))
        )
        used = residual / (1 - orbit_r2_score(y, guess, group=group))
        assert 0.999 * spread < used < 1.05 * spread

    def test_mean_that_has_not_converged(self, monkeypatch):
        monkeypatch.setitem(_errors._COARSE, "max_iter", 1)
        y = normal((300, 4))
        match = (
            r"mean of y_true up to group=SignFlip\(\) has not converged in 1 averages, "
            r".*Judge by orbit_mean_squared_error or orbit_relative_error"
        )
        with pytest.warns(ConvergenceWarning, match=match) as caught:
            orbit_r2_score(y, y, group=SignFlip())
        assert caught[0].filename == __file__

    def test_one_sample(self):
        y = np.ones((1, 3))
        with pytest.warns(UndefinedMetricWarning, match="less than two samples"):
            assert np.isnan(orbit_r2_score(y, y, group=SignFlip()))

    def test_no_spread(self):
        y = np.array([[1.0, 2.0], [-1.0, -2.0]])
        assert orbit_r2_score(y, -y, group=SignFlip()) == 1
        assert orbit_r2_score(y, y + 1, group=SignFlip()) == 0


class TestFailedPredictions:
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("dtype", DTYPES)
    def test_failed_solve_counts_as_one(self, value, dtype):
        y_true = normal((4, 3), dtype)
        y_pred = y_true.copy()
        y_pred[2, 1] = value
        for metric in (orbit_relative_error, scaled_orbit_residual):
            error = metric(y_true, y_pred, group=SignFlip())
            assert error == pytest.approx(1 / 4, abs=1e-12)

    def test_failed_solve_counts_as_zero_signal_elsewhere(self):
        y_true = normal((4, 3))
        y_pred, zeroed = y_true + 0.1, y_true + 0.1
        y_pred[2, 1], zeroed[2] = np.nan, 0
        for metric in (orbit_mean_squared_error, orbit_r2_score):
            assert metric(y_true, y_pred, group=SignFlip()) == metric(
                y_true, zeroed, group=SignFlip()
            )

    @pytest.mark.parametrize("group", GROUPS[:6])
    def test_zero_prediction(self, group):
        y = group.example_signals(5, random_state=0)
        zero = np.zeros_like(y)
        assert orbit_relative_error(y, zero, group=group) == pytest.approx(1)
        assert scaled_orbit_residual(y, zero, group=group) == 1
        expected = np.mean(np.abs(y) ** 2)
        actual = orbit_mean_squared_error(y, zero, group=group)
        assert actual == pytest.approx(expected)

    def test_all_failed(self):
        y = normal((3, 2))
        failed = np.full_like(y, np.nan)
        assert orbit_relative_error(y, failed, group=SignFlip()) == 1
        assert consistency_error(y**2, failed, forward=np.square) == 1


class TestErrors:
    y = normal((4, 3))

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
            ValueError, match=r"metric must be one of orbit_mean_sq.*got"
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


class TestConsistency:
    def test_formula_and_invariance(self, monkeypatch):
        X, y, forward = make_gaussian_phase_retrieval(
            9, 3, complex_valued=True, random_state=0, return_forward=True
        )
        assert consistency_error(X, y, forward=forward) == 0
        y_pred = y + 0.1 * normal(y.shape, y.dtype)
        weight = rng.uniform(0.5, 1, size=9)
        errors = squared(forward(y_pred) - X) / squared(X)
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
    def test_what_is_not_measured_does_not_count(self, dtype):
        X, y, forward = make_gaussian_phase_retrieval(
            9, 3, dtype=dtype, random_state=0, return_forward=True
        )
        y_pred = y + 0.1 * normal(y.shape, dtype)
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
    def test_measurements_beyond_the_precision(self, value):
        y = normal((4, 3))
        y[1] = 1e200
        found = consistency_error(
            normal((4, 3)) ** 2,
            y,
            forward=lambda z: np.where(np.abs(z) > 1e150, value, z**2),
        )
        assert found == np.inf

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    @pytest.mark.parametrize("complex_valued", [False, True])
    def test_tensors(self, complex_valued, dtype):
        torch = pytest.importorskip("torch")
        X, y, forward = make_gaussian_phase_retrieval(
            9,
            3,
            complex_valued=complex_valued,
            dtype=dtype,
            random_state=0,
            return_forward=True,
        )
        y_pred = (y + 0.1 * normal(y.shape, y.dtype)).astype(y.dtype)
        y_pred[4] = np.nan
        expected = consistency_error(X, y_pred, forward=forward)
        tensors = [torch.asarray(a.copy()).requires_grad_() for a in (X, y_pred)]
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

    @pytest.mark.parametrize("metric", METRICS)
    def test_cross_validation_does_not_depend_on_the_members(self, metric):
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


def test_weights_of_tensors():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.normal(size=(2, 6, 3))
    weight = np.arange(1.0, 7.0)
    for metric in (orbit_mean_squared_error, orbit_r2_score):
        expected = metric(y_true, y_pred, group=SignFlip(), sample_weight=weight)
        found = metric(
            torch.asarray(y_true),
            torch.asarray(y_pred),
            group=SignFlip(),
            sample_weight=weight,
        )
        assert found == pytest.approx(expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_r2_of_one_orbit(dtype):
    # Rounding is no spread.
    rng = np.random.default_rng(0)
    signal = rng.standard_normal((1, 5)).astype(dtype)
    y = signal * rng.choice([-1, 1], size=(20, 1)).astype(dtype)
    group = SignFlip()
    assert orbit_r2_score(y, -y, group=group) == 1
    assert orbit_r2_score(y, y + dtype(0.01), group=group) == 0
    weight = np.arange(20) == 3
    other = rng.standard_normal(y.shape)
    other[3] = -y[3]
    assert orbit_r2_score(other, other, group=group, sample_weight=weight) == 1
    phases = np.exp(1j * rng.uniform(0, 6, size=(2, 20, 1)))
    score = orbit_r2_score(*(phases * signal), group=GlobalPhase())
    assert score == 1


@pytest.mark.parametrize("error", [0.7, 3.0])
def test_r2_of_a_small_spread_about_a_large_mean(error):
    rng = np.random.default_rng(0)
    y = 1e6 + rng.standard_normal((100, 5))
    y_pred = (y + error * rng.standard_normal(y.shape)).astype(np.float32)
    expected = r2_score(y, y_pred, multioutput="variance_weighted")
    nothing = FiniteGroup([np.eye(5)])
    assert orbit_r2_score(y, y_pred, group=nothing) == pytest.approx(expected)


class TestAnySize:
    """Ratios do not depend on the unit, even where squares leave the range."""

    y, p = np.random.default_rng(0).standard_normal((2, 50, 3))

    @pytest.mark.parametrize("size", [2.0**-700, 2.0**-400, 2.0**400, 2.0**700])
    @pytest.mark.parametrize(
        "metric", [orbit_r2_score, orbit_relative_error, scaled_orbit_residual]
    )
    def test_one_unit(self, metric, size):
        expected = metric(self.y, self.p, group=SignFlip())
        found = metric(size * self.y, size * self.p, group=SignFlip())
        assert found == pytest.approx(expected, rel=1e-12)

    @pytest.mark.parametrize("size", [2.0**-100, 2.0**100])
    def test_single_precision(self, size):
        y, p = (z.astype(np.float32) for z in (self.y, self.p))
        for metric in (orbit_r2_score, orbit_relative_error, scaled_orbit_residual):
            expected = metric(y, p, group=SignFlip())
            y_scaled, p_scaled = (np.float32(size) * z for z in (y, p))
            found = metric(y_scaled, p_scaled, group=SignFlip())
            assert found == pytest.approx(expected, rel=1e-6)

    def test_one_large_row(self):
        y = self.y.astype(np.float32)
        y[0, 0] = 3e19
        assert orbit_r2_score(y, self.p, group=SignFlip()) < 0.1

    def test_predictions_beyond_the_unit(self):
        error = orbit_relative_error(1e-200 * self.y, 1e200 * self.p, group=SignFlip())
        assert error == np.inf

    def test_consistency(self):
        X = np.square(self.y).astype(np.float32)
        expected = consistency_error(X, self.p, forward=np.square)
        for size in (1e-25, 1e25):
            scaled = np.float32(size) * X

            def forward(y, size=size):
                return size * np.square(y)

            error = consistency_error(scaled, self.p, forward=forward)
            assert error == pytest.approx(expected, rel=1e-5)

    def test_mean_of_many_in_single_precision(self):
        rng = np.random.default_rng(0)
        y = (1000 + 0.1 * rng.standard_normal((300_000, 1))).astype(np.float32)
        p = (y + 0.05 * rng.standard_normal(y.shape)).astype(np.float32)
        expected = orbit_r2_score(y.astype(float), p.astype(float), group=SignFlip())
        found = orbit_r2_score(y, p, group=SignFlip())
        assert found == pytest.approx(expected, abs=1e-3)
