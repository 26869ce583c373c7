"""Permutations of items."""

from __future__ import annotations

import numbers
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._base import SymmetryGroup
from sklearn_symbreak.groups._elements import (
    as_rows,
    first_row,
    join,
    map_parts,
    split,
    total_parts,
)
from sklearn_symbreak.groups._embeddings import (
    embed_up_to_order,
    one_scale,
    restore_up_to_order,
)
from sklearn_symbreak.groups._item_matching import (
    item_gap,
    match_items,
    match_moving_items,
    moving_item_gap,
)
from sklearn_symbreak.groups._itemwise import Itemwise, check_item_group
from sklearn_symbreak.groups._products import as_real, check_finite
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    double,
    get_namespace,
    is_complex,
)
from sklearn_symbreak.utils._typing import (
    Array,
    Element,
    RandomState,
    References,
    Shape,
)
from sklearn_symbreak.utils._validation import check_acts_on


class Permutation(SymmetryGroup):
    """Permutations of the items of a signal, along its first axis.

    Elements are rows of indices of shape (n_samples, n_items):
    ``act(p, x)[i, k] = x[i, p[i, k]]``. The symmetry of the roots of a polynomial, of
    unordered points and, with a symmetry of the items, of the components of source
    separation (order and signs) and of eigenvectors (order and phases).

    Parameters
    ----------
    item_ndim : int, optional
        Number of axes of one item: 0 for signals of shape (n_samples, n_items), 1 for
        (n_samples, n_items, size). By default what the signals have.
    item_symmetry : SymmetryGroup, optional
        A group that acts on one item, with an element of its own for each item of the
        permuted signal. Elements are then tuples: the order, and the elements of
        ``Itemwise(item_symmetry)``, which act after it.

    Notes
    -----
    The best permutation is an assignment problem, solved per sample by
    `scipy.optimize.linear_sum_assignment` on the CPU; its gains are the inner products
    of items, or the best correlations up to the symmetry of the items. Real scalars are
    aligned by sorting, and so are items that are compared by one direction of theirs,
    as the canonical templates do: sort by the first entry, then by the second, and so
    on.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import Permutation, SignFlip
    >>> Permutation().canonicalize(np.array([[3.0, 1.0, 2.0]]))
    (array([[1., 2., 3.]]), array([[1, 2, 0]]))
    >>> sources = np.array([[[1.0, 2.0, 0.0], [0.0, 1.0, 1.0]]])
    >>> estimate = -sources[:, ::-1]
    >>> Permutation(item_symmetry=SignFlip()).distance(estimate, sources[0])
    array([0.])
    """

    def __init__(
        self, item_ndim: int | None = None, item_symmetry: SymmetryGroup | None = None
    ) -> None:
        self.item_ndim = item_ndim
        self.item_symmetry = item_symmetry

    @property
    def signal_ndim(self) -> int | None:
        """Number of signal axes: the items' and one more."""
        given = self.item_ndim
        if given is not None and (
            not isinstance(given, numbers.Integral)
            or isinstance(given, bool)
            or given < 0
        ):
            raise ValueError(
                f"item_ndim must be None or an int of at least 0, got {given!r}."
            )
        if self.item_symmetry is None:
            return None if given is None else given + 1
        return self._itemwise.signal_ndim if given is None else given + 1

    @property
    def moves_all_signals(self) -> bool:
        return self.item_symmetry is None or self._itemwise.moves_all_signals

    @property
    def acts_on(self) -> Literal["real", "complex"] | None:
        return None if self.item_symmetry is None else self._itemwise.acts_on

    def act(self, element: Element, x: ArrayLike) -> Array:
        x = self._check_signals(x)
        order, moves = self._split(element)
        order = as_rows(order, x, (x.shape[1],), f"one row of {x.shape[1]} indices")
        _check_permutations(order, x)
        x = _reorder(x, order)
        return x if moves is None else self._itemwise.act(moves, x)

    def inverse(self, element: Element) -> Element:
        """Inverse permutations, and the inverse moves of the items at their places."""
        order, moves = self._split(element)
        back = get_namespace(order).argsort(order, axis=1)
        if moves is None:
            return back
        return join([back, _reorder_parts(self._itemwise.inverse(moves), back)])

    def compose(self, a: Element, b: Element) -> Element:
        """``act(compose(a, b), x) == act(a, act(b, x))``."""
        (order_a, moves_a), (order_b, moves_b) = self._split(a), self._split(b)
        order = get_namespace(order_a).take_along_axis(order_b, order_a, axis=1)
        if moves_a is None:
            return order
        moves_b = _reorder_parts(moves_b, order_a)
        return join([order, self._itemwise.compose(moves_a, moves_b)])

    def identity(self, x: ArrayLike) -> Element:
        x = self._check_signals(x)
        order = asarray_like(np.tile(np.arange(x.shape[1]), (x.shape[0], 1)), x)
        if self.item_symmetry is None:
            return order
        return join([order, self._itemwise.identity(x)])

    def sample(self, x: ArrayLike, random_state: RandomState = None) -> Element:
        x, rng = self._check_signals(x), check_random_state(random_state)
        order = asarray_like(np.argsort(rng.uniform(size=x.shape[:2]), axis=1), x)
        if self.item_symmetry is None:
            return order
        return join([order, self._itemwise.sample(_reorder(x, order), rng)])

    def embed(self, x: Array) -> Array:
        """Coefficients of the polynomials whose roots are the items, if scalars."""
        x = self._check_signals(x, finite=True)
        if self.item_symmetry is not None or x.ndim != 2:
            return super().embed(x)
        return embed_up_to_order(x)

    def unembed(
        self, z: Array, signal_shape: Shape, *, complex_valued: bool = False
    ) -> Array:
        if self.item_symmetry is not None or len(signal_shape) != 1:
            return super().unembed(z, signal_shape)
        needed = signal_shape[0] * (2 if complex_valued else 1)
        if z.shape[1] != needed:
            raise ValueError(
                f"z must hold all invariants, {needed} columns for signals of shape "
                f"{tuple(signal_shape)}, got {z.shape[1]}."
            )
        return restore_up_to_order(z, complex_valued=complex_valued)

    def up_to_phase(self) -> SymmetryGroup:
        items = self.item_symmetry
        if items is not None and items.up_to_phase() is items:
            return self
        return super().up_to_phase()

    def _embedding_scales(self, x):
        # The mean enters as it is, and powers of what is left.
        return one_scale(self, x, x - get_namespace(x).mean(x, axis=1, keepdims=True))

    def canonical_templates(
        self, signal_shape: Shape, *, complex_valued: bool = False
    ) -> list[np.ndarray]:
        """An increasing ramp over the items, in each entry of an item in turn.

        Aligning to them sorts: items by their first entry (the real part before the
        imaginary part), equal ones by the next. With a symmetry of the items, one
        generic template.
        """
        if self.item_symmetry is not None:
            return super().canonical_templates(
                signal_shape, complex_valued=complex_valued
            )
        n_items = signal_shape[0]
        size = int(np.prod(signal_shape[1:], dtype=int))
        units = [1.0, 1j] if complex_valued else [1.0]
        templates = []
        for entry in range(size):
            for unit in units:
                template = np.zeros((n_items, size), dtype=type(unit))
                template[:, entry] = unit * np.arange(1, n_items + 1)
                templates.append(template.reshape(signal_shape))
        return templates

    @property
    def has_natural_rule(self) -> bool:
        """Whether there is a rule: sorting, where the items have no symmetry."""
        return self.item_symmetry is None

    def centered(self, x: Array) -> Array:
        return x if self.item_symmetry is None else self._itemwise.centered(x)

    def margin(self, x: ArrayLike, reference: References) -> Array:
        """Gap between the best and the second best permutation, exactly.

        The second best differs from the best by one cycle; the cheapest cycle is found
        by the Floyd-Warshall recursion, cubic in the number of items.
        """
        return super().margin(x, reference)

    @property
    def _itemwise(self):
        check_item_group(self.item_symmetry, "item_symmetry")
        return Itemwise(self.item_symmetry)

    @property
    def _example_shape(self):
        if self.item_symmetry is None:
            return super()._example_shape
        return self._itemwise._example_shape

    def example_signals(
        self,
        n_samples: int = 8,
        *,
        signal_shape: Shape | None = None,
        dtype: DTypeLike = np.float64,
        random_state: RandomState = None,
    ) -> np.ndarray:
        """Random signals, of items that their symmetry can move."""
        source: Any = super() if self.item_symmetry is None else self._itemwise
        return source.example_signals(
            n_samples, signal_shape=signal_shape, dtype=dtype, random_state=random_state
        )

    @property
    def _n_parts(self):
        return (
            0
            if self.item_symmetry is None
            else total_parts([Permutation(), self._itemwise])
        )

    def _check_shape(self, x, name):
        if self.item_symmetry is not None:
            check_acts_on(self._itemwise, x, name)

    def _split(self, element):
        if self.item_symmetry is None:
            return element, None
        what = "the order and the elements of the items"
        return split(element, [Permutation(), self._itemwise], what)

    # -- kernel: codes are the order, and the codes of the items after it

    def _find(self, x, references, settle=True):
        if self.item_symmetry is None:
            return super()._find(x, references, settle)
        check_finite([x], references)
        order = match_moving_items(self._itemwise, x, references, settle)
        return order, self._itemwise._find(_reorder(x, order), references, settle)

    def _code(self, x, references, floor, settle):
        references = [_real_items(reference) for reference in references]
        return match_items(_real_items(x), references, floor, settle)

    def _move(self, x, code, out=None):
        if self.item_symmetry is None:
            return _reorder(x, code, out)
        order, moves = code
        return self._itemwise._move(_reorder(x, order), moves, out)

    def _element(self, code, x):
        if self.item_symmetry is None:
            return code
        order, moves = code
        return join([order, self._itemwise._element(moves, _reorder(x, order))])

    def _gap(self, x, reference):
        if self.item_symmetry is not None:
            exact, reference = double(x, reference), double(reference, x)
            nearest = self._nearest(exact, reference)
            return moving_item_gap(self._itemwise, nearest, reference, x.dtype)
        if x.shape[1] == 1:
            xp = get_namespace(x)
            return xp.full((x.shape[0],), xp.inf, dtype=xp.float64, device=x.device)
        return item_gap(
            *map(_real_items, (self.representatives(x, reference), reference))
        )

    def _gap_floor(self, x, gap):
        # Of scalars it is a product of steps, free of rounding.
        scalars = self.item_symmetry is None and _real_items(x[:1, ...]).shape[2] == 1
        return 0.0 if scalars else super()._gap_floor(x, gap)


def _reorder(x, order, out=None):
    """The items of every signal in an order of its own."""
    xp = get_namespace(x)
    samples = xp.arange(x.shape[0], device=x.device)[:, None]
    if out is None:
        return x[samples, order]
    items = x.reshape(-1, *x.shape[2:])
    place = (samples * x.shape[1] + order).reshape(-1)
    # Only a mode other than the default writes without a buffer.
    np.take(items, place, axis=0, out=out.reshape(items.shape), mode="clip")
    return out


def _reorder_parts(moves, order):
    return map_parts(lambda part: _reorder(part, order), moves)


def _check_permutations(order, x):
    xp = get_namespace(x)
    if not xp.isdtype(order.dtype, "integral"):
        raise ValueError(f"element must hold integers, got dtype {order.dtype}.")
    every = xp.arange(x.shape[1], device=x.device)
    legal = xp.all(xp.sort(order, axis=1) == every, axis=1)
    if not bool(xp.all(legal)):
        row, found = first_row(legal, order)
        raise ValueError(
            f"element must hold permutations of 0 to {x.shape[1] - 1}, got in row "
            f"{row}: {found}."
        )


def _real_items(x):
    """Items as real vectors: ``Re⟨a, b⟩`` is their inner product."""
    items = get_namespace(x).reshape(x, (x.shape[0], x.shape[1], -1))
    return as_real(items) if is_complex(items) else items
