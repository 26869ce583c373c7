"""Errors and scores up to a symmetry."""

import warnings

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.utils import check_consistent_length, gen_batches

from sklearn_symbreak.groups._base import real_inner
from sklearn_symbreak.utils._array_api import (
    expand,
    get_namespace,
    is_complex,
    squared_norm,
    to_numpy,
)
from sklearn_symbreak.utils._validation import check_group, check_signals

# Memory beyond the inputs is a few times this size, whatever the number of samples.
CHUNK_BYTES = 2**26


def orbit_mean_squared_error(y_true, y_pred, *, group, sample_weight=None):
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
        If the shapes differ, `y_true` is empty or not finite, or the weights are not
        finite or sum to zero.
    TypeError
        If `group` is not a symmetry group.

    Notes
    -----
    What is computed is the distance of a prediction from the orbit of the truth. As a
    group acts by isometries, moving the prediction gives the same minimum, except for
    translations, which depend on where a signal has room: a prediction with noise all
    over its canvas could not be translated without loss, the truth can.

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
    y_true, y_pred = _check_pair(y_true, y_pred, group)
    errors = _per_sample(_squared_distance, y_true, y_pred, group)
    size = int(np.prod(y_true.shape[1:]))
    return _average(errors / size, sample_weight)


def orbit_relative_error(y_true, y_pred, *, group, sample_weight=None):
    """Squared error relative to the squared norm of the truth, up to the symmetry.

    The mean over samples of ``min_g ‖g·y_pred - y_true‖² / ‖y_true‖²``.

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
        the weights are not finite or sum to zero.
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
    y_true, y_pred = _check_pair(y_true, y_pred, group, nonzero=True)
    errors = _per_sample(_relative_error, y_true, y_pred, group)
    return _average(errors, sample_weight)


def scaled_orbit_residual(y_true, y_pred, *, group, sample_weight=None):
    """Relative squared error up to the symmetry, a scale and a global phase.

    The mean over samples of ``1 - max_g |⟨y_true, g·y_pred⟩|² / (‖y_true‖²
    ‖y_pred‖²)``, which is ``min over g, θ and η > 0 of ‖y_true - η e^{iθ} g·y_pred‖² /
    ‖y_true‖²`` (eqs. A.7 to A.13 of [1]_, with the squares that were lost in print).

    Parameters
    ----------
    y_true : array-like of shape (n_samples, *signal_shape)
        True signals, none of them zero.
    y_pred : array-like of shape (n_samples, *signal_shape)
        Predicted signals. A prediction that is zero or not finite counts as 1.
    group : SymmetryGroup
        The symmetry; a global phase (a sign, for real signals) is always added.
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
        the weights are not finite or sum to zero; or if the signals are complex and
        the group cannot be aligned together with a phase, as permutations.
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
    y_true, y_pred = _check_pair(y_true, y_pred, group, nonzero=True)
    errors = _per_sample(_scaled_residual, y_true, y_pred, group.up_to_phase())
    return _average(errors, sample_weight)


def orbit_r2_score(y_true, y_pred, *, group, sample_weight=None):
    """Coefficient of determination up to the symmetry.

    ``1 - Σ_i min_g ‖g·y_pred_i - y_true_i‖² / Σ_i min_g ‖g·m - y_true_i‖²`` with m the
    mean of `y_true` up to the symmetry (see `SymmetryGroup.mean`): 1 for perfect
    predictions, 0 for the constant prediction m. For a group that does nothing it is
    scikit-learn's ``r2_score(..., multioutput="variance_weighted")``.

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
        finite or sum to zero.
    TypeError
        If `group` is not a symmetry group.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import SignFlip
    >>> from sklearn_symbreak.metrics import orbit_r2_score
    >>> y_true = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> orbit_r2_score(y_true, -y_true, group=SignFlip())
    1.0
    """
    y_true, y_pred = _check_pair(y_true, y_pred, group)
    weight = _check_weight(sample_weight, y_true)
    if y_true.shape[0] < 2:
        warnings.warn(
            "R^2 score is not well-defined with less than two samples.",
            UndefinedMetricWarning,
            stacklevel=2,
        )
        return float("nan")
    residual = _per_sample(_squared_distance, y_true, y_pred, group)
    mean, _ = group.mean(y_true, sample_weight=weight)
    spread = _per_sample(_squared_distance, y_true, mean[None, ...], group)
    numerator = _average(residual, sample_weight)
    denominator = _average(spread, sample_weight)
    if denominator == 0:
        return 1.0 if numerator == 0 else 0.0
    return 1.0 - numerator / denominator


def consistency_error(X, y_pred, *, forward, sample_weight=None):
    """How far predictions are from explaining the measurements.

    The mean over samples of ``‖f(y_pred) - X‖² / ‖X‖²``. It needs no truth and no
    group, since the measurement is the same for all members of an orbit.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_measurements)
        Measurements, none of them all zero.
    y_pred : array-like of shape (n_samples, *signal_shape)
        Predicted signals. A prediction that is not finite counts as 1.
    forward : callable
        The forward model: ``forward(y)`` has the shape of X.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the samples.

    Returns
    -------
    error : float
        Nonnegative, best is 0.

    Raises
    ------
    ValueError
        If `X` is not finite, holds a row of zeros, or does not fit the predictions.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.metrics import consistency_error
    >>> consistency_error([[1.0], [4.0]], [[-1.0], [2.0]], forward=np.square)
    0.0
    """
    X = check_signals(X, name="X", signal_ndim=1, dtype="real")
    if bool(np.any(squared_norm(X) == 0)):
        raise ValueError(
            "X must not hold rows of zeros: the error is relative to them."
        )
    y_pred = check_signals(y_pred, name="y_pred", finite=False)
    check_consistent_length(X, y_pred)
    failed = _failed(y_pred)
    errors = np.ones(len(X))
    for chunk in _chunks(y_pred):
        usable = np.flatnonzero(~failed[chunk]) + chunk.start
        if len(usable):
            measured = forward(y_pred[usable])
            if measured.shape != X[usable].shape:
                raise ValueError(
                    "forward must return measurements of the shape of X, "
                    f"{X[usable].shape} for these predictions, got {measured.shape}."
                )
            difference = measured - X[usable]
            errors[usable] = squared_norm(difference) / squared_norm(X[usable])
    return _average(errors, sample_weight)


def _squared_distance(y_true, y_pred, group):
    aligned, _ = group.align(y_true, y_pred)
    return squared_norm(aligned - y_pred)


def _relative_error(y_true, y_pred, group):
    return _squared_distance(y_true, y_pred, group) / squared_norm(y_true)


def _scaled_residual(y_true, y_pred, group):
    xp = get_namespace(y_true)
    # The scale of a prediction must not matter, even where its square overflows.
    size = xp.max(xp.abs(xp.reshape(y_pred, (y_pred.shape[0], -1))), axis=1)
    y_pred = y_pred / expand(xp.where(size > 0, size, size + 1), y_pred)
    aligned, _ = group.align(y_true, y_pred)
    norm2 = squared_norm(y_pred)
    zero = norm2 == 0
    scale = real_inner(y_pred, aligned) / xp.where(zero, norm2 + 1, norm2)
    # The difference keeps its digits where one minus a quotient would lose them.
    difference = aligned - expand(scale, y_pred) * y_pred
    return xp.where(
        zero, 0 * norm2 + 1, squared_norm(difference) / squared_norm(aligned)
    )


def _check_pair(y_true, y_pred, group, *, nonzero=False):
    check_group(group)
    y_true = check_signals(y_true, name="y_true")
    y_pred = check_signals(y_pred, name="y_pred", finite=False)
    if y_true.ndim == 2 and y_true.shape[1] == 1 and y_pred.ndim == 1:
        y_pred = y_pred[:, None]
    if y_true.ndim == 1:
        y_true = y_true[:, None]
        y_pred = y_pred[:, None] if y_pred.ndim == 1 else y_pred
    if y_true.shape != y_pred.shape:
        raise ValueError(
            "y_true and y_pred must have the same shape, got "
            f"{tuple(y_true.shape)} and {tuple(y_pred.shape)}."
        )
    if nonzero:
        zero = squared_norm(y_true) == 0
        xp = get_namespace(y_true)
        if bool(xp.any(zero)):
            raise ValueError(
                "y_true must not hold zero signals, to which no error is relative: "
                f"{int(xp.count_nonzero(zero))} found, first in row "
                f"{int(xp.argmax(xp.astype(zero, xp.int8)))}."
            )
    return y_true, y_pred


def _check_weight(sample_weight, y_true):
    if sample_weight is None:
        return None
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (y_true.shape[0],):
        raise ValueError(
            f"sample_weight must have shape ({y_true.shape[0]},), got {weight.shape}."
        )
    if not np.isfinite(weight).all() or weight.sum() == 0:
        raise ValueError(
            "sample_weight must be finite with a sum other than zero, got the sum "
            f"{weight.sum()}."
        )
    return weight


def _chunks(y):
    row_bytes = 16 * max(1, int(np.prod(y.shape[1:])))
    return gen_batches(y.shape[0], max(1, CHUNK_BYTES // row_bytes))


def _failed(y_pred):
    xp = get_namespace(y_pred)
    finite = xp.isfinite(xp.reshape(y_pred, (y_pred.shape[0], -1)))
    return ~xp.all(finite, axis=1)


def _per_sample(error, y_true, y_pred, group):
    """Errors per sample in double precision, computed chunk by chunk."""
    errors = np.empty(y_true.shape[0])
    for chunk in _chunks(y_true):
        truth = _double(y_true[chunk, ...], y_pred)
        prediction = _double(
            y_pred[chunk, ...] if y_pred.shape[0] > 1 else y_pred, truth
        )
        xp = get_namespace(prediction)
        failed = _failed(prediction)
        if bool(xp.any(failed)):
            prediction = xp.where(
                expand(failed, prediction), xp.zeros_like(prediction), prediction
            )
        if prediction.shape[0] < truth.shape[0]:
            prediction = xp.broadcast_to(prediction, truth.shape)
        errors[chunk] = to_numpy(error(truth, prediction, group))
    return errors


def _double(y, other):
    xp = get_namespace(y)
    complex_valued = is_complex(y) or is_complex(other)
    return xp.astype(y, xp.complex128 if complex_valued else xp.float64, copy=False)


def _average(errors, sample_weight):
    weight = _check_weight(sample_weight, errors)
    return float(np.average(errors, weights=weight))
