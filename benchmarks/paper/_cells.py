"""Cells of the experiments: what one is, and how cells are run.

A cell is one evaluation: data, seed, regressor and target rule. It is stored as soon as
it is done, so that a run that was killed goes on where it stopped. Who evaluates a cell
holds a lock on it, which ends with the process: two runs on one folder share the work.
"""

import contextlib
import importlib.metadata
import os
import platform
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import joblib
from filelock import FileLock, Timeout
from sklearn.model_selection import cross_validate

from benchmarks.paper._records import is_stored, key_of, store

PACKAGES = ("numpy", "scipy", "scikit-learn", "torch", "sklearn-symbreak")


@dataclass(frozen=True)
class Cell:
    """One evaluation.

    Parameters
    ----------
    experiment : str
        Name of the experiment, which is that of the folder of its records.
    parameters : dict
        All that decides the result, the seed included; numbers, strings and None.
    evaluate : callable
        ``evaluate(parameters, data_home)`` returns `n_train`, `n_test`, `n_epochs` and
        `errors`, and what figures need, as a dict of what json can hold and of arrays.
        A function of a module, so that other processes find it.
    """

    experiment: str
    parameters: dict
    evaluate: Callable

    @property
    def key(self):
        """Name of the cell within its experiment, and of its file."""
        return key_of(self.parameters)

    def path(self, results):
        """File of the record below the folder `results`."""
        return Path(results) / self.experiment / f"{self.key}.json"


def evaluate_model(model, X, y, train, test, scoring):
    """Fit and score a model on one fixed split.

    Parameters
    ----------
    model : estimator
        Regressor of signals.
    X : ndarray of shape (n_samples, n_measurements)
        Measurements.
    y : ndarray of shape (n_samples, *signal_shape)
        Signals.
    train, test : ndarray of int
        Row numbers of the two parts.
    scoring : dict of str to scorer
        Errors to take on the test part.

    Returns
    -------
    errors : dict of str to float
        One per scorer, positive: scorers negate errors.
    fitted : estimator
        The fitted model.
    """
    scores = cross_validate(
        model,
        X,
        y,
        cv=[(train, test)],
        scoring=scoring,
        return_estimator=True,
        error_score="raise",
    )
    errors = {name: abs(float(scores[f"test_{name}"][0])) for name in scoring}
    return errors, scores["estimator"][0]


def run_cells(
    cells,
    results,
    *,
    data_home=None,
    n_jobs=1,
    backend="loky",
    scheduler=None,
    time_limit=None,
):
    """Evaluate and store the cells that are not stored yet.

    Parameters
    ----------
    cells : list of Cell
        In the order in which they are handed out.
    results : path-like
        Folder of the records. All workers have to see it.
    data_home : path-like, optional
        Where `fetch_fashion_mnist` looks for its files.
    n_jobs : int, default=1
        Number of cells at a time; -1 for as many as there are processors, or workers.
    backend : {"loky", "threading", "dask"}, default="loky"
        joblib's backend.
    scheduler : str, optional
        Address of the dask scheduler, for the backend "dask". Its workers have to be
        able to import `benchmarks`.
    time_limit : float, optional
        Seconds after which no further cell is handed out. Those begun are finished.

    Returns
    -------
    failures : dict of str to str
        Tracebacks of the cells that failed, by key, or could not be stored; they do
        not keep the others from being run.
    """
    from tqdm.auto import tqdm

    unique = {cell.path(results): cell for cell in cells}
    missing = [cell for path, cell in unique.items() if not is_stored(path)]
    deadline = time.monotonic() + (float("inf") if time_limit is None else time_limit)

    def tasks():
        for cell in missing:
            if time.monotonic() >= deadline:
                return
            if is_stored(cell.path(results)):
                # Another run on the same folder was faster.
                progress.update()
                continue
            yield joblib.delayed(_run_cell)(cell, results, data_home)

    failures = {}
    with _backend(backend, scheduler, n_jobs), tqdm(total=len(missing)) as progress:
        # No cell waits in a queue, where the time limit would not reach it.
        parallel = joblib.Parallel(
            batch_size=1, pre_dispatch="n_jobs", return_as="generator_unordered"
        )
        for cell, record, failure in parallel(tasks()):
            progress.update()
            if record is None and failure is None:
                outcome = "left to another run"
            elif failure is None:
                outcome = f"{record['errors']} in {record['duration']:.1f} s"
            else:
                failures[cell.key] = failure
                outcome = failure.splitlines()[-1]
            progress.write(f"{cell.experiment} {cell.key}: {outcome}")
    return failures


@contextlib.contextmanager
def _backend(backend, scheduler, n_jobs):
    with contextlib.ExitStack() as stack:
        if backend == "dask":
            from distributed import Client

            stack.enter_context(Client(scheduler))
        stack.enter_context(joblib.parallel_config(backend, n_jobs=n_jobs))
        yield


def _run_cell(cell, results, data_home):
    """The cell, its record and its failure; neither if another run has the cell."""
    path = cell.path(results)
    try:
        with _claim(path):
            if is_stored(path):
                return cell, None, None
            # A worker must not hand the work of its cell to others.
            with joblib.parallel_config("sequential"):
                record = _evaluate(cell, data_home)
            store(path, record)
    except Timeout:
        return cell, None, None
    except Exception:
        return cell, None, traceback.format_exc()
    return cell, record, None


def _claim(path):
    """Lock of a cell; entered, it raises Timeout if another run holds it."""
    folder = path.parent / ".claims"
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / f"{path.stem}.lock", timeout=0)


def _evaluate(cell, data_home):
    start = time.perf_counter()
    outcome = cell.evaluate(cell.parameters, data_home)
    return {
        "experiment": cell.experiment,
        "parameters": cell.parameters,
        "seed": cell.parameters.get("seed"),
        **outcome,
        "duration": time.perf_counter() - start,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": _versions(),
        "machine": {"cpu_count": os.cpu_count(), "processor": _processor()},
    }


def _versions():
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[package] = importlib.metadata.version(package)
    return versions


def _processor():
    """Name of the processor."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
