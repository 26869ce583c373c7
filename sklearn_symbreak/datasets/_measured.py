"""Measurements of random signals, for all makers of data."""

import numbers

import numpy as np
from sklearn.utils import check_random_state, check_scalar

COMMON = """\
    noise : float, default=0.0
        Standard deviation of normal noise, relative to the root mean square of the
        measurements.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same data at every call.
    return_forward : bool, default=False
        Whether to return the forward model too.
"""


def measured(forward, draw, n_samples, noise, random_state, return_forward):
    """Signals that `draw` gives, and their measurements with noise."""
    check_scalar(n_samples, "n_samples", numbers.Integral, min_val=1)
    check_scalar(noise, "noise", numbers.Real, min_val=0)
    random_state = check_random_state(random_state)
    y = draw(random_state, (n_samples, *forward.signal_shape))
    X = forward(y)
    if noise:
        size = noise * np.sqrt(np.mean(X**2))
        X = X + size * random_state.standard_normal(X.shape)
    return (X, y, forward) if return_forward else (X, y)
