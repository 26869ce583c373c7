"""The error that needs no truth."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sklearn_symbreak.metrics._per_sample import average, chunks, is_failed
from sklearn_symbreak.utils._array_api import magnitude, squared_norm, to_numpy
from sklearn_symbreak.utils._typing import Forward
from sklearn_symbreak.utils._validation import (
    check_measurements,
    check_same_length,
    check_signals,
    fill_masked,
)


def consistency_error(
    X: ArrayLike,
    y_pred: ArrayLike,
    *,
    forward: Forward,
    sample_weight: ArrayLike | None = None,
) -> float:
    """How far predictions are from explaining the measurements.

    The mean over samples of ``‖f(y_pred) - X‖² / ‖X‖²``, both norms over what has been
    measured. It needs no truth and no group, since the measurement is the same for all
    members of an orbit.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_measurements)
        Measurements, none of them all zero. NaN means "not measured".
    y_pred : array-like of shape (n_samples, *signal_shape)
        Predicted signals. A prediction that is not finite counts as 1; one that is, but
        whose measurement is too large for its precision, has an infinite error.
    forward : callable
        The forward model: ``forward(y)`` has the shape of X. It is given the library
        of `y_pred`.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the samples.

    Returns
    -------
    error : float
        Nonnegative, best is 0.

    Raises
    ------
    ValueError
        If `X` is infinite somewhere, holds a row of zeros or one without any measured
        number, or does not fit the predictions.
    TypeError
        If `forward` is not callable.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.metrics import consistency_error
    >>> consistency_error([[1.0], [4.0]], [[-1.0], [2.0]], forward=np.square)
    0.0
    """
    check_forward(forward)
    X = _check_measured(X)
    shape = getattr(forward, "signal_shape", None)
    y_pred = check_signals(y_pred, name="y_pred", signal_shape=shape, finite=False)
    check_same_length(X=X, y_pred=y_pred)
    failed = to_numpy(is_failed(y_pred))
    errors = np.ones(len(X))
    for chunk in chunks(y_pred):
        usable = np.flatnonzero(~failed[chunk]) + chunk.start
        if len(usable):
            measured = to_numpy(forward(y_pred[usable]))
            if measured.shape != X[usable].shape:
                raise ValueError(
                    "forward must return measurements of the shape of X, "
                    f"{X[usable].shape} for these predictions, got {measured.shape}."
                )
            if measured.dtype.kind not in "biuf":
                raise ValueError(
                    "forward must return real measurements, got dtype "
                    f"{measured.dtype}."
                )
            errors[usable] = _relative_residual(measured, X[usable])
    return average(errors, sample_weight)


def check_forward(forward):
    """Raise a TypeError if a forward model cannot be called on signals."""
    if isinstance(forward, type) or not callable(forward):
        raise TypeError(
            "forward must be a function of signals, such as np.square or an instance "
            f"of a forward model, got {forward!r}."
        )


def _check_measured(X):
    """Real measurements, NaN where there are none, with something in every row."""
    if hasattr(X, "iloc"):
        # Frames have signs of their own for what is missing.
        X = check_measurements(X, allow_nan=True)
    X = fill_masked(X)
    X = to_numpy(check_signals(X, name="X", signal_ndim=1, dtype="real", finite=False))
    if np.isinf(X).any():
        raise ValueError(
            "Input X contains infinity; it must be finite, or NaN where nothing has "
            "been measured."
        )
    missing = np.isnan(X)
    empty = missing.all(axis=1)
    if empty.any():
        raise ValueError(
            f"X must hold a measured number in every row, got nothing but NaN in "
            f"{empty.sum()} of them, first in row {empty.argmax()}."
        )
    if (missing | (X == 0)).all(axis=1).any():
        raise ValueError(
            "X must not hold rows of zeros: the error is relative to them."
        )
    return X


def _relative_residual(measured, wanted):
    """``‖measured - wanted‖² / ‖wanted‖²`` over the entries that are not NaN."""
    missing = np.isnan(wanted)
    wanted = np.where(missing, 0, wanted.astype(np.float64))
    measured = np.where(missing, 0, measured)
    # In units in which squares neither overflow nor vanish.
    unit = magnitude(wanted)[:, None]
    with np.errstate(over="ignore", invalid="ignore"):
        difference = (measured - wanted) / unit
        found = squared_norm(difference) / squared_norm(wanted / unit)
    return np.where(np.isfinite(measured).all(axis=1), found, np.inf)
