"""Invariants that determine an orbit, and signals that have them.

An embedding is constant on orbits, tells them apart, and is continuous everywhere: a
regressor that learns it meets no seam. Off-diagonal entries of matrices, of which one
stands for two, are multiplied by √2, so that distances are those of the matrices.
"""

import math

import numpy as np

from sklearn_symbreak.utils._array_api import (
    asarray_like,
    constant,
    double,
    get_namespace,
    is_complex,
    is_numpy,
    real_dtype,
)


def has_embedding(group, x):
    """Whether a group has an embedding of such signals."""
    try:
        group.embed(x[:1, ...])
    except NotImplementedError:
        return False
    return True


def scale_of(x):
    """Root mean square of all entries, a number; 1 if they are zero."""
    x = double(constant(x))
    size = float(abs(x).max()) if math.prod(x.shape) else 0.0
    if not size > 0:
        return 1.0
    # Squares of the quotients neither overflow nor vanish together.
    mean = float((abs(x / size) ** 2).mean()) ** 0.5
    return size * mean


def one_scale(group, x, powers):
    """The scale of `powers`, for all entries of a signal and all invariants."""
    scale, n_invariants = scale_of(powers), group.embed(0 * x[:1, ...]).shape[1]
    return np.full(x.shape[1:], scale), np.full(n_invariants, scale)


def pack_matrix(matrix, *, hermitian=False):
    """Rows of the entries of symmetric or Hermitian matrices, all real.

    The diagonal, then the upper triangle times √2; of complex matrices first the real
    and then the imaginary parts, without those of the diagonal if Hermitian.
    """
    xp, n = get_namespace(matrix), matrix.shape[1]
    above = np.triu_indices(n, 1)
    diagonal = xp.stack([matrix[:, k, k] for k in range(n)], axis=1)
    upper = math.sqrt(2) * matrix[:, above[0], above[1]]
    packed = xp.concat([diagonal, upper], axis=1)
    if not is_complex(matrix):
        return packed
    imaginary = xp.imag(upper if hermitian else packed)
    return xp.concat([xp.real(packed), imaginary], axis=1)


def unpack_matrix(z, n, *, hermitian=False):
    """The matrices of size n that were packed."""
    xp, half = get_namespace(z), n * (n + 1) // 2
    above = np.triu_indices(n, 1)
    place, weight = np.diag(np.arange(n)), np.full((n, n), math.sqrt(0.5))
    place[above] = place.T[above] = np.arange(n, half)
    np.fill_diagonal(weight, 1)
    order, weight = (
        asarray_like(place.ravel(), z),
        asarray_like(weight.ravel(), z, z.dtype),
    )

    def square(part):
        return xp.reshape(part[:, order] * weight, (-1, n, n))

    if z.shape[1] == half:
        return square(z)
    if not hermitian:
        return square(z[:, :half]) + 1j * square(z[:, half:])
    sign = asarray_like(np.triu(np.ones((n, n)), 1), z, z.dtype)
    imaginary = square(xp.concat([0 * z[:, :n], z[:, half:]], axis=1))
    return square(z[:, :half]) + 1j * imaginary * (sign - sign.T)


def embed_up_to_sign(x):
    """``x xᵀ`` of flat signals."""
    return pack_matrix(x[:, :, None] * x[:, None, :])


def restore_up_to_sign(z, *, complex_valued=False):
    """Signals whose ``x xᵀ`` is nearest to what is packed."""
    columns = z.shape[1] // 2 if complex_valued else z.shape[1]
    matrix = unpack_matrix(z, _size(columns))
    if not is_complex(matrix):
        return _leading(matrix)
    # The leading singular vector; x xᵀ fixes its phase but for the sign.
    xp = get_namespace(z)
    left, values, _ = xp.linalg.svd(matrix)
    vector = left[:, :, 0]
    opposite = xp.conj(vector)
    image = xp.matmul(matrix, opposite[:, :, None])[:, :, 0]
    twist = xp.sum(opposite * image, axis=1)
    angle = xp.atan2(xp.imag(twist), xp.real(twist)) / 2
    turn = xp.cos(angle) + 1j * xp.sin(angle)
    return vector * (turn * xp.sqrt(values[:, 0]))[:, None]


def embed_up_to_phase(x):
    """``x xᴴ`` of flat signals; of real ones this is `embed_up_to_sign`."""
    conjugate = get_namespace(x).conj(x) if is_complex(x) else x
    return pack_matrix(x[:, :, None] * conjugate[:, None, :], hermitian=True)


def restore_up_to_phase(z, *, complex_valued=True):
    """Signals whose ``x xᴴ`` is nearest to what is packed."""
    n = math.isqrt(z.shape[1]) if complex_valued else _size(z.shape[1])
    if complex_valued and n**2 != z.shape[1]:
        raise ValueError(f"z must hold all invariants, n² columns, got {z.shape[1]}.")
    found = _leading(unpack_matrix(z, n, hermitian=True))
    # One entry has no imaginary part to tell.
    return found + 0j if complex_valued and not is_complex(found) else found


def embed_up_to_rotation(points):
    """Gram matrix of the points, up to rotations and reflections about the origin."""
    xp = get_namespace(points)
    return pack_matrix(xp.matmul(points, xp.matrix_transpose(points)))


def restore_up_to_rotation(z, n_dimensions):
    """Points whose Gram matrix is nearest to what is packed."""
    xp = get_namespace(z)
    gram = unpack_matrix(z, _size(z.shape[1]))
    values, vectors = xp.linalg.eigh(gram)
    kept = min(n_dimensions, gram.shape[1])
    size = xp.sqrt(xp.clip(values[:, -kept:], 0, None))
    points = vectors[:, :, -kept:] * size[:, None, :]
    if kept == n_dimensions:
        return points
    missing = (*points.shape[:2], n_dimensions - kept)
    return xp.concat(
        [points, asarray_like(np.zeros(missing), points, points.dtype)], axis=2
    )


def embed_up_to_turns(x, order):
    """``|x| (x / |x|)^order`` of complex numbers, up to turns by ``2 π / order``."""
    xp = get_namespace(x)
    size, angle = xp.abs(x), order * xp.atan2(xp.imag(x), xp.real(x))
    return xp.stack([size * xp.cos(angle), size * xp.sin(angle)], axis=1)


def restore_up_to_turns(z, order):
    """The complex numbers of these powers."""
    xp = get_namespace(z)
    size = xp.sqrt(z[:, 0] ** 2 + z[:, 1] ** 2)
    angle = xp.atan2(z[:, 1], z[:, 0]) / order
    return size * (xp.cos(angle) + 1j * xp.sin(angle))


def embed_up_to_order(x):
    """Mean of the entries, and coefficients of a polynomial, real.

    Of the monic polynomial whose roots are the entries less their mean: far from zero
    its coefficients would lose the roots' digits.
    """
    xp = get_namespace(x)
    mean = xp.mean(x, axis=1, keepdims=True)
    x = x - mean
    coefficients = xp.ones_like(x[:, :1])
    for k in range(x.shape[1]):
        zero = 0 * coefficients[:, :1]
        coefficients = xp.concat([coefficients, zero], axis=1) - xp.concat(
            [zero, coefficients * x[:, k : k + 1]], axis=1
        )
    # The first coefficient of centred roots is zero.
    coefficients = xp.concat([mean, coefficients[:, 2:]], axis=1)
    if not is_complex(x):
        return coefficients
    return xp.concat([xp.real(coefficients), xp.imag(coefficients)], axis=1)


def restore_up_to_order(z, *, complex_valued=False):
    """Entries of this mean and polynomial; real parts if real."""
    xp = get_namespace(z)
    if complex_valued:
        n = z.shape[1] // 2
        z = z[:, :n] + 1j * z[:, n:]
    n, mean = z.shape[1], z[:, :1]
    z = xp.concat([0 * mean, z[:, 1:]], axis=1)
    shift = asarray_like(np.eye(n, k=-1), z, z.dtype)
    zeros = asarray_like(np.zeros((z.shape[0], n - 1, n)), z, z.dtype)
    companion = xp.concat([-z[:, None, :], zeros], axis=1)
    eigvals = np.linalg.eigvals if is_numpy(z) else xp.linalg.eigvals
    roots = eigvals(companion + shift)
    return mean + (roots if complex_valued else xp.real(roots))


def _size(n_entries):
    """Size of a triangle, with its diagonal, of so many entries."""
    size = math.isqrt(2 * n_entries)
    if size * (size + 1) != 2 * n_entries:
        raise ValueError(
            f"z must hold all invariants, n (n + 1) / 2 columns, got {n_entries}."
        )
    return size


def _leading(matrix):
    """Leading eigenvectors of Hermitian matrices, times the root of their values."""
    xp = get_namespace(matrix)
    values, vectors = xp.linalg.eigh(matrix)
    size = xp.sqrt(xp.clip(values[:, -1], 0, None))
    size = xp.astype(size, real_dtype(matrix))
    return vectors[:, :, -1] * size[:, None]
