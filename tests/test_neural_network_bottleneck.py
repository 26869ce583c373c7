"""Last hidden layers that are too narrow for the targets."""

import inspect
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_symbreak.neural_network import FeedForwardRegressor
from sklearn_symbreak.neural_network._fit_checks import unreachable_error

torch = pytest.importorskip("torch")
pytest.importorskip("skorch")


@pytest.fixture(autouse=True, scope="module")
def single_thread():
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


def independent_targets(n_samples=600, n_outputs=21):
    """Targets without principal components: k units explain k of all the outputs."""
    X = np.random.default_rng(0).standard_normal((n_samples, n_outputs))
    return X, X.copy()


def test_unreachable_error_is_that_of_principal_components():
    rng = np.random.default_rng(0)
    for shape in [(50, 7), (7, 50)]:
        targets = rng.standard_normal(shape)
        squares = np.linalg.svd(targets, compute_uv=False) ** 2
        for n_units in range(1, 9):
            expected = squares[n_units:].sum() / targets.size
            assert_allclose(unreachable_error(targets, n_units), expected, atol=1e-12)


def test_unreachable_error_with_weights():
    rng = np.random.default_rng(0)
    targets, weight = rng.standard_normal((50, 7)), rng.integers(1, 5, size=50)
    error = unreachable_error(targets, 3, 2.5 * weight)
    assert_allclose(error, unreachable_error(np.repeat(targets, weight, axis=0), 3))


def test_warns_of_a_last_layer_that_caps_the_accuracy():
    X, y = independent_targets()
    model = FeedForwardRegressor((64, 4), max_epochs=10, random_state=0)
    match = (
        r"hidden_layer_sizes=\(64, 4\) is narrower than the 21 outputs. Its 4 units "
        r"leave an error of 0\.\d+ times the variance of y .* linear_skip=True"
    )
    with pytest.warns(UserWarning, match=match) as seen:
        model.fit(X, y)
        line = inspect.currentframe().f_lineno - 1
    assert (seen[0].filename, seen[0].lineno) == (__file__, line)
    with pytest.warns(UserWarning, match="narrower than the 21 outputs"):
        model.fit(X, y.reshape(-1, 3, 7), sample_weight=np.ones(len(X)))
    with pytest.warns(UserWarning, match="hidden_layer_sizes=4 is narrower"):
        model.set_params(hidden_layer_sizes=4, validation_fraction=None).fit(X, y)


def warnings_of_fit(model, X, y):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        model.fit(X, y)
    return [str(warning.message) for warning in seen]


@pytest.mark.parametrize(
    "params",
    [
        {"hidden_layer_sizes": (64, 4), "linear_skip": True},
        {"hidden_layer_sizes": (4, 21)},
        {"hidden_layer_sizes": ()},
    ],
)
def test_no_warning_of_a_last_layer_that_is_wide_enough(params):
    model = FeedForwardRegressor(max_epochs=20, random_state=0, **params)
    assert warnings_of_fit(model, *independent_targets()) == []


@pytest.mark.parametrize("n_outputs", [15, 30])
def test_no_warning_in_the_settings_of_the_paper(n_outputs):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((200, 60)), rng.standard_normal((200, n_outputs))
    model = FeedForwardRegressor(max_epochs=2, random_state=0)
    assert warnings_of_fit(model, X, y) == []


def test_no_warning_of_redundant_outputs():
    X, y = independent_targets(n_outputs=3)
    y = np.repeat(y, 7, axis=1)
    model = FeedForwardRegressor((64, 4), max_epochs=20, random_state=0)
    assert warnings_of_fit(model, X, y) == []


def test_no_warning_where_the_layer_is_not_what_limits():
    # Noise, which no layer could learn.
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((300, 6)), rng.standard_normal((300, 21))
    model = FeedForwardRegressor((64, 16), max_epochs=2, random_state=0)
    assert warnings_of_fit(model, X, y) == []
