"""Poses of symmetric objects, seen by detectors."""

from __future__ import annotations

from numbers import Integral
from typing import Literal

import numpy as np

from sklearn_symbreak.forward._base import ForwardModel
from sklearn_symbreak.groups import FiniteGroup, Rotation, SignFlip, SymmetryGroup
from sklearn_symbreak.utils._array_api import asarray_like, get_namespace, real_dtype
from sklearn_symbreak.utils._typing import Shape
from sklearn_symbreak.utils._validation import check_signals

_SHAPES = {"turns": (2,), "axis": (3, 3), "quaternion": (4,)}


class SymmetricPose(ForwardModel):
    r"""Detectors that see an object whose symmetry hides part of its pose.

    The object is made of points p. A pose y moves them by a matrix M(y), and detectors
    at d measure how near they come,

    .. math:: f_j(y) = \sum_i \exp(-\|M(y)\, p_i - d_j\|^2 / (2 w^2)) ,

    with a width w of 1, or 3 / fold where a polygon has more than three corners, so
    that these stay apart. The detectors have no mirror image in common with it.

    - "turns": a regular polygon in the plane. The pose is a direction y, which is a
      unit vector, and M its turn; turns by 360° / fold change nothing.
    - "axis": points on the axis z of a body. The pose is a rotation matrix M = y; turns
      about the body's axis change nothing.
    - "quaternion": a body without symmetry. The pose is a unit quaternion y (real part
      first), and M its rotation; y and -y are one rotation.

    Parameters
    ----------
    kind : {"turns", "axis", "quaternion"}, default="turns"
        Kind of pose.
    fold : int, default=5
        Corners of the polygon, at least 2.

    Attributes
    ----------
    signal_shape : tuple of int
        (2,), (3, 3) or (4,).
    n_measurements : int
        Number of detectors: 12 about a circle, or 20 about a sphere.
    symmetry : FiniteGroup, Rotation or SignFlip
        Maps that change the pose, and not the measurement.

    See Also
    --------
    sklearn_symbreak.datasets.make_symmetric_pose : Random data.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.forward import SymmetricPose
    >>> forward = SymmetricPose("turns", fold=4)
    >>> X = forward(np.array([[1.0, 0.0], [0.0, 1.0]]))
    >>> X.shape, np.allclose(X[0], X[1])
    ((2, 12), True)
    """

    def __init__(
        self, kind: Literal["turns", "axis", "quaternion"] = "turns", fold: int = 5
    ) -> None:
        self.kind = kind
        self.fold = fold

    @property
    def signal_shape(self) -> Shape:
        """Shape of one pose."""
        if not isinstance(self.kind, str) or self.kind not in _SHAPES:
            raise ValueError(
                f"kind must be 'turns', 'axis' or 'quaternion', got {self.kind!r}."
            )
        return _SHAPES[self.kind]

    @property
    def n_measurements(self) -> int:
        """Number of detectors."""
        return len(self._detectors)

    @property
    def symmetry(self) -> SymmetryGroup:
        """Group that leaves the measurement unchanged."""
        shape = self.signal_shape
        if shape == (4,):
            return SignFlip()
        if shape == (3, 3):
            return Rotation(axis=(0, 0, 1))
        angle = 2 * np.pi / self._checked_fold() * np.arange(self.fold)
        cosine, sine = np.cos(angle), np.sin(angle)
        turns = np.array([[cosine, -sine], [sine, cosine]])
        return FiniteGroup(np.moveaxis(turns, 2, 0))

    def _checked_fold(self):
        if not isinstance(self.fold, Integral) or self.fold < 2:
            raise ValueError(f"fold must be an int of at least 2, got {self.fold!r}.")
        return int(self.fold)

    @property
    def _points(self):
        """The object, of shape (n_points, n_dimensions)."""
        shape = self.signal_shape
        if shape == (2,):
            return _circle(self._checked_fold())
        if shape == (3, 3):
            return np.array([[0.0, 0.0, 0.5], [0.0, 0.0, 1.2]])
        return np.array([[1.0, 0.0, 0.0], [0.0, 0.8, 0.0], [0.2, 0.0, 0.6]])

    @property
    def _detectors(self):
        if self.signal_shape == (2,):
            # Evenly spread, and yet on no mirror line with a polygon.
            # As near to the corners as these are to each other.
            radius = 1 + min(0.2, self._width2**0.5 / 3)
            return radius * _circle(12, turn=(np.sqrt(5) - 1) / 2)
        # Points of a spiral, evenly spread over a sphere.
        height = 1 - (2 * np.arange(20) + 1) / 20
        angle = np.pi * (1 + np.sqrt(5)) * np.arange(20)
        across = np.sqrt(1 - height**2)
        spread = [across * np.cos(angle), across * np.sin(angle), height]
        return 1.5 * np.stack(spread, axis=1)

    def _check_signals(self, x):
        return check_signals(x, name="x", signal_shape=self.signal_shape, dtype="real")

    @property
    def _width2(self):
        if self.signal_shape != (2,):
            return 1.0
        return min(1.0, 3 / self._checked_fold()) ** 2

    def _offsets(self, x):
        """From detectors to points, and what the detectors see of each."""
        xp = get_namespace(x)
        points = asarray_like(self._points, x, real_dtype(x))
        places = xp.matmul(_matrices(x), points.T)
        places = xp.permute_dims(places, (0, 2, 1))
        detectors = asarray_like(self._detectors, x, real_dtype(x))
        offset = places[:, None, :, :] - detectors[None, :, None, :]
        return offset, xp.exp(-xp.sum(offset**2, axis=3) / (2 * self._width2))

    def _measure(self, x):
        return get_namespace(x).sum(self._offsets(x)[1], axis=2)

    def _pull_back(self, x, v):
        xp = get_namespace(x)
        offset, seen = self._offsets(x)
        pull = -xp.sum(offset * (seen * v[:, :, None])[..., None], axis=1)
        points = asarray_like(self._points / self._width2, x, real_dtype(x))
        matrix = xp.matmul(xp.permute_dims(pull, (0, 2, 1)), points)
        return _pull_back_matrices(x, matrix)


def _circle(n_points, turn=None):
    turn = 1 / n_points if turn is None else turn
    angle = 2 * np.pi * turn * np.arange(n_points)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _matrices(x):
    """Matrix of every pose; of unit vectors and quaternions, a rotation."""
    xp = get_namespace(x)
    if x.ndim == 3:
        return x
    if x.shape[1] == 2:
        a, b = x[:, 0], x[:, 1]
        entries = [[a, -b], [b, a]]
    else:
        a, b, c, d = (x[:, k] for k in range(4))
        entries = [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a - b * b + c * c - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a - b * b - c * c + d * d],
        ]
    return xp.stack([xp.stack(row, axis=1) for row in entries], axis=1)


def _pull_back_matrices(x, m):
    """Gradient of ``Σ m_ij M_ij(x)`` for given m."""
    xp = get_namespace(x)
    if x.ndim == 3:
        return m
    if x.shape[1] == 2:
        return xp.stack([m[:, 0, 0] + m[:, 1, 1], m[:, 1, 0] - m[:, 0, 1]], axis=1)
    # M is quadratic: half the derivative is M as a form, with x once.
    a, b, c, d = (x[:, k] for k in range(4))
    plus, minus = m + xp.permute_dims(m, (0, 2, 1)), m - xp.permute_dims(m, (0, 2, 1))
    xy, xz, yz = plus[:, 0, 1], plus[:, 0, 2], plus[:, 1, 2]
    u, v, w = minus[:, 2, 1], minus[:, 0, 2], minus[:, 1, 0]
    p, q, r = m[:, 0, 0], m[:, 1, 1], m[:, 2, 2]
    slopes = [
        a * (p + q + r) + b * u + c * v + d * w,
        b * (p - q - r) + c * xy + d * xz + a * u,
        c * (q - p - r) + b * xy + d * yz + a * v,
        d * (r - p - q) + b * xz + c * yz + a * w,
    ]
    return 2 * xp.stack(slopes, axis=1)
