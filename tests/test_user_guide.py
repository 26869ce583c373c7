"""Every snippet of the README and the pages runs, and prints what the page shows."""

import re
from pathlib import Path

import pytest

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
            if target.startswith("auto_examples"):
                continue
            assert (path.parent / target).exists(), f"{path.name}: {target}"
