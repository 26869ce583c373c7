"""The neural regressors as scikit-learn estimators, and the widths of their layers."""

import inspect
import pickle
import sys
import warnings

import numpy as np
import pytest
from helpers import over_nets
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict

from sklearn_symbreak.neural_network import (
    FEED_FORWARD_PRESETS,
    FeedForwardRegressor,
    UNetRegressor,
)
from sklearn_symbreak.neural_network._scaling import unreachable_error

torch = pytest.importorskip("torch")
pytest.importorskip("skorch")
pytestmark = pytest.mark.usefixtures("single_thread")

SMALL_UNET = {"n_channels": 2, "n_hidden": 8, "max_epochs": 1, "random_state": 0}
REGRESSORS = [
    FeedForwardRegressor((8,), max_epochs=2, random_state=0),
    UNetRegressor(input_transform="standardize", **SMALL_UNET),
    FeedForwardRegressor(
        (8,),
        activation="silu",
        batch_norm=True,
        linear_skip=True,
        max_epochs=2,
        weight_decay=0.1,
        random_state=0,
    ),
]
over_regressors = over_nets(REGRESSORS)
over_precisions = pytest.mark.parametrize("dtype", ["float32", "float64"])


def draw_data(n_samples=40, n_features=16, target_shape=(4, 3), dtype="float64"):
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(n_samples, n_features)).astype(dtype)
    return X, rng.normal(size=(n_samples, *target_shape)).astype(dtype)


@over_regressors
@over_precisions
def test_rows_are_predicted_by_themselves(regressor, dtype):
    X, y = draw_data(dtype=dtype)
    model = clone(regressor).fit(X, y)
    expected = model.predict(X)
    order = np.random.default_rng(1).permutation(len(X))
    # Products of single precision round by the number of rows: sums of up to a few
    # hundred numbers of size 1, each off by 1e-7 times a random sign.
    for rows in (slice(7, 8), slice(3, 20), order):
        assert_allclose(model.predict(X[rows]), expected[rows], atol=1e-5)


@over_regressors
@over_precisions
@pytest.mark.parametrize("target_shape", [(), (1,), (12,), (4, 3), (2, 4, 3)])
def test_predict_returns_shape_and_dtype_of_targets(regressor, dtype, target_shape):
    X, y = draw_data(target_shape=target_shape, dtype=dtype)
    y_pred = clone(regressor).fit(X, y).predict(X[:7])
    assert y_pred.shape == (7, *target_shape)
    assert y_pred.dtype == dtype


@over_regressors
def test_dtype_of_predictions_follows_targets_not_measurements(regressor):
    X, y = draw_data()
    model = clone(regressor).fit(X.astype("float32"), y)
    assert model.predict(X.astype("float32")).dtype == "float64"
    model = clone(regressor).fit(X, y.astype("float32"))
    assert model.predict(X).dtype == "float32"
    assert clone(regressor).fit(X, y.astype(int)).predict(X).dtype == "float64"


@over_regressors
def test_one_dimensional_targets_train_as_a_column_does(regressor):
    X, y = draw_data(target_shape=())
    flat = clone(regressor).fit(X, y)
    column = clone(regressor).fit(X, y[:, None])
    assert_array_equal(flat.predict(X)[:, None], column.predict(X))


@over_regressors
def test_flattened_targets_train_as_images_do(regressor):
    X, y = draw_data(target_shape=(2, 4, 3))
    params = {"signal_shape": (4, 3)} if isinstance(regressor, UNetRegressor) else {}
    regressor = clone(regressor).set_params(**params)
    images = clone(regressor).fit(X, y).predict(X)
    flat = clone(regressor).fit(X, y.reshape(40, -1)).predict(X)
    assert_array_equal(images.reshape(40, -1), flat)


@over_regressors
def test_pickle_predicts_the_same(regressor):
    X, y = draw_data()
    params = {"learning_rate_schedule": "one_cycle", "verbose": True}
    model = clone(regressor).set_params(**params).fit(X, y)
    copy = pickle.loads(pickle.dumps(model))
    assert_array_equal(copy.predict(X), model.predict(X))
    assert copy.fit(X, y).n_iter_ == model.n_iter_


@over_regressors
def test_pickle_does_not_hold_the_training_data(regressor):
    X, y = draw_data()
    model = clone(regressor).set_params(batch_size=4000)
    small = len(pickle.dumps(model.fit(X, y)))
    X, y = np.repeat(X, 100, axis=0), np.repeat(y, 100, axis=0)
    assert len(pickle.dumps(model.fit(X, y))) < small + y.nbytes / 2


@over_regressors
def test_model_selection(regressor):
    X, y = draw_data(n_samples=30, target_shape=(3,))
    search = GridSearchCV(regressor, {"max_epochs": [1, 2]}, cv=2).fit(X, y)
    assert search.best_estimator_.n_iter_ <= 2
    y_pred = cross_val_predict(regressor, X, y, cv=KFold(3))
    assert y_pred.shape == y.shape


@over_regressors
def test_global_pandas_output_is_harmless(regressor):
    X, y = draw_data()
    with config_context(transform_output="pandas"):
        y_pred = clone(regressor).fit(X, y).predict(X)
    assert_array_equal(y_pred, clone(regressor).fit(X, y).predict(X))


@over_regressors
def test_any_memory_layout_is_accepted(regressor):
    X, y = draw_data(dtype="float32")
    model = clone(regressor).set_params(input_transform="none").fit(X, y)
    expected = model.predict(X)
    read_only = X.copy()
    read_only.flags.writeable = False
    assert_array_equal(model.predict(read_only), expected)
    assert_allclose(model.predict(X[::-1])[::-1], expected, rtol=1e-5, atol=1e-6)
    assert_array_equal(model.predict(np.asfortranarray(X)), expected)


@over_regressors
@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda X, y: (X * 1j, y), "Complex data not supported: X must hold real"),
        (lambda X, y: (X, y * 1j), "y must be real, got dtype complex"),
        (lambda X, y: (X[:0], y[:0]), "0 sample"),
        (lambda X, y: (X[:, :0], y), "0 feature"),
        (lambda X, y: (X, y[:, :0]), "0 feature"),
        (lambda X, y: (X[:-1], y), "inconsistent numbers of samples: X has .* and y"),
        (lambda X, y: (X[0], y), "Expected 2D array"),
        (lambda X, y: (np.where(X[3, 2] == X, np.nan, X), y), "X contains NaN"),
        (
            lambda X, y: (X, np.where(y == y[3, 2, 1], np.inf, y)),
            "y contains NaN or inf",
        ),
        (lambda X, y: (X[:1], y[:1]), "validation_fraction=0.1 leaves nothing"),
        (lambda X, y: (X, None), "y"),
    ],
)
def test_bad_data_are_refused(regressor, change, match):
    with pytest.raises(ValueError, match=match):
        clone(regressor).fit(*change(*draw_data()))


@over_regressors
def test_bad_measurements_are_refused_in_predict(regressor):
    X, y = draw_data()
    model = clone(regressor).fit(X, y)
    with pytest.raises(ValueError, match="expecting 16 features"):
        model.predict(X[:, :9])
    with pytest.raises(ValueError, match="0 sample"):
        model.predict(X[:0])
    with pytest.raises(ValueError, match="Complex data not supported: X must hold"):
        model.predict(X * 1j)
    with pytest.raises(ValueError, match="y must be real, got dtype complex128"):
        model.score(X, 1j * y)
    with pytest.raises(ValueError, match=r"X has \d+ and y has 3; they must be equal"):
        model.score(X, y[:3])
    with pytest.raises(ValueError, match=r"too large for float32.*up to 1e\+300"):
        model.set_params(input_transform="none").fit(X, y).predict(X + 1e300)
    model.set_params(input_transform="standardize")
    with (
        np.errstate(all="ignore"),
        pytest.raises(ValueError, match=r"too large for float32.*up to .*e\+300"),
    ):
        model.fit(1e300 * X, y)


@pytest.mark.parametrize("scale", [1e-200, 1e-20, 1e20, 1e200])
def test_size_of_the_targets_does_not_matter(scale):
    X, y = draw_data()
    model = FeedForwardRegressor((8,), max_epochs=2, random_state=0)
    expected = model.fit(X, y).predict(X)
    with np.errstate(over="ignore", under="ignore"):
        # The loss in units of the squared targets has no such range.
        scaled = model.fit(X, scale * y).predict(X)
    assert_allclose(scaled / scale, expected, rtol=1e-4, atol=1e-4)


def test_levels_that_the_measurement_does_not_have():
    X, y = draw_data()
    match = r"n_levels must be at most 4 for measurements of shape \(4, 4\), got 40"
    with pytest.raises(ValueError, match=match):
        UNetRegressor(n_levels=40).fit(X, y)


@over_regressors
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_epochs", 0),
        ("batch_size", 0),
        ("learning_rate", 0.0),
        ("learning_rate_schedule", "linear"),
        ("l1_penalty", -1.0),
        ("weight_decay", -1.0),
        ("validation_fraction", 1.0),
        ("patience", 0),
        ("input_transform", "log"),
        ("callbacks", "early"),
        ("device", 0),
    ],
)
def test_bad_parameters_are_refused(regressor, name, value):
    model = clone(regressor).set_params(**{name: value})
    with pytest.raises(ValueError, match=rf"'{name}' parameter .* Got {value!r}"):
        model.fit(*draw_data())


@over_regressors
def test_negative_magnitudes(regressor):
    X, y = draw_data()
    model = clone(regressor).set_params(input_transform="log_magnitude")
    with pytest.raises(ValueError, match=r"Negative values in data.* make up \d+%"):
        model.fit(X - 0.5, y)
    noisy, clipped = X - 0.1, np.maximum(X - 0.1, 0)
    assert (noisy < 0).any()
    assert_array_equal(
        clone(model).fit(noisy, y).predict(noisy),
        clone(model).fit(clipped, y).predict(clipped),
    )


@over_regressors
def test_constant_columns_and_targets(regressor):
    X, y = draw_data()
    X[:, :3] = 5.0
    y[:] = np.arange(12).reshape(4, 3)
    y_pred = clone(regressor).fit(X, y).predict(X)
    assert np.isfinite(y_pred).all()


@given(exponent=st.integers(-12, 12), shift=st.integers(-3, 3))
@settings(max_examples=10)
def test_units_of_data_do_not_matter(exponent, shift):
    # Powers of two are exact in floating point; the shift is not.
    X, y = draw_data()
    scale = 2.0**exponent
    model = clone(REGRESSORS[0])
    expected = clone(model).fit(X, y).predict(X)
    y_pred = model.fit(X * scale + shift, y * scale + shift).predict(X * scale + shift)
    assert_allclose((y_pred - shift) / scale, expected, atol=1e-4 / min(scale, 1))


@pytest.mark.parametrize(
    ("preset", "n_outputs", "n_parameters"),
    [
        ("NN", 15, 57_743),
        ("NN", 30, 58_718),
        ("WNN", 15, 197_391),
        ("WNN", 30, 199_326),
        ("DNN", 15, 2_914_063),
        ("DNN", 30, 2_915_998),
    ],
)
def test_presets_have_the_published_numbers_of_parameters(
    preset, n_outputs, n_parameters
):
    model = FeedForwardRegressor.from_preset(preset, max_epochs=1, random_state=0)
    assert model.hidden_layer_sizes == FEED_FORWARD_PRESETS[preset]
    assert model.count_parameters(60, n_outputs) == n_parameters
    model.fit(*draw_data(4, 60, (n_outputs,)))
    assert model.n_parameters_ == n_parameters


def test_unknown_preset():
    with pytest.raises(ValueError, match=r"name must be one of .*'WNN'.*, got 'CNN'"):
        FeedForwardRegressor.from_preset("CNN")
    with pytest.raises(ValueError, match=r"name must be one of .* got \['NN'\]"):
        FeedForwardRegressor.from_preset(["NN"])


def test_hidden_layer_sizes():
    X, y = draw_data(target_shape=())
    linear = FeedForwardRegressor((), max_epochs=1).fit(X, y)
    assert linear.n_parameters_ == linear.count_parameters(16, 1) == 17
    assert FeedForwardRegressor(8).count_parameters(16, 1) == 16 * 8 + 8 + 8 + 1
    for sizes in [(8, 0), (8.5,), ("8",)]:
        with pytest.raises(ValueError, match=r"hidden_layer_sizes must be .*, got \("):
            FeedForwardRegressor(sizes).fit(X, y)


@given(
    measurement_shape=st.tuples(st.integers(1, 11), st.integers(1, 11)),
    signal_shape=st.tuples(st.integers(1, 11), st.integers(1, 11)),
    n_levels=st.integers(1, 4),
)
def test_unet_fits_every_shape(measurement_shape, signal_shape, n_levels):
    X, y = draw_data(6, int(np.prod(measurement_shape)), signal_shape)
    model = UNetRegressor(n_levels, measurement_shape=measurement_shape, **SMALL_UNET)
    assert model.fit(X, y).predict(X).shape == y.shape


@pytest.mark.parametrize(
    ("n_outputs", "layout"),
    [(1, (1, 1, 1)), (9, (1, 3, 3)), (18, (2, 3, 3)), (12, (1, 1, 12))],
)
def test_unet_guesses_the_layout_of_flattened_signals(n_outputs, layout):
    X, y = draw_data(target_shape=(n_outputs,))
    net = UNetRegressor(**SMALL_UNET).fit(X, y).net_
    assert (net.module__output_channels, *net.module__output_shape) == layout


@pytest.mark.parametrize(
    ("params", "target_shape", "match"),
    [
        ({"measurement_shape": (4, 5)}, (4, 3), r"needs 20 columns in X, got 16"),
        ({"measurement_shape": (4, 0)}, (4, 3), "measurement_shape must be a positive"),
        ({"signal_shape": (4, 3, 2)}, (4, 3), "signal_shape must be a positive int"),
        ({"signal_shape": (5, 3)}, (12,), r"signal_shape=\(5, 3\) does not fit"),
        ({"signal_shape": (3, 4)}, (4, 3), r"signal_shape=\(3, 4\) does not fit"),
        ({}, (2, 2, 2, 2), "at most 4 axes"),
    ],
)
def test_unet_refuses_shapes_that_do_not_fit(params, target_shape, match):
    X, y = draw_data(target_shape=target_shape)
    with pytest.raises(ValueError, match=match):
        UNetRegressor(**SMALL_UNET, **params).fit(X, y)


@pytest.mark.parametrize("size", [4, 5])
@pytest.mark.parametrize("wanted", [2, 3, 4, 5, 8, 9])
def test_skip_connections_keep_the_zero_frequency_in_the_centre(size, wanted):
    from sklearn_symbreak.neural_network._modules import _crop_or_pad

    spectrum = torch.zeros(1, 1, size, size)
    spectrum[..., 0, 0] = 1
    resized = _crop_or_pad(torch.fft.fftshift(spectrum, dim=(2, 3)), (wanted, wanted))
    assert resized.shape == (1, 1, wanted, wanted)
    assert torch.fft.ifftshift(resized, dim=(2, 3))[0, 0, 0, 0] == 1


@over_regressors
def test_learns(regressor, rng):
    X = rng.uniform(0, 1, size=(600, 4))
    y = (X[:, :1] * X[:, 1:2] + X[:, 2:] ** 2).reshape(600, 1, 2)
    params = {"batch_size": 32, "learning_rate": 1e-2, "max_epochs": 20}
    if isinstance(regressor, UNetRegressor):
        params |= {"n_channels": 4, "n_hidden": 64, "dropout": 0.0}
    else:
        params |= {"hidden_layer_sizes": (64, 64)}
    model = clone(regressor).set_params(**params).fit(X[:500], y[:500])
    error = np.mean((model.predict(X[500:]) - y[500:]) ** 2)
    assert error < 0.03 * y.var()


@pytest.mark.parametrize("missing", ["torch", "skorch"])
@over_regressors
def test_missing_dependency(regressor, missing, monkeypatch):
    monkeypatch.setitem(sys.modules, missing, None)
    model = clone(regressor)
    with pytest.raises(ImportError, match=r'pip install "sklearn-symbreak\[neural\]"'):
        model.fit(*draw_data())


@over_regressors
@pytest.mark.parametrize("target_shape", [(), (3,), (4, 3)])
def test_score_takes_targets_of_any_shape(regressor, target_shape):
    X, y = draw_data(target_shape=target_shape)
    if isinstance(regressor, UNetRegressor) and len(target_shape) < 2:
        pytest.skip("The U-Net predicts images.")
    regressor = clone(regressor).fit(X, y)
    residual = np.sum((y - regressor.predict(X)) ** 2, axis=0)
    spread = np.sum((y - y.mean(axis=0)) ** 2, axis=0)
    assert_allclose(regressor.score(X, y), 1 - np.mean(residual / spread))


@pytest.mark.parametrize("unknown", ["no such device", "meta"])
def test_unknown_device(unknown):
    X, y = draw_data(target_shape=(2,))
    with pytest.raises(ValueError, match="device must be one that torch can use"):
        FeedForwardRegressor((8,), device=unknown).fit(X, y)


@pytest.mark.parametrize("value", [0.0, 1.0, 1e6])
def test_targets_that_are_all_the_same(value):
    X = np.random.default_rng(0).standard_normal((50, 4))
    net = FeedForwardRegressor((8,), max_epochs=2, random_state=0)
    net.fit(X, np.full((50, 2), value))
    np.testing.assert_array_equal(net.predict(X), value)


def independent_targets(n_samples=600, n_outputs=21):
    """Targets without principal components: k units explain k of all the outputs."""
    X = np.random.default_rng(0).standard_normal((n_samples, n_outputs))
    return X, X.copy()


def test_unreachable_error_is_that_of_principal_components(rng):
    for shape in [(50, 7), (7, 50)]:
        targets = rng.standard_normal(shape)
        squares = np.linalg.svd(targets, compute_uv=False) ** 2
        for n_units in range(1, 9):
            expected = squares[n_units:].sum() / targets.size
            assert_allclose(unreachable_error(targets, n_units), expected, atol=1e-12)


def test_unreachable_error_with_weights(rng):
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
def test_no_warning_in_the_settings_of_the_paper(n_outputs, rng):
    X, y = rng.standard_normal((200, 60)), rng.standard_normal((200, n_outputs))
    model = FeedForwardRegressor(max_epochs=2, random_state=0)
    assert warnings_of_fit(model, X, y) == []


def test_no_warning_of_redundant_outputs():
    X, y = independent_targets(n_outputs=3)
    y = np.repeat(y, 7, axis=1)
    model = FeedForwardRegressor((64, 4), max_epochs=20, random_state=0)
    assert warnings_of_fit(model, X, y) == []


def test_no_warning_where_the_layer_is_not_what_limits(rng):
    # Noise, which no layer could learn.
    X, y = rng.standard_normal((300, 6)), rng.standard_normal((300, 21))
    model = FeedForwardRegressor((64, 16), max_epochs=2, random_state=0)
    assert warnings_of_fit(model, X, y) == []


def test_measurements_with_a_gradient(data):
    X = torch.tensor(data[0], requires_grad=True)
    model = FeedForwardRegressor((4,), max_epochs=1, random_state=0)
    expected = clone(model).fit(*data).predict(data[0])
    assert_array_equal(model.fit(X, data[1]).predict(X), expected)
