"""Best rotations of point sets, from the singular values of the cross-covariance."""

import numpy as np

from sklearn_symbreak.groups._products import (
    entry_rounding,
    is_single,
    norm_product,
    rounding,
    select_rows,
)
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    constant,
    double,
    get_namespace,
    squared_norm,
)


def factorize(covariance, reflections):
    """Factors U, signed values and V* of cross-covariances.

    ``U V*`` is the rotation that fits best. Without reflections its determinant is 1,
    and the sign that this takes goes to the smallest value.
    """
    xp = get_namespace(covariance)
    left, values, right = xp.linalg.svd(covariance, full_matrices=False)
    if not reflections:
        sign = xp.sign(xp.linalg.det(left) * xp.linalg.det(right))
        smallest = (sign * values[:, -1])[:, None]
        values = xp.concat([values[:, :-1], smallest], axis=1)
        last = left[:, :, -1:] * sign[:, None, None]
        left = xp.concat([left[:, :, :-1], last], axis=2)
    return left, values, right


def cross_covariance(x, reference):
    """``Σ_k w_k x_kᵀ`` of every point set and its reference."""
    xp = get_namespace(x)
    return xp.matmul(xp.matrix_transpose(reference), x)


def extents(x):
    """Singular values of point sets, largest first: to half of the digits at least."""
    xp, x = get_namespace(x), constant(x)
    transposed = xp.matrix_transpose(x)
    squares = xp.flip(xp.linalg.eigvalsh(xp.matmul(transposed, x)), axis=1)
    values = xp.sqrt(xp.clip(squares, 0, None))[:, : x.shape[1]]
    # Squares lose what is small beside others, as flat sets have it.
    flat = values[:, -1] <= 1e-3 * values[:, 0]
    if bool(xp.any(flat)):
        index = xp.nonzero(flat)[0]
        values[index, ...] = xp.linalg.svdvals(x[index, ...])
    return values


def rotate(matrices, x, out=None):
    """Every point times the matrix of its set."""
    xp = get_namespace(x)
    matrices = xp.matrix_transpose(xp.astype(matrices, x.dtype, copy=False))
    return xp.matmul(x, matrices) if out is None else np.matmul(x, matrices, out=out)


def generic_points(x):
    """A fixed point set without symmetry, the last reference: one rotation wins."""
    grid = np.arange(1, 1 + x.shape[1] * x.shape[2], dtype=float)
    return asarray_like(np.cos(grid**1.5).reshape(1, *x.shape[1:]), x, x.dtype)


def clearance(values, reflections):
    """How far the best rotation is from being one of many.

    With singular values ``s_1 ≥ … ≥ s_d``, and the determinant's sign on the last, it
    is unique unless ``s_(d-1) + s_d = 0`` (with reflections, unless ``s_d = 0``).
    """
    xp = get_namespace(values)
    if reflections:
        return xp.abs(values[:, -1])
    if values.shape[1] == 1:
        # The trivial group: there is nothing to tie with.
        return xp.full_like(values[:, 0], xp.inf)
    return values[:, -2] + values[:, -1]


def best_rotations(x, references, floor, reflections, settle):
    """The best rotation for every point set, by the references in order."""
    xp = get_namespace(x)
    left, values, right = factorize(cross_covariance(x, references[0]), reflections)
    matrices = xp.matmul(left, right)
    clear = clearance(values, reflections)
    doubtful = xp.nonzero(clear <= floor)[0]
    if doubtful.shape[0]:
        some, later = x[doubtful, ...], select_rows(references, doubtful)
        limit = rounding(x) * norm_product(some, later[0])
        if is_single(x):
            # What tells rotations apart may stand beside a large offset.
            limit = entry_rounding(some, later[0])
            covariance = cross_covariance(double(some), double(later[0]))
            left, values, right = factorize(covariance, reflections)
            clear = clearance(values, reflections)
            matrices[doubtful, ...] = xp.astype(xp.matmul(left, right), x.dtype)
        else:
            clear = clear[doubtful]
        tied = (clear <= limit) & (squared_norm(some) > 0)
        if settle and bool(xp.any(tied)):
            index = xp.nonzero(tied)[0]
            matrices[doubtful[index], ...] = _settle_ties(
                some[index, ...], select_rows(later, index), reflections
            )
    return matrices


def rotation_gap(x, reference, reflections, measured):
    """Gap to the second best image, in which only directions of the points count.

    A turn that mixes two directions leaves ``s_i + s_j`` of the wave that it makes, and
    a mirror image loses ``2 s_i``. Points that span r directions, fewer than there are,
    turn into one that is free, which leaves ``s_r``. About a centre they still carry
    the rounding of the points as they were `measured`.
    """
    xp = get_namespace(x)
    floor = rounding(measured) * xp.sqrt(squared_norm(double(measured)))
    _, values, _ = factorize(cross_covariance(x, reference), reflections)
    rank = xp.count_nonzero(extents(x) > floor[:, None], axis=1)
    place = xp.clip(rank - 1, 0, None)[:, None]
    last = xp.abs(xp.take_along_axis(values, place, axis=1)[:, 0])
    clear = clearance(values, False)
    if reflections:
        clear = xp.minimum(clear, 2 * last)
    return xp.where((rank == x.shape[2]) | xp.isinf(clear), clear, last)


def _settle_ties(x, references, reflections):
    """The best rotations where the first reference leaves a choice."""
    xp, dtype, precision = get_namespace(x), x.dtype, rounding(x)
    # Ties are those of the signals' own precision.
    x = xp.astype(x, xp.float64)
    references = [xp.astype(reference, xp.float64) for reference in references]
    references.append(generic_points(x))
    eye = asarray_like(np.eye(x.shape[2]), x, x.dtype)
    # Maps the directions that are settled, and no others.
    settled = xp.zeros_like(eye) * x[:, :1, :1]
    circular = xp.zeros_like(x[:, 0, 0], dtype=xp.bool)
    for reference in references:
        transposed = xp.matrix_transpose(settled)
        covariance = cross_covariance(x, reference)
        covariance = xp.matmul(eye - xp.matmul(settled, transposed), covariance)
        covariance = xp.matmul(covariance, eye - xp.matmul(transposed, settled))
        # A settled sample stays so: no other direction sees more than the norms.
        size = norm_product(x, reference)
        size = xp.where(size > 0, size, xp.ones_like(size))
        left, values, right = factorize(
            covariance + 2 * size[:, None, None] * settled, reflections
        )
        clear = xp.abs(values) > precision * size[:, None]
        # Equal values of which one has the wrong sign: a circle of rotations ties.
        circle = clear[:, -1] & (clearance(values, reflections) <= precision * size)
        circular = circular | circle
        settled = xp.matmul(
            xp.where(clear[:, None, :], left, xp.zeros_like(left)), right
        )
    united = cross_covariance(x, _unite(references))
    left_united, _, right_united = factorize(united, reflections)
    united = xp.matmul(left_united, right_united)
    best = xp.where(circular[:, None, None], united, xp.matmul(left, right))
    return xp.astype(best, dtype)


def _unite(references):
    """One reference whose later parts turn little but what the earlier leave."""
    united, weight = 0.0, 1.0
    for reference in references:
        norm = get_namespace(reference).max(squared_norm(reference)) ** 0.5
        united = united + weight * reference / (norm if norm > 0 else 1.0)
        weight *= 1e-4
    return united
