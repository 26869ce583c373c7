"""Errors and scores up to a symmetry, against brute force and scikit-learn."""

import itertools

import numpy as np
import pytest
from helpers import DTYPES, GROUPS, QUARTER_TURNS, flip, normal, tensor
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning, UndefinedMetricWarning
from sklearn.metrics import mean_squared_error, r2_score

from sklearn_symbreak.groups import (
    ConjugateFlip,
    CyclicShift,
    FiniteGroup,
    FourierSymmetry,
    GlobalPhase,
    Itemwise,
    Permutation,
    RigidMotion,
    Rotation,
    SignFlip,
    Translation,
)
from sklearn_symbreak.metrics import (
    _errors,
    _per_sample,
    consistency_error,
    orbit_mean_squared_error,
    orbit_r2_score,
    orbit_relative_error,
    scaled_orbit_residual,
)

ERRORS = [orbit_mean_squared_error, orbit_relative_error, scaled_orbit_residual]
METRICS = [*ERRORS, orbit_r2_score]
ORDERS = [*map(list, itertools.permutations(range(4)))]
SHIFTS = [*itertools.product(range(3), range(4))]


def flat(x):
    return x.reshape(len(x), -1)


def squared(x):
    return np.sum(np.abs(flat(x)) ** 2, axis=1)


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
def orbits(request, dtype, rng):
    group, shape, members = request.param
    y_true, y_pred = normal(rng, (6, *shape), dtype), normal(rng, (6, *shape), dtype)
    return group, y_true, y_pred, members


def metrics_of(group, y):
    """Not every group can be aligned together with a phase."""
    try:
        group.up_to_phase().align(y[:1], y[0])
    except ValueError:
        return [metric for metric in METRICS if metric is not scaled_orbit_residual]
    return METRICS


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
    def test_listed_orbits(self, orbits, weighted, rng):
        group, y_true, y_pred, members = orbits
        weight = rng.uniform(0.1, 2, size=6) if weighted else None
        rtol = relative_tolerance(y_true)
        for metric in metrics_of(group, y_true):
            if metric is orbit_r2_score:
                continue  # compared with these errors below
            actual = metric(y_true, y_pred, group=group, sample_weight=weight)
            expected = brute_force(metric, y_true, y_pred, members, weight)
            assert isinstance(actual, float)
            np.testing.assert_allclose(actual, expected, rtol, err_msg=repr(metric))

    def test_phase(self, rng):
        y_true, y_pred = normal(rng, (2, 7, 4), np.complex128)
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

    def test_translation(self, rng):
        y_true, y_pred = np.zeros((2, 1, 5, 6))
        y_true[0, :2, 1:4], y_pred[0, 2:4, 3:] = normal(rng, (2, 2, 3))
        moves = [
            np.roll(y_true, (down, right), (1, 2))
            for down in range(4)
            for right in range(-1, 3)
        ]
        best = min(squared(move - y_pred)[0] for move in moves)
        actual = orbit_mean_squared_error(y_true, y_pred, group=Translation())
        np.testing.assert_allclose(actual, best / 30)

    def test_translation_of_a_prediction_with_noise_everywhere(self, rng):
        # The truth moves where the prediction could not, without loss of content.
        y_true = np.zeros((1, 5, 6))
        y_true[0, :2, :3] = normal(rng, (2, 3))
        noise = 1e-3 * normal(rng, (1, 5, 6))
        y_pred = np.roll(y_true, (3, 3), (1, 2)) + noise
        actual = orbit_mean_squared_error(y_true, y_pred, group=Translation())
        np.testing.assert_allclose(actual, np.mean(noise**2))

    def test_r2_score(self, orbits, rng):
        group, y_true, y_pred, members = orbits
        weight = rng.uniform(0.1, 2, size=6)
        mean, _ = group.mean(y_true, sample_weight=weight, **_errors._COARSE)
        constant = np.broadcast_to(mean, y_true.shape)
        residual, spread = (
            brute_force(orbit_mean_squared_error, y_true, y, members, weight)
            for y in (y_pred, constant)
        )
        actual = orbit_r2_score(y_true, y_pred, group=group, sample_weight=weight)
        rtol = 10 * relative_tolerance(y_true)
        np.testing.assert_allclose(actual, 1 - residual / spread, rtol=rtol)


class TestLaws:
    def test_invariance(self, group, signals, rng):
        # So near that the best shift is none, for which there is room everywhere.
        y_pred = signals + 0.2 * normal(rng, signals.shape, signals.dtype) * (
            signals != 0
        )
        rtol = 2e-3 if signals.dtype in (np.float32, np.complex64) else 1e-7
        other_pred = group.act(group.sample(y_pred, 0), y_pred)
        other_true = group.act(group.sample(signals, 1), signals)
        for metric in metrics_of(group, signals):
            expected = metric(signals, y_pred, group=group)
            for pair in ((signals, other_pred), (other_true, y_pred)):
                found = metric(*pair, group=group)
                np.testing.assert_allclose(found, expected, rtol, err_msg=repr(metric))

    def test_perfect_predictions(self, group, signals):
        moved = group.act(group.sample(signals, 0), signals)
        for metric in metrics_of(group, signals):
            best = float(metric is orbit_r2_score)
            for y_pred, limit in ((signals, 1e-12), (moved, 1e-5)):
                error = metric(signals, y_pred, group=group)
                assert error == pytest.approx(best, abs=limit), metric

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

    def test_chunks_change_nothing(self, group, monkeypatch, rng):
        signals = group.example_signals(7, random_state=3)
        metrics = metrics_of(group, signals)
        y_pred = signals + normal(rng, signals.shape, signals.dtype) * (signals != 0)
        y_pred.reshape(7, -1)[3] = np.nan
        whole = [metric(signals, y_pred, group=group) for metric in metrics]
        monkeypatch.setattr(_per_sample, "CHUNK_BYTES", 1)
        parts = [metric(signals, y_pred, group=group) for metric in metrics]
        np.testing.assert_allclose(parts, whole, rtol=1e-9)

    @pytest.mark.parametrize("metric", METRICS)
    def test_weights_are_repetitions(self, metric, rng):
        y_true, y_pred = normal(rng, (2, 5, 3))
        repeats = np.array([1, 3, 0, 2, 1])
        weighted = metric(y_true, y_pred, group=SignFlip(), sample_weight=repeats)
        repeated = metric(
            np.repeat(y_true, repeats, 0),
            np.repeat(y_pred, repeats, 0),
            group=SignFlip(),
        )
        np.testing.assert_allclose(weighted, repeated)

    @pytest.mark.parametrize("metric", METRICS)
    def test_input_is_left_alone(self, metric, rng):
        y_true, y_pred = normal(rng, (2, 5, 3))
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

    @pytest.mark.parametrize(
        "group", [Itemwise(GlobalPhase()), Permutation(item_symmetry=GlobalPhase())]
    )
    def test_groups_with_phases_of_their_own_need_no_global_one(self, group, rng):
        y = normal(rng, (4, 3, 2), np.complex128)
        moved = 3j * group.act(group.sample(y, 0), y)
        assert scaled_orbit_residual(y, moved, group=group) < 1e-20
        assert group.up_to_phase() is group

    def test_complex_coordinate_counts_once(self):
        y_true, y_pred = np.zeros((2, 1, 2), complex)
        y_pred[:] = 3 + 4j
        assert orbit_mean_squared_error(y_true, y_pred, group=GlobalPhase()) == 25

    def test_complex_prediction_of_real_truth(self, rng):
        y_true = normal(rng, (3, 4))
        error = orbit_mean_squared_error(y_true, 1j * y_true, group=SignFlip())
        np.testing.assert_allclose(error, 2 * np.mean(y_true**2))
        error = orbit_mean_squared_error(y_true, 1j * y_true, group=GlobalPhase())
        assert error < 1e-28

    def test_weights_of_tensors(self, rng, device):
        y_true, y_pred = rng.normal(size=(2, 6, 3))
        weight = np.arange(1.0, 7.0)
        for metric in (orbit_mean_squared_error, orbit_r2_score):
            expected = metric(y_true, y_pred, group=SignFlip(), sample_weight=weight)
            found = metric(
                tensor(y_true, device),
                tensor(y_pred, device),
                group=SignFlip(),
                sample_weight=weight,
            )
            assert found == pytest.approx(expected)


IDENTITY = FiniteGroup([np.eye(3)])


class TestAgainstScikitLearn:
    @pytest.mark.parametrize(
        "weight", [None, np.random.default_rng(0).uniform(0.1, 2, size=40)]
    )
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_trivial_group(self, weight, dtype, rng):
        y_true = normal(rng, (40, 3), dtype) * np.array([1, 2, 3], dtype)
        y_pred = (y_true + normal(rng, (40, 3))).astype(dtype)
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

    def test_scalars(self, rng):
        y_true, y_pred = rng.uniform(size=(2, 20))
        group = FiniteGroup([[[1.0]]])
        expected = mean_squared_error(y_true, y_pred)
        for truth in (y_true, y_true[:, None]):
            for prediction in (y_pred, y_pred[:, None]):
                error = orbit_mean_squared_error(truth, prediction, group=group)
                np.testing.assert_allclose(error, expected)

    @pytest.mark.parametrize("error", [0.7, 3.0])
    def test_r2_of_a_small_spread_about_a_large_mean(self, error, rng):
        y = 1e6 + rng.standard_normal((100, 5))
        y_pred = (y + error * rng.standard_normal(y.shape)).astype(np.float32)
        expected = r2_score(y, y_pred, multioutput="variance_weighted")
        nothing = FiniteGroup([np.eye(5)])
        assert orbit_r2_score(y, y_pred, group=nothing) == pytest.approx(expected)


class TestR2Score:
    def test_zero_for_the_best_constant(self, group):
        y = group.example_signals(12, random_state=3)
        mean, _ = group.mean(y, **_errors._COARSE)
        constant = np.broadcast_to(mean, y.shape)
        assert orbit_r2_score(y, constant, group=group) == pytest.approx(0, abs=1e-12)

    @pytest.mark.parametrize(("n_samples", "seed"), [(20, 24), (100, 4), (300, 4)])
    def test_nothing_constant_scores_much_above_zero(self, n_samples, seed):
        y = np.random.default_rng(seed).standard_normal((n_samples, 2))
        angle = np.linspace(0, np.pi, 1000)
        directions = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        lengths = np.abs(y @ directions.T).mean(axis=0)
        best = directions[lengths.argmax()] * lengths.max()
        score = orbit_r2_score(y, np.tile(best, (n_samples, 1)), group=SignFlip())
        assert abs(score) < 0.03

    @pytest.mark.parametrize("n_samples", [10, 30, 100])
    @pytest.mark.parametrize(
        ("group", "shape"),
        [
            (SignFlip(), (5,)),
            (Permutation(item_ndim=1), (3, 2)),
            (CyclicShift(), (8,)),
            (Rotation(), (3, 3)),
        ],
        ids=repr,
    )
    def test_spread_is_nearly_the_smallest(self, group, shape, n_samples):
        # Isotropic signals have many local means.
        y = np.random.default_rng(0).normal(size=(n_samples, *shape))
        spreads = []
        for start in [group.mean(y, **_errors._COARSE)[0], *y[:25]]:
            mean = start
            for _ in range(1 if not spreads else 40):
                mean = group.representatives(y, mean).mean(axis=0)
            constant = np.broadcast_to(mean, y.shape)
            spreads.append(orbit_mean_squared_error(y, constant, group=group))
        assert spreads[0] <= 1.05 * min(spreads)

    def test_means_of_several_starts(self, group):
        y = group.example_signals(12, random_state=5)
        spread = [
            orbit_mean_squared_error(y, np.broadcast_to(mean, y.shape), group=group)
            for mean, _ in (group.mean(y, n_init=n) for n in (1, 16))
        ]
        # What explains most of a few averages need not in the end, but nearly.
        assert spread[1] <= 1.05 * spread[0]
        moved = group.act(group.sample(y, 0), y)
        means = [group.mean(signals, n_init=16)[0] for signals in (y, moved)]
        np.testing.assert_allclose(*means, atol=1e-6)

    def test_below_zero_for_predictions_worse_than_the_mean(self, rng):
        y = normal(rng, (20, 3)) + 5
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

    def test_mean_that_has_not_converged(self, monkeypatch, rng):
        monkeypatch.setitem(_errors._COARSE, "max_iter", 1)
        y = normal(rng, (300, 4))
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

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_r2_of_one_orbit(self, dtype, rng):
        # Rounding is no spread.
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


class TestFailedPredictions:
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("dtype", DTYPES)
    def test_failed_solve_counts_as_one(self, value, dtype, rng):
        y_true = normal(rng, (4, 3), dtype)
        y_pred = y_true.copy()
        y_pred[2, 1] = value
        for metric in (orbit_relative_error, scaled_orbit_residual):
            error = metric(y_true, y_pred, group=SignFlip())
            assert error == pytest.approx(1 / 4, abs=1e-12)

    def test_failed_solve_counts_as_zero_signal_elsewhere(self, rng):
        y_true = normal(rng, (4, 3))
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

    @pytest.mark.parametrize("group", [*GROUPS, RigidMotion()])
    def test_zero_among_others(self, group, rng):
        y = group.example_signals(4, random_state=0)
        y_pred = y + 0.1 * normal(rng, y.shape, y.dtype)
        some = [
            orbit_mean_squared_error(y[[i]], y_pred[[i]], group=group)
            for i in (0, 2, 3)
        ]
        y_pred[1] = 0
        zero = np.mean(np.abs(group.centered(y[[1]])) ** 2)
        error = orbit_mean_squared_error(y, y_pred, group=group)
        assert error == pytest.approx((sum(some) + zero) / 4)

    def test_zero_predictions_settle_no_ties(self, monkeypatch):
        # Which of all members is preferred would take a minute for a thousand images.
        group = FourierSymmetry()
        y = group.example_signals(3, random_state=0)
        monkeypatch.setattr("sklearn_symbreak.groups._search._settle", None)
        assert orbit_relative_error(y, 0 * y, group=group) == 1
        assert scaled_orbit_residual(y, 0 * y, group=group) == 1

    def test_all_failed(self, rng):
        y = normal(rng, (3, 2))
        failed = np.full_like(y, np.nan)
        assert orbit_relative_error(y, failed, group=SignFlip()) == 1
        assert consistency_error(y**2, failed, forward=np.square) == 1


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

    def test_mean_of_many_in_single_precision(self, rng):
        y = (1000 + 0.1 * rng.standard_normal((300_000, 1))).astype(np.float32)
        p = (y + 0.05 * rng.standard_normal(y.shape)).astype(np.float32)
        expected = orbit_r2_score(y.astype(float), p.astype(float), group=SignFlip())
        found = orbit_r2_score(y, p, group=SignFlip())
        assert found == pytest.approx(expected, abs=1e-3)
