"""Pages, examples and the demo run; tables are those of the stored results."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsRegressor

from benchmarks import images, problems, strategies
from benchmarks._records import PUBLISHED, Records, in_digits
from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
from sklearn_symbreak.groups import SignFlip
from sklearn_symbreak.metrics import orbit_mean_squared_error

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "docs" / "index.md",
    *sorted((ROOT / "docs" / "user_guide").glob("*.md")),
]
SNIPPET = re.compile(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.S)
NUMBER = re.compile(r"-?\d+\.?\d*(?:e[-+]?\d+)?")


def check_printed(printed, shown):
    """The same words, and numbers that differ by no more than rounding does to fits."""
    assert NUMBER.sub("#", printed).split() == NUMBER.sub("#", shown).split()
    numbers = [[float(x) for x in NUMBER.findall(text)] for text in (printed, shown)]
    assert numbers[0] == pytest.approx(numbers[1], rel=0.03, abs=0.03)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_snippets(path, capsys):
    pytest.importorskip("skorch")
    namespace = {}
    for code, shown in SNIPPET.findall(path.read_text()):
        exec(compile(code, str(path), "exec"), namespace)
        printed = capsys.readouterr().out
        # A page may show less than it prints, and not something else.
        if shown:
            check_printed(printed, shown)


def test_links_between_pages_lead_somewhere():
    for path in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
            if "://" in target or "generated/" in target or target in ("api",):
                continue
            # Built pages, and pictures, which source distributions leave out.
            if target.startswith("auto_examples") or "figures/" in target:
                continue
            assert (path.parent / target).exists(), f"{path.name}: {target}"


EXAMPLES = sorted((ROOT / "docs" / "examples").glob("plot_*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path, figures, capsys):
    pytest.importorskip("skorch")
    runpy.run_path(str(path), run_name="__main__")
    assert figures.get_fignums()
    assert capsys.readouterr().out


class TestDemo:
    @pytest.fixture(autouse=True)
    def with_nets_and_figures(self, figures):
        pytest.importorskip("skorch")

    def test_rows_have_the_errors_before_and_after(self, capsys):
        from benchmarks import demo

        X, y = make_gaussian_phase_retrieval(1000, 3, random_state=0)
        data = train_test_split(X, y, random_state=0)
        demo.print_header(0)
        before, after = demo.compare(
            "a problem",
            "K-NN",
            KNeighborsRegressor(),
            SignFlip(),
            "embedding",
            orbit_mean_squared_error,
            data,
        )
        header, rule, row = capsys.readouterr().out.splitlines()[-3:]
        # Columns end where their names do.
        assert len(header) == len(rule) == len(row)
        errors = [float(cell) for cell in row.split()[-3:-1]]
        for model, printed in zip((before, after), errors, strict=True):
            error = orbit_mean_squared_error(
                data[3], model.predict(data[1]), group=SignFlip()
            )
            assert printed == pytest.approx(error, rel=0.06)
        assert errors[1] < 0.5 * errors[0]

    def test_epochs_are_counted_on_a_terminal_only(self, capsys, monkeypatch):
        from benchmarks import demo
        from sklearn_symbreak.neural_network import FeedForwardRegressor

        X = np.random.default_rng(0).normal(size=(50, 2))
        net = FeedForwardRegressor((4,), max_epochs=3, callbacks=[demo.EpochCell()])
        net.fit(X, X)
        assert capsys.readouterr().out == ""
        monkeypatch.setattr(demo.sys.stdout, "isatty", lambda: True)
        net.fit(X, X)
        counts = capsys.readouterr().out.split("\b" * demo.CELL)
        assert [count.strip() for count in counts] == ["1 of 3", "2 of 3", "3 of 3", ""]

    def test_success_curves_are_drawn(self, tmp_path):
        from benchmarks.success_curves import RATIOS, SOLVERS, draw

        cell = {"success": 0.5, "n_iter": 10.0}
        curves = {
            kind: {str(r): {cls.__name__: cell for cls in SOLVERS} for r in ratios}
            for kind, ratios in RATIOS.items()
        }
        draw(curves, tmp_path / "curves.png")
        assert (tmp_path / "curves.png").stat().st_size > 10_000


PAGE = ROOT / "docs" / "user_guide" / "strategies.md"


def records_of(name):
    path = PUBLISHED / f"{name}.jsonl"
    if not path.exists():
        pytest.skip("Published results are left out of source distributions.")
    return Records(path)


def test_page_holds_the_tables_of_strategies():
    records, page = records_of("strategies"), PAGE.read_text()
    for noise in strategies.NOISE:
        for line in strategies.table(records, (10, 11, 12), noise)[2:]:
            assert line in page


@pytest.mark.parametrize("regressor", problems.REGRESSORS)
def test_page_holds_the_tables_of_problems(regressor):
    records, page = records_of("problems"), PAGE.read_text()
    for line in problems.table(records, (0, 1, 2), regressor)[2:]:
        assert line in page


def test_page_holds_the_tables_of_images():
    records, page = records_of("images"), PAGE.read_text()
    for photons in images.PHOTONS:
        for line in images.table(records, (0, 1, 2), photons)[2:]:
            assert line in page
    bare = records.result(
        images._parameters("kernel ridge", images.BARE, None, 20_000, 0)
    )
    assert f"error of {bare['pixel_mse']:.4f} a pixel" in page


def test_readme_rounds_the_same_means():
    records, rows = records_of("strategies"), {}
    for line in (ROOT / "README.md").read_text().splitlines():
        cells = [cell.strip(" *") for cell in line.split("|")[1:-1]]
        if len(cells) == 7:
            rows[cells[0]] = cells[1:]
    names = {
        "as they are": "untouched",
        "one representative of each orbit": "canonical",
        "atlas of four templates": "atlas",
        'invariants (`"embedding"`)': "embedding",
        "the same, inputs chosen by validation": "embedding, ridge",
    }
    for label, row in names.items():
        for (kind, n), shown in zip(strategies.SIZES, rows[label], strict=True):
            errors = [
                records.result(strategies._parameters(kind, n, seed, 0.0, row))["error"]
                for seed in (10, 11, 12)
            ]
            assert in_digits(sum(errors) / 3) == re.sub(r"\.0$", "", shown), label
