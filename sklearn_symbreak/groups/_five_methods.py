"""Defaults for groups that have five methods and no kernel."""

import functools

import numpy as np

from sklearn_symbreak.groups._elements import choose, map_parts
from sklearn_symbreak.groups._products import (
    check_finite,
    moderate,
    norm_product,
    real_inner,
    rounding,
)
from sklearn_symbreak.groups._references import as_argument, check_references
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    double,
    get_namespace,
    real_dtype,
    squared_norm,
)
from sklearn_symbreak.utils._validation import check_acts_on, check_signals


def takes_ordered_lists(align):
    """Let an `align` that knows one reference take lists, and arrays as they come.

    A second reference decides between members that the first one ties: those to which
    the first one with a small part of the second leads, if they are as close to the
    first one alone. In double precision, ties are settled to about 1e-8 of the norm.
    """

    @functools.wraps(align)
    def wrapper(self, x, reference):
        x = check_signals(x, name="x")
        check_acts_on(self, x, "x")
        references = check_references(reference, x)
        check_finite([], references)
        if len(references) == 1:
            return align(self, x, as_argument(references))
        exact = [moderate(double(entry, x)) for entry in references]
        signals = moderate(double(x))
        _, found = align(self, signals, as_argument(exact[:1]))
        for part in (2.0**-8, 2.0**-17, 2.0**-26):
            for position in range(1, len(exact)):
                found = _settle_by(
                    self,
                    align,
                    signals,
                    exact[: position + 1],
                    part,
                    found,
                    rounding(x),
                )
        return self.act(found, x), found

    return wrapper


def _settle_by(group, align, x, references, part, found, precision):
    """Elements that suit the last reference better, and the others as well."""
    xp = get_namespace(x)
    mixed, weight = 0.0, 1.0
    for reference in references:
        norm = xp.max(xp.sqrt(squared_norm(reference)))
        mixed = mixed + weight * reference / xp.where(norm > 0, norm, norm + 1)
        weight = weight * part
    _, other = align(group, x, as_argument([mixed]))
    old, new = group.act(found, x), group.act(other, x)
    better = xp.sqrt(squared_norm(new - old)) > 1e-6 * xp.sqrt(squared_norm(x))
    for position, reference in enumerate(references):
        gain = real_inner(reference, new - old)
        floor = precision * norm_product(x, reference)
        last = position == len(references) - 1
        better = better & (gain > floor if last else gain >= -floor)
    return choose(better, other, found)


def sampled_gap(group, x, reference):
    """Gap to the second best of all listed, or of 64 sampled, elements.

    Infinite for an orbit of one point, which has no second best.
    """
    xp = get_namespace(x)
    aligned = group.representatives(x, as_argument([reference]))
    gap = xp.full((x.shape[0],), xp.inf, dtype=real_dtype(x), device=x.device)
    tolerance = 1e-4 * xp.sqrt(squared_norm(group.centered(x)))
    for other in _other_members(group, aligned):
        moved = xp.sqrt(squared_norm(other - aligned)) > tolerance
        # Half the difference of squared distances: of correlations, for linear maps.
        loss = squared_norm(other - reference) - squared_norm(aligned - reference)
        gap = xp.where(moved, xp.minimum(gap, loss / 2), gap)
    return gap


def _other_members(group, x):
    listed = group.elements(x)
    if listed is not None and len(listed) <= 256:
        for row in listed:
            element = np.repeat(np.asarray(row)[None], x.shape[0], axis=0)
            yield group.act(asarray_like(element, x), x)
        return
    rng = np.random.RandomState(0)
    for _ in range(64):
        # One for all signals, so that none depends on how many there are.
        element = group.sample(x[:1, ...], rng)
        repeated = map_parts(
            lambda part: get_namespace(part).broadcast_to(
                part, (x.shape[0], *part.shape[1:])
            ),
            element,
        )
        yield group.act(repeated, x)
