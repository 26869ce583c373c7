"""Throughput of solving a batch at once over that of solving signals one by one.

Run ``python benchmarks/solver_throughput.py``. Both run the same solver for the same
fixed number of iterations; real Gaussian phase retrieval, n = 15 and m = 60.
"""

import argparse
import time

import numpy as np

from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
from sklearn_symbreak.phase_retrieval import ReweightedAmplitudeFlow, WirtingerFlow

N_FEATURES, N_MEASUREMENTS = 15, 60
SOLVERS = {
    "WirtingerFlow": WirtingerFlow,
    "ReweightedAmplitudeFlow": ReweightedAmplitudeFlow,
}


def measure(solver_class, n_samples=1000, max_iter=150, n_single=50):
    """Time the batch and the first `n_single` signals one by one.

    Parameters
    ----------
    solver_class : class
        A Gaussian solver.
    n_samples : int, default=1000
        Signals in the batch.
    max_iter : int, default=150
        Iterations; no sample stops earlier.
    n_single : int, default=50
        Signals solved one by one.

    Returns
    -------
    result : dict
        "batch" and "single": seconds per signal; "ratio": single over batch.
    """
    X, _, forward = make_gaussian_phase_retrieval(
        n_samples,
        N_FEATURES,
        n_measurements=N_MEASUREMENTS,
        random_state=0,
        return_forward=True,
    )
    solver = solver_class(forward, max_iter=max_iter, tol=0, random_state=0)
    solver.predict(X[:10])
    start = time.perf_counter()
    together = solver.predict(X)
    batch = (time.perf_counter() - start) / n_samples
    start = time.perf_counter()
    single = [solver.predict(X[i : i + 1])[0] for i in range(n_single)]
    single_seconds = (time.perf_counter() - start) / n_single
    np.testing.assert_allclose(together[:n_single], single, atol=1e-6)
    return {"batch": batch, "single": single_seconds, "ratio": single_seconds / batch}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-samples", type=int, default=1000)
    parser.add_argument("--max-iter", type=int, default=150)
    parser.add_argument("--n-single", type=int, default=50)
    arguments = parser.parse_args()
    for name, solver_class in SOLVERS.items():
        result = measure(solver_class, **vars(arguments))
        print(
            f"{name}: {1e3 * result['batch']:.3f} ms per signal in a batch, "
            f"{1e3 * result['single']:.2f} ms alone, ratio {result['ratio']:.1f}"
        )
