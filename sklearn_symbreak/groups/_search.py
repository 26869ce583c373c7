"""Best and second best member of an orbit, from a table of inner products."""

import numpy as np

from sklearn_symbreak.groups._products import (
    entry_rounding,
    is_single,
    norm_product,
    prefers,
    real_part,
    rounding,
    select_rows,
)
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    double,
    expand,
    get_namespace,
    is_complex,
    is_numpy,
    real_dtype,
    squared_norm,
)


def best_codes(group, x, references, floor, settle):
    """Codes of the best members, and their products with the first reference.

    Parameters
    ----------
    group : SymmetryGroup
        With `_scores`.
    x : array of shape (n_samples, *signal_shape)
        Signals of moderate size.
    references : list of arrays
        Checked references.
    floor : float
        Differences of scores above it are no rounding.
    settle : bool
        Whether it matters which one of several best members is found.
    """
    xp = get_namespace(x)
    table = group._scores(x, references[0])
    scores = _masked(group._rank(table.products), table.allowed)
    position = xp.argmax(scores, axis=1)
    top = xp.take_along_axis(scores, position[:, None], axis=1)[:, 0]
    second = _second(scores, position)
    code, products = _chosen(table, position)
    doubtful = xp.nonzero(second >= top - floor)[0]
    if not doubtful.shape[0] or not (settle or is_single(x)):
        return code, products
    some, later = x[doubtful, ...], select_rows(references, doubtful)
    limit = rounding(x) * norm_product(some, later[0])
    tied = (second[doubtful] >= top[doubtful] - limit) & (squared_norm(some) > 0)
    if not bool(xp.any(tied)):
        return code, products
    index = xp.nonzero(tied)[0]
    doubtful, some, later = doubtful[index], some[index, ...], select_rows(later, index)
    tolerance = 4 * rounding(x)
    if is_single(x):
        # The digits that tell members apart may stand beside a large offset.
        limit = entry_rounding(some, later[0])
        some, later = double(some), [double(entry, some) for entry in later]
        if keeps_digits(group, x):
            limit = rounding(some) * norm_product(some, later[0])
            tolerance = 4 * rounding(some)
        table = group._scores(some, later[0])
        scores = _masked(group._rank(table.products), table.allowed)
    else:
        limit, scores = limit[index], scores[doubtful, :]
        table = table._replace(products=table.products[doubtful, :])
    position = xp.argmax(scores, axis=1)
    if settle:
        _settle_ties(group, some, later, table, scores, position, limit, tolerance)
    code[doubtful, ...], found = _chosen(table, position)
    products[doubtful] = xp.astype(found, products.dtype)
    return code, products


def keeps_digits(group, x):
    """Whether members hold the signal's own digits: entries move and change signs."""
    units = group._units
    has_phases = units is not None and not units.real and is_complex(x)
    moves = group._has_table or has_only_units(group)
    return moves and group._keeps_digits and not has_phases


def has_only_units(group):
    """Whether the group is its unit numbers, and not a product with more."""
    is_product = hasattr(group, "_factors")
    return group._units is not None and not group._has_table and not is_product


def _chosen(table, position):
    """Codes and inner products at one position per sample."""
    xp = get_namespace(table.products)
    products = xp.take_along_axis(table.products, position[:, None], axis=1)[:, 0]
    return table.code_at(position), products


def _settle_ties(group, x, references, table, scores, position, limit, tolerance):
    """Put the preferred members into `position` where several reach the top."""
    xp = get_namespace(x)
    top = xp.take_along_axis(scores, position[:, None], axis=1)[:, 0]
    near = scores >= (top - limit)[:, None]
    tied = xp.count_nonzero(near, axis=1) > 1
    if bool(xp.any(tied)):
        index = xp.nonzero(tied)[0]
        later = select_rows(references, index)
        position[index] = _settle(
            group, x[index, ...], later, near[index, :], table, tolerance
        )


def _second(scores, position):
    """Largest score but for one position per sample."""
    xp = get_namespace(scores)
    samples = xp.arange(scores.shape[0], device=scores.device)
    top = scores[samples, position]
    scores = scores if is_numpy(scores) else scores.detach().clone()
    scores[samples, position] = -xp.inf
    second = xp.max(scores, axis=1)
    scores[samples, position] = top
    return second


def _masked(scores, allowed):
    if allowed is None:
        return scores
    xp = get_namespace(scores)
    return xp.where(allowed, scores, xp.full_like(scores, -xp.inf))


def _settle(group, x, references, near, table, tolerance):
    """Positions of the preferred members among those that tie."""
    xp = get_namespace(x)

    def member(position):
        code, unit = table.code_at(position), None
        if group._units is not None:
            # A tolerance counts the rounding of both members, twice.
            unit = group._best_unit(code, x, references, tolerance / 4)
        return group._move(x, group._resolve(code, unit, x))

    position = xp.argmax(xp.astype(near, xp.int8), axis=1)
    holder = member(position)
    for candidate in xp.nonzero(xp.any(near, axis=0))[0]:
        eligible = near[:, int(candidate)]
        # A member that is not allowed may not be formed: its holder stands in.
        challenge = xp.where(eligible, xp.full_like(position, int(candidate)), position)
        challenger = member(challenge)
        preferred = prefers(challenger, holder, references[1:], tolerance)
        better = eligible & preferred
        position = xp.where(better, challenge, position)
        holder = xp.where(expand(better, holder), challenger, holder)
    return position


def _signs_only(group, x):
    """Whether unit numbers are signs: those of real signals are, too."""
    return group._units.real or not is_complex(x)


def _best_and_next(scores, n_fixed):
    """Largest score, the one after as many as are fixed, and which come before it."""
    xp, n_positions = get_namespace(scores), scores.shape[1]
    if n_positions > 1 and bool(xp.all(n_fixed == 1)):
        # Nearly always, and there is no need to sort.
        first = xp.argmax(scores, axis=1)[:, None]
        before = xp.arange(n_positions, device=scores.device) == first
        second = xp.max(xp.where(before, -xp.inf, scores), axis=1)
        return xp.max(scores, axis=1), second, before
    order = xp.argsort(scores, axis=1, descending=True)
    ranked = xp.take_along_axis(scores, order, axis=1)
    # Where all are fixed, the last one stands in.
    place = xp.clip(n_fixed, None, n_positions - 1)
    place = xp.broadcast_to(place[:, None], (scores.shape[0], 1))
    second = xp.take_along_axis(ranked, place, axis=1)[:, 0]
    return ranked[:, 0], second, xp.argsort(order, axis=1) < n_fixed[:, None]


def gaps_in_order(group, x, references):
    """Gaps between members of an orbit; see `SymmetryGroup._gaps_in_order`.

    Each reference has to tell apart what fixes the ones before it. A zero signal does
    not matter: it has no margin.
    """
    xp = get_namespace(x)
    # Gaps are small differences of large numbers where signals have an offset.
    tolerance = _equality_tolerance(x)
    x, *references = (double(z) for z in (x, *references))
    gaps, unit, own_unit, allowed, fixing = [], None, None, None, True
    has_unit = xp.zeros((x.shape[0], 1), dtype=xp.bool, device=x.device)
    for reference in references:
        table = group._scores(x, reference, everywhere=True)
        own = group._scores(reference, reference, everywhere=True)
        own_norm2 = squared_norm(reference)
        possible = table.allowed if allowed is None else allowed
        scores, own_scores = (group._rank(t.products) for t in (table, own))
        # The best unit number of the first reference that is not zero holds for all.
        fresh = ~has_unit & (own_norm2 > 0)[:, None]
        if group._units is not None:
            found, own_found = (group._units.unit(t.products) for t in (table, own))
            unit = found if unit is None else xp.where(fresh, found, unit)
            own_unit = own_found if own_unit is None else own_unit
            own_unit = xp.where(fresh, own_found, own_unit)
            own_later = real_part(own_unit * own.products)
            own_scores = xp.where(has_unit, own_later, own_scores)
            scores = xp.where(has_unit, real_part(unit * table.products), scores)
        scores = _masked(scores, possible)
        # A shift for which the reference has no room may fix it all the same.
        fixed = fixing & (own_scores >= own_norm2[:, None] * (1 - tolerance))
        separated = fixing & ~fixed
        decides = some = xp.any(separated, axis=1)
        gap = own_gap = xp.full_like(scores[:, 0], xp.inf)
        if group._units is not None:
            # Beside the best member stand those with another unit number.
            factor = 2 if _signs_only(group, x) else 1
            gap = xp.where(fresh[:, 0], factor * xp.max(scores, axis=1), gap)
            own_gap = xp.where(fresh[:, 0], factor * own_norm2, own_gap)
            decides, has_unit = some | fresh[:, 0], has_unit | fresh
        if bool(xp.any(some)):
            n_fixed = xp.count_nonzero(fixed, axis=1)
            best, second, before = _best_and_next(scores, n_fixed)
            gap = xp.where(some, xp.minimum(gap, best - second), gap)
            # The reference's own gap is one between the members of its own orbit.
            member = separated if own.allowed is None else separated & own.allowed
            others = xp.where(xp.any(member, axis=1)[:, None], member, separated)
            others = xp.max(_masked(own_scores, others), axis=1)
            own_gap = xp.where(some, own_norm2 - others, own_gap)
            kept = before | ~some[:, None]
            allowed = kept if possible is None else possible & kept
        gaps.append((gap, own_gap, decides))
        fixing = fixed
    tied = xp.count_nonzero(fixing, axis=1) > _kernel_size(group, x, tolerance)
    return gaps, tied if group._units is None else tied | ~has_unit[:, 0]


def _kernel_size(group, x, tolerance):
    """How many elements act as the identity on every signal."""
    xp = get_namespace(x)
    rng = np.random.RandomState(0)
    probe = rng.standard_normal((1, *x.shape[1:]))
    if is_complex(x):
        probe = probe + 1j * rng.standard_normal(probe.shape)
    probe = asarray_like(probe, x, x.dtype)
    scores = group._rank(group._scores(probe, probe, everywhere=True).products)
    full = squared_norm(probe)[:, None] * (1 - tolerance)
    return int(xp.count_nonzero(scores >= full))


def _equality_tolerance(x):
    """Relative gap in correlation up to which two members are the same signal.

    The gap is half a squared distance, which rounding in the signals leaves far smaller
    than rounding in the correlations, computed in double precision.
    """
    eps = float(get_namespace(x).finfo(real_dtype(x)).eps)
    return max(1e3 * float(np.finfo(np.float64).eps), (100 * eps) ** 2)
