"""The paper's experiments: cells, storage, resumption, report."""

import contextlib
import io
import json
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

from benchmarks.paper import _published as published
from benchmarks.paper.__main__ import EXPERIMENTS, main
from benchmarks.paper._cells import Cell, load_records, run_cells, store
from benchmarks.paper._errata import ERRATA
from benchmarks.paper._fourier import canvas_rmse, non_redundant_half, share_solved
from benchmarks.paper._images import decode_images, encode_images
from benchmarks.paper._report import EXPERIMENTS as REPORTED
from benchmarks.paper._report import write_report
from benchmarks.paper._summary import compare, markdown_table, number, summarize
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
    store(other.path(data_home), {"errors": {}, "duration": 0.0})
    return slow_evaluation(parameters, data_home)


def test_cells_of_a_second_run_are_not_computed_again(tmp_path):
    first = Cell("slow", {"seed": -1}, storing_evaluation)
    run_cells([first, *slow_cells(1)], tmp_path, data_home=tmp_path)
    durations = {r["duration"] for r in load_records(tmp_path, "slow")}
    assert 0.0 in durations
    assert len(durations) == 2


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


def test_images_survive_the_record():
    images = np.linspace(-0.5, 1.5, 24).reshape(2, 3, 4)
    decoded = decode_images(json.loads(json.dumps(encode_images(images))))
    assert decoded.shape == images.shape
    assert_array_equal(decoded, np.rint(255 * np.clip(images, 0, 1)))


# -- the report


def gaussian_record(folder, experiment, seed, error, **parameters):
    parameters = {**parameters, "seed": seed}
    record = {
        "experiment": experiment,
        "parameters": parameters,
        "errors": {"mean_squared_error": error},
        "duration": 1.0,
        "date": "2020-01-01T00:00:00+00:00",
        "versions": {"python": "3.11"},
        "machine": {"cpu_count": 2, "processor": "none"},
    }
    store(Cell(experiment, parameters, slow_evaluation).path(folder), record)


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


def test_report_without_cells(tmp_path):
    write_report(tmp_path / "none", tmp_path / "docs")
    text = (tmp_path / "docs" / "reproduction.md").read_text(encoding="utf-8")
    assert "No cell has been run." in text
    assert "Figure 4: not run." in text
    assert "not run" in table_row(text, "Table 1", "5", "20,000", "NN")
    assert not (tmp_path / "docs" / "figures").exists()
    for title in ("Figure 1", *(f"Table {k}" for k in range(1, 7)), "Figure 6"):
        assert f"\n## {title}" in text


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
    assert "A: smaller error than B in 1 of 1 settings" in text


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
    assert_allclose(printed, erratum.prints, rtol=0.05, atol=0.02)


def test_numbers_over_seeds():
    records = [{"errors": {"error": value}} for value in (1.0, 2.0, 3.0)]
    assert summarize(records, "error", 100) == "200 ± 100 (3)"
    assert summarize(records[:1], "error") == "1 (1)"
    assert summarize([], "error") == "not run"
    assert [number(v) for v in (0.01234, 12.34, 1234.5)] == ["0.0123", "12.3", "1234"]


def test_comparisons_count_settings_with_both():
    text = compare([(1.0, 4.0), (3.0, 3.0), (None, 1.0)], "ours", "theirs")
    assert text.startswith("Ours: smaller error than theirs in 1 of 2 settings")
    assert "2 times" in text
    assert compare([(None, 1.0)], "ours", "theirs").startswith("No setting")


def test_markdown_table_is_aligned():
    assert markdown_table(["a", "long"], [[1, 2]]) == (
        "| a | long |\n| - | ---- |\n| 1 | 2    |"
    )
