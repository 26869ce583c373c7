"""Success against the number of measurements, of all gradient solvers.

Run ``python -m benchmarks.success_curves``. Signals are normal vectors, each with a
Gaussian matrix of its own; a trial succeeds at a relative error, up to the sign or
phase, below 1e-5. Every solver has its defaults and at most 2,000 iterations. It prints
two tables, and writes the numbers and a picture.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import scipy
import sklearn

from sklearn_symbreak.forward import GaussianPhaseRetrieval
from sklearn_symbreak.inspection import SolverCurveDisplay
from sklearn_symbreak.metrics import orbit_relative_error
from sklearn_symbreak.phase_retrieval import (
    ReweightedAmplitudeFlow,
    TruncatedAmplitudeFlow,
    TruncatedWirtingerFlow,
    WirtingerFlow,
)

SOLVERS = (
    WirtingerFlow,
    ReweightedAmplitudeFlow,
    TruncatedAmplitudeFlow,
    TruncatedWirtingerFlow,
)
RATIOS = {"real": (1.5, 2, 2.5, 3, 4, 5, 6), "complex": (2, 2.5, 3, 3.5, 4, 5, 6)}
SUCCESS = 1e-5
MAX_ITER = 2000
X_LABEL, Y_LABEL = "measurements per unknown, m / n", "share of successes"


def run(kind, ratio, n_features, n_trials):
    """Share of successes and mean iterations of a success, by solver."""
    found = {cls.__name__: [] for cls in SOLVERS}
    for trial in range(n_trials):
        forward = GaussianPhaseRetrieval.random(
            n_features,
            round(ratio * n_features),
            complex_valued=kind == "complex",
            random_state=trial,
        )
        rng = np.random.RandomState(1000 + trial)
        y = rng.standard_normal((1, n_features))
        if kind == "complex":
            y = y + 1j * rng.standard_normal((1, n_features))
        X = forward(y)
        for cls in SOLVERS:
            solver = cls(forward, max_iter=MAX_ITER, random_state=trial)
            error = orbit_relative_error(y, solver.predict(X), group=forward.symmetry)
            # Of the norms, not of their squares.
            found[cls.__name__].append((error**0.5 < SUCCESS, solver.n_iter_[0]))
    return {name: summary(np.array(results)) for name, results in found.items()}


def summary(results):
    """Share of successes, and their mean number of iterations or None."""
    success = results[:, 0].astype(bool)
    n_iter = float(results[success, 1].mean()) if success.any() else None
    return {"success": float(success.mean()), "n_iter": n_iter}


def table(kind, curves):
    """The numbers of one kind as a markdown table."""
    lines = ["| m / n | " + " | ".join(cls.__name__ for cls in SOLVERS) + " |"]
    lines.append("|---" * (1 + len(SOLVERS)) + "|")
    for ratio in RATIOS[kind]:
        cells = []
        for cls in SOLVERS:
            cell = curves[kind][str(ratio)][cls.__name__]
            n_iter = "" if cell["n_iter"] is None else f" ({cell['n_iter']:.0f})"
            cells.append(f"{100 * cell['success']:.0f} %{n_iter}")
        lines.append(f"| {ratio} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def draw(curves, path):
    """Write the curves as a picture."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="tight")
    for axis, kind in zip(axes, RATIOS, strict=True):
        records = [
            {"solver": name, X_LABEL: float(ratio), Y_LABEL: cell["success"]}
            for ratio, cells in curves[kind].items()
            for name, cell in cells.items()
        ]
        SolverCurveDisplay.from_records(records, x=X_LABEL, y=Y_LABEL, ax=axis)
        axis.set_title(f"{kind} signals")
    axes[0].get_legend().remove()
    axes[1].set_ylabel("")
    figure.savefig(path, dpi=150)


def main():
    """Run all trials, print the tables, write the numbers and the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-features", type=int, default=100)
    parser.add_argument("--n-trials", type=int, default=20)
    parser.add_argument("--record", default="benchmarks/published/success_curves.json")
    parser.add_argument("--picture", default="docs/figures/success_curves.png")
    arguments = parser.parse_args()
    size = (arguments.n_features, arguments.n_trials)
    curves = {}
    for kind, ratios in RATIOS.items():
        curves[kind] = {}
        for ratio in ratios:
            curves[kind][str(ratio)] = run(kind, ratio, *size)
            print(f"{kind}, m / n = {ratio} done", flush=True)
    for kind in RATIOS:
        print(f"\n{kind}: successes (iterations of a success)\n{table(kind, curves)}")
    record = {
        "n_features": arguments.n_features,
        "n_trials": arguments.n_trials,
        "date": time.strftime("%Y-%m-%d"),
        "versions": {lib.__name__: lib.__version__ for lib in (np, scipy, sklearn)},
        "curves": curves,
    }
    Path(arguments.record).write_text(json.dumps(record, indent=1) + "\n")
    draw(curves, arguments.picture)


if __name__ == "__main__":
    main()
