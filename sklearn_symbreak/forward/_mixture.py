"""Cumulants of mixtures of independent sources."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np

from sklearn_symbreak.forward._base import ForwardModel
from sklearn_symbreak.groups import Permutation, SignFlip, SymmetryGroup
from sklearn_symbreak.utils._array_api import get_namespace
from sklearn_symbreak.utils._validation import check_shape, check_signals


class SourceMixture(ForwardModel):
    r"""Fourth cumulants of a mixture of independent sources.

    Sensors record :math:`\sum_k s_k a_k`, with independent sources :math:`s_k` of
    kurtosis 1 and mixing vectors :math:`a_k`. All that the fourth cumulants say of the
    vectors is

    .. math:: f(a)_{hijl} = \sum_k a_{kh} a_{ki} a_{kj} a_{kl},
        \qquad h \leq i \leq j \leq l,

    so that their order and their signs stay open, as in independent component analysis.

    Parameters
    ----------
    signal_shape : tuple of two ints
        Number of sources and of sensors.

    Attributes
    ----------
    n_measurements : int
        Number of index tuples, in lexicographic order.
    symmetry : Permutation
        ``Permutation(item_symmetry=SignFlip())``.

    See Also
    --------
    sklearn_symbreak.datasets.make_source_mixture : Random data.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.forward import SourceMixture
    >>> forward = SourceMixture((2, 2))
    >>> forward(np.array([[[1.0, 2.0], [0.0, 1.0]]]))
    array([[ 1.,  2.,  4.,  8., 17.]])
    """

    def __init__(self, signal_shape: tuple[int, int]) -> None:
        self.signal_shape = signal_shape

    @property
    def n_measurements(self) -> int:
        """Number of real measurements of one signal."""
        return len(self._indices())

    @property
    def symmetry(self) -> SymmetryGroup:
        """Group that leaves the measurement unchanged."""
        return Permutation(item_symmetry=SignFlip())

    def _indices(self):
        _, n_sensors = check_shape(self.signal_shape, name="signal_shape")
        return np.array([*combinations_with_replacement(range(n_sensors), 4)])

    def _check_signals(self, x):
        shape = check_shape(self.signal_shape, name="signal_shape")
        return check_signals(x, name="x", signal_shape=shape, dtype="real")

    def _measure(self, x):
        h, i, j, k = self._indices().T
        products = x[:, :, h] * x[:, :, i] * x[:, :, j] * x[:, :, k]
        return get_namespace(x).sum(products, axis=1)

    def _pull_back(self, x, v):
        xp, indices = get_namespace(x), self._indices()
        gradient = 0 * x
        for place in range(4):
            h, i, j = np.delete(indices, place, axis=1).T
            slopes = v[:, None, :] * x[:, :, h] * x[:, :, i] * x[:, :, j]
            # To the sensor at this place of every tuple.
            target = np.eye(x.shape[2])[indices[:, place]]
            target = xp.asarray(target, dtype=x.dtype, device=x.device)
            gradient = gradient + slopes @ target
        return gradient
