"""Elements of a batch, and columns of blocks."""

import numbers

import numpy as np

from sklearn_symbreak.utils._array_api import (
    asarray_like,
    get_namespace,
    is_complex,
    real_dtype,
    to_numpy,
)


def parts(element):
    """The arrays of an element."""
    return element if isinstance(element, tuple) else (element,)


def map_parts(function, element, *others):
    """The element that a function makes of every array (of several elements)."""
    if isinstance(element, tuple):
        return tuple(
            map_parts(function, *entries)
            for entries in zip(element, *others, strict=True)
        )
    return function(element, *others)


def rows(listed):
    """Elements of a list, one by one: of an array, or of a tuple of arrays."""
    return list(zip(*listed, strict=True)) if isinstance(listed, tuple) else listed


def repeated(element, x):
    """One element for all signals."""

    def repeat(part):
        copies = np.repeat(np.asarray(part)[None], x.shape[0], axis=0)
        return asarray_like(copies, x)

    return map_parts(repeat, element)


def choose(condition, chosen, otherwise):
    """Row by row, one element or the other."""

    def pick(new, old):
        mask = condition.reshape((-1,) + (1,) * (new.ndim - 1))
        return get_namespace(new).where(mask, new, old)

    return map_parts(pick, chosen, otherwise)


def total_parts(groups):
    """Number of arrays of a flat tuple of elements; None if a group does not know."""
    counts = [group._n_parts for group in groups]
    return None if None in counts else sum(max(count, 1) for count in counts)


def split(element, groups, what):
    """A flat tuple as one element per group.

    A number of arrays that a group does not know follows from the others.

    Raises
    ------
    ValueError
        If the element is no tuple, or of another length.
    """
    counts, total = [group._n_parts for group in groups], total_parts(groups)
    if total is None and isinstance(element, tuple):
        if counts.count(None) > 1:
            counts = [
                _drawn_parts(group) if count is None else count
                for group, count in zip(groups, counts, strict=True)
            ]
        known = sum(max(count, 1) for count in counts if count is not None)
        left, unknown = len(element) - known, counts.count(None)
        # One array each, or else all to the only one.
        share = left if unknown == 1 and left > 1 else 0
        counts = [share if count is None else count for count in counts]
        total = sum(max(count, 1) for count in counts)
    check_tuple(element, total, what)
    found, start = [], 0
    for count in counts:
        stop = start + max(count, 1)
        found.append(element[start:stop] if count else element[start])
        start = stop
    return found


def _drawn_parts(group):
    """Number of arrays of an element that a group draws for its examples, or None."""
    try:
        element = group.sample(group.example_signals(1, random_state=0), 0)
    except Exception:
        # Its signals have a shape that only their owner knows.
        return None
    return len(element) if isinstance(element, tuple) else 0


def join(elements):
    """Several elements as one flat tuple."""
    return tuple(part for element in elements for part in parts(element))


def check_tuple(element, n_parts, what):
    """Raise a ValueError unless the element is a tuple of so many arrays."""
    if not isinstance(element, tuple) or len(element) != n_parts:
        found = f"{len(element)} entries" if isinstance(element, tuple) else None
        wanted = "" if n_parts is None else f" of {n_parts} entries"
        raise ValueError(
            f"element must be a tuple{wanted}, {what}, got "
            f"{found or type(element).__name__}."
        )


def as_rows(element, x, shape, what):
    """An element as an array of the library of `x`, one row of `shape` per sample.

    Raises
    ------
    ValueError
        If it has another shape, is complex, or is no array of numbers.
    """
    if type(element) is not type(x) or type(x) is np.ndarray:
        element = to_numpy(element) if hasattr(element, "dtype") else element
        try:
            element = np.asarray(element)
        except ValueError:
            element = np.asarray(None)
        if element.dtype.kind not in "biuf":
            raise ValueError(
                f"element must hold {what}, got {type(element).__name__} of dtype "
                f"{element.dtype}."
            )
        element = asarray_like(element, x)
    if is_complex(element):
        raise ValueError(f"element must hold {what}, got dtype {element.dtype}.")
    if tuple(element.shape) != (x.shape[0], *shape):
        raise ValueError(
            f"element must hold {what}, shape {(x.shape[0], *shape)}, got shape "
            f"{tuple(element.shape)}."
        )
    return element


def first_row(legal, element):
    """The first row that is not legal, and what it holds, for an error message."""
    row = int(np.argmin(to_numpy(legal)))
    return row, to_numpy(element[row, ...]).tolist()


def check_shifts(element, x):
    """Integer shifts of shape (n_samples, n_axes), in the library of `x`."""
    xp = get_namespace(x)
    n_axes = x.ndim - 1
    if n_axes == 1 and len(np.shape(element)) == 1:
        element = element[:, None] if hasattr(element, "dtype") else np.c_[element]
    shifts = as_rows(element, x, (n_axes,), "one integer shift per sample and axis")
    if not xp.isdtype(shifts.dtype, "integral"):
        raise ValueError(f"element must hold integers, got dtype {shifts.dtype}.")
    return xp.astype(shifts, xp.int64, copy=False)


def check_signs(element, x):
    """Signs as an array of the library and precision of `x`, one per sample."""
    xp = get_namespace(x)
    signs = as_rows(element, x, (), "one sign per sample")
    legal = (signs == 1) | (signs == -1)
    if not bool(xp.all(legal)):
        found = signs[~legal][0]
        raise ValueError(f"element must hold signs, 1 or -1, got {found}.")
    return xp.astype(signs, real_dtype(x))


def check_angles(element, x):
    """Angles in radians, one per sample: 0 or π for real signals."""
    xp = get_namespace(x)
    angles = as_rows(element, x, (), "one angle per sample")
    if xp.isdtype(angles.dtype, ("integral", "bool")):
        angles = xp.astype(angles, real_dtype(x))
    if not bool(xp.all(xp.isfinite(angles))):
        raise ValueError("element must hold finite angles, got NaN or infinity.")
    if not is_complex(x):
        sine = xp.abs(xp.sin(angles))
        if bool(xp.any(sine > 1e-3)):
            raise ValueError(
                "element must hold the angles 0 or pi for real signals, got "
                f"{float(angles[int(xp.argmax(sine))])}."
            )
    return angles


def column_indices(columns, n_columns, number):
    """Columns as an array of indices from 0."""
    if isinstance(columns, slice):
        ends = [end for end in (columns.start, columns.stop) if end is not None]
        step = 1 if columns.step is None else columns.step
        if step == 0 or not all(isinstance(n, numbers.Integral) for n in (*ends, step)):
            raise ValueError(
                f"columns of blocks[{number}] must be a slice of integers with a step "
                f"that is not zero, got {columns!r}."
            )
        place = np.arange(n_columns)[columns]
        outside = any(abs(end) > n_columns for end in ends)
    else:
        try:
            place = np.asarray(columns)
        except ValueError:
            place = np.empty(0)
        if place.size and (place.dtype.kind not in "iu" or place.ndim == 0):
            raise ValueError(
                f"columns of blocks[{number}] must be a slice or an array of integers, "
                f"got {columns!r}."
            )
        place = place if place.size else place.astype(int)
        outside = bool(((place >= n_columns) | (place < -n_columns)).any())
        place = place % n_columns if not outside else place
    if outside or not place.size:
        raise ValueError(
            f"columns of blocks[{number}] must lie in the row of {n_columns} columns "
            f"and not be empty, got {columns!r}."
        )
    return place
