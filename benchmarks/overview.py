"""The picture of the landing page: ``python -m benchmarks.overview``.

A direction x in the plane is measured up to its sign, by the angle of x xᵀ; the same
kernel ridge regression learns it from 200 pairs, each drawn with a sign at random.
"""

import argparse

import matplotlib.pyplot as plt
import numpy as np
from sklearn.kernel_ridge import KernelRidge

from sklearn_symbreak import SymmetryBreakingRegressor
from sklearn_symbreak.groups import SignFlip

PANELS = {
    "passthrough": "targets as they are\nthe regressor learns their mean: nothing",
    "canonical": "one representative of each orbit\nall error is at the seam",
    "embedding": "invariants of the orbit\nno seam, almost no error",
}


def main(argv=None):
    """Fit one regressor for each panel and save the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", default="docs/figures/overview.png")
    path = parser.parse_args(argv).output
    rng = np.random.default_rng(0)
    angle = rng.uniform(-np.pi, np.pi, size=200)
    signs = rng.choice([-1, 1], size=200)
    y = signs[:, None] * directions(angle)
    grid = np.linspace(-np.pi, np.pi, 401)
    figure, axes = plt.subplots(
        1, 3, figsize=(9.6, 3), sharey=True, layout="constrained"
    )
    for axis, (breaker, title) in zip(axes, PANELS.items(), strict=True):
        model = SymmetryBreakingRegressor(
            KernelRidge(kernel="rbf", gamma=2.0, alpha=0.05), SignFlip(), breaker
        )
        predicted = model.fit(on_circle(angle), y).predict(on_circle(grid))
        targets = model.breaker_.transform(y) if breaker == "canonical" else y
        if breaker == "embedding":
            # Any member of the orbit will do: show the one that is near the target.
            predicted = SignFlip().align(predicted, directions(grid))[0]
            targets = SignFlip().align(y, directions(angle))[0]
        axis.plot(np.degrees(angle), targets[:, 0], ".", color="0.6", label="targets")
        axis.plot(np.degrees(grid), predicted[:, 0], color="C3", label="predicted")
        score = model.score(on_circle(grid), directions(grid))
        axis.set_ylim(-1.5, 1.15)
        axis.set(xlabel="measured angle, degrees", xticks=[-180, -90, 0, 90, 180])
        axis.set_title(title, fontsize=10)
        axis.text(180, -1.36, f"R² up to the sign: {score:.2f}", ha="right")
    axes[0].set_ylabel("first entry of x")
    axes[2].legend(loc="lower left", fontsize=8)
    figure.savefig(path, dpi=130)
    plt.close(figure)
    print(f"wrote {path}")


def directions(angle):
    """Unit vectors whose outer product has this angle: half of it."""
    return np.stack([np.cos(angle / 2), np.sin(angle / 2)], axis=1)


def on_circle(angle):
    """The measurement, an angle as a point on the circle."""
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


if __name__ == "__main__":
    main()
