"""Data of other inverse problems with a symmetry."""

from __future__ import annotations

import numbers

import numpy as np
from sklearn.utils import check_scalar

from sklearn_symbreak.datasets._measured import COMMON, measured
from sklearn_symbreak.forward import (
    Bispectrum,
    PointDistances,
    PolynomialCoefficients,
    SourceMixture,
)
from sklearn_symbreak.utils._decorators import share_docs
from sklearn_symbreak.utils._typing import Data, RandomState


@share_docs(common=COMMON)
def make_point_distances(
    n_samples: int = 100,
    n_points: int = 5,
    n_dimensions: int = 2,
    *,
    noise: float = 0.0,
    random_state: RandomState = None,
    return_forward: bool = False,
) -> Data:
    """Generate normal points in space and all their distances.

    Parameters
    ----------
    n_samples : int, default=100
        Number of point sets.
    n_points : int, default=5
        Points of a set, at least 2.
    n_dimensions : int, default=2
        Dimensions of space.
    {common}

    Returns
    -------
    X : ndarray of shape (n_samples, n_points * (n_points - 1) / 2)
        Distances.
    y : ndarray of shape (n_samples, n_points, n_dimensions)
        Points.
    forward : PointDistances
        The forward model, only if `return_forward` is true.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import make_point_distances
    >>> X, y = make_point_distances(10, 4, 3, random_state=0)
    >>> X.shape, y.shape
    ((10, 6), (10, 4, 3))
    """
    for name, size in (("n_points", n_points), ("n_dimensions", n_dimensions)):
        check_scalar(size, name, numbers.Integral, min_val=1)
    forward = PointDistances((n_points, n_dimensions))
    return measured(forward, _normal, n_samples, noise, random_state, return_forward)


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


def _normal(random_state, shape):
    return random_state.standard_normal(shape)
