"""The hand of an arm with two links, and the elbow that it does not tell."""

from __future__ import annotations

from numbers import Real

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from sklearn.utils import check_random_state

from sklearn_symbreak.forward._base import ForwardModel
from sklearn_symbreak.groups import SymmetryGroup
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    expand,
    get_namespace,
    norms,
    real_dtype,
)
from sklearn_symbreak.utils._typing import Array, RandomState, References, Shape
from sklearn_symbreak.utils._validation import check_acts_on, check_signals


class ElbowFlip(SymmetryGroup):
    r"""Elbow up or down: mirror both links of a planar arm in the line to its hand.

    Signals hold the directions of the links, of shape (2, 2). With lengths l the hand
    is at :math:`h = l_1 u_1 + l_2 u_2`, and the other arm that reaches it has the links

    .. math:: u_k' = 2\, \frac{\langle h, u_k\rangle}{\langle h, h\rangle}\, h - u_k .

    The mirror depends on the signal, so that this group does not act by linear maps,
    nor by isometries: it keeps norms, which is what aligning needs, and not distances.
    Elements are signs of shape (n_samples,): -1 mirrors. A hand at the shoulder leaves
    the line open, and the links as they are.

    Parameters
    ----------
    lengths : pair of float, default=(1.0, 0.7)
        Lengths of the links, positive.

    See Also
    --------
    TwoLinkArm : The measurement.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.forward import ElbowFlip
    >>> arm = np.array([[[1.0, 0.0], [0.0, 1.0]]])
    >>> ElbowFlip((1.0, 1.0)).act(np.array([-1.0]), arm).round(6) + 0
    array([[[0., 1.],
            [1., 0.]]])
    """

    signal_ndim = 2
    acts_on = "real"

    def __init__(self, lengths: tuple[float, float] = (1.0, 0.7)) -> None:
        self.lengths = lengths

    def act(self, element: Array, x: ArrayLike) -> Array:
        x = _check_arms(x, self)
        xp = get_namespace(x)
        element = asarray_like(element, x, real_dtype(x))
        if tuple(element.shape) != (x.shape[0],) or not bool(
            xp.all(xp.abs(element) == 1)
        ):
            raise ValueError(
                f"element must hold one sign, 1 or -1, per sample, got {element}."
            )
        return xp.where(expand(element < 0, x), self._mirrored(x), x)

    def inverse(self, element: Array) -> Array:
        return element

    def compose(self, a: Array, b: Array) -> Array:
        return a * b

    def identity(self, x: ArrayLike) -> Array:
        x = _check_arms(x, self)
        return asarray_like(np.ones(x.shape[0]), x, real_dtype(x))

    def elements(self, x: Array) -> np.ndarray:
        return np.array([1.0, -1.0])

    def sample(self, x: ArrayLike, random_state: RandomState = None) -> Array:
        x, rng = _check_arms(x, self), check_random_state(random_state)
        return asarray_like(rng.choice([-1.0, 1.0], size=x.shape[0]), x, real_dtype(x))

    def align(self, x: ArrayLike, reference: References) -> tuple[Array, Array]:
        x = _check_arms(x, self)
        xp, mirrored = get_namespace(x), self._mirrored(x)
        gain = xp.sum((mirrored - x) * reference, axis=(1, 2))
        one = xp.ones_like(gain)
        element = xp.where(gain > 0, -one, one)
        return xp.where(expand(gain > 0, x), mirrored, x), element

    def canonical_templates(
        self, signal_shape: Shape, *, complex_valued: bool = False
    ) -> list[np.ndarray]:
        """The second link upwards, then to the right."""
        return [
            np.array([[0.0, 0.0], [0.0, 1.0]]),
            np.array([[0.0, 0.0], [1.0, 0.0]]),
        ]

    def example_signals(
        self,
        n_samples: int = 8,
        *,
        signal_shape: Shape | None = None,
        dtype: DTypeLike = np.float64,
        random_state: RandomState = None,
    ) -> np.ndarray:
        """Random directions."""
        rng = check_random_state(random_state)
        angle = rng.uniform(-np.pi, np.pi, size=(n_samples, 2))
        return np.stack([np.cos(angle), np.sin(angle)], axis=2).astype(dtype)

    def _mirrored(self, x):
        xp = get_namespace(x)
        hand = _hand(x, check_lengths(self.lengths))
        size = norms(hand)
        hand = hand / expand(xp.where(size > 0, size, xp.ones_like(size)), hand)
        along = xp.sum(x * hand[:, None, :], axis=2)[:, :, None] * hand[:, None, :]
        return xp.where(expand(size > 0, x), 2 * along - x, x)


class TwoLinkArm(ForwardModel):
    r"""Place of the hand of a planar arm: :math:`f(u) = l_1 u_1 + l_2 u_2`.

    The inverse, from the place to the directions u of the links, is the inverse
    kinematics of a robot. Two arms reach every place within reach: elbow up or down.

    Parameters
    ----------
    lengths : pair of float, default=(1.0, 0.7)
        Lengths of the links, positive.

    Attributes
    ----------
    signal_shape : tuple of int
        (2, 2): one direction for each link, as a unit vector.
    n_measurements : int
        2.
    symmetry : ElbowFlip
        Elbow up or down.

    See Also
    --------
    sklearn_symbreak.datasets.make_two_link_arm : Random data.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.forward import TwoLinkArm
    >>> TwoLinkArm((1.0, 0.5))(np.array([[[1.0, 0.0], [0.0, 1.0]]]))
    array([[1. , 0.5]])
    """

    signal_shape = (2, 2)
    n_measurements = 2

    def __init__(self, lengths: tuple[float, float] = (1.0, 0.7)) -> None:
        self.lengths = lengths

    @property
    def symmetry(self) -> SymmetryGroup:
        """Group that leaves the measurement unchanged."""
        return ElbowFlip(self.lengths)

    def _check_signals(self, x):
        return check_signals(x, name="x", signal_shape=self.signal_shape, dtype="real")

    def _measure(self, x):
        return _hand(x, check_lengths(self.lengths))

    def _pull_back(self, x, v):
        lengths = check_lengths(self.lengths)
        return get_namespace(x).stack([length * v for length in lengths], axis=1)

    def _push_forward(self, x, d):
        return self._measure(d)


def check_lengths(lengths):
    """Two positive lengths, or a ValueError."""
    try:
        found = tuple(lengths)
    except TypeError:
        found = ()
    good = len(found) == 2 and all(
        isinstance(length, Real) and 0 < length < np.inf for length in found
    )
    if not good:
        raise ValueError(f"lengths must be two positive numbers, got {lengths!r}.")
    return tuple(map(float, found))


def _hand(x, lengths):
    return lengths[0] * x[:, 0, :] + lengths[1] * x[:, 1, :]


def _check_arms(x, group):
    x = check_signals(x, name="x", finite=False)
    check_acts_on(group, x, "x")
    if tuple(x.shape[1:]) != (2, 2):
        raise ValueError(
            "x must hold the directions of two links, signals of shape (2, 2), got "
            f"shape {tuple(x.shape)}."
        )
    return x
