"""Ratios of our times to those of the line that a user would write, all in one run.

Run ``python -m benchmarks.speed`` on a quiet machine; ``--only rotation mean`` selects
rows by a part of their names. Every row alternates the two and reports the median of
the ratios of neighbours, which a noisy machine disturbs least. The repeats are many
because new memory costs several times as much where a virtual machine has to ask its
host for it.
"""

import argparse
import functools
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import scipy.fft
from scipy.optimize import linear_sum_assignment
from sklearn.linear_model import Ridge

from sklearn_symbreak import SymmetryBreaker, SymmetryBreakingRegressor
from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
from sklearn_symbreak.groups import (
    ConjugateFlip,
    CyclicShift,
    FourierSymmetry,
    GlobalPhase,
    Permutation,
    Rotation,
    SignFlip,
)
from sklearn_symbreak.metrics import orbit_mean_squared_error, orbit_r2_score
from sklearn_symbreak.neural_network import FeedForwardRegressor
from sklearn_symbreak.phase_retrieval import ReweightedAmplitudeFlow

# The net that is trained beside bare loops.
HIDDEN_LAYER_SIZES, BATCH_SIZE, VALIDATION_FRACTION = (256, 128, 64), 128, 0.1


def main(argv=None):
    """Print one row per comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--n-repeats",
        type=int,
        default=100,
        help="repeats of what takes milliseconds; fewer of what takes longer",
    )
    parser.add_argument(
        "--only", nargs="*", default=[""], help="parts of names of rows"
    )
    arguments = parser.parse_args(argv)
    print(
        f"{'what':<60}{'repeats':>8}{'ours, ms':>10}{'bare, ms':>10}{'ratio':>7}"
        f"{'quartiles':>12}{'limit':>7}"
    )
    for name, limit, measure in ROWS:
        if not any(part in name for part in arguments.only):
            continue
        ours, bare = np.transpose(times(measure, arguments.n_repeats))
        low, ratio, high = np.quantile(ours / bare, [0.25, 0.5, 0.75])
        print(
            f"{name:<60}{len(ours):>8}{1e3 * np.median(ours):>10.3f}"
            f"{1e3 * np.median(bare):>10.3f}{ratio:>7.2f}{f'{low:.2f} {high:.2f}':>12}"
            f"{limit:>7.2f}",
            flush=True,
        )


class Pair(NamedTuple):
    """Our call and the line that a user would write."""

    ours: Callable
    bare: Callable
    #: Factor by which repeats are fewer.
    fewer: float = 1


def sign(n_rows):
    """The rule of Prop. 2.1, against the line that a user would write."""
    y = np.random.default_rng(0).standard_normal((n_rows, 15))
    breaker = SymmetryBreaker(SignFlip()).fit(y)
    return Pair(lambda: breaker.transform(y), lambda: y * np.sign(y[:, -1:]))


def sign_error():
    """The error up to the sign, against the minimum of both errors."""
    y, p = np.random.default_rng(0).standard_normal((2, 100_000, 15))

    def bare():
        both = np.sum((y - p) ** 2, axis=1), np.sum((y + p) ** 2, axis=1)
        return np.minimum(*both).mean() / 15

    group = SignFlip()
    return Pair(lambda: orbit_mean_squared_error(y, p, group=group), bare)


def r2_score(group, shape):
    """The score, against the error that it contains."""
    y, p = np.random.default_rng(0).standard_normal((2, *shape))
    return Pair(
        lambda: orbit_r2_score(y, p, group=group),
        lambda: orbit_mean_squared_error(y, p, group=group),
        fewer=5,
    )


def canvases(n_images, size, dtype=np.float32):
    """Random content in the middle of a dark canvas, two thirds of its size."""
    border = size // 6
    images = np.zeros((n_images, size, size), dtype)
    inside = images[:, border : size - border, border : size - border]
    inside[...] = np.random.default_rng(0).uniform(size=inside.shape)
    return images


def fourier():
    """Joint alignment to a template, against one forward and two inverse FFTs."""
    images = canvases(2000, 42)
    group, template = FourierSymmetry(), images.mean(axis=0)

    def bare():
        spectrum = scipy.fft.rfftn(images, axes=(1, 2))
        for _ in range(2):
            scipy.fft.irfftn(spectrum, s=(42, 42), axes=(1, 2))

    return Pair(lambda: group.align(images, template), bare, fewer=2)


def registration(size):
    """The same, against scikit-image on every image and on its flip."""
    from skimage.registration import phase_cross_correlation

    images = canvases(8, size, np.float64)
    group, template = FourierSymmetry(), images[0]

    def bare():
        for image in images:
            for member in (image, image[::-1, ::-1]):
                shift, *_ = phase_cross_correlation(
                    template, member, normalization=None
                )
                np.roll(member, shift.astype(int), axis=(0, 1))

    return Pair(lambda: group.align(images, template), bare, fewer=10)


def rotation():
    """Rotations of point sets, against batched Kabsch in numpy."""
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((500, 1000, 3)), rng.standard_normal((1000, 3))

    def bare():
        left, _, right = np.linalg.svd(np.matmul(w.T, x))
        left[:, :, -1] *= np.sign(np.linalg.det(left @ right))[:, None]
        return x @ (left @ right).transpose(0, 2, 1)

    return Pair(lambda: Rotation().align(x, w), bare)


def permutation():
    """Two sources of 8,000 samples, against a loop over assignments."""
    x, w = np.random.default_rng(0).standard_normal((2, 20, 2, 8000))

    def bare():
        gains = np.einsum("nid,njd->nij", w, x)
        order = np.array([linear_sum_assignment(-gain)[1] for gain in gains])
        return np.take_along_axis(x, order[:, :, None], axis=1)

    return Pair(lambda: Permutation().align(x, w), bare)


def product():
    """One image through a product, against its first factor."""
    image, template = np.random.default_rng(0).uniform(size=(2, 1, 28, 28))
    factor, group = ConjugateFlip(), ConjugateFlip() * GlobalPhase()
    return Pair(
        lambda: group.align(image, template), lambda: factor.align(image, template)
    )


def margin():
    """How clearly one shift fits best, against the two best by hand."""
    rng = np.random.RandomState(0)
    signals, template = rng.standard_normal((5000, 256)), rng.standard_normal(256)
    spectrum = np.conj(np.fft.rfft(template))

    def bare():
        products = np.fft.irfft(np.fft.rfft(signals) * spectrum)
        second, best = np.partition(products, (-2, -1))[:, -2:].T
        return (best - second) / np.linalg.norm(signals, axis=1)

    return Pair(lambda: CyclicShift().margin(signals, template), bare)


def margin_memory(n_repeats):
    """Peak memory of margins, in units of the input (both columns in gigabytes)."""
    images = canvases(800, 28, np.float64)
    FourierSymmetry().margin(images[:10], images[0])
    tracemalloc.start()
    FourierSymmetry().margin(images, images[0])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return [(peak / 1e9, images.nbytes / 1e9)]


def mean():
    """A learned template of 20,000 images, against one alignment of them."""
    images = canvases(20_000, 42)
    template = images.mean(axis=0)
    return Pair(
        lambda: SymmetryBreaker(FourierSymmetry(), "mean").fit(images),
        lambda: FourierSymmetry().align(images, template),
        fewer=30,
    )


def batch():
    """Signals that a solver finds together, against one by one."""
    X, _, forward = make_gaussian_phase_retrieval(
        100, 15, random_state=0, return_forward=True
    )
    # No signal stops early.
    solver = ReweightedAmplitudeFlow(forward, max_iter=30, tol=0, random_state=0)
    return Pair(
        lambda: solver.predict(X),
        lambda: [solver.predict(row) for row in X[:, None]],
        fewer=10,
    )


def one_row():
    """A prediction of one row, against that of the regressor inside."""
    y = np.random.default_rng(0).standard_normal((200, 15))
    model = SymmetryBreakingRegressor(Ridge(), group=SignFlip()).fit(y**2, y)
    row, inner = y[:1] ** 2, model.regressor_
    return Pair(lambda: model.predict(row), lambda: inner.predict(row), fewer=0.1)


@functools.cache
def fit_times():
    """Seconds of trainings at the paper's batch size, by turns with bare loops."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((20_000, 20), dtype=np.float32)
    y = rng.standard_normal((20_000, 5), dtype=np.float32)
    max_epochs, n_repeats = 5, 7
    regressor = FeedForwardRegressor(
        HIDDEN_LAYER_SIZES,
        max_epochs=max_epochs,
        batch_size=BATCH_SIZE,
        validation_fraction=VALIDATION_FRACTION,
        patience=max_epochs + 1,
        random_state=0,
    )
    contestants = {
        "regressor": lambda: regressor.fit(X, y),
        "bare loop": lambda: fit_bare_loop(X, y, max_epochs, fused=False),
        "fused bare loop": lambda: fit_bare_loop(X, y, max_epochs, fused=True),
    }
    # The first fit pays for imports and for the start of the threads.
    for fit in contestants.values():
        fit()
    seconds = {name: [] for name in contestants}
    for _ in range(n_repeats):
        for name, fit in contestants.items():
            start = time.perf_counter()
            fit()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def fit_bare_loop(X, y, max_epochs, *, fused):
    """Train the net of `FeedForwardRegressor` by the shortest loop in torch.

    What differs is everything around: scaling, skorch, callbacks.
    """
    import torch

    layers = []
    for n_inputs, n_units in pairwise((X.shape[1], *HIDDEN_LAYER_SIZES, y.shape[1])):
        layers += [torch.nn.Linear(n_inputs, n_units), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=fused)
    criterion = torch.nn.MSELoss()
    n_valid = int(VALIDATION_FRACTION * len(X))
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    X_valid, y_valid, X, y = X[:n_valid], y[:n_valid], X[n_valid:], y[n_valid:]
    for _ in range(max_epochs):
        train_loss = 0.0
        for rows in torch.randperm(len(X)).split(BATCH_SIZE):
            optimizer.zero_grad()
            loss = criterion(net(X[rows]), y[rows])
            loss.backward()
            optimizer.step()
            train_loss += loss.item() * len(rows)
        with torch.no_grad():
            criterion(net(X_valid), y_valid).item()


def fit(n_repeats):
    """Against a loop with Adam as it is called by default."""
    times = fit_times()
    return list(zip(times["regressor"], times["bare loop"], strict=True))


def fit_fused(n_repeats):
    """Against a loop with the fused Adam that the regressor uses."""
    times = fit_times()
    return list(zip(times["regressor"], times["fused bare loop"], strict=True))


def imports(n_repeats):
    """Import in a fresh interpreter."""

    def run(statement):
        # The interpreter's own start is not part of the import.
        code = (
            f"import time; start = time.perf_counter(); {statement}; "
            "print(time.perf_counter() - start)"
        )
        return float(
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True
            ).stdout
        )

    pairs = [
        (
            run("import sklearn_symbreak"),
            run("import sklearn.base, sklearn.utils.validation"),
        )
        for _ in range(n_repeats // 5 + 1)
    ]
    return pairs[1:]


ROWS = [
    *(
        (
            f"sign of {n:,} x 15 / y * np.sign(y[:, -1:])",
            limit,
            functools.partial(sign, n),
        )
        for n, limit in [(1_000, 5.0), (100_000, 1.2), (1_000_000, 1.0)]
    ),
    ("error up to the sign, 100,000 x 15 / np.minimum of both", 1.5, sign_error),
    (
        "R2 score / error: sign, 100,000 x 15",
        4.0,
        functools.partial(r2_score, SignFlip(), (100_000, 15)),
    ),
    (
        "R2 score / error: rotation, 20,000 x 10 x 3",
        4.0,
        functools.partial(r2_score, Rotation(), (20_000, 10, 3)),
    ),
    ("joint Fourier alignment of 2,000 x 42 x 42 float32 / FFTs", 1.5, fourier),
    *(
        (
            f"the same, 8 x {size} x {size} / scikit-image loop",
            0.7,
            functools.partial(registration, size),
        )
        for size in (128, 512)
    ),
    ("rotation of 500 x 1,000 x 3 / batched SVD", 1.3, rotation),
    ("permutation of 2 items of length 8,000 / assignment loop", 2.0, permutation),
    ("ConjugateFlip() * GlobalPhase() of one image / first factor", 3.0, product),
    ("margins of 5,000 x 256 by cyclic shifts / FFT and partition", 4.0, margin),
    ("memory of Fourier margins of 800 x 28 x 28 / input", 4.0, margin_memory),
    ("mean template of 20,000 x 42 x 42 / one alignment", 3.0, mean),
    ("100 signals through ReweightedAmplitudeFlow / one by one", 0.1, batch),
    ("one row through SymmetryBreakingRegressor / its Ridge", 1.5, one_row),
    ("FeedForwardRegressor.fit / bare torch loop", 1.1, fit),
    ("FeedForwardRegressor.fit / the same with fused Adam", 1.1, fit_fused),
    ("import sklearn_symbreak / import of sklearn's base", 1.15, imports),
]


def times(measure, n_repeats):
    """Seconds of both, by turns; some rows measure themselves."""
    if measure in (margin_memory, fit, fit_fused, imports):
        return measure(n_repeats)
    pair = measure()
    pair.ours(), pair.bare()
    n_repeats = int(n_repeats / pair.fewer) + (pair.fewer > 1)
    return [(seconds(pair.ours), seconds(pair.bare)) for _ in range(n_repeats)]


def seconds(function):
    """Wall time of one call."""
    start = time.perf_counter()
    result = function()
    stop = time.perf_counter()
    del result
    return stop - start


if __name__ == "__main__":
    main()
