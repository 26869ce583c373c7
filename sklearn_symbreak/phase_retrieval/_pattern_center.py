"""Where the centre of diffraction patterns lies, by their symmetry."""

import warnings

import numpy as np
import scipy.fft

# Patterns to look at, and how much more symmetric they have to be about another centre.
N_PATTERNS, LARGEST_RATIO = 32, 0.5
# Of patterns as symmetric as this nothing is wrong.
SMALLEST_ASYMMETRY = 1e-3


def warn_of_center(forward, X, *, stacklevel=2):
    """Warn where patterns of real images are symmetric about another frequency.

    The magnitude of the transform of a real image is even. Noise makes it uneven about
    every centre; a pattern that was cut out off its centre is even about another one.

    Parameters
    ----------
    forward : FourierPhaseRetrieval
        The model.
    X : ndarray of shape (n_samples, n_measurements)
        Measurements of real images; NaN is not measured.
    stacklevel : int, default=2
        As in `warnings.warn`.

    Warns
    -----
    UserWarning
        If most patterns are symmetric about the same other centre.
    """
    power = forward._unflat(X[:N_PATTERNS])
    judged = [_most_symmetric(pattern) for pattern in power]
    places = [place for place in judged if place is not None]
    if not places:
        return
    found, counts = np.unique(np.array(places), axis=0, return_counts=True)
    most = found[np.argmax(counts)]
    if 2 * counts.max() <= len(places) or not most.any():
        return
    shape = np.array(power.shape[1:])
    twice = (most + shape // 2) % shape - shape // 2
    offset = ", ".join(f"{value:g}" for value in twice / 2)
    warnings.warn(
        "X is far more symmetric about another frequency than about the zero of "
        f"forward: its centre seems to lie off by ({offset}) pixels, half a pixel "
        "where two share it. Shift the patterns; mark hot pixels by NaN; or take "
        "constraint='complex' if the images are not real.",
        UserWarning,
        stacklevel=stacklevel + 1,
    )


def _most_symmetric(power):
    """Twice the offset of the centre about which a pattern is most symmetric.

    0 where it should be, unless another one is much better. None for a pattern that
    most pixels got nothing of: a few photons are symmetric about some centre.
    """
    known = ~np.isnan(power)
    magnitude = np.sqrt(np.maximum(np.where(known, power, 0), 0))
    largest = magnitude.max()
    if 2 * np.count_nonzero(magnitude) < np.count_nonzero(known) or largest == 0:
        return None
    magnitude = magnitude / largest
    # Sums over pairs of frequencies k and s - k, for every s.
    products, squares, pairs = (
        _with_reflected(a, b)
        for a, b in (
            (magnitude, magnitude),
            (magnitude**2, known.astype(float)),
            (known.astype(float), known.astype(float)),
        )
    )
    enough = (pairs > known.sum() / 2) & (squares > 1e-6 * squares.max())
    asymmetry = np.where(enough, 1 - products / np.where(enough, squares, 1), np.inf)
    here = asymmetry.flat[0]
    place = np.unravel_index(np.argmin(asymmetry), asymmetry.shape)
    clear = SMALLEST_ASYMMETRY < here < np.inf
    other = clear and asymmetry[place] < LARGEST_RATIO * here
    return place if other else (0,) * power.ndim


def _with_reflected(a, b):
    return scipy.fft.irfftn(scipy.fft.rfftn(a) * scipy.fft.rfftn(b), s=a.shape)
