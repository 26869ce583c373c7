"""Rotations and translations of point sets."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._base import SymmetryGroup
from sklearn_symbreak.groups._elements import as_rows, check_tuple
from sklearn_symbreak.groups._embeddings import (
    one_scale,
    pack_matrix,
    unpack_matrix,
)
from sklearn_symbreak.groups._kabsch import rotation_gap
from sklearn_symbreak.groups._products import rounding
from sklearn_symbreak.groups._rotation import Rotation
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    double,
    get_namespace,
    norms,
    real_dtype,
)
from sklearn_symbreak.utils._typing import Array, Element, RandomState, Shape
from sklearn_symbreak.utils._validation import check_acts_on


class RigidMotion(SymmetryGroup):
    """Rigid motions of point sets: ``x_k`` becomes ``R x_k + t``.

    Elements are tuples of matrices R of shape (n_samples, d, d) and vectors t of shape
    (n_samples, d). Signals are real, of shape (n_samples, n_points, d). It is the
    symmetry of points that are known by their distances.

    Parameters
    ----------
    reflections : bool, default=False
        Whether to allow reflections, as distances do.

    Notes
    -----
    The best motion takes the centroid of the points to that of the reference, and
    rotates about it as `Rotation` does (Kabsch). ``(R₁, t₁)(R₂, t₂) = (R₁ R₂, R₁ t₂ +
    t₁)``. The group keeps distances between signals, and not their norms: relative
    errors and margins are in units of the norm about the centroid. No translation can
    be uniform; `sample` draws t normal, as large as the points are wide.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import RigidMotion
    >>> template = np.array([[1.0, 0.0], [0.0, 2.0]])
    >>> x = np.array([[[5.0, 1.0], [3.0, 0.0]]])
    >>> aligned, (matrices, vectors) = RigidMotion().align(x, template)
    >>> bool(np.allclose(aligned[0], template))
    True
    """

    signal_ndim = 2
    acts_on = "real"
    _n_parts = 2

    def __init__(self, reflections: bool = False) -> None:
        self.reflections = reflections

    def act(self, element: Element, x: ArrayLike) -> Array:
        x = self._check_signals(x)
        check_tuple(element, 2, "matrices and vectors")
        size = x.shape[2]
        vectors = as_rows(element[1], x, (size,), "one vector per sample")
        xp = get_namespace(x)
        if not bool(xp.all(xp.isfinite(vectors))):
            raise ValueError("element must hold finite vectors, got NaN or infinity.")
        moved = self._rotation.act(element[0], x)
        return moved + xp.astype(vectors, x.dtype)[:, None, :]

    def inverse(self, element: Element) -> Element:
        """``(Rᵀ, -Rᵀ t)``."""
        matrices, vectors = element
        matrices = get_namespace(matrices).matrix_transpose(matrices)
        return matrices, -_times(matrices, vectors)

    def compose(self, a: Element, b: Element) -> Element:
        """``(R₁ R₂, R₁ t₂ + t₁)``."""
        (matrices_a, vectors_a), (matrices_b, vectors_b) = a, b
        matrices = get_namespace(matrices_a).matmul(matrices_a, matrices_b)
        return matrices, _times(matrices_a, vectors_b) + vectors_a

    def identity(self, x: ArrayLike) -> Element:
        x = self._check_signals(x)
        zero = asarray_like(np.zeros((x.shape[0], x.shape[2])), x, real_dtype(x))
        return self._rotation.identity(x), zero

    def sample(self, x: ArrayLike, random_state: RandomState = None) -> Element:
        """Rotations from the Haar measure, and normal vectors."""
        x, rng = self._check_signals(x), check_random_state(random_state)
        matrices = self._rotation.sample(x, rng)
        normal = asarray_like(rng.standard_normal((x.shape[0], x.shape[2])), x, x.dtype)
        width = norms(self.centered(x)) / math.sqrt(x.shape[1] * x.shape[2])
        return matrices, normal * width[:, None]

    def centered(self, x: Array) -> Array:
        return x - get_namespace(x).mean(x, axis=1, keepdims=True)

    def embed(self, x: Array) -> Array:
        """Embedding of the rotations, of the points about their centroid."""
        return self._rotation.embed(self.centered(self._check_signals(x, finite=True)))

    def unembed(
        self, z: Array, signal_shape: Shape, *, complex_valued: bool = False
    ) -> Array:
        # About the centroid rows and columns sum to zero; predicted ones may not.
        matrix = self.centered(unpack_matrix(z, signal_shape[0], hermitian=True))
        matrix = self.centered(get_namespace(z).matrix_transpose(matrix))
        matrix = get_namespace(z).matrix_transpose(matrix)
        z = pack_matrix(matrix, hermitian=True)
        return self.centered(self._rotation.unembed(z, signal_shape))

    def _embedding_scales(self, x):
        return one_scale(self, x, self.centered(x))

    @property
    def _rotation(self):
        return Rotation(self.reflections)

    @property
    def _example_shape(self):
        return (6, 3)

    def _check_shape(self, x, name):
        check_acts_on(self._rotation, x, name)

    # -- kernel: codes are the matrices and the centroids of the references

    def _find(self, x, references, settle=True):
        about = [self.centered(reference) for reference in references]
        matrices = self._rotation._find(self.centered(x), about, settle)
        xp = get_namespace(x)
        target = xp.mean(references[0], axis=1)
        size = xp.max(xp.abs(references[0]), axis=(1, 2))[:, None]
        # A centroid at rounding level is the origin, at any size of the signals.
        target = xp.where(xp.abs(target) > rounding(x) * size, target, 0 * target)
        return matrices, xp.broadcast_to(target, (x.shape[0], x.shape[2]))

    def _move(self, x, code, out=None):
        xp, (matrices, target) = get_namespace(x), code
        moved = self._rotation._move(self.centered(x), matrices, out)
        moved += xp.astype(target, x.dtype, copy=False)[:, None, :]
        return moved

    def _element(self, code, x):
        matrices, target = code
        centroid = get_namespace(x).mean(x, axis=1)
        return matrices, target - _times(matrices, centroid)

    def _gap(self, x, reference):
        about = self.centered(double(x)), self.centered(double(reference))
        return rotation_gap(*about, self.reflections, x)


def _times(matrices, vectors):
    return get_namespace(matrices).matmul(matrices, vectors[:, :, None])[:, :, 0]
