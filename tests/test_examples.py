"""The examples of the documentation run, warnings being errors."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("plot_*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path, capsys):
    pytest.importorskip("skorch")
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    runpy.run_path(str(path), run_name="__main__")
    figures = plt.get_fignums()
    plt.close("all")
    assert figures
    assert capsys.readouterr().out
