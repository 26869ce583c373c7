"""Invariants as measurements: distances of points, bispectra of periodic signals."""

from __future__ import annotations

import numbers

import numpy as np

from sklearn_symbreak.forward._base import ForwardModel
from sklearn_symbreak.groups import CyclicShift, RigidMotion, SymmetryGroup
from sklearn_symbreak.utils._array_api import (
    constant,
    expand,
    fft_namespace,
    get_namespace,
    magnitude,
)
from sklearn_symbreak.utils._typing import Shape
from sklearn_symbreak.utils._validation import check_shape, check_signals


class PointDistances(ForwardModel):
    r"""Distances of all pairs of points: :math:`f(x)_{ij} = \|x_i - x_j\|, i < j`.

    They determine the points up to a rigid motion, reflections included.

    Parameters
    ----------
    signal_shape : tuple of two ints
        Number of points, at least 2, and dimensions.

    Attributes
    ----------
    n_measurements : int
        Number of pairs, in lexicographic order.
    symmetry : RigidMotion
        ``RigidMotion(reflections=True)``.

    See Also
    --------
    sklearn_symbreak.datasets.make_point_distances : Random data.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.forward import PointDistances
    >>> forward = PointDistances((3, 2))
    >>> forward(np.array([[[0.0, 0.0], [3.0, 0.0], [3.0, 4.0]]]))
    array([[3., 5., 4.]])
    """

    def __init__(self, signal_shape: tuple[int, int]) -> None:
        self.signal_shape = signal_shape

    @property
    def n_measurements(self) -> int:
        """Number of real measurements of one signal."""
        n_points = self._checked_shape()[0]
        return n_points * (n_points - 1) // 2

    @property
    def symmetry(self) -> SymmetryGroup:
        """Group that leaves the measurement unchanged."""
        return RigidMotion(reflections=True)

    def _checked_shape(self):
        shape = check_shape(self.signal_shape, name="signal_shape")
        if shape[0] < 2:
            raise ValueError(
                f"signal_shape must have at least 2 points, got {self.signal_shape!r}."
            )
        return shape

    def _check_signals(self, x):
        return check_signals(
            x, name="x", signal_shape=self._checked_shape(), dtype="real"
        )

    def _differences(self, x):
        first, second = np.triu_indices(x.shape[1], 1)
        difference = x[:, first] - x[:, second]
        xp, size = get_namespace(x), magnitude(constant(difference))
        # In a unit in which squares are numbers.
        square = xp.sum((difference / expand(size, difference)) ** 2, axis=2)
        # The root has no slope at 0: there autograd is to find 0, too.
        apart = square > 0
        root = xp.sqrt(xp.where(apart, square, xp.ones_like(square)))
        root = root * expand(size, root)
        return difference, xp.where(apart, root, xp.zeros_like(root))

    def _measure(self, x):
        return self._differences(x)[1]

    def _pull_back(self, x, v):
        xp, n_points = get_namespace(x), x.shape[1]
        difference, distance = self._differences(x)
        # Where points coincide, the distance has no slope in any direction.
        distance = xp.where(distance == 0, xp.ones_like(distance), distance)
        pull = (v / distance)[:, :, None] * difference
        first, second = np.triu_indices(n_points, 1)
        slopes = [
            xp.sum(pull[:, first == k], axis=1) - xp.sum(pull[:, second == k], axis=1)
            for k in range(n_points)
        ]
        return xp.stack(slopes, axis=1)

    def _push_forward(self, x, d):
        xp, (first, second) = get_namespace(x), np.triu_indices(x.shape[1], 1)
        difference, distance = self._differences(x)
        distance = xp.where(distance == 0, xp.ones_like(distance), distance)
        change = d[:, first] - d[:, second]
        return xp.sum(difference / distance[:, :, None] * change, axis=2)


class Bispectrum(ForwardModel):
    r"""Bispectrum of real periodic signals: what averaging over shifts leaves.

    With the discrete Fourier transform :math:`F` of the signal,

    .. math:: B_{kl} = F_k F_l \overline{F_{k+l}}, \qquad 0 \leq k \leq l,
        \quad k + l \leq n / 2,

    which does not change if the signal is shifted, and determines it up to shifts if no
    frequency is missing [1]_. These pairs alone do not tell a shift by a part of a step
    from the signal itself, unless :math:`F_{n/2}` is among them. So if :math:`n` is
    odd, the pairs with :math:`n / 2 < k + l \leq n - l` follow.

    Parameters
    ----------
    n_features : int
        Length :math:`n` of a signal, at least 2.

    Attributes
    ----------
    signal_shape : tuple of int
        (n_features,).
    n_measurements : int
        Twice the number of pairs: real parts, then imaginary parts.
    symmetry : CyclicShift
        The shifts.

    See Also
    --------
    sklearn_symbreak.datasets.make_bispectrum : Random data.

    References
    ----------
    .. [1] T. Bendory, N. Boumal, C. Ma, Z. Zhao and A. Singer, "Bispectrum Inversion
       With Application to Multireference Alignment", IEEE Transactions on Signal
       Processing 66(4), 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.forward import Bispectrum
    >>> forward = Bispectrum(4)
    >>> x = np.array([[1.0, 2.0, 0.0, 0.0]])
    >>> bool(np.allclose(forward(x), forward(np.roll(x, 1, axis=1))))
    True
    """

    def __init__(self, n_features: int) -> None:
        self.n_features = n_features

    @property
    def signal_shape(self) -> Shape:
        """Shape of one signal."""
        n = self.n_features
        if not isinstance(n, numbers.Integral) or n < 2:
            raise ValueError(f"n_features must be an int of at least 2, got {n!r}.")
        return (n,)

    @property
    def n_measurements(self) -> int:
        """Number of real measurements of one signal."""
        return 2 * len(self._pairs()[0])

    @property
    def symmetry(self) -> SymmetryGroup:
        """Group that leaves the measurement unchanged."""
        return CyclicShift()

    def _pairs(self):
        n = self.signal_shape[0]
        first, second = np.triu_indices(n // 2 + 1)
        both = first + second
        pairs = [both <= n // 2]
        if n % 2:
            pairs.append((both > n // 2) & (both <= n - second))
        return tuple(
            np.concatenate([part[kept] for kept in pairs]) for part in (first, second)
        )

    def _check_signals(self, x):
        return check_signals(x, name="x", signal_shape=self.signal_shape, dtype="real")

    def _factors(self, x):
        first, second = self._pairs()
        spectrum = fft_namespace(x).fft(x, axis=1)
        return spectrum[:, first], spectrum[:, second], spectrum[:, first + second]

    def _measure(self, x):
        xp = get_namespace(x)
        first, second, both = self._factors(x)
        values = first * second * xp.conj(both)
        return xp.concat([xp.real(values), xp.imag(values)], axis=1)

    def _pull_back(self, x, v):
        xp, n_pairs = get_namespace(x), v.shape[1] // 2
        first, second, both = self._factors(x)
        v = v[:, :n_pairs] + 1j * v[:, n_pairs:]
        # The slopes of Re <v, B> with respect to each factor.
        slopes = (
            v * xp.conj(second) * both,
            v * xp.conj(first) * both,
            xp.conj(v) * first * second,
        )
        rows, columns = self._pairs()
        gradient = 0 * x
        frequencies = (rows, columns, rows + columns)
        places = np.arange(x.shape[1])
        for slope, frequency in zip(slopes, frequencies, strict=True):
            angle = 2 * np.pi * np.outer(frequency, places) / x.shape[1]
            cosine, sine = (
                xp.asarray(wave(angle), dtype=x.dtype, device=x.device)
                for wave in (np.cos, np.sin)
            )
            gradient = gradient + xp.real(slope) @ cosine - xp.imag(slope) @ sine
        return gradient

    def _push_forward(self, x, d):
        xp = get_namespace(x)
        (a, b, c), (da, db, dc) = self._factors(x), self._factors(d)
        values = (da * b + a * db) * xp.conj(c) + a * b * xp.conj(dc)
        return xp.concat([xp.real(values), xp.imag(values)], axis=1)
