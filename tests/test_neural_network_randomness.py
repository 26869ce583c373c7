"""Seeded nets give the same everywhere, and leave torch's own generators alone."""

import copy
import pickle
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

from sklearn_symbreak.neural_network import FeedForwardRegressor, UNetRegressor

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")


class SingleThread(skorch.callbacks.Callback):
    """The number of threads may change the last bits, and is not the law under test."""

    def on_train_begin(self, net, **kwargs):
        torch.set_num_threads(1)


REGRESSORS = [
    FeedForwardRegressor((16,), max_epochs=4, batch_size=4, callbacks=[SingleThread()]),
    UNetRegressor(
        n_channels=4,
        n_hidden=16,
        max_epochs=4,
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
        max_epochs=4,
        batch_size=4,
        callbacks=[SingleThread()],
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
def frequent_switches():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(interval)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(60, 16))
    return X, np.stack([X[:, 0] ** 2, X[:, 1] * X[:, 2]], axis=1)


def fit_predict(regressor, X, y, seed):
    model = clone(regressor).set_params(random_state=seed).fit(X, y)
    return model.predict(X), model.loss_curve_


def assert_same(results, expected):
    for (predicted, losses), (wanted, wanted_losses) in zip(
        results, expected, strict=True
    ):
        assert_array_equal(predicted, wanted)
        assert losses == wanted_losses


@over_regressors
def test_threads_do_not_disturb_each_other(regressor, data, frequent_switches):
    seeds = [0, 1, 0, 2, 0, 3]
    alone = [fit_predict(regressor, *data, seed) for seed in seeds]
    with ThreadPoolExecutor(3) as pool:
        at_once = pool.map(lambda seed: fit_predict(regressor, *data, seed), seeds)
        assert_same(at_once, alone)


def test_processes_give_the_same_as_one(data):
    jobs = [(regressor, *data, seed) for regressor in REGRESSORS for seed in (0, 1)]
    with joblib.parallel_config("loky", n_jobs=2):
        apart = joblib.Parallel()(joblib.delayed(fit_predict)(*job) for job in jobs)
    assert_same(apart, [fit_predict(*job) for job in jobs])


@over_regressors
def test_cross_validation_in_threads(regressor, data, frequent_switches):
    regressor = clone(regressor).set_params(random_state=0)
    expected = cross_val_score(regressor, *data, cv=3)
    with joblib.parallel_config("threading", n_jobs=3):
        assert_array_equal(cross_val_score(regressor, *data, cv=3), expected)


@over_regressors
def test_global_generator_of_torch_is_untouched(regressor, data):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    clone(regressor).set_params(random_state=0).fit(*data).predict(data[0])
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.initial_seed() == 5


@over_regressors
def test_other_threads_may_draw_from_the_global_generator(
    regressor, data, frequent_switches
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


@over_regressors
def test_initial_weights_follow_the_default_law_of_torch(regressor, data):
    from sklearn_symbreak.neural_network._layers import LinearSkip, initialize_layers
    from sklearn_symbreak.neural_network._random import Generators

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
def test_dropout_follows_the_law_of_torch(p):
    from sklearn_symbreak.neural_network._layers import Dropout, initialize_layers
    from sklearn_symbreak.neural_network._random import Generators

    layer = Dropout(p)
    initialize_layers(layer, Generators(7, "cpu"))
    x = torch.ones(100_000)
    dropped = layer(x)
    kept = dropped[dropped != 0]
    torch.testing.assert_close(kept, torch.full_like(kept, 1 / (1 - p)))
    # Five standard deviations of the share that is kept.
    assert abs(float(dropped.mean()) - 1) < 5 * (p / (1 - p) / 1e5) ** 0.5 + 1e-5
    assert torch.equal(layer.eval()(x), x)


@over_regressors
@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))],
    ids=["deepcopy", "pickle"],
)
def test_copies_predict_and_train_the_same(regressor, copied, data):
    model = clone(regressor).set_params(random_state=0).fit(*data)
    expected = model.predict(data[0])
    other = copied(model)
    assert_array_equal(other.predict(data[0]), expected)
    # Dropout in a copy, for which no generator is left, is that of torch.
    other.net_.module_.train()
    assert torch.isfinite(other.net_.module_(torch.rand(2, 16))).all()
    assert_array_equal(other.fit(*data).predict(data[0]), expected)
    assert_array_equal(clone(other).fit(*data).predict(data[0]), expected)


@over_regressors
def test_net_in_training_can_be_copied(regressor, data):
    class Copy(skorch.callbacks.Callback):
        def on_epoch_end(self, net, **kwargs):
            copy.deepcopy(net.module_)
            pickle.dumps(net.module_)

    model = clone(regressor).set_params(random_state=0)
    expected = model.fit(*data).predict(data[0])
    model.set_params(callbacks=[SingleThread(), Copy()])
    assert_array_equal(model.fit(*data).predict(data[0]), expected)


@over_regressors
def test_first_predictions_may_come_from_several_threads(
    regressor, data, frequent_switches
):
    # Without validation, nothing has left training mode yet.
    regressor = clone(regressor).set_params(validation_fraction=None, random_state=0)
    expected = clone(regressor).fit(*data).predict(data[0])
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            model = clone(regressor).fit(*data)
            assert not any(m.training for m in model.net_.module_.modules())
            for predicted in pool.map(model.predict, [data[0]] * 4):
                assert_array_equal(predicted, expected)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_cuda_generator_is_untouched(data):
    model = clone(REGRESSORS[1]).set_params(device="cuda", random_state=0)
    torch.cuda.manual_seed(5)
    before = torch.cuda.get_rng_state()
    first = model.fit(*data).predict(data[0])
    assert torch.equal(torch.cuda.get_rng_state(), before)
    np.testing.assert_allclose(model.fit(*data).predict(data[0]), first, atol=1e-4)
