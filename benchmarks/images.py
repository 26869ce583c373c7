"""Kernel ridge and a wide net on images, beside solvers and the paper's nets.

Run ``python -m benchmarks.images --data-home FOLDER`` with the files of Fashion-MNIST.
Data, split and metric are those of table 3 (``python -m benchmarks.paper table3``),
from whose records the rows of the paper's nets come: 20,000 training images and 1,000
test images on a canvas of 42 × 42, shifted and turned, 96 × 96 intensities, registered
error (`scaled_orbit_residual`). The last 1,000 training images choose the settings: of
kernel ridge, on autocorrelations or magnitudes, with 4,000 others, and of the wide net
with the rest.
"""

import argparse
import itertools
import json
import time

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from benchmarks import PUBLISHED, Records, mean_and_range, torch_device
from benchmarks.paper._fourier import (
    _measured_images,
    non_redundant_half,
    share_solved,
)
from sklearn_symbreak import SymmetryBreaker, SymmetryBreakingRegressor
from sklearn_symbreak.compose import RefinedRegressor
from sklearn_symbreak.datasets import make_fourier_phase_retrieval
from sklearn_symbreak.metrics import orbit_mean_squared_error, scaled_orbit_residual
from sklearn_symbreak.neural_network import FeedForwardRegressor
from sklearn_symbreak.phase_retrieval import ADMM
from sklearn_symbreak.preprocessing import AutocorrelationTransformer

N_TEST, N_FEW, N_VALIDATION = 1000, 4000, 1000
OVERSAMPLED, BARE = (42, 96), (28, 28)
STEPS = (10, 25, 50, 200)
NET_STEPS = ("10", "50", "200")
SOLVER_STEPS = (25, 50, 100, 200, 400, 1000)
PHOTONS = (None, 1e4, 1e3, 1e2)
KERNEL_RIDGE, WIDE_NET = "kernel ridge", "wide net"
CHOSEN = {
    KERNEL_RIDGE: ("alpha", "gamma"),
    WIDE_NET: ("hidden_layer_sizes", "weight_decay"),
}


class FrugalKernelRidge(KernelRidge):
    """Kernel ridge that factorizes the kernel where it lies: half the memory."""

    def fit(self, X, y):
        """Solve for the dual coefficients in the precision of `X`."""
        kernel = rbf_kernel(X, gamma=self.gamma)
        kernel.flat[:: len(X) + 1] += self.alpha
        # The transpose, which is the same, is in the order of LAPACK.
        options = {"overwrite_a": True, "check_finite": False}
        self.dual_coef_ = cho_solve(cho_factor(kernel.T, **options), y)
        self.X_fit_, self.n_features_in_ = X, X.shape[1]
        return self


def inputs_of(row, sizes):
    """Half of the intensities for nets, autocorrelations for kernels.

    Not oversampled, autocorrelations wrap around, and kernels see magnitudes.
    """
    canvas, measurement = ((size,) * 2 for size in sizes)
    if row == KERNEL_RIDGE and sizes == OVERSAMPLED:
        return AutocorrelationTransformer(measurement, canvas)
    half = {"measurement_shape": measurement}
    inputs = FunctionTransformer(non_redundant_half, kw_args=half)
    if row == WIDE_NET:
        return inputs
    return make_pipeline(inputs, FunctionTransformer(np.sqrt))


def candidates(row, inputs):
    """Regressors among which the validation part chooses."""
    if row == WIDE_NET:
        return [
            FeedForwardRegressor(
                (n_units, n_units),
                activation="silu",
                input_transform="log_magnitude",
                weight_decay=weight_decay,
                learning_rate_schedule="one_cycle",
                max_epochs=40,
                patience=40,
                random_state=0,
                device=torch_device(),
            )
            for n_units, weight_decay in itertools.product((1024, 2048), (0.01, 0.1))
        ]
    spread = float(inputs.var(axis=0).sum())
    return [
        FrugalKernelRidge(kernel="rbf", alpha=alpha, gamma=gamma / spread)
        for alpha, gamma in itertools.product((1e-2, 1e-1, 1.0), (0.5, 1.0, 2.0))
    ]


def choose(row, sizes, group, X, y):
    """The regressor with the smallest error on the validation part."""
    check = slice(-N_VALIDATION, None)
    # The kernel of few is made in no time.
    few = slice(0, N_FEW if row == KERNEL_RIDGE else -N_VALIDATION)
    inputs = inputs_of(row, sizes).fit(X[few])
    targets = SymmetryBreaker(group, "mean").fit_transform(y[few])
    targets = targets.reshape(len(targets), -1)
    kept, others = inputs.transform(X[few]), inputs.transform(X[check])
    regressors = candidates(row, kept)
    errors = [
        scaled_orbit_residual(
            y[check],
            regressor.fit(kept, targets).predict(others).reshape(y[check].shape),
            group=group,
        )
        for regressor in regressors
    ]
    return clone(regressors[int(np.argmin(errors))])


def evaluate_regressor(row, sizes, photons, n_train, seed, data_home):
    """Errors of a regressor, and of ADMM that starts at its predictions."""
    X, y, forward = _data(sizes, photons, n_train, seed, data_home)
    group, train, test = forward.symmetry, slice(0, n_train), slice(n_train, None)
    regressor = choose(row, sizes, group, X[train], y[train])
    start = time.perf_counter()
    model = SymmetryBreakingRegressor(
        make_pipeline(inputs_of(row, sizes), regressor), group, "mean"
    ).fit(X[train], y[train])
    found = {name: getattr(regressor, name) for name in CHOSEN[row]}
    found["fit_seconds"] = time.perf_counter() - start
    found["steps"] = {"0": scores(model, X[test], y[test], group)}
    if sizes == BARE:
        error = orbit_mean_squared_error(y[test], model.predict(X[test]), group=group)
        found["pixel_mse"] = float(error)
        return found
    for n_steps in STEPS:
        refined = RefinedRegressor(
            FrozenEstimator(model), ADMM(forward, max_iter=n_steps, random_state=0)
        ).fit(X[test], y[test])
        found["steps"][str(n_steps)] = scores(refined, X[test], y[test], group)
    return found


def evaluate_solver(row, sizes, photons, n_train, seed, data_home):
    """Errors of ADMM alone, from a random start."""
    X, y, forward = _data(sizes, photons, n_train, seed, data_home)
    test, found = slice(n_train, None), {}
    for n_steps in SOLVER_STEPS:
        solver = ADMM(forward, max_iter=n_steps, random_state=seed)
        found[str(n_steps)] = scores(solver, X[test], y[test], forward.symmetry)
    return {"steps": found}


def scores(model, X, y, group):
    """Error of the predictions of a model, and the share solved."""
    predicted = model.predict(X)
    return {
        "error": float(scaled_orbit_residual(y, predicted, group=group)),
        "solved": share_solved(y, predicted, group=group),
    }


def _data(sizes, photons, n_train, seed, data_home):
    canvas, measurement = sizes
    return _measured_images(
        data_home=data_home,
        source="fashion-mnist",
        canvas=canvas,
        measurement=measurement,
        variant="shift_flip",
        photons=photons,
        n_train=n_train,
        n_test=N_TEST,
        seed=seed,
    )


def print_times(n_images=1000, n_steps=20):
    """Milliseconds an image of a prediction and of a step of ADMM, on random images."""
    rng = np.random.default_rng(0)
    canvas, measurement = OVERSAMPLED
    X, y, forward = make_fourier_phase_retrieval(
        rng.uniform(size=(n_images, 28, 28)).astype(np.float32),
        canvas_shape=canvas,
        measurement_shape=measurement,
        random_state=0,
        return_forward=True,
    )
    inputs = inputs_of(KERNEL_RIDGE, OVERSAMPLED).fit(X)
    few = inputs.transform(X)
    # How long a prediction takes does not depend on what was learned.
    ridge = KernelRidge(kernel="rbf").fit(few, y.reshape(n_images, -1))
    ridge.X_fit_ = np.tile(few, (20_000 // n_images, 1))
    ridge.dual_coef_ = np.tile(ridge.dual_coef_, (20_000 // n_images, 1))
    solver = ADMM(forward, max_iter=n_steps, tol=0, random_state=0)
    calls = {
        "prediction": (lambda: ridge.predict(inputs.transform(X)), n_images),
        "step of ADMM": (lambda: solver.predict(X), n_images * n_steps),
    }
    for name, (call, n_units) in calls.items():
        start = time.perf_counter()
        call()
        seconds = time.perf_counter() - start
        print(f"{name}: {1e3 * seconds / n_units:.2g} ms an image")


def table(records, seeds, photons):
    """Lines of a markdown table: errors and shares solved at one noise."""
    title = "no noise" if photons is None else f"{photons:,.0f} photons"
    lines = [
        f"| {title} | steps of ADMM | error | solved |",
        "|---|---|---|---|",
    ]
    rows = {
        KERNEL_RIDGE: ("0", *map(str, STEPS)),
        WIDE_NET: ("0", *map(str, STEPS)),
        "U-Net": ("0", *NET_STEPS),
        "dense": ("0", *NET_STEPS),
        "none": tuple(map(str, SOLVER_STEPS)),
    }
    if photons is not None:
        # With noise more steps change little.
        rows = dict.fromkeys(rows, ("0", "50")) | {"none": ("50", "1000")}
    for row, all_steps in rows.items():
        found = _results_of(row, records, seeds, photons)
        for steps in all_steps if found else ():
            values = [one[steps] for one in found]
            cells = [
                mean_and_range([one["error"] for one in values], digits=3),
                f"{100 * np.mean([one['solved'] for one in values]):.1f} %",
            ]
            lines.append(f"| {row} | {steps} | " + " | ".join(cells) + " |")
    return lines


def _results_of(row, records, seeds, photons):
    """Of each seed, results by steps; those of nets are published by table 3."""
    if row in (*CHOSEN, "none"):
        own = "ADMM" if row == "none" else row
        found = [
            records.result(_parameters(own, OVERSAMPLED, photons, 20_000, seed))
            for seed in seeds
        ]
        return [one["steps"] for one in found if one]
    published = (PUBLISHED.parent / "table3.jsonl").read_text().splitlines()
    found = []
    for cell in map(json.loads, published):
        own = cell["parameters"]
        wanted = (row, "joint-mean", OVERSAMPLED[0], photons)
        names = ("regressor", "targets", "canvas", "photons")
        if tuple(map(own.get, names)) == wanted and own["seed"] in seeds:
            errors = cell["errors"]
            ends = {"0": "", **{steps: f"_refined_{steps}" for steps in NET_STEPS}}
            found.append(
                {
                    steps: {
                        "error": abs(errors[f"residual{end}"]),
                        "solved": errors[f"solved{end}"],
                    }
                    for steps, end in ends.items()
                }
            )
    return found


def _parameters(row, sizes, photons, n_train, seed):
    return {
        "row": row,
        "sizes": list(sizes),
        "photons": photons,
        "n_train": n_train,
        "seed": seed,
    }


def main():
    """Evaluate what is not stored yet, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", help="folder of the files of Fashion-MNIST")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--n-train", type=int, default=20_000)
    rows = (*CHOSEN, "ADMM")
    parser.add_argument("--rows", nargs="+", choices=rows, default=rows)
    parser.add_argument("--photons", type=float, nargs="*", help="noise of some only")
    parser.add_argument("--bare", action="store_true", help="not oversampled, 28 × 28")
    parser.add_argument("--times", action="store_true", help="print times only")
    parser.add_argument(
        "--table", action="store_true", help="print what is stored, and run nothing"
    )
    parser.add_argument("--output", default=PUBLISHED / "images.jsonl")
    arguments = parser.parse_args()
    if arguments.times:
        print_times()
        return
    records = Records(arguments.output)
    runs = []
    if arguments.bare:
        runs = [(row, BARE, None) for row in arguments.rows if row in CHOSEN]
    elif not arguments.table:
        noise = PHOTONS if arguments.photons is None else arguments.photons or (None,)
        runs = [
            (row, OVERSAMPLED, photons) for photons in noise for row in arguments.rows
        ]
    for seed, (row, sizes, photons) in itertools.product(arguments.seeds, runs):
        parameters = _parameters(row, sizes, photons, arguments.n_train, seed)
        evaluate = evaluate_solver if row == "ADMM" else evaluate_regressor
        result = records.result(
            parameters,
            lambda e=evaluate, p=parameters: e(
                p["row"],
                tuple(p["sizes"]),
                p["photons"],
                p["n_train"],
                p["seed"],
                arguments.data_home,
            ),
        )
        print(parameters, result, flush=True)
    for photons in PHOTONS:
        print("\n".join(["", *table(records, arguments.seeds, photons)]))


if __name__ == "__main__":
    main()
