"""The main job on embedded data: errors before and after symmetry breaking.

Run ``python -m benchmarks.demo``. It prints one table and saves three figures in
``demo_output/``.
"""

import argparse
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import matplotlib as mpl
import numpy as np
import sklearn
import torch
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback

import sklearn_symbreak
from benchmarks.strategies import ridge
from sklearn_symbreak import SymmetryBreaker, SymmetryBreakingRegressor
from sklearn_symbreak.datasets import (
    load_digit_images,
    make_fourier_phase_retrieval,
    make_gaussian_phase_retrieval,
    make_square_root,
)
from sklearn_symbreak.inspection import OrbitErrorDisplay, SignalsDisplay
from sklearn_symbreak.metrics import orbit_mean_squared_error, scaled_orbit_residual
from sklearn_symbreak.neural_network import FeedForwardRegressor, UNetRegressor
from sklearn_symbreak.preprocessing import AutocorrelationTransformer

VARIANTS = ("none", "flip", "shift", "shift_flip")
CANVAS, MEASUREMENT = (12, 12), (24, 24)
CELL = 11


class EpochCell(Callback):
    """Count the epochs in the cell of the table that waits for them."""

    def on_epoch_end(self, net, **kwargs):
        """Write over the cell, and go back to its start."""
        if sys.stdout.isatty():
            count = f"{len(net.history)} of {net.max_epochs}"
            print(count.rjust(CELL), end="\b" * CELL, flush=True)


def main(argv=None):
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("demo_output"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    options.output.mkdir(parents=True, exist_ok=True)
    mpl.use("Agg")
    # Batches are small: more threads gain little, and cost ten times on a busy machine.
    torch.set_num_threads(1)
    start = time.perf_counter()
    print_header(options.seed)
    square_root(options.seed, options.output / "square_root.png")
    gaussian(options.seed, options.output / "gaussian_seam.png")
    fourier(options.seed, options.output / "fourier_digits.png")
    print(
        f"\nbefore: targets as they are; after: one representative of each orbit, or "
        f"invariants (embedding).\nK-NN: 5 nearest neighbours; ridge: on products of "
        f"measurements; kernel ridge: on the\nautocorrelation. Figures in "
        f"{options.output}. Total {time.perf_counter() - start:.0f} s."
    )


def print_header(seed):
    """Say what is run, and name the columns."""
    print(
        f"sklearn_symbreak {sklearn_symbreak.__version__}, scikit-learn "
        f"{sklearn.__version__}, numpy {np.__version__}, Python "
        f"{platform.python_version()}, seed {seed}, "
        f"{datetime.now(UTC).strftime('%Y-%m-%d')}\n"
    )
    columns = f"{'problem':<32}{'error':<23}{'regressor':<14}{'breaker':<10}"
    line = f"{columns}{'before':>{CELL}}{'after':>{CELL}}{'seconds':>9}"
    print(line)
    print("-" * len(line))


def compare(problem, name, regressor, group, breaker, error, data):
    """Print one row, cell by cell; return the models before and after."""
    X_train, X_test, y_train, y_test = data
    label = error.__name__.removesuffix("_error").replace("_", " ")
    label = label.replace("mean squared", "MSE")
    print(f"{problem:<32}{label:<23}{name:<14}{breaker:<10}", end="", flush=True)
    start, models = time.perf_counter(), []
    for choice in ("passthrough", breaker):
        model = SymmetryBreakingRegressor(regressor, group=group, breaker=choice)
        models.append(model.fit(X_train, y_train))
        found = error(y_test, model.predict(X_test), group=group)
        print(f"{found:>{CELL}.2g}", end="", flush=True)
    print(f"{time.perf_counter() - start:>9.1f}", flush=True)
    return models


def square_root(seed, path):
    """Learn x from x², and show what is learned."""
    X, y, forward = make_square_root(2000, random_state=seed, return_forward=True)
    data = train_test_split(X, y, test_size=0.2, random_state=seed)
    shown = {}
    for name, regressor in [
        ("K-NN", KNeighborsRegressor(5)),
        ("NN", FeedForwardRegressor(callbacks=[EpochCell()], random_state=seed)),
    ]:
        shown[f"{name}, before"], shown[f"{name}, after"] = compare(
            "square root",
            name,
            regressor,
            forward.symmetry,
            "canonical",
            orbit_mean_squared_error,
            data,
        )
    display = SignalsDisplay.from_estimator(shown, data[1], data[3])
    display.figure_.savefig(path, dpi=120)


def gaussian(seed, path):
    """Real and complex Gaussian phase retrieval at the paper's smallest size."""
    net = FeedForwardRegressor(
        max_epochs=40, callbacks=[EpochCell()], random_state=seed
    )
    shown = {}
    for kind in ("real", "complex"):
        X, y, forward = make_gaussian_phase_retrieval(
            20_000,
            5,
            complex_valued=kind == "complex",
            random_state=seed,
            return_forward=True,
        )
        data = train_test_split(X, y, test_size=0.2, random_state=seed)
        for name, regressor, breaker in [
            ("K-NN", KNeighborsRegressor(5), "canonical"),
            ("NN", net, "canonical"),
            ("ridge", ridge(5), "embedding"),
        ]:
            _, after = compare(
                f"Gaussian PR, {kind}, n = 5",
                name,
                regressor,
                forward.symmetry,
                breaker,
                orbit_mean_squared_error,
                data,
            )
            if kind == "complex":
                shown[f"{name}, {breaker}"] = after
    breaker = SymmetryBreaker(forward.symmetry).fit(data[2])
    display = OrbitErrorDisplay.from_estimator(shown, data[1], data[3], breaker=breaker)
    display.ax_.set_title("Gaussian phase retrieval, complex, n = 5")
    display.figure_.savefig(path, dpi=120)


def fourier(seed, path):
    """Fourier phase retrieval of digits, with and without the symmetries."""
    import matplotlib.pyplot as plt

    images, _ = load_digit_images(dtype=np.float32)
    figure = plt.figure(figsize=(8.5, 11), layout="constrained")
    blocks = figure.subfigures(2, 2).ravel()
    for block, variant in zip(blocks, VARIANTS, strict=True):
        X, y, forward = make_fourier_phase_retrieval(
            images,
            canvas_shape=CANVAS,
            measurement_shape=MEASUREMENT,
            variant=variant,
            random_state=seed,
            return_forward=True,
        )
        data = train_test_split(X, y, test_size=0.2, random_state=seed)
        for name, regressor in fourier_regressors(variant, seed).items():
            before, after = compare(
                f"Fourier PR, digits, {variant}",
                name,
                regressor,
                forward.symmetry,
                "mean",
                scaled_orbit_residual,
                data,
            )
        SignalsDisplay.from_estimator(
            {"before": before, "after": after}, data[1], data[3], figure=block
        )
        block.suptitle(f"variant: {variant}")
    figure.suptitle(
        f"Fourier phase retrieval of digits by {name}; predictions moved onto the truth"
    )
    figure.savefig(path, dpi=120)


def fourier_regressors(variant, seed):
    """Regressors of images by name, the one that is drawn last."""
    regressors = {
        "K-NN": KNeighborsRegressor(5),
        "NN": FeedForwardRegressor(
            (512, 512),
            max_epochs=40,
            input_transform="log_magnitude",
            callbacks=[EpochCell()],
            random_state=seed,
        ),
        "kernel ridge": make_pipeline(
            AutocorrelationTransformer(MEASUREMENT, CANVAS),
            KernelRidge(kernel="rbf", alpha=0.01),
        ),
    }
    if variant == "shift_flip":
        # Most of a minute: only where there is most to break.
        unet = UNetRegressor(
            max_epochs=40,
            measurement_shape=MEASUREMENT,
            signal_shape=CANVAS,
            learning_rate_schedule="one_cycle",
            callbacks=[EpochCell()],
            random_state=seed,
        )
        regressors = {"U-Net": unet, **regressors}
    return regressors


if __name__ == "__main__":
    main()
