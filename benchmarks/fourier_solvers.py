"""Projection methods on Fashion-MNIST, and on hard periodic data.

Run ``python -m benchmarks.fourier_solvers``. The first table has the first 300 test
images, shifted and flipped at random, on a canvas of 42 x 42 with a transform of 96 x
96, noiseless; solvers start at random images and are started again until a residual of
5e-3. The second has crystals, of which an image is found when at most 5 % of the power
lies outside a support of 8 pixels an atom; with ``--elser FOLDER``, the files data100E
and data140E of https://github.com/veitelser/phase-retrieval-benchmarks, too.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from sklearn_symbreak.datasets import (
    fetch_fashion_mnist,
    make_crystal_phase_retrieval,
    make_fourier_phase_retrieval,
)
from sklearn_symbreak.forward import FourierPhaseRetrieval
from sklearn_symbreak.metrics import scaled_orbit_residual
from sklearn_symbreak.phase_retrieval import (
    ADMM,
    RAAR,
    HybridInputOutput,
    RelaxedReflectReflect,
    SupportSize,
)

# Name, class and settings.
METHODS = {
    "ADMM, 1 start": (ADMM, {"n_init": 1}),
    "ADMM, up to 6 starts": (ADMM, {"n_init": 6}),
    "ADMM, up to 6 starts, beta .9, .9, then .5": (
        ADMM,
        {"n_init": 6, "beta": [0.9, 0.9, 0.5]},
    ),
    "RAAR, up to 6 starts": (RAAR, {"n_init": 6}),
    "HIO, up to 6 starts": (HybridInputOutput, {"n_init": 6}),
}
ACCEPT = 5e-3
# A residual below this leaves less than 5 % of the power outside the support.
FOUND = np.sqrt(0.05)


def fashion_mnist(data_home, n_images, seed):
    """Print what each method solves of shifted and flipped images."""
    images, _ = fetch_fashion_mnist(subset="test", data_home=data_home)
    X, y, forward = make_fourier_phase_retrieval(
        images[:n_images] / 255,
        canvas_shape=42,
        measurement_shape=96,
        variant="shift_flip",
        dtype=np.float32,
        random_state=seed,
        return_forward=True,
    )
    print("| method | solved | registered below 0.01 | iterations | ms an image |")
    print("|---|---|---|---|---|")
    for name, (cls, settings) in METHODS.items():
        solver = cls(forward, max_iter=400, tol=ACCEPT, random_state=seed, **settings)
        start = time.perf_counter()
        signals = solver.predict(X)
        seconds = time.perf_counter() - start
        right = [
            scaled_orbit_residual(a[None], b[None], group=forward.symmetry) < 0.01
            for a, b in zip(y, signals, strict=True)
        ]
        print(
            f"| {name} | {100 * solver.solved_.mean():.1f} % "
            f"| {100 * np.mean(right):.1f} % | {solver.n_iter_.mean():.0f} "
            f"| {1e3 * seconds / len(X):.0f} |",
            flush=True,
        )


def crystals(elser, seed):
    """Print the iterations to find crystals."""
    problems = {
        f"{n} atoms in {size} x {size}": (
            *make_crystal_phase_retrieval(
                n,
                n_samples=10,
                size=size,
                photon_count=5e5,
                random_state=seed,
                return_forward=True,
            ),
            n,
        )
        for n, size in ((20, 64), (30, 64), (60, 128))
    }
    for n in (100, 140) if elser else ():
        half = np.loadtxt(Path(elser) / f"data{n}E")
        X = np.full((1, 128, 128), np.nan)
        # The zero frequency is not measured, though the file has a number for it.
        X[0, :, :64] = half
        X[0, 0, 0] = np.nan
        model = FourierPhaseRetrieval((128, 128), (128, 128))
        problems[f"data{n}E"] = (X.reshape(1, -1), None, model, n)
    print("\n| crystals | found | iterations, median and largest of 10 seeds |")
    print("|---|---|---|")
    for name, (X, _, forward, n_atoms) in problems.items():
        n_iter, found = [], []
        for start in range(1 if len(X) > 1 else 10):
            solver = RelaxedReflectReflect(
                forward,
                support=SupportSize(8 * n_atoms),
                max_iter=2000,
                tol=FOUND,
                random_state=start,
            )
            solver.predict(X)
            n_iter.extend(solver.n_iter_)
            found.extend(solver.converged_)
        print(
            f"| {name} | {np.sum(found)} of {len(found)} "
            f"| {np.median(n_iter):.0f}, {np.max(n_iter)} |",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", help="folder of the files of Fashion-MNIST")
    parser.add_argument("--elser", help="folder of data100E and data140E")
    parser.add_argument("--n-images", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    fashion_mnist(arguments.data_home, arguments.n_images, arguments.seed)
    crystals(arguments.elser, arguments.seed)
