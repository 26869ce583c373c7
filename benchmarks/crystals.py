"""Complex images: strained crystals in the four variants, by nets, kernels and ADMM.

Run ``python -m benchmarks.crystals``. Crystals of 28 × 28 pixels on a canvas of 32 × 32
and 64 × 64 intensities, 5,000 to train on and 500 to test; registered error
(`scaled_orbit_residual`), and the share of images below 0.01. In each variant the phase
of an image is random, so that there is a symmetry to break in all of them. The
regularization of kernel ridge is chosen on the last 500 training images.
"""

import argparse
import itertools

import numpy as np
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.kernel_ridge import KernelRidge
from sklearn.pipeline import make_pipeline

from benchmarks import PUBLISHED, Records, mean_and_range, torch_device
from benchmarks.images import scores
from benchmarks.paper._fourier import VARIANTS
from sklearn_symbreak import SymmetryBreakingRegressor
from sklearn_symbreak.compose import RefinedRegressor
from sklearn_symbreak.datasets import make_bragg_crystals, make_fourier_phase_retrieval
from sklearn_symbreak.metrics import scaled_orbit_residual
from sklearn_symbreak.neural_network import FeedForwardRegressor, UNetRegressor
from sklearn_symbreak.phase_retrieval import ADMM, Shrinkwrap
from sklearn_symbreak.preprocessing import AutocorrelationTransformer

N_TRAIN, N_VALIDATION, N_TEST = 5000, 500, 500
CANVAS, MEASUREMENT = (32, 32), (64, 64)
TARGETS = {"untouched": "passthrough", "canonical": "canonical", "mean": "mean"}
REGRESSORS = ("dense", "U-Net", "kernel ridge")
# Of these targets predictions are refined.
REFINED = "mean"
STEPS, RANDOM_STEPS = (100, 400), (100, 400, 1600)


def candidates(name, seed):
    """Regressors of one name, among which the validation part chooses."""
    if name == "kernel ridge":
        return [
            make_pipeline(
                AutocorrelationTransformer(MEASUREMENT, CANVAS, complex_valued=True),
                # Inputs have one scale, and their number is that of the lags.
                KernelRidge(kernel="rbf", alpha=alpha, gamma=1 / 63**2),
            )
            for alpha in (1e-2, 1e-1, 1.0)
        ]
    if name == "U-Net":
        net = UNetRegressor(
            measurement_shape=MEASUREMENT,
            signal_shape=CANVAS,
            learning_rate_schedule="one_cycle",
            max_epochs=12,
            random_state=seed,
            device=torch_device(),
        )
    else:
        net = FeedForwardRegressor(
            (512, 512),
            input_transform="log_magnitude",
            max_epochs=60,
            random_state=seed,
            device=torch_device(),
        )
    return [net]


def evaluate(variant, regressor, targets, seed):
    """Error of a model, and of ADMM that starts at its predictions, by steps."""
    X, y, forward = _data(variant, seed)
    group, train, test = forward.symmetry, slice(0, N_TRAIN), slice(N_TRAIN, None)
    if regressor == "none":
        return {
            str(n_steps): scores(solver(forward, n_steps), X[test], y[test], group)
            for n_steps in RANDOM_STEPS
        }
    models = [
        SymmetryBreakingRegressor(one, group, TARGETS[targets])
        for one in candidates(regressor, seed)
    ]
    best = models[0]
    if len(models) > 1:
        fit = slice(0, N_TRAIN - N_VALIDATION)
        check = slice(N_TRAIN - N_VALIDATION, N_TRAIN)
        errors = [
            scaled_orbit_residual(
                y[check], clone(one).fit(X[fit], y[fit]).predict(X[check]), group=group
            )
            for one in models
        ]
        best = models[int(np.argmin(errors))]
    best.fit(X[train], y[train])
    found = {"0": scores(best, X[test], y[test], group)}
    for n_steps in STEPS if targets == REFINED else ():
        refined = RefinedRegressor(FrozenEstimator(best), solver(forward, n_steps))
        refined.fit(X[test], y[test])
        found[str(n_steps)] = scores(refined, X[test], y[test], group)
    return found


def solver(forward, n_steps):
    """ADMM whose support shrinks around the crystal; chosen on other crystals."""
    return ADMM(
        forward,
        constraint="complex",
        support=Shrinkwrap(threshold=0.2, sigma=2.0, min_sigma=1.0),
        max_iter=n_steps,
        random_state=0,
    )


def _data(variant, seed):
    crystals = make_bragg_crystals(
        N_TRAIN + N_TEST, dtype=np.float32, random_state=seed
    )
    return make_fourier_phase_retrieval(
        crystals,
        canvas_shape=CANVAS,
        measurement_shape=MEASUREMENT,
        variant=variant,
        random_state=seed,
        return_forward=True,
    )


def table(records, seeds):
    """Lines of a markdown table: one model and number of steps a row."""
    variants = " | ".join(VARIANTS)
    lines = [
        f"| model | targets | steps of ADMM | {variants} | solved |",
        "|---" * (4 + len(VARIANTS)) + "|",
    ]
    rows = [
        (regressor, targets, str(steps))
        for regressor, targets in itertools.product(REGRESSORS, TARGETS)
        for steps in (0, *(STEPS if targets == REFINED else ()))
    ]
    rows += [("none", "", str(steps)) for steps in RANDOM_STEPS]
    for regressor, targets, steps in rows:
        cells = []
        for variant in VARIANTS:
            found = [
                records.result(_parameters(variant, regressor, targets, seed))
                for seed in seeds
            ]
            found = [one[steps] for one in found if one]
            cells.append(mean_and_range([one["error"] for one in found] or [np.nan]))
        # The last variant is the one that random starts are measured on, too.
        solved = f"{100 * np.mean([one['solved'] for one in found]):.0f} %"
        row = [regressor, targets or "–", steps, *cells, solved]
        lines.append("| " + " | ".join(row).replace("nan", "–") + " |")
    return lines


def _parameters(variant, regressor, targets, seed):
    return {
        "variant": variant,
        "regressor": regressor,
        "targets": targets,
        "seed": seed,
    }


def main():
    """Evaluate what is not stored yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument(
        "--table", action="store_true", help="print what is stored, and run nothing"
    )
    parser.add_argument("--output", default=PUBLISHED / "images.jsonl")
    arguments = parser.parse_args()
    records = Records(arguments.output)
    # A random start does not see the variant.
    runs = [("shift_flip", "none", "")]
    runs += itertools.product(VARIANTS[::-1], REGRESSORS[::-1], TARGETS)
    for seed, run in itertools.product(
        arguments.seeds, () if arguments.table else runs
    ):
        parameters = _parameters(*run, seed)
        result = records.result(parameters, lambda p=parameters: evaluate(**p))
        print(parameters, result, flush=True)
    print("\n".join(["", *table(records, arguments.seeds)]))


if __name__ == "__main__":
    main()
