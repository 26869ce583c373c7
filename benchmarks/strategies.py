"""Ways around the seam on Gaussian phase retrieval, and refinement by learned models.

Run ``python -m benchmarks.strategies``. Every strategy gets the same 16,000 training
pairs of 20,000 and test signals that are not broken; the sensing matrix is not given.
Errors are ‖·‖² up to the symmetry in the unit of the paper's tables (‖·‖²/n² for real,
‖·‖²/(2n) for complex signals) times 1e4, on 4,000 signals.

The first rows share one ridge regression on products of intensities. The others choose
their inputs, intensities, magnitudes or both, on the last 2,000 of the training pairs.
"""

import argparse
import itertools
import time

import numpy as np
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    PolynomialFeatures,
    StandardScaler,
)

from benchmarks import PUBLISHED, Records, mean_and_range, torch_device
from sklearn_symbreak import SymmetryBreakingRegressor
from sklearn_symbreak.compose import AtlasRegressor, RefinedRegressor
from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
from sklearn_symbreak.forward import LearnedForward
from sklearn_symbreak.metrics import orbit_mean_squared_error
from sklearn_symbreak.neural_network import FeedForwardRegressor
from sklearn_symbreak.phase_retrieval import LevenbergMarquardt

SIZES = [(kind, n) for kind in ("real", "complex") for n in (5, 10, 15)]
NOISE = (0.0, 0.01, 0.1, 0.5)
N_SAMPLES, N_TRAIN, N_VALIDATION, N_REFINED = 20_000, 16_000, 2000, 1000
N_OWN = 184_000
# The paper's numbers of samples.
SAMPLES = (20_000, 50_000, 100_000, 1_000_000)
SAME_RIDGE = ("untouched", "canonical", "mean", "atlas", "embedding")
OWN_SAMPLES = "embedding, net, own samples"
LONG = ("embedding, kernel ridge", "embedding, net", OWN_SAMPLES)
# 1 over gamma and the number of inputs, and regularization.
KERNELS = ((7, 3e-4), (10, 1e-4), (100, 1e-6), (100, 1e-8))
ROWS = (*SAME_RIDGE, "embedding, ridge", *LONG, "embedding, refined")


def magnitudes(X):
    """Roots of intensities, which noise may have made negative."""
    return np.sqrt(np.maximum(X, 0))


def both(X):
    """Intensities and magnitudes."""
    return np.hstack([X, magnitudes(X)])


def ridge(n, inputs=None):
    """Ridge on standardised products of inputs."""
    # Small problems are nearly exact: there regularization only costs.
    return make_pipeline(
        FunctionTransformer(inputs),
        StandardScaler(),
        PolynomialFeatures(2),
        StandardScaler(),
        Ridge(1e-3 if n == 5 else 1.0, solver="cholesky"),
    )


def kernel_ridge(n, inputs, width, alpha):
    """Kernel ridge; wide kernels act as polynomials."""
    n_inputs = 8 * n if inputs is both else 4 * n
    # Magnitudes have full rank, so that distances can count all directions alike.
    scaler = PCA(whiten=True) if inputs is magnitudes else StandardScaler()
    return make_pipeline(
        FunctionTransformer(inputs),
        scaler,
        KernelRidge(kernel="rbf", gamma=1 / (width * n_inputs), alpha=alpha),
    )


def net(inputs=None, weight_decay=0.0, max_epochs=120):
    """A net wider than embedded targets, trained along one cycle."""
    return make_pipeline(
        FunctionTransformer(inputs),
        StandardScaler(),
        FeedForwardRegressor(
            (512, 512, 512),
            activation="silu",
            linear_skip=True,
            weight_decay=weight_decay,
            learning_rate=2e-3,
            learning_rate_schedule="one_cycle",
            batch_size=256,
            max_epochs=max_epochs,
            patience=max_epochs,
            random_state=0,
            device=torch_device(),
        ),
    )


def with_own_samples(X, y, group, seed):
    """Pairs, and mixtures of two signals as a learned model measures them."""
    forward = LearnedForward(group).fit(y, X)
    rng = np.random.default_rng(seed)
    first, second = rng.integers(len(y), size=(2, N_OWN))
    angle = rng.uniform(0, np.pi / 2, size=(N_OWN, 1))
    # A member of the orbit as good as any other, so that mixtures have no seam.
    other = group.act(group.sample(y[second], seed), y[second])
    own = np.cos(angle) * y[first] + np.sin(angle) * other
    return np.vstack([X, forward(own)]), np.vstack([y, own])


def candidates(row, n):
    """Regressors among which the validation part chooses."""
    if row == "embedding, net":
        return [net(), net(both, 0.1)]
    if row == OWN_SAMPLES:
        return [net(both, max_epochs=24)]
    if row == "embedding, kernel ridge":
        return [
            kernel_ridge(n, inputs, width, alpha)
            for inputs in (None, magnitudes, both)
            for width, alpha in KERNELS
        ]
    # Products of both kinds of inputs take minutes for n = 15.
    found = [None, magnitudes] if n == 15 else [None, magnitudes, both]
    return [ridge(n, inputs) for inputs in found]


def model(row, n, X, y, group):
    """The model of a row, not fitted; its inputs chosen, where there is a choice."""
    if row == "atlas":
        return AtlasRegressor(ridge(n), group, random_state=0)
    if row in SAME_RIDGE:
        breaker = "passthrough" if row == "untouched" else row
        return SymmetryBreakingRegressor(ridge(n), group, breaker)
    if row == "embedding, refined":
        return RefinedRegressor(
            SymmetryBreakingRegressor(ridge(n), group, "embedding"),
            LevenbergMarquardt(LearnedForward(group), max_iter=30, tol=1e-7),
        )
    models = [
        SymmetryBreakingRegressor(regressor, group, "embedding")
        for regressor in candidates(row, n)
    ]
    if len(models) == 1:
        return models[0]
    fit, check = slice(0, N_TRAIN - N_VALIDATION), slice(N_TRAIN - N_VALIDATION, None)

    def best_first(models, rows):
        fitted = [clone(one).fit(X[rows], y[rows]) for one in models]
        scores = [one.score(X[check], y[check]) for one in fitted]
        return [models[i] for i in np.argsort(scores)[::-1]]

    # A kernel of all pairs takes minutes: half of them are enough to see the best two.
    models = best_first(models, slice(0, 8000) if row in LONG else fit)
    if row == "embedding, kernel ridge":
        models = best_first(models[:2], fit)
    return models[0]


def evaluate(kind, n, seed, noise, row, n_samples=N_SAMPLES):
    """Error and seconds of one row; what refinement solves."""
    n_train = 4 * n_samples // 5
    X, y, forward = make_gaussian_phase_retrieval(
        n_samples,
        n,
        complex_valued=kind == "complex",
        random_state=seed,
        return_forward=True,
    )
    if noise:
        rng = np.random.RandomState(1000 + seed)
        X = X + noise * np.sqrt(np.mean(X**2)) * rng.standard_normal(X.shape)
    group, unit = forward.symmetry, 1e4 / (2 if kind == "complex" else n)
    chosen = model(row, n, X[:n_train], y[:n_train], group)
    start = time.perf_counter()
    pairs = X[:n_train], y[:n_train]
    if row == OWN_SAMPLES:
        pairs = with_own_samples(*pairs, group, seed)
    chosen.fit(*pairs)
    found = {"fit_seconds": round(time.perf_counter() - start, 2)}
    refines = row == "embedding, refined"
    test = slice(n_train, n_train + (N_REFINED if refines else N_SAMPLES - N_TRAIN))
    start = time.perf_counter()
    signals = chosen.predict(X[test])
    seconds = time.perf_counter() - start
    error = orbit_mean_squared_error(y[test], signals, group=group)
    found["error"] = float(unit * error)
    if refines:
        distance = group.distance(signals, y[test])
        relative = (distance / np.linalg.norm(y[test], axis=1)) ** 2
        found["solved"] = float(np.mean(relative < 1e-10))
        found["refines"] = bool(chosen.refines_)
        found["milliseconds"] = 1e3 * seconds / N_REFINED
    return found


def table(records, seeds, noise):
    """Lines of a markdown table: means over seeds, with the range."""
    title = f"noise {100 * noise:g} %" if noise else "targets"
    lines = [
        f"| {title} | " + " | ".join(f"{kind} {n}" for kind, n in SIZES) + " |",
        "|---" * (1 + len(SIZES)) + "|",
    ]
    for row in ROWS:
        found = [
            [records.result(_parameters(kind, n, seed, noise, row)) for seed in seeds]
            for kind, n in SIZES
        ]
        found = [[result for result in size if result] for size in found]
        if not any(found):
            continue
        cells = [
            mean_and_range([result["error"] for result in size]) if size else "not run"
            for size in found
        ]
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
        if row == "embedding, refined" and not noise:
            shares = [
                f"{100 * np.mean([result['solved'] for result in size]):.1f} %"
                for size in found
            ]
            lines.append("| share refined below 1e-10 | " + " | ".join(shares) + " |")
    return lines


def samples_table(records, seeds):
    """Lines of a markdown table: one ridge on embedded targets, by samples."""
    lines = [
        "| samples | " + " | ".join(f"{kind} {n}" for kind, n in SIZES) + " |",
        "|---" * (1 + len(SIZES)) + "|",
    ]
    for n_samples in SAMPLES:
        cells = []
        for kind, n in SIZES:
            found = [
                records.result(_parameters(kind, n, seed, 0.0, "embedding", n_samples))
                for seed in seeds
            ]
            errors = [result["error"] for result in found if result]
            cells.append(mean_and_range(errors) if errors else "not run")
        lines.append(f"| {n_samples:,} | " + " | ".join(cells) + " |")
    return lines


def _parameters(kind, n, seed, noise, row, n_samples=N_SAMPLES):
    own = {"kind": kind, "n": n, "seed": seed, "noise": noise, "row": row}
    return own if n_samples == N_SAMPLES else own | {"n_samples": n_samples}


def main():
    """Evaluate what is not stored yet, and print a table for each noise."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[10, 11, 12])
    parser.add_argument(
        "--long",
        action="store_true",
        help="kernel ridge and nets too, which take minutes for each seed",
    )
    parser.add_argument(
        "--samples",
        action="store_true",
        help="only the ridge, on up to a million samples",
    )
    parser.add_argument(
        "--table", action="store_true", help="print what is stored, and run nothing"
    )
    parser.add_argument("--output", default=PUBLISHED / "strategies.jsonl")
    arguments = parser.parse_args()
    records = Records(arguments.output)
    for n_samples, (kind, n), seed in itertools.product(
        SAMPLES if arguments.samples else (), SIZES, arguments.seeds
    ):
        if n_samples > 100_000 and n > 5:
            continue  # products of a million measurements do not fit in 24 GiB
        parameters = _parameters(kind, n, seed, 0.0, "embedding", n_samples)
        result = records.result(parameters, lambda p=parameters: evaluate(**p))
        print(parameters, result, flush=True)
    print("\n".join(["", *samples_table(records, arguments.seeds)]), flush=True)
    for noise in () if arguments.samples else NOISE:
        rows = ROWS if noise == 0 else ("canonical", *ROWS[4:])
        for row in rows if not arguments.table else ():
            if row in LONG and (noise or not arguments.long):
                continue
            for kind, n in SIZES:
                for seed in arguments.seeds:
                    parameters = _parameters(kind, n, seed, noise, row)
                    result = records.result(
                        parameters, lambda p=parameters: evaluate(**p)
                    )
                    print(parameters, result, flush=True)
        print("\n".join(["", *table(records, arguments.seeds, noise)]), flush=True)


if __name__ == "__main__":
    main()
