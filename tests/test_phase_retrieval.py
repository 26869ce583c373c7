"""Laws of all phase retrieval solvers."""

import pickle
import sys

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from helpers import normal
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone, is_regressor
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from threadpoolctl import threadpool_info

from sklearn_symbreak.forward import (
    FourierPhaseRetrieval,
    GaussianPhaseRetrieval,
    LinearPhaseRetrieval,
    Square,
)
from sklearn_symbreak.groups import SignFlip
from sklearn_symbreak.metrics import orbit_relative_error, scaled_orbit_residual
from sklearn_symbreak.phase_retrieval import (
    ADMM,
    RAAR,
    ErrorReduction,
    HybridInputOutput,
    LevenbergMarquardt,
    RefinedRegressor,
    RelaxedReflectReflect,
    ReweightedAmplitudeFlow,
    SpectralInitializer,
    TruncatedAmplitudeFlow,
    TruncatedWirtingerFlow,
    WirtingerFlow,
)
from sklearn_symbreak.phase_retrieval._iteration import (
    SolveRecord,
    single_threaded_blas,
)

REAL = GaussianPhaseRetrieval.random(5, 40, random_state=0)
COMPLEX = GaussianPhaseRetrieval.random(4, 48, complex_valued=True, random_state=0)
# No smaller frame determines as much.
FOURIER = FourierPhaseRetrieval((4, 6), (7, 12))
ODD_FOURIER = FourierPhaseRetrieval((4, 3), (7, 5))
OVERSAMPLED = FourierPhaseRetrieval((4, 5), (9, 12))
SOLVERS = {
    f"{cls.__name__}-{name}": cls(forward, random_state=0)
    for cls in (
        WirtingerFlow,
        ReweightedAmplitudeFlow,
        TruncatedAmplitudeFlow,
        TruncatedWirtingerFlow,
    )
    for name, forward in {"real": REAL, "complex": COMPLEX}.items()
} | {
    f"{cls.__name__}-{constraint}": cls(forward, constraint=constraint, random_state=0)
    for cls in (ErrorReduction, HybridInputOutput, RAAR, ADMM, RelaxedReflectReflect)
    for constraint, forward in {
        "nonnegative": FOURIER,
        "real": ODD_FOURIER,
        "complex": FOURIER,
    }.items()
}
over_solvers = pytest.mark.parametrize(
    "solver", [pytest.param(solver, id=name) for name, solver in SOLVERS.items()]
)
over_precisions = pytest.mark.parametrize("dtype", ["float32", "float64"])


def is_complex(solver):
    return getattr(solver, "constraint", "") == "complex" or solver.forward is COMPLEX


def draw_truth(solver, n_samples=4, seed=0, dtype="float64"):
    rng = np.random.RandomState(seed)
    shape = (n_samples, *solver.forward.signal_shape)
    y = rng.standard_normal(shape)
    if is_complex(solver):
        y = y + 1j * rng.standard_normal(shape)
        return y.astype(np.result_type(dtype, np.complex64))
    if getattr(solver, "constraint", "") == "nonnegative":
        y = np.abs(y)
    return y.astype(dtype)


def few_steps(solver, **params):
    return clone(solver).set_params(**({"max_iter": 8, "tol": 0, "accept": 0} | params))


def relative_residual(forward, X, signals):
    magnitude = np.sqrt(np.maximum(X, 0))
    difference = np.sqrt(forward(signals)) - magnitude
    return np.linalg.norm(difference, axis=1) / np.linalg.norm(magnitude, axis=1)


@over_solvers
@over_precisions
def test_truth_is_a_fixed_point(solver, dtype):
    y = draw_truth(solver, dtype=dtype)
    solver = few_steps(solver)
    signals = solver.solve(solver.forward(y), init=y)
    assert_allclose(signals, y, atol=2e-5 if dtype == "float32" else 1e-12)
    # The best of all iterates is the first; the last one must be there still.
    assert solver.loss_curve_[-1] < (1e-5 if dtype == "float32" else 1e-12)


@over_solvers
def test_start_at_the_truth_is_recognised(solver):
    y = draw_truth(solver)
    solver = clone(solver)
    assert_allclose(solver.solve(solver.forward(y), init=y), y, atol=1e-12)
    assert_array_equal(solver.n_iter_, 0)
    assert solver.converged_.all()
    assert solver.loss_curve_.shape == (1,)


@over_solvers
@over_precisions
def test_precision_and_kind_are_kept(solver, dtype, monkeypatch):
    y = draw_truth(solver, dtype=dtype)
    seen = []
    update = SolveRecord.update

    def spy(self, parts, iteration):
        for _, found, residual in parts:
            seen.extend([found.dtype, residual.dtype])
        update(self, parts, iteration)

    monkeypatch.setattr(SolveRecord, "update", spy)
    signals = few_steps(solver).predict(solver.forward(y))
    assert set(seen) == {np.dtype(y.dtype), np.dtype(dtype)}
    assert signals.shape == y.shape
    assert signals.dtype == y.dtype


@over_solvers
@over_precisions
def test_iterations_run_in_the_precision_of_the_data(solver, dtype, monkeypatch):
    y = draw_truth(solver, dtype=dtype)
    solver = few_steps(solver)
    found, dtypes = solver._found, set()

    def spy(state):
        dtypes.update({state.signals.dtype.name, state.residual.dtype.name})
        return found(state)

    monkeypatch.setattr(solver, "_found", spy)
    solver.predict(solver.forward(y))
    assert dtypes == {y.dtype.name, dtype}


@over_solvers
def test_residuals_are_those_of_the_signals(solver):
    X = solver.forward(draw_truth(solver))
    solver = few_steps(solver)
    signals = solver.predict(X)
    expected = relative_residual(solver.forward, X, signals)
    assert_allclose(solver.residual_, expected, atol=1e-12)
    assert solver.residual_.mean() <= solver.loss_curve_.min() + 1e-12
    assert solver.loss_curve_.shape == (9,)
    assert_array_equal(solver.n_iter_, 8)
    assert_array_equal(solver.converged_, solver.residual_ == 0)


@over_solvers
def test_residual_gets_smaller(solver):
    X = solver.forward(draw_truth(solver, n_samples=20))
    solver = few_steps(solver, max_iter=40)
    solver.predict(X)
    assert solver.residual_.mean() < 0.8 * solver.loss_curve_[0]


@over_solvers
def test_batch_equals_one_by_one(solver):
    X = solver.forward(draw_truth(solver))
    solver = few_steps(solver)
    together = solver.predict(X)
    alone = np.concatenate([solver.predict(X[i : i + 1]) for i in range(len(X))])
    assert_allclose(together, alone, atol=1e-10)


@over_solvers
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_permutation_of_the_batch_permutes_the_signals(solver, seed):
    X = solver.forward(draw_truth(solver, n_samples=5, seed=seed))
    order = np.random.RandomState(seed).permutation(5)
    solver = few_steps(solver, random_state=seed)
    assert_allclose(solver.predict(X)[order], solver.predict(X[order]), atol=1e-10)


@over_solvers
def test_a_sample_stops_on_its_own(solver):
    y = draw_truth(solver, n_samples=6)
    X = solver.forward(y)
    rng = np.random.RandomState(1)
    # From very near to far off.
    scale = np.logspace(-4, 0, 6).reshape(-1, *[1] * (y.ndim - 1))
    init = y + scale * rng.standard_normal(y.shape)
    solver = few_steps(solver, max_iter=30, tol=1e-3)
    together = solver.solve(X, init=init)
    n_iter, residual = solver.n_iter_, solver.residual_
    assert n_iter.min() < n_iter.max()
    assert_array_equal(solver.converged_, residual <= 1e-3)
    for i in range(6):
        assert_allclose(solver.solve(X[[i]], init=init[[i]])[0], together[i], atol=1e-8)
        assert solver.n_iter_[0] == n_iter[i]


@over_solvers
def test_restarts_keep_the_lowest_residual(solver):
    X = solver.forward(draw_truth(solver, n_samples=10))
    once, thrice = few_steps(solver), few_steps(solver, n_init=3)
    first, signals = once.predict(X), thrice.predict(X)
    if not isinstance(solver, HybridInputOutput):
        # Far from a solution it compares bounds.
        assert np.all(thrice.residual_ <= once.residual_)
    if isinstance(solver.forward, FourierPhaseRetrieval):
        # Elsewhere the spectral start is the best.
        assert np.any(thrice.residual_ < once.residual_)
    assert_allclose(
        thrice.residual_,
        relative_residual(solver.forward, X, signals),
        rtol=1e-6,
        atol=1e-12,
    )
    kept = thrice.residual_ == once.residual_
    assert_allclose(signals[kept], first[kept])
    assert_array_equal(thrice.n_iter_, 24)
    assert thrice.loss_curve_.shape == (27,)


def test_restarts_leave_converged_samples_alone():
    y = draw_truth(SOLVERS["WirtingerFlow-real"], n_samples=3)
    X = REAL(y)
    init = y + np.array([[0.0], [1.0], [1.0]])
    solver = WirtingerFlow(REAL, n_init=2, max_iter=3, accept=0, random_state=0)
    signals = solver.solve(X, init=init)
    assert_array_equal(solver.n_iter_, [0, 6, 6])
    assert_array_equal(signals[0], y[0])


def test_own_start_follows_a_given_one():
    X = REAL(draw_truth(SOLVERS["WirtingerFlow-real"]))
    alone = WirtingerFlow(REAL, random_state=0)
    expected = alone.predict(X)
    # From zero, no gradient method gets away.
    solver = WirtingerFlow(REAL, n_init=2, random_state=0)
    signals = solver.solve(X, init=np.zeros_like(expected))
    assert orbit_relative_error(expected, signals, group=SignFlip()) < 1e-9


@pytest.mark.parametrize("name", sorted(SOLVERS))
def test_measurements_of_zero_give_zero(name):
    solver = few_steps(SOLVERS[name], max_iter=5)
    y = draw_truth(solver)
    X = solver.forward(y)
    X[1] = 0
    assert not solver.predict(X)[1].any()
    assert solver.converged_[1]
    if isinstance(solver.forward, GaussianPhaseRetrieval):
        # Projections of a given start get there step by step.
        assert not solver.solve(X, init=10 * y)[1].any()
        assert solver.converged_[1]


@pytest.mark.parametrize("forward", [REAL, COMPLEX], ids=["real", "complex"])
@pytest.mark.parametrize("factor", [3, 10, 1e6])
def test_starts_that_are_too_long(forward, factor):
    solver = ReweightedAmplitudeFlow(forward, random_state=0)
    y = forward.symmetry.example_signals(
        50,
        signal_shape=forward.signal_shape,
        dtype=forward.sensing_matrix.dtype,
        random_state=0,
    )
    solver.solve(forward(y), init=factor * y)
    assert solver.converged_.all()


def test_restarts_do_not_repeat_the_start_that_stood_in():
    solver = few_steps(SOLVERS["ADMM-nonnegative"], max_iter=3)
    X = solver.forward(draw_truth(solver))
    init = solver.initial_signals(X)
    once = solver.solve(X, init=init)
    twice = solver.set_params(n_init=2).solve(X, init=init)
    assert not np.allclose(once, twice)


@over_solvers
def test_random_state_makes_it_reproducible(solver):
    X = solver.forward(draw_truth(solver))
    solver = few_steps(solver, n_init=2)
    assert_array_equal(solver.predict(X), solver.predict(X))
    other = few_steps(solver, n_init=2, random_state=1)
    # The spectral estimate forgets where the power iteration started.
    if solver.__class__.__name__ not in ("WirtingerFlow", "ReweightedAmplitudeFlow"):
        assert not np.allclose(solver.predict(X), other.predict(X))


@over_solvers
def test_initial_signals_are_where_predict_starts(solver):
    X = solver.forward(draw_truth(solver))
    solver = few_steps(solver)
    init = solver.initial_signals(X)
    assert_allclose(solver.solve(X, init=init), solver.predict(X), atol=1e-12)
    solver.set_params(max_iter=0)
    assert_allclose(solver.predict(X), init)


@over_solvers
def test_callback_sees_the_best_signals(solver):
    X = solver.forward(draw_truth(solver))
    seen = []
    solver = few_steps(solver, n_init=2)
    signals = solver.solve(X, callback=lambda *args: seen.append(args))
    assert [iteration for iteration, _ in seen] == list(range(18))
    assert_array_equal(seen[-1][1], signals)
    if isinstance(solver, HybridInputOutput):
        # Far from a solution it compares bounds.
        return
    residuals = [relative_residual(solver.forward, X, s).mean() for _, s in seen]
    assert np.all(np.diff(residuals) <= 1e-12)


@over_solvers
@over_precisions
def test_zero_and_negative_measurements(solver, dtype):
    y = draw_truth(solver, dtype=dtype)
    X = solver.forward(y)
    X[0] = 0
    X[1, 0] = -abs(X[1]).max()
    clipped = np.maximum(X, 0)
    solver = few_steps(solver)
    signals = solver.predict(X)
    assert_array_equal(signals[0], 0)
    assert np.isfinite(signals).all()
    if not (hasattr(solver, "constraint") and not is_complex(solver)):
        # Of real images, opposite frequencies are averaged before the clipping.
        assert_array_equal(signals, solver.predict(clipped))


@over_solvers
def test_clone_pickle_and_params(solver):
    X = solver.forward(draw_truth(solver))
    solver = few_steps(solver)
    signals = solver.predict(X)
    assert_array_equal(pickle.loads(pickle.dumps(solver)).predict(X), signals)
    copy = clone(solver)
    assert not hasattr(copy, "n_iter_")
    assert copy.set_params(max_iter=3).get_params()["max_iter"] == 3
    assert solver.max_iter == 8


@over_solvers
def test_it_is_a_regressor(solver):
    y = draw_truth(solver)
    X = solver.forward(y)
    solver = few_steps(solver)
    assert is_regressor(solver)
    assert solver.fit(X, y) is solver
    assert solver.n_features_in_ == X.shape[1]
    assert solver.score(X, y) <= 1
    pipeline = make_pipeline(FunctionTransformer(), solver).fit(X, y)
    assert_array_equal(pipeline.predict(X), solver.predict(X))


def test_progress_bar(capsys):
    pytest.importorskip("tqdm")
    X = REAL(draw_truth(SOLVERS["WirtingerFlow-real"]))
    WirtingerFlow(REAL, max_iter=3, tol=0, verbose=True).predict(X)
    assert "WirtingerFlow" in capsys.readouterr().err


def test_progress_bar_without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ImportError, match="verbose=True needs tqdm"):
        WirtingerFlow(REAL, verbose=True).predict(np.ones((1, 40)))


# -- errors


@over_solvers
def test_bad_measurements(solver):
    solver = clone(solver)
    n = solver.forward.n_measurements
    with pytest.raises(ValueError, match=rf"X must have {n} columns.*\(2, {n + 1}\)"):
        solver.predict(np.ones((2, n + 1)))
    with pytest.raises(ValueError, match=rf"X must have {n} columns"):
        solver.fit(np.ones((2, n + 1)))
    assert not hasattr(solver, "n_features_in_")
    with pytest.raises(ValueError, match="0 sample"):
        solver.predict(np.ones((0, n)))
    with pytest.raises(ValueError, match="Complex data not supported"):
        solver.predict(np.ones((2, n), dtype=complex))
    X = np.ones((2, n))
    X[1, 0] = np.inf
    with pytest.raises(ValueError, match="contains infinity"):
        solver.predict(X)
    X[1] = np.nan
    with pytest.raises(ValueError, match=r"X must hold a measurement .* row 1 is all"):
        solver.predict(X)


@over_solvers
def test_bad_init(solver):
    y = draw_truth(solver)
    X = solver.forward(y)
    with pytest.raises(TypeError, match="callback must be callable or None, got 3"):
        solver.solve(X, callback=3)
    with pytest.raises(ValueError, match="init must have signals of shape"):
        solver.solve(X, init=y[..., :-1])
    with pytest.raises(ValueError, match="init must have one signal per row of X"):
        solver.solve(X, init=y[:-1])
    y[0] = np.nan
    with pytest.raises(ValueError, match="init contains NaN or infinity"):
        solver.solve(X, init=y)
    if not is_complex(solver):
        with pytest.raises(ValueError, match=r"init must be real.*complex128"):
            solver.solve(X, init=np.ones(y.shape, dtype=complex))


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"max_iter": -1}, "'max_iter' parameter of .* must be an int"),
        ({"max_iter": 2.5}, "'max_iter' parameter of .* must be an int"),
        ({"tol": -1.0}, "'tol' parameter of .* must be a float"),
        ({"n_init": 0}, "'n_init' parameter of .* must be an int"),
        ({"verbose": "yes"}, "'verbose' parameter of .* must be"),
    ],
)
@over_solvers
def test_bad_parameters(solver, params, text):
    X = np.ones((1, solver.forward.n_measurements))
    with pytest.raises(ValueError, match=text):
        clone(solver).set_params(**params).solve(X)


@pytest.mark.parametrize("cls", [WirtingerFlow, ReweightedAmplitudeFlow])
def test_gradient_solver_refuses_a_model_that_is_not_linear(cls):
    with pytest.raises(ValueError, match=r"MagnitudeModel'. Got Square"):
        cls(Square()).predict(np.ones((1, 1)))


@pytest.mark.parametrize("cls", [ErrorReduction, HybridInputOutput, RAAR, ADMM])
def test_fourier_solver_refuses_a_gaussian_model(cls):
    with pytest.raises(ValueError, match=r"FourierPhaseRetrieval'. Got Gaussian"):
        cls(REAL).predict(np.ones((1, 40)))


SMALL = GaussianPhaseRetrieval.random(2, 5, random_state=0)


# -- solutions, precision, threads


def test_signals_are_right_up_to_the_symmetry():
    for solver in (
        WirtingerFlow(REAL, n_init=5, random_state=0),
        WirtingerFlow(COMPLEX, n_init=5, random_state=0),
        ReweightedAmplitudeFlow(REAL, n_init=5, random_state=0),
        ReweightedAmplitudeFlow(COMPLEX, n_init=5, random_state=0),
        ADMM(OVERSAMPLED, n_init=20, max_iter=300, accept=0, random_state=0),
        ADMM(ODD_FOURIER, n_init=20, max_iter=300, accept=0, random_state=0),
    ):
        y = draw_truth(solver, n_samples=20)
        if hasattr(solver, "constraint"):
            y[y < 0.5] = 0
        signals = solver.predict(solver.forward(y))
        assert solver.converged_.mean() >= 0.9, solver
        good = solver.converged_
        residual = scaled_orbit_residual(
            y[good], signals[good], group=solver.forward.symmetry
        )
        assert residual < 1e-6, solver


@pytest.mark.parametrize("scale", [1e-18, 1e15])
@pytest.mark.parametrize("forward", [REAL, COMPLEX])
def test_single_precision_at_any_scale(forward, scale):
    y = draw_truth(SpectralInitializer(forward), n_samples=10)
    X = (scale * forward(y)).astype(np.float32)
    solver = ReweightedAmplitudeFlow(forward, random_state=0)
    signals = solver.predict(X)
    assert signals.dtype in (np.float32, np.complex64)
    usual = ReweightedAmplitudeFlow(forward, random_state=0).predict(
        forward(y).astype(np.float32)
    )
    # Rounding decides between the members of an orbit.
    found, _ = forward.symmetry.align(signals / np.sqrt(scale), usual)
    np.testing.assert_allclose(found, usual, atol=1e-2 * np.abs(usual).max())


def test_refined_regressor_checks_its_targets():
    refined = RefinedRegressor(KNeighborsRegressor(), WirtingerFlow(SMALL))
    X = SMALL(np.ones((6, 2)))
    with pytest.raises(ValueError, match=r"y must have signals of shape \(2,\)"):
        refined.fit(X, np.ones((6, 3)))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        refined.fit(X, np.ones((5, 2)))


def test_column_names_are_no_matter_without_fit():
    X = pd.DataFrame(SMALL(np.ones((3, 2)))).add_prefix("m")
    assert WirtingerFlow(SMALL, max_iter=1).predict(X).shape == (3, 2)


def test_overlapping_solves_restore_the_threads_of_the_blas():
    def threads():
        return [info["num_threads"] for info in threadpool_info()]

    before = threads()
    first, second = single_threaded_blas(), single_threaded_blas()
    first.__enter__()
    second.__enter__()
    limited = [
        info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"
    ]
    assert set(limited) == {1}
    first.__exit__(None, None, None)
    second.__exit__(None, None, None)
    assert threads() == before


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_spectral_estimates_of_few_entries_are_eigenvectors(n, dtype, rng):
    for _ in range(5):
        matrix, y = normal(rng, (12, n), dtype), normal(rng, (3, n), dtype)
        X = np.abs(y @ matrix.T) ** 2
        initializer = SpectralInitializer(
            GaussianPhaseRetrieval(matrix), random_state=0
        )
        estimate = initializer.predict(X)
        error = np.linalg.norm(np.abs(estimate @ matrix.T) - np.sqrt(X), axis=1)
        error /= np.sqrt(X.sum(axis=1))
        assert_allclose(initializer.residual_, error, rtol=1e-6, atol=1e-12)
        # One by one as in a batch: a direction that is not there takes no part.
        single = [initializer.predict(X[k : k + 1])[0] for k in range(3)]
        overlap = np.abs(np.sum(np.conj(single) * estimate, axis=1))
        norms = np.linalg.norm(single, axis=1) * np.linalg.norm(estimate, axis=1)
        assert_allclose(overlap, norms, rtol=1e-6)


def test_sparse_and_dense_matrices_start_alike(rng):
    matrix = (rng.uniform(size=(40, 8)) < 0.5) * rng.uniform(size=(40, 8))
    X = (rng.normal(size=(3, 8)) @ matrix.T) ** 2
    dense, sparse = (
        SpectralInitializer(LinearPhaseRetrieval(A), random_state=0).predict(X)
        for A in (matrix, scipy.sparse.csr_array(matrix))
    )
    assert_allclose(np.linalg.norm(sparse, axis=1), np.linalg.norm(dense, axis=1))


def test_entries_that_are_stored_in_parts_add_up(rng):
    matrix, n_parts = rng.normal(size=(60, 5)), 4
    columns = np.repeat(np.tile(np.arange(5), 60), n_parts)
    rows = np.arange(61) * 5 * n_parts
    entries = np.repeat(matrix.ravel() / n_parts, n_parts)
    X = LinearPhaseRetrieval(matrix)(rng.normal(size=(20, 5)))
    whole, in_parts = (
        SpectralInitializer(LinearPhaseRetrieval(operator), random_state=0).predict(X)
        for operator in (matrix, scipy.sparse.csr_array((entries, columns, rows)))
    )
    assert_allclose(in_parts, whole, rtol=1e-9)


@pytest.mark.parametrize("unit", [1, 1e-20, 1e30])
def test_levenberg_marquardt_starts_in_the_unit_of_the_measurements(unit, rng):
    X = REAL(rng.normal(size=(5, 5)))
    solver = LevenbergMarquardt(REAL, n_init=5, random_state=0)
    expected = solver.predict(X)
    assert_allclose(solver.predict(unit * X), unit**0.5 * expected, rtol=1e-6)
    assert solver.solved_.all()
    solver.solve(X, init=1e8 * expected)
    assert solver.solved_.all()


@pytest.mark.parametrize("beta", ["0.5", [True], [[0.5]], [], [0.5, 1.5]])
def test_feedback_that_is_no_number(beta):
    solver = HybridInputOutput(FOURIER, beta=beta)
    with pytest.raises(ValueError, match="must be a float in"):
        solver.predict(FOURIER(np.ones((1, 4, 6))))
