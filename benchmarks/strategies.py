"""Ways around the seam on Gaussian phase retrieval, and refinement by learned models.

Run ``python -m benchmarks.strategies``. Every strategy gets the same 16,000 training
pairs of 20,000, the same regressors, and test signals that are not broken; the sensing
matrix is not given. Errors are ‖·‖² up to the symmetry in the unit of the paper's
tables (‖·‖²/n² for real, ‖·‖²/(2n) for complex signals) times 1e4, on 4,000 signals.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import scipy
import sklearn
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    PolynomialFeatures,
    StandardScaler,
)

from sklearn_symbreak import SymmetryBreakingRegressor
from sklearn_symbreak.compose import AtlasRegressor, RefinedRegressor
from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
from sklearn_symbreak.forward import LearnedForward
from sklearn_symbreak.metrics import orbit_mean_squared_error, orbit_relative_error
from sklearn_symbreak.phase_retrieval import LevenbergMarquardt

SIZES = [(kind, n) for kind in ("real", "complex") for n in (5, 10, 15)]
N_SAMPLES, N_TRAIN, N_REFINED = 20_000, 16_000, 1000


def ridge(n):
    """Ridge on standardised products of measurements."""
    # Small problems are nearly exact: there regularization only costs.
    alpha = 1e-3 if n == 5 else 1.0
    return make_pipeline(
        StandardScaler(),
        PolynomialFeatures(2),
        StandardScaler(),
        Ridge(alpha, solver="cholesky"),
    )


def kernel_ridge(kind, n):
    """Kernel ridge on standardised magnitudes, of real signals on intensities."""
    root = FunctionTransformer(
        (lambda X: np.sqrt(np.maximum(X, 0))) if kind == "complex" else None
    )
    return make_pipeline(
        root,
        StandardScaler(),
        KernelRidge(kernel="rbf", gamma=0.1 / (4 * n), alpha=1e-4),
    )


def strategies(kind, n, group):
    """Name and regressor of each strategy."""
    return {
        "untouched": SymmetryBreakingRegressor(ridge(n), group, "passthrough"),
        "canonical": SymmetryBreakingRegressor(ridge(n), group, "canonical"),
        "mean": SymmetryBreakingRegressor(ridge(n), group, "mean"),
        "atlas": AtlasRegressor(ridge(n), group, random_state=0),
        "embedding": SymmetryBreakingRegressor(ridge(n), group, "embedding"),
        "embedding, kernel ridge": SymmetryBreakingRegressor(
            kernel_ridge(kind, n), group, "embedding"
        ),
    }


def evaluate(kind, n, seed, noise, names):
    """Errors and seconds of fitting, and the learned refinement of the embedding."""
    X, y, forward = make_gaussian_phase_retrieval(
        N_SAMPLES,
        n,
        complex_valued=kind == "complex",
        random_state=seed,
        return_forward=True,
    )
    if noise:
        rng = np.random.RandomState(1000 + seed)
        X = X + noise * np.sqrt(np.mean(X**2)) * rng.standard_normal(X.shape)
    group, unit = forward.symmetry, 1e4 / (2 if kind == "complex" else n)
    test = slice(N_TRAIN, None)
    found = {}
    for name, model in strategies(kind, n, group).items():
        if name not in names:
            continue
        start = time.perf_counter()
        model.fit(X[:N_TRAIN], y[:N_TRAIN])
        seconds = time.perf_counter() - start
        error = orbit_mean_squared_error(y[test], model.predict(X[test]), group=group)
        found[name] = {"error": unit * error, "seconds": seconds}
    refined = RefinedRegressor(
        SymmetryBreakingRegressor(ridge(n), group, "embedding"),
        LevenbergMarquardt(LearnedForward(group), max_iter=30, tol=1e-7),
    ).fit(X[:N_TRAIN], y[:N_TRAIN])
    few = slice(N_TRAIN, N_TRAIN + N_REFINED)
    start = time.perf_counter()
    signals = refined.predict(X[few])
    seconds = time.perf_counter() - start
    solved = [
        orbit_relative_error(a[None], b[None], group=group) < 1e-10
        for a, b in zip(y[few], signals, strict=True)
    ]
    found["embedding, refined"] = {
        "error": unit * orbit_mean_squared_error(y[few], signals, group=group),
        "solved": float(np.mean(solved)),
        "refines": bool(refined.refines_),
        "milliseconds": 1e3 * seconds / N_REFINED,
    }
    return found


def print_table(results, sizes, title):
    """Means over seeds, with the range, as a markdown table."""
    names = list(next(iter(results.values()))[0])
    print(f"\n| {title} | " + " | ".join(f"{kind} {n}" for kind, n in sizes) + " |")
    print("|---" * (1 + len(sizes)) + "|")
    for name in names:
        cells = []
        for kind, n in sizes:
            errors = [one[name]["error"] for one in results[f"{kind} {n}"]]
            cells.append(f"{np.mean(errors):.2g} ({min(errors):.2g}–{max(errors):.2g})")
        print(f"| {name} | " + " | ".join(cells) + " |")
    cells = []
    for kind, n in sizes:
        solved = [one["embedding, refined"]["solved"] for one in results[f"{kind} {n}"]]
        cells.append(f"{100 * np.mean(solved):.1f} %")
    print("| share refined below 1e-10 | " + " | ".join(cells) + " |", flush=True)


def main():
    """Evaluate all strategies without noise, and some with it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[10, 11, 12])
    parser.add_argument("--kernel-ridge", action="store_true")
    parser.add_argument("--output", default="benchmarks/published/strategies.json")
    arguments = parser.parse_args()
    record = {
        "seeds": arguments.seeds,
        "date": time.strftime("%Y-%m-%d"),
        "versions": {lib.__name__: lib.__version__ for lib in (np, scipy, sklearn)},
        "noise": {},
    }
    for noise in (0.0, 0.01, 0.1):
        names = ("canonical", "embedding")
        if noise == 0:
            names = ("untouched", *names, "mean", "atlas")
            # Minutes for each seed.
            names += ("embedding, kernel ridge",) if arguments.kernel_ridge else ()
        results = {}
        for kind, n in SIZES:
            results[f"{kind} {n}"] = [
                evaluate(kind, n, seed, noise, names) for seed in arguments.seeds
            ]
            print(f"{kind} {n}, noise {noise} done", flush=True)
        record["noise"][str(noise)] = results
        print_table(results, SIZES, f"noise {100 * noise:g} %")
        output = Path(arguments.output)
        output.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
