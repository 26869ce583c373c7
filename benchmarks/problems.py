"""Strategies on inverse problems with other symmetries.

Run ``python -m benchmarks.problems``. For each problem 5,000 samples, 4,000 of them to
train on, the same for all strategies and regressors; relative errors up to the symmetry
(`orbit_relative_error`) on the others. "refined" starts Levenberg-Marquardt on the
known forward model at the predictions from embedded targets, or else from the mean
template.
"""

import argparse
import time
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from benchmarks import PUBLISHED, Records, mean_and_range
from sklearn_symbreak import SymmetryBreakingRegressor, datasets
from sklearn_symbreak.breaking import FactorBalancer
from sklearn_symbreak.compose import AtlasRegressor
from sklearn_symbreak.groups._embeddings import has_embedding
from sklearn_symbreak.metrics import orbit_relative_error
from sklearn_symbreak.neural_network import FeedForwardRegressor
from sklearn_symbreak.phase_retrieval import LevenbergMarquardt

N_SAMPLES, N_TRAIN = 5000, 4000
PROBLEMS = {
    "signs, n = 5": ("make_gaussian_phase_retrieval", {"n_features": 5}),
    "pose with a 5-fold axis": ("make_symmetric_pose", {}),
    "pose of a body with an axis": ("make_symmetric_pose", {"kind": "axis"}),
    "pose as a quaternion": ("make_symmetric_pose", {"kind": "quaternion"}),
    "points in the plane from distances": ("make_point_distances", {}),
    "points in space from distances": ("make_point_distances", {"n_dimensions": 3}),
    "real roots from coefficients": ("make_polynomial_roots", {}),
    "complex roots from coefficients": (
        "make_polynomial_roots",
        {"complex_valued": True},
    ),
    "shifted bumps from bispectra": ("make_bispectrum", {}),
    "mixing vectors from cumulants": ("make_source_mixture", {}),
    "blind deconvolution": ("make_blind_deconvolution", {}),
    "blind deconvolution, complex": (
        "make_blind_deconvolution",
        {"complex_valued": True},
    ),
    "two-link arm": ("make_two_link_arm", {}),
}
# Products of many entries spread widely.
ROOTED = ("make_bispectrum", "make_source_mixture")
REGRESSORS = {
    "K-NN": KNeighborsRegressor(weights="distance"),
    "ridge": make_pipeline(PolynomialFeatures(2), StandardScaler(), Ridge(1e-3)),
    "MLP": MLPRegressor(hidden_layer_sizes=(128, 128), max_iter=100, random_state=0),
    "our net": FeedForwardRegressor(
        (128, 128),
        activation="silu",
        linear_skip=True,
        learning_rate=5e-3,
        learning_rate_schedule="one_cycle",
        max_epochs=60,
        patience=60,
        random_state=0,
    ),
}
STRATEGIES = ("untouched", "canonical", "mean", "atlas", "embedding", "refined")


def data(problem, seed):
    """Measurements, signals and forward model, with all that no isometry hides fixed.

    Measurements are as regressors get them, and as the forward model gives them.
    """
    name, params = PROBLEMS[problem]
    make = getattr(datasets, name)
    X, y, forward = make(N_SAMPLES, **params, random_state=seed, return_forward=True)
    if name == "make_blind_deconvolution":
        y = FactorBalancer().fit_transform(y)
    return (np.cbrt(X) if name in ROOTED else X), X, y, forward


def evaluate(problem, seed, regressor, strategy):
    """Error and seconds of fitting; None where the group has no embedding."""
    X, measured, y, forward = data(problem, seed)
    group = forward.symmetry
    train, test = slice(0, N_TRAIN), slice(N_TRAIN, None)
    embeds = has_embedding(group, y[:1])
    if strategy == "embedding" and not embeds:
        return {"error": None, "why": "no embedding"}
    inner = make_pipeline(StandardScaler(), REGRESSORS[regressor])
    start = time.perf_counter()
    if strategy == "atlas":
        fitted = AtlasRegressor(inner, group, random_state=0).fit(X[train], y[train])
    else:
        breaker = {
            "untouched": "passthrough",
            "refined": "embedding" if embeds else "mean",
        }.get(strategy, strategy)
        fitted = SymmetryBreakingRegressor(inner, group, breaker)
        fitted.fit(X[train], y[train])
    seconds = time.perf_counter() - start
    signals = fitted.predict(X[test])
    if strategy == "refined":
        solver = LevenbergMarquardt(forward, max_iter=30)
        signals = solver.solve(measured[test], init=signals)
        if PROBLEMS[problem][0] == "make_blind_deconvolution":
            signals = FactorBalancer().fit_transform(signals)
    error = orbit_relative_error(y[test], signals, group=group)
    return {"error": float(error), "fit_seconds": round(seconds, 2)}


def table(records, seeds, regressor):
    """Lines of a markdown table: means over seeds, with the range."""
    lines = [
        f"| {regressor} | " + " | ".join(STRATEGIES) + " |",
        "|---" * (1 + len(STRATEGIES)) + "|",
    ]
    for problem in PROBLEMS:
        cells, means = [], []
        for strategy in STRATEGIES:
            found = [
                records.result(_parameters(problem, seed, regressor, strategy))
                for seed in seeds
            ]
            errors = [one["error"] for one in found if one and one["error"] is not None]
            missing = "–" if any(found) else "not run"
            cells.append(mean_and_range(errors) if errors else missing)
            means.append(np.mean(errors) if errors else np.inf)
        best = int(np.argmin(means))
        if np.isfinite(means[best]):
            cells[best] = f"**{cells[best]}**"
        lines.append(f"| {problem} | " + " | ".join(cells) + " |")
    return lines


def _parameters(problem, seed, regressor, strategy):
    return {
        "problem": problem,
        "seed": seed,
        "regressor": regressor,
        "strategy": strategy,
    }


def main():
    """Evaluate what is not stored yet, and print a table for each regressor."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    warnings.simplefilter("ignore", DataConversionWarning)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument(
        "--table", action="store_true", help="print what is stored, and run nothing"
    )
    parser.add_argument("--output", default=PUBLISHED / "problems.jsonl")
    arguments = parser.parse_args()
    records = Records(arguments.output)
    for regressor in REGRESSORS:
        for seed in arguments.seeds if not arguments.table else ():
            for problem in PROBLEMS:
                for strategy in STRATEGIES:
                    parameters = _parameters(problem, seed, regressor, strategy)
                    result = records.result(
                        parameters, lambda p=parameters: evaluate(**p)
                    )
                    print(parameters, result, flush=True)
        lines = table(records, arguments.seeds, regressor)
        print("\n".join(["", *lines]), flush=True)


if __name__ == "__main__":
    main()
