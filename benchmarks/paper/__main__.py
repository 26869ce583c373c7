"""Command line of the paper's experiments.

Examples
--------
A small cell of every experiment, in a few minutes::

    python -m benchmarks.paper all --preset quick

What two cores can do, an experiment at a time and at most an hour of it; what is done
is kept, and the next call goes on::

    python -m benchmarks.paper table1 --preset cpu --n-jobs 2 --time-limit 3600

Cells of images take up to 9 GB each, so that one at a time is wise::

    python -m benchmarks.paper table2 --data-home FOLDER

Publish the cells that are done, which git tracks then, and write the report::

    python -m benchmarks.paper publish
    python -m benchmarks.paper report

Published cells are not run again; to do so, delete their lines first.
"""

import argparse
import itertools
import sys
from pathlib import Path

from benchmarks.paper import _fourier, _gaussian
from benchmarks.paper._cells import run_cells
from benchmarks.paper._records import RecordError, Records, publish

EXPERIMENTS = {
    "table5": _gaussian.table5_cells,
    "figure1": _gaussian.figure1_cells,
    "table1": _gaussian.table1_cells,
    "table6": _gaussian.table6_cells,
    "table4": _gaussian.table4_cells,
    "table2": _fourier.table2_cells,
    "table3": _fourier.table3_cells,
    "figure6": _gaussian.figure6_cells,
    "solvers": _gaussian.solvers_cells,
}
# These figures show predictions of the cells of a table.
SAME_CELLS = {"figure4": "table2", "figure5": "table3"}
FOLDERS = {
    "results": ("benchmarks/results", "finished cells"),
    "published": ("benchmarks/published", "published cells"),
    "docs": ("docs", "the report"),
}
# All of them are in here for that preset.
QUICK = Path("benchmarks/results/quick")


def main(argv=None):
    """Run an experiment, publish it or write the report; return the exit status."""
    options = _parse(argv)
    try:
        if options.name == "report":
            from benchmarks.paper._report import write_report

            write_report(options.published, options.docs)
            return 0
        if options.name == "publish":
            for name in EXPERIMENTS:
                n_cells = publish(options.results, options.published, name)
                print(f"{name}: {n_cells} cells merged")
            return 0
        published = Records(options.published).names()
    except RecordError as error:
        print(f"Nothing was done: {error}", file=sys.stderr)
        return 1
    names = EXPERIMENTS
    if options.name != "all":
        names = [SAME_CELLS.get(options.name, options.name)]
    grids = [EXPERIMENTS[name](options.preset, options.seeds) for name in names]
    cells = [
        cell
        for cell in itertools.chain(*grids)
        if all(str(cell.parameters.get(name)) == value for name, value in options.only)
    ]
    missing = [cell for cell in cells if (cell.experiment, cell.key) not in published]
    print(f"{len(cells) - len(missing)} of {len(cells)} cells are published")
    names = ("data_home", "n_jobs", "scheduler", "time_limit")
    settings = {name: getattr(options, name) for name in names}
    failures = run_cells(missing, options.results, **settings)
    for key, failure in failures.items():
        print(f"\n{key} failed:\n{failure}", file=sys.stderr)
    return int(bool(failures))


def _parse(argv):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.paper",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [*EXPERIMENTS, *SAME_CELLS, "all", "publish", "report"]
    add = parser.add_argument
    add("name", metavar="NAME", choices=names, help=f"one of {', '.join(names)}")
    add(
        "--preset",
        choices=("quick", "cpu", "full"),
        default="cpu",
        help="quick: one small cell of each, on digits; cpu: what two cores can do in "
        "hours; full: the sizes of the paper (default: cpu)",
    )
    for name, (folder, content) in FOLDERS.items():
        add(f"--{name}", type=Path, help=f"folder of {content} (default: {folder})")
    add("--data-home", type=Path, help="folder of the files of Fashion-MNIST")
    add(
        "--only",
        nargs="+",
        type=_name_and_value,
        default=[],
        metavar="NAME=VALUE",
        help="cells with these parameters only, such as regressor=NN n_samples=1000000",
    )
    add("--seeds", type=int, nargs="+", help="seeds instead of those of the preset")
    add("--n-jobs", type=int, default=1, help="cells at a time (default: 1)")
    add(
        "--scheduler",
        metavar="ADDRESS",
        help="run cells on the workers of this dask scheduler; they have to be able to "
        "import benchmarks, and to see the folder of finished cells",
    )
    add(
        "--time-limit",
        type=float,
        metavar="SECONDS",
        help="hand out no cells after so many seconds; those begun are finished",
    )
    options = parser.parse_args(argv)
    for name, (folder, _) in FOLDERS.items():
        if getattr(options, name) is None:
            # Small cells must not mix with the others.
            is_quick = options.preset == "quick"
            setattr(options, name, QUICK / name if is_quick else Path(folder))
    return options


def _name_and_value(text):
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"NAME=VALUE is wanted, got {text!r}")
    return name, value


if __name__ == "__main__":
    sys.exit(main())
