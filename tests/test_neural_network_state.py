"""Fitted state is all or nothing, and parameters set later do not reach it."""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklearn_symbreak.neural_network import FeedForwardRegressor, UNetRegressor

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")


class Fail(skorch.callbacks.Callback):
    def __init__(self, error, after=0):
        self.error = error
        self.after = after

    def on_batch_end(self, net, **kwargs):
        if len(net.history) > self.after:
            raise self.error


REGRESSORS = [
    FeedForwardRegressor((16,), max_epochs=4, batch_size=16, random_state=0),
    UNetRegressor(
        n_channels=2, n_hidden=8, max_epochs=4, batch_size=16, random_state=0
    ),
]
over_regressors = pytest.mark.parametrize(
    "regressor", REGRESSORS, ids=lambda regressor: type(regressor).__name__
)
# For every parameter: another value, and one that `fit` refuses.
VALUES = {
    "hidden_layer_sizes": ((4, 4), (4, 0)),
    "n_levels": (1, 40),
    "n_channels": (3, 0),
    "n_hidden": (9, 0),
    "dropout": (0.5, 1.0),
    "measurement_shape": ((2, 8), (5, 5)),
    "signal_shape": ((2, 1), (3, 3)),
    "activation": ("silu", "sigmoid"),
    "batch_norm": (True, "yes"),
    "linear_skip": (True, "yes"),
    "max_epochs": (2, 0),
    "batch_size": (7, 0),
    "learning_rate": (0.1, 0.0),
    "learning_rate_schedule": ("cosine", "linear"),
    "l1_penalty": (0.1, -1.0),
    "l2_penalty": (0.1, -1.0),
    "weight_decay": (0.1, -1.0),
    "validation_fraction": (0.5, 0.999),
    "patience": (1, 0),
    "input_transform": ("none", "log"),
    "random_state": (1, "seed"),
    "device": ("cuda", "no such device"),
    "callbacks": ([Fail(RuntimeError("failed"))], [1]),
    "checkpoint_dir": ("no such folder", __file__),
    "warm_start": (True, "yes"),
    "verbose": (True, "yes"),
}
CASES = [
    (regressor, name) for regressor in REGRESSORS for name in regressor.get_params()
]
over_parameters = pytest.mark.parametrize(
    ("regressor", "name"),
    CASES,
    ids=[f"{type(regressor).__name__}-{name}" for regressor, name in CASES],
)


@pytest.fixture(autouse=True, scope="module")
def single_thread():
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(60, 16))
    return X, np.stack([X[:, 0] ** 2, X[:, 1] * X[:, 2]], axis=1)


def other_data():
    """Data on which each attribute that a fit sets is another one."""
    rng = np.random.default_rng(1)
    return rng.uniform(size=(50, 9)).astype("f"), rng.normal(size=50).astype("f")


def fitted_state(model):
    params = model.get_params(deep=False)
    return {name: value for name, value in vars(model).items() if name not in params}


def check_failed_fits(regressor, params, error, data, bad_data):
    """A first fit that fails leaves nothing, a later one leaves what was there."""
    first = clone(regressor).set_params(**params)
    with pytest.raises(error):
        first.fit(*bad_data)
    assert fitted_state(first) == {}
    with pytest.raises(NotFittedError):
        first.predict(data[0])

    later = clone(regressor).fit(*data)
    before, expected = fitted_state(later), later.predict(data[0])
    later.set_params(**params)
    with pytest.raises(error):
        later.fit(*bad_data)
    after = fitted_state(later)
    assert after.keys() == before.keys()
    assert all(after[name] is before[name] for name in before)
    assert_array_equal(later.predict(data[0]), expected)


@over_parameters
def test_refused_parameters(regressor, name, data):
    bad = {name: VALUES[name][1]}
    check_failed_fits(regressor, bad, (ValueError, TypeError), data, other_data())


@over_regressors
@pytest.mark.parametrize(
    "change",
    [
        lambda X, y: (X * 1j, y),
        lambda X, y: (X, y * 1j),
        lambda X, y: (X, y[:-1]),
        lambda X, y: (X * np.nan, y),
        lambda X, y: (X - 1, y),
        lambda X, y: (X, y, -np.ones(len(X))),
    ],
)
def test_refused_data(regressor, change, data):
    params = {"input_transform": "log_magnitude"}
    bad_data = change(*other_data())
    check_failed_fits(regressor, params, ValueError, data, bad_data)


@over_regressors
@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"learning_rate": 1e30}, ValueError),
        ({"callbacks": [Fail(RuntimeError("failed"))]}, RuntimeError),
        ({"callbacks": [Fail(RuntimeError("failed"), after=2)]}, RuntimeError),
        ({"callbacks": [Fail(KeyboardInterrupt())]}, KeyboardInterrupt),
    ],
)
@pytest.mark.parametrize("warm_start", [False, True])
def test_training_that_fails(regressor, params, error, warm_start, data):
    params = {**params, "warm_start": warm_start}
    bad_data = data if warm_start else other_data()
    check_failed_fits(regressor, params, error, data, bad_data)


@over_regressors
def test_interrupt_outside_of_training(regressor, data, monkeypatch):
    def interrupt(self, *args):
        raise KeyboardInterrupt

    model = clone(regressor).fit(*data)
    before, expected = fitted_state(model), model.predict(data[0])
    monkeypatch.setattr(type(model), "_set_training_results", interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.fit(*other_data())
    after = fitted_state(model)
    assert all(after[name] is before[name] for name in before | after)
    assert_array_equal(model.predict(data[0]), expected)


@over_regressors
def test_interrupt_after_an_epoch_keeps_the_net_and_says_so(regressor, data):
    model = clone(regressor).set_params(callbacks=[Fail(KeyboardInterrupt(), 2)])
    with pytest.warns(UserWarning, match="interrupted after 2 of max_epochs=4") as seen:
        model.fit(*data)
        line = inspect.currentframe().f_lineno - 1
    assert (seen[0].filename, seen[0].lineno) == (__file__, line)
    assert model.n_iter_ == 2
    assert np.isfinite(model.predict(data[0])).all()


@over_parameters
def test_parameters_set_after_fit_change_nothing(regressor, name, data):
    model = clone(regressor).fit(*data)
    before, expected = fitted_state(model), model.predict(data[0])
    score = model.score(*data)
    for value in VALUES[name]:
        model.set_params(**{name: value})
        assert_array_equal(model.predict(data[0]), expected)
        assert model.score(*data) == score
    after = fitted_state(model)
    assert all(after[attribute] is before[attribute] for attribute in before)


def test_parameters_changed_in_place_after_fit_change_nothing(data):
    sizes = [16]
    model = clone(REGRESSORS[0]).fit(*data)
    expected = model.predict(data[0])
    model = clone(REGRESSORS[0]).set_params(hidden_layer_sizes=sizes).fit(*data)
    sizes[0] = 3
    assert_array_equal(model.predict(data[0]), expected)
