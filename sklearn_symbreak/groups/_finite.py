"""Finite groups of given matrices."""

from functools import lru_cache

import numpy as np
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._enumerable import EnumerableGroup
from sklearn_symbreak.utils._array_api import (
    get_namespace,
    is_complex,
    like,
    to_numpy,
)


class FiniteGroup(EnumerableGroup):
    """A finite group given by its matrices.

    Elements are positions in the list of matrices, of shape (n_samples,). A matrix acts
    on the flattened signal.

    Parameters
    ----------
    matrices : array-like of shape (n_elements, size, size)
        Orthogonal, or unitary, matrices: all elements of the group, in any order.
        Complex matrices act on complex signals only.

    Raises
    ------
    ValueError
        On first use, if the matrices are not square, not unitary, not distinct, or do
        not form a group.

    Examples
    --------
    The quarter turns of the plane:

    >>> import numpy as np
    >>> from sklearn_symbreak.groups import FiniteGroup
    >>> turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    >>> group = FiniteGroup([np.linalg.matrix_power(turn, k) for k in range(4)])
    >>> group.align(np.array([[-2.0, 1.0]]), np.array([1.0, 0.0]))
    (array([[ 2., -1.]]), array([2]))
    """

    _fixes_size = True

    def __init__(self, matrices):
        self.matrices = matrices

    @property
    def complex_only(self):
        """Whether the group acts on complex signals only."""
        return self._checked().dtype.kind == "c"

    def act(self, element, x):
        """Multiply every flattened signal by its matrix; see `SymmetryGroup.act`."""
        xp = get_namespace(x)
        matrices = self._matrices_like(x)
        element = element if hasattr(element, "dtype") else like(element, x)
        if tuple(element.shape) != (x.shape[0],):
            raise ValueError(
                f"element must hold one position per sample, shape ({x.shape[0]},), "
                f"got shape {tuple(element.shape)}."
            )
        illegal = (element < 0) | (element >= matrices.shape[0])
        if bool(xp.any(illegal)):
            raise ValueError(
                f"element must hold positions from 0 to {matrices.shape[0] - 1}, got "
                f"{to_numpy(element[illegal])[0]}."
            )
        flat = xp.reshape(x, (x.shape[0], -1, 1))
        return xp.reshape(xp.matmul(matrices[element, ...], flat), x.shape)

    def inverse(self, element):
        """Positions of the inverse matrices; see `SymmetryGroup.inverse`."""
        _, inverses, _ = self._structure()
        return like(inverses, element)[element]

    def compose(self, a, b):
        """Positions of the products; see `SymmetryGroup.compose`."""
        table, _, _ = self._structure()
        return like(table, a)[a, b]

    def identity(self, x):
        """The position of the identity matrix; see `SymmetryGroup.identity`."""
        _, _, neutral = self._structure()
        return like(np.full(x.shape[0], neutral), x)

    def sample(self, x, random_state=None):
        """Independent uniform elements; see `SymmetryGroup.sample`."""
        rng = check_random_state(random_state)
        return like(rng.randint(len(self._checked()), size=x.shape[0]), x)

    @property
    def _example_shape(self):
        return self._checked().shape[1:2]

    def elements(self, x):
        """All positions, the identity first; see `SymmetryGroup.elements`."""
        _, _, neutral = self._structure()
        others = np.arange(len(self._checked()))
        return np.concatenate([[neutral], others[others != neutral]])

    def _inner_products(self, x, reference, window):
        xp = get_namespace(x)
        matrices = self._matrices_like(x)[like(self.elements(x), x), ...]
        flat = xp.reshape(x, (x.shape[0], -1))
        other = xp.reshape(reference, (reference.shape[0], -1))
        # ⟨w, M x⟩ = ⟨M* w, x⟩: one product per element for a single template.
        other = xp.conj(other) if is_complex(x) else other
        turned = xp.matmul(other[:, None, None, :], matrices[None, ...])[:, :, 0, :]
        if reference.shape[0] == 1:
            return flat @ turned[0, ...].T
        return xp.sum(turned * flat[:, None, :], axis=-1)

    def _element_at(self, index, x, window):
        return like(self.elements(x), x)[index]

    def _checked(self):
        try:
            matrices = np.asarray(self.matrices)
        except ValueError as error:
            raise ValueError("matrices must have one shape, got several.") from error
        if (
            matrices.ndim != 3
            or matrices.shape[1] != matrices.shape[2]
            or not matrices.size
        ):
            raise ValueError(
                "matrices must be square, shape (n_elements, size, size), and not "
                "empty, got shape "
                f"{matrices.shape}."
            )
        if matrices.dtype.kind not in "biufc" or not np.isfinite(matrices).all():
            raise ValueError("matrices must hold finite numbers.")
        return matrices.astype(np.result_type(matrices.dtype, np.float64), copy=False)

    def _structure(self):
        matrices = self._checked()
        return _group_structure(matrices.tobytes(), matrices.shape, matrices.dtype.str)

    def _matrices_like(self, x):
        matrices = self._checked()
        self._structure()
        size = matrices.shape[1]
        n_entries = int(np.prod(x.shape[1:]))
        if n_entries != size:
            raise ValueError(
                f"x must have signals of {size} entries for matrices of shape "
                f"{matrices.shape}, got shape {tuple(x.shape)}."
            )
        if matrices.dtype.kind == "c" and not is_complex(x):
            raise ValueError("matrices must be real for real signals, got complex.")
        floating = get_namespace(x).isdtype(
            x.dtype, ("real floating", "complex floating")
        )
        return like(matrices, x, x.dtype if floating else None)


@lru_cache(maxsize=32)
def _group_structure(content, shape, dtype):
    """Multiplication table, inverses and identity of a list of matrices."""
    matrices = np.frombuffer(content, dtype=dtype).reshape(shape)
    n_elements, size, _ = shape
    eye = np.eye(size)
    gram = matrices @ np.conj(matrices.transpose(0, 2, 1))
    if not np.allclose(gram, eye, atol=1e-6):
        bad = int(np.argmax(np.abs(gram - eye).max(axis=(1, 2))))
        raise ValueError(
            f"matrices must be orthogonal or unitary; number {bad} is not."
        )
    flat = matrices.reshape(n_elements, -1)
    table = np.empty((n_elements, n_elements), dtype=np.int64)
    for row in range(n_elements):
        products = (matrices[row] @ matrices).reshape(n_elements, -1)
        # Re⟨a, b⟩ = size for equal unitary matrices only.
        overlap = (products.conj() @ flat.T).real
        table[row] = overlap.argmax(axis=1)
        if not np.allclose(flat[table[row]], products, atol=1e-5):
            missing = int(np.abs(flat[table[row]] - products).max(axis=1).argmax())
            raise ValueError(
                f"matrices must form a group: the product of numbers {row} and "
                f"{missing} is not among them."
            )
    if len(np.unique(table[0])) != n_elements:
        raise ValueError("matrices must be distinct.")
    neutral = int(np.flatnonzero(table[0] == 0)[0])
    inverses = np.argmax(table == neutral, axis=1)
    return table, inverses, neutral
