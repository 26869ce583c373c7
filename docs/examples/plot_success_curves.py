"""
How many measurements a phase-retrieval solver needs
====================================================

Solvers that know the forward model need no training, but enough measurements. Their
success jumps from never to always where measurements become enough, and where this is
depends on the solver.
"""

import matplotlib.pyplot as plt
import numpy as np

from sklearn_symbreak.forward import GaussianPhaseRetrieval
from sklearn_symbreak.inspection import SolverCurveDisplay
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
N_FEATURES, N_MATRICES, N_SIGNALS = 20, 2, 10

# %%
# Random matrices, each with ten signals. A trial succeeds if the signal is found, up to
# the sign, with a relative error below 1e-5. One record for each trial is all that the
# display needs; the band is one standard error.
records = []
for ratio in (1.5, 2, 2.5, 3, 4, 5):
    for seed in range(N_MATRICES):
        forward = GaussianPhaseRetrieval.random(
            N_FEATURES, round(ratio * N_FEATURES), random_state=seed
        )
        y = np.random.default_rng(seed).normal(size=(N_SIGNALS, N_FEATURES))
        X = forward(y)
        for cls in SOLVERS:
            found = cls(forward, max_iter=200, random_state=0).predict(X)
            errors = forward.symmetry.distance(found, y) / np.linalg.norm(y, axis=1)
            records += [
                {
                    "solver": cls.__name__,
                    "measurements per unknown": ratio,
                    "success": error < 1e-5,
                }
                for error in errors
            ]
SolverCurveDisplay.from_records(records)
for cls in SOLVERS:
    found = [
        record["success"]
        for record in records
        if record["solver"] == cls.__name__ and record["measurements per unknown"] == 3
    ]
    print(f"{cls.__name__:<24} {np.mean(found):4.0%} at 3 measurements per unknown")

# %%
# With enough measurements all of them arrive, at different speeds. The residual says so
# without a truth to compare with.
forward = GaussianPhaseRetrieval.random(N_FEATURES, 6 * N_FEATURES, random_state=0)
X = forward(np.random.default_rng(0).normal(size=(20, N_FEATURES)))
SolverCurveDisplay.from_estimator(
    {cls.__name__: cls(forward, max_iter=150, random_state=0) for cls in SOLVERS}, X
)
plt.show()
