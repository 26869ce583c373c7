"""The main job on embedded data: errors before and after symmetry breaking.

Run ``python -m benchmarks.demo``. It prints one table and saves two figures in
``demo_output/``.
"""

import argparse
import platform
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import sklearn
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsRegressor

import sklearn_symbreak
from sklearn_symbreak import SymmetryBreakingRegressor
from sklearn_symbreak.datasets import (
    load_digit_images,
    make_fourier_phase_retrieval,
    make_gaussian_phase_retrieval,
    make_square_root,
)
from sklearn_symbreak.groups import ConjugateFlip, CyclicShift
from sklearn_symbreak.metrics import orbit_mean_squared_error, scaled_orbit_residual
from sklearn_symbreak.neural_network import FeedForwardRegressor, UNetRegressor

VARIANTS = ("none", "flip", "shift", "shift_flip")
CANVAS, MEASUREMENT = (12, 12), (24, 24)


def main(argv=None):
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("demo_output"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    options.output.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    print_header(options.seed)
    square_root(options.seed, options.output / "square_root.png")
    gaussian(options.seed)
    fourier(options.seed, options.output / "fourier_digits.png")
    print(
        f"\nbefore: targets as they are; after: one representative per orbit. K-NN: 5 "
        f"nearest neighbours.\nFigures in {options.output}. Total "
        f"{time.perf_counter() - start:.0f} s."
    )


def print_header(seed):
    """Say what is run, and name the columns."""
    print(
        f"sklearn_symbreak {sklearn_symbreak.__version__}, scikit-learn "
        f"{sklearn.__version__}, numpy {np.__version__}, Python "
        f"{platform.python_version()}, seed {seed}, "
        f"{datetime.now(UTC).strftime('%Y-%m-%d')}\n"
    )
    columns = f"{'problem':<31}{'error':<22}{'regressor':<10}"
    print(f"{columns}{'before':>10}{'after':>10}{'seconds':>9}")
    print("-" * 92)


def compare(problem, name, regressor, group, breaker, error, data):
    """Print one row; return the predictions for the test set before and after."""
    X_train, X_test, y_train, y_test = data
    start = time.perf_counter()
    predictions, errors = [], []
    for choice in ("passthrough", breaker):
        model = SymmetryBreakingRegressor(regressor, group=group, breaker=choice)
        predictions.append(model.fit(X_train, y_train).predict(X_test))
        errors.append(error(y_test, predictions[-1], group=group))
    label = error.__name__.removesuffix("_error").replace("_", " ")
    print(
        f"{problem:<31}{label:<22}{name:<10}{errors[0]:>10.5f}{errors[1]:>10.5f}"
        f"{time.perf_counter() - start:>9.1f}",
        flush=True,
    )
    return predictions


def square_root(seed, path):
    """Learn x from x², and show what is learned."""
    X, y, forward = make_square_root(2000, random_state=seed, return_forward=True)
    data = train_test_split(X, y, test_size=0.2, random_state=seed)
    shown = {}
    for name, regressor in [
        ("K-NN", KNeighborsRegressor(5)),
        ("NN", FeedForwardRegressor(random_state=seed)),
    ]:
        shown[name] = compare(
            "square root",
            name,
            regressor,
            forward.symmetry,
            "canonical",
            orbit_mean_squared_error,
            data,
        )
    plot_square_root(path, data, shown)


def gaussian(seed):
    """Real and complex Gaussian phase retrieval at the paper's smallest size."""
    for kind in ("real", "complex"):
        X, y, forward = make_gaussian_phase_retrieval(
            20_000,
            5,
            complex_valued=kind == "complex",
            random_state=seed,
            return_forward=True,
        )
        data = train_test_split(X, y, test_size=0.2, random_state=seed)
        for name, regressor in [
            ("K-NN", KNeighborsRegressor(5)),
            ("NN", FeedForwardRegressor(max_epochs=40, random_state=seed)),
        ]:
            compare(
                f"Gaussian PR, {kind}, n = 5",
                name,
                regressor,
                forward.symmetry,
                "canonical",
                orbit_mean_squared_error,
                data,
            )


def fourier(seed, path):
    """Fourier phase retrieval of digits, with and without the symmetries."""
    images, _ = load_digit_images(dtype=np.float32)
    shown = {}
    for variant in VARIANTS:
        X, y, forward = make_fourier_phase_retrieval(
            images,
            canvas_shape=CANVAS,
            measurement_shape=MEASUREMENT,
            variant=variant,
            random_state=seed,
            return_forward=True,
        )
        data = train_test_split(X, y, test_size=0.2, random_state=seed)
        for name, regressor in [
            ("K-NN", KNeighborsRegressor(5)),
            (
                "NN",
                FeedForwardRegressor(
                    (512, 512),
                    max_epochs=40,
                    input_transform="log_magnitude",
                    random_state=seed,
                ),
            ),
            (
                "U-Net",
                UNetRegressor(
                    max_epochs=40,
                    measurement_shape=MEASUREMENT,
                    signal_shape=CANVAS,
                    learning_rate_schedule="one_cycle",
                    random_state=seed,
                ),
            ),
        ]:
            predictions = compare(
                f"Fourier PR, digits, {variant}",
                name,
                regressor,
                forward.symmetry,
                "mean",
                scaled_orbit_residual,
                data,
            )
        shown[variant] = (data[3], *predictions)
    plot_fourier(path, shown)


def plot_square_root(path, data, shown):
    """The learned functions against the training points."""
    from matplotlib.figure import Figure

    X_train, X_test, y_train, _ = data
    figure = Figure(figsize=(9, 4), layout="constrained")
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    order = np.argsort(X_test[:, 0])
    targets = [(y_train, "targets as they are"), (np.abs(y_train), "sign broken")]
    for k, (axis, (y, title)) in enumerate(zip(axes, targets, strict=True)):
        axis.scatter(X_train[:, 0], y[:, 0], s=3, color="0.75", label="training points")
        for name, predictions in shown.items():
            axis.plot(
                X_test[order, 0], predictions[k][order, 0], label=name, linewidth=1.5
            )
        axis.set_title(f"{'before' if k == 0 else 'after'}: {title}")
        axis.set_xlabel("measurement $x^2$")
    axes[0].set_ylabel("signal $x$")
    axes[1].legend(loc="lower right")
    figure.savefig(path, dpi=120)


def plot_fourier(path, shown, n_images=4):
    """Truth and the U-Net's predictions, moved onto the truth."""
    from matplotlib.figure import Figure

    # Predictions are not dark at the border: for the eye they are moved circularly.
    mover = CyclicShift(ndim=2) * ConjugateFlip()
    figure = Figure(figsize=(8.5, 9.5), layout="constrained")
    blocks = figure.subfigures(2, 2).ravel()
    for block, (variant, signals) in zip(blocks, shown.items(), strict=True):
        truth, before, after = (images[:n_images] for images in signals)
        panels = [truth, mover.align(before, truth)[0], mover.align(after, truth)[0]]
        axes = block.subplots(n_images, 3)
        for row in range(n_images):
            for column, title in enumerate(("truth", "before", "after")):
                axis = axes[row, column]
                axis.imshow(panels[column][row], cmap="gray", vmin=0, vmax=1)
                axis.set_axis_off()
                if row == 0:
                    axis.set_title(title, fontsize=10)
        block.suptitle(f"variant: {variant}", fontsize=11)
    figure.suptitle(
        "Fourier phase retrieval of digits with a U-Net; predictions registered to the "
        "truth",
        fontsize=11,
    )
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
