"""Rotations of point sets."""

import numpy as np
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._chunked import ChunkedGroup
from sklearn_symbreak.groups._references import rows
from sklearn_symbreak.groups._ties import norm_product, rounding
from sklearn_symbreak.utils._array_api import (
    get_namespace,
    is_complex,
    like,
    real_dtype,
    squared_norm,
    to_numpy,
)
from sklearn_symbreak.utils._validation import check_signals


class Rotation(ChunkedGroup):
    """Rotations of point sets about the origin.

    Elements are matrices R of shape (n_samples, d, d), and ``act(R, x)[i, k] = R[i]
    x[i, k]``. Signals are real, of shape (n_samples, n_points, d).

    Parameters
    ----------
    reflections : bool, default=False
        Whether to allow reflections: O(d) instead of SO(d).

    Notes
    -----
    Aligned in closed form from the singular value decomposition of the d × d
    cross-covariance (Kabsch [1]_; the determinant's sign goes to the smallest singular
    value [2]_).

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
    real_only = True

    def __init__(self, reflections=False):
        self.reflections = reflections

    def act(self, element, x):
        """Rotate all points of every set; see `SymmetryGroup.act`."""
        self._check_signal_ndim(x)
        xp = get_namespace(x)
        size = x.shape[2]
        matrices = element if hasattr(element, "dtype") else like(element, x)
        if tuple(matrices.shape) != (x.shape[0], size, size):
            raise ValueError(
                f"element must hold one matrix per sample, shape "
                f"({x.shape[0]}, {size}, {size}), got shape {tuple(matrices.shape)}."
            )
        self._check_matrices(matrices)
        if not xp.isdtype(x.dtype, ("real floating", "complex floating")):
            x = xp.astype(x, xp.float64)
        return xp.matmul(x, xp.matrix_transpose(xp.astype(matrices, x.dtype)))

    def _check_matrices(self, matrices):
        xp = get_namespace(matrices)
        gram = xp.matmul(matrices, xp.matrix_transpose(matrices))
        eye = like(np.eye(matrices.shape[1]), matrices, matrices.dtype)
        # Far above what products of many in single precision drift by.
        legal = xp.all(xp.abs(gram - eye) < 1e-2, axis=(1, 2))
        if not self.reflections:
            legal = legal & (xp.linalg.det(matrices) > 0)
        if not bool(xp.all(legal)):
            kind = "orthogonal matrices" if self.reflections else "rotations"
            first = int(xp.argmin(xp.astype(legal, xp.int8)))
            raise ValueError(
                f"element must hold {kind} for {self!r}, got in row {first}: "
                f"{to_numpy(matrices[first, ...]).tolist()}."
            )

    def inverse(self, element):
        """Transposed matrices; see `SymmetryGroup.inverse`."""
        return get_namespace(element).matrix_transpose(element)

    def compose(self, a, b):
        """Matrix products; see `SymmetryGroup.compose`."""
        return get_namespace(a).matmul(a, b)

    def identity(self, x):
        """Identity matrices; see `SymmetryGroup.identity`."""
        return like(np.tile(np.eye(x.shape[2]), (x.shape[0], 1, 1)), x, real_dtype(x))

    def sample(self, x, random_state=None):
        """Independent matrices from the Haar measure.

        From the QR decomposition of Gaussian matrices with the signs of R's diagonal
        fixed (F. Mezzadri, "How to generate random matrices from the classical compact
        groups", Notices of the AMS 54 (2007)).

        See `SymmetryGroup.sample`.
        """
        self._check_signal_ndim(x)
        rng = check_random_state(random_state)
        size = x.shape[2]
        q, r = np.linalg.qr(rng.standard_normal((x.shape[0], size, size)))
        q *= np.sign(np.diagonal(r, axis1=1, axis2=2))[:, None, :]
        if not self.reflections:
            q[:, :, 0] *= np.sign(np.linalg.det(q))[:, None]
        return like(q, x, real_dtype(x))

    def margin(self, x, reference):
        """How clearly the best rotation stands out; see `SymmetryGroup.margin`.

        With singular values ``s_1 ≥ … ≥ s_d`` of the cross-covariance, and its
        determinant's sign on the last, the best rotation is unique unless ``s_(d-1) +
        s_d = 0`` (with reflections, unless ``s_d = 0``). Points that span only r < d
        dimensions have one best image unless ``s_r = 0``.
        """
        x = check_signals(x, name="x", finite=False)
        self._check_real(x)
        return super().margin(x, reference)

    def _gap(self, x, reference):
        """Clearance, in which only directions that the points span count."""
        xp = get_namespace(x)
        _, values, _ = self._decompose(x, reference)
        extent = xp.linalg.svdvals(x)
        significant = extent > rounding(x) * extent[:, :1]
        rank = xp.count_nonzero(significant, axis=1)[:, None]
        # Beside points that leave a direction free, a reflection is a rotation.
        smallest = xp.take_along_axis(values, xp.clip(rank - 1, 0, None), axis=1)[:, 0]
        full = (rank == x.shape[2])[:, 0]
        clearance = self._clearance(values)
        gap = xp.where(full, clearance, xp.abs(smallest))
        return xp.where(xp.isinf(clearance), clearance, gap)

    def _clearance(self, values):
        xp = get_namespace(values)
        if self.reflections:
            return xp.abs(values[:, -1])
        if values.shape[1] == 1:
            # The trivial group: there is nothing to tie with.
            return xp.full_like(values[:, 0], xp.inf)
        return values[:, -2] + values[:, -1]

    @staticmethod
    def _check_real(x):
        if is_complex(x):
            raise ValueError(f"x must be real for Rotation, got dtype {x.dtype}.")

    def _decompose(self, x, reference):
        """Factors U, signed values and V* of the cross-covariance."""
        xp = get_namespace(x)
        return self._factorize(xp.matmul(xp.matrix_transpose(reference), x))

    def _factorize(self, covariance):
        if not isinstance(self.reflections, (bool, np.bool_)):
            raise ValueError(
                f"reflections must be True or False, got {self.reflections!r}."
            )
        xp = get_namespace(covariance)
        left, values, right = xp.linalg.svd(covariance, full_matrices=False)
        if not self.reflections:
            sign = xp.sign(xp.linalg.det(left) * xp.linalg.det(right))
            smallest = (sign * values[:, -1])[:, None]
            values = xp.concat([values[:, :-1], smallest], axis=1)
            last = left[:, :, -1:] * sign[:, None, None]
            left = xp.concat([left[:, :, :-1], last], axis=2)
        return left, values, right

    def _align(self, x, references):
        xp = get_namespace(x)
        self._check_real(x)
        left, values, right = self._decompose(x, references[0])
        matrices = xp.matmul(left, right)
        norm2 = squared_norm(x)
        floor = rounding(x) * norm_product(x, references[0])
        tied = (self._clearance(values) <= floor) & (norm2 > 0)
        if bool(xp.any(tied)):
            index = xp.nonzero(tied)[0]
            matrices[index, ...] = self._settle_ties(
                x[index, ...], rows(references, index)
            )
        return self.act(matrices, x), matrices

    def _settle_ties(self, x, references):
        """The best rotations where the first reference leaves a choice."""
        xp, dtype, precision = get_namespace(x), x.dtype, rounding(x)
        # Ties are those of the signals' own precision.
        x = xp.astype(x, xp.float64)
        references = [xp.astype(reference, xp.float64) for reference in references]
        # A fixed generic point set comes last, so that some rotation always wins.
        grid = np.arange(1, 1 + x.shape[1] * x.shape[2], dtype=float)
        references.append(like(np.cos(grid**1.5).reshape(1, *x.shape[1:]), x, x.dtype))
        eye = like(np.eye(x.shape[2]), x, x.dtype)
        # Maps the directions that are settled, and no others.
        settled = xp.zeros_like(eye) * x[:, :1, :1]
        circular = xp.zeros_like(x[:, 0, 0], dtype=xp.bool)
        for reference in references:
            transposed = xp.matrix_transpose(settled)
            covariance = xp.matmul(xp.matrix_transpose(reference), x)
            covariance = xp.matmul(eye - xp.matmul(settled, transposed), covariance)
            covariance = xp.matmul(covariance, eye - xp.matmul(transposed, settled))
            # What is settled stays so: no other direction sees more than the norms.
            size = norm_product(x, reference)
            size = xp.where(size > 0, size, xp.ones_like(size))
            left, values, right = self._factorize(
                covariance + 2 * size[:, None, None] * settled
            )
            clear = xp.abs(values) > precision * size[:, None]
            # Equal values of which one has the wrong sign: a circle of rotations ties.
            circle = clear[:, -1] & (self._clearance(values) <= precision * size)
            circular = circular | circle
            settled = xp.matmul(
                xp.where(clear[:, None, :], left, xp.zeros_like(left)), right
            )
        left_united, _, right_united = self._decompose(x, self._unite(references))
        united = xp.matmul(left_united, right_united)
        best = xp.where(circular[:, None, None], united, xp.matmul(left, right))
        return xp.astype(best, dtype)

    @staticmethod
    def _unite(references):
        """One reference whose later parts turn little but what the earlier leave."""
        united, weight = 0.0, 1.0
        for reference in references:
            norm = get_namespace(reference).max(squared_norm(reference)) ** 0.5
            united = united + weight * reference / (norm if norm > 0 else 1.0)
            weight *= 1e-4
        return united
