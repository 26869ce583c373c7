"""Strategies on inverse problems with other symmetries.

Run ``python -m benchmarks.problems``. For each problem 5,000 samples, 4,000 of them to
train on, the same for all strategies and regressors; relative errors up to the symmetry
(`orbit_relative_error`) on the others, means over the seeds.
"""

import argparse
import json
import time
import warnings
from pathlib import Path

import numpy as np
import scipy
import sklearn
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_symbreak import SymmetryBreakingRegressor
from sklearn_symbreak.compose import AtlasRegressor
from sklearn_symbreak.datasets import (
    make_bispectrum,
    make_gaussian_phase_retrieval,
    make_point_distances,
    make_polynomial_roots,
    make_source_mixture,
)
from sklearn_symbreak.metrics import orbit_relative_error

PROBLEMS = {
    "points in the plane from distances": (make_point_distances, {}),
    "points in space from distances": (
        make_point_distances,
        {"n_points": 5, "n_dimensions": 3},
    ),
    "real roots from coefficients": (make_polynomial_roots, {}),
    "complex roots from coefficients": (
        make_polynomial_roots,
        {"complex_valued": True},
    ),
    "shifted bumps from bispectra": (make_bispectrum, {}),
    "mixing vectors from cumulants": (make_source_mixture, {}),
    "signs, n = 5": (make_gaussian_phase_retrieval, {"n_features": 5}),
}
REGRESSORS = {
    "K-NN": KNeighborsRegressor(),
    "MLP 128-128": MLPRegressor(
        hidden_layer_sizes=(128, 128), max_iter=150, random_state=0
    ),
}
STRATEGIES = ("untouched", "canonical", "mean", "atlas", "embedding")
N_SAMPLES, N_TRAIN = 5000, 4000


def model(strategy, regressor, group):
    """The regressor of a strategy."""
    inner = make_pipeline(StandardScaler(), regressor)
    if strategy == "atlas":
        return AtlasRegressor(inner, group, random_state=0)
    breaker = "passthrough" if strategy == "untouched" else strategy
    return SymmetryBreakingRegressor(inner, group, breaker)


def evaluate(name, seed):
    """Errors by regressor and strategy, and seconds of fitting."""
    make, params = PROBLEMS[name]
    X, y, forward = make(N_SAMPLES, **params, random_state=seed, return_forward=True)
    if make in (make_bispectrum, make_source_mixture):
        # Products of many entries spread widely.
        X = np.cbrt(X)
    found = {}
    for key, regressor in REGRESSORS.items():
        for strategy in STRATEGIES:
            start = time.perf_counter()
            try:
                fitted = model(strategy, regressor, forward.symmetry)
                fitted.fit(X[:N_TRAIN], y[:N_TRAIN])
            except ValueError as error:
                if "embedding" not in str(error):
                    raise
                continue
            seconds = time.perf_counter() - start
            error = orbit_relative_error(
                y[N_TRAIN:], fitted.predict(X[N_TRAIN:]), group=forward.symmetry
            )
            found[f"{key}, {strategy}"] = {"error": error, "seconds": seconds}
    return found


def main():
    """Evaluate all problems and print one table."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    warnings.simplefilter("ignore", DataConversionWarning)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--output", default="docs/figures/problems.json")
    arguments = parser.parse_args()
    columns = [f"{key}, {name}" for key in REGRESSORS for name in STRATEGIES]
    print("| problem | " + " | ".join(columns) + " |")
    print("|---" * (1 + len(columns)) + "|", flush=True)
    record = {
        "seeds": arguments.seeds,
        "date": time.strftime("%Y-%m-%d"),
        "versions": {lib.__name__: lib.__version__ for lib in (np, scipy, sklearn)},
        "problems": {},
    }
    for name in PROBLEMS:
        results = [evaluate(name, seed) for seed in arguments.seeds]
        record["problems"][name] = results
        means = {
            column: np.mean([one[column]["error"] for one in results])
            for column in results[0]
        }
        best = min(means, key=means.get)
        cells = [
            "–"
            if column not in means
            else f"**{means[column]:.2g}**"
            if column == best
            else f"{means[column]:.2g}"
            for column in columns
        ]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
        Path(arguments.output).write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
