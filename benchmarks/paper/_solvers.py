"""The Gaussian solvers against their published accuracy."""

import itertools

import numpy as np

from benchmarks.paper._cells import Cell, outcome_of
from sklearn_symbreak.forward import GaussianPhaseRetrieval
from sklearn_symbreak.metrics import orbit_relative_error
from sklearn_symbreak.phase_retrieval import (
    ReweightedAmplitudeFlow,
    TruncatedAmplitudeFlow,
    TruncatedWirtingerFlow,
    WirtingerFlow,
)

_FLOWS = (
    WirtingerFlow,
    ReweightedAmplitudeFlow,
    TruncatedWirtingerFlow,
    TruncatedAmplitudeFlow,
)
METHODS = {flow.__name__: flow for flow in _FLOWS}
# Size of the signal, iterations and seeds.
_ACCURACY = (128, 800, tuple(range(10)))
ACCURACY = {"quick": (16, 200, (0,)), "cpu": _ACCURACY, "full": _ACCURACY}
# A sample is finished at this relative residual of the measurement.
FINISHED = 1e-6


def solvers_cells(preset, seeds=None):
    """Accuracy of the solvers, by seed."""
    n, max_iter, preset_seeds = ACCURACY[preset]
    cells = []
    for seed, method in itertools.product(seeds or preset_seeds, METHODS):
        parameters = {"n": n, "max_iter": max_iter, "method": method}
        cells.append(Cell("solvers", parameters | {"seed": seed}, evaluate_accuracy))
    return cells


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
    solver = METHODS[parameters["method"]](
        forward, max_iter=parameters["max_iter"], tol=0, random_state=seed
    )
    y_pred = solver.predict(X)
    # The ratio of the norms, as the authors have it, not of their squares.
    squared_error = orbit_relative_error(y, y_pred, group=forward.symmetry)
    residuals = np.append(solver.loss_curve_, 0)
    errors = {"relative_error": float(np.sqrt(squared_error))}
    errors["n_iter"] = int(np.argmax(residuals <= FINISHED))
    return outcome_of(0, 1, None, errors)
