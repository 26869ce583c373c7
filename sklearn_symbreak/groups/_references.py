"""What signals are aligned to: one template, one reference a sample, or a list."""

from sklearn_symbreak.utils._array_api import (
    all_finite,
    get_namespace,
    is_complex,
    like,
    to_numpy,
)


def check_references(reference, x, name="reference"):
    """Ordered list of references, each of shape (1 or n_samples, *signal_shape).

    Parameters
    ----------
    reference : array-like, or list of arrays
        One template, one reference per sample, or several of these in order.
    x : array of shape (n_samples, *signal_shape)
        The signals, whose library, device and dtype the references take.
    name : str, default="reference"
        How error messages call the argument.

    Raises
    ------
    ValueError
        If a shape does not fit the signals, or a reference is complex and the signals
        are real.
    """
    several = isinstance(reference, (list, tuple)) and all(
        getattr(entry, "ndim", 0) >= 1 for entry in reference
    )
    entries = reference if several else [reference]
    if len(entries) == 0:
        raise ValueError(f"{name} must hold at least one array, got an empty list.")
    return [_check_reference(entry, x, name) for entry in entries]


def _check_reference(reference, x, name):
    xp = get_namespace(x)
    if type(reference) is not type(x):
        reference = like(
            to_numpy(reference) if hasattr(reference, "dtype") else reference, x
        )
    if is_complex(reference) and not is_complex(x):
        if bool(xp.any(xp.imag(reference) != 0)):
            raise ValueError(
                f"{name} must be real for real signals, got dtype {reference.dtype}."
            )
        reference = xp.real(reference)
    if reference.dtype != x.dtype:
        reference = xp.astype(reference, x.dtype)
    if not all_finite(reference):
        raise ValueError(
            f"{name} must hold finite numbers, got NaN or infinity, in an array of "
            f"shape {tuple(reference.shape)}."
        )
    signal_shape = tuple(x.shape[1:])
    if tuple(reference.shape) == signal_shape:
        return reference[None, ...]
    if reference.ndim == x.ndim and tuple(reference.shape) in (
        (1, *signal_shape),
        tuple(x.shape),
    ):
        return reference
    raise ValueError(
        f"{name} must have shape {signal_shape}, one for all signals, or "
        f"{tuple(x.shape)}, one for each; got shape {tuple(reference.shape)}."
    )


def rows(references, index):
    """The references of some samples: those given once for all stay as they are."""
    return [entry if entry.shape[0] == 1 else entry[index, ...] for entry in references]


def as_argument(references):
    """Checked references as `align` takes them: a group need not know about lists."""
    if len(references) > 1:
        return references
    (reference,) = references
    return reference[0, ...] if reference.shape[0] == 1 else reference
