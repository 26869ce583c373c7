"""The laws of a symmetry breaker on one batch of signals."""

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from sklearn_symbreak.testing._common import (
    assert_close,
    assert_kept,
    assert_same,
    in_precision,
    largest,
    norm,
    tolerance,
    without_writing,
)
from sklearn_symbreak.utils._validation import check_group

_N_DRAWS = 8


def breaker_steps(breaker):
    """The transformers of a pipeline, or the one that stands alone.

    Raises
    ------
    TypeError
        If one of them lacks a method that the laws speak of.
    """
    alone = not isinstance(breaker, Pipeline)
    steps = [breaker] if alone else [step for _, step in breaker.steps]
    for step in steps:
        needed = ["fit", "transform", "inverse_transform"]
        if step is steps[-1]:
            needed.append("contains")
        lacking = [method for method in needed if not hasattr(step, method)]
        if lacking:
            raise TypeError(
                f"breaker must have the method {' and '.join(lacking)}, which {step!r} "
                "has not; SymmetryBreaker has them all."
            )
    return steps


def broken_group(breaker, group):
    """The group that is given, or else the one of the last step."""
    last = breaker_steps(breaker)[-1]
    if group is None and not hasattr(last, "group"):
        raise TypeError(
            f"group must be given, as {last!r} has no attribute group; got None."
        )
    group = last.group if group is None else group
    check_group(group)
    return group


def check_breaker_on(breaker, y, group, forward, random_state):
    """Raise an AssertionError if a law fails on the signals `y`."""
    rng = np.random.RandomState(random_state)
    y = y.copy()
    fitted = _Fitted(breaker, y, forward)
    z = without_writing(fitted.transform, y, "transform")
    assert len(z) == len(y), f"transform keeps the samples: {z.shape}"
    signals = without_writing(fitted.to_signals, z, "inverse_transform")
    assert_kept(signals, y, "inverse_transform(transform(x))")
    distance = group.distance(y, signals)
    assert (distance <= tolerance(y) * norm(y)).all(), (
        f"break(x) lies in the orbit of x under {group!r}: the largest distance is "
        f"{distance.max():.2e}"
    )
    assert_same(fitted.transform(signals), z, "break(break(x)) == break(x)")
    assert without_writing(fitted.contains, z, "contains").all(), (
        "representative: break(x) lies in the set"
    )
    _check_rule(fitted, y, z)
    for _ in range(_N_DRAWS):
        moved = group.act(group.sample(y, rng), y)
        assert_same(fitted.transform(moved), z, "break(g·x) == break(x)")
        _check_margin(fitted, y, moved)
        other = fitted.represent(group.act(group.sample(signals, rng), signals))
        different = norm(other - z) > 1e3 * tolerance(y) * norm(z)
        assert not (fitted.contains(other) & different).any(), (
            "smallest: no other member of the orbit lies in the set"
        )
        partner = rng.permutation(len(z))
        between = fitted.path(z, z[partner], rng.uniform(0.05, 0.95))
        assert fitted.contains(between).all(), (
            "connected: the path between two representatives stays in the set"
        )
    _check_dtypes(breaker, y, forward)


def _check_rule(fitted, y, z):
    """Elements, if the breaker gives them, lead to the representatives."""
    last, signals = fitted.steps[-1], fitted.before_last(y)
    if hasattr(last, "canonicalize") and hasattr(last, "group_"):
        found, element = without_writing(last.canonicalize, signals, "canonicalize")
        assert_same(found, z, "canonicalize(x)[0] == break(x)")
        moved = last.group_.act(element, signals)
        assert_same(moved, z, "canonicalize: act(element, x) == break(x)")


def _check_margin(fitted, y, moved):
    """Margins, if the breaker gives them, are those of orbits."""
    last = fitted.steps[-1]
    if hasattr(last, "margin"):
        margin, other = (
            np.asarray(without_writing(last.margin, fitted.before_last(x), "margin"))
            for x in (y, moved)
        )
        assert margin.shape == (len(y),), f"margin has one entry a sample: {margin}"
        assert ((margin >= 0) & (margin <= 1)).all(), f"margin is in [0, 1]: {margin}"
        assert_close(other, margin, 10 * tolerance(y), "margin(g·x) == margin(x)")


def _check_dtypes(breaker, y, forward):
    """Shape and dtype are kept in both precisions; the laws need only one."""
    for precision in [np.float32, np.float64] if _fits_single(y) else [np.float64]:
        signals = y.astype(in_precision(y.dtype, precision))
        fitted = _Fitted(breaker, signals, forward)
        z = fitted.transform(signals)
        unbroken = fitted.represent(signals)
        unbroken = unbroken.astype(in_precision(unbroken.dtype, precision))
        assert_kept(z, unbroken, "transform")
        assert_kept(fitted.to_signals(z), signals, "inverse_transform")


def _fits_single(y):
    """Whether the squares of the signals neither vanish nor overflow in float32."""
    limits = np.finfo(np.float32)
    low, high = limits.smallest_normal**0.5, limits.max**0.5
    size = largest(y)[largest(y) > 0]
    return ((size > low) & (size < high)).all()


class _Fitted:
    """A fitted breaker, seen as maps between signals and representatives."""

    def __init__(self, breaker, y, forward):
        self.breaker = without_writing(clone(breaker).fit, y, "fit")
        self.steps = breaker_steps(self.breaker)
        self.X = None
        if any(map(_needs_measurements, self.steps)):
            assert forward is not None, "forward must be given to invert this breaker"
            self.X = forward(y)

    def transform(self, y):
        return self.breaker.transform(y)

    def to_signals(self, z):
        for step in reversed(self.steps):
            if _needs_measurements(step):
                z = step.inverse_transform(z, self.X)
            else:
                z = step.inverse_transform(z)
        return z

    def contains(self, z):
        return np.asarray(self.steps[-1].contains(z))

    def before_last(self, y):
        """What the last step is given."""
        for step in self.steps[:-1]:
            y = step.transform(y)
        return y

    def represent(self, y):
        """Signals in the domain of the representatives, but not broken."""
        y, last = self.before_last(y), self.steps[-1]
        return last.represent(y) if hasattr(last, "represent") else y

    def path(self, a, b, t):
        last = self.steps[-1]
        return last.path(a, b, t) if hasattr(last, "path") else (1 - t) * a + t * b


def _needs_measurements(step):
    return getattr(step, "inverse_needs_measurements", False)
