"""The report, docs/reproduction.md, written from published cells alone."""

from pathlib import Path

from benchmarks.paper import _gaussian_tables, _solvers, _table2, _table3
from benchmarks.paper._errata import ERRATA
from benchmarks.paper._figures import draw_figures
from benchmarks.paper._records import RecordError, Records


def write_report(published, docs):
    """Write ``reproduction.md`` and the folder ``figures``; nothing is computed.

    Parameters
    ----------
    published : path-like
        Folder of the published cells.
    docs : path-like
        Folder that the report goes to.

    Raises
    ------
    RecordError
        If there is no record, or if one is damaged; nothing is written then.
    """
    docs = Path(docs)
    records = Records(published)
    # A mistyped folder must not replace a report by one without numbers.
    if not records.all():
        raise RecordError(f"there is no record in the folder {published}.")
    captions = draw_figures(records, docs / "figures")

    def figure(name):
        if name not in captions:
            return f"Figure {name.removeprefix('figure')}: not run."
        label = f"Figure {name.removeprefix('figure')}"
        return f"![{label}](figures/{name}.png)\n\n*{label}. {captions[name]}*"

    sections = [
        _introduction(records),
        _gaussian_tables.figure1(records),
        figure("figure1"),
        _gaussian_tables.gaussian_table(records, "table1"),
        _gaussian_tables.gaussian_table(records, "table6"),
        _gaussian_tables.table4(records),
        _gaussian_tables.table5(records),
        _gaussian_tables.figure6(records),
        figure("figure6"),
        _table2.table2(records),
        figure("figure4"),
        _table3.table3(records),
        figure("figure5"),
        _solvers.solvers(records),
        _errata(),
    ]
    docs.mkdir(parents=True, exist_ok=True)
    text = "\n\n".join(sections) + "\n"
    (docs / "reproduction.md").write_text(text, encoding="utf-8")


def _introduction(records):
    return f"""# The paper's experiments, run again

The experiments of K. Tayal, C.-H. Lai, V. Kumar, J. Sun, "Inverse Problems, Deep
Learning, and Symmetry Breaking", arXiv:2003.09077 (2020). `python -m benchmarks.paper
NAME` runs them, cell by cell, and keeps each as a file in `benchmarks/results`; `python
-m benchmarks.paper publish` merges these files into `benchmarks/published`, and `python
-m benchmarks.paper report` writes this page from there. Do not edit it by hand.

Every error is taken up to the symmetry unless it says otherwise. "4.2 ± 0.3 (3)" is the
mean and the standard deviation over seeds, and the number of seeds; a seed draws the
data, the sensing matrix, the split and the initial weights. The spread of one seed is
not known. What was not run is marked so. The paper does not state the batch size, the
scaling of the inputs or the depth of its U-Net; ours are batches of 128, standardized
inputs (of images the logarithm of one plus the magnitude), and the defaults of
`UNetRegressor`.

{_provenance(records.all())}"""


def _provenance(stored):
    dates = sorted({record["date"][:10] for record in stored})
    when = f"on {dates[0]}" if len(dates) == 1 else f"from {dates[0]} to {dates[-1]}"
    versions = {}
    for record in stored:
        for package, version in record["versions"].items():
            versions.setdefault(package, set()).add(version)
    used = ", ".join(
        f"{package} {' and '.join(sorted(found))}"
        for package, found in versions.items()
    )
    hours = sum(record["duration"] for record in stored) / 3600
    machines = " and ".join(
        sorted(
            {
                "{processor} with {cpu_count} cores".format(**record["machine"])
                for record in stored
            }
        )
    )
    return (
        f"{len(stored)} cells, computed {when} on {machines}, with {used}. Their "
        f"durations add up to {hours:.1f} hours of wall time, with pauses."
    )


def _errata():
    parts = [
        """## What does not hold as printed

Each with a program that shows it; run it in the root folder of the repository. Those on
Fashion-MNIST download it if it is not in scikit-learn's data folder."""
    ]
    for position, erratum in enumerate(ERRATA, start=1):
        printed = ", ".join(f"{value:g}" for value in erratum.prints)
        if erratum.tolerances:
            within = ", ".join(f"{value:g}" for value in erratum.tolerances)
            printed += f" (on other machines within {within})"
        parts.append(
            f"""### {position}. {erratum.title}

{erratum.text}

```sh
python - <<'END'
{erratum.program}END
```

The numbers that it prints are about {printed}."""
        )
    return "\n\n".join(parts)
