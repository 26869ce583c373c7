"""Section of the report on solvers, nets and nets refined by a solver: table 3."""

import itertools
from typing import NamedTuple

import numpy as np

from benchmarks.paper import _published as published
from benchmarks.paper._fourier import CLASSICAL, SOLVERS
from benchmarks.paper._summary import (
    NOT_RUN,
    markdown_table,
    mean_error,
    number,
    summarize,
)

NETS = ("dense", "U-Net")
# "-A" and "-B" of the paper.
RULES = {"B": "untouched", "A": "joint-mean"}
REFINEMENTS = (10, 50, 200)
# Canvas as large as the measurement, and number of photons.
CONDITIONS = {
    "noiseless": (False, None),
    "1e4 photons": (False, 1e4),
    "1e3 photons": (False, 1e3),
    "1e2 photons": (False, 1e2),
    "not oversampled": (True, None),
}
# Share of the images, in per cent, that a refined net is to solve.
ENOUGH = 95


class Method(NamedTuple):
    """A row of the table."""

    label: str
    # Parameters of its cells, and the end of the names of its errors.
    wanted: dict
    suffix: str = ""
    # Iterations from a random start, or steps of refinement.
    n_steps: int | None = None

    @property
    def is_solver(self):
        """Whether it starts at random instead of from a net."""
        return "solver" in self.wanted


class Outcome(NamedTuple):
    """A cell of the table."""

    residual: float
    share: float
    n_seeds: int
    text: str


def table3(records):
    """Solvers, nets and refined nets."""
    parts = [
        f"""## Table 3 and figure 5: solvers, nets, and nets refined by a solver

Shifted and turned images. A: targets broken by the rule joint-mean; B: untouched.
Photons are expected numbers per image; nets are trained on measurements with the same
noise. Noise differs between opposite frequencies, whose powers are equal without it:
the dense net sees the mean of the two, which is what solvers use, too, and the U-Net
sees both. Not oversampled: the images fill their canvas, and the transform has its
size. First the registered residual (number of seeds), and the share of images solved,
with a residual below 0.01. Then the root mean square error over the canvas, not
registered, beside the paper's "MSE": a solver returns any member of the orbit, so that
this error says little about it.

The question: do steps of ADMM from a net's prediction solve {ENOUGH} % of the images
in at most half the iterations that ADMM from a random start needs for the same
share?"""
    ]
    names = ("images", "n_train", "n_test")
    default = [("fashion-mnist", None, None)]
    for group in records.values("table3", *names) or default:
        images, n_train, n_test = group
        wanted = dict(zip(names, group, strict=True))
        size = "" if n_train is None else f", {n_test:,} test images"
        size += "".join(_training(records, net, wanted) for net in NETS)
        methods = _methods(records, wanted)
        outcomes = _outcomes(records, wanted, methods)
        parts.append(
            f"""### {images}{size}

{_verdict(methods, outcomes, n_test)}{_reason_of_twice(methods, outcomes)}

{_winners(methods, outcomes)}

{_residuals(methods, outcomes)}

{_canvas_errors(records, wanted)}"""
        )
    return "\n\n".join(parts)


def _training(records, net, wanted):
    limits = {
        (parameters.get("n_fit", parameters["n_train"]), parameters["max_epochs"])
        for record in records.find("table3", regressor=net, **wanted)
        if (parameters := record["parameters"])
    }
    return "".join(
        f", {net} with {n_fit:,} training images and at most {max_epochs} epochs"
        for n_fit, max_epochs in sorted(limits)
    )


def _methods(records, wanted):
    solvers = set(CLASSICAL) | {
        (record["parameters"]["solver"], record["parameters"]["max_iter"])
        for record in records.find("table3", **wanted)
        if "solver" in record["parameters"]
    }
    order = list(SOLVERS)
    methods = [
        Method(
            f"{name}, {max_iter} iterations",
            {"solver": name, "max_iter": max_iter},
            n_steps=max_iter,
        )
        for name, max_iter in sorted(solvers, key=lambda s: (order.index(s[0]), s[1]))
    ]
    for net, (letter, rule) in itertools.product(NETS, RULES.items()):
        cells = {"regressor": net, "targets": rule}
        methods.append(Method(f"{net}-{letter}", cells))
        methods += [
            Method(f"{net}-{letter} and {n} steps of ADMM", cells, f"_refined_{n}", n)
            for n in REFINEMENTS
        ]
    return methods


def _outcomes(records, wanted, methods):
    """Means over seeds by label and condition, of the cells that are stored."""
    outcomes = {}
    for method, condition in itertools.product(methods, CONDITIONS):
        error = f"residual{method.suffix}"
        cells = [
            record
            for record in _under(records, condition, **wanted, **method.wanted)
            if error in record["errors"]
        ]
        if cells:
            share = mean_error(cells, f"solved{method.suffix}", 100)
            outcomes[method.label, condition] = Outcome(
                mean_error(cells, error),
                share,
                len(cells),
                f"{summarize(cells, error)}, {number(share)} %",
            )
    return outcomes


def _residuals(methods, outcomes):
    rows = [
        [
            method.label,
            *(
                outcomes[method.label, condition].text
                if (method.label, condition) in outcomes
                else NOT_RUN
                for condition in CONDITIONS
            ),
        ]
        for method in methods
    ]
    best = [_best(methods, outcomes, condition) for condition in CONDITIONS]
    rows.append(["smallest residual", *(b[0] if b else NOT_RUN for b in best)])
    return markdown_table(["method", *CONDITIONS], rows)


def _best(methods, outcomes, condition):
    """Label and residual of the method with the smallest residual, if there is one."""
    found = [
        (method.label, outcomes[method.label, condition].residual)
        for method in methods
        if (method.label, condition) in outcomes
    ]
    return min(found, key=lambda labelled: labelled[1], default=None)


def _verdict(methods, outcomes, n_test):
    """Whether ADMM needs twice the steps of a refined net for the same share."""
    found = [
        (method, outcome)
        for method in methods
        if (outcome := outcomes.get((method.label, "noiseless")))
    ]
    refined = [(m, o) for m, o in found if m.suffix]
    admm = {
        method.n_steps: outcome.share
        for method, outcome in found
        if method.wanted.get("solver") == "ADMM"
    }
    if not refined or not admm:
        return "Refined nets against ADMM from a random start: not run."
    # Of equal shares that of the fewest steps.
    net, best = max(refined, key=lambda pair: (pair[1].share, -pair[0].n_steps))
    if not best.share:
        return "Without noise, no refined net solves an image: no."
    share = best.share / 100
    uncertainty = 100 * np.sqrt(share * (1 - share) / (n_test * best.n_seeds))
    listed = ", ".join(f"{number(admm[n])} % in {n}" for n in sorted(admm))
    return (
        "Without noise, the refined net that solves most images is "
        f"{net.label}, with {number(best.share)} % (standard error "
        f"{number(uncertainty, 1)} %). ADMM from a random start solves {listed} "
        f"iterations. {_answer(net.n_steps, best.share, admm)}"
        f"{_caution(net.n_steps, best.share, admm, uncertainty)}"
    )


def _caution(n_steps, share, admm, uncertainty):
    """Say so where the shares that decide differ by no more than chance."""
    decisive = [admm[n] for n in sorted(admm) if n >= 2 * n_steps]
    if not decisive:
        return ""
    # Twice the standard error of the difference of two shares.
    chance = 2 * np.sqrt(2) * uncertainty
    if abs(share - decisive[0]) > chance:
        return ""
    return (
        f" But shares may differ by {number(chance, 2)} % by chance: it is about twice "
        "the steps, not surely more."
    )


def _answer(n_steps, share, admm):
    """The verdict in words, from the shares by iterations from a random start."""
    enough = min((n for n, reached in admm.items() if reached >= share), default=None)
    fewer = max((n for n in admm if enough is None or n < enough), default=0)
    bounds = []
    if fewer:
        short = number(share - admm[fewer], 2)
        bounds.append(f"more than {fewer}, which are {short} % short,")
    if enough:
        bounds.append(f"at most {enough}")
    needed = f"For the same share it needs {' and '.join(bounds).rstrip(',')}"
    if fewer >= 2 * n_steps:
        relation, answer = "at least twice", "yes"
    elif enough and enough < 2 * n_steps:
        relation, answer = "less than twice", "no"
    else:
        relation, answer = "perhaps twice", "these rows do not tell"
    if share < ENOUGH:
        answer = f"no, the net does not solve {ENOUGH} %"
    return f"{needed}, {relation} the {n_steps} steps of the net: {answer}."


def _reason_of_twice(methods, outcomes):
    """Why ADMM has a row of twice the longest refinement."""
    run = [m for m in methods if (m.label, "noiseless") in outcomes]
    longest = max((m.n_steps for m in run if m.suffix), default=0)
    if f"ADMM, {2 * longest} iterations" not in [m.label for m in run]:
        return ""
    return (
        f" The row of {2 * longest} iterations is there for this question: it is "
        f"twice the longest refinement, {longest} steps."
    )


def _winners(methods, outcomes):
    """Nets, refined or not, against solvers under each condition."""
    lines = []
    for condition in CONDITIONS:
        net, solver = (
            _best([m for m in methods if m.is_solver == kind], outcomes, condition)
            for kind in (False, True)
        )
        line = f"- {condition}: the best with a net is {_named(net)}; "
        line += f"the best from a random start is {_named(solver)}."
        if net and solver:
            line += f" {'The net' if net[1] < solver[1] else 'The solver'} wins."
        lines.append(line)
    return "\n".join(["Smallest residuals:", "", *lines])


def _named(best):
    return f"{best[0]} ({number(best[1])})" if best else NOT_RUN


def _canvas_errors(records, wanted):
    printed = published.TABLE_3
    methods = [
        ("ADMM, 1000 iterations", printed["ALM"], {"solver": "ADMM", "max_iter": 1000})
    ]
    methods += [
        (
            f"{net}-{letter}",
            printed[f"U-Net-{letter}"],
            {"regressor": net, "targets": rule},
        )
        for net, (letter, rule) in itertools.product(NETS, RULES.items())
    ]
    rows = []
    for label, paper, method in methods:
        cells = _under(records, "noiseless", **wanted, **method)
        rows.append([label, paper, summarize(cells, "canvas_rmse")])
    return markdown_table(["method", "paper (ALM, U-Net)", "ours"], rows)


def _under(records, condition, **wanted):
    """Cells of table 3 under one condition."""
    bare, photons = CONDITIONS[condition]
    return [
        record
        for record in records.find("table3", photons=photons, **wanted)
        if (record["parameters"]["canvas"] == record["parameters"]["measurement"])
        == bare
    ]
