"""The reversal of all axes with complex conjugation (the twin image)."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._base import SymmetryGroup
from sklearn_symbreak.groups._elements import check_signs
from sklearn_symbreak.groups._products import Scores, inner_product
from sklearn_symbreak.groups._shifts import check_ndim, conjugate_flip
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    expand,
    get_namespace,
    is_numpy,
    real_dtype,
)
from sklearn_symbreak.utils._typing import Array, RandomState, Shape


class ConjugateFlip(SymmetryGroup):
    """Conjugate flip: ``x[i, j]`` becomes ``conj(x[-1 - i, -1 - j])``.

    The twin image of Fourier phase retrieval, a turn by 180° in two dimensions.
    Elements are signs of shape (n_samples,): -1 flips, +1 does not.

    Parameters
    ----------
    ndim : int, default=2
        Number of signal axes, 1, 2 or 3.

    Notes
    -----
    About the canvas centre ``c = ((H - 1)/2, (W - 1)/2)`` the flip conjugates the
    Fourier transform, ``X_c(k) = Σ_p x(p) exp(-2πi k·(p - c))``. The canonical
    templates pick the signal with ``Im X_c(k) > 0`` at the lowest frequencies of the
    canvas padded to twice its size, last axis first: the rule of Thm. 2.4 of
    "Inverse Problems, Deep Learning, and Symmetry Breaking" (arXiv:2003.09077) with its
    origin moved from the corner to the centre.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import ConjugateFlip
    >>> x = np.array([[[1.0, 2.0], [3.0, 4.0]]])
    >>> ConjugateFlip().act(np.array([-1.0]), x)
    array([[[4., 3.],
            [2., 1.]]])
    """

    def __init__(self, ndim: int = 2) -> None:
        self.ndim = ndim

    @property
    def signal_ndim(self) -> int:
        """Number of signal axes."""
        return check_ndim(self.ndim, largest=3)

    def act(self, element: Array, x: ArrayLike) -> Array:
        x = self._check_signals(x)
        return self._move(x, check_signs(element, x) < 0)

    def inverse(self, element: Array) -> Array:
        return element

    def compose(self, a: Array, b: Array) -> Array:
        return a * b

    def identity(self, x: ArrayLike) -> Array:
        x = self._check_signals(x)
        return asarray_like(np.ones(x.shape[0]), x, real_dtype(x))

    def sample(self, x: ArrayLike, random_state: RandomState = None) -> Array:
        x, rng = self._check_signals(x), check_random_state(random_state)
        return asarray_like(rng.choice([-1.0, 1.0], size=x.shape[0]), x, real_dtype(x))

    def elements(self, x: Array) -> np.ndarray:
        return np.array([1.0, -1.0])

    def flips(self, element: Array) -> Array:
        return element < 0

    def canonical_templates(
        self, signal_shape: Shape, *, complex_valued: bool = False
    ) -> list[np.ndarray]:
        """Lowest odd frequencies about the canvas centre, last axis first."""
        position = [
            (np.arange(size) - (size - 1) / 2) / (2 * size) for size in signal_shape
        ]
        templates = []
        for frequency in _lowest_frequencies(len(signal_shape)):
            along = (k * p for k, p in zip(frequency, position, strict=True))
            angle = 2 * np.pi * sum(np.ix_(*along))
            # ⟨i exp(2πi k·p), x⟩ has the real part Im X_c(k).
            wave = 1j * np.exp(1j * angle)
            templates.append(wave if complex_valued else wave.real)
        odd = [
            template
            for template in templates
            if np.linalg.norm(template + conjugate_flip(template[None])[0])
            < 1e-6 * np.linalg.norm(template)
        ]
        # The flip leaves a real signal of one pixel alone: any template will do.
        return odd or [np.ones(signal_shape)]

    def _scores(self, x, reference, *, everywhere=False):
        xp = get_namespace(x)
        straight = inner_product(x, reference)
        flipped = inner_product(conjugate_flip(x), reference)
        return Scores(xp.stack([straight, flipped], axis=1))

    def _move(self, x, code, out=None):
        if not is_numpy(x):
            flipped = expand(code != 0, x)
            return get_namespace(x).where(flipped, conjugate_flip(x), x)
        out = np.empty(x.shape, x.dtype) if out is None else out
        out[...] = x
        flipped = np.flatnonzero(code)
        out[flipped] = conjugate_flip(x[flipped])
        return out

    def _element(self, code, x):
        return get_namespace(x).astype(1 - 2 * code, real_dtype(x))


def _lowest_frequencies(ndim):
    """Frequencies of entries -1, 0, 1, one of each pair of opposites.

    The axes one by one, the last first; then their sums, then their differences.
    """
    found = itertools.product((0, 1, -1), repeat=ndim)
    found = [k for k in found if any(k) and next(filter(None, k)) > 0]
    return sorted(found, key=lambda k: (sum(map(abs, k)), k.count(-1), k))
