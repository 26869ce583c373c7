"""Patterns that are symmetric about another frequency than the zero."""

import warnings

import numpy as np
import pytest

from sklearn_symbreak.datasets import load_digit_images
from sklearn_symbreak.forward import FourierPhaseRetrieval, add_noise
from sklearn_symbreak.phase_retrieval import ADMM

IMAGES = np.pad(load_digit_images()[0][:12], [(0, 0), (2, 2), (2, 2)])


def model(frame=(24, 24), zero_frequency="center"):
    return FourierPhaseRetrieval((12, 12), frame, zero_frequency)


def rolled(X, frame, shift):
    patterns = np.roll(X.reshape(-1, *frame), shift, axis=(1, 2))
    return patterns.reshape(len(X), -1)


def solve(forward, X, constraint="nonnegative"):
    ADMM(forward, constraint=constraint, max_iter=1, random_state=0).predict(X)


def warnings_of(forward, X, constraint="nonnegative"):
    """What a solver warns of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        solve(forward, X, constraint)
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize("zero_frequency", ["center", "corner"])
@pytest.mark.parametrize("frame", [(24, 24), (23, 26)])
@pytest.mark.parametrize("shift", [(1, 0), (-3, 1), (2, 2)])
def test_another_center_is_told(shift, frame, zero_frequency):
    forward = model(frame, zero_frequency)
    X = rolled(forward(IMAGES), frame, shift)
    told = rf"off by \({shift[0]}, {shift[1]}\) pixels"
    with pytest.warns(UserWarning, match=told):
        solve(forward, X)
    with pytest.warns(UserWarning, match=told):
        solve(forward, X + 1e-3 * X.mean(), "real")
    assert warnings_of(forward, X, "complex") == []


@pytest.mark.parametrize("axis_length", [24, 23])
def test_between_two_pixels(axis_length):
    forward = model((axis_length, axis_length))
    places = np.arange(axis_length) - axis_length // 2 - 0.5
    phases = np.exp(-2j * np.pi * np.outer(places, np.arange(12)) / axis_length)
    whole = np.exp(-2j * np.pi * np.outer(places + 0.5, np.arange(12)) / axis_length)
    X = np.abs(phases @ IMAGES @ whole.T) ** 2
    with pytest.warns(UserWarning, match=r"off by \(0.5, 0\) pixels"):
        solve(forward, X.reshape(len(X), -1))


@pytest.mark.parametrize("photon_count", [1e4, 1e2])
@pytest.mark.parametrize("frame", [(24, 24), (23, 26)])
def test_noise_is_no_other_center(photon_count, frame):
    forward = model(frame)
    X = add_noise(forward(IMAGES), photon_count=photon_count, random_state=0)
    assert warnings_of(forward, X) == []
    X[0] = 0
    assert warnings_of(forward, X) == []


def test_blank_patterns_do_not_vote():
    X = rolled(model()(IMAGES), (24, 24), (1, 0))
    X[: len(X) // 2] = 0
    with pytest.warns(UserWarning, match=r"off by \(1, 0\) pixels"):
        solve(model(), X)


@pytest.mark.parametrize("photon_count", [1, 3, 10])
def test_a_few_photons_have_no_center(photon_count):
    for seed, image in enumerate(IMAGES):
        X = add_noise(
            model()(image[None]), photon_count=photon_count, random_state=seed
        )
        assert warnings_of(model(), X, "real") == []


def test_a_beam_stop_is_no_other_center():
    forward = model()
    X = forward(IMAGES).reshape(-1, 24, 24)
    X[:, 11:14, 11:14] = np.nan
    assert warnings_of(forward, X.reshape(len(X), -1)) == []
    # Its arm reaches to one side.
    X[:, 12, 12:] = np.nan
    assert warnings_of(forward, X.reshape(len(X), -1)) == []


def test_single_pixels_have_no_center():
    forward, images = model(), np.zeros((5, 12, 12))
    images[:, 3, 4] = 1
    assert warnings_of(forward, forward(images)) == []


def test_in_one_and_three_dimensions(rng):
    for size, frame, shift in (((9,), (20,), (1,)), ((4, 5, 3), (8, 11, 7), (0, 1, 0))):
        forward = FourierPhaseRetrieval(size, frame, "center")
        images = rng.random((6, *size))
        assert warnings_of(forward, forward(images)) == []
        axes = tuple(range(1, len(size) + 1))
        X = np.roll(forward(images).reshape(-1, *frame), shift, axes)
        with pytest.warns(UserWarning, match="symmetric about another frequency"):
            solve(forward, X.reshape(len(X), -1))
