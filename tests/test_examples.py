"""The examples of the documentation and of the README run, warnings being errors."""

import re
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


def test_readme(capsys):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert len(blocks) >= 2
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})
    printed = [float(line) for line in capsys.readouterr().out.split()]
    # The scores that the comments of the first block state.
    assert printed[:2] == pytest.approx([0.88, 0.45], abs=0.01)
