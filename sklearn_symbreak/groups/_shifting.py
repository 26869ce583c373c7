"""Moving each signal of a batch by its own shift."""

import math

import numpy as np

from sklearn_symbreak.utils._array_api import (
    get_namespace,
    is_complex,
    is_numpy,
    like,
)


def check_shifts(element, x):
    """Integer shifts of shape (n_samples, n_axes), in the library of `x`.

    Raises
    ------
    ValueError
        If they have another shape or are not integers.
    """
    xp = get_namespace(x)
    shifts = element if hasattr(element, "dtype") else like(element, x)
    n_axes = x.ndim - 1
    if n_axes == 1 and tuple(shifts.shape) == (x.shape[0],):
        shifts = shifts[:, None]
    if tuple(shifts.shape) != (x.shape[0], n_axes):
        raise ValueError(
            f"element must hold one integer shift per sample and axis, shape "
            f"({x.shape[0]}, {n_axes}), got shape {tuple(shifts.shape)}."
        )
    if not xp.isdtype(shifts.dtype, "integral"):
        raise ValueError(f"element must hold integers, got dtype {shifts.dtype}.")
    return signed(shifts)


def signed(shifts):
    """Shifts of a type in which opposites and sums exist."""
    xp = get_namespace(shifts)
    return xp.astype(shifts, xp.int64, copy=False)


def roll(x, shifts):
    """Roll every signal circularly by its own shifts, all axes at once.

    Parameters
    ----------
    x : array of shape (n_samples, *signal_shape)
    shifts : integer array of shape (n_samples, n_axes)

    Returns
    -------
    rolled : array of shape (n_samples, *signal_shape)
        ``rolled[i, p] = x[i, (p - shifts[i]) mod signal_shape]``.
    """
    xp = get_namespace(x)
    n, *sizes = x.shape
    starts = [xp.remainder(-shifts[:, axis], size) for axis, size in enumerate(sizes)]
    if is_numpy(x):
        # A roll is a window of the periodic extension: numpy copies windows whole,
        # several times faster than it gathers single entries.
        periodic = np.pad(x, [(0, 0), *((0, size - 1) for size in sizes)], mode="wrap")
        windows = np.lib.stride_tricks.sliding_window_view(
            periodic, sizes, axis=tuple(range(1, x.ndim))
        )
        return windows[(np.arange(n), *starts)]
    for axis, size in enumerate(sizes):
        index = xp.remainder(
            starts[axis][:, None] + xp.arange(size, device=x.device)[None, :], size
        )
        shape = [n] + [1] * len(sizes)
        shape[axis + 1] = size
        x = xp.take_along_axis(x, xp.reshape(index, tuple(shape)), axis=axis + 1)
    return x


def roll_without_wrap(x, shifts, flipped=None):
    """`roll` for shifts that carry only zeros across the edges.

    Then a shift of the image is one shift of its flattened entries, and a turn by 180°
    is their reversal: long runs are faster to copy.

    Parameters
    ----------
    x : array of shape (n_samples, *signal_shape)
    shifts : integer array of shape (n_samples, n_axes)
    flipped : bool array of shape (n_samples,), optional
        Which signals to flip and conjugate before they are shifted.
    """
    xp = get_namespace(x)
    n, *sizes = x.shape
    strides = [math.prod(sizes[axis + 1 :]) for axis in range(len(sizes))]
    flat_shift = sum(shifts[:, axis] * stride for axis, stride in enumerate(strides))
    flat = xp.reshape(x, (n, -1))
    if not is_numpy(x):
        if flipped is not None:
            flip = xp.flip(xp.conj(flat) if is_complex(x) else flat, axis=1)
            flat = xp.where(flipped[:, None], flip, flat)
        return xp.reshape(roll(flat, flat_shift[:, None]), x.shape)
    size = flat.shape[1]
    before = max(0, int(flat_shift.max()))
    after = max(0, -int(flat_shift.min()))
    padded = np.zeros((n, before + size + after), dtype=x.dtype)
    inside = padded[:, before : before + size]
    inside[...] = flat
    if flipped is not None:
        inside[flipped] = np.conj(flat[flipped, ::-1])
    windows = np.lib.stride_tricks.sliding_window_view(padded, size, axis=1)
    return windows[np.arange(n), before - flat_shift].reshape(x.shape)
