"""An element of its own for every item."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from sklearn_symbreak.groups._base import SymmetryGroup
from sklearn_symbreak.groups._elements import map_parts
from sklearn_symbreak.groups._products import real_inner, smallest_gaps
from sklearn_symbreak.groups._references import as_argument
from sklearn_symbreak.groups._search import has_only_units
from sklearn_symbreak.utils._array_api import get_namespace, is_complex
from sklearn_symbreak.utils._typing import Array, Element, RandomState, Shape
from sklearn_symbreak.utils._validation import check_group


class Itemwise(SymmetryGroup):
    """A group that moves every item of a signal by an element of its own.

    Items lie along the first signal axis. Elements are those of the group with an axis
    more, of shape (n_samples, n_items, ...), or a tuple of such arrays. It is the
    symmetry of rows that are measured one by one, such as the eigenvectors of a matrix.

    Parameters
    ----------
    group : SymmetryGroup
        The symmetry of one item.

    Notes
    -----
    The orbit is a product of orbits, so that every item aligns by itself.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import Itemwise, SignFlip
    >>> x = np.array([[[1.0, -2.0], [-3.0, 1.0]]])
    >>> aligned, signs = Itemwise(SignFlip()).align(x, np.ones((2, 2)))
    >>> aligned
    array([[[-1.,  2.],
            [ 3., -1.]]])
    >>> signs
    array([[-1., -1.]])
    """

    def __init__(self, group: SymmetryGroup) -> None:
        self.group = group

    @property
    def signal_ndim(self) -> int | None:
        """Number of signal axes: those of an item and one more."""
        needed = self._inner.signal_ndim
        return None if needed is None else needed + 1

    @property
    def moves_all_signals(self) -> bool:
        return self._inner.moves_all_signals

    @property
    def acts_on(self) -> Literal["real", "complex"] | None:
        return self._inner.acts_on

    @property
    def has_natural_rule(self) -> bool:
        """Whether the group of one item has a canonical rule of its own."""
        return self._inner.has_natural_rule

    def act(self, element: Element, x: ArrayLike) -> Array:
        x = self._check_signals(x)
        moved = self._inner.act(self._merge(element, x), _items(x))
        return get_namespace(x).reshape(moved, x.shape)

    def inverse(self, element: Element) -> Element:
        return self._item_by_item(self._inner.inverse, element)

    def compose(self, a: Element, b: Element) -> Element:
        return self._item_by_item(self._inner.compose, a, b)

    def identity(self, x: ArrayLike) -> Element:
        x = self._check_signals(x)
        return _split(self._inner.identity(_items(x)), x.shape[:2])

    def sample(self, x: ArrayLike, random_state: RandomState = None) -> Element:
        x = self._check_signals(x)
        return _split(self._inner.sample(_items(x), random_state), x.shape[:2])

    def canonical_templates(
        self, signal_shape: Shape, *, complex_valued: bool = False
    ) -> list[np.ndarray]:
        """Templates of the group, for every item."""
        templates = self._inner.canonical_templates(
            tuple(signal_shape[1:]), complex_valued=complex_valued
        )
        return [np.repeat(t[None], signal_shape[0], axis=0) for t in templates]

    def canonicalize(self, x: ArrayLike) -> tuple[Array, Element]:
        x = self._check_signals(x)
        aligned, element = self._inner.canonicalize(_items(x))
        aligned = get_namespace(x).reshape(aligned, x.shape)
        return aligned, _split(element, x.shape[:2])

    def canonical_margin(self, x: ArrayLike) -> Array:
        x = self._check_signals(x, finite=True)
        xp = get_namespace(x)
        margin = self._inner.canonical_margin(_items(x))
        return xp.min(xp.reshape(margin, x.shape[:2]), axis=1)

    def centered(self, x: Array) -> Array:
        items = _items(x)
        centered = self._inner.centered(items)
        return x if centered is items else get_namespace(x).reshape(centered, x.shape)

    def example_signals(
        self,
        n_samples: int = 8,
        *,
        signal_shape: Shape | None = None,
        dtype: DTypeLike = np.float64,
        random_state: RandomState = None,
    ) -> np.ndarray:
        """Random signals of items that suit the group, four by default."""
        n_items, *item_shape = signal_shape or (4,)
        items = self._inner.example_signals(
            n_samples * n_items,
            signal_shape=tuple(item_shape) or None,
            dtype=dtype,
            random_state=random_state,
        )
        return items.reshape(n_samples, n_items, *items.shape[1:])

    def embed(self, x: Array) -> Array:
        """Embeddings of all items, one after the other."""
        x = self._check_signals(x)
        embedded = self._inner.embed(_items(x))
        return get_namespace(x).reshape(embedded, (x.shape[0], -1))

    def unembed(
        self, z: Array, signal_shape: Shape, *, complex_valued: bool = False
    ) -> Array:
        xp, (n_items, *item_shape) = get_namespace(z), signal_shape
        items = self._inner.unembed(
            xp.reshape(z, (z.shape[0] * n_items, -1)),
            tuple(item_shape),
            complex_valued=complex_valued,
        )
        return xp.reshape(items, (z.shape[0], *signal_shape))

    def up_to_phase(self) -> SymmetryGroup:
        inner = self._inner
        return self if inner.up_to_phase() is inner else super().up_to_phase()

    def _embedding_scales(self, x):
        scales = self._inner._embedding_scales(_items(x))
        if scales is None:
            return None
        entries, invariants = scales
        n_items = x.shape[1]
        return np.stack([entries] * n_items), np.tile(invariants, n_items)

    def pair_gains(self, x: Array, *references: Array) -> Array:
        """How well every item would fit every place, moved by its best element.

        Parameters
        ----------
        x : array of shape (n_samples, n_items, *item_shape)
            Signals.
        *references : array of shape (1 or n_samples, n_items, *item_shape)
            References: the last one counts, after the best member by all in order.

        Returns
        -------
        gains : array of shape (n_samples, n_items, n_items)
            ``max_h Re⟨w_k, h·x_l⟩`` for places k and items l, about their centres.
        """
        xp, inner, shape = get_namespace(x), self._inner, x.shape[:2]
        if len(references) == 1 and has_only_units(inner):
            # One matrix product scores all pairs.
            items, places = (
                xp.reshape(z, (*z.shape[:2], -1)) for z in (x, *references)
            )
            places = xp.conj(places) if is_complex(places) else places
            products = xp.matmul(places, xp.matrix_transpose(items))
            return xp.astype(inner._units.score(products), xp.float64)
        pairs = (shape[0], shape[1], *x.shape[1:])
        items, *all_places = (
            xp.reshape(xp.broadcast_to(z, pairs), (-1, *x.shape[2:]))
            for z in (x[:, None, ...], *(r[:, :, None, ...] for r in references))
        )
        moved = inner.representatives(items, as_argument(all_places))
        gains = real_inner(inner.centered(all_places[-1]), inner.centered(moved))
        return xp.reshape(xp.astype(gains, xp.float64), (*shape, shape[1]))

    @property
    def _inner(self):
        check_item_group(self.group, "group")
        return self.group

    @property
    def _n_parts(self):
        return self._inner._n_parts

    def _check_shape(self, x, name):
        if x.ndim < 3:
            raise ValueError(
                f"{name} must have shape (n_samples, n_items, *item_shape) for items "
                f"that move by {self.group!r}, with at least one axis of entries; got "
                f"shape {tuple(x.shape)}. Scalars take reshape(n_samples, n_items, 1)."
            )

    def _merge(self, element, x):
        """Elements of all items in one row each."""

        def merge(part):
            part = part if hasattr(part, "dtype") else np.asarray(part)
            if tuple(part.shape[:2]) != tuple(x.shape[:2]):
                raise ValueError(
                    "element must hold one entry per sample and item, shape "
                    f"{(*x.shape[:2], '...')}, got shape {tuple(part.shape)}."
                )
            return part.reshape(-1, *part.shape[2:])

        return map_parts(merge, element)

    def _item_by_item(self, function, *elements):
        first = elements[0][0] if isinstance(elements[0], tuple) else elements[0]
        shape = tuple(first.shape[:2])
        merged = (
            map_parts(lambda part: part.reshape(-1, *part.shape[2:]), element)
            for element in elements
        )
        return _split(function(*merged), shape)

    # -- kernel: that of the group, on items; codes have one row per item

    def _prepare(self, x):
        self._inner._prepare(_items(x))

    def _find(self, x, references, settle=True):
        places = self._places(x, references)
        return _split(self._inner._find(_items(x), places, settle), x.shape[:2])

    def _move(self, x, code, out=None):
        if out is None:
            moved = self._inner._move(_items(x), self._merge(code, x))
            return get_namespace(x).reshape(moved, x.shape)
        self._inner._move(_items(x), self._merge(code, x), _items(out))
        return out

    def _element(self, code, x):
        return _split(
            self._inner._element(self._merge(code, x), _items(x)), x.shape[:2]
        )

    def _gaps_in_order(self, x, references):
        # The next member differs in one item.
        gaps, tied = self._inner._gaps_in_order(_items(x), self._places(x, references))
        gaps = [[z.reshape(x.shape[:2]) for z in found] for found in gaps]
        return smallest_gaps(gaps, tied.reshape(x.shape[:2]))

    def _places(self, x, references):
        """References of all items in one row each."""
        xp, n = get_namespace(x), x.shape[0]
        return [_items(xp.broadcast_to(r, (n, *r.shape[1:]))) for r in references]


def check_item_group(group, name):
    """Raise an error unless this is a group that can act on items."""
    check_group(group, name)
    if not isinstance(group, SymmetryGroup):
        raise TypeError(f"{name} must be a SymmetryGroup, got {group!r}.")


def _items(x):
    return get_namespace(x).reshape(x, (-1, *x.shape[2:]))


def _split(element, shape):
    return map_parts(lambda part: part.reshape(*shape, *part.shape[1:]), element)
