"""Cells of the experiments: what one is, and how cells are run.

A cell is one evaluation: data, seed, regressor and target rule. It is stored as soon as
it is done, so that a run that was killed goes on where it stopped. Who evaluates a cell
holds a lock on it, which ends with the process: two runs on one folder share the work.
"""

import contextlib
import os
import platform
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import joblib
from filelock import FileLock, Timeout
from sklearn.model_selection import cross_validate

from benchmarks import torch_device, versions
from benchmarks.paper._records import is_stored, key_of, store


@dataclass(frozen=True)
class Cell:
    """One evaluation."""

    # That of the folder of its records.
    experiment: str
    # All that decides the result, the seed included; numbers, strings and None.
    parameters: dict
    # ``evaluate(parameters, data_home)`` returns `outcome_of` and what figures need, as
    # a dict of what json can hold and of arrays. A function of a module, so that other
    # processes find it.
    evaluate: Callable

    @property
    def key(self):
        """Name of the cell within its experiment, and of its file."""
        return key_of(self.parameters)

    def path(self, results):
        """File of the record below the folder `results`."""
        return Path(results) / self.experiment / f"{self.key}.json"


def evaluate_model(model, X, y, train, test, scoring):
    """Positive errors on one fixed split, by name, and the fitted model."""
    settings = {"scoring": scoring, "return_estimator": True, "error_score": "raise"}
    scores = cross_validate(model, X, y, cv=[(train, test)], **settings)
    errors = {name: abs(float(scores[f"test_{name}"][0])) for name in scoring}
    return errors, scores["estimator"][0]


def outcome_of(n_train, n_test, n_epochs, errors):
    """What `evaluate` has to return."""
    counts = {"n_train": n_train, "n_test": n_test, "n_epochs": n_epochs}
    return counts | {"errors": errors}


def run_cells(
    cells, results, data_home=None, n_jobs=1, scheduler=None, time_limit=None
):
    """Evaluate and store the cells that are not stored yet, in their order.

    The options are those of the command line. Returned are the tracebacks of the cells
    that failed or could not be stored, by key; the others are run all the same.
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

    failures, backend, client = {}, "loky", contextlib.nullcontext()
    if scheduler is not None:
        from distributed import Client

        backend, client = "dask", Client(scheduler)
    workers = joblib.parallel_config(backend, n_jobs=n_jobs)
    with client, workers, tqdm(total=len(missing)) as progress:
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
        "versions": {"python": platform.python_version()} | versions(),
        "machine": _machine(),
    }


def _machine():
    machine = {"cpu_count": os.cpu_count(), "processor": _processor()}
    # A cell that has not loaded torch has used no GPU, and to load it takes seconds.
    if "torch" in sys.modules and torch_device() == "cuda":
        import torch

        machine["gpu"] = torch.cuda.get_device_name()
    return machine


def _processor():
    """Name of the processor."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
