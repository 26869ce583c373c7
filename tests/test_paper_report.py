"""The report on the paper's experiments: tables, figures and what they show."""

import os
import shutil

import numpy as np
import pytest
from helpers import needs_nets
from numpy.testing import assert_allclose

from benchmarks.paper import _gaussian_tables as gaussian_tables
from benchmarks.paper import _image_tables as images
from benchmarks.paper import _numbers as printed
from benchmarks.paper.__main__ import EXPERIMENTS, main
from benchmarks.paper._figures import figure1, figure5, figure6
from benchmarks.paper._numbers import compare, markdown_table, number, span, summarize
from benchmarks.paper._records import (
    Records,
    key_of,
    load_published,
    load_records,
    publish,
    store,
)
from benchmarks.paper._report import write_report


def write_record(folder, experiment, parameters, errors, **more):
    """Publish one record in a folder."""
    record = {
        "experiment": experiment,
        "parameters": parameters,
        "errors": errors,
        "duration": 1.0,
        "date": "2020-01-01T00:00:00+00:00",
        "versions": {"python": "3.11"},
        "machine": {"cpu_count": 2, "processor": "none"},
    }
    store(folder / experiment / f"{key_of(parameters)}.json", record | more)
    publish(folder, folder, experiment)


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
    for table in (printed.TABLE_1, printed.TABLE_6):
        assert set(table) == sizes
        for row in table.values():
            assert len(row) == 9
            assert all(isinstance(error, int) and error > 0 for error in row.values())
    assert set(printed.TABLE_2) == {"none", "flip", "shift", "shift_flip"}
    assert set(printed.TABLE_3) == {"ALM", "U-Net-B", "U-Net-A"}
    assert {len(row) for row in printed.TABLE_4.values()} == {3}
    assert len(printed.TABLE_5) == 6


def test_published_errors_without_breaking_are_those_of_predicting_zero():
    for (n, _), row in printed.TABLE_1.items():
        for net in ("NN", "WNN", "DNN"):
            assert abs(row[f"{net}-B"] - 1e4 / (n * (n + 2))) < 4
    for row in printed.TABLE_4.values():
        for n, error in row.items():
            assert abs(error * n * (n + 2) - 1) < 0.01


def test_parameter_counts_are_those_of_the_paper(tmp_path):
    options = ["--results", str(tmp_path), "--published", str(tmp_path)]
    assert main(["table5", "--preset", "quick", *options]) == 0
    counts = {
        (r["parameters"]["field"], r["parameters"]["regressor"]): r["n_parameters"]
        for r in load_records(tmp_path, "table5")
    }
    assert counts == printed.TABLE_5


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
    published_folder, docs = tmp_path / "mistyped", tmp_path / "docs"
    page = docs / "reproduction.md"
    docs.mkdir()
    page.write_text("the old report")
    if damaged:
        published_folder.mkdir()
        (published_folder / "table5.jsonl").write_text("{")
    options = ["--published", str(published_folder), "--docs", str(docs)]
    assert main(["report", *options]) == 1
    message = capsys.readouterr().err
    assert "Nothing was done" in message
    damage = published_folder / "table5.jsonl" if damaged else published_folder
    assert str(damage) in message
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
    assert gaussian_tables.findings(Records(tmp_path), "table1", 5)[0] == "1 of 1"
    assert gaussian_tables.findings(Records(tmp_path), "table1", 10)[0] == "not run"


def test_uncertain_cells_of_the_paper_are_not_compared(tmp_path):
    for n, n_samples in ((5, 50_000), (10, 20_000), (10, 50_000)):
        shared = {"n": n, "n_samples": n_samples, "regressor": "NN"}
        gaussian_record(tmp_path, "table6", 0, 0.001, **shared, targets="canonical")
    records = Records(tmp_path)
    first, second = (gaussian_tables.findings(records, "table6", n) for n in (5, 10))
    assert first[2] == "not run"
    assert second[2] == "1 of 1"


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
    records = Records(tmp_path)
    assert gaussian_tables.findings(records, experiment, 5)[4:] == [
        "2",
        "1.2",
    ]
    assert gaussian_tables.findings(records, experiment, 10)[4:] == ["not run"] * 2


# Quick records in the folder of the others: fewer samples and epochs.
SIZES = ((20_000, 100, 0.002), (1_000, 3, 0.2))


def test_sizes_are_not_averaged_in_table4(tmp_path):
    for n_samples, max_epochs, error in SIZES:
        shared = {"n": 5, "n_samples": n_samples, "max_epochs": max_epochs}
        shared |= {"targets": "canonical", "penalty": "none"}
        gaussian_record(tmp_path, "table4", 0, error, **shared)
    text = "\n## Table 4\n" + gaussian_tables.table4(Records(tmp_path))
    for n_samples, limit, ours in (("20,000", "100", "4"), ("1,000", "3", "400")):
        row = table_row(text, "Table 4", n_samples, limit, "NN-A", "none", "5")
        assert row[6] == f"{ours} (1)"


def test_sizes_are_not_averaged_in_figure6(tmp_path):
    pytest.importorskip("matplotlib", reason="figures need matplotlib")
    for n_samples, max_epochs, error in SIZES:
        shared = {"n": 5, "n_samples": n_samples, "max_epochs": max_epochs}
        shared |= {"targets": "canonical", "batch_size": 10}
        gaussian_record(tmp_path, "figure6", 0, error, **shared)
    records = Records(tmp_path)
    text = "\n## Figure 6\n" + gaussian_tables.figure6(records)
    assert table_row(text, "Figure 6", "20,000", "10", "–", "100")[4] == "4 (1)"
    assert table_row(text, "Figure 6", "1,000", "10", "–", "3")[4] == "400 (1)"
    figure, facts = figure6(records)
    lines = {line.get_label(): line for line in figure.axes[0].get_lines()}
    assert_allclose(lines["NN-A, n = 5"].get_ydata(), [0.0004])
    assert facts == {"n_samples": 20_000, "epochs": [100]}


def square_root_record(folder, regressor, targets, prediction, limit=None):
    x = np.linspace(0, 1, len(prediction))
    curve = {"measurement": x, "prediction": np.array(prediction)}
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
    records = Records(tmp_path)
    text = "\n## Figure 1\n" + gaussian_tables.figure1(records)
    assert table_row(text, "Figure 1", "100", "100")[3:6:2] == ["0.25 (1)", "0.5 (1)"]
    assert table_row(text, "Figure 1", "100", "3")[3:6:2] == ["0.75 (1)", "0.5 (1)"]
    figure, facts = figure1(records)
    assert len(figure.axes[0].get_lines()) == 2
    assert facts["points"] == [4] and facts["sign changes"] == [2]
    assert facts["largest"] == ["0.25"]
    assert facts["epochs"] == 100


def test_curves_of_the_square_root_are_fine():
    cells = EXPERIMENTS["figure1"]("quick", None)
    (cell,) = (
        cell
        for cell in cells
        if cell.parameters["regressor"] == "K-NN"
        and cell.parameters["targets"] == "passthrough"
    )
    curve = cell.evaluate(cell.parameters)["curve"]
    assert curve["measurement"][:3].tolist() == [0.0, 0.001, 0.002]
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
    records = Records(tmp_path)
    text = images.table2(records)
    section = "\n" + text[text.index("### dense") :].replace("### dense", "## dense")
    # joint-mean is the third column, and centred has not all variants.
    assert table_row(section, "dense", "largest over smallest")[2:6:3] == [
        f"{0.104 / 0.094:.3f}",
        "not run",
    ]
    assert table_row(section, "dense", "square root")[2] == (
        f"{np.sqrt(0.104 / 0.094):.3f}"
    )
    ((_, cells),) = images.groups(records)
    below, factor, *changes, literal, shifted, centred = images.findings(cells)
    assert below == factor == "not run"
    assert changes == ["+4.0 %", "-6.0 %", "+0.0 %"]
    assert (literal, shifted, centred) == ("1.0 %", "0.25 to 0.3", "0.101")
    assert " | ".join(changes) in images.table2_summary(records)
    del cells["shift", "literal"][:]
    assert images.findings(cells)[5] == "not run"


# Shares solved by ADMM from a random start, by iterations.
ADMM_SHARES = {1000: 97.8, 400: 95.0, 200: 89.9}


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
    image = np.zeros((1, 2, 2), dtype=np.uint8)
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
    # There are no columns for other numbers of photons.
    table3_record(tmp_path, 0.01, 0.9, **net, photons=7)
    noisy = {"photons": 1e3}
    table3_record(tmp_path, 0.15, 0.0, **net, **noisy)
    table3_record(tmp_path, 0.25, 0.0, solver="HIO", max_iter=200, **noisy)
    records = Records(tmp_path)
    ((group, cells),) = images.studies(records)
    assert group == ("fashion-mnist", 20_000, 1_000)
    shares = {
        label: found[0]["errors"]["solved"]
        for (label, condition), found in cells.items()
        if condition == "noiseless" and found
    }
    assert shares == {
        **{f"ADMM, {n} iterations": s / 100 for n, s in ADMM_SHARES.items()},
        **{f"dense-A and {n} steps of ADMM": s for n, (_, s) in refined.items()},
        "dense-A": 0.0,
    }
    assert images.best(cells, "noiseless") == ("ADMM, 1000 iterations", 0.003)
    text = "\n## " + images.table3(records).removeprefix("### ")
    assert table_row(text, "fashion-mnist", "noiseless")[1:] == [
        "dense-A and 200 steps of ADMM (0.005)",
        "ADMM, 1000 iterations (0.003)",
    ]
    assert table_row(text, "fashion-mnist", "1e3 photons")[1:] == [
        "dense-A (0.15)",
        "HIO, 200 iterations (0.25)",
    ]
    assert table_row(text, "fashion-mnist", "1e4 photons")[1:] == ["not run"] * 2
    for method in ("ADMM, 1000 iterations", "dense-A and 200 steps of ADMM"):
        share = table_row(text, "fashion-mnist", method)[1]
        assert share == {"A": "0.003 (1), 97.8 %", "d": "0.005 (1), 95.8 %"}[method[0]]
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
    figure, _ = figure5(Records(tmp_path))
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["truth", "ADMM,\n1000 iterations"]


def test_table3_without_a_refined_net(tmp_path):
    table3_record(tmp_path, 0.1, 0.5, solver="ADMM", max_iter=200)
    text = "\n## " + images.table3(Records(tmp_path)).removeprefix("### ")
    row = table_row(text, "fashion-mnist", "dense-A and 200 steps of ADMM")
    assert row[1:] == ["not run"] * 5
    assert table_row(text, "fashion-mnist", "noiseless")[1] == "not run"


@needs_nets
def test_quick_runs_everything_and_is_reported(tmp_path):
    results, docs = tmp_path / "results", tmp_path / "docs"
    published_folder = tmp_path / "published"
    options = ["--preset", "quick", "--results", str(results)]
    options += ["--published", str(published_folder)]
    assert main(["all", *options]) == 0
    assert {folder.name for folder in results.iterdir()} == set(EXPERIMENTS)
    for name in EXPERIMENTS:
        for record in load_records(results, name):
            assert np.isfinite(list(record["errors"].values())).all()
    assert main(["publish", *options]) == 0
    for name in EXPERIMENTS:
        assert len(load_published(published_folder, name)) == len(
            load_records(results, name)
        )
    assert main(["report", *options, "--docs", str(docs)]) == 0
    text = (docs / "reproduction.md").read_text(encoding="utf-8")
    figures = {path.name for path in (docs / "figures").iterdir()}
    assert figures == {f"figure{k}.png" for k in (1, 4, 5, 6)}
    assert all(f"(figures/{name})" in text for name in figures)
    # Figures 4 and 5 show cells of tables 2 and 3: they are published.
    shutil.rmtree(results)
    for name in ("figure4", "figure5"):
        assert main([name, *options]) == 0
    assert not results.exists()


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
    pairs = [(1.0, 4.0), (3.0, 3.0), (None, 1.0)]
    assert compare(pairs) == ("1 of 2", "2")
    assert compare(pairs[2:]) == ("not run", "not run")


def test_markdown_table_is_aligned():
    assert markdown_table(["a", "long"], [[1, 2]]) == (
        "| a | long |\n| - | ---- |\n| 1 | 2    |"
    )
