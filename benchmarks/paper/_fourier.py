"""Experiments on Fourier phase retrieval of images: tables 2 and 3, figures 4 and 5."""

import functools
import itertools
import math

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import make_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from benchmarks import torch_device
from benchmarks.paper._cells import Cell, evaluate_model, outcome_of
from sklearn_symbreak import ContentCenterer, SymmetryBreaker, SymmetryBreakingRegressor
from sklearn_symbreak.breaking import make_paper_fourier_breaker
from sklearn_symbreak.compose import RefinedRegressor
from sklearn_symbreak.datasets import (
    fetch_fashion_mnist,
    load_digit_images,
    make_fourier_phase_retrieval,
)
from sklearn_symbreak.groups import ConjugateFlip, CyclicShift
from sklearn_symbreak.metrics import make_orbit_scorer, scaled_orbit_residual
from sklearn_symbreak.neural_network import FeedForwardRegressor, UNetRegressor
from sklearn_symbreak.phase_retrieval import ADMM, RAAR, HybridInputOutput

VARIANTS = ("none", "flip", "shift", "shift_flip")
RULES = ("untouched", "joint-mean", "literal", "origin-corrected", "centred")
SOLVERS = {"ADMM": ADMM, "HIO": HybridInputOutput, "RAAR": RAAR}
# A registered residual below this counts as solved.
SOLVED = 0.01
N_SHOWN = 4

DIGITS = {"images": "digits", "canvas": 12, "measurement": 24}
FASHION = {"images": "fashion-mnist", "canvas": 42, "measurement": 96}
# The same images without a margin and without oversampling.
BARE_DIGITS = {"images": "digits", "canvas": 8, "measurement": 8}
BARE_FASHION = {"images": "fashion-mnist", "canvas": 28, "measurement": 28}


def _sizes(n_train, n_test, max_epochs=None):
    sizes = {"n_train": n_train, "n_test": n_test}
    return sizes if max_epochs is None else sizes | {"max_epochs": max_epochs}


# Data, regressor, target rules, variants and sizes: informative stages come first.
TABLE2 = {
    "quick": [
        (DIGITS, "dense", RULES, ("shift_flip",), _sizes(300, 50, 2)),
        (DIGITS, "U-Net", ("joint-mean",), ("shift_flip",), _sizes(300, 50, 1)),
    ],
    "cpu": [
        (FASHION, "dense", RULES[:2], VARIANTS, _sizes(20_000, 2_000, 40)),
        (FASHION, "dense", RULES[2:], VARIANTS, _sizes(20_000, 2_000, 40)),
        (FASHION, "U-Net", RULES[:3], VARIANTS[::-1], _sizes(5_000, 2_000, 12)),
    ],
    "full": [
        (FASHION, "dense", RULES, VARIANTS, _sizes(60_000, 10_000, 100)),
        (FASHION, "U-Net", RULES, VARIANTS[::-1], _sizes(60_000, 10_000, 100)),
    ],
}
# 400 is twice the longest refinement of a net.
CLASSICAL = [("ADMM", 200), ("HIO", 200), ("RAAR", 200), ("ADMM", 1000), ("ADMM", 400)]
# Data, sizes, nets with their limits of epochs (and number of training images, where it
# is not all of them), iterations of solvers, and photon counts.
_NETS = [("dense", {"max_epochs": 40}), ("U-Net", {"max_epochs": 12, "n_fit": 5_000})]
_SLOW = [("dense", {"max_epochs": 100}), ("U-Net", {"max_epochs": 100})]
_QUICK_NETS = [("dense", {"max_epochs": 2}), ("U-Net", {"max_epochs": 1, "n_fit": 100})]
_QUICK = [("ADMM", 50), ("HIO", 50), ("RAAR", 50)]
_PHOTONS = (1e4, 1e3, 1e2)
TABLE3 = {
    "quick": (DIGITS, BARE_DIGITS, _sizes(300, 50), _QUICK_NETS, _QUICK, (1e3,)),
    "cpu": (FASHION, BARE_FASHION, _sizes(20_000, 1_000), _NETS, CLASSICAL, _PHOTONS),
    "full": (FASHION, BARE_FASHION, _sizes(60_000, 1_000), _SLOW, CLASSICAL, _PHOTONS),
}
STEPS = {"quick": (10,), "cpu": (10, 50, 200), "full": (10, 50, 200)}
SEEDS = {"quick": (0,), "cpu": (0,), "full": (0, 1, 2)}


def table2_cells(preset, seeds=None):
    """Regressors and target rules over the four variants of the images."""
    cells = []
    for seed, (data, regressor, targets, variants, sizes) in itertools.product(
        seeds or SEEDS[preset], TABLE2[preset]
    ):
        for variant, rule in itertools.product(variants, targets):
            parameters = data | {"variant": variant, "photons": None}
            parameters |= {"regressor": regressor, "targets": rule} | sizes
            parameters["seed"] = seed
            cells.append(Cell("table2", parameters, evaluate_images))
    return cells


def table3_cells(preset, seeds=None):
    """Solvers, nets and nets refined by a solver on shifted and turned images."""
    data, bare, sizes, nets, solvers, photon_counts = TABLE3[preset]
    seeds = seeds or SEEDS[preset]
    data, bare = (images | {"variant": "shift_flip"} for images in (data, bare))
    conditions = [data | {"photons": photons} for photons in (None, *photon_counts)]
    conditions.append(bare | {"photons": None})
    cells = []
    # Solvers are not trained. They have the number of training images all the same:
    # test images are drawn and placed after them.
    for seed, condition, (name, n) in itertools.product(seeds, conditions, solvers):
        parameters = condition | {"solver": name, "max_iter": n} | sizes
        cells.append(Cell("table3", parameters | {"seed": seed}, evaluate_images))
    for (net, limits), seed, condition, rule in itertools.product(
        nets, seeds, conditions, RULES[:2]
    ):
        parameters = condition | {"regressor": net, "targets": rule} | sizes | limits
        parameters |= {"refinement": list(STEPS[preset]), "seed": seed}
        cells.append(Cell("table3", parameters, evaluate_images))
    return cells


def evaluate_images(parameters, data_home=None):
    """Train a net, and refine its predictions if the parameters say so, or solve.

    `residual` is the registered error, `solved` the share of images for which it is
    below 0.01, and `canvas_rmse` the root mean square error over the pixels of the
    canvas, not registered.
    """
    names = ("images", "canvas", "measurement", "variant", "photons", "n_train")
    X, y, forward = _measured_images(
        data_home, *(parameters[name] for name in (*names, "n_test", "seed"))
    )
    # A slow net learns from a part, and is tested on the images of the others.
    n_train = parameters["n_train"]
    train = np.arange(parameters.get("n_fit", n_train))
    test = np.arange(n_train, len(X))
    shown, group = test[:N_SHOWN], forward.symmetry
    scoring = {
        "residual": make_orbit_scorer(group, scaled_orbit_residual),
        "solved": make_scorer(share_solved, group=group),
        "canvas_rmse": make_scorer(canvas_rmse, greater_is_better=False),
    }
    if "solver" in parameters:
        n_epochs, train = None, test[:0]
        solver = SOLVERS[parameters["solver"]](
            forward, max_iter=parameters["max_iter"], random_state=parameters["seed"]
        )
        errors, model = evaluate_model(solver, X, y, test, test, scoring)
    else:
        breaker = make_breaker(parameters["targets"], forward)
        model = SymmetryBreakingRegressor(make_regressor(parameters), group, breaker)
        errors, model = evaluate_model(model, X, y, train, test, scoring)
        net = model.regressor_
        n_epochs = (net[-1] if hasattr(net, "steps") else net).n_iter_
    images = {"truth": y[shown], "prediction": model.predict(X[shown])}
    for n_steps in parameters.get("refinement", ()):
        refined = RefinedRegressor(
            FrozenEstimator(model), ADMM(forward, max_iter=n_steps, random_state=0)
        )
        # The regressor is frozen: its data need not be handed on.
        found, refined = evaluate_model(refined, X, y, test, test, scoring)
        errors |= {f"{name}_refined_{n_steps}": found[name] for name in found}
        images[f"refined_{n_steps}"] = refined.predict(X[shown])
    outcome = outcome_of(len(train), len(test), n_epochs, errors)
    return outcome | {"shown": for_the_eye(images)}


def for_the_eye(images):
    """Move images onto the truth, and keep their grey values as bytes."""
    # Predictions are not dark at the border, so they are moved circularly.
    mover = CyclicShift(ndim=2) * ConjugateFlip()
    return {
        name: as_bytes(mover.align(shown, images["truth"])[0])
        for name, shown in images.items()
    }


def as_bytes(images):
    """Grey values in [0, 1] as whole numbers up to 255."""
    return np.round(255 * np.clip(images, 0, 1)).astype(np.uint8)


def make_breaker(rule, forward):
    """The breaker of a target rule by its name in the tables."""
    m = forward.measurement_shape
    if rule == "untouched":
        return "passthrough"
    if rule in ("literal", "origin-corrected"):
        origin = "corner" if rule == "literal" else "center"
        return make_paper_fourier_breaker(m, origin=origin, target="image")
    if rule == "centred":
        return ContentCenterer()
    return SymmetryBreaker(forward.symmetry, "mean")


def make_regressor(parameters):
    """The net of a cell by its name in the tables."""
    measurement = (parameters["measurement"],) * 2
    settings = {"random_state": parameters["seed"], "device": torch_device()}
    settings["max_epochs"] = parameters["max_epochs"]
    if parameters["regressor"] == "U-Net":
        return UNetRegressor(
            measurement_shape=measurement,
            signal_shape=(parameters["canvas"],) * 2,
            learning_rate_schedule="one_cycle",
            **settings,
        )
    shape = {"measurement_shape": measurement}
    return make_pipeline(
        FunctionTransformer(non_redundant_half, kw_args=shape),
        FeedForwardRegressor((512, 512), input_transform="log_magnitude", **settings),
    )


def non_redundant_half(X, measurement_shape):
    """Means of X(k) and X(-k), the columns up to half the sampling frequency.

    Of a real image they are equal but for noise, which is drawn independently, so that
    the mean is what counts; it is what solvers use, too.
    """
    height, width = measurement_shape
    power = X.reshape(-1, height, width)
    rows, columns = np.arange(height), np.arange(width // 2 + 1)
    # Only the half that is kept is reflected, and in place: X takes gigabytes.
    mean = power[:, -rows[:, None] % height, -columns % width]
    mean += power[:, :, : len(columns)]
    return (mean / 2).reshape(len(X), -1)


# Neighbouring cells share their data, of which there is one copy at a time.
@functools.lru_cache(maxsize=1)
def _measured_images(
    data_home, source, canvas, measurement, variant, photons, n_train, n_test, seed
):
    """Measurements of training images followed by test images, drawn by the seed."""
    rng = np.random.RandomState(seed)
    if source == "digits":
        images, _ = load_digit_images(dtype=np.float32)
        images = images[rng.permutation(len(images))[: n_train + n_test]]
    else:
        parts = []
        for subset, n_images in [("train", n_train), ("test", n_test)]:
            part, _ = fetch_fashion_mnist(subset=subset, data_home=data_home)
            chosen = part[rng.permutation(len(part))[:n_images]]
            parts.append(chosen.astype(np.float32) / 255)
        images = np.concatenate(parts)
    return make_fourier_phase_retrieval(
        images,
        canvas_shape=canvas,
        measurement_shape=measurement,
        variant=variant,
        photon_count=photons,
        random_state=seed,
        return_forward=True,
    )


def canvas_rmse(y_true, y_pred):
    """Root mean square error over all pixels of all canvases, not registered."""
    return float(np.sqrt(np.mean((y_true - y_pred) ** 2, dtype=np.float64)))


def share_solved(y_true, y_pred, *, group):
    """Share of images whose registered residual is below 0.01.

    The residual of one image is that of `scaled_orbit_residual`, ``1 - max_g |⟨y_true,
    g·y_pred⟩|² / (‖y_true‖² ‖y_pred‖²)``; a prediction of zero is not solved.
    """
    y_true, y_pred = (
        images.astype(np.result_type(images, np.float64)) for images in (y_true, y_pred)
    )
    energies = (np.sum(np.abs(images) ** 2, axis=(1, 2)) for images in (y_true, y_pred))
    energy = math.prod(energies)
    correlation = group.up_to_phase().correlation(y_true, y_pred)
    return float(np.mean(correlation**2 > (1 - SOLVED) * energy))
