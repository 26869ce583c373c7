"""Circular shifts."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._base import SymmetryGroup
from sklearn_symbreak.groups._elements import check_shifts
from sklearn_symbreak.groups._products import Scores
from sklearn_symbreak.groups._shifts import (
    check_ndim,
    flip_and_roll,
    negate_where,
    shift_products,
    signed,
    unravel,
)
from sklearn_symbreak.utils._array_api import asarray_like, get_namespace
from sklearn_symbreak.utils._typing import Array, RandomState


class CyclicShift(SymmetryGroup):
    """Circular shifts along all signal axes.

    Elements are integer shifts of shape (n_samples, ndim):
    ``act(s, x)[i, p] = x[i, (p - s[i]) mod signal_shape]``, as `numpy.roll` does.
    Aligned by circular cross-correlation, ``O(N log N)`` per signal of N entries.

    Parameters
    ----------
    ndim : int, default=1
        Number of signal axes, all of which are shifted.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import CyclicShift
    >>> x = np.array([[0.0, 0.0, 1.0, 2.0]])
    >>> CyclicShift().align(x, np.array([1.0, 2.0, 0.0, 0.0]))
    (array([[1., 2., 0., 0.]]), array([[2]]))
    """

    def __init__(self, ndim: int = 1) -> None:
        self.ndim = ndim

    @property
    def signal_ndim(self) -> int:
        """Number of signal axes."""
        return check_ndim(self.ndim)

    def act(self, element: Array, x: ArrayLike) -> Array:
        x = self._check_signals(x)
        return flip_and_roll(x, check_shifts(element, x))

    def inverse(self, element: Array) -> Array:
        return -signed(element)

    def compose(self, a: Array, b: Array) -> Array:
        return signed(a) + signed(b)

    def identity(self, x: ArrayLike) -> Array:
        x = self._check_signals(x)
        return asarray_like(np.zeros((x.shape[0], x.ndim - 1), dtype=np.int64), x)

    def sample(self, x: ArrayLike, random_state: RandomState = None) -> Array:
        x, rng = self._check_signals(x), check_random_state(random_state)
        return asarray_like(rng.randint(x.shape[1:], size=(x.shape[0], x.ndim - 1)), x)

    def elements(self, x: Array) -> np.ndarray:
        sizes = tuple(x.shape[1:])
        return np.indices(sizes).reshape(len(sizes), -1).T

    def conjugated_by_flip(self, element: Array, flipped: Array) -> Array:
        return negate_where(element, flipped)

    def _scores(self, x, reference, *, everywhere=False):
        products = shift_products(x, reference)
        return Scores(get_namespace(x).reshape(products, (x.shape[0], -1)))

    def _move(self, x, code, out=None):
        return flip_and_roll(x, self._element(code, x), out=out)

    def _element(self, code, x):
        return unravel(code, tuple(x.shape[1:]))
