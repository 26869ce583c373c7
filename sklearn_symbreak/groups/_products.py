"""Inner products, and the order that settles ties between members of an orbit.

Templates leave ties: all signals orthogonal to the template, for the sign. An ordered
list of templates settles them one after the other, and where all of them tie, the
members' own entries do, in order. This is the recursion on the hyperplane Z that
"Inverse Problems, Deep Learning, and Symmetry Breaking" mentions after Prop. 2.1. Only
tied samples are looked at here, which are few.
"""

import math
from typing import NamedTuple

import numpy as np

from sklearn_symbreak.utils._array_api import (
    all_finite,
    are_normal,
    expand,
    get_namespace,
    is_complex,
    real_dtype,
    rescaled,
    squared_norm,
    sum_of_squares,
    vecdot,
)


class Scores(NamedTuple):
    """``⟨reference, g·x⟩`` for all elements of a group that a table lists."""

    #: Array of shape (n_samples, n_positions).
    products: object
    #: Bool array of the same shape, or None where every signal allows all elements.
    allowed: object = None
    #: One row per position: the code of its element. None where it is the position.
    codes: object = None

    def code_at(self, position):
        """The codes at one position per sample."""
        return position if self.codes is None else self.codes[position, ...]


def select_rows(references, index):
    """The references of some samples: those given once for all stay as they are."""
    return [entry if entry.shape[0] == 1 else entry[index, ...] for entry in references]


def flat(x):
    """Signals as rows."""
    return x if x.ndim == 2 else get_namespace(x).reshape(x, (x.shape[0], -1))


def real_part(products):
    """Real part, of real numbers too."""
    return get_namespace(products).real(products) if is_complex(products) else products


def check_finite(signals, references=()):
    """Raise a ValueError if one of several arrays holds NaN or infinity."""
    for x in signals:
        if not all_finite(x):
            raise ValueError(
                "Input x contains NaN or infinity; signals must be finite."
            )
    for reference in references:
        if not all_finite(reference):
            raise ValueError(
                "reference must hold finite numbers, got NaN or infinity, in an array "
                f"of shape {tuple(reference.shape)}."
            )


def moderate(x, *, reference=False):
    """The signals, rescaled if squares of some overflow or vanish; or a ValueError.

    They align in the same way. This is the one guard for extreme ranges; kernels and
    boxes of content are computed behind it. What is not finite is refused.
    """
    return with_norm(x, reference=reference)[0]


def with_norm(x, *, reference=False):
    """`moderate` signals, and the norm of the whole batch."""
    xp = get_namespace(x)
    with np.errstate(over="ignore", invalid="ignore"):
        norm2 = squared_norm(x)
    if not are_normal(norm2, x):
        check_finite([] if reference else [x], [x] if reference else [])
        x = rescaled(x)
        norm2 = squared_norm(x)
    # The sum itself may overflow.
    n_samples = x.shape[0]
    return x, math.sqrt(n_samples) * xp.sqrt(xp.sum(norm2 / n_samples))


def rounding(x):
    """Relative size below which a sum over one signal's entries is rounding error."""
    # Pairwise sums and transforms lose about log2(size) roundings.
    size = math.prod(x.shape[1:])
    return 4 * math.log2(size + 2) * float(get_namespace(x).finfo(real_dtype(x)).eps)


def is_single(x):
    """Whether signals are in single precision."""
    return real_dtype(x) == get_namespace(x).float32


def entry_rounding(x, reference):
    """Error of inner products that rounding of each entry of the signals leaves.

    An offset makes norms large, and inner products computed in double precision keep
    what differs beside it.
    """
    xp, signals, others = get_namespace(x), flat(x), flat(reference)
    size = xp.minimum(
        xp.sqrt(squared_norm(x)) * xp.max(xp.abs(others), axis=1),
        xp.max(xp.abs(signals), axis=1) * xp.sqrt(squared_norm(reference)),
    )
    return 2 * float(xp.finfo(real_dtype(x)).eps) * size


def norm_product(x, reference):
    """``‖x‖ ‖reference‖`` per sample; the product of the squares may overflow."""
    xp = get_namespace(x)
    return xp.sqrt(squared_norm(x)) * xp.sqrt(squared_norm(reference))


def real_inner(a, b):
    """``Re⟨a, b⟩`` per sample; either batch may hold one signal for all."""
    return real_part(vecdot(flat(a), flat(b)))


def coarse_floor(x, reference, precision):
    """At least ``precision ‖x‖ ‖reference‖`` for every signal of a batch.

    The batch's own norm exceeds that of each signal: what is larger is no rounding.
    """
    xp, limits = get_namespace(x), get_namespace(x).finfo(real_dtype(x))
    norms = 1.0
    for signals in (x, reference):
        norm2 = sum_of_squares(signals)
        if not bool(norm2 * limits.eps > limits.smallest_normal):
            # Squares have vanished: anything may be rounding.
            return xp.inf
        norms = norms * xp.sqrt(norm2)
    return precision * norms


def inner_product(x, reference):
    """``⟨reference, x⟩`` per sample."""
    return _product(x, reference)[0]


def _product(x, reference):
    """Inner products, and whether they are free of rounding."""
    xp, signals, other = get_namespace(x), flat(x), flat(reference)
    if other.shape[0] > 1:
        return vecdot(other, signals), False
    other = xp.conj(other[0, :]) if is_complex(x) else other[0, :]
    (support,) = xp.nonzero(other)
    if support.shape[0] == 1:
        # One entry carries no rounding error: only an exact zero ties.
        entry = int(support[0])
        return signals[:, entry] * other[entry], True
    return signals @ other, False


def leading_coefficient(x, references, *, real, precision=None):
    """First coefficient of each signal that is not zero, up to positive factors.

    The inner products with the references in order, then the signal's own entries. With
    `real`, real parts are looked at, then imaginary parts. Zero for zero signals only.
    What is below `precision`, relative to the norms, is zero; by default, rounding.
    """
    xp = get_namespace(x)
    with np.errstate(over="ignore", invalid="ignore"):
        value, exact = _product(x, references[0])
        value = real_part(value) if real else value
        if exact and bool(value.all()) and all_finite(value):
            return value
        precision = rounding(x) if precision is None else precision
        limit = 0.0 if exact else coarse_floor(x, references[0], precision)
        size = xp.abs(value)
        # NaN fails both comparisons.
        doubtful = ~((size > limit) & (size < xp.inf))
        if not bool(xp.any(doubtful)):
            return value
        # A copy that keeps its gradient.
        value = value + 0
        index = xp.nonzero(doubtful)[0]
    value[index] = _exact_coefficient(
        moderate(x[index, ...]),
        [moderate(reference) for reference in select_rows(references, index)],
        real,
        precision,
    )
    return value


def _exact_coefficient(x, references, real, precision):
    xp = get_namespace(x)
    if not references:
        # Without negative zeros, whose sign is -1.
        return _leading_entry(x, real, precision) + 0.0
    value, exact = _product(x, references[0])
    value = real_part(value) if real else value
    floor = 0.0 if exact else precision * norm_product(x, references[0])
    tied = xp.abs(value) <= floor
    if bool(xp.any(tied)):
        value = value + 0
        index = xp.nonzero(tied)[0]
        later = select_rows(references[1:], index)
        value[index] = _exact_coefficient(x[index, ...], later, real, precision)
    return value


def _leading_entry(x, real, precision):
    xp = get_namespace(x)
    entries = as_real(flat(x)) if real and is_complex(x) else flat(x)
    size = xp.abs(entries)
    # Entries at rounding level of the largest are what a previous act left of zeros.
    significant = size > precision * xp.max(size, axis=1, keepdims=True)
    first = xp.argmax(xp.astype(significant, xp.int8), axis=1)
    return xp.take_along_axis(entries, first[:, None], axis=1)[:, 0]


def as_real(signals):
    """Complex rows as real ones: each entry's real part, then its imaginary part."""
    xp = get_namespace(signals)
    pairs = xp.stack([xp.real(signals), xp.imag(signals)], axis=-1)
    return xp.reshape(pairs, (*signals.shape[:-1], -1))


def prefers(challenger, holder, references, tolerance=None):
    """Where `challenger` comes before `holder` in the order that settles ties.

    Larger ``Re⟨reference, ·⟩`` first, reference by reference, then larger entries;
    differences up to the relative `tolerance`, by default of rounding, do not count.
    """
    xp = get_namespace(challenger)
    difference = flat(challenger - holder)
    scale = xp.sqrt(squared_norm(holder))
    scale = xp.where(scale > 0, scale, scale + 1)
    keys = []
    for reference in references:
        product = inner_product(difference, flat(reference))
        norm = xp.sqrt(squared_norm(reference))
        norm = xp.where(norm > 0, norm, norm + 1)
        keys.append((real_part(product) / (scale * norm))[:, None])
    entries = as_real(difference) if is_complex(difference) else difference
    keys = xp.concat([*keys, entries / expand(scale, entries)], axis=1)
    tolerance = 4 * rounding(challenger) if tolerance is None else tolerance
    significant = xp.abs(keys) > tolerance
    first = xp.argmax(xp.astype(significant, xp.int8), axis=1)[:, None]
    kept = xp.where(significant, keys, xp.zeros_like(keys))
    return xp.take_along_axis(kept, first, axis=1)[:, 0] > 0


def gap_ratio(gap, norm2, reference_gap, reference_norm2):
    """Gap over norm, relative to the same at the reference, clipped to [0, 1]."""
    xp = get_namespace(gap)
    separates = reference_gap > 0
    unit = xp.where(separates, reference_gap, xp.ones_like(reference_gap))
    size = xp.where(norm2 > 0, xp.sqrt(norm2), norm2 + 1)
    # Each quotient by itself: products of squares leave the range of the numbers.
    ratio = (gap / unit) * (xp.sqrt(reference_norm2) / size)
    return xp.where(separates & (norm2 > 0), xp.clip(ratio, 0, 1), xp.zeros_like(ratio))


def smallest_gaps(gaps, tied):
    """Gaps of signals whose parts move one by one, from those of the parts.

    As `SymmetryGroup._gaps_in_order`, which takes and gives them, but for the arrays of
    shape (n_samples, n_parts) that are given.
    """
    xp = get_namespace(tied)
    smallest = [
        (
            *(xp.min(xp.where(decides, z, xp.inf), axis=1) for z in (gap, own_gap)),
            xp.any(decides, axis=1),
        )
        for gap, own_gap, decides in gaps
    ]
    return smallest, xp.any(tied, axis=1)
