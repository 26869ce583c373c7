"""Symmetries of parts of a signal."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._base import SymmetryGroup
from sklearn_symbreak.groups._elements import column_indices, join, split, total_parts
from sklearn_symbreak.groups._products import check_finite, smallest_gaps
from sklearn_symbreak.utils._array_api import asarray_like, get_namespace, is_complex
from sklearn_symbreak.utils._typing import Array, Element, RandomState, Shape
from sklearn_symbreak.utils._validation import check_acts_on, check_group


class BlockSymmetry(SymmetryGroup):
    """A symmetry for each of several blocks of columns; other columns stay.

    To targets what `sklearn.compose.ColumnTransformer` is to features: a quaternion up
    to its sign, a rotation matrix up to turns about an axis and a translation without
    symmetry in one row. Signals have shape (n_samples, n_columns). Elements are flat
    tuples of those of the blocks, in order; with one array in all, that array.

    Parameters
    ----------
    blocks : list of tuples (group, columns)
        Each with a `SymmetryGroup` and the columns that it acts on: a slice, or an
        array of indices in the shape of one signal of the group, such as
        ``np.arange(9).reshape(3, 3)`` for a matrix. No column may be in two blocks.

    Notes
    -----
    The orbit is a product of orbits, so that every block aligns by itself.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import BlockSymmetry, SignFlip
    >>> pose = BlockSymmetry([(SignFlip(), slice(0, 4))])
    >>> y = np.array([[0.6, 0.0, 0.8, 0.0, 5.0, 7.0]])
    >>> other = y * [-1, -1, -1, -1, 1, 1]
    >>> pose.distance(other, y)
    array([0.])
    """

    signal_ndim = 1

    def __init__(self, blocks: list[tuple[SymmetryGroup, slice | ArrayLike]]) -> None:
        self.blocks = blocks

    @property
    def acts_on(self) -> Literal["real", "complex"] | None:
        needed = {group.acts_on for group, _ in self._pairs()} - {None}
        if len(needed) > 1:
            raise ValueError(
                "blocks must act on the same signals, got a group that acts on real "
                "signals only and one that acts on complex signals only."
            )
        return needed.pop() if needed else None

    @property
    def moves_all_signals(self) -> bool:
        return all(group.moves_all_signals for group, _ in self._pairs())

    @property
    def has_natural_rule(self) -> bool:
        """Whether all groups have a canonical rule of their own."""
        return all(group.has_natural_rule for group, _ in self._pairs())

    def act(self, element: Element, x: ArrayLike) -> Array:
        x = self._check_signals(x)
        moved = self._each(x, lambda group, part, g: group.act(g, part), element)
        return self._replaced(x, moved)

    def inverse(self, element: Element) -> Element:
        pairs = zip(self._pairs(), self._split(element), strict=True)
        return _pack(group.inverse(g) for (group, _), g in pairs)

    def compose(self, a: Element, b: Element) -> Element:
        triples = zip(self._pairs(), self._split(a), self._split(b), strict=True)
        return _pack(group.compose(g, h) for (group, _), g, h in triples)

    def identity(self, x: ArrayLike) -> Element:
        x = self._check_signals(x)
        return _pack(self._each(x, lambda group, part: group.identity(part)))

    def sample(self, x: ArrayLike, random_state: RandomState = None) -> Element:
        x, rng = self._check_signals(x), check_random_state(random_state)
        return _pack(self._each(x, lambda group, part: group.sample(part, rng)))

    def canonicalize(self, x: ArrayLike) -> tuple[Array, Element]:
        x = self._check_signals(x, finite=True)
        found = self._each(x, lambda group, part: group.canonicalize(part))
        return self._replaced(x, [z for z, _ in found]), _pack(g for _, g in found)

    def canonical_templates(
        self, signal_shape: Shape, *, complex_valued: bool = False
    ) -> list[np.ndarray]:
        """Templates of the groups together, each in its columns."""
        dtype = complex if complex_valued else float
        found: list[np.ndarray] = []
        for group, place in self._blocks(signal_shape[0]):
            templates = group.canonical_templates(
                place.shape, complex_valued=complex_valued
            )
            for number, template in enumerate(templates):
                if number == len(found):
                    found.append(np.zeros(signal_shape, dtype))
                found[number][place] = template
        return found

    def canonical_margin(self, x: ArrayLike) -> Array:
        x = self._check_signals(x, finite=True)
        xp = get_namespace(x)
        margins = self._each(x, lambda group, part: group.canonical_margin(part))
        return xp.min(xp.stack(margins), axis=0)

    def centered(self, x: Array) -> Array:
        pairs = self._each(x, lambda group, part: (part, group.centered(part)))
        if all(part is centered for part, centered in pairs):
            return x
        return self._replaced(x, [centered for _, centered in pairs])

    def embed(self, x: Array) -> Array:
        """Embeddings of the blocks in order, and the other columns as they are."""
        x = self._check_signals(x, finite=True)
        xp = get_namespace(x)
        embedded = self._each(x, lambda group, part: group.embed(part))
        rest = x[:, asarray_like(self._others(x.shape[1]), x)]
        parts = [xp.real(rest), xp.imag(rest)] if is_complex(rest) else [rest]
        return xp.concat([*embedded, *parts], axis=1)

    def unembed(
        self, z: Array, signal_shape: Shape, *, complex_valued: bool = False
    ) -> Array:
        xp, (n_columns,) = get_namespace(z), signal_shape
        x = asarray_like(np.zeros((z.shape[0], n_columns)), z, z.dtype)
        x = x + 0j if complex_valued else x
        start = 0
        for group, place in self._blocks(n_columns):
            example = x[:1, ...][:, asarray_like(place, x)]
            stop = start + group.embed(example).shape[1]
            x[:, asarray_like(place, x)] = group.unembed(
                z[:, start:stop], place.shape, complex_valued=complex_valued
            )
            start = stop
        rest, others = z[:, start:], self._others(n_columns)
        if complex_valued:
            rest = rest[:, : len(others)] + 1j * rest[:, len(others) :]
        x[:, asarray_like(others, x)] = rest
        return xp.astype(x, rest.dtype, copy=False)

    def _entry_units(self, signal_shape):
        # Every block has its own, and every other column.
        units = np.arange(signal_shape[0])
        for _, place in self._blocks(signal_shape[0]):
            units[place] = units[place].min()
        return units

    def _embedding_scales(self, x):
        # Every block has its own; columns outside blocks enter as they are.
        n_invariants = self.embed(0 * x[:1, ...]).shape[1]
        entries, invariants = np.ones(x.shape[1]), np.ones(n_invariants)
        start = 0
        for group, place in self._blocks(x.shape[1]):
            part = x[:, asarray_like(place, x)]
            stop = start + group.embed(0 * part[:1, ...]).shape[1]
            scales = group._embedding_scales(part)
            if scales is not None:
                entries[place], invariants[start:stop] = scales
            start = stop
        return entries, invariants

    def _others(self, n_columns):
        """Columns outside all blocks."""
        free = np.ones(n_columns, dtype=bool)
        for _, place in self._blocks(n_columns):
            free[place] = False
        return np.flatnonzero(free)

    def example_signals(
        self,
        n_samples: int = 8,
        *,
        signal_shape: Shape | None = None,
        dtype: DTypeLike = np.float64,
        random_state: RandomState = None,
    ) -> np.ndarray:
        """Random signals whose blocks suit the groups, with a column more."""
        rng = check_random_state(random_state)
        if signal_shape is None:
            signal_shape = (1 + max(self._last_column(), 1),)
        x = super().example_signals(
            n_samples, signal_shape=signal_shape, dtype=dtype, random_state=rng
        )
        for group, place in self._blocks(signal_shape[0]):
            x[:, place] = group.example_signals(
                n_samples, signal_shape=place.shape, dtype=dtype, random_state=rng
            )
        return x

    # -- blocks of columns

    def _pairs(self):
        """The pairs of group and columns, or an error that names the parameter."""
        try:
            pairs = [tuple(pair) for pair in self.blocks]
        except TypeError:
            pairs = []
        if not pairs or any(len(pair) != 2 for pair in pairs):
            raise ValueError(
                "blocks must be a list of tuples (group, columns), and not empty, got "
                f"{self.blocks!r}."
            )
        for number, (group, _) in enumerate(pairs):
            check_group(group, f"the group of blocks[{number}]")
        return pairs

    def _blocks(self, n_columns):
        """Groups, and the columns of each as an array of indices in range."""
        found, taken = [], np.full(n_columns, -1)
        for number, (group, columns) in enumerate(self._pairs()):
            place = column_indices(columns, n_columns, number)
            owner = taken[place].max() if place.size else -1
            if owner >= 0 or np.unique(place).size < place.size:
                other = f"blocks[{owner}]" if owner >= 0 else "the same block"
                raise ValueError(
                    f"columns of blocks[{number}] must not overlap, got {columns!r}, "
                    f"of which some are in {other}."
                )
            taken[place] = number
            found.append((group, place))
        return found

    def _last_column(self):
        """Number of columns up to the last that a block names."""
        ends = [1]
        for _, columns in self._pairs():
            if isinstance(columns, slice):
                ends += [
                    end for end in (columns.start, columns.stop) if end is not None
                ]
            elif np.size(columns):
                ends += [int(np.max(columns)) + 1, -int(np.min(columns))]
        return max(map(abs, ends))

    def _check_shape(self, x, name):
        for number, (group, place) in enumerate(self._blocks(x.shape[1])):
            try:
                check_acts_on(group, x[:1, ...][:, asarray_like(place, x)], name)
            except ValueError as error:
                raise ValueError(
                    f"columns of blocks[{number}] must have the shape of one signal of "
                    f"{group!r}, got shape {place.shape}: {error}"
                ) from error

    def _each(self, x, function, *elements):
        """Apply a function to every group, its block and its elements."""
        elements = [self._split(element) for element in elements]
        blocks = self._blocks(x.shape[1])
        return [
            function(group, x[:, asarray_like(place, x)], *rest)
            for (group, place), *rest in zip(blocks, *elements, strict=True)
        ]

    def _replaced(self, x, moved, out=None):
        """Signals with other blocks."""
        if out is None:
            out = x + 0
        for (_, place), part in zip(self._blocks(x.shape[1]), moved, strict=True):
            out[:, asarray_like(place, x)] = part
        return out

    def _split(self, element):
        """The element of every block."""
        groups = [group for group, _ in self._pairs()]
        if len(groups) == 1:
            return [element]
        return split(element, groups, "those of the blocks in order")

    @property
    def _n_parts(self):
        groups = [group for group, _ in self._pairs()]
        return groups[0]._n_parts if len(groups) == 1 else total_parts(groups)

    # -- kernel: those of the groups, side by side; codes are those of the blocks

    def _prepare(self, x):
        self._each(x, lambda group, part: group._prepare(part))

    def _find(self, x, references, settle=True):
        check_finite([x], references)
        return tuple(
            group._find(
                x[:, asarray_like(place, x)],
                [r[:, asarray_like(place, x)] for r in references],
                settle,
            )
            for group, place in self._blocks(x.shape[1])
        )

    def _move(self, x, code, out=None):
        moved = [
            group._move(x[:, asarray_like(place, x)], own)
            for (group, place), own in zip(self._blocks(x.shape[1]), code, strict=True)
        ]
        if out is not None:
            out[...] = x
        return self._replaced(x, moved, out)

    def _element(self, code, x):
        return _pack(
            group._element(own, x[:, asarray_like(place, x)])
            for (group, place), own in zip(self._blocks(x.shape[1]), code, strict=True)
        )

    def _gaps_in_order(self, x, references):
        # The next member differs in one block.
        found = []
        for group, place in self._blocks(x.shape[1]):
            part, *own = (z[:, asarray_like(place, x)] for z in (x, *references))
            found.append(group._gaps_in_order(part, own))
        xp, shape = get_namespace(x), (x.shape[0],)

        def side_by_side(arrays):
            return xp.stack([xp.broadcast_to(z, shape) for z in arrays], axis=1)

        gaps = [
            [side_by_side(z) for z in zip(*of_blocks, strict=True)]
            for of_blocks in zip(*(gaps for gaps, _ in found), strict=True)
        ]
        return smallest_gaps(gaps, side_by_side(tied for _, tied in found))


def _pack(elements):
    """One flat tuple, or the only array."""
    joined = join(elements)
    return joined if len(joined) > 1 else joined[0]
