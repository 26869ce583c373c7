"""Targets on their way between a breaker and the regressor that learns them."""

import math

import numpy as np

from sklearn_symbreak.utils._validation import check_measurements


def breaker_steps(breaker):
    """The transformers of a breaker, in order of application."""
    if breaker is None:
        return []
    if hasattr(breaker, "steps"):
        return [part for _, step in breaker.steps for part in breaker_steps(step)]
    return [] if isinstance(breaker, str) else [breaker]


def tell_signal_shape(regressor, target_shape):
    """Set parameters `signal_shape` that are None: flat targets do not show it."""
    if len(target_shape) < 2:
        return
    unknown = [
        name
        for name, value in regressor.get_params().items()
        if name.rpartition("__")[2] == "signal_shape" and value is None
    ]
    if unknown:
        regressor.set_params(**dict.fromkeys(unknown, target_shape[-2:]))


def needs_measurements(step):
    """Whether the inverse of a transformer of targets takes the measurements."""
    return getattr(step, "inverse_needs_measurements", False)


def measurements_for(breaker, X):
    """The measurements as an array for the steps that invert by them; None if none do.

    Raises
    ------
    ValueError
        If one does and X is complex, not 2-D, not finite, or has another number of
        columns than it needs.
    """
    measurements = None
    for step in filter(needs_measurements, breaker_steps(breaker)):
        needed = getattr(step, "n_measurements", None)
        if measurements is None:
            measurements = check_measurements(X, allow_nan=True)
        if needed not in (None, measurements.shape[1]):
            raise ValueError(
                f"X must have {needed} columns, the measurements from which the "
                f"breaker {step!r} recovers signals, got shape {measurements.shape}."
            )
        missing = np.isnan(measurements).any(axis=1)
        if missing.any():
            raise ValueError(
                f"X must hold all measurements for the breaker {step!r}, which "
                f"recovers signals from them, got NaN in {missing.sum()} of "
                f"{len(missing)} rows."
            )
    return measurements


def to_signals(breaker, targets, measurements):
    """Targets after `inverse_transform` of all steps."""
    for step in reversed(breaker_steps(breaker)):
        if needs_measurements(step):
            targets = step.inverse_transform(targets, measurements)
        # A mark of the method itself, which a subclass with its own does not inherit.
        elif not getattr(step.inverse_transform, "is_identity", False):
            targets = step.inverse_transform(targets)
        targets = np.asarray(targets)
    return targets


def to_real(targets):
    """Flat real rows: real parts, then imaginary parts."""
    flat = targets.reshape(len(targets), -1)
    if np.iscomplexobj(flat):
        return np.concatenate([flat.real, flat.imag], axis=1)
    return flat


def from_real(predicted, shape, dtype):
    """Targets from what a regressor that has learned `to_real` of them predicts."""
    width = math.prod(shape) * (2 if dtype.kind == "c" else 1)
    if predicted.ndim == 0 or predicted.size != len(predicted) * width:
        raise ValueError(
            f"regressor must predict {width} outputs a sample, as many as it was "
            f"fitted to, got shape {predicted.shape}."
        )
    flat = predicted.reshape(len(predicted), width)
    if dtype.kind == "c":
        half = flat.shape[1] // 2
        flat = flat[:, :half] + 1j * flat[:, half:]
    return flat.reshape(len(flat), *shape).astype(dtype, copy=False)
