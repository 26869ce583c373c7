"""Where the content of a signal lies in its dark canvas, and where it belongs.

Content is what exceeds a threshold, relative to the largest modulus of the signal: the
background of real images is faint, and hardly ever zero.
"""

import numbers

from sklearn_symbreak.groups._products import as_real, flat, rounding
from sklearn_symbreak.groups._shifts import conjugate_flip, flip_and_roll
from sklearn_symbreak.utils._array_api import (
    get_namespace,
    is_complex,
    squared_norm,
)


def check_threshold(threshold):
    """The threshold as a float, or a ValueError."""
    real = isinstance(threshold, numbers.Real) and not isinstance(threshold, bool)
    if not real or not 0 <= threshold < 1:
        raise ValueError(
            f"threshold must be a number of at least 0 and below 1, got {threshold!r}."
        )
    return float(threshold)


def content_mask(x, threshold):
    """Which entries are content."""
    xp = get_namespace(x)
    if threshold == 0:
        return x != 0
    # Squares are cheap; the callers' signals are of moderate size.
    size = xp.real(x) ** 2 + xp.imag(x) ** 2 if is_complex(x) else xp.abs(x)
    largest = xp.max(flat(size), axis=1)
    level = largest * (threshold**2 if is_complex(x) else threshold)
    return size > xp.reshape(level, (-1,) + (1,) * (x.ndim - 1))


def content_box(x, threshold):
    """First and last index of the content of each signal, along every axis.

    Parameters
    ----------
    x : array of shape (n_samples, *signal_shape)
        Of moderate size.
    threshold : float
        Relative to the largest modulus of each signal.

    Returns
    -------
    first, last : integer arrays of shape (n_samples, n_axes)
        The whole canvas for blank signals.
    """
    xp = get_namespace(x)
    content = content_mask(x, threshold)
    first, last = [], []
    for profile in _profiles(content):
        profile = xp.astype(profile, xp.int8)
        first.append(xp.argmax(profile, axis=1))
        last.append(profile.shape[1] - 1 - xp.argmax(xp.flip(profile, axis=1), axis=1))
    first, last = xp.stack(first, axis=1), xp.stack(last, axis=1)
    blank = xp.max(profile, axis=1) == 0
    sizes = xp.asarray(x.shape[1:], dtype=last.dtype, device=x.device)
    return first, xp.where(blank[:, None], (sizes - 1)[None, :], last)


def _profiles(content):
    """For every axis, at which of its indices there is content."""
    xp = get_namespace(content)
    if content.ndim == 3:
        # Counting by products takes a third of the time that xp.any takes.
        counts = xp.astype(content, xp.float32)
        ones = xp.ones(max(content.shape), dtype=xp.float32, device=content.device)
        height, width = content.shape[1:]
        return [(counts @ ones[:width]) > 0, (ones[:height] @ counts) > 0]
    profiles = []
    for axis in range(1, content.ndim):
        others = tuple(other for other in range(1, content.ndim) if other != axis)
        profiles.append(xp.any(content, axis=others) if others else content)
    return profiles


def centering_shift(x, threshold):
    """Shifts that bring the bounding box of the content to the canvas centre.

    Where an odd number of free pixels leaves two positions, the content's centre of
    mass decides, so that it comes closer to the canvas centre; where that is balanced,
    the content is compared with its own flip: entry by entry in modulus, then by the
    products of entries, which no global phase changes; and then with the background.
    All change sign under a flip, so that centring commutes with it: a signal and its
    flip get centred signals that are each other's flips.

    Parameters
    ----------
    x : array of shape (n_samples, *signal_shape)
        Of moderate size.
    threshold : float
        Relative to the largest modulus of each signal.

    Returns
    -------
    shift : integer array of shape (n_samples, n_axes)
    """
    xp = get_namespace(x)
    first, last = content_box(x, threshold)
    sizes = xp.asarray(x.shape[1:], dtype=first.dtype, device=x.device)
    free = sizes[None, :] - (last - first + 1)
    start = free // 2
    odd = xp.remainder(free, 2) == 1
    if not bool(xp.any(odd)):
        return start - first
    content = xp.where(content_mask(x, threshold), x, xp.zeros_like(x))
    weight = xp.abs(content)
    leans = xp.stack(
        [
            _lean(weight, axis + 1, (first + last)[:, axis], rounding(x))
            for axis in range(x.ndim - 1)
        ],
        axis=1,
    )
    undecided = xp.any(odd & (leans == 0), axis=1)
    if bool(xp.any(undecided)):
        rows = xp.nonzero(undecided)[0]
        order = _compare_with_flip(
            content[rows, ...], first[rows, :], last[rows, :], rounding(x)
        )
        # Beside content that equals its flip, the faint background tells them apart.
        equal = xp.nonzero(order == 0)[0]
        rest = rows[equal]
        if rest.shape[0]:
            order[equal] = _compare_with_flip(
                x[rest, ...], first[rest, :], last[rest, :], rounding(x)
            )
        leans[rows, :] = xp.where(leans[rows, :] == 0, order[:, None], leans[rows, :])
    return start - first + xp.astype(odd & (leans < 0), start.dtype)


def _lean(weight, axis, twice_middle, tolerance):
    """Sign of the first moment about the box's middle; 0 at rounding level."""
    xp = get_namespace(weight)
    others = tuple(other for other in range(1, weight.ndim) if other != axis)
    profile = xp.sum(weight, axis=others) if others else weight
    position = xp.arange(profile.shape[1], device=weight.device)
    offset = xp.astype(2 * position[None, :] - twice_middle[:, None], profile.dtype)
    moment = xp.sum(offset * profile, axis=1)
    scale = xp.sum(xp.abs(offset) * profile, axis=1)
    return xp.where(xp.abs(moment) <= tolerance * scale, 0 * moment, xp.sign(moment))


def _compare_with_flip(content, first, last, tolerance):
    """Sign of the first difference between the content and its flip.

    Zero if the two are equal up to a global phase.
    """
    xp = get_namespace(content)
    end = xp.asarray(content.shape[1:], dtype=first.dtype, device=content.device) - 1
    both = [
        flat(flip_and_roll(signal, shift))
        for signal, shift in (
            (content, -first),
            (conjugate_flip(content), last - end[None, :]),
        )
    ]
    size = xp.max(xp.abs(both[0]), axis=1, keepdims=True)
    order = _first_sign(xp.abs(both[0]) - xp.abs(both[1]), tolerance * size)
    overlap = xp.abs(xp.sum(both[0] * xp.conj(both[1]), axis=1))
    symmetric = overlap >= (1 - tolerance) * squared_norm(content)
    for lag in range(1, both[0].shape[1]):
        open_rows = xp.nonzero((order == 0) & ~symmetric)[0]
        if open_rows.shape[0] == 0:
            break
        products = [
            image[open_rows, :-lag] * xp.conj(image[open_rows, lag:]) for image in both
        ]
        difference = products[0] - products[1]
        if is_complex(difference):
            difference = as_real(difference)
        found = _first_sign(difference, tolerance * size[open_rows, :] ** 2)
        order[open_rows] = found
    return order


def _first_sign(difference, tolerance):
    """Sign of the first entry of each row that is not rounding error; 0 if none."""
    xp = get_namespace(difference)
    different = xp.abs(difference) > tolerance
    index = xp.argmax(xp.astype(different, xp.int8), axis=1)[:, None]
    kept = xp.where(different, difference, 0 * difference)
    return xp.sign(xp.take_along_axis(kept, index, axis=1)[:, 0])
