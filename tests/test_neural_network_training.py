"""Laws of the training of the neural regressors, and of their layers."""

import itertools

import numpy as np
import pytest
from helpers import nets_of_all_kinds, over_nets
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import erf, expit
from sklearn.base import clone
from sklearn.linear_model import LinearRegression

from sklearn_symbreak.forward import FourierPhaseRetrieval
from sklearn_symbreak.neural_network import FeedForwardRegressor, UNetRegressor
from sklearn_symbreak.neural_network._scaling import (
    CommonScaler,
    InputTransform,
    autocorrelation_roots,
)

torch = pytest.importorskip("torch")
skorch = pytest.importorskip("skorch")
pytestmark = pytest.mark.usefixtures("single_thread")

REGRESSORS = nets_of_all_kinds(max_epochs=8, batch_size=16, random_state=0)
over_regressors = over_nets(REGRESSORS)


class RecordLearningRates(skorch.callbacks.Callback):
    def __init__(self):
        self.learning_rates = []

    def on_epoch_begin(self, net, **kwargs):
        self.learning_rates.append(net.optimizer_.param_groups[0]["lr"])


@over_regressors
def test_same_seed_same_result(regressor, data):
    first = clone(regressor).fit(*data)
    torch.manual_seed(99)
    second = clone(regressor).fit(*data)
    other = clone(regressor).set_params(random_state=1).fit(*data)
    assert_array_equal(first.predict(data[0]), second.predict(data[0]))
    assert first.loss_curve_ == second.loss_curve_
    assert (first.predict(data[0]) != other.predict(data[0])).all()


@over_regressors
def test_random_state_instance_moves_on(regressor, data):
    random_state = np.random.RandomState(0)
    regressor = clone(regressor).set_params(random_state=random_state)
    first = regressor.fit(*data).predict(data[0])
    second = regressor.fit(*data).predict(data[0])
    assert (first != second).all()


@over_regressors
def test_early_stopping_restores_the_best_weights(regressor, data):
    X, _ = data
    y = np.random.default_rng(1).normal(size=60)
    model = clone(regressor)
    model.set_params(max_epochs=200, patience=3, learning_rate=0.02).fit(X, y)
    losses = model.validation_loss_curve_
    assert model.n_iter_ == len(losses) == len(model.loss_curve_) < 200
    assert int(np.argmin(losses)) == model.n_iter_ - 4
    assert model.best_loss_ == min(losses)

    # The validation part is the first draw after the seed of torch.
    random_state = np.random.RandomState(0)
    random_state.randint(np.iinfo(np.int32).max)
    valid = random_state.permutation(60)[:6]
    error = np.mean((model.predict(X[valid]) - y[valid]) ** 2)
    assert_allclose(error, model.best_loss_, rtol=1e-5)


@over_regressors
@pytest.mark.parametrize("fraction", [None, 0])
def test_no_validation(regressor, fraction, data):
    model = clone(regressor).set_params(validation_fraction=fraction, patience=1)
    model.fit(*data)
    assert model.n_iter_ == 8
    assert model.validation_loss_curve_ is None
    assert model.best_loss_ == min(model.loss_curve_)


def test_loss_is_in_units_of_the_targets(data):
    X, y = data
    params = {"dropout": 0.0, "max_epochs": 1, "validation_fraction": None}
    model = clone(REGRESSORS[1]).set_params(batch_size=60, **params)
    # A step too small to change the net leaves the loss before and after it equal.
    model.set_params(learning_rate=1e-12).fit(X, 100 * y)
    error = np.mean((model.predict(X) - 100 * y) ** 2)
    assert_allclose(model.loss_curve_[0], error, rtol=1e-4)


@pytest.mark.parametrize("name", ["l1_penalty", "l2_penalty"])
def test_penalty_is_the_norm_of_the_weights(name, data):
    params = {"max_epochs": 1, "validation_fraction": None, "batch_size": 60}
    model = FeedForwardRegressor((16,), learning_rate=1e-12, random_state=0, **params)
    X, y = data
    plain = clone(model).fit(X, y)
    penalised = clone(model).set_params(**{name: 0.5}).fit(X, y)
    weights = [
        p.detach().numpy() for p in plain.net_.module_.parameters() if p.ndim == 2
    ]
    power = 1 if name == "l1_penalty" else 2
    norm = sum((np.abs(w) ** power).sum() for w in weights)
    unit = np.mean((y - y.mean(axis=0)) ** 2)
    difference = penalised.loss_curve_[0] - plain.loss_curve_[0]
    assert_allclose(difference, 0.5 * norm * unit, rtol=1e-4)


@pytest.mark.parametrize("name", ["l1_penalty", "l2_penalty"])
def test_penalty_shrinks_weights(name, data):
    model = clone(REGRESSORS[0]).set_params(max_epochs=30, learning_rate=0.01)
    # All epochs count: with a validation part, the best may be an early one.
    model.set_params(validation_fraction=None)

    def size(model):
        layers = model.net_.module_.parameters()
        return sum(float(p.detach().abs().sum()) for p in layers if p.ndim == 2)

    plain = clone(model).fit(*data)
    assert size(model.set_params(**{name: 1.0}).fit(*data)) < 0.5 * size(plain)


@over_regressors
def test_sample_weights_do_not_depend_on_their_scale(regressor, data):
    X, y = data
    weights = np.random.default_rng(0).uniform(0.5, 2, size=60)
    first = clone(regressor).fit(X, y, sample_weight=weights).predict(X)
    second = clone(regressor).fit(X, y, sample_weight=8 * weights).predict(X)
    assert_array_equal(first, second)
    unweighted = clone(regressor).fit(X, y).predict(X)
    assert (first != unweighted).any()
    ones = clone(regressor).fit(X, y, sample_weight=np.ones(60)).predict(X)
    assert_allclose(ones, unweighted, atol=1e-5)


@over_regressors
def test_samples_of_weight_zero_are_left_out(regressor, data):
    X, y = data
    weights = np.ones(60)
    weights[::4] = 0
    kept = weights > 0
    y_spoilt = np.where(kept[:, None], y, 1e6)
    assert_array_equal(
        clone(regressor).fit(X, y_spoilt, sample_weight=weights).predict(X),
        clone(regressor).fit(X[kept], y[kept], sample_weight=weights[kept]).predict(X),
    )


@pytest.mark.parametrize("weighted", [False, True])
def test_linear_net_is_weighted_least_squares(weighted, data):
    X, _ = data
    rng = np.random.default_rng(1)
    y = rng.normal(size=(60, 2))
    weights = rng.uniform(0.1, 10, size=60) if weighted else None
    model = FeedForwardRegressor(
        (),
        max_epochs=400,
        batch_size=60,
        learning_rate=0.1,
        learning_rate_schedule="cosine",
        validation_fraction=None,
        random_state=0,
    )
    y_pred = model.fit(X, y, sample_weight=weights).predict(X)
    expected = LinearRegression().fit(X, y, sample_weight=weights).predict(X)
    assert_allclose(y_pred, expected, atol=1e-3)


@over_regressors
@pytest.mark.parametrize(
    ("weights", "match"),
    [
        (np.zeros(60), "a non-zero number|one non-zero number"),
        (np.full(60, -1.0), "Negative values in data passed to `sample_weight`"),
        (np.full(60, np.nan), "sample_weight contains NaN"),
        (np.ones(59), r"sample_weight.shape == \(59,\)"),
    ],
)
def test_bad_sample_weights_are_refused(regressor, weights, match, data):
    with pytest.raises(ValueError, match=match):
        clone(regressor).fit(*data, sample_weight=weights)


@pytest.mark.parametrize("fraction", [0.1, None])
def test_schedules(fraction, data):
    def learning_rates(schedule, max_epochs=12, **params):
        record = RecordLearningRates()
        model = clone(REGRESSORS[0]).set_params(
            learning_rate_schedule=schedule,
            max_epochs=max_epochs,
            validation_fraction=fraction,
            callbacks=[record],
            **params,
        )
        model.fit(*data)
        return np.array(record.learning_rates) / model.learning_rate

    assert_array_equal(learning_rates(None), 1)
    one_cycle = learning_rates("one_cycle")
    assert one_cycle[0] == pytest.approx(1 / 25)
    assert one_cycle.max() == pytest.approx(1, rel=0.1)
    assert one_cycle[-1] < 0.2
    cosine = learning_rates("cosine")
    assert_allclose(cosine, (1 + np.cos(np.pi * np.arange(12) / 12)) / 2, atol=1e-12)
    plateau = learning_rates("plateau", 60, learning_rate=0.3, patience=4)
    steps = np.diff(np.log10(plateau)).round(6)
    assert set(steps) == {0, -1}


def test_divergence_is_an_error(data):
    model = FeedForwardRegressor((), learning_rate=1e30, random_state=0)
    with pytest.raises(ValueError, match=r"loss became (nan|inf) in epoch \d+; a lea"):
        model.fit(*data)


@over_regressors
def test_progress_bar_counts_epochs(regressor, data, capsys):
    model = clone(regressor).set_params(verbose=True).fit(*data)
    assert f"{model.n_iter_}/8" in capsys.readouterr().err
    clone(regressor).fit(*data)
    assert capsys.readouterr() == ("", "")


@over_regressors
def test_history_is_that_of_skorch(regressor, data):
    model = clone(regressor).fit(*data)
    assert isinstance(model.net_, skorch.NeuralNet)
    assert model.net_.history[:, "epoch"] == list(range(1, model.n_iter_ + 1))
    assert len(model.net_.history[:, "train_loss"]) == model.n_iter_


def mean_absolute_error(net, X, y):
    return float(np.abs(net.predict(X) - y).mean())


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("use_caching", [False, True])
@pytest.mark.parametrize("scoring", ["neg_mean_squared_error", mean_absolute_error])
def test_scoring_callbacks_of_skorch_work(data, scoring, use_caching, weighted):
    X, y = data
    score = skorch.callbacks.EpochScoring(
        scoring, name="score", use_caching=use_caching
    )
    regressor = FeedForwardRegressor(
        (8,), max_epochs=3, callbacks=[("score", score)], random_state=0
    ).fit(X, y, sample_weight=np.ones(len(X)) if weighted else None)
    scores = regressor.net_.history[:, "score"]
    assert np.isfinite(scores).all()
    if scoring == "neg_mean_squared_error":
        # Validation losses are means over the same samples, with weights of 1.
        losses = regressor.net_.history[:, "valid_loss"]
        assert_allclose(scores, -np.array(losses), rtol=1e-5)


def test_checkpoint_of_skorch(data, tmp_path):
    checkpoint = skorch.callbacks.Checkpoint(dirname=tmp_path)
    FeedForwardRegressor(
        (8,), max_epochs=3, callbacks=[("save", checkpoint)], random_state=0
    ).fit(*data)
    assert (tmp_path / "params.pt").is_file()


def test_a_sample_that_hardly_counts_changes_nothing(rng):
    X = rng.uniform(size=(300, 4))
    y = X @ np.array([1.0, 2.0, 3.0, 4.0])
    outlying = y.copy(), X.copy()
    outlying[0][0], outlying[1][0] = 1e4, 1e3
    weight = np.ones(300)
    weight[0] = 1e-9
    regressor = FeedForwardRegressor(
        (32,), batch_size=16, max_epochs=30, random_state=0
    )
    for targets, inputs in [(outlying[0], X), (y, outlying[1])]:
        regressor.fit(inputs, targets, sample_weight=weight)
        assert regressor.score(X[1:], y[1:]) > 0.9


@over_regressors
def test_default_precision_of_torch_does_not_matter(regressor, data):
    torch.set_default_dtype(torch.float64)
    try:
        predicted = clone(regressor).fit(*data).predict(data[0])
    finally:
        torch.set_default_dtype(torch.float32)
    assert_array_equal(predicted, clone(regressor).fit(*data).predict(data[0]))


def test_early_stopping_of_the_user_is_no_interruption(data):
    stop = skorch.callbacks.EarlyStopping(
        monitor="train_loss", patience=2, threshold=10.0
    )
    regressor = FeedForwardRegressor(
        (8,), max_epochs=20, callbacks=[stop], random_state=0
    ).fit(*data)
    assert regressor.n_iter_ < 20


def test_what_is_no_callback(data):
    for callbacks in ([1], [("name", 1)], ["save"]):
        with pytest.raises(TypeError, match="callbacks must hold callbacks of skorch"):
            FeedForwardRegressor((8,), callbacks=callbacks).fit(*data)


def test_callbacks_may_predict_on_weighted_batches(data):
    score = skorch.callbacks.BatchScoring(
        "neg_mean_squared_error", lower_is_better=False, use_caching=False, name="score"
    )
    regressor = FeedForwardRegressor((8,), max_epochs=2, callbacks=[score])
    regressor.fit(*data, sample_weight=np.ones(len(data[0])))
    assert np.isfinite(regressor.net_.history[:, "score"]).all()


ACTIVATIONS = {
    "relu": lambda x: np.maximum(x, 0),
    "silu": lambda x: x * expit(x),
    "gelu": lambda x: x * (1 + erf(x / np.sqrt(2))) / 2,
    "tanh": np.tanh,
}
over_activations = pytest.mark.parametrize("activation", ACTIVATIONS)


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


def test_linear_skip_learns_what_is_linear(rng):
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


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("complex_valued", [False, True])
def test_autocorrelation_inputs(complex_valued, dtype, rng, monkeypatch):
    x = rng.uniform(size=(40, 4, 4))
    if complex_valued:
        x = x * np.exp(2j * np.pi * rng.uniform(size=x.shape))
    X = FourierPhaseRetrieval((4, 4), (8, 8))(x).astype(dtype)
    transform = InputTransform("autocorrelation", (8, 8)).fit(X)
    monkeypatch.setattr("sklearn_symbreak.neural_network._scaling.CHUNK_BYTES", 1)
    inputs = transform.transform(X)
    assert inputs.dtype == np.float32 and inputs.shape == X.shape
    assert_allclose(inputs.mean(axis=0), 0, atol=1e-5)
    assert_allclose(np.mean(inputs**2), 1, rtol=1e-4)
    # The unit does not matter; roots of powers of 4 are exact.
    assert_array_equal(
        InputTransform("autocorrelation", (8, 8)).fit(4 * X).transform(4 * X), inputs
    )
    roots = transform.scaler_.inverse_transform(inputs)
    padded = np.pad(x, ((0, 0), (0, 4), (0, 4)))
    for root, lag in zip(roots.T, itertools.product(range(8), repeat=2), strict=True):
        moved = np.roll(padded, (-lag[0], -lag[1]), axis=(1, 2))
        a = np.sum(np.conj(padded) * moved, axis=(1, 2))
        assert_allclose(root * np.abs(root), a.real + a.imag, atol=1e-3)


@pytest.mark.parametrize("columns", [36, 32])
def test_nets_take_the_autocorrelation(columns, rng):
    shape = (6, 6) if columns == 36 else (1, 32)
    y = rng.uniform(size=(200, *(n // 2 or 1 for n in shape)))
    X = FourierPhaseRetrieval(y.shape[1:], shape)(y)
    common = {"input_transform": "autocorrelation", "validation_fraction": None}
    common |= {"max_epochs": 3, "random_state": 0}
    plain = FeedForwardRegressor((16,), **common).fit(X, y)
    unet = UNetRegressor(n_channels=2, n_hidden=8, **common).fit(X, y)
    for net in (plain, unet):
        assert net.predict(X).shape == y.shape
    # As if it had been given what the transform makes of X.
    roots = autocorrelation_roots(X, shape)
    given = clone(plain).set_params(input_transform="none")
    scaled = CommonScaler().fit(roots).transform(roots)
    assert_array_equal(given.fit(scaled, y).predict(scaled), plain.predict(X))


def test_only_ratios_of_weights_count(data):
    X, y = data
    weight = np.linspace(1, 2, len(X))
    model = FeedForwardRegressor((4,), max_epochs=2, random_state=0)
    expected = clone(model).fit(X, y, sample_weight=weight).predict(X)
    for unit in (1e300, 1e-300):
        found = clone(model).fit(X, y, sample_weight=unit * weight).predict(X)
        assert_allclose(found, expected, rtol=1e-5)


def test_training_where_gradients_are_off(data):
    model = FeedForwardRegressor((4,), max_epochs=2, random_state=0)
    expected = clone(model).fit(*data).predict(data[0])
    with torch.no_grad():
        found = clone(model).fit(*data).partial_fit(*data).predict(data[0])
        assert_array_equal(clone(model).fit(*data).predict(data[0]), expected)
    assert not np.array_equal(found, expected)
