"""The demo prints rows and draws pictures, as does the benchmark of success curves."""

import numpy as np
import pytest
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsRegressor

from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
from sklearn_symbreak.groups import SignFlip
from sklearn_symbreak.metrics import orbit_mean_squared_error

pytest.importorskip("skorch")
plt = pytest.importorskip("matplotlib.pyplot")
plt.switch_backend("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_rows_have_the_errors_before_and_after(capsys):
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


def test_epochs_are_counted_on_a_terminal_only(capsys, monkeypatch):
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


def test_success_curves_are_drawn(tmp_path):
    from benchmarks.success_curves import RATIOS, SOLVERS, draw

    cell = {"success": 0.5, "n_iter": 10.0}
    curves = {
        kind: {str(r): {cls.__name__: cell for cls in SOLVERS} for r in ratios}
        for kind, ratios in RATIOS.items()
    }
    draw(curves, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 10_000
