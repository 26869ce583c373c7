"""Finite groups of given matrices or permutations."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._base import SymmetryGroup
from sklearn_symbreak.groups._elements import as_rows, first_row
from sklearn_symbreak.groups._embeddings import (
    embed_up_to_turns,
    one_scale,
    restore_up_to_turns,
)
from sklearn_symbreak.groups._operators import Matrices, SignedPermutations
from sklearn_symbreak.groups._products import Scores, flat
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    get_namespace,
    is_complex,
    to_numpy,
)
from sklearn_symbreak.utils._decorators import remembered
from sklearn_symbreak.utils._typing import Array, RandomState, Shape


class FiniteGroup(SymmetryGroup):
    """A finite group given by its matrices, or by permutations of the entries.

    Elements are positions in the list, of shape (n_samples,). They act on the flattened
    signal.

    Parameters
    ----------
    matrices : array-like of shape (n_elements, size, size), optional
        Orthogonal, or unitary, matrices: all elements of the group, in any order.
        Complex matrices act on complex signals only.
    indices, signs : array-like of shape (n_elements, size), optional
        Instead of matrices, see `from_permutations`.

    Raises
    ------
    ValueError
        On first use, if the matrices are not square, not unitary, not distinct, or do
        not form a group; likewise the permutations.

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

    def __init__(
        self,
        matrices: ArrayLike | None = None,
        indices: ArrayLike | None = None,
        signs: ArrayLike | None = None,
    ) -> None:
        self.matrices = matrices
        self.indices = indices
        self.signs = signs

    @classmethod
    def from_permutations(
        cls, indices: ArrayLike, signs: ArrayLike | None = None
    ) -> Self:
        """A group that permutes the entries of a signal, and may change their signs.

        Its cost is that of gathering entries, where matrices would take the square.

        Parameters
        ----------
        indices : array-like of shape (n_elements, size)
            Element k takes the flattened signal x to ``signs[k] * x[indices[k]]``.
        signs : array-like of shape (n_elements, size) or (n_elements, 1), optional
            1 or -1.

        Returns
        -------
        group : FiniteGroup

        Examples
        --------
        The four orientations of square images:

        >>> import numpy as np
        >>> from sklearn_symbreak.groups import FiniteGroup
        >>> grid = np.arange(9).reshape(3, 3)
        >>> turns = FiniteGroup.from_permutations(
        ...     [np.rot90(grid, k).ravel() for k in range(4)]
        ... )
        >>> x = np.zeros((1, 3, 3))
        >>> x[0, 0, 2] = 1
        >>> turns.align(x, np.rot90(x[0]))[1]
        array([1])
        """
        return cls(indices=indices, signs=signs)

    @property
    def acts_on(self) -> Literal["real", "complex"] | None:
        return "complex" if self._operators.complex_valued else None

    def act(self, element: Array, x: ArrayLike) -> Array:
        x = self._check_signals(x)
        xp, n_elements = get_namespace(x), self._operators.n_elements
        element = as_rows(element, x, (), "one position per sample")
        if not xp.isdtype(element.dtype, "integral"):
            raise ValueError(
                f"element must hold positions, integers, got dtype {element.dtype}."
            )
        legal = (element >= 0) & (element < n_elements)
        if not bool(xp.all(legal)):
            raise ValueError(
                f"element must hold positions from 0 to {n_elements - 1}, got "
                f"{first_row(legal, element)[1]}."
            )
        return self._move(x, element)

    def inverse(self, element: Array) -> Array:
        return asarray_like(self._structure.inverses, element)[element]

    def compose(self, a: Array, b: Array) -> Array:
        return asarray_like(self._structure.product(to_numpy(a), to_numpy(b)), a)

    def identity(self, x: ArrayLike) -> Array:
        x = self._check_signals(x)
        return asarray_like(np.full(x.shape[0], self._structure.neutral), x)

    def sample(self, x: ArrayLike, random_state: RandomState = None) -> Array:
        x, rng = self._check_signals(x), check_random_state(random_state)
        return asarray_like(rng.randint(self._operators.n_elements, size=x.shape[0]), x)

    def embed(self, x: Array) -> Array:
        """Powers, if the elements are the turns of a k-fold axis in the plane."""
        x = flat(self._check_signals(x, finite=True))
        if not self._are_plane_turns or is_complex(x):
            return super().embed(x)
        return embed_up_to_turns(x[:, 0] + 1j * x[:, 1], self._operators.n_elements)

    def unembed(
        self, z: Array, signal_shape: Shape, *, complex_valued: bool = False
    ) -> Array:
        if not self._are_plane_turns or complex_valued:
            return super().unembed(z, signal_shape)
        xp = get_namespace(z)
        x = restore_up_to_turns(z, self._operators.n_elements)
        x = xp.stack([xp.real(x), xp.imag(x)], axis=1)
        return xp.reshape(x, (-1, *signal_shape))

    def _embedding_scales(self, x):
        return one_scale(self, x, x)

    @property
    def _are_plane_turns(self):
        """Whether the matrices are all k-th turns: of a group of proper ones, yes."""
        if self.matrices is None or self._operators.size != 2 or self.acts_on:
            return False
        return bool((np.linalg.det(np.asarray(self.matrices)) > 0).all())

    @property
    def _keeps_digits(self):
        matrices = self._operators.matrices if self.matrices is not None else 0.0
        return bool(np.isin(matrices, (-1, 0, 1)).all())

    def elements(self, x: Array) -> np.ndarray:
        neutral, others = self._structure.neutral, np.arange(self._operators.n_elements)
        return np.concatenate([[neutral], others[others != neutral]])

    @property
    def _example_shape(self):
        return (self._operators.size,)

    @property
    def _summary(self):
        operators = self._operators
        return f"FiniteGroup of {operators.n_elements} on {operators.size} entries"

    def _check_shape(self, x, name):
        n_entries = int(np.prod(x.shape[1:]))
        if n_entries != self._operators.size:
            raise ValueError(
                f"{name} must have signals of {self._operators.size} entries for "
                f"elements of that size, got shape {tuple(x.shape)}."
            )

    # -- kernel: codes are positions

    @property
    def _operators(self):
        return self._known()[0]

    @property
    def _structure(self):
        return self._known()[1]

    def _known(self):
        """Operators and structure, made once for the parameters as they are."""
        given = [self.matrices, self.indices, self.signs]
        return remembered(self, given, "structure", self._make_structure)

    def _make_structure(self):
        if (self.matrices is None) == (self.indices is None):
            found = "neither" if self.matrices is None else "both"
            raise ValueError(
                f"matrices must be given, or indices instead of them, got {found}."
            )
        if self.matrices is None:
            operators = SignedPermutations(self.indices, self.signs)
        elif self.signs is None:
            operators = Matrices(self.matrices)
        else:
            raise ValueError("signs must come with indices, got them with matrices.")
        return operators, operators.structure()

    def _scores(self, x, reference, *, everywhere=False):
        # The identity first, so that it wins ties of equal members.
        order = self.elements(x)
        products = self._operators.products(x, flat(reference), order)
        return Scores(products, codes=asarray_like(order, x))

    def _move(self, x, code, out=None):
        xp = get_namespace(x)
        moved = self._operators.apply(code, flat(x))
        if out is None:
            return xp.reshape(moved, x.shape)
        out[...] = moved.reshape(x.shape)
        return out
