"""Circular shifts and conjugate flips of every signal of a batch.

With shift s, flip f = ±1 and angle a, the element (s, f, a) multiplies by ``exp(i a)``,
then flips, then shifts. A flip inverts shifts and angles that change places with it:
``(s₁, f₁, a₁)(s₂, f₂, a₂) = (s₁ + f₁ s₂, f₁ f₂, f₂ a₁ + a₂)``.
"""

import math
import numbers

import numpy as np
import scipy.fft

from sklearn_symbreak.utils._array_api import (
    fft_namespace,
    get_namespace,
    is_complex,
    is_numpy,
)


def check_ndim(ndim, largest=None):
    """Number of signal axes, or a ValueError."""
    integer = isinstance(ndim, numbers.Integral) and not isinstance(ndim, bool)
    if not integer or ndim < 1 or (largest is not None and ndim > largest):
        allowed = "an int of at least 1" if largest is None else "1, 2 or 3"
        raise ValueError(f"ndim must be {allowed}, got {ndim!r}.")
    return int(ndim)


def signed(shifts):
    """Shifts of a type in which opposites and sums exist."""
    xp = get_namespace(shifts)
    return xp.astype(shifts, xp.int64, copy=False)


def negate_where(values, mask):
    """Shifts or angles, inverted where the mask holds."""
    xp = get_namespace(values)
    return xp.where(xp.reshape(mask, (-1,) + (1,) * (values.ndim - 1)), -values, values)


def add_angles(a, b):
    """Sum of angles, in (-π, π]."""
    total = a + b
    turns = get_namespace(a).ceil(total / (2 * math.pi) - 0.5)
    return total - 2 * math.pi * turns


def unit_to_angle(unit, dtype):
    """Angles of unit numbers; 0 and π of signs."""
    xp = get_namespace(unit)
    if is_complex(unit):
        return xp.astype(xp.atan2(xp.imag(unit), xp.real(unit)), dtype)
    half = xp.full_like(unit, math.pi, dtype=dtype)
    return xp.where(unit < 0, half, xp.zeros_like(half))


def angle_to_unit(angle, x):
    """Unit numbers of angles, in the dtype of the signals `x`."""
    xp = get_namespace(x)
    if is_complex(x):
        return xp.astype(xp.cos(angle) + 1j * xp.sin(angle), x.dtype)
    cosine = xp.cos(angle)
    return xp.astype(xp.copysign(xp.ones_like(cosine), cosine), x.dtype)


def conjugate_flip(x):
    """Reverse every signal along all its axes and conjugate it."""
    xp = get_namespace(x)
    flipped = xp.flip(x, axis=tuple(range(1, x.ndim)))
    return xp.conj(flipped) if is_complex(x) else flipped


def unravel(index, sizes):
    """Positions in C order as one column of indices per axis."""
    xp = get_namespace(index)
    columns = []
    for size in reversed(sizes):
        columns.append(xp.remainder(index, size))
        index = index // size
    return xp.stack(columns[::-1], axis=1)


def flip_and_roll(x, shifts, flipped=None, out=None):
    """Flip some signals, then roll every one by its own shifts.

    Parameters
    ----------
    x : array of shape (n_samples, *signal_shape)
    shifts : integer array of shape (n_samples, n_axes)
        Of either sign; whole turns do not matter.
    flipped : bool array of shape (n_samples,), optional
        Which signals to reverse and conjugate before they are rolled.
    out : ndarray of shape (n_samples, *signal_shape), optional
        Where to put the result.

    Returns
    -------
    moved : array of shape (n_samples, *signal_shape)
        ``moved[i, p] = x[i, (p - shifts[i]) mod signal_shape]``.
    """
    if is_numpy(x):
        return _roll_numpy(x, shifts, flipped, out)
    xp = get_namespace(x)
    n_samples, *sizes = x.shape
    if flipped is not None:
        mask = xp.reshape(flipped, (-1,) + (1,) * len(sizes))
        x = xp.where(mask, conjugate_flip(x), x)
    for axis, size in enumerate(sizes):
        index = xp.arange(size, device=x.device)[None, :] - shifts[:, axis, None]
        shape = [n_samples] + [1] * len(sizes)
        shape[axis + 1] = size
        index = xp.reshape(xp.remainder(index, size), tuple(shape))
        x = xp.take_along_axis(x, index, axis=axis + 1)
    return x


def _roll_numpy(x, shifts, flipped, out):
    """A roll is a window of the periodic extension.

    Windows are copied whole, several times faster than single entries are gathered. The
    extension is as long as the shifts of the batch ask for.
    """
    n_samples, *sizes = x.shape
    out = np.empty(x.shape, x.dtype) if out is None else out
    starts, stops = [], []
    for axis, size in enumerate(sizes):
        shift = shifts[:, axis]
        low, high = int(shift.min()), int(shift.max())
        if high - low >= size or max(abs(low), abs(high)) >= size:
            # The representative in [0, size) keeps the extension short.
            shift = shift % size
            low, high = int(shift.min()), int(shift.max())
        before, after = max(high, 0), max(-low, 0)
        starts.append(before - shift)
        stops.append((before, size, after))
    if all(before == after == 0 for before, _, after in stops):
        out[...] = x
        if flipped is not None and flipped.any():
            out[flipped] = conjugate_flip(x[flipped])
        return out
    extended = np.empty([n_samples, *map(sum, stops)], x.dtype)
    inside = extended[
        (..., *(slice(before, before + size) for before, size, _ in stops))
    ]
    inside[...] = x
    if flipped is not None and flipped.any():
        inside[flipped] = conjugate_flip(x[flipped])
    # Axis by axis: what is copied is whole along the axes that are done.
    region = [slice(before, before + size) for before, size, _ in stops]
    for axis in reversed(range(len(sizes))):
        before, size, after = stops[axis]
        for target, source in [
            (slice(0, before), slice(size, size + before)),
            (slice(before + size, None), slice(before, before + after)),
        ]:
            here, there = [*region], [*region]
            here[axis], there[axis] = target, source
            extended[(slice(None), *here)] = extended[(slice(None), *there)]
        region[axis] = slice(None)
    windows = np.lib.stride_tricks.sliding_window_view(
        extended, sizes, axis=tuple(range(1, x.ndim))
    )
    out[...] = windows[(np.arange(n_samples), *starts)]
    return out


def spectrum(x, sizes=None):
    """Fourier transform over the signal axes (half of it for real signals)."""
    fft, axes = fft_namespace(x), tuple(range(1, x.ndim))
    transform = fft.fftn if is_complex(x) else fft.rfftn
    return transform(x, s=sizes, axes=axes)


def inverse_spectrum(product, sizes, *, real, windows=None):
    """Inverse transform, at the indices of each axis that a window lists.

    Each pass runs over what the passes before have kept. The first may overwrite the
    input: fresh memory costs about as much as the pass.
    """
    fft, xp = fft_namespace(product), get_namespace(product)
    first = product.ndim - len(sizes)
    for axis, size in enumerate(sizes, start=first):
        last = axis == product.ndim - 1
        if last and real:
            product = fft.irfft(product, n=size, axis=axis)
        elif is_numpy(product):
            product = fft.ifft(product, axis=axis, overwrite_x=True)
        else:
            product = fft.ifft(product, axis=axis)
        if windows is not None:
            product = xp.take(product, windows[axis - first], axis=axis)
    return product


def shift_products(x, reference):
    """``⟨reference, T_s x⟩`` for all circular shifts, ``(T_s x)(p) = x(p - s)``.

    Returns
    -------
    products : array of shape (n_samples, *signal_shape)
        In the order of the shifts from 0.
    """
    xp, sizes = get_namespace(x), tuple(x.shape[1:])
    lengths = tuple(map(_fast_length, sizes))
    # Σ_p w(p) conj x(p - s) has the transform W conj X (correlation theorem).
    product = spectrum(reference, lengths) * xp.conj(spectrum(x, lengths))
    products = inverse_spectrum(product, lengths, real=not is_complex(x))
    for axis, (size, length) in enumerate(zip(sizes, lengths, strict=True), start=1):
        if length > size:
            # Shifts s and s - size are one: the padded table holds both.
            axis_slice = (slice(None),) * axis
            up = products[(*axis_slice, slice(0, size))]
            down = products[(*axis_slice, slice(length - size + 1, length))]
            first = up[(*axis_slice, slice(0, 1))]
            rest = up[(*axis_slice, slice(1, None))] + down
            products = xp.concat([first, rest], axis=axis)
    return xp.conj(products) if is_complex(x) else products


def _fast_length(size):
    """A length that holds all shifts without wrapping, where `size` is slow."""
    if is_fast(size):
        return size
    return scipy.fft.next_fast_len(2 * size - 1, real=True)


def is_fast(size):
    """Whether the FFT has this size without a large prime factor."""
    for prime in (2, 3, 5, 7, 11, 13):
        while size % prime == 0:
            size //= prime
    return size == 1
