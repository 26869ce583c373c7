"""Validation of pairs of signals, and errors per sample in bounded memory."""

import numpy as np
from sklearn.utils import gen_batches

from sklearn_symbreak.utils._array_api import (
    all_finite,
    constant,
    double,
    expand,
    get_namespace,
    is_numpy,
    to_numpy,
)
from sklearn_symbreak.utils._validation import (
    check_acts_on,
    check_average_weight,
    check_group,
    check_signals,
)

# Memory beyond the inputs is a few times this size, whatever the number of samples.
CHUNK_BYTES = 2**22


def check_pair(y_true, y_pred, group, *, nonzero=False):
    """Validated signals and predictions of one shape; scalars become columns."""
    check_group(group)
    # Errors are numbers: for losses there is `group.distance`.
    y_true = constant(check_signals(y_true, name="y_true"))
    y_pred = constant(check_signals(y_pred, name="y_pred", finite=False))
    if is_numpy(y_true) != is_numpy(y_pred):
        # Estimators predict numpy arrays, whatever the library of the truth.
        y_true, y_pred = to_numpy(y_true), to_numpy(y_pred)
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
    check_acts_on(group, y_true, "y_true")
    check_acts_on(group, y_pred, "y_pred")
    if nonzero:
        xp = get_namespace(y_true)
        # About the centre: points that coincide are no shape to be relative to.
        centered = group.centered(y_true)
        zero = ~xp.any(xp.reshape(centered, (y_true.shape[0], -1)) != 0, axis=1)
        if bool(xp.any(zero)):
            raise ValueError(
                "y_true must not hold zero signals, to which no error is relative: "
                f"{int(xp.count_nonzero(zero))} found, first in row "
                f"{int(xp.argmax(xp.astype(zero, xp.int8)))}."
            )
    return y_true, y_pred


def chunks(y):
    """Slices of samples whose signals fit a chunk."""
    row_bytes = 16 * max(1, int(np.prod(y.shape[1:])))
    return gen_batches(y.shape[0], max(1, CHUNK_BYTES // row_bytes))


def is_failed(y_pred):
    """Which predictions are not finite."""
    xp = get_namespace(y_pred)
    if all_finite(y_pred):
        return xp.zeros(y_pred.shape[0], dtype=xp.bool, device=y_pred.device)
    finite = xp.isfinite(xp.reshape(y_pred, (y_pred.shape[0], -1)))
    return ~xp.all(finite, axis=1)


def per_sample(error, y_true, y_pred, group, *, unit=None):
    """Errors per sample in double precision, computed chunk by chunk.

    Signals and predictions are divided by `unit` before, a number or a function of the
    signals. Predictions too large for that have infinite errors.
    """
    errors = np.empty(y_true.shape[0])
    for chunk in chunks(y_true):
        part = y_pred[chunk, ...] if y_pred.shape[0] > 1 else y_pred
        truth, prediction = double(y_true[chunk, ...], part), double(part, y_true)
        prediction, _ = _failed_as_zero(prediction)
        if prediction.shape[0] < truth.shape[0]:
            xp = get_namespace(prediction)
            prediction = xp.broadcast_to(prediction, truth.shape)
        too_large = False
        with np.errstate(over="ignore"):
            if unit is not None:
                size = expand(unit(truth), truth) if callable(unit) else unit
                truth = truth / size
                prediction, too_large = _failed_as_zero(prediction / size)
            found = to_numpy(error(truth, prediction, group))
        errors[chunk] = np.where(too_large, np.inf, found)
    return errors


def _failed_as_zero(y_pred):
    failed, xp = is_failed(y_pred), get_namespace(y_pred)
    if bool(xp.any(failed)):
        y_pred = xp.where(expand(failed, y_pred), xp.zeros_like(y_pred), y_pred)
    return y_pred, to_numpy(failed)


def average(errors, sample_weight):
    """Weighted mean as a float."""
    weight = check_average_weight(sample_weight, len(errors))
    return float(np.average(errors, weights=weight))
