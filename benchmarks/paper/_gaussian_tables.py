"""Tables of the report on the square root and on Gaussian phase retrieval."""

import itertools

import numpy as np

from benchmarks.paper import _numbers as printed
from benchmarks.paper._gaussian import METHODS, NETS, PENALTY, SIZES, TARGETS
from benchmarks.paper._numbers import (
    NOT_GIVEN,
    NOT_RUN,
    compare,
    given,
    markdown_table,
    mean_error,
    number,
    span,
    summarize,
)

MEAN_SQUARED = "mean_squared_error"
NEIGHBOURS = ("K-NN", "K-NN-magnitudes")
# Relative error below which the authors of Wirtinger flow count a success.
PUBLISHED_ERROR = 1e-5


def figure1(records):
    """Learning the square root."""
    rows = []
    sizes = records.values("figure1", "n_samples", "max_epochs")
    # K-NN has no epochs: its cells stand beside those of every limit.
    limited = {n_samples for n_samples, limit in sizes if limit is not None}
    sizes = [(n, limit) for n, limit in sizes if limit or n not in limited]
    for n_samples, limit in sizes:
        row, variations = [given(n_samples), given(limit)], []
        for regressor, targets in itertools.product(("NN", "K-NN"), TARGETS.values()):
            wanted = {"n_samples": n_samples, "regressor": regressor}
            wanted |= {"targets": targets, "max_epochs": None}
            if regressor == "NN":
                wanted["max_epochs"] = limit
            found = records.find("figure1", **wanted)
            row.append(summarize(found, MEAN_SQUARED))
            variation = [cell["total_variation"] for cell in found]
            variations.append(number(np.mean(variation)) if variation else NOT_RUN)
        rows.append(row + variations[2:])
    header = ["samples", "epochs at most", "NN-A", "NN-B", "K-NN-A", "K-NN-B"]
    return markdown_table([*header, "variation A", "variation B"], rows)


def comparison(records, experiment):
    """Table 1, real, or table 6, complex."""
    paper, scales = _paper_table(experiment)
    rows = []
    for size, regressor in itertools.product(paper, (*NETS, *NEIGHBOURS)):
        n, n_samples = size
        row = [n, f"{n_samples:,}", regressor]
        for letter in TARGETS:
            found = _cells(records, experiment, size, regressor, letter)
            row.append(_printed(experiment, size, regressor, letter))
            row += [summarize(found, MEAN_SQUARED, s) for s in (scales[n], 1e4)]
        rows.append(row)
    header = ["n", "samples", "regressor"]
    for letter in TARGETS:
        header += [f"{letter}, paper", f"{letter}, ours", f"{letter}, per coordinate"]
    return markdown_table(header, rows)


def _paper_table(experiment):
    """The paper's table, and the scale from ours to its unit by n."""
    if experiment == "table1":
        return printed.TABLE_1, {n: 1e4 / n for n in SIZES}
    return printed.TABLE_6, dict.fromkeys(SIZES, 1e4 / 2)


def _cells(records, experiment, size, regressor, letter):
    wanted = {"n": size[0], "n_samples": size[1], "targets": TARGETS[letter]}
    return records.find(experiment, regressor=regressor, **wanted)


def _printed(experiment, size, regressor, letter):
    row = _paper_table(experiment)[0][size]
    if regressor not in NETS:
        if letter == "B":
            return NOT_GIVEN
        return ", ".join(str(row[f"{net} K-NN"]) for net in NETS)
    column = f"{regressor}-{letter}"
    uncertain = (experiment, size, column) in printed.UNCERTAIN
    return f"{row[column]}{'?' if uncertain else ''}"


def summary(records, experiment):
    """What table 1 or 6 shows, by n."""
    header = ["n", "A below B", "B over A", "our nets below the paper's"]
    header += ["paper's over ours", *(f"{name} over paper's" for name in NEIGHBOURS)]
    rows = [[n, *findings(records, experiment, n)] for n in SIZES]
    return markdown_table(header, rows)


def findings(records, experiment, n):
    """What table 1 or 6 shows for one n: a row of the summary."""
    paper, scales = _paper_table(experiment)
    sizes = [size for size in paper if size[0] == n]

    def ours(size, regressor, letter):
        found = _cells(records, experiment, size, regressor, letter)
        return mean_error(found, MEAN_SQUARED, scales[n])

    broken_untouched = [
        (ours(size, regressor, "A"), ours(size, regressor, "B"))
        for size, regressor in itertools.product(sizes, (*NETS, *NEIGHBOURS))
    ]
    ours_paper = [
        (ours(size, net, "A"), paper[size][f"{net}-A"])
        for size, net in itertools.product(sizes, NETS)
        if (experiment, size, f"{net}-A") not in printed.UNCERTAIN
    ]
    row = [*compare(broken_untouched), *compare(ours_paper)]
    for regressor in NEIGHBOURS:
        ratios = [
            error / np.mean([paper[size][f"{net} K-NN"] for net in NETS])
            for size in sizes
            if (error := ours(size, regressor, "A")) is not None
        ]
        row.append(span(ratios))
    return row


def table4(records):
    """Penalties."""
    rows = []
    variants = [("B", "l1"), ("B", "l2"), ("B", "l1+l2"), ("B", "none"), ("A", "none")]
    sizes = records.values("table4", "n_samples", "max_epochs")
    for (n_samples, limit), (letter, penalty), n in itertools.product(
        sizes, variants, SIZES
    ):
        wanted = {"n": n, "n_samples": n_samples, "max_epochs": limit}
        wanted |= {"penalty": penalty, "targets": TARGETS[letter]}
        wanted["strength"] = None if penalty == "none" else PENALTY
        found = records.find("table4", **wanted)
        paper = printed.TABLE_4.get(penalty)
        row = [given(n_samples), given(limit), f"NN-{letter}", penalty, n]
        row.append(number(1e4 * paper[n], 4) if paper else NOT_GIVEN)
        rows.append(row + [summarize(found, MEAN_SQUARED, s) for s in (1e4 / n, 1e4)])
    header = ["samples", "epochs at most", "net", "penalty", "n", "paper", "ours"]
    return markdown_table([*header, "ours, per coordinate"], rows)


def table5(records):
    """Numbers of parameters."""
    rows = []
    for (field, regressor), paper in printed.TABLE_5.items():
        found = records.find("table5", field=field, regressor=regressor)
        ours = f"{found[0]['n_parameters']:,}" if found else NOT_RUN
        rows.append([regressor, field, f"{paper:,}", ours])
    return markdown_table(["net", "signals", "paper", "ours"], rows)


def figure6(records):
    """Batch sizes and learning rates."""
    rows = []
    names = ("n_samples", "batch_size", "learning_rate", "max_epochs")
    for setting in records.values("figure6", *names):
        wanted = dict(zip(names, setting, strict=True))
        row = [given(value) for value in setting]
        for targets, n in itertools.product(TARGETS.values(), SIZES):
            found = records.find("figure6", n=n, targets=targets, **wanted)
            row.append(summarize(found, MEAN_SQUARED, 1e4 / n))
        rows.append(row)
    header = ["samples", "batch size", "learning rate", "epochs at most"]
    header += [f"NN-{letter}, n = {n}" for letter in TARGETS for n in SIZES]
    return markdown_table(header, rows)


def solvers(records):
    """Accuracy of the Gaussian solvers."""
    rows = []
    for (n,), method in itertools.product(records.values("solvers", "n"), METHODS):
        found = records.find("solvers", n=n, method=method)
        if not found:
            continue
        errors = [record["errors"]["relative_error"] for record in found]
        limit = found[0]["parameters"]["max_iter"]
        n_iter = [record["errors"]["n_iter"] for record in found]
        finished = [n for n in n_iter if n <= limit]
        right = sum(error < PUBLISHED_ERROR for error in errors)
        row = [method, n, f"{right} of {len(errors)}", f"{max(errors):.1e}"]
        median = f"{np.median(finished):.0f} ({len(finished)})" if finished else None
        rows.append([*row, median or NOT_GIVEN])
    header = ["method", "n", "error below 1e-5", "largest error", "iterations"]
    return markdown_table(header, rows)
