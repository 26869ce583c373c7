"""Errors and scores up to a symmetry."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import ConvergenceWarning, UndefinedMetricWarning

from sklearn_symbreak.groups import SymmetryGroup
from sklearn_symbreak.groups._products import real_inner
from sklearn_symbreak.metrics._per_sample import (
    average,
    check_pair,
    per_sample,
)
from sklearn_symbreak.utils._array_api import (
    expand,
    get_namespace,
    magnitude,
    rescaled,
    squared_norm,
    squares_are_normal,
    sum_of_squares,
)
from sklearn_symbreak.utils._validation import check_average_weight

# A mean that is cheap beside the error; see the notes of `orbit_r2_score`.
_COARSE: dict[str, Any] = {
    "tol": 1e-3,
    "max_samples": 256,
    "n_init": 10,
    "max_iter": 100,
}


def orbit_mean_squared_error(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    group: SymmetryGroup,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Mean squared error up to the symmetry.

    The mean over samples and coordinates of ``min_g |g·y_pred - y_true|²``; a complex
    coordinate counts once.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, *signal_shape)
        True signals, real or complex; of shape (n_samples,) for scalars.
    y_pred : array-like of shape (n_samples, *signal_shape)
        Predicted signals. A prediction that is not finite counts as zero.
    group : SymmetryGroup
        The symmetry.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the samples.

    Returns
    -------
    error : float
        Nonnegative, best is 0.

    Raises
    ------
    ValueError
        If the shapes differ, `y_true` is empty or not finite, or the weights are
        negative, not finite or sum to zero.
    TypeError
        If `group` is not a symmetry group.

    Notes
    -----
    The error is the distance of a prediction from the orbit of the truth, ``min_g
    ‖y_pred - g·y_true‖²``. For a group of isometries moving the prediction gives the
    same minimum, except for translations, which depend on where a signal has room: a
    prediction with noise all over its canvas could not be translated without loss, the
    truth can.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import SignFlip
    >>> from sklearn_symbreak.metrics import orbit_mean_squared_error
    >>> y_true = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> y_pred = np.array([[-1.0, -2.0], [3.0, 5.0]])
    >>> orbit_mean_squared_error(y_true, y_pred, group=SignFlip())
    0.25
    """
    y_true, y_pred = check_pair(y_true, y_pred, group)
    errors = per_sample(_squared_distance, y_true, y_pred, group)
    size = int(np.prod(y_true.shape[1:]))
    return average(errors / size, sample_weight)


def orbit_relative_error(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    group: SymmetryGroup,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Squared error relative to the squared norm of the truth, up to the symmetry.

    The mean over samples of ``min_g ‖g·y_pred - y_true‖² / ‖y_true‖²``; for a group
    that translates, the norm of the truth is that about its centre.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, *signal_shape)
        True signals, none of them zero.
    y_pred : array-like of shape (n_samples, *signal_shape)
        Predicted signals. A prediction that is not finite has failed and counts as 1,
        which is the error of predicting zero.
    group : SymmetryGroup
        The symmetry.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the samples.

    Returns
    -------
    error : float
        Nonnegative, best is 0.

    Raises
    ------
    ValueError
        If the shapes differ, `y_true` is empty, not finite, or holds a zero signal, or
        the weights are negative, not finite or sum to zero.
    TypeError
        If `group` is not a symmetry group.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import SignFlip
    >>> from sklearn_symbreak.metrics import orbit_relative_error
    >>> y_true = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> y_pred = np.array([[-1.0, -2.0], [3.0, 5.0]])
    >>> orbit_relative_error(y_true, y_pred, group=SignFlip())
    0.02
    """
    y_true, y_pred = check_pair(y_true, y_pred, group, nonzero=True)
    errors = per_sample(_relative_error, y_true, y_pred, group, unit=magnitude)
    return average(errors, sample_weight)


def scaled_orbit_residual(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    group: SymmetryGroup,
    phase: bool = True,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Relative squared error up to the symmetry, a scale and, by default, a phase.

    The mean over samples of ``1 - max_g |⟨y_true, g·y_pred⟩|² / (‖y_true‖²
    ‖y_pred‖²)``, which is ``min over g, θ and η > 0 of ‖y_true - η e^{iθ} g·y_pred‖² /
    ‖y_true‖²`` (eqs. A.7 to A.13 of [1]_, with the squares that were lost in print).
    Without the phase, ``max(0, Re⟨·,·⟩)²`` takes the place of ``|⟨·,·⟩|²``. For a group
    that translates, all of this is relative to the centre of each signal (see
    `SymmetryGroup.centered`).

    Parameters
    ----------
    y_true : array-like of shape (n_samples, *signal_shape)
        True signals, none of them zero.
    y_pred : array-like of shape (n_samples, *signal_shape)
        Predicted signals. A prediction that is zero or not finite counts as 1.
    group : SymmetryGroup
        The symmetry.
    phase : bool, default=True
        Whether to allow a global phase (a sign, for real signals), too. With False the
        group is the one that is given and no larger: a mirror image, say, is an error
        under rotations.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the samples.

    Returns
    -------
    residual : float
        Between 0, the best, and 1.

    Raises
    ------
    ValueError
        If the shapes differ, `y_true` is empty, not finite, or holds a zero signal, or
        the weights are negative, not finite or sum to zero; or if the group cannot be
        aligned together with a phase, as permutations of complex items: then give
        `phase` False.
    TypeError
        If `group` is not a symmetry group.

    References
    ----------
    .. [1] K. Tayal, C.-H. Lai, V. Kumar, J. Sun, "Inverse Problems, Deep Learning, and
       Symmetry Breaking", arXiv:2003.09077 (2020).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import CyclicShift
    >>> from sklearn_symbreak.metrics import scaled_orbit_residual
    >>> y_true = np.array([[1.0, 2.0, 0.0]])
    >>> y_pred = np.array([[0.0, 3.0, 6.0]])
    >>> scaled_orbit_residual(y_true, y_pred, group=CyclicShift())
    0.0
    """
    y_true, y_pred = check_pair(y_true, y_pred, group, nonzero=True)
    if not isinstance(phase, (bool, np.bool_)):
        raise ValueError(f"phase must be True or False, got {phase!r}.")
    if phase:
        group = _with_phase(group, y_true)
    errors = per_sample(_scaled_residual, y_true, y_pred, group)
    return average(errors, sample_weight)


def _with_phase(group, y_true):
    """The group and the global phase, or an error that says what to do without."""
    extended = group.up_to_phase()
    try:
        extended.representatives(y_true[:1, ...], y_true[:1, ...])
    except ValueError as error:
        raise ValueError(
            f"phase must be False for group={group!r}, which cannot be aligned "
            f"together with a global phase: {error}"
        ) from error
    return extended


def orbit_r2_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    group: SymmetryGroup,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Coefficient of determination up to the symmetry.

    ``1 - Σ_i min_g ‖g·y_pred_i - y_true_i‖² / Σ_i min_g ‖g·m - y_true_i‖²`` with m the
    mean of `y_true` up to the symmetry, ``group.mean(y_true, tol=1e-3,
    max_samples=256, n_init=10)``: 1 for perfect predictions, 0 for the constant
    prediction m. For a group that does nothing it is scikit-learn's
    ``r2_score(..., multioutput="variance_weighted")``.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, *signal_shape)
        True signals; at least two, since one alone has no spread.
    y_pred : array-like of shape (n_samples, *signal_shape)
        Predicted signals. A prediction that is not finite counts as zero.
    group : SymmetryGroup
        The symmetry.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the samples.

    Returns
    -------
    score : float
        At most 1, the best. NaN for a single sample, with a warning. If `y_true` has no
        spread, 1 for perfect predictions and 0 otherwise.

    Raises
    ------
    ValueError
        If the shapes differ, `y_true` is empty or not finite, or the weights are not
        finite, negative, or all zero.
    TypeError
        If `group` is not a symmetry group.

    Warns
    -----
    UndefinedMetricWarning
        For a single sample.
    ConvergenceWarning
        If the mean has not converged in 100 averages.

    Notes
    -----
    A mean that is not the best overestimates the spread, and with it the score, by
    the same fraction of ``1 - score``. On isotropic data, which prefer no mean, the
    best of ten starts is off by about 1 %, rarely by 4 %; on data with a mean by far
    less. It takes some thousand alignments, however many signals there are.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import SignFlip
    >>> from sklearn_symbreak.metrics import orbit_r2_score
    >>> y_true = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> orbit_r2_score(y_true, -y_true, group=SignFlip())
    1.0
    """
    y_true, y_pred = check_pair(y_true, y_pred, group)
    weight = check_average_weight(sample_weight, y_true.shape[0])
    if y_true.shape[0] < 2:
        warnings.warn(
            "R^2 score is not well-defined with less than two samples.",
            UndefinedMetricWarning,
            stacklevel=2,
        )
        return float("nan")
    mean, n_iter = group.mean(y_true, sample_weight=weight, **_COARSE)
    if n_iter == _COARSE["max_iter"]:
        warnings.warn(
            f"The mean of y_true up to group={group!r} has not converged in {n_iter} "
            "averages, so that the score is too high by an unknown part of 1 - score. "
            "Judge by orbit_mean_squared_error or orbit_relative_error, which need no "
            "mean.",
            ConvergenceWarning,
            stacklevel=2,
        )
    unit = None
    if not squares_are_normal(y_true):
        # One for all, in which squares neither overflow nor vanish.
        unit = float(get_namespace(y_true).max(magnitude(y_true)))
    residual, spread = (
        per_sample(_squared_distance, y_true, other, group, unit=unit)
        for other in (y_pred, mean[None, ...])
    )
    numerator = average(residual, sample_weight)
    denominator = average(spread, sample_weight)
    # Signals in one orbit, and perfect predictions, leave nothing but rounding.
    total = float(sum_of_squares(y_true)) if unit is None else math.inf
    if denominator <= _rounding2(y_true) * total:
        sizes = per_sample(_squared_size, y_true, mean[None, ...], group, unit=unit)
        power = average(sizes, sample_weight)
        if denominator <= _rounding2(y_true) * power:
            return 1.0 if numerator <= _rounding2(y_true, y_pred) * power else 0.0
    return 1.0 - numerator / denominator


def _rounding2(*signals):
    """Relative squared distance that rounding leaves between equal signals.

    The rounding of the data, and of aligning them in double precision.
    """
    eps = max(float(get_namespace(y).finfo(y.dtype).eps) for y in signals)
    size = math.prod(signals[0].shape[1:])
    return (2 * eps) ** 2 + (64 * math.sqrt(size) * float(np.finfo(float).eps)) ** 2


def _closest(y_true, y_pred, group):
    """The member of the orbit of each truth that is closest to the prediction.

    All members are equally far from zero, about the centre. Which of them a group
    prefers does not matter here, and would take long to settle.
    """
    xp = get_namespace(y_true)
    nearest = getattr(group, "_nearest", group.representatives)
    # One entry a prediction says enough of most batches, without a pass over all.
    nonzero = xp.reshape(y_pred, (y_pred.shape[0], -1))[:, 0] != 0
    if not bool(xp.all(nonzero)):
        nonzero = squared_norm(y_pred) > 0
    if bool(xp.all(nonzero)):
        return nearest(y_true, y_pred)
    closest = xp.asarray(group.centered(y_true), copy=True)
    index = xp.nonzero(nonzero)[0]
    if index.shape[0]:
        closest[index] = nearest(y_true[index, ...], y_pred[index, ...])
    return closest


def _squared_distance(y_true, y_pred, group):
    return squared_norm(_closest(y_true, y_pred, group) - y_pred)


def _squared_size(y_true, y_pred, group):
    return squared_norm(y_true)


def _relative_error(y_true, y_pred, group):
    norm2 = squared_norm(group.centered(y_true))
    return _squared_distance(y_true, y_pred, group) / norm2


def _scaled_residual(y_true, y_pred, group):
    xp = get_namespace(y_true)
    y_true = rescaled(y_true)
    # The scale of a prediction must not matter, even where its square overflows.
    size = xp.max(xp.abs(xp.reshape(y_pred, (y_pred.shape[0], -1))), axis=1)
    y_pred = y_pred / expand(xp.where(size > 0, size, size + 1), y_pred)
    aligned = group.centered(_closest(y_true, y_pred, group))
    y_pred = group.centered(y_pred)
    norm2 = squared_norm(y_pred)
    zero = norm2 == 0
    scale = real_inner(y_pred, aligned) / xp.where(zero, norm2 + 1, norm2)
    # The difference keeps its digits where one minus a quotient would lose them.
    difference = aligned - expand(xp.clip(scale, 0, None), y_pred) * y_pred
    residual = squared_norm(difference) / squared_norm(aligned)
    return xp.where(zero, xp.ones_like(residual), residual)
