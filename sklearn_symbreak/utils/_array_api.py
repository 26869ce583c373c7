"""One code for numpy arrays and torch tensors: namespaces, transforms, random draws."""

import numpy as np
import scipy.fft
from array_api_compat import array_namespace, device, to_device

_NUMPY = array_namespace(np.empty(0))
BLAS_PIECE = 8192


def get_namespace(*arrays):
    """Array-API namespace of the arrays; numpy's for anything that is not an array."""
    # Kernels ask for every chunk: the common case must cost nothing.
    for array in arrays:
        if type(array) is not np.ndarray:
            break
    else:
        return _NUMPY
    arrays = [a for a in arrays if hasattr(a, "dtype") and hasattr(a, "shape")]
    return array_namespace(*arrays) if arrays else _NUMPY


def is_numpy(x):
    """Whether `x` is a numpy array."""
    return get_namespace(x) is _NUMPY


def fft_namespace(x):
    """FFT functions for `x`: scipy's on numpy arrays, its own library's elsewhere.

    scipy.fft keeps single precision on every numpy version and takes real input
    over several axes in one call.
    """
    return scipy.fft if is_numpy(x) else get_namespace(x).fft


def to_numpy(x):
    """A numpy array with the values of `x`."""
    if is_numpy(x):
        return np.asarray(x)
    # A tensor that requires a gradient has to be detached first.
    x = x.detach() if hasattr(x, "detach") else x
    return np.asarray(to_device(x, "cpu"))


def like(values, x, dtype=None):
    """`values` (numpy) as an array of the library, and on the device, of `x`."""
    xp = get_namespace(x)
    return xp.asarray(values, dtype=dtype, device=device(x))


def is_complex(x):
    """Whether the array has a complex dtype."""
    return get_namespace(x).isdtype(x.dtype, "complex floating")


def real_dtype(x):
    """The real floating dtype with the precision of `x`."""
    xp = get_namespace(x)
    return xp.float32 if x.dtype in (xp.float32, xp.complex64) else xp.float64


def double(x, *others):
    """The array in double precision, complex if it or one of the others is."""
    xp = get_namespace(x)
    complex_valued = any(map(is_complex, (x, *others)))
    return xp.astype(x, xp.complex128 if complex_valued else xp.float64, copy=False)


def squared_norm(x):
    """Squared Euclidean norm of every signal: shape (n_samples,), real."""
    xp = get_namespace(x)
    flat = xp.reshape(x, (x.shape[0], -1))
    norm2 = xp.vecdot(flat, flat)
    return xp.real(norm2) if is_complex(x) else norm2


def expand(per_sample, x):
    """Reshape (n_samples,) so that it broadcasts against a batch of signals `x`."""
    return get_namespace(x).reshape(per_sample, (-1,) + (1,) * (x.ndim - 1))


def squares_are_normal(x):
    """Whether the squared norm of no signal overflows or vanishes.

    Squares of numbers whose squared norm is subnormal have lost digits. Zero signals
    are normal.
    """
    xp = get_namespace(x)
    limits = xp.finfo(real_dtype(x))
    with np.errstate(over="ignore", invalid="ignore"):
        norm2 = squared_norm(x)
    floor = limits.smallest_normal / limits.eps
    if bool(xp.all((norm2 >= floor) & xp.isfinite(norm2))):
        return True
    small = norm2 < floor
    return bool(xp.all(xp.isfinite(norm2))) and not bool(xp.any(x[small, ...] != 0))


def magnitude(x):
    """Power of two near the largest modulus of every signal; 1 for zero signals."""
    xp = get_namespace(x)
    flat = xp.reshape(x, (x.shape[0], -1))
    if is_complex(x):
        # The modulus may overflow where the parts do not.
        size = xp.maximum(xp.abs(xp.real(flat)), xp.abs(xp.imag(flat)))
    else:
        size = xp.abs(flat)
    size = xp.max(size, axis=1)
    size = xp.where((size > 0) & xp.isfinite(size), size, xp.ones_like(size))
    # Reciprocals of smaller numbers overflow, and so do powers above larger ones.
    limits = xp.finfo(size.dtype)
    size = xp.clip(size, limits.smallest_normal, limits.max / 4)
    return 2.0 ** xp.floor(xp.log2(size))


def rescaled(x):
    """Signals of moderate size, so that their squares neither overflow nor vanish."""
    return x / expand(magnitude(x), x)


def all_finite(x):
    """Whether no entry is NaN or infinite."""
    xp = get_namespace(x)
    large = is_numpy(x) and x.size >= BLAS_PIECE and x.flags.c_contiguous
    # The cheap test fails where finite entries overflow: then each is looked at.
    return (large and _square_is_finite(x)) or bool(xp.all(xp.isfinite(x)))


def _square_is_finite(x):
    """Whether the squares of all entries of a contiguous array have a finite sum."""
    # One pass of the BLAS without a temporary, in pieces too short for it to start
    # threads of its own: callers run this in theirs.
    flat = x.reshape(-1).view(x.real.dtype)
    whole = flat.size // BLAS_PIECE * BLAS_PIECE
    pieces, rest = flat[:whole].reshape(-1, BLAS_PIECE), flat[whole:]
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(np.vecdot(pieces, pieces).sum() + rest @ rest))
