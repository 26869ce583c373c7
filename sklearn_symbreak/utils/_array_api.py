"""One code for numpy arrays and torch tensors: namespaces, transforms, random draws."""

import math

import numpy as np
import scipy.fft
from array_api_compat import array_namespace, device, to_device

_NUMPY = array_namespace(np.empty(0))

# Inner products of so many entries are too short for the BLAS to start threads.
PIECE = 8192


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
    x = to_device(constant(x), "cpu")
    # Torch conjugates and negates when numbers are read, and numpy does not know.
    for name in ("resolve_conj", "resolve_neg"):
        x = getattr(x, name)() if hasattr(x, name) else x
    return np.asarray(x)


def constant(x):
    """The array without a gradient, if it has one."""
    return x.detach() if hasattr(x, "detach") else x


def asarray_like(values, x, dtype=None):
    """`values` (numpy) as an array of the library, and on the device, of `x`."""
    if type(x) is np.ndarray:
        return np.asarray(values, dtype=dtype)
    return get_namespace(x).asarray(values, dtype=dtype, device=device(x))


def is_complex(x):
    """Whether the array has a complex dtype."""
    if type(x) is np.ndarray:
        return x.dtype.kind == "c"
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


def vecdot(a, b):
    """``⟨a, b⟩`` of every row, and of numpy arrays without threads.

    Those of the BLAS gain nothing here, and spin on at the expense of other work.
    """
    xp, size = get_namespace(a, b), a.shape[-1]
    if not is_numpy(a) or size <= PIECE:
        return xp.vecdot(a, b)
    pieces = (slice(start, start + PIECE) for start in range(0, size, PIECE))
    return sum(xp.vecdot(a[..., piece], b[..., piece]) for piece in pieces)


def squared_norm(x):
    """Squared Euclidean norm of every signal: shape (n_samples,), real."""
    xp = get_namespace(x)
    flat = xp.reshape(x, (x.shape[0], -1))
    norm2 = vecdot(flat, flat)
    return xp.real(norm2) if is_complex(x) else norm2


def expand(per_sample, x):
    """Give (n_samples,) the axes that broadcast against a batch of signals `x`."""
    return per_sample[(slice(None), *[None] * (x.ndim - 1))]


def squares_are_normal(x):
    """Whether the squared norm of no signal overflows or vanishes.

    Squares of numbers whose squared norm is subnormal have lost digits. Zero signals
    are normal.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return are_normal(squared_norm(x), x)


def are_normal(norm2, x):
    """Whether squared norms of signals have neither overflowed nor lost digits."""
    xp = get_namespace(x)
    limits = xp.finfo(norm2.dtype)
    floor = limits.smallest_normal / limits.eps
    # Products of two transforms, and their sums, are larger than products of norms.
    ceiling = limits.max / (4 * math.prod(x.shape[1:]) ** 2)
    if bool(xp.all((norm2 >= floor) & (norm2 <= ceiling))):
        return True
    small = norm2 < floor
    if not bool(xp.all(norm2 <= ceiling)):
        return False
    # Zero signals are normal.
    return not bool(xp.any(x if bool(xp.all(small)) else x[small, ...]))


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
    if type(x) is np.ndarray and x.size < 2**17:
        return bool(np.isfinite(x).all())
    # The cheap test fails where finite entries overflow: then each is looked at.
    with np.errstate(over="ignore", invalid="ignore"):
        if is_numpy(x) and bool(np.isfinite(sum_of_squares(x))):
            return True
    return bool(get_namespace(x).all(get_namespace(x).isfinite(x)))


def sum_of_squares(x):
    """Squared Euclidean norm of the whole array."""
    if not is_numpy(x) or not x.flags.c_contiguous:
        xp = get_namespace(x)
        return xp.sum(squared_norm(xp.reshape(x, (x.shape[0], -1))))
    # One pass of the BLAS without a temporary.
    flat = x.reshape(-1).view(x.real.dtype)
    whole = flat.size // PIECE * PIECE
    pieces, rest = flat[:whole].reshape(-1, PIECE), flat[whole:]
    return np.vecdot(pieces, pieces).sum() + np.vecdot(rest, rest)


def norms(x):
    """Euclidean norm of every signal, also where its square leaves the range."""
    with np.errstate(over="ignore", invalid="ignore"):
        norm2 = squared_norm(x)
    if not are_normal(norm2, x):
        size = magnitude(x)
        return size * _root(squared_norm(x / expand(size, x)))
    return _root(norm2)


def _root(values):
    """Square root, whose gradient at 0 is 0 and not infinite."""
    xp = get_namespace(values)
    if is_numpy(values):
        return np.sqrt(values)
    positive = values > 0
    root = xp.sqrt(xp.where(positive, values, xp.ones_like(values)))
    return xp.where(positive, root, xp.zeros_like(root))
