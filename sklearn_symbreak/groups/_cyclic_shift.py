"""Circular shifts."""

import numbers

import numpy as np
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._correlation import shift_products
from sklearn_symbreak.groups._enumerable import EnumerableGroup
from sklearn_symbreak.groups._shifting import check_shifts, roll, signed
from sklearn_symbreak.utils._array_api import get_namespace, like


class CyclicShift(EnumerableGroup):
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

    def __init__(self, ndim=1):
        self.ndim = ndim

    @property
    def signal_ndim(self):
        """Number of signal axes."""
        if not isinstance(self.ndim, numbers.Integral) or self.ndim < 1:
            raise ValueError(f"ndim must be an int of at least 1, got {self.ndim!r}.")
        return self.ndim

    def act(self, element, x):
        """Roll every signal by its shift; see `SymmetryGroup.act`."""
        self._check_signal_ndim(x)
        return roll(x, check_shifts(element, x))

    def inverse(self, element):
        """Opposite shifts; see `SymmetryGroup.inverse`."""
        return -signed(element)

    def compose(self, a, b):
        """Sum of the shifts; see `SymmetryGroup.compose`."""
        return signed(a) + signed(b)

    def identity(self, x):
        """Shifts 0; see `SymmetryGroup.identity`."""
        return like(np.zeros((x.shape[0], x.ndim - 1), dtype=np.int64), x)

    def sample(self, x, random_state=None):
        """Independent uniform shifts; see `SymmetryGroup.sample`."""
        self._check_signal_ndim(x)
        rng = check_random_state(random_state)
        return like(rng.randint(x.shape[1:], size=(x.shape[0], x.ndim - 1)), x)

    def elements(self, x):
        """All shifts in C order; see `SymmetryGroup.elements`."""
        sizes = tuple(x.shape[1:])
        return np.indices(sizes).reshape(len(sizes), -1).T

    def conjugated_by_flip(self, element, flipped):
        """A flip inverts the shift; see `SymmetryGroup.conjugated_by_flip`."""
        return get_namespace(element).where(flipped[:, None], -element, element)

    def _inner_products(self, x, reference, window):
        return shift_products(x, reference)

    def _element_at(self, index, x, window):
        return unravel(index, tuple(x.shape[1:]))


def unravel(index, sizes):
    """Positions in C order as one column of indices per axis."""
    xp = get_namespace(index)
    columns = []
    for size in reversed(sizes):
        columns.append(xp.remainder(index, size))
        index = index // size
    return xp.stack(columns[::-1], axis=1)
