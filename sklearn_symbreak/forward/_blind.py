"""Blind problems: convolutions of two unknown factors, mixtures of unknown sources."""

from __future__ import annotations

import math
import numbers
from itertools import combinations_with_replacement

import numpy as np

from sklearn_symbreak.forward._base import ForwardModel
from sklearn_symbreak.groups import (
    ConvolutionSymmetry,
    Permutation,
    SignFlip,
    SymmetryGroup,
)
from sklearn_symbreak.utils._array_api import (
    fft_namespace,
    get_namespace,
    is_complex,
)
from sklearn_symbreak.utils._typing import Shape
from sklearn_symbreak.utils._validation import check_shape, check_signals


class Convolution(ForwardModel):
    r"""Circular convolution of two factors: :math:`f(a, b) = a \circledast b`.

    Blind deconvolution recovers both. They are determined at best up to opposite shifts
    and phases (signs, if they are real), the group `symmetry`, and up to a scale: λ a
    and b / λ.

    Parameters
    ----------
    factor_shape : int or tuple of int
        Shape of one factor.
    complex_valued : bool, default=False
        Whether the factors are complex. Then the measurements are the real parts of the
        convolution, followed by the imaginary parts.

    Attributes
    ----------
    signal_shape : tuple of int
        (2, \*factor_shape): both factors.
    n_measurements : int
        Number of entries of a factor, or twice that for complex ones.
    symmetry : ConvolutionSymmetry
        Opposite shifts and phases.

    See Also
    --------
    sklearn_symbreak.datasets.make_blind_deconvolution : Random data.
    sklearn_symbreak.breaking.FactorBalancer : Fixes the scale.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.forward import Convolution
    >>> Convolution(3)(np.array([[[1.0, 2.0, 0.0], [0.0, 1.0, 3.0]]])).round(6)
    array([[6., 1., 5.]])
    """

    def __init__(self, factor_shape: int | Shape, complex_valued: bool = False) -> None:
        self.factor_shape = factor_shape
        self.complex_valued = complex_valued

    @property
    def signal_shape(self) -> Shape:
        """Shape of one signal, both factors."""
        shape, ndim = self.factor_shape, 1
        if not isinstance(shape, numbers.Integral) and np.ndim(shape) == 1:
            ndim = max(np.size(shape), 1)
        if isinstance(shape, bool) or (
            isinstance(shape, numbers.Integral) and shape < 1
        ):
            raise ValueError(
                "factor_shape must be a positive int or a tuple of positive ints, got "
                f"{shape!r}."
            )
        return (2, *check_shape(shape, name="factor_shape", ndim=ndim))

    @property
    def n_measurements(self) -> int:
        """Number of real measurements of one signal."""
        size = math.prod(self.signal_shape[1:])
        return 2 * size if self.complex_valued else size

    @property
    def symmetry(self) -> SymmetryGroup:
        """Group that leaves the measurement unchanged."""
        return ConvolutionSymmetry(len(self.signal_shape) - 1)

    def _check_signals(self, x):
        return check_signals(
            x,
            name="x",
            signal_shape=self.signal_shape,
            dtype=None if self.complex_valued else "real",
        )

    def _measure(self, x):
        xp = get_namespace(x)
        first, second = _spectrum(x[:, 0, ...]), _spectrum(x[:, 1, ...])
        found = _signal(first * second, x)
        found = xp.reshape(found, (x.shape[0], -1))
        if not self.complex_valued:
            return found
        if not is_complex(x):
            return xp.concat([found, 0 * found], axis=1)
        return xp.concat([xp.real(found), xp.imag(found)], axis=1)

    def _pull_back(self, x, v):
        xp, size = get_namespace(x), math.prod(self.signal_shape[1:])
        if self.complex_valued:
            v = v[:, :size] + 1j * v[:, size:] if is_complex(x) else v[:, :size]
        weights = _spectrum(xp.reshape(v, (-1, *self.signal_shape[1:])))
        # The adjoint of a convolution is the correlation with its kernel.
        slopes = [
            _signal(weights * xp.conj(_spectrum(x[:, 1 - k, ...])), x) for k in (0, 1)
        ]
        return xp.stack(slopes, axis=1)

    def _push_forward(self, x, d):
        xp = get_namespace(x)
        mixed = [xp.stack([x[:, 0], d[:, 1]], axis=1), xp.stack([d[:, 0], x[:, 1]], 1)]
        return self._measure(mixed[0]) + self._measure(mixed[1])


def _spectrum(x):
    return fft_namespace(x).fftn(x, axes=tuple(range(1, x.ndim)))


def _signal(spectrum, like):
    """Signals with this spectrum, real if `like` is."""
    found = fft_namespace(like).ifftn(spectrum, axes=tuple(range(1, spectrum.ndim)))
    return found if is_complex(like) else get_namespace(like).real(found)


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

    def _push_forward(self, x, d):
        xp, indices = get_namespace(x), self._indices()
        derivative = 0
        for place in range(4):
            h, i, j = np.delete(indices, place, axis=1).T
            slopes = x[:, :, h] * x[:, :, i] * x[:, :, j] * d[:, :, indices[:, place]]
            derivative = derivative + xp.sum(slopes, axis=1)
        return derivative
