"""What passes between a breaker and the regressor that learns its targets."""

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags


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
    regressor.set_params(**dict.fromkeys(unknown, target_shape[-2:]))


def takes_one_output(regressor):
    """Whether a regressor takes targets of shape (n_samples,)."""
    try:
        if not get_tags(regressor).target_tags.single_output:
            return False
    except AttributeError:  # regressors that do not derive from BaseEstimator
        return True
    # Pipelines, searches and ensembles do not pass this tag on.
    if isinstance(regressor, Pipeline):
        inner = regressor.steps[-1][1]
    else:
        inner = getattr(regressor, "estimator", getattr(regressor, "regressor", None))
    return inner is None or isinstance(inner, str) or takes_one_output(inner)


def as_given(X, checked):
    """A data frame as it is, since a regressor may select columns by name."""
    return X if hasattr(X, "iloc") else checked


def to_real(targets):
    """Flat real rows: real parts, then imaginary parts."""
    flat = targets.reshape(len(targets), -1)
    if np.iscomplexobj(flat):
        return np.concatenate([flat.real, flat.imag], axis=1)
    return flat


def from_real(flat, shape, dtype):
    if dtype.kind == "c":
        half = flat.shape[1] // 2
        flat = flat[:, :half] + 1j * flat[:, half:]
    return flat.reshape(len(flat), *shape).astype(dtype, copy=False)
