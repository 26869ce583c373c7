"""Experiments on the square root and on Gaussian phase retrieval.

Figure 1, tables 1, 4, 5 and 6, and figure 6.
"""

import functools
import itertools

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from benchmarks.paper._cells import Cell, evaluate_model
from sklearn_symbreak import SymmetryBreakingRegressor
from sklearn_symbreak.datasets import make_gaussian_phase_retrieval, make_square_root
from sklearn_symbreak.metrics import (
    make_orbit_scorer,
    orbit_mean_squared_error,
    orbit_relative_error,
)
from sklearn_symbreak.neural_network import FEED_FORWARD_PRESETS, FeedForwardRegressor

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
    "quick": [((5,), 1_000, ("K-NN", "NN"), (0,))],
    "cpu": [
        (SIZES, 20_000, ("K-NN", "NN"), (0,)),
        (SIZES, 20_000, ("K-NN", "NN"), (1, 2)),
        (SIZES, 20_000, ("K-NN-magnitudes",), SEEDS),
        (SIZES, 20_000, ("WNN",), (0,)),
        (SIZES, 50_000, ("K-NN", "NN"), SEEDS),
        (SIZES, 50_000, ("K-NN-magnitudes",), SEEDS),
        (SIZES, 50_000, ("WNN",), (0,)),
        (SIZES, 20_000, ("DNN",), (0,)),
        (SIZES, 100_000, ("K-NN", "K-NN-magnitudes", "NN", "WNN"), (0,)),
        (SIZES, 100_000, ("NN",), (1, 2)),
        (SIZES, 50_000, ("DNN",), (0,)),
    ],
    "full": [
        (SIZES, n_samples, ("K-NN", "K-NN-magnitudes", *NETS), SEEDS)
        for n_samples in (20_000, 50_000, 100_000, 1_000_000)
    ],
}
# Sizes of the problem, number of samples and seeds of table 4 and of figure 6.
STUDIES = {
    "quick": ((5,), 1_000, (0,)),
    "cpu": (SIZES, 20_000, SEEDS),
    "full": (SIZES, 20_000, SEEDS),
}
MAX_EPOCHS = {"quick": 3, "cpu": 100, "full": 100}
# A step costs about the same for 1 and for 100 samples: on two cores an epoch of
# 14,400 steps takes about ten seconds.
MAX_EPOCHS_BATCH_SIZE_1 = {"quick": 1, "cpu": 10, "full": 100}
BATCH_SIZES = {"quick": (1, 100), "cpu": (1, 10, 100, 1000), "full": (1, 10, 100, 1000)}
LEARNING_RATES = {
    "quick": (1e-3,),
    "cpu": (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6),
    "full": (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6),
}
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
    cells = []
    for sizes, n_samples, regressors, stage_seeds in STAGES[preset]:
        for seed, n, regressor, targets in itertools.product(
            seeds or stage_seeds, sizes, regressors, TARGETS.values()
        ):
            parameters = {"field": field, "n": n, "n_samples": n_samples}
            parameters |= {"regressor": regressor, "targets": targets}
            if regressor in NETS:
                parameters["max_epochs"] = MAX_EPOCHS[preset]
            cells.append(_gaussian_cell(experiment, parameters, seed))
    return cells


def table4_cells(preset, seeds=None):
    """NN without symmetry breaking under penalties, and both without a penalty."""
    sizes, n_samples, preset_seeds = STUDIES[preset]
    variants = [("l1", "passthrough"), ("l2", "passthrough"), ("l1+l2", "passthrough")]
    variants += [("none", "passthrough"), ("none", "canonical")]
    cells = []
    for seed, n, (penalty, targets) in itertools.product(
        seeds or preset_seeds, sizes, variants
    ):
        parameters = _study(n, n_samples, targets, MAX_EPOCHS[preset])
        parameters |= {"penalty": penalty, "strength": PENALTY}
        if penalty == "none":
            parameters["strength"] = None
        cells.append(_gaussian_cell("table4", parameters, seed))
    return cells


def figure6_cells(preset, seeds=None):
    """NN over learning rates and batch sizes."""
    sizes, n_samples, preset_seeds = STUDIES[preset]
    settings = [
        (MAX_EPOCHS[preset], {"learning_rate": rate}) for rate in LEARNING_RATES[preset]
    ]
    # From large to small: the cheapest first.
    for batch_size in reversed(BATCH_SIZES[preset]):
        budget = MAX_EPOCHS_BATCH_SIZE_1 if batch_size == 1 else MAX_EPOCHS
        settings.append((budget[preset], {"batch_size": batch_size}))
    cells = []
    for seed, (max_epochs, setting), n, targets in itertools.product(
        seeds or preset_seeds, settings, sizes, reversed(TARGETS.values())
    ):
        parameters = _study(n, n_samples, targets, max_epochs) | setting
        cells.append(_gaussian_cell("figure6", parameters, seed))
    return cells


def _study(n, n_samples, targets, max_epochs):
    return {
        "field": "real",
        "n": n,
        "n_samples": n_samples,
        "regressor": "NN",
        "targets": targets,
        "max_epochs": max_epochs,
    }


def _gaussian_cell(experiment, parameters, seed):
    return Cell(experiment, parameters | {"seed": seed}, evaluate_gaussian)


def evaluate_gaussian(parameters, data_home=None):
    """Train and test one regressor on Gaussian phase retrieval.

    80 % of the samples are for training, of which nets put aside a tenth for
    validation. `mean_squared_error` is the error per coordinate, ``‖·‖² / n``.
    """
    seed = parameters["seed"]
    X, y, forward = _gaussian_data(
        parameters["field"], parameters["n"], parameters["n_samples"], seed
    )
    train, test = _split(len(X), seed)
    group = forward.symmetry
    errors, model = evaluate_model(
        SymmetryBreakingRegressor(
            make_regressor(parameters), group, parameters["targets"]
        ),
        X,
        y,
        train,
        test,
        {
            "mean_squared_error": make_orbit_scorer(group, orbit_mean_squared_error),
            "relative_error": make_orbit_scorer(group, orbit_relative_error),
        },
    )
    return _outcome(train, test, errors, model)


# Neighbouring cells share their data.
@functools.lru_cache(maxsize=1)
def _gaussian_data(field, n, n_samples, seed):
    return make_gaussian_phase_retrieval(
        n_samples,
        n,
        complex_valued=field == "complex",
        random_state=seed,
        return_forward=True,
    )


def _split(n_samples, seed):
    return train_test_split(np.arange(n_samples), test_size=0.2, random_state=seed)


def _outcome(train, test, errors, model):
    return {
        "n_train": len(train),
        "n_test": len(test),
        "n_epochs": getattr(model.regressor_, "n_iter_", None),
        "errors": errors,
    }


def make_regressor(parameters):
    """The regressor of a cell, by the paper's name."""
    if parameters["regressor"] == "K-NN":
        return KNeighborsRegressor(N_NEIGHBORS)
    if parameters["regressor"] == "K-NN-magnitudes":
        return make_pipeline(
            FunctionTransformer(np.sqrt), KNeighborsRegressor(N_NEIGHBORS)
        )
    names = {"max_epochs", "batch_size", "learning_rate"}
    settings = {name: parameters[name] for name in names & parameters.keys()}
    for penalty in ("l1", "l2"):
        if penalty in parameters.get("penalty", ""):
            settings[f"{penalty}_penalty"] = parameters["strength"]
    return FeedForwardRegressor.from_preset(
        parameters["regressor"], random_state=parameters["seed"], **settings
    )


def table5_cells(preset, seeds=None):
    """Numbers of parameters at n = 15, which take no training."""
    return [
        Cell(
            "table5",
            {"field": field, "n": 15, "regressor": regressor},
            evaluate_parameter_count,
        )
        for field in ("real", "complex")
        for regressor in FEED_FORWARD_PRESETS
    ]


def evaluate_parameter_count(parameters, data_home=None):
    """Count the trainable parameters of a net with 4 n inputs."""
    n = parameters["n"]
    n_outputs = 2 * n if parameters["field"] == "complex" else n
    net = FeedForwardRegressor.from_preset(parameters["regressor"])
    return {
        "n_train": 0,
        "n_test": 0,
        "n_epochs": None,
        "errors": {},
        "n_parameters": net.count_parameters(4 * n, n_outputs),
    }


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


def evaluate_square_root(parameters, data_home=None):
    """Learn x from x², and keep the learned function.

    `total_variation` is that of the function through the training points: how far the
    target moves in all as the measurement goes from 0 to 1.
    """
    seed = parameters["seed"]
    X, y, forward = make_square_root(
        parameters["n_samples"], random_state=seed, return_forward=True
    )
    train, test = _split(len(X), seed)
    errors, model = evaluate_model(
        SymmetryBreakingRegressor(
            make_regressor(parameters), forward.symmetry, parameters["targets"]
        ),
        X,
        y,
        train,
        test,
        {"mean_squared_error": make_orbit_scorer(forward.symmetry)},
    )
    targets = y[train]
    if model.breaker_ is not None:
        targets = model.breaker_.transform(targets)
    ordered = targets[np.argsort(X[train, 0]), 0]
    # As fine as K-NN jumps between the signs; coarser curves hide it.
    measurement = np.linspace(0, 1, 1001)
    return _outcome(train, test, errors, model) | {
        "total_variation": float(np.abs(np.diff(ordered)).sum()),
        "curve": {
            "measurement": measurement.round(4),
            "prediction": model.predict(measurement[:, None])[:, 0].round(4),
        },
    }
