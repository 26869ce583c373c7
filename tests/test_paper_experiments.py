"""The paper's experiments: cells, storage, resumption, report."""

import contextlib
import io
import json
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from benchmarks.paper import _gaussian_tables as gaussian_tables
from benchmarks.paper import _published as published
from benchmarks.paper import _table2 as table2
from benchmarks.paper import _table3 as table3
from benchmarks.paper.__main__ import EXPERIMENTS, main
from benchmarks.paper._cells import Cell, RecordError, load_records, run_cells, store
from benchmarks.paper._errata import ERRATA
from benchmarks.paper._figures import figure1, figure5, figure6
from benchmarks.paper._fourier import canvas_rmse, non_redundant_half, share_solved
from benchmarks.paper._images import decode_images, encode_images
from benchmarks.paper._report import EXPERIMENTS as REPORTED
from benchmarks.paper._report import write_report
from benchmarks.paper._summary import (
    Records,
    compare,
    markdown_table,
    number,
    span,
    summarize,
)
from sklearn_symbreak.datasets import (
    fetch_fashion_mnist,
    make_fourier_phase_retrieval,
)
from sklearn_symbreak.groups import CyclicShift, FourierSymmetry
from sklearn_symbreak.metrics import scaled_orbit_residual

ROOT = Path(__file__).resolve().parents[1]
needs_nets = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("torch", "skorch")),
    reason="the cells of nets need torch and skorch",
)


def neighbour_cells():
    """The cells of table 1 that train no net."""
    cells = EXPERIMENTS["table1"]("quick", None)
    return [cell for cell in cells if cell.parameters["regressor"] == "K-NN"]


def slow_evaluation(parameters, data_home):
    time.sleep(0.2)
    return {"n_train": 1, "n_test": 1, "n_epochs": None, "errors": {"error": 1.0}}


def failing_evaluation(parameters, data_home):
    raise RuntimeError("no such data")


def slow_cells(n_cells):
    return [Cell("slow", {"seed": k}, slow_evaluation) for k in range(n_cells)]


def stored_times(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.json")}


# -- the grids


@pytest.mark.parametrize("seeds", [None, [0, 7]])
@pytest.mark.parametrize("preset", ["quick", "cpu", "full"])
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_cells_have_names_of_their_own(name, preset, seeds):
    cells = EXPERIMENTS[name](preset, seeds)
    by_key = {}
    for cell in cells:
        same = by_key.setdefault(cell.key, cell)
        assert same.parameters == cell.parameters
        assert json.loads(json.dumps(cell.parameters)) == cell.parameters
        assert len(cell.path("results").name) < 240
        assert not set('/\\:*?"<>| ') & set(cell.key)
        assert pickle.loads(pickle.dumps(cell)) == cell
    found = {cell.parameters.get("seed") for cell in cells}
    if seeds is not None and name != "table5":
        assert found == set(seeds)


def test_cheap_and_informative_cells_come_first():
    cells = [cell.parameters for cell in EXPERIMENTS["table1"]("cpu", None)]
    first = cells[:12]
    assert {cell["n"] for cell in first} == {5, 10, 15}
    assert {cell["regressor"] for cell in first} == {"K-NN", "NN"}
    assert {(cell["n_samples"], cell["seed"]) for cell in first} == {(20_000, 0)}
    assert cells[-1]["regressor"] == "DNN"
    assert cells[-1]["n_samples"] == 50_000


def test_full_covers_the_paper_s_tables():
    for name, table in [("table1", published.TABLE_1), ("table6", published.TABLE_6)]:
        cells = [cell.parameters for cell in EXPERIMENTS[name]("full", None)]
        assert {(cell["n"], cell["n_samples"]) for cell in cells} == set(table)
        assert {cell["seed"] for cell in cells} == {0, 1, 2}


# -- running and storing


def test_records_hold_what_is_needed_to_judge_them(tmp_path):
    cells = neighbour_cells()
    assert run_cells(cells, tmp_path) == {}
    records = load_records(tmp_path, "table1")
    assert len(records) == len(cells) == 2
    for record in records:
        assert record["n_train"] == 800 and record["n_test"] == 200
        assert record["seed"] == record["parameters"]["seed"] == 0
        assert record["duration"] > 0 and record["n_epochs"] is None
        assert {"python", "numpy", "scipy", "scikit-learn"} <= set(record["versions"])
        assert set(record["machine"]) == {"cpu_count", "processor"}
        assert record["date"].endswith("+00:00")
        assert str(ROOT) not in json.dumps(record)
    errors = {r["parameters"]["targets"]: r["errors"] for r in records}
    assert (
        0
        < errors["canonical"]["mean_squared_error"]
        < errors["passthrough"]["mean_squared_error"]
    )


def test_a_cell_has_the_same_errors_every_time(tmp_path):
    cells = neighbour_cells()
    for folder in ("a", "b"):
        run_cells(cells, tmp_path / folder)
    first, second = (
        [record["errors"] for record in load_records(tmp_path / folder, "table1")]
        for folder in ("a", "b")
    )
    assert first == second


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_workers_store_the_same_cells(tmp_path, backend):
    cells = neighbour_cells()
    assert run_cells(cells, tmp_path, n_jobs=2, backend=backend) == {}
    assert sorted(stored_times(tmp_path)) == sorted(c.path(tmp_path) for c in cells)


def test_dask_workers_store_the_cells(tmp_path):
    distributed = pytest.importorskip(
        "distributed", reason="the backend dask needs distributed"
    )
    cells = neighbour_cells()
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        failures = run_cells(
            cells,
            tmp_path,
            n_jobs=2,
            backend="dask",
            scheduler=cluster.scheduler_address,
        )
    assert failures == {}
    assert sorted(stored_times(tmp_path)) == sorted(c.path(tmp_path) for c in cells)


@pytest.mark.parametrize(
    "arguments", [["--backend", "dask"], ["--scheduler", "tcp://localhost:1"]]
)
def test_dask_and_its_scheduler_go_together(arguments, capsys):
    with pytest.raises(SystemExit):
        main(["table5", *arguments])
    assert "--backend dask and --scheduler ADDRESS go together" in (
        capsys.readouterr().err
    )


def test_stored_cells_are_not_run_again(tmp_path):
    cells = slow_cells(3)
    run_cells(cells[:2], tmp_path)
    before = stored_times(tmp_path)
    run_cells(cells, tmp_path)
    after = stored_times(tmp_path)
    assert len(after) == 3
    assert before.items() <= after.items()


def test_temporary_files_do_not_count(tmp_path):
    (cell,) = slow_cells(1)
    path = cell.path(tmp_path)
    path.parent.mkdir()
    half = path.parent / f".{path.stem}.abc.tmp"
    half.write_text('{"errors": {"err')
    assert load_records(tmp_path, "slow") == []
    run_cells([cell], tmp_path)
    assert [record["errors"] for record in load_records(tmp_path, "slow")] == [
        {"error": 1.0}
    ]


def test_an_interrupted_write_leaves_the_old_record(tmp_path):
    path = tmp_path / "cell.json"
    store(path, {"errors": {"error": 1.0}})
    with pytest.raises(TypeError, match="not JSON serializable"):
        store(path, {"errors": {"error": 2.0}, "model": object()})
    assert json.loads(path.read_text()) == {"errors": {"error": 1.0}}
    assert os.listdir(tmp_path) == ["cell.json"]


def test_a_failed_cell_is_reported_and_not_stored(tmp_path):
    failing = Cell("slow", {"seed": -1}, failing_evaluation)
    failures = run_cells([failing, *slow_cells(1)], tmp_path)
    assert list(failures) == ["seed=-1"]
    assert "RuntimeError: no such data" in failures["seed=-1"]
    assert [p.name for p in stored_times(tmp_path)] == ["seed=0.json"]


def test_a_failure_shows_in_the_exit_status(tmp_path, monkeypatch, capsys):
    failing = Cell("table5", {"seed": -1}, failing_evaluation)
    monkeypatch.setitem(EXPERIMENTS, "table5", lambda preset, seeds: [failing])
    assert main(["table5", "--results", str(tmp_path)]) == 1
    assert "RuntimeError: no such data" in capsys.readouterr().err


def test_no_cell_is_handed_out_after_the_time_limit(tmp_path):
    run_cells(slow_cells(2), tmp_path, time_limit=0)
    assert not stored_times(tmp_path)
    run_cells(slow_cells(5), tmp_path, time_limit=0.3)
    # One begins before the limit and is finished.
    assert 1 <= len(stored_times(tmp_path)) <= 2


def storing_evaluation(parameters, data_home=None):
    """Store the next cell, too, as a second run on the same folder would."""
    (other,) = slow_cells(1)
    record = {"parameters": {}, "errors": {}, "duration": 0.0}
    store(other.path(data_home), record)
    return slow_evaluation(parameters, data_home)


def test_cells_of_a_second_run_are_not_computed_again(tmp_path):
    first = Cell("slow", {"seed": -1}, storing_evaluation)
    run_cells([first, *slow_cells(1)], tmp_path, data_home=tmp_path)
    durations = {r["duration"] for r in load_records(tmp_path, "slow")}
    assert 0.0 in durations
    assert len(durations) == 2


def counting_evaluation(parameters, data_home):
    with open(data_home / "evaluations", "a", encoding="utf-8") as file:
        file.write(f"{parameters['seed']}\n")
    return slow_evaluation(parameters, data_home)


def test_two_runs_on_one_folder_share_the_cells(tmp_path):
    cells = [Cell("slow", {"seed": k}, counting_evaluation) for k in range(6)]
    context = multiprocessing.get_context("spawn")
    runs = [
        context.Process(
            target=run_cells, args=(cells, tmp_path), kwargs={"data_home": tmp_path}
        )
        for _ in range(2)
    ]
    for process in runs:
        process.start()
    for process in runs:
        process.join()
    assert [process.exitcode for process in runs] == [0, 0]
    seeds = (tmp_path / "evaluations").read_text(encoding="utf-8").split()
    assert sorted(seeds) == sorted(str(k) for k in range(6))
    assert len(stored_times(tmp_path)) == 6


def test_a_full_disk_fails_one_cell_only(tmp_path, monkeypatch):
    def store_or_fail(path, record):
        if path.stem == "seed=0":
            raise OSError(28, "No space left on device")
        store(path, record)

    monkeypatch.setattr("benchmarks.paper._cells.store", store_or_fail)
    failures = run_cells(slow_cells(3), tmp_path, backend="threading")
    assert list(failures) == ["seed=0"]
    assert "No space left on device" in failures["seed=0"]
    assert len(stored_times(tmp_path)) == 2


def test_keys_tell_close_numbers_apart():
    keys = {
        Cell("slow", {"rate": rate}, slow_evaluation).key
        for rate in (0.1234567, 0.1234568, 1e-3, 0.001, 100.0)
    }
    # The short form stays where it is exact, so that stored records keep their names.
    assert keys == {"rate=0.1234567", "rate=0.1234568", "rate=0.001", "rate=100"}


DAMAGED = {"half": '{"errors": {"err', "empty": "", "list": "[]", "keys": "{}"}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_damaged_records_are_named_and_computed_again(tmp_path, content):
    cells = slow_cells(2)
    run_cells(cells, tmp_path)
    path = cells[0].path(tmp_path)
    path.write_text(content)
    before = stored_times(tmp_path)
    with pytest.raises(RecordError, match=r"slow/seed=0\.json is not a"):
        load_records(tmp_path, "slow")
    assert run_cells(cells, tmp_path) == {}
    assert len(load_records(tmp_path, "slow")) == 2
    changed = {p for p, when in stored_times(tmp_path).items() if when != before[p]}
    assert changed == {path}


@needs_nets
def test_a_killed_run_goes_on_where_it_stopped(tmp_path):
    command = [sys.executable, "-m", "benchmarks.paper", "table1"]
    command += ["--preset", "quick", "--results", str(tmp_path)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while not stored_times(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    before = stored_times(tmp_path)
    n_cells = len(EXPERIMENTS["table1"]("quick", None))
    assert 1 <= len(before) < n_cells
    assert main(command[3:]) == 0
    after = stored_times(tmp_path)
    assert len(after) == n_cells
    assert before.items() <= after.items()


# -- errors and images


@pytest.fixture(scope="module")
def shifted_images():
    images = np.random.default_rng(0).random((12, 5, 5), dtype=np.float32)
    X, y = make_fourier_phase_retrieval(
        images,
        canvas_shape=8,
        measurement_shape=16,
        variant="shift_flip",
        random_state=0,
    )
    return X, y


def test_share_solved_counts_residuals(shifted_images):
    _, y = shifted_images
    rng = np.random.default_rng(1)
    noise = np.linspace(0, 0.2, len(y))[:, None, None]
    predicted = 3 * y[:, ::-1, ::-1] + noise * rng.standard_normal(y.shape)
    predicted[-1] = 0
    group = FourierSymmetry()
    residuals = [
        scaled_orbit_residual(y[[k]], predicted[[k]], group=group)
        for k in range(len(y))
    ]
    share = share_solved(y, predicted, group=group)
    assert_allclose(share, np.mean(np.array(residuals) < 0.01))
    assert 0 < share < 1
    # Without a group that contains the phase, a sign is added.
    assert share_solved(y, -y, group=CyclicShift(ndim=2)) == 1


def test_canvas_rmse_is_not_registered(shifted_images):
    _, y = shifted_images
    assert canvas_rmse(y, y) == 0
    assert canvas_rmse(y, y[:, ::-1, ::-1]) > 0
    assert_allclose(canvas_rmse(y, np.zeros_like(y)) ** 2, np.mean(y**2), rtol=1e-6)


def test_the_other_half_of_a_measurement_is_redundant(shifted_images):
    X, y = shifted_images
    half = non_redundant_half(X, (16, 16)).reshape(-1, 16, 9)
    assert_allclose(
        half, np.abs(np.fft.rfft2(y, s=(16, 16))) ** 2, rtol=1e-4, atol=1e-4
    )
    assert half.dtype == X.dtype


@pytest.mark.parametrize("shape", [(6, 7), (7, 6)])
def test_of_noisy_measurements_the_mean_of_opposite_frequencies_counts(shape):
    X = np.random.default_rng(0).poisson(3.0, (4, *shape)).astype(np.float32)
    kept = X.copy()
    reflected = np.roll(X[:, ::-1, ::-1], (1, 1), axis=(1, 2))
    expected = ((X + reflected) / 2)[:, :, : shape[1] // 2 + 1]
    half = non_redundant_half(X.reshape(4, -1), shape)
    assert_array_equal(half, expected.reshape(4, -1))
    assert half.dtype == np.float32
    assert_array_equal(X, kept)


def test_images_survive_the_record():
    images = np.linspace(-0.5, 1.5, 24).reshape(2, 3, 4)
    decoded = decode_images(json.loads(json.dumps(encode_images(images))))
    assert decoded.shape == images.shape
    assert_array_equal(decoded, np.rint(255 * np.clip(images, 0, 1)))


# -- the report


def write_record(folder, experiment, parameters, errors, **more):
    record = {
        "experiment": experiment,
        "parameters": parameters,
        "errors": errors,
        "duration": 1.0,
        "date": "2020-01-01T00:00:00+00:00",
        "versions": {"python": "3.11"},
        "machine": {"cpu_count": 2, "processor": "none"},
    }
    cell = Cell(experiment, parameters, slow_evaluation)
    store(cell.path(folder), record | more)


def gaussian_record(folder, experiment, seed, error, *, more=None, **parameters):
    parameters = {**parameters, "seed": seed}
    errors = {"mean_squared_error": error}
    write_record(folder, experiment, parameters, errors, **(more or {}))


def test_published_tables_are_complete():
    sizes = {
        (n, samples)
        for n in (5, 10, 15)
        for samples in (20_000, 50_000, 100_000, 1_000_000)
    }
    for table in (published.TABLE_1, published.TABLE_6):
        assert set(table) == sizes
        for row in table.values():
            assert len(row) == 9
            assert all(isinstance(error, int) and error > 0 for error in row.values())
    assert set(published.TABLE_2) == {"none", "flip", "shift", "shift_flip"}
    assert set(published.TABLE_3) == {"ALM", "U-Net-B", "U-Net-A"}
    assert {len(row) for row in published.TABLE_4.values()} == {3}
    assert len(published.TABLE_5) == 6


def test_published_errors_without_breaking_are_those_of_predicting_zero():
    for (n, _), row in published.TABLE_1.items():
        for net in ("NN", "WNN", "DNN"):
            assert abs(row[f"{net}-B"] - 1e4 / (n * (n + 2))) < 4
    for row in published.TABLE_4.values():
        for n, error in row.items():
            assert abs(error * n * (n + 2) - 1) < 0.01


def test_parameter_counts_are_those_of_the_paper(tmp_path):
    assert main(["table5", "--preset", "quick", "--results", str(tmp_path)]) == 0
    counts = {
        (r["parameters"]["field"], r["parameters"]["regressor"]): r["n_parameters"]
        for r in load_records(tmp_path, "table5")
    }
    assert counts == published.TABLE_5


def test_report_of_a_single_cell(tmp_path):
    gaussian_record(tmp_path, "table5", 0, 0.0, more={"n_parameters": 1})
    write_report(tmp_path, tmp_path / "docs")
    text = (tmp_path / "docs" / "reproduction.md").read_text(encoding="utf-8")
    assert "1 cells, computed on 2020-01-01 on none with 2 cores" in text
    assert "wall time, with pauses" in text
    assert "Figure 4: not run." in text
    assert "not run" in table_row(text, "Table 1", "5", "20,000", "NN")
    assert not (tmp_path / "docs" / "figures").exists()
    for title in ("Figure 1", *(f"Table {k}" for k in range(1, 7)), "Figure 6"):
        assert f"\n## {title}" in text


def test_dates_of_the_cells_are_those_of_the_first_and_the_last(tmp_path):
    for seed, day in enumerate(("2020-01-03", "2020-01-01")):
        more = {"n_parameters": 1, "date": f"{day}T00:00:00+00:00"}
        gaussian_record(tmp_path, "table5", seed, 0.0, more=more)
    write_report(tmp_path, tmp_path / "docs")
    text = (tmp_path / "docs" / "reproduction.md").read_text(encoding="utf-8")
    assert "computed from 2020-01-01 to 2020-01-03 on" in text


@pytest.mark.parametrize("damaged", [False, True])
def test_a_report_without_usable_records_is_refused(tmp_path, capsys, damaged):
    results, docs = tmp_path / "mistyped", tmp_path / "docs"
    page = docs / "reproduction.md"
    docs.mkdir()
    page.write_text("the old report")
    if damaged:
        (results / "table5").mkdir(parents=True)
        (results / "table5" / "seed=0.json").write_text("{")
    assert main(["report", "--results", str(results), "--docs", str(docs)]) == 1
    message = capsys.readouterr().err
    assert "No report was written" in message
    assert str(results / "table5" / "seed=0.json" if damaged else results) in message
    assert page.read_text() == "the old report"
    assert os.listdir(docs) == ["reproduction.md"]


def table_row(text, section, *start):
    """Cells of the first row of a section that starts so."""
    section = text.split(f"\n## {section}", 1)[1].split("\n## ", 1)[0]
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if tuple(cells[: len(start)]) == start:
            return cells
    raise AssertionError(f"no row {start}")


def test_report_puts_both_numbers_side_by_side_in_the_paper_s_unit(tmp_path):
    shared = {"n": 5, "n_samples": 20_000, "regressor": "NN"}
    for seed, error in enumerate((0.0010, 0.0020, 0.0030)):
        gaussian_record(tmp_path, "table1", seed, error, **shared, targets="canonical")
        gaussian_record(tmp_path, "table6", seed, error, **shared, targets="canonical")
    gaussian_record(tmp_path, "table1", 0, 0.14, **shared, targets="passthrough")
    write_report(tmp_path, tmp_path / "docs")
    text = (tmp_path / "docs" / "reproduction.md").read_text(encoding="utf-8")
    assert table_row(text, "Table 1", "5", "20,000", "NN")[3:] == [
        "10",
        "4 ± 2 (3)",
        "20 ± 10 (3)",
        "283",
        "280 (1)",
        "1400 (1)",
    ]
    assert table_row(text, "Table 6", "5", "20,000", "NN")[3:6] == [
        "16",
        "10 ± 5 (3)",
        "20 ± 10 (3)",
    ]
    assert table_row(text, "Table 1", "5", "50,000", "NN")[4] == "not run"
    assert table_row(text, "Table 1", "5", "20,000", "K-NN")[3] == "17, 18, 19"
    assert "10?" in table_row(text, "Table 6", "5", "50,000", "NN")
    assert "- n = 5. A: smaller error than B in 1 of 1 settings" in text
    assert "- n = 10. No setting has cells for both A and B." in text


def test_uncertain_cells_of_the_paper_are_not_compared(tmp_path):
    for n, n_samples in ((5, 50_000), (10, 20_000), (10, 50_000)):
        shared = {"n": n, "n_samples": n_samples, "regressor": "NN"}
        gaussian_record(tmp_path, "table6", 0, 0.001, **shared, targets="canonical")
    text = gaussian_tables.gaussian_table(Records(tmp_path, ["table6"]), "table6")
    first, second, _ = (line for line in text.splitlines() if line.startswith("- n = "))
    assert "No setting has cells for both our nets with A" in first
    assert "than the paper's with A in 1 of 1 settings" in second
    # By hand from the paper's table: 65 to 85 and 61 to 77; 129 to 131 and 180 to 182.
    assert "they do in 2 of 2 and 2 of 2 columns" in text
    assert "that at n = 5, although there, too, errors grow in 2 of 3 columns" in text


@pytest.mark.parametrize(
    "experiment, factor, paper", [("table1", 5, 18), ("table6", 2, 176 / 3)]
)
def test_neighbours_are_compared_with_the_mean_of_the_paper(
    tmp_path, experiment, factor, paper
):
    # Per coordinate, times 1e4: 1.2 and 2 times the paper's mean for 20,000 samples.
    shared = {"n": 5, "n_samples": 20_000, "targets": "canonical"}
    for regressor, ratio in (("K-NN", 2), ("K-NN-magnitudes", 1.2)):
        error = 1e-4 * factor * paper * ratio
        gaussian_record(tmp_path, experiment, 0, error, **shared, regressor=regressor)
    text = gaussian_tables.gaussian_table(Records(tmp_path, [experiment]), experiment)
    assert (
        "by intensities 2 times (larger for 1 of 1 numbers of samples, within 30 % for "
        "0), by magnitudes 1.2 times (larger for 1 of 1 numbers of samples, within 30 "
        "% for 1)."
    ) in text
    assert "by intensities not run, by magnitudes not run." in text


# Quick records in the folder of the others: fewer samples and epochs.
SIZES = ((20_000, 100, 0.002), (1_000, 3, 0.2))


def test_sizes_are_not_averaged_in_table4(tmp_path):
    for n_samples, max_epochs, error in SIZES:
        shared = {"n": 5, "n_samples": n_samples, "max_epochs": max_epochs}
        shared |= {"targets": "canonical", "penalty": "none"}
        gaussian_record(tmp_path, "table4", 0, error, **shared)
    text = "\n" + gaussian_tables.table4(Records(tmp_path, ["table4"]))
    for n_samples, limit, ours in (("20,000", "100", "4"), ("1,000", "3", "400")):
        row = table_row(text, "Table 4", n_samples, limit, "NN-A", "none", "5")
        assert row[6] == f"{ours} (1)"


def test_sizes_are_not_averaged_in_figure6(tmp_path):
    pytest.importorskip("matplotlib", reason="figures need matplotlib")
    for n_samples, max_epochs, error in SIZES:
        shared = {"n": 5, "n_samples": n_samples, "max_epochs": max_epochs}
        shared |= {"targets": "canonical", "batch_size": 10}
        gaussian_record(tmp_path, "figure6", 0, error, **shared)
    records = Records(tmp_path, ["figure6"])
    text = "\n" + gaussian_tables.figure6(records)
    assert table_row(text, "Figure 6", "20,000", "10", "–", "100")[4] == "4 (1)"
    assert table_row(text, "Figure 6", "1,000", "10", "–", "3")[4] == "400 (1)"
    figure, caption = figure6(records)
    lines = {line.get_label(): line for line in figure.axes[0].get_lines()}
    assert_allclose(lines["NN-A, n = 5"].get_ydata(), [0.0004])
    assert "with 20,000 samples" in caption
    assert "Epochs at most, by setting: 100." in caption


def square_root_record(folder, regressor, targets, prediction, limit=None):
    x = np.linspace(0, 1, len(prediction)).tolist()
    curve = {"measurement": x, "prediction": list(prediction)}
    parameters = {"n_samples": 100, "regressor": regressor, "targets": targets}
    if limit is not None:
        parameters["max_epochs"] = limit
    more = {"curve": curve, "total_variation": 1.0}
    gaussian_record(folder, "figure1", 0, abs(prediction[0]), more=more, **parameters)


def test_epochs_are_not_averaged_in_figure1(tmp_path):
    pytest.importorskip("matplotlib", reason="figures need matplotlib")
    square_root_record(tmp_path, "K-NN", "passthrough", [0.5, -0.5, -0.5, 0.5])
    square_root_record(tmp_path, "NN", "passthrough", [0.25, 0.0], limit=100)
    square_root_record(tmp_path, "NN", "passthrough", [0.75, 0.0], limit=3)
    records = Records(tmp_path, ["figure1"])
    text = "\n" + gaussian_tables.figure1(records)
    assert table_row(text, "Figure 1", "100", "100")[3:6:2] == ["0.25 (1)", "0.5 (1)"]
    assert table_row(text, "Figure 1", "100", "3")[3:6:2] == ["0.75 (1)", "0.5 (1)"]
    figure, caption = figure1(records)
    assert len(figure.axes[0].get_lines()) == 2
    assert "on 4 points it changes its sign 2 times" in caption
    assert "it is at most 0.25 away from it" in caption
    assert "at most 100 epochs" in caption


def test_curves_of_the_square_root_are_fine():
    cells = EXPERIMENTS["figure1"]("quick", None)
    (cell,) = (
        cell
        for cell in cells
        if cell.parameters["regressor"] == "K-NN"
        and cell.parameters["targets"] == "passthrough"
    )
    curve = cell.evaluate(cell.parameters)["curve"]
    assert curve["measurement"][:3] == [0.0, 0.001, 0.002]
    assert len(curve["measurement"]) == len(curve["prediction"]) == 1001


# Registered residual and canvas error by variant and rule.
TABLE_2 = {
    ("none", "joint-mean"): (0.100, 0.2),
    ("flip", "joint-mean"): (0.104, 0.2),
    ("shift", "joint-mean"): (0.094, 0.3),
    ("shift_flip", "joint-mean"): (0.1, 0.3),
    ("none", "centred"): (0.2, 0.101),
    ("shift", "centred"): (0.2, 0.25),
    ("shift", "literal"): (0.202, 0.26),
}


def test_what_table2_shows_is_computed(tmp_path):
    shared = {"images": "digits", "regressor": "dense", "n_train": 1, "max_epochs": 2}
    for (variant, rule), (residual, canvas) in TABLE_2.items():
        parameters = shared | {"variant": variant, "targets": rule, "seed": 0}
        errors = {"residual": residual, "canvas_rmse": canvas}
        write_record(tmp_path, "table2", parameters, errors)
    text = table2.table2(Records(tmp_path, ["table2"]))
    section = "\n" + text[text.index("### dense") :].replace("### dense", "## dense")
    # joint-mean is the third column, and centred has not all variants.
    assert table_row(section, "dense", "largest over smallest")[2:6:3] == [
        f"{0.104 / 0.094:.3f}",
        "not run",
    ]
    assert table_row(section, "dense", "square root")[2] == (
        f"{np.sqrt(0.104 / 0.094):.3f}"
    )
    assert (
        "+4.0 % (flip), -6.0 % (shift), +0.0 % (shift_flip); within 5 % in 2 of 3"
        in (text)
    )
    assert "differ from those of centring alone by at most 1.0 % (1 variants)" in text
    assert (
        "Broken rules in the row shift: 0.25 to 0.3. Centred in the row none: " in text
    )
    # The paper's ratios, of another kind.
    assert "1.57 (flip), 0.99 (shift), 1.56 (shift_flip)" in text
    assert "can only come from" in text
    assert "What the literal rule does beyond centring: not run." in text


# Shares solved by ADMM from a random start, by iterations.
ADMM_SHARES = {1000: 97.8, 400: 95.0, 200: 89.9}


@pytest.mark.parametrize(
    "n_steps, share, verdict",
    [
        (200, 95.8, "more than 400, which are 0.8 % short, and at most 1000, at least"),
        (200, 95.8, "at least twice the 200 steps of the net: yes."),
        (200, 99.0, "more than 1000, which are 1.2 % short, at least twice"),
        (200, 94.0, "perhaps twice the 200 steps of the net: no, the net does not"),
        (250, 95.8, "perhaps twice the 250 steps of the net: these rows do not tell."),
        (201, 95.0, "more than 200, which are 5.1 % short, and at most 400, less than"),
        (201, 95.0, "less than twice the 201 steps of the net: no."),
        (200, 89.0, "needs at most 200, less than twice the 200 steps of the net: no,"),
        (100, 94.0, "at least twice the 100 steps of the net: no, the net does not"),
    ],
)
def test_verdict_of_table3(n_steps, share, verdict):
    assert verdict in table3._answer(n_steps, share, ADMM_SHARES)


def test_shares_that_chance_may_have_made():
    caution = table3._caution(200, 95.8, ADMM_SHARES, 0.63)
    assert "may differ by 1.8 % by chance" in caution
    assert table3._caution(200, 98.0, ADMM_SHARES, 0.5) == ""
    assert table3._caution(600, 95.8, ADMM_SHARES, 0.63) == ""


def table3_record(folder, residual, share, refined=(), **parameters):
    parameters = {
        "images": "fashion-mnist",
        "canvas": 42,
        "measurement": 96,
        **parameters,
        "n_train": 20_000,
        "n_test": 1_000,
        "seed": 0,
    }
    errors = {"residual": residual, "solved": share, "canvas_rmse": 0.3}
    image = encode_images(np.zeros((1, 2, 2)))
    shown = {"truth": image, "prediction": image}
    for n_steps, (refined_residual, refined_share) in dict(refined).items():
        errors[f"residual_refined_{n_steps}"] = refined_residual
        errors[f"solved_refined_{n_steps}"] = refined_share
        shown[f"refined_{n_steps}"] = image
    write_record(folder, "table3", parameters, errors, shown=shown)


def test_what_table3_shows_is_computed(tmp_path):
    for n_iter, residual in ((1000, 0.003), (200, 0.014), (400, 0.007)):
        solver = {"solver": "ADMM", "max_iter": n_iter}
        table3_record(tmp_path, residual, ADMM_SHARES[n_iter] / 100, **solver)
    net = {"regressor": "dense", "targets": "joint-mean", "max_epochs": 40}
    refined = {50: (0.03, 0.7), 200: (0.005, 0.958)}
    table3_record(tmp_path, 0.12, 0.0, refined, **net)
    noisy = {"photons": 1e3}
    table3_record(tmp_path, 0.15, 0.0, **net, **noisy)
    table3_record(tmp_path, 0.25, 0.0, solver="HIO", max_iter=200, **noisy)
    records = Records(tmp_path, ["table3"])
    text = table3.table3(records)
    assert (
        "the refined net that solves most images is dense-A and 200 steps of ADMM, "
        "with 95.8 % (standard error 0.6 %). ADMM from a random start solves 89.9 % in "
        "200, 95 % in 400, 97.8 % in 1000 iterations."
    ) in text
    assert "The row of 400 iterations is there for this question" in text
    assert (
        "- noiseless: the best with a net is dense-A and 200 steps of ADMM (0.005); "
        "the best from a random start is ADMM, 1000 iterations (0.003). The solver "
        "wins."
    ) in text
    assert (
        "- 1e3 photons: the best with a net is dense-A (0.15); the best from a random "
        "start is HIO, 200 iterations (0.25). The net wins."
    ) in text
    assert "- 1e4 photons: the best with a net is not run;" in text
    labels = [line.split("|")[1].strip() for line in text.splitlines() if "|" in line]
    start = labels.index("ADMM, 200 iterations")
    assert labels[start : start + 4] == [
        *(f"ADMM, {n_iter} iterations" for n_iter in (200, 400, 1000)),
        "HIO, 200 iterations",
    ]
    assert "U-Net-A and 200 steps of ADMM" in labels


def test_figure5_names_the_iterations_of_the_solver(tmp_path):
    pytest.importorskip("matplotlib", reason="figures need matplotlib")
    for n_iter in (200, 1000):
        table3_record(tmp_path, 0.1, 0.5, solver="ADMM", max_iter=n_iter)
    figure, _ = figure5(Records(tmp_path, ["table3"]))
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["truth", "ADMM,\n1000 iterations"]


def test_table3_without_a_refined_net(tmp_path):
    table3_record(tmp_path, 0.1, 0.5, solver="ADMM", max_iter=200)
    text = table3.table3(Records(tmp_path, ["table3"]))
    assert "Refined nets against ADMM from a random start: not run." in text
    assert "The row of" not in text


@needs_nets
def test_quick_runs_everything_and_is_reported(tmp_path):
    results, docs = tmp_path / "results", tmp_path / "docs"
    assert main(["all", "--preset", "quick", "--results", str(results)]) == 0
    assert {folder.name for folder in results.iterdir()} == set(EXPERIMENTS)
    for name in EXPERIMENTS:
        for record in load_records(results, name):
            assert np.isfinite(list(record["errors"].values())).all()
    assert main(["report", "--results", str(results), "--docs", str(docs)]) == 0
    text = (docs / "reproduction.md").read_text(encoding="utf-8")
    figures = {path.name for path in (docs / "figures").iterdir()}
    assert figures == {f"figure{k}.png" for k in (1, 4, 5, 6)}
    assert all(f"(figures/{name})" in text for name in figures)
    # Figures 4 and 5 show cells of tables 2 and 3: nothing is left to run.
    before = stored_times(results)
    for name in ("figure4", "figure5"):
        assert main([name, "--preset", "quick", "--results", str(results)]) == 0
    assert stored_times(results) == before


def test_report_covers_all_experiments():
    assert set(REPORTED) == set(EXPERIMENTS)


@pytest.mark.parametrize("erratum", ERRATA, ids=lambda erratum: erratum.title)
def test_errata_programs_print_the_numbers_of_the_report(erratum):
    if erratum.needs_fashion_mnist:
        try:
            fetch_fashion_mnist(subset="test", download_if_missing=False)
        except OSError:
            pytest.skip("Fashion-MNIST is not in scikit-learn's data folder")
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(erratum.program, {})
    words = output.getvalue().replace("predicting zero:", "").split()
    printed = np.array(words, dtype=float)
    # One per cent, so that a zero has to be one; more only where the erratum says so.
    within = np.array(erratum.tolerances or 0.01 * np.abs(erratum.prints))
    assert len(printed) == len(erratum.prints) == len(within)
    assert np.all(np.abs(printed - erratum.prints) <= within + 1e-12), printed


def test_numbers_over_seeds():
    records = [{"errors": {"error": value}} for value in (1.0, 2.0, 3.0)]
    assert summarize(records, "error", 100) == "200 ± 100 (3)"
    assert summarize(records[:1], "error") == "1 (1)"
    assert summarize([], "error") == "not run"
    assert [number(v) for v in (0.01234, 12.34, 1234.5)] == ["0.0123", "12.3", "1234"]


def test_spans_of_numbers():
    assert span([0.3, 0.25, 0.27]) == "0.25 to 0.3"
    assert span([1.0001, 1.0]) == "1"


def test_comparisons_count_settings_with_both():
    text = compare([(1.0, 4.0), (3.0, 3.0), (None, 1.0)], "ours", "theirs")
    assert text.startswith("Ours: smaller error than theirs in 1 of 2 settings")
    assert "2 times" in text
    assert compare([(None, 1.0)], "ours", "theirs").startswith("No setting")


def test_markdown_table_is_aligned():
    assert markdown_table(["a", "long"], [[1, 2]]) == (
        "| a | long |\n| - | ---- |\n| 1 | 2    |"
    )
