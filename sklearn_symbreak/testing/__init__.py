"""Law checks for groups, breakers and forward models.

They are to the classes of this package what `sklearn.utils.estimator_checks` is to
estimators: one line checks whether someone's own class keeps its contract. Each raises
an AssertionError that says which law fails.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sklearn_symbreak.forward import ForwardModel
from sklearn_symbreak.groups import SymmetryGroup
from sklearn_symbreak.testing._breaker import broken_group, check_breaker_on
from sklearn_symbreak.testing._common import examples, in_precision, signal_kinds
from sklearn_symbreak.testing._forward import (
    check_forward_is_model,
    check_forward_on,
    model_kinds,
)
from sklearn_symbreak.testing._group import check_group_on
from sklearn_symbreak.utils._array_api import to_numpy
from sklearn_symbreak.utils._typing import Estimator, Forward
from sklearn_symbreak.utils._validation import check_group, check_signals

__all__ = ["check_forward_model", "check_symmetry_breaker", "check_symmetry_group"]


def check_symmetry_group(
    group: SymmetryGroup, x: ArrayLike | None = None, *, random_state: int = 0
) -> None:
    """Check the laws of a symmetry group.

    Inverse, composition and identity; norms; shapes and dtypes; that `align` returns a
    member of the orbit, the element that leads to it, and a member at least as close as
    any of the elements drawn; that `distance` and `correlation` are those of this
    member; that all members of an orbit are aligned alike, and signals of another
    size; that `elements` lists elements, the identity first; that `sample` obeys its
    random state and misses no element of a small group; that `margin` is the gap in
    units of that at the reference, and no member of a small group has a smaller `gap`;
    that the mean is the average of what is aligned to it, and of one signal a member of
    its orbit. Errors are measured in proportion to the signals.

    Parameters
    ----------
    group : SymmetryGroup
        The group.
    x : array-like of shape (n_samples, *signal_shape), optional
        Signals to check on. By default ``group.example_signals`` in single and double
        precision, real and complex, of the kinds that the group takes
        (`acts_on`).
    random_state : int, default=0
        Seed of the elements and templates drawn.

    Raises
    ------
    AssertionError
        If a law fails.
    TypeError
        If `group` is no symmetry group.
    ValueError
        If `x` is not given and the group cannot act on its own examples.

    Notes
    -----
    Every law holds where nothing moves, so that `sample` has to draw an element that
    moves one of the signals. A group that leaves all of them in place, because it is
    trivial or because of their shape, passes only if its `elements` lists elements that
    do so; otherwise give signals `x` that it moves.

    That `align` stays in the orbit can be seen of a small group, whose draws repeat. Of
    an endless one only norms are compared: a rotation aligned by a reflection passes,
    unless `act` refuses it.

    Examples
    --------
    >>> from sklearn_symbreak.groups import GlobalPhase
    >>> from sklearn_symbreak.testing import check_symmetry_group
    >>> check_symmetry_group(GlobalPhase())
    """
    check_group(group)
    if x is not None:
        check_group_on(group, to_numpy(check_signals(x, name="x")), random_state)
        return
    for kind in signal_kinds(group):
        for precision in (np.float64, np.float32):
            dtype = in_precision(kind, precision)
            signals = examples(group, 8, dtype, random_state, name="x")
            check_group_on(group, signals, random_state)


def check_symmetry_breaker(
    breaker: Estimator,
    y: ArrayLike | None = None,
    *,
    group: SymmetryGroup | None = None,
    forward: Forward | None = None,
    random_state: int = 0,
) -> None:
    """Check the laws of a symmetry breaker.

    All members of an orbit get the same representative, which lies in the orbit;
    breaking twice changes nothing; and the three properties of [1]_: the set of
    representatives is *representative* (every signal reaches it), *smallest* (no other
    member of the orbit lies in it) and *connected* (the segment between two
    representatives stays inside; in the phase domain, the arc). If the breaker has
    `canonicalize` and `margin`, the elements lead to the representatives, and margins
    are from 0 to 1 and the same for all members of an orbit. No method writes to its
    input, and shapes and dtypes are kept, in single precision too. Errors are measured
    in proportion to the signals.

    Parameters
    ----------
    breaker : transformer or Pipeline
        A breaker with `contains`, or a pipeline that ends in one. It is cloned.
    y : array-like of shape (n_samples, *signal_shape), optional
        Signals. By default examples of the group, in double precision: real and
        complex ones, of the kinds that the group takes (`acts_on`).
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
    TypeError
        If the breaker lacks a method, or has no group and none is given.

    References
    ----------
    .. [1] K. Tayal, C.-H. Lai, V. Kumar, J. Sun, "Inverse Problems, Deep Learning, and
       Symmetry Breaking", arXiv:2003.09077 (2020).

    Examples
    --------
    >>> from sklearn_symbreak import SymmetryBreaker
    >>> from sklearn_symbreak.groups import SignFlip
    >>> from sklearn_symbreak.testing import check_symmetry_breaker
    >>> check_symmetry_breaker(SymmetryBreaker(SignFlip()))
    """
    group = broken_group(breaker, group)
    if y is not None:
        signals = to_numpy(check_signals(y))
        check_breaker_on(breaker, signals, group, forward, random_state)
        return
    for dtype in signal_kinds(group):
        signals = examples(group, 32, dtype, random_state, name="y")
        check_breaker_on(breaker, signals, group, forward, random_state)


def check_forward_model(
    forward: ForwardModel, x: ArrayLike | None = None, *, random_state: int = 0
) -> None:
    """Check the laws of a forward model.

    The measurements are real, flat and finite, and the same for all members of an
    orbit; `vjp` agrees with finite differences; batches do not mix. Errors are measured
    in proportion to the signals and their measurements.

    Parameters
    ----------
    forward : callable
        The model, with `signal_shape`, `n_measurements`, `symmetry` and `vjp`.
    x : array-like of shape (n_samples, *signal_shape), optional
        Signals, which are cast to double precision. By default examples of the symmetry
        of the right shape: real ones, unless the symmetry acts on complex signals only,
        and complex ones if the model takes them, see the notes.
    random_state : int, default=0
        Seed of the elements and directions drawn.

    Raises
    ------
    AssertionError
        If a law fails.
    TypeError
        If `forward` is no forward model.

    Notes
    -----
    A model says by an attribute `complex_valued` whether it takes complex signals. Of a
    model without it, this is assumed where an element of the symmetry makes a real
    signal complex, as a global phase does. An error that the model raises on signals
    that it takes is not caught.

    Examples
    --------
    >>> from sklearn_symbreak.forward import Square
    >>> from sklearn_symbreak.testing import check_forward_model
    >>> check_forward_model(Square())
    """
    check_forward_is_model(forward)
    if x is not None:
        check_forward_on(forward, to_numpy(check_signals(x, name="x")), random_state)
        return
    for dtype in model_kinds(forward, random_state):
        x = forward.symmetry.example_signals(
            6, signal_shape=forward.signal_shape, dtype=dtype, random_state=random_state
        )
        check_forward_on(forward, x, random_state)
