"""Defaults for groups that have five methods and no kernel."""

import functools

import numpy as np

from sklearn_symbreak.groups._elements import choose, map_parts, repeated, rows
from sklearn_symbreak.groups._products import (
    check_finite,
    moderate,
    norm_product,
    real_inner,
    rounding,
)
from sklearn_symbreak.groups._references import (
    as_argument,
    check_references,
    generic_template,
)
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    constant,
    double,
    expand,
    get_namespace,
    is_complex,
    is_numpy,
    real_dtype,
    squared_norm,
)
from sklearn_symbreak.utils._validation import check_acts_on, check_signals


def takes_ordered_lists(align):
    """Let an `align` that knows one reference settle ties, by lists and at last.

    A second reference decides between members that the first one ties: those to which
    the first one with a small part of the second leads, if they are as close to the
    first one alone. What all of them tie is decided by a generic one. In double
    precision, ties are settled to about 1e-8 of the norm.
    """

    @functools.wraps(align)
    def wrapper(self, x, reference):
        x = check_signals(x, name="x")
        check_acts_on(self, x, "x")
        references = check_references(reference, x)
        check_finite([], references)
        if len(references) == 1 and type(self).align is not wrapper:
            # A subclass asks, whose elements may be others.
            return align(self, x, as_argument(references))
        signals, *exact = (double(entry, x) for entry in (x, *references))
        signals, *exact = _of_moderate_size(self, signals, exact)
        member, found = align(self, signals, as_argument(exact[:1]))
        # The choice of one of several members has no gradient.
        fixed, exact = constant(signals), [constant(entry) for entry in exact]
        settle = functools.partial(_settle_by, self, align, fixed, given=x)
        for part in (2.0**-8, 2.0**-17, 2.0**-26):
            for position in range(1, len(exact)):
                member, found = settle(exact[: position + 1], part, member, found)
        last = _generic_reference(self, signals)
        part = 2.0 ** (-26 / len(exact))
        member, found = settle([*exact, last], part, member, found)
        if signals is x and is_numpy(x):
            return member, found
        found = map_parts(lambda entry: _in_precision_of(x, entry), found)
        return _in_precision_of(x, self.act(found, x)), found

    return wrapper


def nearest(group, x, references):
    """Members nearest to the first reference; of several, any."""
    align = getattr(type(group).align, "__wrapped__", type(group).align)
    signals, reference = _of_moderate_size(group, x, references[:1])
    member, found = align(group, signals, as_argument([reference]))
    return member if signals is x else _in_precision_of(x, group.act(found, x))


def _of_moderate_size(group, x, references):
    """Signals and references whose squares stay in the range of the numbers."""
    if group.centered(x) is not x:
        # Elements that move the centre grow with the signals.
        return [x, *references]
    return [moderate(x), *(moderate(entry, reference=True) for entry in references)]


def _generic_reference(group, x):
    generic = generic_template(tuple(x.shape[1:]), complex_valued=is_complex(x))
    return asarray_like(generic[None], x, x.dtype)


def _in_precision_of(x, values):
    """Numbers in the precision of the signals; whole numbers as they are."""
    xp = get_namespace(values)
    if not xp.isdtype(values.dtype, ("real floating", "complex floating")):
        return values
    single = real_dtype(x) == get_namespace(x).float32
    if is_complex(values):
        dtype = xp.complex64 if single else xp.complex128
    else:
        dtype = xp.float32 if single else xp.float64
    return xp.astype(values, dtype, copy=False)


def _settle_by(group, align, x, references, part, member, found, given):
    """Members, and elements, that suit the last reference better, and others as well.

    What rounding in the precision of the given signals may hide is as well.
    """
    xp, precision = get_namespace(x), rounding(given)
    centred = [group.centered(reference) for reference in references]
    sizes = [xp.sqrt(squared_norm(reference)) for reference in centred]
    mixed, weight = references[0], 1.0
    for reference, size in zip(centred[1:], sizes[1:], strict=True):
        weight = weight * part
        # In the unit of the first one, whose centre it keeps.
        unit = xp.where(sizes[0] > 0, sizes[0], size)
        unit = unit / xp.where(size > 0, size, xp.ones_like(size))
        mixed = mixed + weight * expand(unit, reference) * reference
    other_member, other = align(group, x, as_argument([mixed]))
    gain = group.centered(other_member) - group.centered(member)
    x = group.centered(x)
    better = xp.sqrt(squared_norm(gain)) > 1e-6 * xp.sqrt(squared_norm(x))
    if not bool(xp.any(better)):
        return member, found
    for position, reference in enumerate(centred):
        closer = real_inner(reference, gain)
        floor = precision * norm_product(x, reference)
        last = position == len(references) - 1
        better = better & (closer > floor if last else closer >= -floor)
    return choose(better, other_member, member), choose(better, other, found)


def sampled_gap(group, x, reference):
    """Gap to the second best of all listed, or of 64 sampled, elements.

    Infinite for an orbit of one point, which has no second best; 0 for a reference that
    an element fixes, be it one that sampling hardly meets.
    """
    xp = get_namespace(x)
    size, unit = (xp.sqrt(squared_norm(group.centered(z))) for z in (x, reference))
    # Of one size, so that the difference of their squares keeps its digits.
    one = xp.ones_like(size)
    factor = xp.where(size * unit > 0, unit / xp.where(size > 0, size, one), one)
    x, tolerance = expand(factor, x) * x, 1e-4 * factor * size
    aligned = group.representatives(x, as_argument([reference]))
    gap = xp.full((x.shape[0],), xp.inf, dtype=real_dtype(x), device=x.device)
    for other in _other_members(group, aligned):
        moved = xp.sqrt(squared_norm(other - aligned)) > tolerance
        # Half the difference of squared distances: of correlations, for linear maps.
        loss = squared_norm(other - reference) - squared_norm(aligned - reference)
        gap = xp.where(moved, xp.minimum(gap, loss / 2), gap)
    fixed = _is_fixed(group, reference)
    return xp.where(fixed & xp.isfinite(gap), 0 * factor, gap / factor)


def _is_fixed(group, reference):
    """Whether a reference leaves open where generic signals are brought."""
    xp = get_namespace(reference)
    fixed = xp.zeros(reference.shape[0], dtype=xp.bool, device=reference.device)
    align = getattr(type(group).align, "__wrapped__", None)
    if align is None:
        return fixed
    rng = np.random.RandomState(1)
    probe = rng.standard_normal(reference.shape)
    if is_complex(reference):
        probe = probe + 1j * rng.standard_normal(reference.shape)
    probe = asarray_like(probe, reference, reference.dtype)
    limit = 1e-3 * xp.sqrt(squared_norm(probe))
    first, _ = align(group, probe, as_argument([reference]))
    for _ in range(4):
        moved = group.act(group.sample(probe, rng), probe)
        other, _ = align(group, moved, as_argument([reference]))
        fixed = fixed | (xp.sqrt(squared_norm(other - first)) > limit)
    return fixed


def _other_members(group, x):
    listed = rows(group.elements(x))
    if listed is not None and len(listed) <= 256:
        for row in listed:
            yield group.act(repeated(row, x), x)
        return
    rng = np.random.RandomState(0)
    for _ in range(64):
        # One for all signals, so that none depends on how many there are.
        element = group.sample(x[:1, ...], rng)
        same = map_parts(
            lambda part: get_namespace(part).broadcast_to(
                part, (x.shape[0], *part.shape[1:])
            ),
            element,
        )
        yield group.act(same, x)
