"""Which item takes which place: gains, ties, and items that need only sorting."""

import numpy as np

from sklearn_symbreak.groups._assignment import (
    assign,
    assign_in_order,
    cheapest_cycle,
    exchange_costs,
    is_unique,
)
from sklearn_symbreak.groups._products import (
    as_real,
    entry_rounding,
    is_single,
    moderate,
    norm_product,
    rounding,
    select_rows,
)
from sklearn_symbreak.groups._references import generic_template
from sklearn_symbreak.groups._search import keeps_digits
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    double,
    expand,
    get_namespace,
    is_complex,
    magnitude,
    squared_norm,
    squares_are_normal,
    to_numpy,
    vecdot,
)

# Digits of moved items that rounding leaves alone.
_DIGITS = 6


def match_items(items, references, floor, settle):
    """Orders of real items, of shape (n_samples, n_items, size), by references."""
    xp = get_namespace(items)
    if items.shape[2] == 1:
        return _match_sorted(
            [items[:, :, 0]], [reference[:, :, 0] for reference in references]
        )
    directions = [_direction(reference) for reference in references]
    if all(found is not None for found in directions):
        ramps, entries = zip(*directions, strict=True)
        if all(_rises_with(ramps[0], ramp) for ramp in ramps[1:]):
            xp = get_namespace(items)
            keys = [items[:, :, entry] for entry in entries]
            ranked = xp.sort(keys[0], axis=1)
            if bool(xp.any(xp.diff(ranked, axis=1) == 0)):
                # Items that tie come out alike for every member of the orbit.
                keys += [items[:, :, k] for k in range(items.shape[2])]
            return _match_sorted(keys, list(ramps[:1]))
    values, others = to_numpy(items), [to_numpy(r) for r in references]
    if not settle:
        return asarray_like(assign(_gains(double(values), double(others[0]))), items)
    gains = _gains(values, others[0])
    order = assign(gains)
    # Another order may fit the first reference as well, but for rounding.
    tied = ~is_unique(exchange_costs(gains, order), float(to_numpy(floor)))
    if tied.any():
        order[tied] = _match_tied(values[tied], select_rows(others, tied))
    return asarray_like(order, items)


def _gains(items, reference):
    """``⟨w_k, x_l⟩`` in double precision, for places k and items l."""
    n_items, size = items.shape[1:]
    if size > 256 * n_items:
        # Few long items: matrix products would pack them first.
        gains = vecdot(reference[:, :, None], items[:, None])
    else:
        gains = np.matmul(reference, items.transpose(0, 2, 1))
    return gains.astype(np.float64)


def _match_tied(items, references):
    """The same order of items for every member of an orbit, by all references."""
    # Put into one order first: what still ties then comes out alike.
    first = _lexicographic([items[:, :, k] for k in range(items.shape[2])])
    items = np.take_along_axis(items, first[:, :, None], axis=1)
    items = items.astype(np.float64)
    references = [reference.astype(np.float64) for reference in references]
    gains = (_gains(items, reference) for reference in references)
    floor = rounding(items) * np.sqrt(squared_norm(items))
    floors = [floor * np.sqrt(squared_norm(reference)) for reference in references]
    return np.take_along_axis(first, assign_in_order(gains, floors), axis=1)


def match_moving_items(itemwise, x, references, settle):
    """Orders of items that have a symmetry of their own.

    The gain of an item at a place is that of its best member: an assignment of these is
    exact, since each item moves by an element of its own.
    """
    # In double precision, and about the items' centres: an offset would hide ties.
    measured = _of_moderate_size(itemwise, x, references)
    values, *others = (itemwise.centered(double(z)) for z in measured)
    gains = itemwise.pair_gains(values, others[0])
    order = assign(gains)
    if is_single(measured[0]) and not keeps_digits(itemwise.group, measured[0]):
        limits = [entry_rounding(measured[0], other) for other in others]
    else:
        limits = [rounding(values) * norm_product(values, other) for other in others]
    tied = settle and ~is_unique(exchange_costs(gains, order), limits[0][:, None, None])
    if np.any(tied):
        values, others = values[tied], select_rows(others, tied)
        # At a generic place and sorted, they are the same for every member.
        generic = generic_template(values.shape[1:], complex_valued=is_complex(values))
        generic[:] = generic[0]
        generic = itemwise.centered(generic.astype(values.dtype)[None])
        items = itemwise.representatives(values, generic)
        entries = items.reshape(*items.shape[:2], -1)
        entries = as_real(entries) if is_complex(entries) else entries
        unit = np.abs(entries).max(axis=(1, 2), keepdims=True)
        entries = np.round(entries / np.where(unit > 0, unit, 1), _DIGITS)
        first = _lexicographic([entries[:, :, k] for k in range(entries.shape[2])])
        place = first.reshape(*first.shape, *(1,) * (items.ndim - 2))
        items = np.take_along_axis(items, place, axis=1)
        # A later reference sees the members that the ones before it allow.
        all_gains = (
            itemwise.pair_gains(items, *others[: number + 1])
            for number in range(len(others))
        )
        found = assign_in_order(all_gains, [limit[tied] for limit in limits])
        order[tied] = np.take_along_axis(first, found, axis=1)
    return asarray_like(order, x)


def _of_moderate_size(itemwise, x, references):
    """Arrays whose squares are numbers, of one scale if the items are translated."""
    arrays = [to_numpy(z) for z in (x, *references)]
    if itemwise.centered(arrays[0]) is arrays[0]:
        return [moderate(z) for z in arrays]
    if all(squares_are_normal(z) for z in arrays):
        return arrays
    size = np.max([np.broadcast_to(magnitude(z), len(x)) for z in arrays], axis=0)
    return [z / expand(size, arrays[0]) for z in arrays]


def moving_item_gap(itemwise, x, reference, dtype):
    """Smallest loss of aligned items by another order, or by another move of one.

    They are in double precision; `dtype` is that in which they were measured.
    """
    xp = get_namespace(x)
    exchanged = cheapest_cycle(itemwise.pair_gains(x, reference))
    # What an item spans is a matter of the precision that it has.
    x, reference = (xp.astype(z, dtype, copy=False) for z in (x, reference))
    inside = xp.astype(itemwise._gap(x, reference), exchanged.dtype)
    return xp.minimum(exchanged, inside)


def item_gap(items, reference):
    """Smallest loss of correlation over all orders but the best, of aligned items."""
    xp = get_namespace(items)
    # Among many items some are close: their gap needs digits.
    items, reference = (xp.astype(z, xp.float64) for z in (items, reference))
    if items.shape[2] == 1:
        # For sorted scalars it is an exchange of neighbours.
        steps = [
            xp.diff(xp.sort(z[:, :, 0], axis=1), axis=1) for z in (items, reference)
        ]
        return xp.min(steps[0] * steps[1], axis=1)
    return cheapest_cycle(xp.matmul(reference, xp.matrix_transpose(items)))


def _match_sorted(keys, ramps):
    """Order that puts the items, sorted by `keys`, where the ramps are sorted."""
    xp = get_namespace(keys[0])
    order = _lexicographic(keys)
    place = xp.argsort(_lexicographic(ramps), axis=1)
    return xp.take_along_axis(order, xp.broadcast_to(place, order.shape), axis=1)


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
    """Ramp and entry of a template that looks at one entry of every item; else None.

    Then items need only be sorted, and entries tie where they are equal.
    """
    xp = get_namespace(reference)
    if reference.shape[0] > 1:
        return None
    (entries,) = xp.nonzero(xp.any(reference[0, ...] != 0, axis=0))
    if entries.shape[0] != 1:
        return None
    return reference[:, :, int(entries[0])], int(entries[0])


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
