"""Turns of point sets in space about one axis, in closed form.

With unit vector u, the turn by θ is ``u uᵀ + cos θ (1 - u uᵀ) + sin θ [u]``, where
``[u] v = u × v`` (Rodrigues' formula), so that its correlation with a reference is a
constant and ``a cos θ + b sin θ``: the best θ is the angle of ``a + i b``. The mirror
images are in planes that hold the axis, and compose a turn with a fixed mirror.
"""

import numpy as np

from sklearn_symbreak.groups._kabsch import cross_covariance, extents, rotate
from sklearn_symbreak.groups._products import (
    norm_product,
    prefers,
    rounding,
    select_rows,
)
from sklearn_symbreak.utils._array_api import asarray_like, get_namespace, squared_norm


def check_axis(axis):
    """The axis as a unit vector, or a ValueError."""
    try:
        vector = np.asarray(axis, dtype=float)
    except (TypeError, ValueError):
        vector = np.empty(0)
    if vector.shape != (3,) or not np.isfinite(vector).all() or not vector.any():
        raise ValueError(
            "axis must be None or three finite numbers that are not all zero, got "
            f"{axis!r}."
        )
    vector = vector / np.abs(vector).max()
    return vector / np.linalg.norm(vector)


def basis(axis, reflections):
    """Constant part, and matrices of cosine and sine, of turns and mirror images.

    Returns
    -------
    fixed : ndarray of shape (3, 3)
    waves : list of pairs of ndarrays of shape (3, 3)
        One for the turns; with reflections, one more for the mirror images.
    """
    u = check_axis(axis)
    fixed = np.outer(u, u)
    cross = np.array([[0, -u[2], u[1]], [u[2], 0, -u[0]], [-u[1], u[0], 0]])
    waves = [(np.eye(3) - fixed, cross)]
    if reflections:
        # A fixed mirror whose plane holds the axis.
        v = frame(axis)[0]
        mirror = np.eye(3) - 2 * np.outer(v, v)
        waves.append((waves[0][0] @ mirror, cross @ mirror))
    return fixed, waves


def frame(axis):
    """Orthonormal vectors, in rows: two across the axis, and the axis."""
    u = check_axis(axis)
    v = np.cross(u, np.eye(3)[np.argmin(np.abs(u))])
    v /= np.linalg.norm(v)
    return np.stack([v, np.cross(u, v), u])


def turns(axis, angle, mirrored=None):
    """Matrices of turns by angles in radians, of mirror images where asked."""
    fixed, waves = basis(axis, mirrored is not None)
    cosine, sine = (f(angle)[:, None, None] for f in (np.cos, np.sin))
    found = [fixed + cosine * c + sine * s for c, s in waves]
    if mirrored is None:
        return found[0]
    return np.where(mirrored[:, None, None], found[1], found[0])


def _coefficients(x, reference, wave):
    """``a`` and ``b`` of every point set."""
    xp, covariance = get_namespace(x), cross_covariance(x, reference)
    return [
        xp.sum(covariance * asarray_like(part, x, x.dtype), axis=(1, 2))
        for part in wave
    ]


def best_turns(x, references, axis, reflections):
    """The best element for every point set, by the references in order."""
    xp = get_namespace(x)
    fixed, waves = basis(axis, reflections)
    fixed = asarray_like(fixed, x, x.dtype)
    floor = rounding(x) * norm_product(x, references[0])
    matrices = height = None
    for wave in waves:
        a, b = _coefficients(x, references[0], wave)
        found_height = xp.hypot(a, b)
        # Where nothing tells the angles apart, it is 0.
        free = found_height == 0
        unit = xp.where(free, xp.ones_like(a), found_height)
        cosine = xp.where(free, xp.ones_like(a), a / unit)[:, None, None]
        sine = (b / unit)[:, None, None]
        cosine_part, sine_part = (asarray_like(part, x, x.dtype) for part in wave)
        found = fixed + cosine * cosine_part + sine * sine_part
        if matrices is None:
            matrices, height = found, found_height
            continue
        even = xp.abs(found_height - height) <= floor
        later = prefers(rotate(found, x), rotate(matrices, x), references[1:])
        better = xp.where(even, later, found_height > height)
        matrices = xp.where(better[:, None, None], found, matrices)
        height = xp.maximum(height, found_height)
    tied = (height <= floor) & (squared_norm(x) > 0)
    if bool(xp.any(tied)) and len(references) > 1:
        index = xp.nonzero(tied)[0]
        later = select_rows(references[1:], index)
        matrices[index, ...] = best_turns(x[index, ...], later, axis, reflections)
    return matrices


def turn_gap(x, reference, axis, reflections):
    """Loss of the next best element: of the whole circle, or of the mirror images."""
    xp = get_namespace(x)
    _, waves = basis(axis, reflections)
    across = xp.matmul(x, asarray_like(waves[0][0], x, x.dtype))
    extent = extents(across)
    floor = rounding(x) * xp.sqrt(squared_norm(x))
    heights = [xp.hypot(*_coefficients(x, reference, wave)) for wave in waves]
    gap = heights[0]
    if reflections:
        larger, smaller = xp.maximum(*heights), xp.minimum(*heights)
        gap = xp.minimum(larger, larger - smaller)
        if extent.shape[1] > 1:
            # Mirror images of points in one plane with the axis are turns of them.
            gap = xp.where(extent[:, 1] <= floor, larger, gap)
        else:
            gap = larger
    # Points on the axis stay.
    return xp.where(extent[:, 0] <= floor, xp.full_like(gap, xp.inf), gap)
