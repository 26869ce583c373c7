"""Correlations with a reference at all shifts that keep content inside the canvas."""

import warnings
from dataclasses import dataclass

import numpy as np

from sklearn_symbreak.groups._content import content_box
from sklearn_symbreak.groups._products import Scores, moderate
from sklearn_symbreak.groups._shifts import inverse_spectrum, is_fast, spectrum
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    fft_namespace,
    get_namespace,
    is_complex,
)


def shift_range(first, last, sizes):
    """Smallest and largest shift, per sample and axis, that carries no content over.

    Parameters
    ----------
    first, last : integer arrays of shape (n_samples, n_axes)
        Bounding box of the content.
    sizes : tuple of int
        Shape of the canvas.
    """
    xp = get_namespace(first)
    end = xp.asarray(sizes, dtype=last.dtype, device=last.device) - 1
    return -first, end[None, :] - last


@dataclass(frozen=True)
class ShiftWindow:
    """A grid of shifts, and which of them each signal allows.

    Position ``(flip, i, j, …)`` in C order stands for the shift ``(shifts[0][i],
    shifts[1][j], …)`` of a signal (flip 0) or of its flip (flip 1).
    """

    #: For every axis, the shifts that are listed.
    shifts: tuple
    #: For every axis, bool array (n_samples, n_flips, n_shifts).
    masks: tuple

    def allowed(self):
        """Bool array of shape (n_samples, n_positions)."""
        n_axes, allowed = len(self.masks), True
        for axis, mask in enumerate(self.masks):
            before, after = (None,) * axis, (None,) * (n_axes - 1 - axis)
            mask = mask[(slice(None), slice(None), *before, slice(None), *after)]
            allowed = mask & allowed
        return get_namespace(allowed).reshape(allowed, (allowed.shape[0], -1))

    def codes(self):
        """Integer array of shape (n_positions, 1 + n_axes): flip and shifts."""
        xp, first = get_namespace(*self.shifts), self.shifts[0]
        flips = xp.arange(
            self.masks[0].shape[1], dtype=first.dtype, device=first.device
        )
        # Without meshgrid, whose indexing a release of array-api-compat gets wrong.
        lists = [flips, *self.shifts]
        shape = tuple(entries.shape[0] for entries in lists)
        columns = []
        for axis, entries in enumerate(lists):
            alone = (1,) * axis + (-1,) + (1,) * (len(lists) - axis - 1)
            column = xp.broadcast_to(xp.reshape(entries, alone), shape)
            columns.append(xp.reshape(column, (-1,)))
        return xp.stack(columns, axis=1)


def shift_window(low, high, sizes, *, flips, everywhere):
    """The window of a batch.

    Parameters
    ----------
    low, high : integer arrays of shape (n_samples, n_axes)
        Result of `shift_range`.
    sizes : tuple of int
        Shape of the canvas.
    flips : bool
        Whether the flip of each signal counts, too.
    everywhere : bool
        Whether all circular shifts are listed, so that the positions do not depend on
        the batch, or only those that some signal allows.
    """
    xp = get_namespace(low)
    # The flip of a signal has its content at the opposite place.
    lows, highs = ([low, -high], [high, -low]) if flips else ([low], [high])
    lows, highs = xp.stack(lows, axis=1), xp.stack(highs, axis=1)
    shifts, masks = [], []
    for axis, size in enumerate(sizes):
        smallest, largest = lows[:, :, axis, None], highs[:, :, axis, None]
        start, stop = (
            (0, size) if everywhere else (xp.min(smallest), xp.max(largest) + 1)
        )
        shift = xp.arange(int(start), int(stop), dtype=low.dtype, device=low.device)
        shifts.append(shift)
        shift = shift[None, None, :]
        mask = (shift >= smallest) & (shift <= largest)
        if everywhere:
            mask = mask | (shift - size >= smallest)
        masks.append(mask)
    return ShiftWindow(tuple(shifts), tuple(masks))


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
