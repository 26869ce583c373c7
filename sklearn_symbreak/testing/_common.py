"""Shared by the law checks: signals to draw, comparisons in their scale."""

import numpy as np

from sklearn_symbreak.utils._array_api import expand, magnitude, norms


def signal_kinds(group):
    """The double-precision dtypes of the signals that the group acts on."""
    kinds = {"real": [np.float64], "complex": [np.complex128]}
    kind = group.acts_on
    if kind is not None and kind not in kinds:
        raise ValueError(
            f"acts_on of {group!r} must be 'real', 'complex' or None, got {kind!r}."
        )
    return [np.float64, np.complex128] if kind is None else kinds[kind]


def examples(group, n_samples, dtype, random_state, *, name):
    """Signals that the group makes itself, or an error that asks for some."""
    try:
        x = group.example_signals(n_samples, dtype=dtype, random_state=random_state)
        group.act(group.sample(x, random_state), x)
    except Exception as error:
        raise ValueError(
            f"{name} must be given, as {group!r} cannot act on the signals of its own "
            f"example_signals: {error}"
        ) from error
    return x


def in_precision(dtype, precision):
    """The real or complex dtype of this kind in the precision of float32 or float64."""
    kind = np.complex64 if np.dtype(dtype).kind == "c" else np.float32
    return np.result_type(kind, precision)


def standard_normal(shape, dtype, rng):
    """Independent entries, real or complex."""
    values = rng.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * rng.standard_normal(shape)
    return values.astype(dtype)


def tolerance(x):
    """Largest error that rounding may cause, relative to the size of the data."""
    return 2e-4 if x.dtype in (np.float32, np.complex64) else 1e-8


def norm(x):
    """Norm of every signal, of any size, in double precision."""
    return norms(x.astype(in_precision(x.dtype, np.float64)))


def unit_of(x):
    """A power of two near the largest modulus: products of signals may overflow."""
    return float(magnitude(x).max())


def largest(x):
    """Largest modulus of an entry of every signal."""
    return np.abs(x.reshape(len(x), -1)).max(axis=1)


def inner(a, b):
    """Real part of the inner product of every pair of signals."""
    return np.sum(np.real(np.conj(a) * b).reshape(len(b), -1), axis=1)


def assert_same(actual, expected, law):
    """Signals agree up to rounding, each in proportion to its own size."""
    limit = tolerance(expected) * expand(largest(expected), expected)
    assert_close(actual, expected, limit, law)


def assert_close(actual, expected, limit, law):
    """Arrays have one shape and differ by at most `limit`."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, (
        f"{law}: shapes {actual.shape} and {expected.shape}"
    )
    error = np.abs(actual - expected)
    assert (error <= limit).all(), f"{law}: largest difference {error.max():.2e}"


def assert_kept(actual, x, method):
    """The result of a method has the shape and dtype of the signals."""
    assert actual.shape == x.shape, (
        f"{method} keeps the shape: {actual.shape}, {x.shape}"
    )
    assert actual.dtype == x.dtype, (
        f"{method} keeps the dtype: {actual.dtype}, {x.dtype}"
    )


def without_writing(function, x, method):
    """Result of ``function(x)``, which must leave `x` as it is."""
    original = x.copy()
    result = function(x)
    assert_unchanged(x, original, method)
    return result


def assert_unchanged(x, original, method):
    """Nothing has been written to the signals."""
    assert np.array_equal(x, original), (
        f"{method}: the signals are not changed in place"
    )
