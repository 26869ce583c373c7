"""Sections of the report on the square root and on Gaussian phase retrieval."""

import itertools

from benchmarks.paper import _published as published
from benchmarks.paper._gaussian import N_NEIGHBORS, NETS, PENALTY
from benchmarks.paper._summary import (
    NOT_GIVEN,
    NOT_RUN,
    compare,
    markdown_table,
    mean_error,
    number,
    summarize,
)

MEAN_SQUARED = "mean_squared_error"
SIZES = (5, 10, 15)


def figure1(records):
    """Learning the square root."""
    rows = []
    for (n_samples,) in records.values("figure1", "n_samples") or [(NOT_RUN,)]:
        row = [n_samples]
        for regressor, targets in itertools.product(
            ("NN", "K-NN"), ("canonical", "passthrough")
        ):
            found = _figure1(records, n_samples, regressor, targets)
            row.append(summarize(found, MEAN_SQUARED))
        for targets in ("canonical", "passthrough"):
            found = _figure1(records, n_samples, "K-NN", targets)
            variation = [record["total_variation"] for record in found]
            row.append(number(sum(variation) / len(found)) if found else NOT_RUN)
        rows.append(row)
    header = ["samples", "NN-A", "NN-B", "K-NN-A", "K-NN-B"]
    header += ["variation A", "variation B"]
    return f"""## Figure 1: learning the square root

Mean squared error up to the sign. *Variation* is the total variation of the function
through the training points, how far the target moves in all as the measurement goes
from 0 to 1: about 1 for a square root. The paper remarks that the problem becomes more
serious with more samples; the last column is that effect.

{markdown_table(header, rows)}"""


def _figure1(records, n_samples, regressor, targets):
    return records.find(
        "figure1", n_samples=n_samples, regressor=regressor, targets=targets
    )


def gaussian_table(records, experiment):
    """Table 1, real, or table 6, complex."""
    if experiment == "table1":
        printed, title = published.TABLE_1, "Table 1: real Gaussian phase retrieval"
        unit = "‖·‖² / n²"
    else:
        printed, title = published.TABLE_6, "Table 6: complex Gaussian phase retrieval"
        unit = "‖·‖² / (2n)"
    rows, broken_untouched, ours_paper = [], [], []
    for n, n_samples in printed:
        scale = 1e4 / (n if experiment == "table1" else 2)
        for regressor in (*NETS, "K-NN", "K-NN-magnitudes"):
            row = [n, f"{n_samples:,}", regressor]
            means = []
            for letter, targets in (("A", "canonical"), ("B", "passthrough")):
                found = records.find(
                    experiment,
                    n=n,
                    n_samples=n_samples,
                    regressor=regressor,
                    targets=targets,
                )
                row.append(
                    _printed(experiment, printed, n, n_samples, regressor, letter)
                )
                row.append(summarize(found, MEAN_SQUARED, scale))
                row.append(summarize(found, MEAN_SQUARED, 1e4))
                means.append(mean_error(found, MEAN_SQUARED, scale))
            broken_untouched.append(means)
            if regressor in NETS:
                paper = printed[n, n_samples][f"{regressor}-A"]
                ours_paper.append((means[0], paper))
            rows.append(row)
    header = ["n", "samples", "regressor"]
    for letter in "AB":
        header += [f"{letter}, paper", f"{letter}, ours", f"{letter}, per coordinate"]
    zero = ", ".join(_zero_prediction(experiment, n) for n in SIZES)
    return f"""## {title}

Test error times 1e4, in the paper's unit {unit}; beside it ours per coordinate,
‖·‖² / n, also times 1e4. A: symmetry broken in the training targets; B: targets as they
are. K-NN: the {N_NEIGHBORS} nearest neighbours, by the measured intensities or by their
square roots, the magnitudes; the paper, which does not say by which, has a column of it
for each net, which fits broken targets. Predicting zero costs {zero} for
n = 5, 10, 15 in the paper's unit. A question mark: hard to read in our source.

{compare(broken_untouched, "A", "B")}
{compare(ours_paper, "our nets with A", "the paper's with A")}

{markdown_table(header, rows)}"""


def _printed(experiment, printed, n, n_samples, regressor, letter):
    row = printed[n, n_samples]
    if regressor not in NETS:
        if letter == "B":
            return NOT_GIVEN
        return ", ".join(str(row[f"{net} K-NN"]) for net in NETS)
    column = f"{regressor}-{letter}"
    mark = "?" if (experiment, (n, n_samples), column) in published.UNCERTAIN else ""
    return f"{row[column]}{mark}"


def _zero_prediction(experiment, n):
    """``E‖x‖²`` of the uniform ball of dimension d is d / (d + 2)."""
    if experiment == "table1":
        return number(1e4 / (n * (n + 2)))
    return number(1e4 / (2 * n + 2))


def table4(records):
    """Penalties."""
    rows = []
    for penalty, n in itertools.product(("l1", "l2", "l1+l2", "none"), SIZES):
        found = records.find("table4", n=n, penalty=penalty, targets="passthrough")
        printed = published.TABLE_4.get(penalty)
        rows.append(
            ["NN-B", penalty, n, number(1e4 * printed[n], 4) if printed else NOT_GIVEN]
        )
        rows[-1] += _both_units(found, n)
    for n in SIZES:
        found = records.find("table4", n=n, penalty="none", targets="canonical")
        rows.append(["NN-A", "none", n, NOT_GIVEN, *_both_units(found, n)])
    header = ["net", "penalty", "n", "paper", "ours", "ours, per coordinate"]
    return f"""## Table 4: regularization

Real Gaussian phase retrieval with 20,000 samples; test error times 1e4 in the unit
‖·‖² / n². The paper gives no strength of its penalties: ours are {PENALTY:g} times the
sum of the absolute values or squares of the weights, added to the mean squared error of
standardized targets.

{markdown_table(header, rows)}"""


def _both_units(found, n):
    return [
        summarize(found, MEAN_SQUARED, 1e4 / n),
        summarize(found, MEAN_SQUARED, 1e4),
    ]


def table5(records):
    """Numbers of parameters."""
    rows = []
    for (field, regressor), printed in published.TABLE_5.items():
        found = records.find("table5", field=field, regressor=regressor)
        ours = f"{found[0]['n_parameters']:,}" if found else NOT_RUN
        rows.append([regressor, field, f"{printed:,}", ours])
    return f"""## Table 5: numbers of parameters

For n = 15, so that there are 60 inputs.

{markdown_table(["net", "signals", "paper", "ours"], rows)}"""


def figure6(records):
    """Batch sizes and learning rates."""
    rows = []
    names = ("batch_size", "learning_rate", "max_epochs")
    for setting in records.values("figure6", *names) or [(NOT_RUN,) * 3]:
        wanted = dict(zip(names, setting, strict=True))
        row = [NOT_GIVEN if value is None else value for value in setting]
        for targets, n in itertools.product(("canonical", "passthrough"), SIZES):
            found = records.find("figure6", n=n, targets=targets, **wanted)
            row.append(summarize(found, MEAN_SQUARED, 1e4 / n))
        rows.append(row)
    header = ["batch size", "learning rate", "epochs at most"]
    header += [f"NN-{letter}, n = {n}" for letter in "AB" for n in SIZES]
    return f"""## Figure 6: batch size and learning rate

Real Gaussian phase retrieval with 20,000 samples; test error times 1e4 in the unit
‖·‖² / n². What is not given is the default: batches of 128, learning rate 1e-3. Epochs
are limited where they are slow.

{markdown_table(header, rows)}"""
