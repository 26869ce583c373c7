"""Symmetry of a convolution: opposite shifts and phases of its two factors."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._base import SymmetryGroup
from sklearn_symbreak.groups._elements import check_angles, check_shifts, check_tuple
from sklearn_symbreak.groups._global_phase import GlobalPhase
from sklearn_symbreak.groups._products import Scores
from sklearn_symbreak.groups._shifts import (
    add_angles,
    angle_to_unit,
    check_ndim,
    flip_and_roll,
    shift_products,
    signed,
    unit_to_angle,
    unravel,
)
from sklearn_symbreak.groups._units import PHASES
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    expand,
    get_namespace,
    is_complex,
    real_dtype,
)
from sklearn_symbreak.utils._typing import Array, Element, RandomState


class ConvolutionSymmetry(SymmetryGroup):
    r"""Opposite shifts and opposite phases of the two factors of a convolution.

    A signal holds both factors, of shape (2, \*shape). With shift s and angle θ,

    .. math:: (a, b) \mapsto (e^{i\theta}\, T_s a,\; e^{-i\theta}\, T_{-s} b),

    shifts being circular, leaves :math:`a \circledast b` unchanged. On real signals θ
    is 0 or π: both factors change their sign. Elements are tuples of integer shifts of
    shape (n_samples, ndim) and angles of shape (n_samples,). Aligned jointly and
    exactly, in ``O(N log N)`` for N entries.

    The convolution does not tell the scale either, λ a and b / λ; that is no isometry:
    balance the norms first, by `FactorBalancer`.

    Parameters
    ----------
    ndim : int, default=1
        Number of axes of a factor.

    See Also
    --------
    sklearn_symbreak.forward.Convolution : The measurement.
    sklearn_symbreak.breaking.FactorBalancer : Fixes the scale.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import ConvolutionSymmetry
    >>> x = np.array([[[0.0, -2.0, 0.0, 0.0], [-1.0, -3.0, 0.0, 0.0]]])
    >>> template = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    >>> aligned, (shift, angle) = ConvolutionSymmetry().align(x, template)
    >>> aligned[0] + 0
    array([[2., 0., 0., 0.],
           [0., 1., 3., 0.]])
    >>> shift, angle.round(2)
    (array([[3]]), array([3.14]))
    """

    _units = PHASES
    _units_multiply = False

    def __init__(self, ndim: int = 1) -> None:
        self.ndim = ndim

    @property
    def signal_ndim(self) -> int:
        """Number of signal axes: that of the two factors, and theirs."""
        return 1 + check_ndim(self.ndim)

    def act(self, element: Element, x: ArrayLike) -> Array:
        x = self._check_signals(x)
        shift, angle = self._parts(element)
        first = x[:, 0, ...]
        shift, angle = check_shifts(shift, first), check_angles(angle, first)
        return _moved(x, shift, angle_to_unit(angle, x))

    def inverse(self, element: Element) -> Element:
        shift, angle = self._parts(element)
        return -signed(shift), -angle

    def compose(self, a: Element, b: Element) -> Element:
        (shift_a, angle_a), (shift_b, angle_b) = map(self._parts, (a, b))
        return signed(shift_a) + signed(shift_b), add_angles(angle_a, angle_b)

    def identity(self, x: ArrayLike) -> Element:
        x = self._check_signals(x)
        shift = np.zeros((x.shape[0], x.ndim - 2), dtype=np.int64)
        return asarray_like(shift, x), GlobalPhase().identity(x)

    def sample(self, x: ArrayLike, random_state: RandomState = None) -> Element:
        x, rng = self._check_signals(x), check_random_state(random_state)
        shift = rng.randint(x.shape[2:], size=(x.shape[0], x.ndim - 2))
        return asarray_like(shift, x), GlobalPhase().sample(x, rng)

    def _check_shape(self, x, name):
        if x.ndim != 1 + self.signal_ndim or x.shape[1] != 2:
            shape = ", ".join(["2", *("size" for _ in range(self.signal_ndim - 1))])
            raise ValueError(
                f"{name} must hold the two factors of a convolution, signals of shape "
                f"({shape}), got shape {tuple(x.shape)}."
            )

    @property
    def _example_shape(self):
        return (2, *(5, 3, 2)[: self.ndim])

    @property
    def _n_parts(self):
        return 2

    @staticmethod
    def _parts(element):
        check_tuple(element, 2, "shifts and angles")
        return element

    # -- kernel: reversed and conjugated, the second factor moves as the first one does

    def _scores(self, x, reference, *, everywhere=False):
        pairs = zip(_alike(x), _alike(reference), strict=True)
        products = sum(shift_products(own, other) for own, other in pairs)
        return Scores(get_namespace(x).reshape(products, (x.shape[0], -1)))

    def _move(self, x, code, out=None):
        index, unit = code
        moved = _moved(x, unravel(index, tuple(x.shape[2:])), unit)
        if out is None:
            return moved
        out[...] = moved
        return out

    def _element(self, code, x):
        index, unit = code
        shift = unravel(index, tuple(x.shape[2:]))
        return shift, unit_to_angle(unit, real_dtype(x))

    def _seen_by_units(self, x):
        return get_namespace(x).stack(_alike(x), axis=1)

    def _unit_element(self, unit, x):
        return self.identity(x)[0], unit_to_angle(unit, real_dtype(x))


def _moved(x, shift, unit):
    """Both factors, moved by shifts and unit numbers and by their inverses."""
    xp, inverse = get_namespace(x), unit
    if is_complex(unit):
        inverse = xp.conj(unit)
    first, second = x[:, 0, ...], x[:, 1, ...]
    first = flip_and_roll(first, shift) * expand(unit, first)
    second = flip_and_roll(second, -shift) * expand(inverse, second)
    return xp.stack([first, second], axis=1)


def _alike(x):
    """The first factor, and conj b(-p) of the second."""
    xp, second = get_namespace(x), x[:, 1, ...]
    one = xp.ones((x.shape[0], x.ndim - 2), dtype=xp.int64, device=x.device)
    return x[:, 0, ...], flip_and_roll(second, one, one[:, 0] > 0)
