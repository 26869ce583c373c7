"""Inner products of a reference with all allowed shifts of a signal and of its flip."""

import warnings

import numpy as np

from sklearn_symbreak.groups._content import content_box
from sklearn_symbreak.groups._products import Scores, moderate
from sklearn_symbreak.groups._shifts import inverse_spectrum, is_fast, spectrum
from sklearn_symbreak.groups._windows import shift_range, shift_window
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    fft_namespace,
    get_namespace,
    is_complex,
)

# A batch is judged by so many signals, evenly spread.
_N_JUDGED = 64
# Nobody calls more than this a faint background.
_BRIGHT = 0.05


def allowed_range(x, threshold):
    """Smallest and largest shift along every axis that carries no content over."""
    return shift_range(*content_box(x, threshold), tuple(x.shape[1:]))


def registration_scores(x, reference, threshold, *, flips, everywhere):
    """Table of all allowed shifts, and of those of the flips.

    With X and W the transforms of signal and reference, the correlations are the
    conjugate inverse transforms of ``W conj X`` and, for the flipped signal, of ``W X``
    (``size - 1`` pixels further, since the flip takes position p to size - 1 - p).

    Returns
    -------
    scores : Scores
        With codes (flip, *shifts).
    """
    xp, sizes = get_namespace(x), tuple(x.shape[1:])
    low, high = allowed_range(x, threshold)
    window = shift_window(low, high, sizes, flips=flips, everywhere=everywhere)
    lengths = sizes
    if not everywhere and not all(map(is_fast, sizes)):
        lengths = _padded(x, threshold, low, high)
    transform, target = spectrum(x, lengths), spectrum(reference, lengths)
    shape = (x.shape[0], 1 + flips, *transform.shape[1:])
    product = xp.empty(shape, dtype=transform.dtype, device=x.device)
    product[:, 0, ...] = target * xp.conj(transform)
    if flips:
        product[:, 1, ...] = target * _flip_ramp(sizes, lengths, x) * transform
    indices = None
    if not everywhere:
        indices = [
            xp.remainder(shifts, length)
            for shifts, length in zip(window.shifts, lengths, strict=True)
        ]
    real = not is_complex(x)
    table = inverse_spectrum(product, lengths, real=real, windows=indices)
    table = xp.reshape(table, (x.shape[0], -1))
    table = xp.conj(table) if is_complex(x) else table
    return Scores(table, window.allowed(), window.codes())


def _padded(x, threshold, low, high):
    """Lengths of fast transforms, where the background wraps nothing but zeros."""
    low_all, high_all = allowed_range(x, 0.0)
    xp, sizes = get_namespace(x), tuple(x.shape[1:])
    if not bool(xp.all((low_all <= low) & (high_all >= high))):
        return sizes
    fast = fft_namespace(np.empty(0)).next_fast_len
    return tuple(size if is_fast(size) else fast(size, real=True) for size in sizes)


def _flip_ramp(sizes, lengths, x):
    """Transform of a shift by ``size - 1``, which a flip gives the first pixel."""
    fractions = [
        np.arange(length) * (size - 1) / length
        for size, length in zip(sizes, lengths, strict=True)
    ]
    if not is_complex(x):
        fractions[-1] = fractions[-1][: lengths[-1] // 2 + 1]
    ramp = np.exp(2j * np.pi * sum(np.ix_(*fractions)))
    xp = get_namespace(x)
    single = x.dtype in (xp.float32, xp.complex64)
    return asarray_like(ramp, x, xp.complex64 if single else xp.complex128)


def warn_if_content_is_everywhere(x, threshold):
    """Warn where hardly any signal can move, though its bright part could.

    A faint background then counts as content. A signal that is bright up to its edges
    has no room at any threshold, and one signal is no evidence: neither is warned of.
    """
    if x.shape[0] < 2:
        return
    index = np.unique(np.linspace(0, x.shape[0] - 1, _N_JUDGED).astype(int))
    some = moderate(x[asarray_like(index, x), ...])
    can_move = _n_movable(some, threshold)
    if can_move > 0.1 * len(index):
        return
    could_move = _n_movable(some, max(threshold, _BRIGHT))
    if could_move >= 0.5 * len(index):
        warnings.warn(
            f"Of {len(index)} signals {can_move} can move: in the others a background "
            f"of more than threshold={threshold:g} times their largest modulus counts "
            f"as content, and reaches the edges. With threshold={_BRIGHT} {could_move} "
            "could move; set threshold between your background and your content.",
            UserWarning,
            stacklevel=4,
        )


def _n_movable(x, threshold):
    xp, (low, high) = get_namespace(x), allowed_range(x, threshold)
    return int(xp.count_nonzero(xp.any(low < high, axis=1)))
