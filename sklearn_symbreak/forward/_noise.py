"""Measurement noise."""

from __future__ import annotations

import numbers

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state, check_scalar

from sklearn_symbreak.utils._array_api import magnitude
from sklearn_symbreak.utils._typing import RandomState
from sklearn_symbreak.utils._validation import check_measurements


def add_noise(
    X: ArrayLike,
    *,
    snr: float | None = None,
    photon_count: float | None = None,
    random_state: RandomState = None,
) -> np.ndarray:
    r"""Add Gaussian or Poisson noise to measurements.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_measurements)
        Noiseless measurements. NaN means "not measured": it stays where it is, and
        what follows is about the other entries of the sample.
    snr : float, optional
        Gaussian noise: signal-to-noise ratio of every sample in decibels, from -3000
        to 3000,
        :math:`10\log_{10}(\sum_j X_{ij}^2 / \mathbb{E}\sum_j \varepsilon_{ij}^2)`.
        The noise of sample `i` is independent and normal with the standard deviation
        :math:`10^{-\mathrm{snr}/20}` times the root mean square of `X[i]`. Squared
        magnitudes may become negative by it.
    photon_count : float, optional
        Poisson (shot) noise: expected number of photons per sample. `X[i]` is
        scaled so that it sums to `photon_count`, replaced by Poisson draws of these
        means, and scaled back. `X` must be nonnegative; a sample of zeros stays.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same noise at every call.

    Returns
    -------
    X : ndarray of shape (n_samples, n_measurements)
        Noisy measurements in the precision of the input; the input itself if `snr`
        and `photon_count` are both None.

    Raises
    ------
    ValueError
        If both `snr` and `photon_count` are given, or one is out of range, or `X` is
        infinite somewhere, or holds a negative number under Poisson noise, or the noisy
        measurements leave the range of its precision.
    TypeError
        If `snr` or `photon_count` is not a number.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.forward import add_noise
    >>> X = np.array([[0.0, 1.0, 3.0, 6.0]])
    >>> add_noise(X, photon_count=10, random_state=0)
    array([[0., 2., 6., 5.]])
    >>> add_noise(X, snr=20, random_state=0).round(2)
    array([[0.6 , 1.14, 3.33, 6.76]])
    """
    X = check_measurements(X, allow_nan=True)
    check_noise(snr, photon_count)
    if snr is None and photon_count is None:
        return X
    random_state = check_random_state(random_state)
    measured = ~np.isnan(X)
    known = np.where(measured, X, 0).astype(np.float64)
    # In units in which squares and sums neither overflow nor vanish.
    unit = magnitude(known)[:, None]
    if photon_count is not None and known.min() < 0:
        raise ValueError(
            "X must be nonnegative under Poisson noise (photon_count), got a minimum "
            f"of {known.min()}."
        )
    with np.errstate(over="ignore", invalid="ignore"):
        if snr is not None:
            noisy = _with_gaussian(known / unit, measured, snr, random_state)
        else:
            noisy = _with_poisson(known / unit, photon_count, random_state)
        noisy = (noisy * unit).astype(X.dtype)
    if not np.isfinite(noisy).all():
        given = f"photon_count={photon_count!r}" if snr is None else f"snr={snr!r}"
        raise ValueError(
            f"X must stay in the range of {X.dtype}, its precision, got {given}, which "
            "makes noise beyond it."
        )
    return np.where(measured, noisy, X)


def _with_gaussian(X, measured, snr, random_state):
    n_measured = np.maximum(measured.sum(axis=1, keepdims=True), 1)
    power = np.sum(np.square(X), axis=1, keepdims=True) / n_measured
    scale = np.sqrt(power) * 10 ** (-snr / 20)
    return X + scale * random_state.standard_normal(X.shape)


def _with_poisson(X, photon_count, random_state):
    total = X.sum(axis=1, keepdims=True)
    # A sample of zeros keeps its zeros: no photon arrives.
    share = X / np.where(total > 0, total, 1.0)
    photons = random_state.poisson(share * photon_count)
    # No photon is no light, also where the light of one is beyond all range.
    return np.where(photons > 0, photons * (total / photon_count), 0)


def check_noise(snr, photon_count):
    """Raise if the noise of `add_noise` is ill-defined."""
    if snr is not None and photon_count is not None:
        raise ValueError(
            "snr (Gaussian noise) and photon_count (Poisson noise) exclude each other, "
            f"got snr={snr!r} and photon_count={photon_count!r}."
        )
    if snr is not None:
        check_scalar(snr, "snr", numbers.Real)
        # Powers of ten far beyond double precision are not meant.
        if not -3000 <= snr <= 3000:
            raise ValueError(
                "snr must be a finite number of decibels from -3000 to 3000, or None "
                f"for no noise, got {snr!r}."
            )
    if photon_count is not None:
        check_scalar(photon_count, "photon_count", numbers.Real)
        # numpy draws Poisson numbers as 64-bit integers.
        if not 0 < photon_count <= 1e18:
            raise ValueError(
                "photon_count must be positive and at most 1e18, or None for no noise, "
                f"got {photon_count!r}."
            )
