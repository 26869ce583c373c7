"""Tables of the report on images: tables 2 and 3."""

import itertools

from benchmarks.paper import _numbers as printed
from benchmarks.paper._fourier import RULES, VARIANTS
from benchmarks.paper._numbers import (
    NOT_RUN,
    compare,
    markdown_table,
    mean_error,
    number,
    span,
    summarize,
)

# "-A" and "-B" of the paper.
LETTERS = {"untouched": "B", "joint-mean": "A"}
NETS = [f"{net}-{letter}" for net in ("dense", "U-Net") for letter in LETTERS.values()]
# Of refined nets and others the ends of labels, by those of the names of errors.
ENDS = {"": ""} | {f"_refined_{n}": f" and {n} steps of ADMM" for n in (10, 50, 200)}
# By whether the canvas is as large as the measurement, and number of photons.
CONDITIONS = {
    (False, None): "noiseless",
    (False, 1e4): "1e4 photons",
    (False, 1e3): "1e3 photons",
    (False, 1e2): "1e2 photons",
    (True, None): "not oversampled",
}


def groups(records):
    """Pairs of a net and size of table 2 and its cells, by variant and rule."""
    names = ("images", "regressor", "n_train", "max_epochs")
    for group in records.values("table2", *names):
        wanted = dict(zip(names, group, strict=True))
        cells = {
            key: records.find("table2", variant=key[0], targets=key[1], **wanted)
            for key in itertools.product(VARIANTS, RULES)
        }
        yield group, cells


def table2(records):
    """Images in four variants: a table of each error for each net and size."""
    parts = []
    for (images, regressor, n_train, max_epochs), cells in groups(records):
        residuals, canvas = [], []
        for variant in VARIANTS:
            found = [cells[variant, rule] for rule in RULES]
            residuals.append([variant, *(summarize(f, "residual") for f in found)])
            paper = printed.TABLE_2[variant].values()
            ours = [summarize(f, "canvas_rmse") for f in found]
            canvas.append([variant, *paper, *ours])
        ratios = [_largest_over_smallest(cells, rule) for rule in RULES]
        for label, power in (("largest over smallest", 1), ("square root", 0.5)):
            shown = [NOT_RUN if r is None else f"{r**power:.3f}" for r in ratios]
            residuals.append([label, *shown])
        header = ["variant", "paper, U-Net-B", "paper, U-Net-A", *RULES]
        parts += [
            f"### {regressor}, {images}: {n_train:,} training images, at most "
            f"{max_epochs} epochs",
            "Registered residual:",
            markdown_table(["variant", *RULES], residuals),
            "Root mean square error over the canvas:",
            markdown_table(header, canvas),
        ]
    return "\n\n".join(parts) or NOT_RUN


def _largest_over_smallest(cells, rule):
    found = [mean_error(cells[variant, rule], "residual") for variant in VARIANTS]
    return None if None in found else max(found) / min(found)


def table2_summary(records):
    """What table 2 shows, a row for each net and size."""
    header = ["net", "training images", "joint-mean below untouched"]
    header += ["untouched over joint-mean", *VARIANTS[1:], "literal, at most"]
    header += ["broken rules, shift", "centred, none"]
    rows = [
        [regressor, f"{n_train:,}", *findings(cells)]
        for (_, regressor, n_train, _), cells in groups(records)
    ]
    return markdown_table(header, rows)


def findings(cells):
    """What table 2 shows of one net, as a row of the summary."""
    means = {key: mean_error(found, "residual") for key, found in cells.items()}
    canvas = {key: mean_error(found, "canvas_rmse") for key, found in cells.items()}
    joint, untouched, literal, centred = (
        [means[variant, rule] for variant in VARIANTS]
        for rule in ("joint-mean", "untouched", "literal", "centred")
    )
    # Joint-mean with a symmetry against that without.
    row = [*compare(zip(joint, untouched, strict=True))]
    row += [_percent(_excess(error, joint[0]), "+") for error in joint[1:]]
    # What the printed turn does beyond centring.
    turned = [_excess(*pair) for pair in zip(literal, centred, strict=True)]
    row.append(_percent(max((abs(e) for e in turned if e is not None), default=None)))
    shifted = [canvas["shift", rule] for rule in RULES if rule != "untouched"]
    row.append(span([error for error in shifted if error is not None]))
    return [*row, number(canvas["none", "centred"])]


def _excess(error, base):
    return None if None in (error, base) else error / base - 1


def _percent(value, sign=""):
    return NOT_RUN if value is None else f"{100 * value:{sign}.1f} %"


def studies(records):
    """Pairs of images and sizes of table 3 and its cells, by method and condition.

    What a record says of a refined net is a cell of its own.
    """
    names = ("images", "n_train", "n_test")
    solvers = [
        f"{name}, {n} iterations"
        for name, n in records.values("table3", "solver", "max_iter")
        if name is not None
    ]
    nets = [f"{net}{steps}" for net in NETS for steps in ENDS.values()]
    for group in records.values("table3", *names):
        keys = itertools.product([*solvers, *nets], CONDITIONS.values())
        cells = {key: [] for key in keys}
        for record in records.find("table3", **dict(zip(names, group, strict=True))):
            setting = record["parameters"]
            bare = setting["canvas"] == setting["measurement"]
            condition = CONDITIONS.get((bare, setting.get("photons")))
            if "solver" in setting:
                label = f"{setting['solver']}, {setting['max_iter']} iterations"
            else:
                label = f"{setting['regressor']}-{LETTERS.get(setting['targets'])}"
            for end, steps in ENDS.items():
                names_of_errors = ("residual", "solved", "canvas_rmse")
                errors = {e: record["errors"].get(f"{e}{end}") for e in names_of_errors}
                key = f"{label}{steps}", condition
                # There is no row or column for other settings.
                if errors["residual"] is not None and key in cells:
                    cells[key].append({"errors": errors})
        yield group, cells


def best(cells, condition, is_solver=None):
    """Method with the smallest residual under a condition, and the residual."""
    found = {
        label: mean_error(cells[label, where], "residual")
        for label, where in cells
        if where == condition and cells[label, where]
        if is_solver in (None, label.endswith("iterations"))
    }
    return min(found.items(), key=lambda pair: pair[1], default=(NOT_RUN, None))


def table3(records):
    """Solvers, nets and refined nets."""
    parts = []
    for (images, _, n_test), cells in studies(records):
        winners, rows = [], []
        for condition in CONDITIONS.values():
            row = [condition]
            for is_solver in (False, True):
                label, error = best(cells, condition, is_solver)
                row.append(f"{label} ({number(error)})" if error else label)
            winners.append(row)
        for label in dict.fromkeys(label for label, _ in cells):
            row = [label]
            for condition in CONDITIONS.values():
                found = cells[label, condition]
                share = number(mean_error(found, "solved", 100))
                text = summarize(found, "residual")
                row.append(f"{text}, {share} %" if found else text)
            rows.append(row)
        canvas = []
        for label in ("ADMM, 1000 iterations", *NETS):
            paper = printed.TABLE_3.get(f"U-Net-{label[-1]}", printed.TABLE_3["ALM"])
            found = cells.get((label, "noiseless"), [])
            canvas.append([label, paper, summarize(found, "canvas_rmse")])
        header = ["smallest residual", "with a net", "from a random start"]
        parts += [
            f"### {images}: {n_test:,} test images",
            markdown_table(header, winners),
            markdown_table(["method", *CONDITIONS.values()], rows),
            markdown_table(["method", "paper (ALM, U-Net)", "ours"], canvas),
        ]
    return "\n\n".join(parts) or NOT_RUN
