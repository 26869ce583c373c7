"""Rotations of point sets."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._axis_turns import (
    best_turns,
    check_axis,
    frame,
    turn_gap,
    turns,
)
from sklearn_symbreak.groups._base import SymmetryGroup
from sklearn_symbreak.groups._elements import as_rows, first_row
from sklearn_symbreak.groups._embeddings import (
    embed_up_to_phase,
    embed_up_to_rotation,
    one_scale,
    restore_up_to_phase,
    restore_up_to_rotation,
)
from sklearn_symbreak.groups._kabsch import (
    best_rotations,
    generic_points,
    rotate,
    rotation_gap,
)
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    double,
    get_namespace,
    real_dtype,
)
from sklearn_symbreak.utils._typing import Array, RandomState, Shape


class Rotation(SymmetryGroup):
    """Rotations of point sets about the origin, or turns about one axis.

    Elements are matrices R of shape (n_samples, d, d), and ``act(R, x)[i, k] = R[i]
    x[i, k]``. Signals are real, of shape (n_samples, n_points, d). A pose is such a
    signal too, with the columns of its matrix as points in the frame of the object:
    give the transposed matrices, or matrices that act on rows.

    Parameters
    ----------
    reflections : bool, default=False
        Whether to allow reflections: O(d) instead of SO(d). With an axis, the mirror
        images in planes that hold it.
    axis : array-like of shape (3,), optional
        Only turns about this axis, in space: the symmetry of a bottle.

    Notes
    -----
    Aligned in closed form from the singular value decomposition of the d × d
    cross-covariance (Kabsch [1]_; the determinant's sign goes to the smallest singular
    value [2]_). About one axis, the correlation is a constant and ``a cos θ + b sin θ``
    by Rodrigues' formula, and θ is the angle of ``a + i b``.

    References
    ----------
    .. [1] W. Kabsch, "A solution for the best rotation to relate two sets of vectors",
       Acta Crystallographica A 32 (1976).
    .. [2] S. Umeyama, "Least-squares estimation of transformation parameters between
       two point patterns", IEEE TPAMI 13 (1991).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import Rotation
    >>> template = np.array([[1.0, 0.0], [0.0, 2.0]])
    >>> x = np.array([[[0.0, 1.0], [-2.0, 0.0]]])
    >>> aligned, matrices = Rotation().align(x, template)
    >>> bool(np.allclose(aligned[0], template))
    True
    """

    signal_ndim = 2
    acts_on = "real"

    def __init__(
        self, reflections: bool = False, axis: ArrayLike | None = None
    ) -> None:
        self.reflections = reflections
        self.axis = axis

    def act(self, element: Array, x: ArrayLike) -> Array:
        x = self._check_signals(x)
        size = x.shape[2]
        matrices = as_rows(element, x, (size, size), "one matrix per sample")
        self._check_matrices(matrices)
        return rotate(matrices, x)

    def inverse(self, element: Array) -> Array:
        return get_namespace(element).matrix_transpose(element)

    def compose(self, a: Array, b: Array) -> Array:
        return get_namespace(a).matmul(a, b)

    def identity(self, x: ArrayLike) -> Array:
        x = self._check_signals(x)
        return asarray_like(
            np.tile(np.eye(x.shape[2]), (x.shape[0], 1, 1)), x, real_dtype(x)
        )

    def sample(self, x: ArrayLike, random_state: RandomState = None) -> Array:
        """Independent matrices from the Haar measure.

        From the QR decomposition of Gaussian matrices with the signs of R's diagonal
        fixed (F. Mezzadri, "How to generate random matrices from the classical compact
        groups", Notices of the AMS 54 (2007)); about an axis, uniform angles.
        """
        x, rng = self._check_signals(x), check_random_state(random_state)
        n_samples, _, size = x.shape
        if self.axis is not None:
            angle = rng.uniform(-np.pi, np.pi, n_samples)
            mirrored = rng.uniform(size=n_samples) < 0.5 if self.reflections else None
            return asarray_like(turns(self.axis, angle, mirrored), x, real_dtype(x))
        q, r = np.linalg.qr(rng.standard_normal((n_samples, size, size)))
        q *= np.sign(np.diagonal(r, axis1=1, axis2=2))[:, None, :]
        if not self.reflections:
            q[:, :, 0] *= np.sign(np.linalg.det(q))[:, None]
        return asarray_like(q, x, real_dtype(x))

    @property
    def _example_shape(self):
        return (6, 5) if self.axis is None else (6, 3)

    def _check_shape(self, x, name):
        if not isinstance(self.reflections, (bool, np.bool_)):
            raise ValueError(
                f"reflections must be True or False, got {self.reflections!r}."
            )
        if self.axis is not None:
            check_axis(self.axis)
            if x.shape[2] != 3:
                raise ValueError(
                    f"{name} must hold points in space for axis={self.axis!r}, got "
                    f"shape {tuple(x.shape)}."
                )

    def embed(self, x: Array) -> Array:
        """Gram matrix with reflections; ``p pᴴ`` of complex points p in the plane.

        About an axis, the points across it, and their places along it as they are.
        """
        x = self._check_signals(x, finite=True)
        xp = get_namespace(x)
        along, across = self._split_by_axis(x)
        if self.reflections:
            packed = embed_up_to_rotation(across)
        else:
            packed = embed_up_to_phase(across[:, :, 0] + 1j * across[:, :, 1])
        return packed if along is None else xp.concat([along, packed], axis=1)

    def unembed(
        self, z: Array, signal_shape: Shape, *, complex_valued: bool = False
    ) -> Array:
        xp, (n_points, size) = get_namespace(z), signal_shape
        along = None
        if self.axis is not None:
            along, z, size = z[:, :n_points], z[:, n_points:], 2
        if self.reflections:
            across = restore_up_to_rotation(z, size)
        else:
            p = restore_up_to_phase(z)
            across = xp.stack([xp.real(p), xp.imag(p)], axis=2)
        if along is None:
            return across
        points = xp.concat([across, along[:, :, None]], axis=2)
        return xp.matmul(points, asarray_like(frame(self.axis), points, points.dtype))

    def _embedding_scales(self, x):
        return one_scale(self, x, self._split_by_axis(x)[1])

    def _split_by_axis(self, x):
        """Coordinates along the axis, or None, and points across it."""
        if self.axis is not None:
            points = get_namespace(x).matmul(
                x, asarray_like(frame(self.axis).T, x, x.dtype)
            )
            return points[:, :, 2], points[:, :, :2]
        if not self.reflections and x.shape[2] != 2:
            raise NotImplementedError(
                f"{self!r} has no embedding of points in {x.shape[2]} dimensions, only "
                "in the plane; break the symmetry by a template, as SymmetryBreaker "
                "does, or allow reflections."
            )
        return None, x

    def _check_matrices(self, matrices):
        xp = get_namespace(matrices)
        gram = xp.matmul(matrices, xp.matrix_transpose(matrices))
        eye = asarray_like(np.eye(matrices.shape[1]), matrices, matrices.dtype)
        # Far above what products of many in single precision drift by.
        legal = xp.all(xp.abs(gram - eye) < 1e-2, axis=(1, 2))
        if not self.reflections:
            legal = legal & (xp.linalg.det(matrices) > 0)
        kind = "orthogonal matrices" if self.reflections else "rotations"
        if self.axis is not None:
            axis = asarray_like(check_axis(self.axis), matrices, matrices.dtype)
            kept = xp.abs(xp.matmul(matrices, axis) - axis) < 1e-2
            legal = legal & xp.all(kept, axis=1)
            kind = f"{kind} that keep the axis"
        if not bool(xp.all(legal)):
            row, found = first_row(legal, matrices)
            raise ValueError(
                f"element must hold {kind} for {self!r}, got in row {row}: {found}."
            )

    # -- kernel: codes are the matrices

    def _code(self, x, references, floor, settle):
        if self.axis is None:
            return best_rotations(x, references, floor, self.reflections, settle)
        references = [*references, generic_points(x)]
        return best_turns(x, references, self.axis, self.reflections)

    def _move(self, x, code, out=None):
        return rotate(code, x, out)

    def _gap(self, x, reference):
        if self.axis is None:
            return rotation_gap(double(x), double(reference), self.reflections, x)
        return turn_gap(x, reference, self.axis, self.reflections)
