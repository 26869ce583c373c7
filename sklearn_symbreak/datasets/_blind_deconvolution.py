"""Data of blind deconvolution."""

from __future__ import annotations

from numbers import Integral

import numpy as np
from sklearn.utils import check_scalar

from sklearn_symbreak.datasets._measured import COMMON, measured
from sklearn_symbreak.forward import Convolution
from sklearn_symbreak.utils._decorators import share_docs
from sklearn_symbreak.utils._typing import Data, RandomState


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
    check_scalar(n_features, "n_features", Integral, min_val=8)

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
