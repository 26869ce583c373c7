"""The paper's experiments: grids of cells, running, storing and publishing them, and
errors of images."""

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from helpers import needs_nets, process_context
from numpy.testing import assert_allclose, assert_array_equal

from benchmarks.paper import _numbers as printed
from benchmarks.paper.__main__ import EXPERIMENTS, main
from benchmarks.paper._cells import Cell, run_cells
from benchmarks.paper._fourier import (
    as_bytes,
    canvas_rmse,
    non_redundant_half,
    share_solved,
)
from benchmarks.paper._records import (
    RecordError,
    load_published,
    load_records,
    publish,
    store,
)
from sklearn_symbreak.datasets import make_fourier_phase_retrieval
from sklearn_symbreak.groups import CyclicShift, FourierSymmetry
from sklearn_symbreak.metrics import scaled_orbit_residual

ROOT = Path(__file__).resolve().parents[1]


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


def folders(folder):
    """Options that keep finished and published cells in a folder."""
    return ["--results", str(folder), "--published", str(folder / "published")]


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
    assert cells[-1]["regressor"] == "NN"
    assert cells[-1]["n_samples"] == 1_000_000


def test_full_covers_the_paper_s_tables():
    for name, table in [("table1", printed.TABLE_1), ("table6", printed.TABLE_6)]:
        cells = [cell.parameters for cell in EXPERIMENTS[name]("full", None)]
        assert {(cell["n"], cell["n_samples"]) for cell in cells} == set(table)
        assert {cell["seed"] for cell in cells} == {0, 1, 2}


def test_a_part_of_a_table_is_chosen(tmp_path, capsys):
    part = ["--preset", "full", "--time-limit", "0", *folders(tmp_path)]
    only = ["--only", "regressor=WNN", "n_samples=1000000", "n=5"]
    assert main(["table1", *part, *only]) == 0
    assert "0 of 6 cells" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["table1", *part, "--only", "WNN"])
    assert "NAME=VALUE is wanted, got 'WNN'" in capsys.readouterr().err


# -- running and storing


def test_records_hold_what_is_needed_to_judge_them(tmp_path):
    cells = neighbour_cells()
    assert run_cells(cells, tmp_path) == {}
    records = load_records(tmp_path, "table1")
    assert len(records) == len(cells) == 2
    for record in records:
        assert record["n_train"] == 160 and record["n_test"] == 40
        assert record["seed"] == record["parameters"]["seed"] == 0
        assert record["duration"] > 0 and record["n_epochs"] is None
        assert {"python", "numpy", "scipy", "scikit-learn"} <= set(record["versions"])
        assert {"cpu_count", "processor"} <= set(record["machine"])
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


@pytest.mark.usefixtures("processes")
def test_workers_store_the_same_cells(tmp_path):
    cells = neighbour_cells()
    assert run_cells(cells, tmp_path, n_jobs=2) == {}
    assert sorted(stored_times(tmp_path)) == sorted(c.path(tmp_path) for c in cells)


def test_dask_workers_store_the_cells(tmp_path):
    distributed = pytest.importorskip(
        "distributed", reason="the backend dask needs distributed"
    )
    cells = neighbour_cells()
    # Its one worker is a thread, but is spoken to as if it were on another machine.
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        protocol="tcp",
        dashboard_address=None,
    ) as cluster:
        assert cluster.scheduler_address.startswith("tcp://")
        failures = run_cells(
            cells,
            tmp_path,
            n_jobs=2,
            scheduler=cluster.scheduler_address,
        )
    assert failures == {}
    assert sorted(stored_times(tmp_path)) == sorted(c.path(tmp_path) for c in cells)


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
    assert main(["table5", *folders(tmp_path)]) == 1
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
    other = process_context().Process(
        target=run_cells, args=(cells, tmp_path), kwargs={"data_home": tmp_path}
    )
    other.start()
    # The other one takes seconds to import: it must not come too late.
    while other.is_alive() and not (tmp_path / "evaluations").exists():
        time.sleep(0.01)
    assert run_cells(cells, tmp_path, data_home=tmp_path) == {}
    other.join()
    assert other.exitcode == 0
    seeds = (tmp_path / "evaluations").read_text(encoding="utf-8").split()
    assert sorted(seeds) == sorted(str(k) for k in range(6))
    assert len(stored_times(tmp_path)) == 6


def test_a_full_disk_fails_one_cell_only(tmp_path, monkeypatch):
    def store_or_fail(path, record):
        if path.stem == "seed=0":
            raise OSError(28, "No space left on device")
        store(path, record)

    monkeypatch.setattr("benchmarks.paper._cells.store", store_or_fail)
    failures = run_cells(slow_cells(3), tmp_path)
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
    command += ["--preset", "quick", *folders(tmp_path)]
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


# -- publishing


def write_cells(folder, *seeds, error=1.0):
    """Finished cells with an array that all of them share, and one of their own."""
    for seed in seeds:
        (cell,) = (cell for cell in slow_cells(seed + 1)[seed:])
        record = {"parameters": cell.parameters, "errors": {"error": error}}
        curve = {"shared": np.arange(3), "own": np.full((2, 1), seed / 10)}
        store(cell.path(folder), record | {"curve": curve})


def published_files(folder):
    return {path.name: path.read_bytes() for path in folder.glob("slow.*")}


def test_published_cells_are_sorted_lines(tmp_path):
    write_cells(tmp_path, 2, 0, 10)
    assert publish(tmp_path, tmp_path, "slow") == 3
    assert sorted(published_files(tmp_path)) == ["slow.jsonl", "slow.npz"]
    lines = (tmp_path / "slow.jsonl").read_text(encoding="utf-8").splitlines()
    seeds = [json.loads(line)["parameters"]["seed"] for line in lines]
    # By their names, as text.
    assert seeds == [0, 10, 2]
    for seed, record in zip(seeds, load_published(tmp_path, "slow"), strict=True):
        assert_array_equal(record["curve"]["shared"], np.arange(3))
        assert_array_equal(record["curve"]["own"], [[seed / 10]] * 2)
    with np.load(tmp_path / "slow.npz") as arrays:
        assert len(arrays) == 4


def test_publishing_in_parts_gives_the_same_files(tmp_path):
    for part in ((0, 1, 2), (1,), (0, 2)):
        write_cells(tmp_path / str(part), *part)
    publish(tmp_path / "(0, 1, 2)", tmp_path / "a", "slow")
    for part in ("(1,)", "(0, 2)", "(1,)"):
        publish(tmp_path / part, tmp_path / "b", "slow")
    assert published_files(tmp_path / "a") == published_files(tmp_path / "b")


def test_a_finished_cell_replaces_the_published_one(tmp_path):
    write_cells(tmp_path, 0, 1)
    publish(tmp_path, tmp_path, "slow")
    write_cells(tmp_path, 1, error=2.0)
    publish(tmp_path, tmp_path, "slow")
    errors = [record["errors"]["error"] for record in load_published(tmp_path, "slow")]
    assert errors == [1.0, 2.0]


def test_nothing_is_published_where_nothing_is_finished(tmp_path):
    assert publish(tmp_path, tmp_path / "published", "slow") == 0
    assert os.listdir(tmp_path) == []


def test_published_cells_are_not_run(tmp_path, capsys):
    options = ["--preset", "quick", *folders(tmp_path)]
    assert main(["table5", *options]) == 0
    assert main(["publish", *options]) == 0
    assert "table5: 6 cells merged" in capsys.readouterr().out
    shutil.rmtree(tmp_path / "table5")
    assert main(["table5", *options]) == 0
    assert "6 of 6 cells are published" in capsys.readouterr().out
    assert not stored_times(tmp_path)


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_damaged_finished_cells_are_not_published(tmp_path, content):
    write_cells(tmp_path, 0)
    publish(tmp_path, tmp_path, "slow")
    before = published_files(tmp_path)
    write_cells(tmp_path, 1)
    (tmp_path / "slow" / "seed=0.json").write_text(content)
    with pytest.raises(RecordError, match=r"slow/seed=0\.json is not a"):
        publish(tmp_path, tmp_path, "slow")
    assert published_files(tmp_path) == before


CONFLICT = "<<<<<<< ours"


@pytest.mark.parametrize("content", [*DAMAGED.values(), CONFLICT])
def test_damaged_lines_are_named(tmp_path, content, capsys):
    published_folder = tmp_path / "published"
    write_cells(tmp_path, 0, 1)
    publish(tmp_path, published_folder, "slow")
    path = published_folder / "slow.jsonl"
    first, second = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([first, content, second, ""]), encoding="utf-8")
    with pytest.raises(RecordError, match=r"line 2 of .*slow\.jsonl is not a"):
        load_published(published_folder, "slow")
    # What is published decides what is run.
    for name in ("table5", "report"):
        assert main([name, *folders(tmp_path)]) == 1
        assert "line 2 of" in capsys.readouterr().err


def test_a_cell_is_published_once(tmp_path):
    write_cells(tmp_path, 0)
    publish(tmp_path, tmp_path, "slow")
    path = tmp_path / "slow.jsonl"
    path.write_text(2 * path.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(RecordError, match=r"line 2 of .*is there twice"):
        load_published(tmp_path, "slow")


@pytest.mark.parametrize("damage", ["missing", "half", "others"])
def test_published_arrays_have_to_be_there(tmp_path, damage):
    write_cells(tmp_path, 0)
    publish(tmp_path, tmp_path, "slow")
    path = tmp_path / "slow.npz"
    if damage == "missing":
        path.unlink()
    elif damage == "half":
        path.write_bytes(path.read_bytes()[:100])
    else:
        np.savez(path, other=np.arange(3))
    with pytest.raises(RecordError, match="slow"):
        load_published(tmp_path, "slow")


# -- errors of images


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


def test_images_survive_the_record(tmp_path):
    images = np.linspace(-0.5, 1.5, 24).reshape(2, 3, 4)
    record = {"parameters": {"seed": 0}, "errors": {}}
    store(tmp_path / "table2" / "seed=0.json", record | {"shown": as_bytes(images)})
    publish(tmp_path, tmp_path, "table2")
    for load in (load_records, load_published):
        (stored,) = load(tmp_path, "table2")
        assert stored["shown"].dtype == np.uint8
        assert_array_equal(stored["shown"], np.rint(255 * np.clip(images, 0, 1)))
