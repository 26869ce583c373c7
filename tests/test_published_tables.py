"""Tables of pages are what the benchmarks print from the stored results."""

import re
from pathlib import Path

import pytest

from benchmarks import images, problems, strategies
from benchmarks._records import PUBLISHED, Records, two_digits

ROOT = Path(__file__).parents[1]
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
            assert two_digits(sum(errors) / 3) == re.sub(r"\.0$", "", shown), label
