"""Ratios of our times to those of the bare operations, all in one run.

Run ``python -m benchmarks.speed``. Every row alternates the two and reports the median
of the ratios of neighbours, which a noisy machine disturbs least. Both may use the same
number of threads. The repeats are many because new memory costs several times as much
where a virtual machine has to ask its host for it.
"""

import argparse
import functools
import subprocess
import sys
import time

import numpy as np
import scipy.fft
import scipy.ndimage

from sklearn_symbreak import SymmetryBreaker
from sklearn_symbreak.datasets import load_digit_images
from sklearn_symbreak.groups import FourierSymmetry, GlobalPhase, SignFlip
from sklearn_symbreak.utils._sklearn import n_threads


def main(argv=None):
    """Print one row per comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--n-repeats",
        type=int,
        default=300,
        help="repeats of what takes milliseconds; a fifth as many imports, 7 fits",
    )
    n_repeats = parser.parse_args(argv).n_repeats
    print(f"{n_threads()} threads, medians over alternating repeats\n")
    print(
        f"{'what':<60}{'repeats':>8}{'ours, ms':>10}{'bare, ms':>10}{'ratio':>7}"
        f"{'quartiles':>12}{'limit':>7}"
    )
    for name, limit, measure in [
        ("sign of 1,000,000 x 15 float64 / copy", 1.5, sign),
        ("phase of 1,000,000 x 14 complex128 / copy", 2.0, phase),
        ("joint Fourier alignment of 2,000 x 42 x 42 float32 / FFTs", 1.4, fourier),
        ("FeedForwardRegressor.fit / bare torch loop", 1.1, fit),
        ("FeedForwardRegressor.fit / the same with fused Adam", 1.1, fit_fused),
        ("import sklearn_symbreak / import of sklearn's base", 1.15, imports),
    ]:
        ours, bare = 1e3 * np.transpose(measure(n_repeats))
        low, ratio, high = np.quantile(ours / bare, [0.25, 0.5, 0.75])
        print(
            f"{name:<60}{len(ours):>8}{np.median(ours):>10.1f}{np.median(bare):>10.1f}"
            f"{ratio:>7.2f}{f'{low:.2f} {high:.2f}':>12}{limit:>7.2f}",
            flush=True,
        )


def sign(n_repeats):
    """The transformer of the paper's rule for real signals, against a copy."""
    y = np.random.default_rng(0).standard_normal((1_000_000, 15))
    breaker = SymmetryBreaker(SignFlip()).fit(y)
    return compare(lambda: breaker.transform(y), y.copy, n_repeats)


def phase(n_repeats):
    """The transformer of the paper's rule for complex signals, against a copy."""
    rng = np.random.default_rng(0)
    y = rng.standard_normal((1_000_000, 28)).view(np.complex128)
    breaker = SymmetryBreaker(GlobalPhase()).fit(y)
    return compare(lambda: breaker.transform(y), y.copy, n_repeats)


def fourier(n_repeats):
    """Joint alignment to a template, against one forward and two inverse FFTs."""
    digits, _ = load_digit_images(dtype=np.float32)
    # 28 x 28 images like those of Fashion-MNIST, from what scikit-learn ships.
    images = scipy.ndimage.zoom(digits, (1, 3.5, 3.5), order=1)
    canvas = np.zeros((2000, 42, 42), dtype=np.float32)
    canvas[:, 7:35, 7:35] = np.resize(images, (2000, 28, 28))
    group, template = FourierSymmetry(), canvas.mean(axis=0)
    workers = n_threads()

    def bare():
        spectrum = scipy.fft.rfftn(canvas, axes=(1, 2), workers=workers)
        for _ in range(2):
            scipy.fft.irfftn(spectrum, s=(42, 42), axes=(1, 2), workers=workers)

    return compare(lambda: group.align(canvas, template), bare, n_repeats)


@functools.cache
def fit_times():
    """Training at the paper's batch size, against loops without any library."""
    from benchmarks.fit_overhead import measure

    return measure()


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


def compare(ours, bare, n_repeats):
    """Seconds of both, by turns."""
    ours(), bare()
    return [(seconds(ours), seconds(bare)) for _ in range(n_repeats)]


def seconds(function):
    """Wall time of one call."""
    start = time.perf_counter()
    result = function()
    stop = time.perf_counter()
    del result
    return stop - start


if __name__ == "__main__":
    main()
