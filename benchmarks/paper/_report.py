"""The report: tables and figures from published cells, put into docs/reproduction.md.

The page is written by hand but for what stands between ``<!-- begin: NAME -->`` and
``<!-- end -->``. A paragraph after ``<!-- ours: NAME -->`` is on the published cells,
one after ``<!-- paper: NAME -->`` on the paper; the tests compare the numbers of both
with what they are about.
"""

import functools
import re
from pathlib import Path

from benchmarks.paper import _gaussian_tables as gaussian
from benchmarks.paper import _image_tables as images
from benchmarks.paper._figures import draw_figures
from benchmarks.paper._records import RecordError, Records

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reproduction.md"
BLOCK = re.compile(r"(<!-- begin: ([\w-]+) -->\n).*?(\n<!-- end -->)", re.DOTALL)
OURS = re.compile(r"<!-- ours: [\w-]+ -->\n.*?\n\n", re.DOTALL)
FIGURES = ("figure1", "figure4", "figure5", "figure6")


def provenance(records):
    """How many cells there are, and when and on what they were computed."""
    stored = records.all()
    dates = sorted({record["date"][:10] for record in stored})
    when = f"on {dates[0]}" if len(dates) == 1 else f"from {dates[0]} to {dates[-1]}"
    versions = {}
    for record in stored:
        for package, version in record["versions"].items():
            versions.setdefault(package, set()).add(version)
    used = [f"{name} {' and '.join(sorted(found))}" for name, found in versions.items()]
    hours = sum(record["duration"] for record in stored) / 3600
    machines = {
        "{processor} with {cpu_count} cores".format(**machine)
        + (f" and {machine['gpu']}" if "gpu" in machine else "")
        for machine in (record["machine"] for record in stored)
    }
    return (
        f"{len(stored)} cells, computed {when} on {' and '.join(sorted(machines))}, "
        f"with {', '.join(used)}. Their durations add up to {hours:.1f} hours of wall "
        "time, with pauses."
    )


TABLES = {
    "provenance": provenance,
    "figure1-table": gaussian.figure1,
    "table1-summary": functools.partial(gaussian.summary, experiment="table1"),
    "table1": functools.partial(gaussian.comparison, experiment="table1"),
    "table6-summary": functools.partial(gaussian.summary, experiment="table6"),
    "table6": functools.partial(gaussian.comparison, experiment="table6"),
    "table4": gaussian.table4,
    "table5": gaussian.table5,
    "figure6-table": gaussian.figure6,
    "table2-summary": images.table2_summary,
    "table2": images.table2,
    "table3": images.table3,
    "solvers": gaussian.solvers,
}


def write_report(published, docs):
    """Write ``reproduction.md`` and the folder ``figures``; nothing is computed.

    Paragraphs on the published cells stay where they are in the page itself; in another
    folder, where the cells may be others, they are left out. If there is no record, or
    if one is damaged, nothing is written.
    """
    records = Records(published)
    # A mistyped folder must not replace a report by one without numbers.
    if not records.all():
        raise RecordError(f"there is no record in the folder {published}.")
    docs = Path(docs)
    blocks = {name: table(records) for name, table in TABLES.items()}
    drawn = draw_figures(records, docs / "figures")
    for name in FIGURES:
        label = f"Figure {name.removeprefix('figure')}"
        picture = f"![{label}](figures/{name}.png)"
        blocks[name] = picture if name in drawn else f"{label}: not run."
    page, path = PAGE.read_text(encoding="utf-8"), docs / "reproduction.md"
    if path.resolve() != PAGE:
        page = OURS.sub("", page)
    docs.mkdir(parents=True, exist_ok=True)
    text = BLOCK.sub(lambda match: f"{match[1]}\n{blocks[match[2]]}\n{match[3]}", page)
    path.write_text(text, encoding="utf-8")
