"""Random roots, periodic signals, mixtures, convolutions, and their measurements."""

from __future__ import annotations

import numbers

import numpy as np
from sklearn.utils import check_random_state, check_scalar

from sklearn_symbreak.forward import (
    Bispectrum,
    Convolution,
    PolynomialCoefficients,
    SourceMixture,
)
from sklearn_symbreak.utils._decorators import share_docs
from sklearn_symbreak.utils._typing import Data, RandomState
from sklearn_symbreak.utils._validation import check_nonnegative

COMMON = """\
    noise : float, default=0.0
        Standard deviation of normal noise, relative to the root mean square of the
        measurements.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same data at every call.
    return_forward : bool, default=False
        Whether to return the forward model too.
"""


def measured(forward, draw, n_samples, noise, random_state, return_forward):
    """Signals that `draw` gives, and their measurements with noise."""
    check_scalar(n_samples, "n_samples", numbers.Integral, min_val=1)
    check_nonnegative(noise, "noise")
    random_state = check_random_state(random_state)
    y = draw(random_state, (n_samples, *forward.signal_shape))
    X = forward(y)
    if noise:
        size = noise * np.sqrt(np.mean(X**2))
        X = X + size * random_state.standard_normal(X.shape)
    return (X, y, forward) if return_forward else (X, y)


@share_docs(common=COMMON)
def make_polynomial_roots(
    n_samples: int = 100,
    n_roots: int = 4,
    *,
    complex_valued: bool = False,
    noise: float = 0.0,
    random_state: RandomState = None,
    return_forward: bool = False,
) -> Data:
    """Generate roots and the coefficients of their polynomials.

    Parameters
    ----------
    n_samples : int, default=100
        Number of polynomials.
    n_roots : int, default=4
        Roots of each.
    complex_valued : bool, default=False
        Whether roots are uniform in the unit disk instead of in [-1, 1].
    {common}

    Returns
    -------
    X : ndarray of shape (n_samples, n_roots) or (n_samples, 2 * n_roots)
        Coefficients; of complex ones real parts, then imaginary parts.
    y : ndarray of shape (n_samples, n_roots)
        Roots, in random order.
    forward : PolynomialCoefficients
        The forward model, only if `return_forward` is true.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import make_polynomial_roots
    >>> X, y = make_polynomial_roots(10, 3, complex_valued=True, random_state=0)
    >>> X.shape, y.shape, y.dtype
    ((10, 6), (10, 3), dtype('complex128'))
    """
    check_scalar(n_roots, "n_roots", numbers.Integral, min_val=1)

    def draw(random_state, shape):
        if not complex_valued:
            return random_state.uniform(-1, 1, size=shape)
        radius = np.sqrt(random_state.uniform(size=shape))
        return radius * np.exp(2j * np.pi * random_state.uniform(size=shape))

    forward = PolynomialCoefficients(n_roots, complex_valued)
    return measured(forward, draw, n_samples, noise, random_state, return_forward)


@share_docs(common=COMMON)
def make_bispectrum(
    n_samples: int = 100,
    n_features: int = 12,
    *,
    noise: float = 0.0,
    random_state: RandomState = None,
    return_forward: bool = False,
) -> Data:
    """Generate smooth periodic signals and their bispectra.

    Parameters
    ----------
    n_samples : int, default=100
        Number of signals.
    n_features : int, default=12
        Length of a signal, at least 2.
    {common}

    Returns
    -------
    X : ndarray of shape (n_samples, n_measurements)
        Bispectra, real parts, then imaginary parts.
    y : ndarray of shape (n_samples, n_features)
        Signals: two bumps each, of random place, width and height.
    forward : Bispectrum
        The forward model, only if `return_forward` is true.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import make_bispectrum
    >>> X, y = make_bispectrum(10, random_state=0)
    >>> X.shape, y.shape
    ((10, 32), (10, 12))
    """
    check_scalar(n_features, "n_features", numbers.Integral, min_val=2)

    def draw(random_state, shape):
        n, bumps = shape[0], (shape[0], 2, 1)
        place = random_state.uniform(0, n_features, size=bumps)
        width = random_state.uniform(0.06, 0.2, size=bumps) * n_features
        height = random_state.uniform(0.5, 1.5, size=bumps)
        grid = np.arange(n_features)
        offset = (grid - place + n_features / 2) % n_features - n_features / 2
        return np.sum(height * np.exp(-((offset / width) ** 2) / 2), axis=1).reshape(
            n, n_features
        )

    forward = Bispectrum(n_features)
    return measured(forward, draw, n_samples, noise, random_state, return_forward)


@share_docs(common=COMMON)
def make_source_mixture(
    n_samples: int = 100,
    n_sources: int = 3,
    n_sensors: int = 3,
    *,
    noise: float = 0.0,
    random_state: RandomState = None,
    return_forward: bool = False,
) -> Data:
    """Generate mixing vectors and the fourth cumulants of what they mix.

    Parameters
    ----------
    n_samples : int, default=100
        Number of mixtures.
    n_sources : int, default=3
        Independent sources of each.
    n_sensors : int, default=3
        Sensors that record them.
    {common}

    Returns
    -------
    X : ndarray of shape (n_samples, n_measurements)
        Fourth cumulants.
    y : ndarray of shape (n_samples, n_sources, n_sensors)
        Mixing vectors: directions at random, and lengths from 0.5 to 1.5.
    forward : SourceMixture
        The forward model, only if `return_forward` is true.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import make_source_mixture
    >>> X, y = make_source_mixture(10, random_state=0)
    >>> X.shape, y.shape
    ((10, 15), (10, 3, 3))
    """
    for name, size in (("n_sources", n_sources), ("n_sensors", n_sensors)):
        check_scalar(size, name, numbers.Integral, min_val=1)

    def draw(random_state, shape):
        vectors = random_state.standard_normal(shape)
        vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
        return vectors * random_state.uniform(0.5, 1.5, size=(*shape[:-1], 1))

    forward = SourceMixture((n_sources, n_sensors))
    return measured(forward, draw, n_samples, noise, random_state, return_forward)


@share_docs(common=COMMON)
def make_blind_deconvolution(
    n_samples: int = 100,
    n_features: int = 24,
    *,
    complex_valued: bool = False,
    noise: float = 0.0,
    random_state: RandomState = None,
    return_forward: bool = False,
) -> Data:
    """Generate blurs, what they blur, and their circular convolutions.

    The blur is a bump with a tail, of random widths; what it blurs is two spikes of
    random places and heights. Both start anywhere, and have random signs (phases, if
    they are complex) and random scales, which the convolution does not tell.

    Parameters
    ----------
    n_samples : int, default=100
        Number of convolutions.
    n_features : int, default=24
        Length of both factors, at least 8.
    complex_valued : bool, default=False
        Whether the tail of the blur turns its phase, and spikes have one.
    {common}

    Returns
    -------
    X : ndarray of shape (n_samples, n_features) or (n_samples, 2 * n_features)
        Convolutions; of complex factors real parts, then imaginary parts.
    y : ndarray of shape (n_samples, 2, n_features)
        The blur and the spikes.
    forward : Convolution
        The forward model, only if `return_forward` is true.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import make_blind_deconvolution
    >>> X, y = make_blind_deconvolution(10, random_state=0)
    >>> X.shape, y.shape
    ((10, 24), (10, 2, 24))
    """
    check_scalar(n_features, "n_features", numbers.Integral, min_val=8)

    def draw(random_state, shape):
        n_samples, grid = shape[0], np.arange(n_features)
        factors = np.stack(
            [
                _blurs(random_state, n_samples, grid, complex_valued),
                _spikes(random_state, n_samples, grid, complex_valued),
            ],
            axis=1,
        )
        # The hidden part: opposite shifts, opposite units and opposite scales.
        symmetry = forward.symmetry
        factors = symmetry.act(symmetry.sample(factors, random_state), factors)
        scale = np.exp(random_state.uniform(-0.7, 0.7, size=(n_samples, 1)))
        return np.stack([factors[:, 0] * scale, factors[:, 1] / scale], axis=1)

    forward = Convolution(n_features, complex_valued)
    return measured(forward, draw, n_samples, noise, random_state, return_forward)


def _blurs(random_state, n_samples, grid, complex_valued):
    """A steep flank and an exponential tail, of norm 1."""
    shape = (n_samples, 1)
    start = random_state.uniform(size=shape)
    decay = random_state.uniform(0.05, 0.15, size=shape) * len(grid)
    offset = (grid - start) % len(grid)
    # The flank rises over one entry: it tells where between two entries it starts.
    blur = np.minimum(offset, 1.0) * np.exp(-offset / decay)
    if complex_valued:
        blur = blur * np.exp(2j * random_state.uniform(-1, 1, size=shape) * offset)
    return blur / np.linalg.norm(blur, axis=1, keepdims=True)


def _spikes(random_state, n_samples, grid, complex_valued):
    """The larger of two spikes at the start, the other at random, smooth in place."""
    shape = (n_samples, 1)
    place = random_state.uniform(3, len(grid) - 3, size=shape)
    height = random_state.uniform(0.3, 0.8, size=shape)
    if complex_valued:
        height = height * np.exp(1j * random_state.uniform(-np.pi, np.pi, size=shape))
    second = np.maximum(0, 1 - np.abs(grid - place) / 1.5)
    return (grid == 0) + height * second
