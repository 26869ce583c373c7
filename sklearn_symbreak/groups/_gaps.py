"""Inner products and gaps between them, per sample."""

import numpy as np

from sklearn_symbreak.groups._references import check_references
from sklearn_symbreak.groups._ties import norm_product
from sklearn_symbreak.utils._array_api import (
    get_namespace,
    is_complex,
    real_dtype,
    squared_norm,
)


def real_inner(a, b):
    """``Re⟨a, b⟩`` per sample; either batch may hold one signal for all."""
    xp = get_namespace(a, b)
    flat = [xp.reshape(z, (z.shape[0], -1)) for z in (a, b)]
    total = xp.vecdot(*flat)
    return xp.real(total) if is_complex(total) else total


def gap_ratio(gap, norm2, reference_gap, reference_norm2, *, exact=False):
    """Gap over norm, relative to the same at the reference, clipped to [0, 1].

    With `exact`, the gaps are no differences of large numbers but free of rounding.
    """
    xp = get_namespace(gap)
    # A gap at rounding level means that the group fixes the reference: always tied.
    floor = 0 if exact else 1e3 * xp.finfo(gap.dtype).eps
    floor = floor * reference_norm2
    usable = (reference_gap > floor) & (norm2 > 0)
    unit = xp.where(reference_gap > floor, reference_gap, xp.ones_like(reference_gap))
    size = xp.where(norm2 > 0, xp.sqrt(norm2), norm2 + 1)
    # Each quotient by itself: products of squares leave the range of the numbers.
    ratio = (gap / unit) * (xp.sqrt(reference_norm2) / size)
    return xp.where(usable, xp.clip(ratio, 0, 1), xp.zeros_like(ratio))


def sampled_gap(group, x, reference):
    """Gap to the second best of 64 sampled elements, an upper bound of the gap.

    Infinite for an orbit of one point, which has no second best.
    """
    xp = get_namespace(x)
    aligned, _ = group.align(x, reference)
    first = check_references(reference, x)[0]
    rng = np.random.RandomState(0)
    gap = xp.full((x.shape[0],), xp.inf, dtype=real_dtype(x), device=x.device)
    tolerance = 1e-4 * xp.sqrt(squared_norm(x))
    for _ in range(64):
        other = group.act(_drawn_for_all(group, aligned, rng), aligned)
        moved = xp.sqrt(squared_norm(other - aligned)) > tolerance
        gap = xp.where(moved, xp.minimum(gap, real_inner(first, aligned - other)), gap)
    return gap


def _drawn_for_all(group, x, rng):
    """One element for all samples, so that none depends on how many there are."""
    if group.partial:
        return group.sample(x, rng)
    element = group.sample(x[:1, ...], rng)
    parts = element if isinstance(element, tuple) else (element,)
    repeated = tuple(
        get_namespace(x).broadcast_to(part, (x.shape[0], *part.shape[1:]))
        for part in parts
    )
    return repeated if isinstance(element, tuple) else repeated[0]


def gap_from_margin(margin, x, reference):
    """The gap that a margin stands for where the gap at the reference is ``‖w‖²``."""
    return margin * norm_product(x, reference)
