"""Tables of the report on images: tables 2 and 3."""

import itertools
from typing import NamedTuple

import numpy as np

from benchmarks.paper import _printed as printed
from benchmarks.paper._fourier import CLASSICAL, RULES, SOLVERS, VARIANTS
from benchmarks.paper._summary import (
    NOT_RUN,
    compare,
    markdown_table,
    mean_error,
    number,
    span,
    summarize,
)

# "-A" and "-B" of the paper.
IMAGE_RULES = {"B": "untouched", "A": "joint-mean"}
IMAGE_NETS = ("dense", "U-Net")
REFINEMENTS = (10, 50, 200)
# Canvas as large as the measurement, and number of photons.
CONDITIONS = {
    "noiseless": (False, None),
    "1e4 photons": (False, 1e4),
    "1e3 photons": (False, 1e3),
    "1e2 photons": (False, 1e2),
    "not oversampled": (True, None),
}


def groups(records):
    """Pairs of a net and size of table 2 and its cells, by variant and rule."""
    names = ("images", "regressor", "n_train", "max_epochs")
    for group in records.values("table2", *names):
        wanted = dict(zip(names, group, strict=True))
        keys = itertools.product(VARIANTS, RULES)
        yield (
            group,
            {
                (variant, rule): records.find(
                    "table2", variant=variant, targets=rule, **wanted
                )
                for variant, rule in keys
            },
        )


def table2(records):
    """Images in four variants: a table of each error for each net and size."""
    parts = []
    for (images, regressor, n_train, max_epochs), cells in groups(records):
        residuals = [
            [variant, *(summarize(cells[variant, rule], "residual") for rule in RULES)]
            for variant in VARIANTS
        ]
        ratios = [_largest_over_smallest(cells, rule) for rule in RULES]
        for label, power in (("largest over smallest", 1), ("square root", 0.5)):
            shown = [NOT_RUN if r is None else f"{r**power:.3f}" for r in ratios]
            residuals.append([label, *shown])
        canvas = [
            [variant, *printed.TABLE_2[variant].values()]
            + [summarize(cells[variant, rule], "canvas_rmse") for rule in RULES]
            for variant in VARIANTS
        ]
        header = ["variant", "paper, U-Net-B", "paper, U-Net-A", *RULES]
        parts += [
            f"### {regressor}, {images}: {n_train:,} training images, at most "
            f"{max_epochs} epochs",
            "Registered residual:",
            markdown_table(["variant", *RULES], residuals),
            "Root mean square error over the canvas:",
            markdown_table(header, canvas),
        ]
    return "\n\n".join(parts) or f"Table 2: {NOT_RUN}."


def _largest_over_smallest(cells, rule):
    found = [mean_error(cells[variant, rule], "residual") for variant in VARIANTS]
    return None if None in found else max(found) / min(found)


def findings(cells):
    """What table 2 shows of one net."""
    means = {key: mean_error(found, "residual") for key, found in cells.items()}
    canvas = {key: mean_error(found, "canvas_rmse") for key, found in cells.items()}
    joint, untouched, literal, centred = (
        [means[variant, rule] for variant in VARIANTS]
        for rule in ("joint-mean", "untouched", "literal", "centred")
    )
    below, factor = compare(zip(joint, untouched, strict=True))
    turned = [_excess(*pair) for pair in zip(literal, centred, strict=True)]
    return {
        "below": below,
        "factor": factor,
        # Joint-mean in the variants with a symmetry against that without.
        "changes": [_excess(error, joint[0]) for error in joint[1:]],
        # What the printed turn does beyond centring.
        "literal": max((abs(e) for e in turned if e is not None), default=None),
        "shifted": [
            canvas["shift", rule]
            for rule in RULES
            if rule != "untouched" and canvas["shift", rule] is not None
        ],
        "centred": canvas["none", "centred"],
    }


def _excess(error, base):
    return None if None in (error, base) else error / base - 1


def table2_summary(records):
    """What table 2 shows, a row for each net and size."""
    header = ["net", "training images", "joint-mean below untouched"]
    header += ["untouched over joint-mean", *VARIANTS[1:], "literal, at most"]
    header += ["broken rules, shift", "centred, none"]
    rows = []
    for (_, regressor, n_train, _), cells in groups(records):
        found = findings(cells)
        row = [regressor, f"{n_train:,}", found["below"], found["factor"]]
        row += [_percent(change, "+") for change in found["changes"]]
        row += [_percent(found["literal"]), span(found["shifted"])]
        rows.append([*row, number(found["centred"])])
    return markdown_table(header, rows or [[NOT_RUN] * len(header)])


def _percent(value, sign=""):
    return NOT_RUN if value is None else f"{100 * value:{sign}.1f} %"


# -- solvers, nets and refined nets


class Method(NamedTuple):
    """A row of table 3."""

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


class Study(NamedTuple):
    """The cells of table 3 of one kind and number of images."""

    images: str
    n_test: int | None
    # How the nets were trained, in words.
    training: str
    methods: list
    # By label of the method and condition.
    cells: dict

    def error(self, method, condition, name="residual", scale=1.0):
        """Mean over seeds, or None."""
        found = self.cells[method.label, condition]
        return mean_error(found, f"{name}{method.suffix}", scale)

    def best(self, condition, methods):
        """The method with the smallest residual and this residual, if there is one."""
        found = [(self.error(method, condition), method) for method in methods]
        found = [pair for pair in found if pair[0] is not None]
        error, method = min(found, key=lambda pair: pair[0], default=(None, None))
        return method, error


def studies(records):
    """The studies of table 3 that there are cells of, or an empty one."""
    names = ("images", "n_train", "n_test")
    for group in records.values("table3", *names) or [("fashion-mnist", None, None)]:
        wanted = dict(zip(names, group, strict=True))
        methods = [*_solvers(records, wanted), *_nets()]
        cells = {
            (method.label, condition): [
                record
                for record in records.find(
                    "table3", photons=photons, **wanted, **method.wanted
                )
                if _is_bare(record["parameters"]) == bare
                and f"residual{method.suffix}" in record["errors"]
            ]
            for method in methods
            for condition, (bare, photons) in CONDITIONS.items()
        }
        training = ", ".join(
            f"{net} with {n_fit:,} training images and at most {limit} epochs"
            for net in IMAGE_NETS
            for n_fit, limit in _training(records, net, wanted)
        )
        yield Study(group[0], group[2], training, methods, cells)


def _is_bare(parameters):
    return parameters["canvas"] == parameters["measurement"]


def _training(records, net, wanted):
    found = [
        cell["parameters"] for cell in records.find("table3", regressor=net, **wanted)
    ]
    return sorted({(p.get("n_fit", p["n_train"]), p["max_epochs"]) for p in found})


def _solvers(records, wanted):
    found = set(CLASSICAL) | {
        (record["parameters"]["solver"], record["parameters"]["max_iter"])
        for record in records.find("table3", **wanted)
        if "solver" in record["parameters"]
    }
    order = list(SOLVERS)
    for name, n in sorted(found, key=lambda s: (order.index(s[0]), s[1])):
        cells = {"solver": name, "max_iter": n}
        yield Method(f"{name}, {n} iterations", cells, n_steps=n)


def _nets():
    for net, (letter, rule) in itertools.product(IMAGE_NETS, IMAGE_RULES.items()):
        label, cells = f"{net}-{letter}", {"regressor": net, "targets": rule}
        yield Method(label, cells)
        for n in REFINEMENTS:
            yield Method(f"{label} and {n} steps of ADMM", cells, f"_refined_{n}", n)


def table3(records):
    """Solvers, nets and refined nets."""
    parts = []
    for study in studies(records):
        heading = f"### {study.images}"
        if study.n_test is not None:
            heading += f": {study.n_test:,} test images"
        heading += f", {study.training}" if study.training else ""
        parts += [heading, _winners(study), _outcomes(study), _canvas_errors(study)]
    return "\n\n".join(parts)


def _winners(study):
    rows = []
    for condition in CONDITIONS:
        row = [condition]
        for kind in (False, True):
            method, error = study.best(
                condition, [m for m in study.methods if m.is_solver == kind]
            )
            row.append(f"{method.label} ({number(error)})" if method else NOT_RUN)
        rows.append(row)
    header = ["smallest residual", "with a net", "from a random start"]
    return markdown_table(header, rows)


def _outcomes(study):
    rows = []
    for method in study.methods:
        row = [method.label]
        for condition in CONDITIONS:
            found = study.cells[method.label, condition]
            text = summarize(found, f"residual{method.suffix}")
            share = study.error(method, condition, "solved", 100)
            row.append(f"{text}, {number(share)} %" if found else text)
        rows.append(row)
    best = [study.best(condition, study.methods)[0] for condition in CONDITIONS]
    rows.append(["smallest residual", *(m.label if m else NOT_RUN for m in best)])
    return markdown_table(["method", *CONDITIONS], rows)


def _canvas_errors(study):
    paper = {"ADMM, 1000 iterations": printed.TABLE_3["ALM"]}
    for net, letter in itertools.product(IMAGE_NETS, IMAGE_RULES):
        paper[f"{net}-{letter}"] = printed.TABLE_3[f"U-Net-{letter}"]
    rows = [
        [label, error, summarize(study.cells[label, "noiseless"], "canvas_rmse")]
        for label, error in paper.items()
    ]
    return markdown_table(["method", "paper (ALM, U-Net)", "ours"], rows)


class Refinement(NamedTuple):
    """Steps from a net against iterations from a random start, without noise."""

    # The refined net that solves most images, and what it solves, in per cent.
    net: Method
    share: float
    standard_error: float
    # Shares solved by ADMM from a random start by its iterations, in per cent.
    admm: dict

    @property
    def chance(self):
        """Twice the standard error of the difference of two shares."""
        return 2 * np.sqrt(2) * self.standard_error


def refinement(study):
    """What decides whether refined nets need fewer steps; None if it was not run."""
    shares = [(m, study.error(m, "noiseless", "solved", 100)) for m in study.methods]
    shares = [pair for pair in shares if pair[1] is not None]
    admm = {m.n_steps: s for m, s in shares if m.wanted.get("solver") == "ADMM"}
    refined = [(m, s) for m, s in shares if m.suffix]
    if not refined or not admm:
        return None
    # Of equal shares that of the fewest steps.
    net, share = max(refined, key=lambda pair: (pair[1], -pair[0].n_steps))
    n_images = study.n_test * len(study.cells[net.label, "noiseless"])
    error = np.sqrt(share * (100 - share) / n_images)
    return Refinement(net, share, error, admm)


def iterations_for(share, admm):
    """The most iterations that solve less than a share, and the fewest that solve it.

    Either is None where there is none.
    """
    enough = min((n for n, reached in admm.items() if reached >= share), default=None)
    fewer = max((n for n in admm if enough is None or n < enough), default=None)
    return fewer, enough
