"""Nets that go on from former weights: partial_fit and warm starts."""

import gc
import pickle
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from helpers import nets_of_all_kinds, over_nets
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklearn_symbreak.neural_network import FeedForwardRegressor, UNetRegressor

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")
pytestmark = pytest.mark.usefixtures("single_thread")

COMMON = {"max_epochs": 5, "batch_size": 16, "random_state": 0}
REGRESSORS = nets_of_all_kinds(**COMMON)
REGRESSORS[0].set_params(l2_penalty=1e-3)
over_regressors = over_nets(REGRESSORS)


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


class TestPartialFit:
    @over_regressors
    @pytest.mark.parametrize("weighted", [False, True])
    def test_calls_are_the_epochs_of_one_fit(
        self, regressor, weighted, data, rows_as_they_come
    ):
        weight = np.random.default_rng(1).uniform(size=60) if weighted else None
        expected = clone(regressor).fit(*data, sample_weight=weight)
        model = call(clone(regressor), *data, 5, sample_weight=weight)
        assert model.n_iter_ == len(model.loss_curve_) == 5
        assert model.validation_loss_curve_ is None
        assert model.best_loss_ == min(model.loss_curve_)
        assert model.n_parameters_ == expected.n_parameters_
        assert_same(model, expected, data[0])

    @over_regressors
    def test_goes_on_where_a_fit_ended(self, regressor, data, rows_as_they_come):
        expected = clone(regressor).fit(*data)
        model = clone(regressor).set_params(max_epochs=3).fit(*data)
        assert_same(call(model, *data, 2), expected, data[0])

    def test_calls_train_as_epochs_do(self, rng):
        X = rng.uniform(size=(600, 4))
        y = np.stack([X[:, 0] * X[:, 1], X[:, 2] ** 2], axis=1)
        model = FeedForwardRegressor((64, 64), batch_size=32, learning_rate=1e-2)
        model.set_params(max_epochs=10, random_state=0)
        X_test = rng.uniform(size=(300, 4))
        y_test = np.stack([X_test[:, 0] * X_test[:, 1], X_test[:, 2] ** 2], axis=1)
        assert clone(model).fit(X, y).score(X_test, y_test) > 0.95
        assert call(clone(model), X, y, 10).score(X_test, y_test) > 0.95

    @over_regressors
    def test_follows_a_fit_with_early_stopping(self, regressor, data):
        model = clone(regressor).fit(*data)
        n_epochs, losses = model.n_iter_, model.loss_curve_
        call(model, *data, 2)
        assert model.n_iter_ == n_epochs + 2
        assert model.loss_curve_[:-2] == losses
        assert model.validation_loss_curve_ is None

    @pytest.mark.parametrize("schedule", ["one_cycle", "cosine", "plateau"])
    def test_steps_are_those_of_today_after_a_schedule(self, schedule, data):
        model = (
            clone(REGRESSORS[0]).set_params(learning_rate_schedule=schedule).fit(*data)
        )
        model.set_params(
            learning_rate_schedule=None, learning_rate=0.02, weight_decay=0.3
        ).partial_fit(*data)
        weights, others = model.net_.optimizer_.param_groups
        assert weights["lr"] == others["lr"] == 0.02
        assert weights["betas"] == others["betas"] == (0.9, 0.999)
        assert (weights["weight_decay"], others["weight_decay"]) == (0.3, 0.0)

    @pytest.mark.parametrize("regressor", REGRESSORS[:2], ids=["plain", "unet"])
    def test_scaling_is_that_of_the_first_call(self, regressor, data):
        X, y = data
        model = clone(regressor).partial_fit(X, y)
        expected = model.predict(X)
        # A step too small to change a weight in single precision.
        model.set_params(learning_rate=1e-30).partial_fit(3 * X + 1, 10 * y + 5)
        assert_array_equal(model.predict(X), expected)

    def test_a_later_fit_starts_afresh(self, data):
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
    def test_calls_that_fail_change_nothing(
        self, regressor, params, change, error, data
    ):
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

    def test_first_call_that_fails_leaves_no_net(self, data):
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
    def test_parameters_that_need_a_whole_training(
        self, regressor, params, match, data
    ):
        with pytest.raises(ValueError, match=match):
            clone(regressor).set_params(**params).partial_fit(*data)

    def test_other_nets_are_refused(self, data):
        X, y = data
        model = clone(REGRESSORS[0]).partial_fit(X, y)
        match = (
            "y has 1 outputs per sample, but partial_fit continues a fit with 2; "
            "use fit"
        )
        with pytest.raises(ValueError, match=match):
            model.partial_fit(X, y[:, 0])
        with pytest.raises(ValueError, match=r"X has 9 features, but .* 16 features"):
            model.partial_fit(X[:, :9], y)
        match = (
            r"partial_fit starts at .* layer_sizes=\(16, 16, 2\), got .*; use fit for a"
        )
        with pytest.raises(ValueError, match=match):
            model.set_params(hidden_layer_sizes=8).partial_fit(X, y)

    @over_regressors
    def test_copies_go_on_as_the_original(self, regressor, data):
        model = call(clone(regressor), *data, 2)
        copy = pickle.loads(pickle.dumps(model))
        assert_same(call(copy, *data, 2), call(model, *data, 2), data[0])

    @over_regressors
    def test_threads_do_not_disturb_each_other(self, regressor, data):
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
    def test_memory_does_not_grow(self, regressor, data):
        X, y = (np.repeat(part, 20, axis=0) for part in data)
        model = call(clone(regressor).set_params(batch_size=400), X, y, 1)
        size = len(pickle.dumps(model))
        former = weakref.ref(model.net_)
        call(model, X, y, 10)
        gc.collect()
        assert former() is None
        # A few numbers a call; the inputs have 76800 bytes in single precision.
        assert len(pickle.dumps(model)) < size + 10 * 500

    def test_targets_without_a_unit(self, data):
        X, y = data
        model = clone(REGRESSORS[0]).partial_fit(X, np.ones_like(y))
        assert_array_equal(model.predict(X), 1)
        assert (model.partial_fit(X, y).predict(X).std(axis=0) > 0).all()


WARM_REGRESSORS = nets_of_all_kinds(
    max_epochs=4, batch_size=16, warm_start=True, random_state=0
)
over_warm_starts = over_nets(WARM_REGRESSORS)


class RecordStart(skorch.callbacks.Callback):
    def on_epoch_begin(self, net, **kwargs):
        if len(net.history) == 1:
            self.weights = get_weights(net)
            self.optimizer_is_new = not net.optimizer_.state


def get_weights(net):
    return {name: w.numpy().copy() for name, w in net.module_.state_dict().items()}


class TestWarmStart:
    @over_warm_starts
    def test_starts_at_the_former_weights(self, regressor, data):
        model = clone(regressor).fit(*data)
        former = get_weights(model.net_)
        start = RecordStart()
        model.set_params(callbacks=[start], max_epochs=3).fit(*data)
        np.testing.assert_equal(start.weights, former)
        assert start.optimizer_is_new
        assert model.n_iter_ == len(model.loss_curve_) == 3
        assert any(
            (w != former[name]).any() for name, w in get_weights(model.net_).items()
        )

    @over_warm_starts
    def test_first_fit_is_one_without_warm_start(self, regressor, data):
        expected = clone(regressor).set_params(warm_start=False).fit(*data)
        model = clone(regressor).fit(*data)
        assert_array_equal(model.predict(data[0]), expected.predict(data[0]))
        # A cold fit after a warm one forgets it.
        model.fit(*data).set_params(warm_start=False).fit(*data)
        assert_array_equal(model.predict(data[0]), expected.predict(data[0]))

    @over_warm_starts
    def test_scaling_is_that_of_the_first_fit(self, regressor, data):
        X, y = data
        model = clone(regressor)
        if isinstance(model, FeedForwardRegressor):
            # Running statistics move without a step.
            model.set_params(batch_norm=False)
        expected = model.fit(X, y).predict(X)
        # A step too small to change a weight in single precision.
        model.set_params(learning_rate=1e-30).fit(3 * X + 1, 10 * y + 5)
        assert_array_equal(model.predict(X), expected)

    def test_goes_on_learning(self, data):
        model = clone(WARM_REGRESSORS[0])
        model.set_params(validation_fraction=None, learning_rate=0.01)
        first = model.fit(*data).loss_curve_
        assert model.fit(*data).loss_curve_[0] < first[0]
        assert model.loss_curve_[-1] < first[-1]

    def test_unit_of_targets_that_were_all_the_same(self, data):
        X, y = data
        model = clone(WARM_REGRESSORS[0]).fit(X, np.ones_like(y))
        y_pred = model.fit(X, y).predict(X)
        assert (y_pred.std(axis=0) > 0).all()

    @over_warm_starts
    def test_copies_go_on_as_the_original(self, regressor, data):
        model = clone(regressor).fit(*data)
        copy = pickle.loads(pickle.dumps(model))
        expected = model.fit(*data).predict(data[0])
        assert_array_equal(copy.fit(*data).predict(data[0]), expected)

    @over_warm_starts
    def test_checkpoints_distinguish_weights_to_start_at(
        self, regressor, data, tmp_path
    ):
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

    @over_warm_starts
    def test_other_inputs_and_outputs_are_refused(self, regressor, data):
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
                WARM_REGRESSORS[0],
                {"hidden_layer_sizes": (8,)},
                r"layer_sizes=\(16, 16, 2\), got layer_sizes=\(16, 8, 2\)",
            ),
            (
                WARM_REGRESSORS[0],
                {"activation": "tanh"},
                "activation=relu, got activation=tanh",
            ),
            (
                WARM_REGRESSORS[0],
                {"batch_norm": True},
                "batch_norm=False, got batch_norm=True",
            ),
            (
                WARM_REGRESSORS[0],
                {"linear_skip": True},
                "linear_skip=False, got .*=True",
            ),
            (WARM_REGRESSORS[1], {"n_levels": 1}, "n_levels=2, got n_levels=1"),
            (WARM_REGRESSORS[1], {"n_channels": 3}, "n_channels=2, got n_channels=3"),
            (WARM_REGRESSORS[1], {"n_hidden": 9}, "n_hidden=8, got n_hidden=9"),
            (
                WARM_REGRESSORS[1],
                {"measurement_shape": (2, 8)},
                r"input_shape=\(4, 4\), got input_shape=\(2, 8\)",
            ),
            (
                WARM_REGRESSORS[1],
                {"signal_shape": (2, 1)},
                r"output_shape=\(1, 1\), got output_shape=\(2, 1\)",
            ),
        ],
    )
    def test_other_layers_are_refused(self, regressor, params, match, data):
        model = clone(regressor).fit(*data)
        with pytest.raises(
            ValueError, match=f"warm_start=True starts at .*{match}; use"
        ):
            model.set_params(**params).fit(*data)

    def test_dropout_may_change(self, data):
        model = clone(WARM_REGRESSORS[1]).fit(*data)
        former = get_weights(model.net_)
        start = RecordStart()
        model.set_params(dropout=0.5, callbacks=[start]).fit(*data)
        np.testing.assert_equal(start.weights, former)

    @over_warm_starts
    def test_needs_a_bool(self, regressor, data):
        with pytest.raises(ValueError, match=r"'warm_start' parameter .* Got 'yes'"):
            clone(regressor).set_params(warm_start="yes").fit(*data)


def test_equal_targets_have_no_loss(rng):
    X, y = rng.uniform(size=(40, 3)), np.full(40, 5.0)
    net = FeedForwardRegressor((4,), max_epochs=2, random_state=0).fit(X, y)
    assert net.best_loss_ == 0 and not np.any(net.loss_curve_)
    np.testing.assert_array_equal(net.predict(X), y)
