"""Activations, batch norms, linear skips and weight decay."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import erf, expit
from sklearn.base import clone

from sklearn_symbreak.neural_network import FeedForwardRegressor, UNetRegressor

torch = pytest.importorskip("torch")
pytest.importorskip("skorch")

ACTIVATIONS = {
    "relu": lambda x: np.maximum(x, 0),
    "silu": lambda x: x * expit(x),
    "gelu": lambda x: x * (1 + erf(x / np.sqrt(2))) / 2,
    "tanh": np.tanh,
}
over_activations = pytest.mark.parametrize("activation", ACTIVATIONS)


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


def apply_net(net, x, activation):
    """The net of double precision, from its weights."""
    state = {k: v.double().numpy() for k, v in net.module_.state_dict().items()}
    n_layers = 1 + max(int(k.split(".")[1]) for k in state if k.startswith("layers."))
    h = x
    for i in range(n_layers):
        name = f"layers.{i}."
        if name + "running_mean" in state:
            h = (h - state[name + "running_mean"]) / np.sqrt(
                state[name + "running_var"] + 1e-5
            )
            h = h * state[name + "weight"] + state[name + "bias"]
        elif name + "weight" in state:
            h = h @ state[name + "weight"].T + state.get(name + "bias", 0)
        else:
            h = ACTIVATIONS[activation](h)
    return h + x @ state["skip.weight"].T if "skip.weight" in state else h


@over_activations
@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("linear_skip", [False, True])
def test_net_is_what_its_parameters_say(activation, batch_norm, linear_skip, data):
    model = FeedForwardRegressor(
        (16, 8),
        activation=activation,
        batch_norm=batch_norm,
        linear_skip=linear_skip,
        max_epochs=5,
        batch_size=16,
        learning_rate=0.01,
        random_state=0,
    ).fit(*data)
    names = {k.split(".")[-1] for k in model.net_.module_.state_dict()}
    assert ("running_mean" in names) == batch_norm
    assert hasattr(model.net_.module_.skip, "weight") == linear_skip
    x = np.random.default_rng(1).standard_normal((20, 16))
    with torch.no_grad():
        outputs = model.net_.module_(torch.from_numpy(x).float()).numpy()
    expected = apply_net(model.net_, x, activation)
    assert_allclose(outputs, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("sizes", [(), 8, (8, 4)])
@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("linear_skip", [False, True])
def test_number_of_parameters(sizes, batch_norm, linear_skip, data):
    model = FeedForwardRegressor(
        sizes,
        batch_norm=batch_norm,
        linear_skip=linear_skip,
        max_epochs=1,
    )
    model.fit(*data)
    assert model.n_parameters_ == model.count_parameters(16, 2)


def test_linear_skip_changes_nothing_at_the_start(data):
    # A step too small to change a weight in single precision, unless it is zero.
    model = FeedForwardRegressor((8,), learning_rate=1e-30, max_epochs=1)
    model.set_params(random_state=0)
    expected = model.fit(*data).predict(data[0])
    y_pred = model.set_params(linear_skip=True).fit(*data).predict(data[0])
    assert_allclose(y_pred, expected, rtol=0, atol=1e-25)


def test_linear_skip_learns_what_is_linear():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((500, 8))
    y = X @ rng.standard_normal((8, 8))
    # Its hidden layer alone has one dimension of eight.
    model = FeedForwardRegressor((1,), linear_skip=True, random_state=0)
    model.set_params(learning_rate=0.02, batch_size=32, max_epochs=30)
    assert model.fit(X, y).score(X, y) > 0.99


@pytest.mark.parametrize(("n_samples", "batch_size"), [(33, 16), (3, 1), (1, 128)])
def test_batch_norm_takes_batches_of_one_sample(n_samples, batch_size, data):
    X, y = data[0][:n_samples], data[1][:n_samples]
    model = FeedForwardRegressor(
        (8,),
        batch_norm=True,
        batch_size=batch_size,
        max_epochs=3,
        validation_fraction=None,
    )
    assert np.isfinite(model.fit(X, y).predict(X)).all()


def test_batch_norm_of_one_sample_is_that_of_prediction():
    from sklearn_symbreak.neural_network._layers import BatchNorm

    layer = BatchNorm(4)
    x = torch.linspace(-1, 3, 20).reshape(5, 4) ** 2
    assert not torch.equal(layer(x), layer.eval()(x))
    before = {k: v.clone() for k, v in layer.state_dict().items()}
    assert torch.equal(layer.train()(x[:1]), layer.eval()(x[:1]))
    assert all(torch.equal(v, before[k]) for k, v in layer.state_dict().items())


def test_batch_norm_normalises_in_training(data):
    X, y = data
    model = FeedForwardRegressor(
        (8,),
        batch_norm=True,
        batch_size=60,
        learning_rate=1e-30,
        max_epochs=500,
        validation_fraction=None,
        input_transform="none",
    )
    # Running statistics come to be those of the whole batch.
    layer, norm = model.fit(X, y).net_.module_.layers[:2]
    with torch.no_grad():
        h = layer(torch.from_numpy(X).float()).numpy()
    assert_allclose(norm.running_mean, h.mean(axis=0), rtol=1e-3, atol=1e-5)
    assert_allclose(norm.running_var, h.var(axis=0, ddof=1), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    "regressor",
    [
        FeedForwardRegressor((16,), batch_norm=True, linear_skip=True),
        UNetRegressor(n_channels=2, n_hidden=8),
    ],
    ids=lambda regressor: type(regressor).__name__,
)
def test_weight_decay_shrinks_matrices_only(regressor, data):
    # One step.
    regressor = clone(regressor).set_params(
        max_epochs=1, validation_fraction=None, batch_size=60, random_state=0
    )

    def fit_weights(**params):
        model = clone(regressor).set_params(**params).fit(*data)
        named = model.net_.module_.named_parameters()
        return {name: p.detach().numpy() for name, p in named}

    start = fit_weights(learning_rate=1e-30)
    plain = fit_weights(learning_rate=0.01)
    decayed = fit_weights(learning_rate=0.01, weight_decay=5.0)
    assert {w.ndim for w in start.values()} >= {1, 2}
    for name, weight in start.items():
        if weight.ndim > 1:
            difference = plain[name] - decayed[name]
            assert_allclose(difference, 0.01 * 5.0 * weight, atol=1e-6)
        else:
            assert_array_equal(decayed[name], plain[name])
