"""Nets that are trained call by call, on data that the caller chooses."""

import gc
import pickle
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklearn_symbreak.neural_network import FeedForwardRegressor, UNetRegressor

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")

COMMON = {"max_epochs": 5, "batch_size": 16, "random_state": 0}
REGRESSORS = [
    FeedForwardRegressor((16,), l2_penalty=1e-3, **COMMON),
    UNetRegressor(n_channels=2, n_hidden=8, **COMMON),
    FeedForwardRegressor(
        (16,),
        activation="silu",
        batch_norm=True,
        linear_skip=True,
        weight_decay=0.1,
        **COMMON,
    ),
]
over_regressors = pytest.mark.parametrize(
    "regressor", REGRESSORS, ids=["plain", "unet", "options"]
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


@pytest.fixture
def rows_as_they_come(monkeypatch):
    """Let `fit` neither set samples aside nor reorder them, as `partial_fit` does."""

    def split(self, n_samples, random_state):
        return np.arange(n_samples), np.arange(0)

    monkeypatch.setattr(FeedForwardRegressor, "_split", split)
    monkeypatch.setattr(UNetRegressor, "_split", split)


class Fail(skorch.callbacks.Callback):
    def __init__(self, error):
        self.error = error

    def on_batch_end(self, net, **kwargs):
        if len(net.history[-1]["batches"]) > 1:
            raise self.error


def call(model, X, y, n_calls, **fit_params):
    for _ in range(n_calls):
        model.partial_fit(X, y, **fit_params)
    return model


def assert_same(model, expected, X):
    assert model.loss_curve_ == expected.loss_curve_
    assert_array_equal(model.predict(X), expected.predict(X))


@over_regressors
@pytest.mark.parametrize("weighted", [False, True])
def test_calls_are_the_epochs_of_one_fit(regressor, weighted, data, rows_as_they_come):
    weight = np.random.default_rng(1).uniform(size=60) if weighted else None
    expected = clone(regressor).fit(*data, sample_weight=weight)
    model = call(clone(regressor), *data, 5, sample_weight=weight)
    assert model.n_iter_ == len(model.loss_curve_) == 5
    assert model.validation_loss_curve_ is None
    assert model.best_loss_ == min(model.loss_curve_)
    assert model.n_parameters_ == expected.n_parameters_
    assert_same(model, expected, data[0])


@over_regressors
def test_goes_on_where_a_fit_ended(regressor, data, rows_as_they_come):
    expected = clone(regressor).fit(*data)
    model = clone(regressor).set_params(max_epochs=3).fit(*data)
    assert_same(call(model, *data, 2), expected, data[0])


def test_calls_train_as_epochs_do():
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(600, 4))
    y = np.stack([X[:, 0] * X[:, 1], X[:, 2] ** 2], axis=1)
    model = FeedForwardRegressor((64, 64), batch_size=32, learning_rate=1e-2)
    model.set_params(max_epochs=10, random_state=0)
    X_test = rng.uniform(size=(300, 4))
    y_test = np.stack([X_test[:, 0] * X_test[:, 1], X_test[:, 2] ** 2], axis=1)
    assert clone(model).fit(X, y).score(X_test, y_test) > 0.95
    assert call(clone(model), X, y, 10).score(X_test, y_test) > 0.95


@over_regressors
def test_follows_a_fit_with_early_stopping(regressor, data):
    model = clone(regressor).fit(*data)
    n_epochs, losses = model.n_iter_, model.loss_curve_
    call(model, *data, 2)
    assert model.n_iter_ == n_epochs + 2
    assert model.loss_curve_[:-2] == losses
    assert model.validation_loss_curve_ is None


@pytest.mark.parametrize("schedule", ["one_cycle", "cosine", "plateau"])
def test_steps_are_those_of_today_after_a_schedule(schedule, data):
    model = clone(REGRESSORS[0]).set_params(learning_rate_schedule=schedule).fit(*data)
    model.set_params(
        learning_rate_schedule=None, learning_rate=0.02, weight_decay=0.3
    ).partial_fit(*data)
    weights, others = model.net_.optimizer_.param_groups
    assert weights["lr"] == others["lr"] == 0.02
    assert weights["betas"] == others["betas"] == (0.9, 0.999)
    assert (weights["weight_decay"], others["weight_decay"]) == (0.3, 0.0)


@pytest.mark.parametrize("regressor", REGRESSORS[:2], ids=["plain", "unet"])
def test_scaling_is_that_of_the_first_call(regressor, data):
    X, y = data
    model = clone(regressor).partial_fit(X, y)
    expected = model.predict(X)
    # A step too small to change a weight in single precision.
    model.set_params(learning_rate=1e-30).partial_fit(3 * X + 1, 10 * y + 5)
    assert_array_equal(model.predict(X), expected)


def test_a_later_fit_starts_afresh(data):
    expected = clone(REGRESSORS[0]).fit(*data)
    assert_same(call(clone(REGRESSORS[0]), *data, 2).fit(*data), expected, data[0])


@over_regressors
@pytest.mark.parametrize(
    ("params", "change", "error"),
    [
        ({"learning_rate": 1e30}, lambda X, y: (X, y), ValueError),
        ({"callbacks": [Fail(RuntimeError())]}, lambda X, y: (X, y), RuntimeError),
        (
            {"callbacks": [Fail(KeyboardInterrupt())]},
            lambda X, y: (X, y),
            KeyboardInterrupt,
        ),
        ({}, lambda X, y: (X, y * np.nan), ValueError),
        ({}, lambda X, y: (X, y[:, :1]), ValueError),
        ({}, lambda X, y: (X[:, :9], y), ValueError),
        ({"device": "no such device"}, lambda X, y: (X, y), ValueError),
    ],
)
def test_calls_that_fail_change_nothing(regressor, params, change, error, data):
    expected = call(clone(regressor), *data, 2)
    model = call(clone(regressor), *data, 1)
    before = vars(model).copy()
    usual = {name: model.get_params()[name] for name in params}
    with pytest.raises(error):
        model.set_params(**params).partial_fit(*change(*data))
    model.set_params(**usual)
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is before[name] for name in before)
    assert_same(model.partial_fit(*data), expected, data[0])


def test_first_call_that_fails_leaves_no_net(data):
    model = clone(REGRESSORS[0]).set_params(callbacks=[Fail(KeyboardInterrupt())])
    with pytest.raises(KeyboardInterrupt):
        model.partial_fit(*data)
    with pytest.raises(NotFittedError):
        model.predict(data[0])


@over_regressors
@pytest.mark.parametrize(
    ("params", "match"),
    [
        (
            {"learning_rate_schedule": "cosine"},
            "needs learning_rate_schedule=None, got 'cosine'",
        ),
        ({"checkpoint_dir": "folder"}, "needs checkpoint_dir=None, got 'folder'"),
        ({"batch_size": 0}, "'batch_size' parameter .* Got 0"),
    ],
)
def test_parameters_that_need_a_whole_training(regressor, params, match, data):
    with pytest.raises(ValueError, match=match):
        clone(regressor).set_params(**params).partial_fit(*data)


def test_other_nets_are_refused(data):
    X, y = data
    model = clone(REGRESSORS[0]).partial_fit(X, y)
    match = (
        "y has 1 outputs per sample, but partial_fit continues a fit with 2; use fit"
    )
    with pytest.raises(ValueError, match=match):
        model.partial_fit(X, y[:, 0])
    with pytest.raises(ValueError, match=r"X has 9 features, but .* 16 features"):
        model.partial_fit(X[:, :9], y)
    match = r"partial_fit starts at .* layer_sizes=\(16, 16, 2\), got .*; use fit for a"
    with pytest.raises(ValueError, match=match):
        model.set_params(hidden_layer_sizes=8).partial_fit(X, y)


@over_regressors
def test_copies_go_on_as_the_original(regressor, data):
    model = call(clone(regressor), *data, 2)
    copy = pickle.loads(pickle.dumps(model))
    assert_same(call(copy, *data, 2), call(model, *data, 2), data[0])


@over_regressors
def test_threads_do_not_disturb_each_other(regressor, data):
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)

    def train(seed):
        torch.set_num_threads(1)
        model = clone(regressor).set_params(random_state=seed)
        return call(model, *data, 3)

    try:
        alone = [train(seed) for seed in [0, 1, 0, 2]]
        torch.manual_seed(5)
        with ThreadPoolExecutor(3) as pool:
            at_once = list(pool.map(train, [0, 1, 0, 2]))
    finally:
        sys.setswitchinterval(interval)
    for model, expected in zip(at_once, alone, strict=True):
        assert_same(model, expected, data[0])
    drawn = torch.rand(3)
    torch.manual_seed(5)
    assert torch.equal(drawn, torch.rand(3))


@over_regressors
def test_memory_does_not_grow(regressor, data):
    X, y = (np.repeat(part, 20, axis=0) for part in data)
    model = call(clone(regressor).set_params(batch_size=400), X, y, 1)
    size = len(pickle.dumps(model))
    former = weakref.ref(model.net_)
    call(model, X, y, 10)
    gc.collect()
    assert former() is None
    # A few numbers a call; the inputs have 76800 bytes in single precision.
    assert len(pickle.dumps(model)) < size + 10 * 500


def test_targets_without_a_unit(data):
    X, y = data
    model = clone(REGRESSORS[0]).partial_fit(X, np.ones_like(y))
    assert_array_equal(model.predict(X), 1)
    assert (model.partial_fit(X, y).predict(X).std(axis=0) > 0).all()
