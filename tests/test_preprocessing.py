"""The autocorrelation as an input of regressors."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklearn_symbreak.forward import FourierPhaseRetrieval
from sklearn_symbreak.preprocessing import AutocorrelationTransformer

SHAPES = [((5,), (11,)), ((3, 4), (6, 9)), ((3, 4), (5, 7)), ((2, 3, 2), (4, 6, 4))]


def images(shape, n_samples=6, seed=0):
    return np.random.RandomState(seed).standard_normal((n_samples, *shape))


def correlation(x, lag):
    """One lag by its definition."""
    padded = np.pad(x, [(0, 0)] + [(n, n) for n in x.shape[1:]])
    moved = np.roll(padded, tuple(-lag), axis=tuple(range(1, x.ndim)))
    return (padded * moved).reshape(len(x), -1).sum(axis=1)


@pytest.mark.parametrize(("canvas", "frame"), SHAPES)
@pytest.mark.parametrize("order", ["corner", "center"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_roots_of_the_autocorrelation(canvas, frame, order, dtype):
    x = images(canvas)
    X = FourierPhaseRetrieval(canvas, frame, order)(x).astype(dtype)
    transformer = AutocorrelationTransformer(frame, canvas, order)
    roots = transformer.fit_transform(X)
    assert roots.dtype == dtype
    # Each lag of the canvas once, or its opposite.
    n_lags = np.prod([2 * n - 1 for n in canvas])
    assert roots.shape == (6, (n_lags + 1) // 2)
    lags = {tuple(lag) for lag in transformer.lags_}
    assert len(lags | {tuple(-lag) for lag in transformer.lags_}) == n_lags
    atol = 1e-2 if dtype == "float32" else 1e-6
    for column, lag in zip(roots.T, transformer.lags_, strict=True):
        a = correlation(x, lag)
        expected = np.sign(a) * np.sqrt(np.abs(a))
        assert_allclose(transformer.scale_ * column, expected, atol=atol)
    deviations = roots - roots.mean(axis=0)
    assert_allclose(np.mean(deviations**2), 1, rtol=1e-3)


def test_all_lags_by_default():
    transformer = AutocorrelationTransformer((4, 6))
    X = FourierPhaseRetrieval((4, 6), (4, 6))(images((4, 6)))
    roots = transformer.fit_transform(X)
    # They determine the measurement.
    power = np.copysign((transformer.scale_ * roots) ** 2, roots)
    whole = np.zeros((6, 4, 6))
    for column, (row, place) in zip(power.T, transformer.lags_, strict=True):
        whole[:, row % 4, place % 6] = whole[:, -row % 4, -place % 6] = column
    assert_allclose(np.fft.fft2(whole).real.reshape(6, -1), X, atol=1e-9)


def test_noise_at_opposite_frequencies_is_averaged():
    X = FourierPhaseRetrieval((3, 4), (6, 9))(images((3, 4))) + 10
    odd = np.random.RandomState(1).standard_normal((6, 6, 9))
    odd = odd - np.roll(odd[:, ::-1, ::-1], (1, 1), axis=(1, 2))
    transformer = AutocorrelationTransformer((6, 9), (3, 4)).fit(X)
    noisy = X + odd.reshape(6, -1)
    assert_allclose(transformer.transform(noisy), transformer.transform(X), atol=1e-6)


def test_batches_and_constant_columns(monkeypatch):
    X = FourierPhaseRetrieval((3, 4), (6, 9))(images((3, 4)))
    transformer = AutocorrelationTransformer((6, 9)).fit(X)
    expected = transformer.transform(X)
    name = "sklearn_symbreak.preprocessing._autocorrelation.CHUNK_BYTES"
    monkeypatch.setattr(name, 1)
    assert_array_equal(transformer.transform(X), expected)
    same = np.repeat(X[:1], 3, axis=0)
    assert clone(transformer).fit(same).scale_ == 1.0


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"measurement_shape": 8}, "measurement_shape must be a tuple of 1 to 3"),
        ({"signal_shape": (3,)}, r"signal_shape must have 2 axes, .* got \(3,\)"),
        ({"signal_shape": (3, 0)}, "signal_shape must be a positive int"),
        ({"zero_frequency": "left"}, "zero_frequency must be 'corner' or 'center'"),
        ({"measurement_shape": (6, 8)}, "X must have 48 columns"),
    ],
)
def test_bad_parameters(params, match):
    transformer = AutocorrelationTransformer((6, 9)).set_params(**params)
    with pytest.raises(ValueError, match=match):
        transformer.fit(np.ones((2, 54)))
    with pytest.raises(NotFittedError):
        transformer.transform(np.ones((2, 54)))


def test_names_and_later_parameters():
    X = np.ones((2, 54))
    transformer = AutocorrelationTransformer((6, 9), (2, 2)).fit(X)
    names = transformer.get_feature_names_out()
    assert list(names[:2]) == [f"autocorrelationtransformer{k}" for k in range(2)]
    assert len(names) == 5
    before = transformer.transform(X)
    transformer.set_params(measurement_shape=(9, 6), zero_frequency="center")
    assert_array_equal(transformer.transform(X), before)
    for value in (np.nan, np.inf):
        X[0, 0] = value
        with pytest.raises(ValueError, match="Input X contains"):
            transformer.transform(X)


@pytest.mark.parametrize("frame", [(4, 4), (5, 8), (4, 6, 8), (8,), (7, 9)])
def test_opposite_lags_are_kept_once(frame):
    X = FourierPhaseRetrieval(frame, frame)(images(frame, 20))
    roots = AutocorrelationTransformer(frame).fit_transform(X)
    distinct = np.unique(roots.round(8), axis=1).shape[1]
    assert roots.shape[1] == distinct
    assert distinct == len({tuple(row) for row in roots.T.round(8)})
