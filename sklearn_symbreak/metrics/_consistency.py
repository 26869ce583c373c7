"""The error that needs no truth."""

import numpy as np

from sklearn_symbreak.metrics._per_sample import average, chunks, is_failed
from sklearn_symbreak.utils._array_api import magnitude, squared_norm, to_numpy
from sklearn_symbreak.utils._validation import check_same_length, check_signals


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
        If `X` is not finite, holds a row of zeros, or does not fit the predictions.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.metrics import consistency_error
    >>> consistency_error([[1.0], [4.0]], [[-1.0], [2.0]], forward=np.square)
    0.0
    """
    X = to_numpy(check_signals(X, name="X", signal_ndim=1, dtype="real"))
    if not X.any(axis=1).all():
        raise ValueError(
            "X must not hold rows of zeros: the error is relative to them."
        )
    y_pred = check_signals(y_pred, name="y_pred", finite=False)
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
            # In units in which squares neither overflow nor vanish.
            wanted = X[usable].astype(np.float64)
            unit = magnitude(wanted)[:, None]
            difference = (measured - wanted) / unit
            errors[usable] = squared_norm(difference) / squared_norm(wanted / unit)
    return average(errors, sample_weight)
