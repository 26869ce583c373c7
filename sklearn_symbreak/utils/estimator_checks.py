"""Law checks for groups, breakers and forward models.

They are to the classes of this package what `sklearn.utils.estimator_checks` is to
estimators: one line checks whether someone's own class keeps its contract. Each raises
an AssertionError that says which law fails.
"""

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from sklearn_symbreak.utils._validation import check_signals

__all__ = ["check_forward_model", "check_symmetry_breaker", "check_symmetry_group"]

_N_DRAWS = 8
_DTYPES = (np.float64, np.float32, np.complex128, np.complex64)


def check_symmetry_group(group, x=None, *, random_state=0):
    """Check the laws of a symmetry group.

    Inverse, composition and identity; isometry; shapes and dtypes; that `align` returns
    a member of the orbit, the element that leads to it, and a member at least as close
    as any of the elements drawn; that all members of an orbit are aligned alike.

    Parameters
    ----------
    group : SymmetryGroup
        The group.
    x : array-like of shape (n_samples, *signal_shape), optional
        Signals to check on. By default ``group.example_signals`` in single and double
        precision, real and, if the group takes them, complex.
    random_state : int, default=0
        Seed of the elements and templates drawn.

    Raises
    ------
    AssertionError
        If a law fails.

    Examples
    --------
    >>> from sklearn_symbreak.groups import GlobalPhase
    >>> from sklearn_symbreak.utils.estimator_checks import check_symmetry_group
    >>> check_symmetry_group(GlobalPhase())
    """
    if x is not None:
        _check_group_on(group, check_signals(x, name="x"), random_state)
        return
    for dtype in _DTYPES:
        if np.dtype(dtype).kind == "c" and group.real_only:
            continue
        signals = group.example_signals(dtype=dtype, random_state=random_state)
        _check_group_on(group, signals, random_state)


def check_symmetry_breaker(
    breaker, y=None, *, group=None, forward=None, random_state=0
):
    """Check the laws of a symmetry breaker.

    All members of an orbit get the same representative, which lies in the orbit;
    breaking twice changes nothing; and the three properties of [1]_: the set of
    representatives is *representative* (every signal reaches it), *smallest* (no other
    member of the orbit lies in it) and *connected* (the segment between two
    representatives stays inside; in the phase domain, the arc).

    Parameters
    ----------
    breaker : transformer or Pipeline
        A breaker with `contains`, or a pipeline that ends in one. It is cloned.
    y : array-like of shape (n_samples, *signal_shape), optional
        Signals. By default examples of the group, in double precision: real ones, and
        complex ones if the group takes them.
    group : SymmetryGroup, optional
        The symmetry that should be broken, by default ``breaker.group``; of a
        pipeline, that of its last step, on signals that the others leave as they are.
    forward : callable, optional
        The forward model, needed by breakers whose inverse needs the measurements.
    random_state : int, default=0
        Seed of the elements drawn.

    Raises
    ------
    AssertionError
        If a law fails.

    References
    ----------
    .. [1] K. Tayal, C.-H. Lai, V. Kumar, J. Sun, "Inverse Problems, Deep Learning, and
       Symmetry Breaking", arXiv:2003.09077 (2020).

    Examples
    --------
    >>> from sklearn_symbreak import SymmetryBreaker
    >>> from sklearn_symbreak.groups import SignFlip
    >>> from sklearn_symbreak.utils.estimator_checks import check_symmetry_breaker
    >>> check_symmetry_breaker(SymmetryBreaker(SignFlip()))
    """
    last = breaker.steps[-1][1] if isinstance(breaker, Pipeline) else breaker
    group = last.group if group is None else group
    if y is not None:
        _check_breaker_on(breaker, check_signals(y), group, forward, random_state)
        return
    dtypes = [np.float64] if group.real_only else [np.float64, np.complex128]
    for dtype in dtypes:
        examples = group.example_signals(32, dtype=dtype, random_state=random_state)
        _check_breaker_on(breaker, examples, group, forward, random_state)


def check_forward_model(forward, x=None, *, random_state=0):
    """Check the laws of a forward model.

    The measurements are real, flat and finite, and the same for all members of an
    orbit; `vjp` agrees with finite differences; batches do not mix.

    Parameters
    ----------
    forward : callable
        The model, with `signal_shape`, `n_measurements`, `symmetry` and `vjp`.
    x : array-like of shape (n_samples, *signal_shape), optional
        Signals in double precision. By default examples of the symmetry of the right
        shape: real ones, and complex ones if the model accepts them.
    random_state : int, default=0
        Seed of the elements and directions drawn.

    Raises
    ------
    AssertionError
        If a law fails.

    Examples
    --------
    >>> from sklearn_symbreak.forward import Square
    >>> from sklearn_symbreak.utils.estimator_checks import check_forward_model
    >>> check_forward_model(Square())
    """
    if x is not None:
        _check_forward_on(forward, check_signals(x, name="x"), random_state)
        return
    group = forward.symmetry
    for dtype in [np.float64] if group.real_only else [np.float64, np.complex128]:
        x = group.example_signals(
            6, signal_shape=forward.signal_shape, dtype=dtype, random_state=random_state
        )
        if np.dtype(dtype).kind == "c":
            try:
                forward(x)
            except ValueError:
                continue  # A model of real signals says so.
        _check_forward_on(forward, x, random_state)


def _check_group_on(group, x, random_state):
    rng = np.random.RandomState(random_state)
    tolerance = _tolerance(x)
    original = x.copy()
    reference = rng.permutation(x)[0] + 0.3 * _normal(x.shape[1:], x.dtype, rng)
    aligned, element = group.align(x, reference)
    _assert_same(group.act(element, x), aligned, "align: act(element, x) == aligned")
    distance = group.distance(x, reference)
    _assert_close(
        distance,
        _norm(aligned - reference),
        tolerance * (1 + _norm(aligned)),
        "distance == ‖aligned - reference‖",
    )
    _assert_same(group.act(group.identity(x), x), x, "act(identity, x) == x")
    for _ in range(_N_DRAWS):
        g = group.sample(x, rng)
        moved = group.act(g, x)
        assert moved.shape == x.shape, f"act keeps the shape: {moved.shape}, {x.shape}"
        assert moved.dtype == x.dtype, f"act keeps the dtype: {moved.dtype}, {x.dtype}"
        _assert_same(group.act(group.inverse(g), moved), x, "g⁻¹·(g·x) == x")
        h = group.sample(moved, rng)
        _assert_same(
            group.act(group.compose(h, g), x),
            group.act(h, moved),
            "(h g)·x == h·(g·x)",
        )
        _assert_close(_norm(moved), _norm(x), tolerance * _norm(x), "‖g·x‖ == ‖x‖")
        others = group.act(g, x.copy())
        gap = _norm(others - reference) - distance
        assert (gap >= -tolerance * (1 + _norm(x))).all(), (
            "align is at least as close as every other member: a drawn member is "
            f"closer by {-gap.min():.2e}"
        )
        _assert_same(
            group.align(moved, reference)[0], aligned, "align(g·x, w) == align(x, w)"
        )
        _assert_same(group.align(moved, x)[0], x, "align(g·x, x) == x")
    margin = np.asarray(group.margin(x, reference))
    assert margin.shape == (len(x),), f"margin has one entry per sample: {margin.shape}"
    assert ((margin >= 0) & (margin <= 1)).all(), f"margin is in [0, 1]: {margin}"
    assert (x == original).all(), "the signals are not changed in place"


def _check_breaker_on(breaker, y, group, forward, random_state):
    rng = np.random.RandomState(random_state)
    breaker = clone(breaker).fit(y)
    steps = (
        [step for _, step in breaker.steps]
        if isinstance(breaker, Pipeline)
        else [breaker]
    )
    last = steps[-1]
    represent = getattr(last, "represent", lambda signals: signals)
    path = getattr(last, "path", lambda a, b, t: (1 - t) * a + t * b)
    before = Pipeline(breaker.steps[:-1]) if len(steps) > 1 else None
    X = None
    if any(getattr(step, "inverse_needs_measurements", False) for step in steps):
        assert forward is not None, "forward must be given to invert this breaker"
        X = forward(y)

    def to_signals(z):
        for step in reversed(steps):
            if getattr(step, "inverse_needs_measurements", False):
                z = step.inverse_transform(z, X)
            else:
                z = step.inverse_transform(z)
        return z

    z = breaker.transform(y)
    signals = to_signals(z)
    tolerance = _tolerance(y)
    distance = group.distance(y, signals)
    assert (distance <= tolerance * (1 + _norm(y))).all(), (
        f"break(x) lies in the orbit of x: the largest distance is {distance.max():.2e}"
    )
    _assert_same(breaker.transform(signals), z, "break(break(x)) == break(x)")
    assert np.asarray(last.contains(z)).all(), (
        "representative: break(x) lies in the set"
    )
    for _ in range(_N_DRAWS):
        moved = group.act(group.sample(y, rng), y)
        _assert_same(breaker.transform(moved), z, "break(g·x) == break(x)")
        other = group.act(group.sample(signals, rng), signals)
        other = other if before is None else before.transform(other)
        other = represent(other)
        different = _norm(other - z) > 1e3 * tolerance * (1 + _norm(z))
        assert not (np.asarray(last.contains(other)) & different).any(), (
            "smallest: no other member of the orbit lies in the set"
        )
        partner = rng.permutation(len(z))
        between = path(z, z[partner], rng.uniform(0.05, 0.95))
        assert np.asarray(last.contains(between)).all(), (
            "connected: the path between two representatives stays in the set"
        )


def _check_forward_on(forward, x, random_state):
    rng = np.random.RandomState(random_state)
    original = x.copy()
    group = forward.symmetry
    X = forward(x)
    shape = (len(x), forward.n_measurements)
    assert X.shape == shape, f"measurements have shape {shape}, got {X.shape}"
    assert X.dtype.kind == "f", f"measurements are real, got dtype {X.dtype}"
    assert np.isfinite(X).all(), "measurements are finite"
    scale = 1 + np.abs(X).max()
    _assert_close(forward(x[:1]), X[:1], 1e-9 * scale, "batches do not mix")
    for _ in range(_N_DRAWS):
        moved = group.act(group.sample(x, rng), x)
        _assert_close(forward(moved), X, 1e-9 * scale, "f(g·x) == f(x)")
        v = rng.standard_normal(X.shape)
        direction = _normal(x.shape, x.dtype, rng)
        gradient = forward.vjp(x, v)
        assert gradient.shape == x.shape, f"vjp has the shape of x: {gradient.shape}"
        slope = np.sum(np.real(np.conj(gradient) * direction), _signal_axes(x))
        step = 1e-5
        change = forward(x + step * direction) - forward(x - step * direction)
        expected = np.sum(v * change, axis=1) / (2 * step)
        # The truncation is relative to the slope, the rounding to the measurement.
        limit = 1e-5 * np.abs(expected) + 1e-9 * scale * (1 + _norm(v))
        _assert_close(slope, expected, limit, "vjp == finite difference")
    assert (x == original).all(), "the signals are not changed in place"


def _tolerance(x):
    return 2e-4 if x.dtype in (np.float32, np.complex64) else 1e-8


def _signal_axes(x):
    return tuple(range(1, x.ndim))


def _norm(x):
    return np.sqrt(np.sum(np.abs(x) ** 2, axis=_signal_axes(x)))


def _normal(shape, dtype, rng):
    values = rng.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * rng.standard_normal(shape)
    return values.astype(dtype)


def _assert_same(actual, expected, law):
    limit = _tolerance(expected) * (1 + np.abs(expected).max())
    _assert_close(actual, expected, limit, law)


def _assert_close(actual, expected, limit, law):
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, (
        f"{law}: shapes {actual.shape} and {expected.shape}"
    )
    error = np.abs(actual - expected)
    assert (error <= limit).all(), f"{law}: largest difference {error.max():.2e}"
