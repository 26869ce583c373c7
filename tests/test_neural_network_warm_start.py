"""Fits that start at the weights of the former one."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone

from sklearn_symbreak.neural_network import FeedForwardRegressor, UNetRegressor

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")

REGRESSORS = [
    FeedForwardRegressor(
        (16,), max_epochs=4, batch_size=16, warm_start=True, random_state=0
    ),
    UNetRegressor(
        n_channels=2,
        n_hidden=8,
        max_epochs=4,
        batch_size=16,
        warm_start=True,
        random_state=0,
    ),
    FeedForwardRegressor(
        (16,),
        activation="silu",
        batch_norm=True,
        linear_skip=True,
        weight_decay=0.1,
        max_epochs=4,
        batch_size=16,
        warm_start=True,
        random_state=0,
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


class RecordStart(skorch.callbacks.Callback):
    def on_epoch_begin(self, net, **kwargs):
        if len(net.history) == 1:
            self.weights = get_weights(net)
            self.optimizer_is_new = not net.optimizer_.state


def get_weights(net):
    return {name: w.numpy().copy() for name, w in net.module_.state_dict().items()}


@over_regressors
def test_starts_at_the_former_weights(regressor, data):
    model = clone(regressor).fit(*data)
    former = get_weights(model.net_)
    start = RecordStart()
    model.set_params(callbacks=[start], max_epochs=3).fit(*data)
    np.testing.assert_equal(start.weights, former)
    assert start.optimizer_is_new
    assert model.n_iter_ == len(model.loss_curve_) == 3
    assert any((w != former[name]).any() for name, w in get_weights(model.net_).items())


@over_regressors
def test_first_fit_is_one_without_warm_start(regressor, data):
    expected = clone(regressor).set_params(warm_start=False).fit(*data)
    model = clone(regressor).fit(*data)
    assert_array_equal(model.predict(data[0]), expected.predict(data[0]))
    # A cold fit after a warm one forgets it.
    model.fit(*data).set_params(warm_start=False).fit(*data)
    assert_array_equal(model.predict(data[0]), expected.predict(data[0]))


@over_regressors
def test_scaling_is_that_of_the_first_fit(regressor, data):
    X, y = data
    model = clone(regressor)
    if isinstance(model, FeedForwardRegressor):
        # Running statistics move without a step.
        model.set_params(batch_norm=False)
    expected = model.fit(X, y).predict(X)
    # A step too small to change a weight in single precision.
    model.set_params(learning_rate=1e-30).fit(3 * X + 1, 10 * y + 5)
    assert_array_equal(model.predict(X), expected)


def test_goes_on_learning(data):
    model = clone(REGRESSORS[0])
    model.set_params(validation_fraction=None, learning_rate=0.01)
    first = model.fit(*data).loss_curve_
    assert model.fit(*data).loss_curve_[0] < first[0]
    assert model.loss_curve_[-1] < first[-1]


def test_unit_of_targets_that_were_all_the_same(data):
    X, y = data
    model = clone(REGRESSORS[0]).fit(X, np.ones_like(y))
    y_pred = model.fit(X, y).predict(X)
    assert (y_pred.std(axis=0) > 0).all()


@over_regressors
def test_copies_go_on_as_the_original(regressor, data):
    model = clone(regressor).fit(*data)
    copy = pickle.loads(pickle.dumps(model))
    expected = model.fit(*data).predict(data[0])
    assert_array_equal(copy.fit(*data).predict(data[0]), expected)


@over_regressors
def test_checkpoints_distinguish_weights_to_start_at(regressor, data, tmp_path):
    expected = [clone(regressor).fit(*data)]
    for _ in range(2):
        model = pickle.loads(pickle.dumps(expected[-1]))
        expected.append(model.fit(*data))
    for _ in range(2):
        model = clone(regressor).set_params(checkpoint_dir=tmp_path)
        for wanted in expected:
            assert model.fit(*data).loss_curve_ == wanted.loss_curve_
            assert_array_equal(model.predict(data[0]), wanted.predict(data[0]))
    assert len(list(tmp_path.iterdir())) == 3


@over_regressors
def test_other_inputs_and_outputs_are_refused(regressor, data):
    X, y = data
    model = clone(regressor).fit(X, y)
    expected = model.predict(X)
    with pytest.raises(ValueError, match=r"X has 9 features, but .* 16 features"):
        model.fit(X[:, :9], y)
    match = "y has 3 outputs per sample, but warm_start=True continues a fit with 2"
    with pytest.raises(ValueError, match=match):
        model.fit(X, np.concatenate([y, y[:, :1]], axis=1))
    match = "warm_start=True keeps .* input_transform='.*', got 'none'"
    with pytest.raises(ValueError, match=match):
        model.set_params(input_transform="none").fit(X, y)
    assert_array_equal(model.predict(X), expected)


@pytest.mark.parametrize(
    ("regressor", "params", "match"),
    [
        (
            REGRESSORS[0],
            {"hidden_layer_sizes": (8,)},
            r"layer_sizes=\(16, 16, 2\), got layer_sizes=\(16, 8, 2\)",
        ),
        (REGRESSORS[0], {"activation": "tanh"}, "activation=relu, got activation=tanh"),
        (REGRESSORS[0], {"batch_norm": True}, "batch_norm=False, got batch_norm=True"),
        (REGRESSORS[0], {"linear_skip": True}, "linear_skip=False, got .*=True"),
        (REGRESSORS[1], {"n_levels": 1}, "n_levels=2, got n_levels=1"),
        (REGRESSORS[1], {"n_channels": 3}, "n_channels=2, got n_channels=3"),
        (REGRESSORS[1], {"n_hidden": 9}, "n_hidden=8, got n_hidden=9"),
        (
            REGRESSORS[1],
            {"measurement_shape": (2, 8)},
            r"input_shape=\(4, 4\), got input_shape=\(2, 8\)",
        ),
        (
            REGRESSORS[1],
            {"signal_shape": (2, 1)},
            r"output_shape=\(1, 1\), got output_shape=\(2, 1\)",
        ),
    ],
)
def test_other_layers_are_refused(regressor, params, match, data):
    model = clone(regressor).fit(*data)
    with pytest.raises(ValueError, match=f"warm_start=True starts at .*{match}; use"):
        model.set_params(**params).fit(*data)


def test_dropout_may_change(data):
    model = clone(REGRESSORS[1]).fit(*data)
    former = get_weights(model.net_)
    start = RecordStart()
    model.set_params(dropout=0.5, callbacks=[start]).fit(*data)
    np.testing.assert_equal(start.weights, former)


@over_regressors
def test_needs_a_bool(regressor, data):
    with pytest.raises(ValueError, match=r"'warm_start' parameter .* Got 'yes'"):
        clone(regressor).set_params(warm_start="yes").fit(*data)
