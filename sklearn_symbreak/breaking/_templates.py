"""The templates of a breaker."""

import numpy as np
from sklearn.utils import check_random_state

from sklearn_symbreak.utils._array_api import (
    asarray_like,
    get_namespace,
    is_complex,
    real_dtype,
    rescaled,
    squared_norm,
    to_numpy,
)
from sklearn_symbreak.utils._validation import check_signals


def check_templates(given, group, X):
    """Copies of the templates, an array or an ordered list, in the dtype of X."""
    signal_shape = tuple(X.shape[1:])
    ordered = isinstance(given, (list, tuple)) and all(
        np.ndim(entry) >= 1 and np.shape(entry) == signal_shape for entry in given
    )
    templates = []
    for entry in given if ordered and len(given) else [given]:
        try:
            shape = tuple(np.shape(entry))
        except ValueError:  # rows of different lengths
            shape = None
        if shape != signal_shape:
            found = f"shape {shape}" if shape else _described(given)
            raise ValueError(
                "template must be 'canonical', 'mean', an array of shape "
                f"{signal_shape}, that of one signal, or a list of such "
                f"arrays; got {found}."
            )
        entry = check_signals(entry, name="template")
        if is_complex(entry) and not is_complex(X):
            raise ValueError(
                f"template must be real for real signals, got dtype {entry.dtype}."
            )
        # A copy: the caller may change the array that was given.
        entry = asarray_like(np.array(to_numpy(entry)), X, X.dtype)
        if not bool(get_namespace(entry).any(entry != 0)):
            raise ValueError("template must not be zero: every signal would tie.")
        templates.append(entry)
    refuse_fixed_templates(templates, group, X, "template")
    return templates


def refuse_fixed_templates(templates, group, X, name):
    """Raise a ValueError if elements fix the templates: every signal would tie."""
    rng = check_random_state(0)
    probe = rng.standard_normal((4, *X.shape[1:]))
    if is_complex(X):
        probe = probe + 1j * rng.standard_normal(probe.shape)
    probe = asarray_like(probe, X, X.dtype)
    xp = get_namespace(X)
    floor = 1e3 * xp.finfo(real_dtype(X)).eps
    # An element that fixes a generic combination of templates fixes each of them.
    weights = 1 / np.sqrt(np.arange(1, len(templates) + 1))
    moderate = [rescaled(template[None, ...]) for template in templates]
    norm2 = [squared_norm(template) for template in moderate]
    sizes = [xp.sqrt(xp.where(value > 0, value, value + 1)) for value in norm2]
    combination = sum(
        float(weight) * (template / size)[0, ...]
        for weight, template, size in zip(weights, moderate, sizes, strict=True)
    )
    if not bool(xp.any(group.centered(probe))):
        # Of a single point about its centre nothing is left that could tie.
        return
    if bool(xp.all(group.margin(probe, combination) <= floor)):
        raise ValueError(
            f"{name} must not be fixed by an element of {group!r} that moves "
            "other signals: every signal would tie. Give a less symmetric "
            "template, or further ones in a list to settle the ties."
        )


def _described(template):
    if isinstance(template, (list, tuple)):
        return f"a list of entries of shapes {[np.shape(entry) for entry in template]}"
    return repr(template)
