"""Distances between points."""

from __future__ import annotations

import numpy as np

from sklearn_symbreak.forward._base import ForwardModel
from sklearn_symbreak.groups import RigidMotion, SymmetryGroup
from sklearn_symbreak.utils._array_api import get_namespace
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
        xp = get_namespace(x)
        square = xp.sum(difference**2, axis=2)
        # The root has no slope at 0: there autograd is to find 0, too.
        apart = square > 0
        root = xp.sqrt(xp.where(apart, square, xp.ones_like(square)))
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
