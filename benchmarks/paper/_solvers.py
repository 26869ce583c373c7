"""The Gaussian solvers against their published accuracy, and batches against loops."""

import itertools
import time

import numpy as np

from benchmarks.paper._cells import Cell, outcome_of
from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
from sklearn_symbreak.forward import GaussianPhaseRetrieval
from sklearn_symbreak.metrics import orbit_relative_error
from sklearn_symbreak.phase_retrieval import (
    ReweightedAmplitudeFlow,
    TruncatedAmplitudeFlow,
    TruncatedWirtingerFlow,
    WirtingerFlow,
)

METHODS = {
    "Wirtinger flow, line search": WirtingerFlow,
    "Reweighted amplitude flow, momentum": ReweightedAmplitudeFlow,
    "Truncated Wirtinger flow": TruncatedWirtingerFlow,
    "Truncated amplitude flow": TruncatedAmplitudeFlow,
}
# Size of the signal, iterations and seeds.
_ACCURACY = (128, 800, tuple(range(10)))
ACCURACY = {"quick": (16, 200, (0,)), "cpu": _ACCURACY, "full": _ACCURACY}
# Real signals of length 15 with 60 measurements are solved together and one by one.
THROUGHPUT_METHODS = {
    solver.__name__: solver for solver in (WirtingerFlow, ReweightedAmplitudeFlow)
}
# Signals in the batch, iterations, signals solved one by one.
THROUGHPUT = {"quick": (50, 20, 5), "cpu": (1000, 150, 50), "full": (1000, 150, 50)}
# A sample is finished at this relative residual of the measurement.
FINISHED = 1e-6


def solvers_cells(preset, seeds=None):
    """Accuracy of the solvers by seed, and throughput of a batch."""
    n, max_iter, preset_seeds = ACCURACY[preset]
    cells = []
    for seed, method in itertools.product(seeds or preset_seeds, METHODS):
        parameters = {"n": n, "max_iter": max_iter, "method": slug(method)}
        cells.append(Cell("solvers", parameters | {"seed": seed}, evaluate_accuracy))
    n_samples, max_iter, n_single = THROUGHPUT[preset]
    for method in THROUGHPUT_METHODS:
        parameters = {"n_samples": n_samples, "max_iter": max_iter}
        parameters |= {"n_single": n_single, "throughput": method}
        parameters["seed"] = (seeds or (0,))[0]
        cells.append(Cell("solvers", parameters, evaluate_throughput))
    return cells


def slug(method):
    """A method as the parameter of a cell."""
    return method.replace(", ", "-").replace(" ", "-")


def evaluate_accuracy(parameters, data_home=None):
    """Solve one complex signal from 4.5 n measurements.

    `relative_error` is taken after all iterations; `n_iter` is the first iteration with
    a relative residual of the measurement of at most 1e-6.
    """
    n, seed = parameters["n"], parameters["seed"]
    forward = GaussianPhaseRetrieval.random(
        n, 9 * n // 2, complex_valued=True, random_state=seed
    )
    rng = np.random.RandomState(100 + seed)
    y = rng.standard_normal((1, n)) + 1j * rng.standard_normal((1, n))
    X = forward(y)
    (name,) = [name for name in METHODS if slug(name) == parameters["method"]]
    solver = METHODS[name](
        forward, max_iter=parameters["max_iter"], tol=0, random_state=seed
    )
    y_pred = solver.predict(X)
    # The ratio of the norms, as the authors have it, not of their squares.
    squared_error = orbit_relative_error(y, y_pred, group=forward.symmetry)
    residuals = np.append(solver.loss_curve_, 0)
    errors = {"relative_error": float(np.sqrt(squared_error))}
    errors["n_iter"] = int(np.argmax(residuals <= FINISHED))
    return outcome_of(0, 1, None, errors)


def evaluate_throughput(parameters, data_home=None):
    """Seconds a signal in a batch, and of signals one by one; no sample stops early."""
    n_samples, n_single = parameters["n_samples"], parameters["n_single"]
    X, _, forward = make_gaussian_phase_retrieval(
        n_samples, 15, n_measurements=60, random_state=0, return_forward=True
    )
    method = THROUGHPUT_METHODS[parameters["throughput"]]
    solver = method(forward, max_iter=parameters["max_iter"], tol=0, random_state=0)
    solver.predict(X[:10])
    start = time.perf_counter()
    together = solver.predict(X)
    batch = (time.perf_counter() - start) / n_samples
    start = time.perf_counter()
    alone = [solver.predict(X[i : i + 1])[0] for i in range(n_single)]
    single = (time.perf_counter() - start) / n_single
    np.testing.assert_allclose(together[:n_single], alone, atol=1e-6)
    seconds = {"batch": batch, "single": single, "ratio": single / batch}
    return outcome_of(0, n_samples, None, seconds)
