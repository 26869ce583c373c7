"""The laws of a forward model on one batch of signals."""

import numpy as np

from sklearn_symbreak.testing._common import (
    assert_close,
    assert_unchanged,
    inner,
    largest,
    norm,
    signal_kinds,
    standard_normal,
    tolerance,
)
from sklearn_symbreak.utils._array_api import expand
from sklearn_symbreak.utils._validation import check_group

_N_DRAWS = 8


def check_forward_is_model(forward):
    """Raise a TypeError if `forward` lacks what the laws speak of."""
    needed = ("signal_shape", "n_measurements", "symmetry", "vjp")
    lacking = [name for name in needed if not hasattr(forward, name)]
    if isinstance(forward, type) or not callable(forward):
        lacking = ["a call on signals"]
    if lacking:
        raise TypeError(
            "forward must be a forward model, such as Square(), got "
            f"{forward!r}, which lacks {' and '.join(lacking)}."
        )
    check_group(forward.symmetry, name="forward.symmetry")
    if not isinstance(forward.signal_shape, tuple) or not forward.signal_shape:
        raise TypeError(
            f"forward.signal_shape must be a tuple of ints, (1,) for scalars, got "
            f"{forward.signal_shape!r}."
        )


def model_kinds(forward, random_state):
    """The double-precision dtypes of the signals that the model takes."""
    kinds = signal_kinds(forward.symmetry)
    if np.float64 in kinds and not _takes_complex(forward, random_state):
        return [np.float64]
    return kinds


def _takes_complex(forward, random_state):
    """Kind of signals, by the model itself, or else by its symmetry."""
    if getattr(forward, "complex_valued", None) is not None:
        return forward.complex_valued
    group = forward.symmetry
    if group.acts_on == "real":
        return False
    # Who knows its signals up to a phase does not think of real ones alone.
    x = group.example_signals(
        32, signal_shape=forward.signal_shape, random_state=random_state
    ).astype(np.complex128)
    moved = group.act(group.sample(x, np.random.RandomState(random_state)), x)
    return bool((norm(moved.imag) > tolerance(x) * norm(x)).any())


def check_forward_on(forward, x, random_state):
    """Raise an AssertionError if a law fails on the signals `x`."""
    rng = np.random.RandomState(random_state)
    x = x.astype(np.result_type(x.dtype, np.float64))
    original = x.copy()
    group = forward.symmetry
    X = forward(x)
    shape = (len(x), forward.n_measurements)
    assert X.shape == shape, f"measurements have shape {shape}, got {X.shape}"
    assert X.dtype.kind == "f", f"measurements are real, got dtype {X.dtype}"
    assert np.isfinite(X).all(), "measurements are finite"
    limit = 1e-9 * _scale(X)[:, None]
    assert_close(forward(x[:1]), X[:1], limit[:1], "batches do not mix")
    for _ in range(_N_DRAWS):
        moved = group.act(group.sample(x, rng), x)
        assert_close(forward(moved), X, limit, "f(g·x) == f(x)")
        _check_gradient(forward, x, rng)
    assert_unchanged(x, original, "the call or vjp")


def _check_gradient(forward, x, rng):
    v = rng.standard_normal((len(x), forward.n_measurements))
    gradient = forward.vjp(x, v)
    assert gradient.shape == x.shape, f"vjp has the shape of x: {gradient.shape}"
    direction = standard_normal(x.shape, x.dtype, rng)
    step = 1e-5 * _scale(x)
    ahead = forward(x + expand(step, x) * direction)
    behind = forward(x - expand(step, x) * direction)
    expected = inner(v, ahead - behind) / (2 * step)
    # The truncation is relative to the slope, the rounding to the measurement; where
    # parts of it cancel, to that of a signal of the same size whose parts do not.
    usual = _scale(forward(expand(_scale(x), x) * direction))
    rounding = 1e-14 * (_scale(ahead) / step + usual / _scale(x)) * norm(v)
    limit = 1e-5 * np.abs(expected) + rounding
    slope = inner(gradient, direction)
    assert_close(slope, expected, limit, "vjp == finite difference")
    if hasattr(forward, "jvp"):
        derivative = forward.jvp(x, direction)
        assert derivative.shape == v.shape, f"jvp has the shape of f(x): {v.shape}"
        assert_close(inner(v, derivative), expected, limit, "jvp == finite difference")


def _scale(values):
    """Size of every row, where rows that vanish but for rounding count as small."""
    size = largest(values)
    overall = size.max()
    return np.maximum(size, 1e-6 * overall if overall > 0 else 1.0)
