"""Exact comparison by an ordered list of references, and then by the signals.

Templates leave ties: all signals orthogonal to the template, for the sign. An ordered
list of templates settles them one after the other, and where all of them tie, the
members' own entries do, in order. This is the recursion on the hyperplane Z that
"Inverse Problems, Deep Learning, and Symmetry Breaking" mentions after Prop. 2.1. Only
tied samples are looked at here, which are few.
"""

import math

import numpy as np

from sklearn_symbreak.groups._references import rows
from sklearn_symbreak.utils._array_api import (
    expand,
    get_namespace,
    is_complex,
    real_dtype,
    squared_norm,
)


def rounding(x):
    """Relative size below which a sum over one signal's entries is rounding error."""
    # Pairwise sums and transforms lose about log2(size) roundings.
    size = math.prod(x.shape[1:])
    return 4 * math.log2(size + 2) * float(get_namespace(x).finfo(real_dtype(x)).eps)


def norm_product(x, reference):
    """``‖x‖ ‖reference‖`` per sample; the product of the squares may overflow."""
    xp = get_namespace(x)
    return xp.sqrt(squared_norm(x)) * xp.sqrt(squared_norm(reference))


def inner_product(x, reference):
    """``⟨reference, x⟩`` per sample, and the size below which it counts as zero."""
    xp = get_namespace(x)
    flat = xp.reshape(x, (x.shape[0], -1))
    other = xp.reshape(reference, (reference.shape[0], -1))
    if other.shape[0] > 1:
        product = xp.vecdot(other, flat)
    else:
        other = xp.conj(other) if is_complex(x) else other
        support = xp.nonzero(other[0, :])[0]
        if support.shape[0] == 1:
            # One entry carries no rounding error: only an exact zero ties.
            entry = int(support[0])
            return flat[:, entry] * other[0, entry], 0.0
        product = flat @ other[0, :]
    return product, rounding(x) * norm_product(x, reference)


def decisive_entry(references):
    """The one nonzero entry of a single template, if it has one.

    Parameters
    ----------
    references : list of ndarray
        Checked references.

    Returns
    -------
    entry : tuple of (int, scalar) or None
        Its index in a flat signal and its conjugate.
    """
    if not references or references[0].shape[0] != 1:
        return None
    template = references[0].reshape(-1)
    support = np.flatnonzero(template)
    if len(support) != 1:
        return None
    return int(support[0]), np.conj(template[support[0]])


def decisive_products(x, entry, out=None):
    """Inner products with a template of one nonzero entry, where they settle all.

    The common case of the sign and of the phase, with as few passes as numpy allows.

    Parameters
    ----------
    x : ndarray of shape (n_samples, *signal_shape)
        Signals, not checked for NaN.
    entry : tuple of (int, scalar)
        What `decisive_entry` returns.
    out : ndarray of shape (n_samples,), optional
        Where to put the products.

    Returns
    -------
    products : ndarray of shape (n_samples,) or None
        None if a product is zero or if a signal may not be finite. Products of large
        entries may overflow.
    """
    flat, (index, weight) = x.reshape(len(x), -1), entry
    with np.errstate(over="ignore", invalid="ignore"):
        # A finite sum has finite terms.
        if not np.isfinite(np.add.reduce(flat, axis=None)):
            return None
        products = np.multiply(flat[:, index], weight, out=out)
    return products if products.all() else None


def leading_coefficient(x, references, *, real):
    """First coefficient of each signal that is not zero.

    The inner products with the references in order, then the signal's own entries. With
    `real`, real parts are looked at, then imaginary parts. Zero for zero signals only.
    """
    xp = get_namespace(x)
    if not references:
        return _leading_entry(x, real=real)
    value, floor = inner_product(x, references[0])
    value = xp.real(value) if real and is_complex(x) else value
    if isinstance(floor, float) and bool(xp.all(value)):
        return value
    tied = xp.abs(value) <= floor
    if bool(xp.any(tied)):
        # A copy that keeps its gradient.
        value = value + 0
        index = xp.nonzero(tied)[0]
        value[index] = leading_coefficient(
            x[index, ...], rows(references[1:], index), real=real
        )
    return value


def _leading_entry(x, *, real):
    xp = get_namespace(x)
    entries = xp.reshape(x, (x.shape[0], -1))
    if real and is_complex(x):
        entries = as_real(entries)
    size = xp.abs(entries)
    # Entries at rounding level of the largest are what a previous act left of zeros.
    significant = size > rounding(x) * xp.max(size, axis=1, keepdims=True)
    first = xp.argmax(xp.astype(significant, xp.int8), axis=1)
    return xp.take_along_axis(entries, first[:, None], axis=1)[:, 0]


def as_real(flat):
    """Complex rows as real ones: each entry's real part, then its imaginary part."""
    xp = get_namespace(flat)
    pairs = xp.stack([xp.real(flat), xp.imag(flat)], axis=-1)
    return xp.reshape(pairs, (flat.shape[0], -1))


def prefers(challenger, holder, references):
    """Where `challenger` comes before `holder` in the order that settles ties.

    Larger ``Re⟨reference, ·⟩`` first, reference by reference, then larger entries.
    """
    xp = get_namespace(challenger)
    difference = xp.reshape(challenger - holder, (challenger.shape[0], -1))
    scale = xp.sqrt(squared_norm(holder))
    scale = xp.where(scale > 0, scale, scale + 1)
    keys = []
    for reference in references:
        product, _ = inner_product(difference, _flat(reference))
        norm = xp.sqrt(squared_norm(reference))
        product = xp.real(product) if is_complex(product) else product
        keys.append((product / (scale * xp.where(norm > 0, norm, norm + 1)))[:, None])
    entries = as_real(difference) if is_complex(difference) else difference
    keys = xp.concat([*keys, entries / expand(scale, entries)], axis=1)
    significant = xp.abs(keys) > 4 * rounding(challenger)
    first = xp.argmax(xp.astype(significant, xp.int8), axis=1)[:, None]
    return (
        xp.take_along_axis(xp.where(significant, keys, 0 * keys), first, axis=1)[:, 0]
        > 0
    )


def _flat(x):
    return get_namespace(x).reshape(x, (x.shape[0], -1))
