"""The paper's experiments: errors of images, and measurements for the dense net."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from benchmarks.paper._fourier import (
    as_bytes,
    canvas_rmse,
    non_redundant_half,
    share_solved,
)
from benchmarks.paper._records import load_published, load_records, publish, store
from sklearn_symbreak.datasets import make_fourier_phase_retrieval
from sklearn_symbreak.groups import CyclicShift, FourierSymmetry
from sklearn_symbreak.metrics import scaled_orbit_residual


@pytest.fixture(scope="module")
def shifted_images():
    images = np.random.default_rng(0).random((12, 5, 5), dtype=np.float32)
    X, y = make_fourier_phase_retrieval(
        images,
        canvas_shape=8,
        measurement_shape=16,
        variant="shift_flip",
        random_state=0,
    )
    return X, y


def test_share_solved_counts_residuals(shifted_images):
    _, y = shifted_images
    rng = np.random.default_rng(1)
    noise = np.linspace(0, 0.2, len(y))[:, None, None]
    predicted = 3 * y[:, ::-1, ::-1] + noise * rng.standard_normal(y.shape)
    predicted[-1] = 0
    group = FourierSymmetry()
    residuals = [
        scaled_orbit_residual(y[[k]], predicted[[k]], group=group)
        for k in range(len(y))
    ]
    share = share_solved(y, predicted, group=group)
    assert_allclose(share, np.mean(np.array(residuals) < 0.01))
    assert 0 < share < 1
    # Without a group that contains the phase, a sign is added.
    assert share_solved(y, -y, group=CyclicShift(ndim=2)) == 1


def test_canvas_rmse_is_not_registered(shifted_images):
    _, y = shifted_images
    assert canvas_rmse(y, y) == 0
    assert canvas_rmse(y, y[:, ::-1, ::-1]) > 0
    assert_allclose(canvas_rmse(y, np.zeros_like(y)) ** 2, np.mean(y**2), rtol=1e-6)


def test_the_other_half_of_a_measurement_is_redundant(shifted_images):
    X, y = shifted_images
    half = non_redundant_half(X, (16, 16)).reshape(-1, 16, 9)
    assert_allclose(
        half, np.abs(np.fft.rfft2(y, s=(16, 16))) ** 2, rtol=1e-4, atol=1e-4
    )
    assert half.dtype == X.dtype


@pytest.mark.parametrize("shape", [(6, 7), (7, 6)])
def test_of_noisy_measurements_the_mean_of_opposite_frequencies_counts(shape):
    X = np.random.default_rng(0).poisson(3.0, (4, *shape)).astype(np.float32)
    kept = X.copy()
    reflected = np.roll(X[:, ::-1, ::-1], (1, 1), axis=(1, 2))
    expected = ((X + reflected) / 2)[:, :, : shape[1] // 2 + 1]
    half = non_redundant_half(X.reshape(4, -1), shape)
    assert_array_equal(half, expected.reshape(4, -1))
    assert half.dtype == np.float32
    assert_array_equal(X, kept)


def test_images_survive_the_record(tmp_path):
    images = np.linspace(-0.5, 1.5, 24).reshape(2, 3, 4)
    record = {"parameters": {"seed": 0}, "errors": {}}
    store(tmp_path / "table2" / "seed=0.json", record | {"shown": as_bytes(images)})
    publish(tmp_path, tmp_path, "table2")
    for load in (load_records, load_published):
        (stored,) = load(tmp_path, "table2")
        assert stored["shown"].dtype == np.uint8
        assert_array_equal(stored["shown"], np.rint(255 * np.clip(images, 0, 1)))
