"""Figures 1 and 6, tables 1, 4, 5 and 6, solvers: square roots, random projections."""

import functools
import itertools

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from benchmarks import torch_device
from benchmarks.paper._cells import Cell, evaluate_model, outcome_of
from sklearn_symbreak import SymmetryBreakingRegressor
from sklearn_symbreak.datasets import make_gaussian_phase_retrieval, make_square_root
from sklearn_symbreak.forward import GaussianPhaseRetrieval
from sklearn_symbreak.metrics import (
    make_orbit_scorer,
    orbit_mean_squared_error,
    orbit_relative_error,
)
from sklearn_symbreak.neural_network import FEED_FORWARD_PRESETS, FeedForwardRegressor
from sklearn_symbreak.phase_retrieval import (
    ReweightedAmplitudeFlow,
    TruncatedAmplitudeFlow,
    TruncatedWirtingerFlow,
    WirtingerFlow,
)

N_NEIGHBORS = 5
# The paper gives no strength; this is our choice.
PENALTY = 1e-5
# "-A" and "-B" of the paper.
TARGETS = {"A": "canonical", "B": "passthrough"}
SIZES = (5, 10, 15)
SEEDS = (0, 1, 2)
NETS = ("NN", "WNN", "DNN")
# Sizes of the problem, numbers of samples, regressors, seeds: cheap and informative
# stages come first.
STAGES = {
    "quick": [((5,), 200, ("K-NN", "NN"), (0,))],
    "cpu": [
        (SIZES, 20_000, ("K-NN", "NN"), (0,)),
        (SIZES, 20_000, ("K-NN", "NN"), (1, 2)),
        (SIZES, 20_000, ("K-NN-magnitudes",), SEEDS),
        (SIZES, 20_000, ("WNN",), (0,)),
        (SIZES, 50_000, ("K-NN", "K-NN-magnitudes", "NN"), SEEDS),
        (SIZES, 50_000, ("WNN",), (0,)),
        (SIZES, 20_000, ("DNN",), (0,)),
        (SIZES, 100_000, ("K-NN", "K-NN-magnitudes", "NN", "WNN"), (0,)),
        (SIZES, 100_000, ("NN",), (1, 2)),
        (SIZES, 50_000, ("DNN",), (0,)),
        ((5,), 1_000_000, ("K-NN", "K-NN-magnitudes"), (0,)),
        (SIZES, 1_000_000, ("NN",), SEEDS),
    ],
    "full": [
        (SIZES, n_samples, ("K-NN", "K-NN-magnitudes", *NETS), SEEDS)
        for n_samples in (20_000, 50_000, 100_000, 1_000_000)
    ],
}
# Sizes of the problem, number of samples and seeds of table 4 and of figure 6.
STUDIES = {
    "quick": ((5,), 200, (0,)),
    "cpu": (SIZES, 20_000, SEEDS),
    "full": (SIZES, 20_000, SEEDS),
}
MAX_EPOCHS = {"quick": 3, "cpu": 100, "full": 100}
# A step costs about the same for 1 and for 100 samples: on two cores an epoch of
# 14,400 steps takes about ten seconds.
MAX_EPOCHS_BATCH_SIZE_1 = {"quick": 1, "cpu": 10, "full": 100}
# The first is 1.
BATCH_SIZES = {"quick": (1, 100), "cpu": (1, 10, 100, 1000), "full": (1, 10, 100, 1000)}
_RATES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
LEARNING_RATES = {"quick": (1e-3,), "cpu": _RATES, "full": _RATES}
SQUARE_ROOT = {
    "quick": ((100,), (0,)),
    "cpu": ((100, 1_000, 10_000), SEEDS),
    "full": ((100, 1_000, 10_000, 100_000), SEEDS),
}


def table1_cells(preset, seeds=None):
    """Real Gaussian phase retrieval over sizes, samples and regressors."""
    return _table_cells("table1", "real", preset, seeds)


def table6_cells(preset, seeds=None):
    """Complex Gaussian phase retrieval over sizes, samples and regressors."""
    return _table_cells("table6", "complex", preset, seeds)


def _table_cells(experiment, field, preset, seeds):
    return [
        _cell(experiment, (field, n, n_samples, regressor, targets), preset, seed)
        for sizes, n_samples, regressors, stage_seeds in STAGES[preset]
        for seed, n, regressor, targets in itertools.product(
            seeds or stage_seeds, sizes, regressors, TARGETS.values()
        )
    ]


def _cell(experiment, setting, preset, seed, **more):
    names = ("field", "n", "n_samples", "regressor", "targets")
    parameters = dict(zip(names, setting, strict=True))
    if parameters["regressor"] in NETS:
        parameters["max_epochs"] = MAX_EPOCHS[preset]
    return Cell(experiment, parameters | more | {"seed": seed}, evaluate_gaussian)


def table4_cells(preset, seeds=None):
    """NN without symmetry breaking under penalties, and both without a penalty."""
    sizes, n_samples, preset_seeds = STUDIES[preset]
    variants = [
        ("passthrough", {"penalty": penalty, "strength": PENALTY})
        for penalty in ("l1", "l2", "l1+l2")
    ]
    none = {"penalty": "none", "strength": None}
    variants += [("passthrough", none), ("canonical", none)]
    return [
        _cell("table4", ("real", n, n_samples, "NN", targets), preset, seed, **more)
        for seed, n, (targets, more) in itertools.product(
            seeds or preset_seeds, sizes, variants
        )
    ]


def figure6_cells(preset, seeds=None):
    """NN over learning rates and batch sizes."""
    sizes, n_samples, preset_seeds = STUDIES[preset]
    settings = [{"learning_rate": rate} for rate in LEARNING_RATES[preset]]
    # From large to small: the cheapest first.
    settings += [{"batch_size": size} for size in reversed(BATCH_SIZES[preset])]
    settings[-1]["max_epochs"] = MAX_EPOCHS_BATCH_SIZE_1[preset]
    return [
        _cell("figure6", ("real", n, n_samples, "NN", targets), preset, seed, **setting)
        for seed, setting, n, targets in itertools.product(
            seeds or preset_seeds, settings, sizes, reversed(TARGETS.values())
        )
    ]


def table5_cells(preset, seeds=None):
    """Numbers of parameters at n = 15, which take no training."""
    return [
        Cell("table5", {"field": field, "n": 15, "regressor": net}, count_parameters)
        for field, net in itertools.product(("real", "complex"), FEED_FORWARD_PRESETS)
    ]


def figure1_cells(preset, seeds=None):
    """The learned square root, from few to many samples."""
    sizes, preset_seeds = SQUARE_ROOT[preset]
    cells = []
    for seed, n_samples, regressor, targets in itertools.product(
        seeds or preset_seeds, sizes, ("K-NN", "NN"), TARGETS.values()
    ):
        parameters = {"n_samples": n_samples, "regressor": regressor}
        parameters["targets"] = targets
        if regressor == "NN":
            parameters["max_epochs"] = MAX_EPOCHS[preset]
        cells.append(Cell("figure1", parameters | {"seed": seed}, evaluate_square_root))
    return cells


# Neighbouring cells share their data.
_gaussian_data = functools.lru_cache(maxsize=1)(make_gaussian_phase_retrieval)


def evaluate_gaussian(parameters, data_home=None):
    """Train and test one regressor on Gaussian phase retrieval.

    80 % of the samples are for training, of which nets put aside a tenth for
    validation. `mean_squared_error` is the error per coordinate, ``‖·‖² / n``.
    """
    X, y, forward = _gaussian_data(
        parameters["n_samples"],
        parameters["n"],
        complex_valued=parameters["field"] == "complex",
        random_state=parameters["seed"],
        return_forward=True,
    )
    errors = {
        "mean_squared_error": orbit_mean_squared_error,
        "relative_error": orbit_relative_error,
    }
    return _fit_and_score(parameters, X, y, forward.symmetry, errors)[0]


def evaluate_square_root(parameters, data_home=None):
    """Learn x from x², and keep the learned function.

    `total_variation` is that of the function through the training points: how far the
    target moves in all as the measurement goes from 0 to 1.
    """
    X, y, forward = make_square_root(
        parameters["n_samples"], random_state=parameters["seed"], return_forward=True
    )
    errors = {"mean_squared_error": orbit_mean_squared_error}
    outcome, model, train = _fit_and_score(parameters, X, y, forward.symmetry, errors)
    targets = y[train]
    if model.breaker_ is not None:
        targets = model.breaker_.transform(targets)
    ordered = targets[np.argsort(X[train, 0]), 0]
    # As fine as K-NN jumps between the signs; coarser curves hide it.
    measurement = np.linspace(0, 1, 1001)
    prediction = model.predict(measurement[:, None])[:, 0]
    curve = {"measurement": measurement.round(4), "prediction": prediction.round(4)}
    variation = float(np.abs(np.diff(ordered)).sum())
    return outcome | {"total_variation": variation, "curve": curve}


def _fit_and_score(parameters, X, y, group, errors):
    """Outcome of a cell, the fitted model and the numbers of its training samples."""
    train, test = train_test_split(
        np.arange(len(X)), test_size=0.2, random_state=parameters["seed"]
    )
    model = SymmetryBreakingRegressor(
        make_regressor(parameters), group, parameters["targets"]
    )
    scoring = {name: make_orbit_scorer(group, error) for name, error in errors.items()}
    errors, model = evaluate_model(model, X, y, train, test, scoring)
    n_epochs = getattr(model.regressor_, "n_iter_", None)
    return outcome_of(len(train), len(test), n_epochs, errors), model, train


def make_regressor(parameters):
    """The regressor of a cell, by the paper's name."""
    # Measurements of few coordinates lie on a surface of few dimensions, where a tree
    # finds the same neighbours much faster.
    algorithm = "kd_tree" if parameters.get("n") == 5 else "auto"
    neighbours = KNeighborsRegressor(N_NEIGHBORS, algorithm=algorithm)
    if parameters["regressor"] == "K-NN":
        return neighbours
    if parameters["regressor"] == "K-NN-magnitudes":
        return make_pipeline(FunctionTransformer(np.sqrt), neighbours)
    names = {"max_epochs", "batch_size", "learning_rate"}
    settings = {name: parameters[name] for name in names & parameters.keys()}
    settings["device"] = torch_device()
    for penalty in ("l1", "l2"):
        if penalty in parameters.get("penalty", ""):
            settings[f"{penalty}_penalty"] = parameters["strength"]
    return FeedForwardRegressor.from_preset(
        parameters["regressor"], random_state=parameters["seed"], **settings
    )


def count_parameters(parameters, data_home=None):
    """Count the trainable parameters of a net with 4 n inputs."""
    n = parameters["n"]
    n_outputs = 2 * n if parameters["field"] == "complex" else n
    net = FeedForwardRegressor.from_preset(parameters["regressor"])
    n_parameters = net.count_parameters(4 * n, n_outputs)
    return outcome_of(0, 0, None, {}) | {"n_parameters": n_parameters}


# -- the solvers against their published accuracy

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
