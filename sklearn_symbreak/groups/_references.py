"""References to align to: one template, one reference a sample, or a list."""

import numpy as np

from sklearn_symbreak.utils._array_api import (
    asarray_like,
    get_namespace,
    is_complex,
    to_numpy,
)
from sklearn_symbreak.utils._validation import check_signals


def check_references(reference, x):
    """Ordered list of references, each of shape (1 or n_samples, *signal_shape).

    Whether they are finite is left to a pass that has to read them anyway.

    Parameters
    ----------
    reference : array-like, or list of arrays
        One template, one reference per sample, or several of these in order.
    x : array of shape (n_samples, *signal_shape)
        The signals, whose library, device and dtype the references take.

    Raises
    ------
    ValueError
        If a shape does not fit the signals, a reference is complex and the signals are
        real, or it does not hold numbers.
    TypeError
        If a reference is sparse.
    """
    if reference is None or isinstance(reference, str):
        raise ValueError(
            "reference must be an array or a list of arrays, got "
            f"{reference!r}; SymmetryBreaker takes templates by name."
        )
    several = isinstance(reference, (list, tuple)) and all(
        getattr(entry, "ndim", 0) >= 1 for entry in reference
    )
    entries = reference if several else [reference]
    if len(entries) == 0:
        raise ValueError("reference must hold at least one array, got an empty list.")
    return [_check_reference(entry, x) for entry in entries]


def _check_reference(reference, x):
    xp = get_namespace(x)
    if type(reference) is not np.ndarray or reference.dtype.kind not in "fc":
        reference = check_signals(reference, name="reference", finite=False)
    if type(reference) is not type(x):
        reference = asarray_like(to_numpy(reference), x)
    if is_complex(reference) and not is_complex(x):
        if bool(xp.any(xp.imag(reference) != 0)):
            raise ValueError(
                f"reference must be real for real signals, got dtype {reference.dtype}."
            )
        reference = xp.real(reference)
    if reference.dtype != x.dtype:
        reference = xp.astype(reference, x.dtype)
    signal_shape = tuple(x.shape[1:])
    if tuple(reference.shape) == signal_shape:
        return reference[None, ...]
    if reference.ndim == x.ndim and tuple(reference.shape) in (
        (1, *signal_shape),
        tuple(x.shape),
    ):
        return reference
    raise ValueError(
        f"reference must have shape {signal_shape}, one for all signals, or "
        f"{tuple(x.shape)}, one for each; got shape {tuple(reference.shape)}."
    )


def as_argument(references):
    """Checked references as `align` takes them: a group need not know about lists."""
    if len(references) > 1:
        return references
    (reference,) = references
    return reference[0, ...] if reference.shape[0] == 1 else reference


def generic_template(signal_shape, *, complex_valued=False):
    """A fixed signal that no element of a common group leaves where it is."""
    rng = np.random.RandomState(0)
    template = rng.standard_normal(signal_shape)
    if complex_valued:
        template = template + 1j * rng.standard_normal(signal_shape)
    return template
