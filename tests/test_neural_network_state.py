"""What fits leave behind: all or nothing, the same for one seed, and torch's own
generators as they were."""

import copy
import inspect
import os
import pickle
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from threading import Event, Thread

import joblib
import numpy as np
import pytest
from helpers import over_nets, process_context
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score

from sklearn_symbreak.neural_network import FeedForwardRegressor, UNetRegressor

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")
pytestmark = pytest.mark.usefixtures("single_thread")


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


class TestFittedState:
    @over_parameters
    def test_refused_parameters(self, regressor, name, data):
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
    def test_refused_data(self, regressor, change, data):
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
    def test_training_that_fails(self, regressor, params, error, warm_start, data):
        params = {**params, "warm_start": warm_start}
        bad_data = data if warm_start else other_data()
        check_failed_fits(regressor, params, error, data, bad_data)

    @over_regressors
    def test_interrupt_outside_of_training(self, regressor, data, monkeypatch):
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
    def test_interrupt_after_an_epoch_keeps_the_net_and_says_so(self, regressor, data):
        model = clone(regressor).set_params(callbacks=[Fail(KeyboardInterrupt(), 2)])
        with pytest.warns(
            UserWarning, match="interrupted after 2 of max_epochs=4"
        ) as seen:
            model.fit(*data)
            line = inspect.currentframe().f_lineno - 1
        assert (seen[0].filename, seen[0].lineno) == (__file__, line)
        assert model.n_iter_ == 2
        assert np.isfinite(model.predict(data[0])).all()

    @over_parameters
    def test_parameters_set_after_fit_change_nothing(self, regressor, name, data):
        model = clone(regressor).fit(*data)
        before, expected = fitted_state(model), model.predict(data[0])
        score = model.score(*data)
        for value in VALUES[name]:
            model.set_params(**{name: value})
            assert_array_equal(model.predict(data[0]), expected)
            assert model.score(*data) == score
        after = fitted_state(model)
        assert all(after[attribute] is before[attribute] for attribute in before)

    def test_parameters_changed_in_place_after_fit_change_nothing(self, data):
        sizes = [16]
        model = clone(REGRESSORS[0]).fit(*data)
        expected = model.predict(data[0])
        model = clone(REGRESSORS[0]).set_params(hidden_layer_sizes=sizes).fit(*data)
        sizes[0] = 3
        assert_array_equal(model.predict(data[0]), expected)


class SingleThread(skorch.callbacks.Callback):
    """The number of threads may change the last bits, and is not the law under test."""

    def on_train_begin(self, net, **kwargs):
        torch.set_num_threads(1)


SEEDED_REGRESSORS = [
    FeedForwardRegressor((16,), max_epochs=2, batch_size=4, callbacks=[SingleThread()]),
    UNetRegressor(
        n_channels=4,
        n_hidden=16,
        max_epochs=2,
        batch_size=4,
        learning_rate=0.03,
        callbacks=[SingleThread()],
    ),
    FeedForwardRegressor(
        (16,),
        activation="silu",
        batch_norm=True,
        linear_skip=True,
        weight_decay=0.1,
        max_epochs=2,
        batch_size=4,
        callbacks=[SingleThread()],
    ),
]
over_seeded_regressors = over_nets(SEEDED_REGRESSORS)


@pytest.fixture
def frequent_switches():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(interval)


def fit_predict(regressor, X, y, seed):
    model = clone(regressor).set_params(random_state=seed).fit(X, y)
    return model.predict(X), model.loss_curve_


def assert_same(results, expected):
    for (predicted, losses), (wanted, wanted_losses) in zip(
        results, expected, strict=True
    ):
        assert_array_equal(predicted, wanted)
        assert losses == wanted_losses


class TestRandomness:
    @over_seeded_regressors
    def test_threads_do_not_disturb_each_other(
        self, regressor, data, frequent_switches
    ):
        seeds = [0, 1, 0, 2, 0, 3]
        alone = [fit_predict(regressor, *data, seed) for seed in seeds]
        with ThreadPoolExecutor(3) as pool:
            at_once = pool.map(lambda seed: fit_predict(regressor, *data, seed), seeds)
            assert_same(at_once, alone)

    def test_another_process_gives_the_same(self, data):
        jobs = [(regressor, *data, 0) for regressor in SEEDED_REGRESSORS]
        with ProcessPoolExecutor(1, mp_context=process_context()) as pool:
            apart = pool.map(fit_predict, *zip(*jobs, strict=True))
            assert_same(apart, [fit_predict(*job) for job in jobs])

    @over_seeded_regressors
    def test_cross_validation_in_threads(self, regressor, data, frequent_switches):
        regressor = clone(regressor).set_params(random_state=0)
        expected = cross_val_score(regressor, *data, cv=3)
        with joblib.parallel_config("threading", n_jobs=3):
            assert_array_equal(cross_val_score(regressor, *data, cv=3), expected)

    @over_seeded_regressors
    def test_global_generator_of_torch_is_untouched(self, regressor, data):
        torch.manual_seed(5)
        before = torch.get_rng_state()
        clone(regressor).set_params(random_state=0).fit(*data).predict(data[0])
        assert torch.equal(torch.get_rng_state(), before)
        assert torch.initial_seed() == 5

    @over_seeded_regressors
    def test_other_threads_may_draw_from_the_global_generator(
        self, regressor, data, frequent_switches
    ):
        expected = fit_predict(regressor, *data, 0)
        draws, stop = [], Event()

        def draw():
            while not stop.is_set():
                draws.append(torch.rand(8))
                time.sleep(1e-4)

        torch.manual_seed(5)
        thread = Thread(target=draw)
        thread.start()
        try:
            results = [fit_predict(regressor, *data, 0) for _ in range(5)]
        finally:
            stop.set()
            thread.join()
        assert_same(results, [expected] * 5)
        torch.manual_seed(5)
        assert draws
        assert all(torch.equal(drawn, torch.rand(8)) for drawn in draws)

    @over_seeded_regressors
    def test_initial_weights_follow_the_default_law_of_torch(self, regressor, data):
        from sklearn_symbreak.neural_network._layers import (
            Generators,
            LinearSkip,
            initialize_layers,
        )

        net = clone(regressor).set_params(max_epochs=1).fit(*data).net_
        module = net.module(**net.get_params_for("module"))
        initialize_layers(module, Generators(7, "cpu"))
        torch.manual_seed(7)
        for layer in module.modules():
            if isinstance(layer, LinearSkip):
                assert not layer.weight.any()
                continue
            if isinstance(layer, torch.nn.Linear):
                has_bias = layer.bias is not None
                expected = torch.nn.Linear(
                    layer.in_features, layer.out_features, bias=has_bias
                )
            elif isinstance(layer, torch.nn.Conv2d):
                expected = torch.nn.Conv2d(
                    layer.in_channels, layer.out_channels, layer.kernel_size
                )
            else:
                continue
            assert torch.equal(layer.weight, expected.weight)
            assert layer.bias is None or torch.equal(layer.bias, expected.bias)

    @pytest.mark.parametrize("p", [0.0, 0.3])
    def test_dropout_follows_the_law_of_torch(self, p):
        from sklearn_symbreak.neural_network._layers import (
            Dropout,
            Generators,
            initialize_layers,
        )

        layer = Dropout(p)
        initialize_layers(layer, Generators(7, "cpu"))
        x = torch.ones(100_000)
        dropped = layer(x)
        kept = dropped[dropped != 0]
        torch.testing.assert_close(kept, torch.full_like(kept, 1 / (1 - p)))
        # Five standard deviations of the share that is kept.
        assert abs(float(dropped.mean()) - 1) < 5 * (p / (1 - p) / 1e5) ** 0.5 + 1e-5
        assert torch.equal(layer.eval()(x), x)

    @over_seeded_regressors
    @pytest.mark.parametrize(
        "copied",
        [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))],
        ids=["deepcopy", "pickle"],
    )
    def test_copies_predict_and_train_the_same(self, regressor, copied, data):
        model = clone(regressor).set_params(random_state=0).fit(*data)
        expected = model.predict(data[0])
        other = copied(model)
        assert_array_equal(other.predict(data[0]), expected)
        # Dropout in a copy, for which no generator is left, is that of torch.
        other.net_.module_.train()
        assert torch.isfinite(other.net_.module_(torch.rand(2, 16))).all()
        assert_array_equal(other.fit(*data).predict(data[0]), expected)
        assert_array_equal(clone(other).fit(*data).predict(data[0]), expected)

    @over_seeded_regressors
    def test_net_in_training_can_be_copied(self, regressor, data):
        class Copy(skorch.callbacks.Callback):
            def on_epoch_end(self, net, **kwargs):
                copy.deepcopy(net.module_)
                pickle.dumps(net.module_)

        model = clone(regressor).set_params(random_state=0)
        expected = model.fit(*data).predict(data[0])
        model.set_params(callbacks=[SingleThread(), Copy()])
        assert_array_equal(model.fit(*data).predict(data[0]), expected)

    @over_seeded_regressors
    def test_first_predictions_may_come_from_several_threads(
        self, regressor, data, frequent_switches
    ):
        # Without validation, nothing has left training mode yet.
        regressor = clone(regressor).set_params(
            validation_fraction=None, random_state=0
        )
        expected = clone(regressor).fit(*data).predict(data[0])
        with ThreadPoolExecutor(4) as pool:
            for _ in range(5):
                model = clone(regressor).fit(*data)
                assert not any(m.training for m in model.net_.module_.modules())
                for predicted in pool.map(model.predict, [data[0]] * 4):
                    assert_array_equal(predicted, expected)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@over_regressors
class TestGPU:
    @pytest.fixture
    def model(self, regressor):
        return clone(regressor).set_params(device="cuda", random_state=0)

    def test_fit_is_that_of_the_processor(self, regressor, model, data):
        without_drops = {"dropout": 0.0} if "dropout" in model.get_params() else {}
        on_gpu = model.set_params(**without_drops).fit(*data).predict(data[0])
        own = model.set_params(device="cpu").fit(*data).predict(data[0])
        assert isinstance(on_gpu, np.ndarray)
        # Sums in single precision, in another order, over a few steps.
        np.testing.assert_allclose(on_gpu, own, atol=1e-2 * np.abs(own).max())

    def test_weights_of_samples(self, regressor, model, data):
        weight = np.arange(60) % 2
        kept = model.fit(*data, sample_weight=weight).predict(data[0])
        own = model.set_params(device="cpu").fit(*data, sample_weight=weight)
        np.testing.assert_allclose(kept, own.predict(data[0]), atol=0.02)

    def test_generator_of_the_gpu_is_untouched(self, regressor, model, data):
        torch.cuda.manual_seed(5)
        before = torch.cuda.get_rng_state()
        first = model.fit(*data).predict(data[0])
        assert torch.equal(torch.cuda.get_rng_state(), before)
        np.testing.assert_allclose(model.fit(*data).predict(data[0]), first, atol=1e-4)

    def test_training_goes_on(self, regressor, model, data, tmp_path):
        model.set_params(checkpoint_dir=tmp_path, max_epochs=2).fit(*data)
        model.set_params(max_epochs=4).fit(*data)
        whole = clone(model).set_params(checkpoint_dir=None).fit(*data)
        expected = whole.predict(data[0])
        assert len(model.loss_curve_) == 4
        np.testing.assert_allclose(model.predict(data[0]), expected, atol=1e-3)
        model.set_params(checkpoint_dir=None).partial_fit(*data)
        assert len(model.loss_curve_) == 5

    def test_fitted_net_serves_without_a_gpu(self, regressor, model, data, tmp_path):
        expected = model.fit(*data).predict(data[0])
        joblib.dump((model, data[0], expected), tmp_path / "model.joblib")
        code = (
            "import joblib, numpy as np, torch; assert not torch.cuda.is_available();"
            f"model, X, expected = joblib.load({str(tmp_path / 'model.joblib')!r});"
            "np.testing.assert_allclose(model.predict(X), expected, atol=1e-3)"
        )
        environment = os.environ | {"CUDA_VISIBLE_DEVICES": ""}
        command = [sys.executable, "-W", "ignore", "-c", code]
        subprocess.run(command, check=True, env=environment)
