"""Noise that is added to measurements."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_symbreak.forward import (
    add_noise,
)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("snr", [-3, 0.0, 20])
def test_gaussian_noise_has_the_signal_to_noise_ratio_in_every_sample(snr, dtype):
    X = np.random.RandomState(0).uniform(size=(4, 20_000)).astype(dtype)
    X *= np.array([[1e-3], [1], [10], [1e4]], dtype=dtype)
    noisy = add_noise(X, snr=snr, random_state=1)
    assert noisy.dtype == X.dtype
    noise = noisy - X
    ratio = 10 * np.log10(np.sum(X**2, axis=1) / np.sum(noise**2, axis=1))
    assert_allclose(ratio, snr, atol=0.2)
    assert_allclose(noise.mean(axis=1) / noise.std(axis=1), 0, atol=0.04)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("photon_count", [3, 1e4])
def test_poisson_noise_has_the_mean_and_variance_of_photons(photon_count, dtype):
    row = np.array([0, 1, 2, 3, 10], dtype=dtype)
    noisy = add_noise(
        np.tile(row, (50_000, 1)), photon_count=photon_count, random_state=0
    )
    assert noisy.dtype == row.dtype
    photons = noisy.astype(float) * photon_count / row.sum()
    assert_allclose(photons, np.round(photons), atol=1e-6 * photon_count)
    expected = photon_count * row / row.sum()
    assert_allclose(photons.mean(axis=0), expected, rtol=0.03)
    assert_allclose(photons.var(axis=0), expected, rtol=0.05)


def test_poisson_noise_leaves_a_sample_of_zeros():
    X = np.array([[0.0, 0.0], [1.0, 1.0]])
    noisy = add_noise(X, photon_count=100, random_state=0)
    assert_array_equal(noisy[0], 0)
    assert np.all(noisy[1] > 0)


def test_without_noise_the_measurements_stay():
    X = np.ones((2, 3), dtype=np.float32)
    assert add_noise(X) is X


@pytest.mark.parametrize("noise", [{"snr": 10}, {"photon_count": 50}])
def test_noise_is_reproducible_and_leaves_its_input(noise):
    X = np.random.RandomState(0).uniform(size=(3, 10))
    before = X.copy()
    first = add_noise(X, **noise, random_state=3)
    assert_array_equal(first, add_noise(X, **noise, random_state=3))
    assert not np.array_equal(first, add_noise(X, **noise, random_state=4))
    assert_array_equal(X, before)


@pytest.mark.parametrize(
    ("X", "noise", "error", "match"),
    [
        (
            [[1.0]],
            {"snr": 10, "photon_count": 5},
            ValueError,
            "exclude each other, got snr=10 and photon_count=5",
        ),
        ([[1.0]], {"snr": np.nan}, ValueError, "snr must be a finite .*got nan"),
        ([[1.0]], {"snr": -7000}, ValueError, "from -3000 to 3000, .* got -7000"),
        ([[1.0]], {"snr": 10**400}, ValueError, "snr must be a finite .*got 1000"),
        ([[1.0]], {"snr": "high"}, TypeError, "snr must be an instance of float"),
        (
            [[1.0]],
            {"photon_count": 0},
            ValueError,
            "photon_count must be positive and at most 1e18.*got 0",
        ),
        ([[1.0]], {"photon_count": 1e19}, ValueError, r"at most 1e18.*got 1e\+19"),
        ([[1.0]], {"photon_count": np.nan}, ValueError, "photon_count .*got nan"),
        ([[1.0]], {"photon_count": "many"}, TypeError, "photon_count must be an inst"),
        (
            [[1.0, -0.5]],
            {"photon_count": 5},
            ValueError,
            r"X must be nonnegative under Poisson noise .*got a minimum of -0\.5",
        ),
        ([[np.inf]], {"snr": 5}, ValueError, "Input X contains infinity"),
        ([[-np.inf]], {"photon_count": 5}, ValueError, "Input X contains infinity"),
        (
            [[1e308, 1e308]],
            {"snr": -200},
            ValueError,
            "X must stay in the range of float64.* got snr=-200, which makes noise be",
        ),
        (
            np.ones((1, 2), np.float32),
            {"snr": -2000},
            ValueError,
            "X must stay in the range of float32.* got snr=-2000",
        ),
        (
            np.full((1, 50), 1.7e308),
            {"photon_count": 50, "random_state": 0},
            ValueError,
            "X must stay in the range of float64.* got photon_count=50, which",
        ),
        ([[1j]], {"snr": 5}, ValueError, "Complex data not supported"),
    ],
)
def test_noise_refuses(X, noise, error, match):
    with pytest.raises(error, match=match):
        add_noise(X, **noise)


@pytest.mark.parametrize("noise", [{"snr": 10}, {"photon_count": 1e6}])
def test_noise_leaves_what_is_not_measured(noise):
    rng = np.random.RandomState(0)
    X = rng.uniform(1, 2, size=(50, 400))
    missing = rng.uniform(size=X.shape) < 0.5
    missing[0] = True
    with_gaps = np.where(missing, np.nan, X)
    before = with_gaps.copy()
    noisy = add_noise(with_gaps, **noise, random_state=1)
    assert_array_equal(np.isnan(noisy), missing)
    assert_array_equal(with_gaps, before)
    # The noise is that of the measured entries alone.
    for row in range(1, 50):
        known = ~missing[row]
        difference = noisy[row, known] - X[row, known]
        energy = np.sum(X[row, known] ** 2)
        if "snr" in noise:
            expected = energy / 10
        else:
            expected = np.sum(X[row, known]) ** 2 / noise["photon_count"]
        assert_allclose(np.sum(difference**2), expected, rtol=0.5)


@pytest.mark.parametrize("scale", [2.0**-1000, 2.0**-600, 2.0**600, 2.0**1000])
@pytest.mark.parametrize("noise", [{"snr": 10}, {"photon_count": 50}])
def test_noise_at_any_size_of_the_measurements(noise, scale):
    X = np.random.RandomState(0).uniform(size=(3, 10))
    expected = scale * add_noise(X, **noise, random_state=0)
    assert_array_equal(add_noise(scale * X, **noise, random_state=0), expected)


def test_hardly_any_light():
    assert_array_equal(add_noise(np.ones((2, 3)), photon_count=1e-320), 0)


def test_noise_of_tensors():
    torch = pytest.importorskip("torch")
    X = np.random.RandomState(0).uniform(size=(3, 10))
    tensor = torch.asarray(X.copy()).requires_grad_()
    noisy = add_noise(tensor, snr=10, random_state=0)
    assert type(noisy) is np.ndarray
    assert_array_equal(noisy, add_noise(X, snr=10, random_state=0))
    with pytest.raises(ValueError, match=r"Complex data not supported.*torch\.complex"):
        add_noise(tensor + 1j, snr=10)
