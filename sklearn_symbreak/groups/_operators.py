"""The elements of a finite group as operators on flattened signals."""

import numpy as np

from sklearn_symbreak.groups._finite_structure import Structure
from sklearn_symbreak.groups._products import flat
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    get_namespace,
    is_complex,
    to_numpy,
    vecdot,
)


class Matrices:
    """Unitary matrices on flattened signals."""

    def __init__(self, matrices):
        try:
            matrices = np.asarray(matrices)
        except ValueError as error:
            raise ValueError("matrices must have one shape, got several.") from error
        if (
            matrices.ndim != 3
            or matrices.shape[1] != matrices.shape[2]
            or not matrices.size
        ):
            raise ValueError(
                "matrices must be square, shape (n_elements, size, size), and not "
                f"empty, got shape {matrices.shape}."
            )
        if matrices.dtype.kind not in "biufc" or not np.isfinite(matrices).all():
            raise ValueError("matrices must hold finite numbers.")
        matrices = matrices.astype(np.result_type(matrices.dtype, np.float64))
        self.n_elements, self.size, _ = matrices.shape
        self.complex_valued = matrices.dtype.kind == "c"
        self.matrices = matrices
        for number, matrix in enumerate(matrices):
            if not np.allclose(matrix @ matrix.conj().T, np.eye(self.size), atol=1e-6):
                raise ValueError(
                    f"matrices must be orthogonal or unitary; number {number} is not."
                )

    def structure(self):
        adjoint = self.matrices.conj().transpose(0, 2, 1)
        return Structure(
            self.apply,
            lambda index, x: np.matmul(adjoint[index], x[:, :, None])[:, :, 0],
            self.n_elements,
            self.size,
            "matrices",
            self.complex_valued,
        )

    def apply(self, index, x):
        xp = get_namespace(x)
        matrices = asarray_like(self.matrices, x, x.dtype)[index, ...]
        return xp.matmul(matrices, x[:, :, None])[:, :, 0]

    def products(self, x, reference, order):
        """``⟨w, M x⟩`` for all matrices, in an order."""
        xp = get_namespace(x)
        matrices = asarray_like(self.matrices[order], x, x.dtype)
        # ⟨w, M x⟩ = ⟨M* w, x⟩: one product per element for a single template.
        other = xp.conj(reference) if is_complex(x) else reference
        turned = xp.matmul(other[:, None, None, :], matrices[None, ...])[:, :, 0, :]
        if reference.shape[0] == 1:
            return flat(x) @ turned[0, ...].T
        return xp.sum(turned * flat(x)[:, None, :], axis=-1)


class SignedPermutations:
    """Permutations of the entries of flattened signals, with signs."""

    complex_valued = False

    def __init__(self, indices, signs):
        try:
            indices = np.asarray(indices)
        except ValueError as error:
            raise ValueError("indices must have one length, got several.") from error
        if indices.ndim != 2 or not indices.size or indices.dtype.kind not in "iu":
            raise ValueError(
                "indices must be integers of shape (n_elements, size), and not empty, "
                f"got shape {indices.shape} and dtype {indices.dtype}."
            )
        self.n_elements, self.size = indices.shape
        every = np.arange(self.size)
        legal = (np.sort(indices, axis=1) == every).all(axis=1)
        if not legal.all():
            raise ValueError(
                f"indices must be permutations of 0 to {self.size - 1}; number "
                f"{int(np.argmin(legal))} is not."
            )
        self.indices = indices.astype(np.int64)
        # A scatter: the inverse takes entry indices[k, i] from i.
        self.inverse_indices = np.argsort(self.indices, axis=1)
        self.signs = None if signs is None else self._check_signs(signs)

    def _check_signs(self, signs):
        try:
            signs = np.asarray(signs, dtype=float)
        except (TypeError, ValueError):
            signs = np.full(1, np.nan)
        shapes = [(self.n_elements, self.size), (self.n_elements, 1)]
        if signs.shape not in shapes or not np.isin(signs, (1.0, -1.0)).all():
            raise ValueError(
                f"signs must hold 1 or -1 and have shape {shapes[0]} or {shapes[1]}, "
                f"got shape {signs.shape} and values from {signs.min()} to "
                f"{signs.max()}."
            )
        return np.broadcast_to(signs, shapes[0])

    def structure(self):
        return Structure(
            self.apply,
            self._apply_inverse,
            self.n_elements,
            self.size,
            "indices",
            self.complex_valued,
        )

    def apply(self, index, x):
        xp = get_namespace(x)
        moved = xp.take_along_axis(x, asarray_like(self.indices, x)[index, ...], axis=1)
        if self.signs is None:
            return moved
        return moved * asarray_like(self.signs, x, x.dtype)[index, ...]

    def _apply_inverse(self, index, x):
        if self.signs is not None:
            x = x * self.signs[index]
        return np.take_along_axis(x, self.inverse_indices[index], axis=1)

    def products(self, x, reference, order):
        """``⟨w, g x⟩`` for all elements, in an order."""
        xp, signals = get_namespace(x), flat(x)
        if reference.shape[0] > 1:
            same = np.zeros(x.shape[0], dtype=np.int64)
            columns = [
                vecdot(reference, self.apply(asarray_like(same + g, x), signals))
                for g in order
            ]
            return xp.stack(columns, axis=1)
        # ⟨w, g x⟩ = ⟨g⁻¹ w, x⟩: one matrix product for a single template.
        template = to_numpy(reference)[0]
        turned = np.broadcast_to(template, (len(order), self.size))
        turned = asarray_like(self._apply_inverse(order, turned), x, x.dtype)
        turned = xp.conj(turned) if is_complex(x) else turned
        return signals @ turned.T
