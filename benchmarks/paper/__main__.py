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
import sys
from pathlib import Path

from benchmarks.paper import _fourier, _gaussian, _solvers
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
    "solvers": _solvers.solvers_cells,
}
# These figures show predictions of the cells of a table.
SAME_CELLS = {"figure4": "table2", "figure5": "table3"}
RESULTS = Path("benchmarks/results")
PUBLISHED = Path("benchmarks/published")


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
    cells = [
        cell
        for name in names
        for cell in EXPERIMENTS[name](options.preset, options.seeds)
    ]
    missing = [cell for cell in cells if (cell.experiment, cell.key) not in published]
    print(f"{len(cells) - len(missing)} of {len(cells)} cells are published")
    failures = run_cells(
        missing,
        options.results,
        data_home=options.data_home,
        n_jobs=options.n_jobs,
        backend=options.backend,
        scheduler=options.scheduler,
        time_limit=options.time_limit,
    )
    for key, failure in failures.items():
        print(f"\n{key} failed:\n{failure}", file=sys.stderr)
    return int(bool(failures))


def _parse(argv):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.paper",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "name",
        metavar="NAME",
        choices=[*EXPERIMENTS, *SAME_CELLS, "all", "publish", "report"],
        help=f"one of {', '.join([*EXPERIMENTS, *SAME_CELLS])}, all, publish, report",
    )
    parser.add_argument(
        "--preset",
        choices=("quick", "cpu", "full"),
        default="cpu",
        help="quick: one small cell of each, on digits; cpu: what two cores can do in "
        "hours; full: the sizes of the paper (default: cpu)",
    )
    parser.add_argument(
        "--results",
        type=Path,
        help="folder of the finished cells (default: benchmarks/results, and its "
        "subfolder quick for that preset)",
    )
    parser.add_argument(
        "--published",
        type=Path,
        help="folder of the published cells (default: benchmarks/published, and "
        "benchmarks/results/quick/published for that preset)",
    )
    parser.add_argument(
        "--docs",
        type=Path,
        default=Path("docs"),
        help="folder of the report (default: docs)",
    )
    parser.add_argument(
        "--data-home", type=Path, help="folder of the files of Fashion-MNIST"
    )
    parser.add_argument(
        "--seeds", type=int, nargs="+", help="seeds instead of those of the preset"
    )
    parser.add_argument(
        "--n-jobs", type=int, default=1, help="cells at a time (default: 1)"
    )
    parser.add_argument(
        "--backend",
        choices=("loky", "threading", "dask"),
        default="loky",
        help="joblib backend (default: loky)",
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="address of the dask scheduler; its workers have to be able to import "
        "benchmarks, and to see the folder of the records",
    )
    parser.add_argument(
        "--time-limit",
        type=float,
        metavar="SECONDS",
        help="hand out no cells after so many seconds",
    )
    options = parser.parse_args(argv)
    if (options.backend == "dask") != (options.scheduler is not None):
        parser.error("--backend dask and --scheduler ADDRESS go together")
    quick = options.preset == "quick"
    if options.results is None:
        options.results = RESULTS / "quick" if quick else RESULTS
    if options.published is None:
        options.published = RESULTS / "quick/published" if quick else PUBLISHED
    return options


if __name__ == "__main__":
    sys.exit(main())
