"""Permutations of items."""

import numbers

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._chunked import ChunkedGroup
from sklearn_symbreak.groups._ties import rounding
from sklearn_symbreak.utils._array_api import (
    get_namespace,
    is_complex,
    like,
    to_numpy,
)


class Permutation(ChunkedGroup):
    """Permutations of the items of a signal, along its first axis.

    Elements are rows of indices of shape (n_samples, n_items):
    ``act(p, x)[i, k] = x[i, p[i, k]]``. The symmetry of the roots of a polynomial and
    of the sources in source separation.

    Parameters
    ----------
    item_ndim : int, optional
        Number of axes of one item: 0 for signals of shape (n_samples, n_items), 1 for
        (n_samples, n_items, size). By default what the signals have.

    Notes
    -----
    Real scalars are aligned by sorting, and so are items that are compared by one
    direction of theirs, as the canonical templates do: sort by the first entry, then by
    the second, and so on. In general the best permutation is an assignment problem,
    solved per sample by `scipy.optimize.linear_sum_assignment` on the CPU.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import Permutation
    >>> Permutation().canonicalize(np.array([[3.0, 1.0, 2.0]]))
    (array([[1., 2., 3.]]), array([[1, 2, 0]]))
    """

    def __init__(self, item_ndim=None):
        self.item_ndim = item_ndim

    @property
    def signal_ndim(self):
        """Number of signal axes: the items' and one more."""
        given = self.item_ndim
        if given is not None and (not isinstance(given, numbers.Integral) or given < 0):
            raise ValueError(
                f"item_ndim must be None or an int of at least 0, got {given!r}."
            )
        return None if self.item_ndim is None else self.item_ndim + 1

    def act(self, element, x):
        """Reorder the items of every signal; see `SymmetryGroup.act`."""
        self._check_signal_ndim(x)
        xp = get_namespace(x)
        order = element if hasattr(element, "dtype") else like(element, x)
        if tuple(order.shape) != tuple(x.shape[:2]):
            raise ValueError(
                f"element must hold one row of {x.shape[1]} indices per sample, shape "
                f"{tuple(x.shape[:2])}, got shape {tuple(order.shape)}."
            )
        every = xp.arange(x.shape[1], device=x.device)
        legal = xp.all(xp.sort(order, axis=1) == every, axis=1)
        if not bool(xp.all(legal)):
            first = int(xp.argmin(xp.astype(legal, xp.int8)))
            raise ValueError(
                f"element must hold permutations of 0 to {x.shape[1] - 1}, got in row "
                f"{first}: {to_numpy(order[first, ...]).tolist()}."
            )
        items = _items(x)
        return xp.reshape(xp.take_along_axis(items, order[:, :, None], axis=1), x.shape)

    def inverse(self, element):
        """Inverse permutations; see `SymmetryGroup.inverse`."""
        return get_namespace(element).argsort(element, axis=1)

    def compose(self, a, b):
        """``act(compose(a, b), x) == act(a, act(b, x))``.

        See `SymmetryGroup.compose`.
        """
        return get_namespace(a).take_along_axis(b, a, axis=1)

    def identity(self, x):
        """Increasing indices; see `SymmetryGroup.identity`."""
        return like(np.tile(np.arange(x.shape[1]), (x.shape[0], 1)), x)

    def sample(self, x, random_state=None):
        """Independent uniform permutations; see `SymmetryGroup.sample`."""
        self._check_signal_ndim(x)
        rng = check_random_state(random_state)
        return like(np.argsort(rng.uniform(size=x.shape[:2]), axis=1), x)

    def canonical_templates(self, signal_shape, *, complex_valued=False):
        """An increasing ramp over the items, in each entry of an item in turn.

        Aligning to them sorts: items by their first entry (the real part before the
        imaginary part), equal ones by the next.

        See `SymmetryGroup.canonical_templates`.
        """
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

    def _align(self, x, references):
        order = self._order(_real_items(x), [_real_items(r) for r in references])
        return self.act(order, x), order

    def _order(self, items, references):
        if items.shape[2] == 1:
            return _match_sorted(
                [items[:, :, 0]], [reference[:, :, 0] for reference in references]
            )
        # Assigned in sorted order, items that tie come out the same for every member
        # of the orbit, in whatever order they came in.
        xp = get_namespace(items)
        order = _lexicographic([items[:, :, k] for k in range(items.shape[2])])
        items = xp.take_along_axis(items, order[:, :, None], axis=1)
        return xp.take_along_axis(
            order, self._order_of_sorted(items, references), axis=1
        )

    @staticmethod
    def _order_of_sorted(items, references):
        directions = [_direction(reference) for reference in references]
        if all(found is not None for found in directions):
            ramps, axes = zip(*directions, strict=True)
            if all(_rises_with(ramps[0], ramp) for ramp in ramps[1:]):
                return _match_sorted([items @ axis for axis in axes], ramps[:1])
        return _assign(items, references)

    def margin(self, x, reference):
        """Gap between the best and the second best permutation, exactly.

        The second best differs from the best by one cycle; the cheapest cycle is found
        by the Floyd-Warshall recursion, cubic in the number of items.

        See `SymmetryGroup.margin`.
        """
        return super().margin(x, reference)

    def _gap(self, x, reference):
        xp = get_namespace(x)
        if x.shape[1] == 1:
            return xp.full((x.shape[0],), xp.inf, dtype=xp.float64, device=x.device)
        # Among many items some are close: their gap needs digits.
        items, first = (
            xp.astype(_real_items(z), xp.float64)
            for z in (self.representatives(x, reference), reference)
        )
        return _cheapest_cycle(items, first)

    def _gap_is_exact(self, x):
        # It is a product of steps between sorted scalars.
        return _real_items(x[:1, ...]).shape[2] == 1


def _items(x):
    return get_namespace(x).reshape(x, (x.shape[0], x.shape[1], -1))


def _real_items(x):
    """Items as real vectors: ``Re⟨a, b⟩`` is their inner product."""
    items = _items(x)
    if not is_complex(items):
        return items
    xp = get_namespace(x)
    pairs = xp.stack([xp.real(items), xp.imag(items)], axis=-1)
    return xp.reshape(pairs, (*items.shape[:2], -1))


def _match_sorted(keys, ramps):
    """Order that puts the items, sorted by `keys`, where the ramps are sorted."""
    xp = get_namespace(keys[0])
    order = _lexicographic(keys)
    target = _lexicographic(ramps)
    place = xp.argsort(target, axis=1)
    place = xp.broadcast_to(place, order.shape)
    return xp.take_along_axis(order, place, axis=1)


def _lexicographic(keys):
    """Positions in increasing order of the first key, ties by the next."""
    xp = get_namespace(keys[0])
    order = xp.argsort(keys[-1], axis=1, stable=True)
    for key in keys[-2::-1]:
        ranked = xp.take_along_axis(key, order, axis=1)
        order = xp.take_along_axis(
            order, xp.argsort(ranked, axis=1, stable=True), axis=1
        )
    return order


def _direction(reference):
    """Factors (ramp, axis) of a template of rank one, ``ramp ⊗ axis``; else None."""
    xp = get_namespace(reference)
    if reference.shape[0] != 1:
        return None
    template = reference[0, ...]
    row_norm2 = xp.sum(template**2, axis=1)
    row = int(xp.argmax(row_norm2))
    if float(row_norm2[row]) == 0:
        return None
    axis = template[row, :] / xp.sqrt(row_norm2[row])
    ramp = template @ axis
    residual = template - ramp[:, None] * axis[None, :]
    if float(xp.sum(residual**2)) > rounding(reference) ** 2 * float(xp.sum(row_norm2)):
        return None
    return ramp[None, :], axis


def _rises_with(first, ramp):
    """Whether a ramp neither falls where the first one rises, nor moves where it ties.

    Then sorting for the first one is sorting for both.
    """
    xp = get_namespace(first)
    order = xp.argsort(first, axis=1)
    steps, others = (
        xp.diff(xp.take_along_axis(z, order, axis=1), axis=1) for z in (first, ramp)
    )
    return bool(xp.all((others >= 0) & ((steps > 0) | (others == 0))))


def _assign(items, references):
    """Best assignment of items to reference items, one sample after the other."""
    values = to_numpy(items).astype(np.float64)
    n_samples, n_items, _ = values.shape
    order = np.empty((n_samples, n_items), dtype=np.int64)
    # Pairs of a place and an item that some assignment has that is still the best.
    possible = np.ones((n_samples, n_items, n_items), dtype=bool)
    for position, reference in enumerate(references):
        other = to_numpy(reference).astype(np.float64)
        scores = other @ values.transpose(0, 2, 1)
        size = np.abs(scores).max(axis=(1, 2))
        size = np.where(size > 0, size, 1)[:, None, None]
        # No sum of the others makes up for one pair that is not possible.
        scores = np.where(possible, scores / size, -2 * n_items - 1)
        for row, score in enumerate(scores):
            order[row] = linear_sum_assignment(score, maximize=True)[1]
        if position < len(references) - 1:
            possible &= _interchangeable(scores, order)
    return like(order, items)


def _interchangeable(scores, order):
    """Which item may take which place in an assignment that is as good as the best."""
    n_items = scores.shape[1]
    assigned = np.take_along_axis(scores, order[:, None, :], axis=2)
    cost = np.diagonal(assigned, axis1=1, axis2=2)[:, :, None] - assigned
    detour = _shortest_detours(cost)
    # Place k takes the item of place l; a chain of exchanges from l leads back to k.
    loss = cost + detour.transpose(0, 2, 1)
    equal = loss <= 16 * n_items * np.finfo(np.float64).eps
    possible = np.empty_like(equal)
    np.put_along_axis(possible, order[:, None, :], equal, axis=2)
    return possible


def _shortest_detours(cost):
    """Least cost of the chains of steps between any two places (Floyd-Warshall)."""
    xp = get_namespace(cost)
    for via in range(cost.shape[1]):
        cost = xp.minimum(cost, cost[:, :, via, None] + cost[:, None, via, :])
    return cost


def _cheapest_cycle(items, reference):
    """Smallest loss in correlation over all permutations but the identity."""
    xp = get_namespace(items)
    n_items = items.shape[1]
    if items.shape[2] == 1 and n_items > 1:
        # For sorted scalars it is an exchange of neighbours.
        steps = [
            xp.diff(xp.sort(z[:, :, 0], axis=1), axis=1) for z in (items, reference)
        ]
        return xp.min(steps[0] * steps[1], axis=1)
    scores = xp.matmul(reference, xp.matrix_transpose(items))
    kept = xp.linalg.diagonal(scores)
    # Step from k to l: place k takes the item of place l instead of its own.
    cost = kept[:, :, None] - scores
    infinite = xp.eye(n_items, dtype=xp.bool, device=items.device)[None, ...]
    cost = xp.where(infinite, xp.full_like(cost, xp.inf), cost)
    return xp.min(xp.linalg.diagonal(_shortest_detours(cost)), axis=1)
