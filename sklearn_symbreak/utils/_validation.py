"""Validation of signals (targets) and measurements, shared by the whole package."""

import numbers
import warnings

import numpy as np
from sklearn.utils import check_array, check_scalar

from sklearn_symbreak.utils._array_api import (
    all_finite,
    get_namespace,
    is_complex,
    to_numpy,
)


def check_signals(
    y,
    *,
    name="y",
    signal_ndim=None,
    signal_shape=None,
    dtype=None,
    scalars=True,
    finite=True,
):
    """Validate a batch of signals and return it as a floating or complex array.

    Parameters
    ----------
    y : array-like of shape (n_samples, *signal_shape)
        Real or complex signals; integers and booleans become float64. A torch
        tensor stays a torch tensor on its device.
    name : str, default="y"
        How error messages call the argument.
    signal_ndim : int, optional
        Required number of axes after the first.
    signal_shape : tuple of int, optional
        Required shape after the first axis.
    dtype : {None, "real"}, default=None
        "real" refuses complex input.
    scalars : bool, default=True
        Whether signals may be scalars, in an array of shape (n_samples,).
    finite : bool, default=True
        Whether to refuse NaN and infinity here; False leaves it to a later pass.

    Returns
    -------
    y : array of shape (n_samples, *signal_shape)
        float32, float64, complex64 or complex128; not a copy if it was already.

    Raises
    ------
    ValueError
        If the batch is empty, has the wrong number of axes or shape, or holds
        NaN, infinity or non-numbers.
    """
    y = _as_tensor(y, name) if _is_torch(y) else _as_numpy(y, name)
    xp = get_namespace(y)
    if not (is_complex(y) or y.dtype in (xp.float64, xp.float32)):
        y = xp.astype(y, xp.float64)
    if y.ndim == 0:
        raise ValueError(
            f"{name} must be a batch of signals of shape (n_samples, *signal_shape), "
            "got a scalar."
        )
    if y.ndim == 1 and not scalars:
        raise ValueError(
            f"Expected 2D array or more, got 1D array instead: {name} must have shape "
            f"(n_samples, *signal_shape), got {tuple(y.shape)}. Reshape your data with "
            "reshape(-1, 1) if the signals are scalars."
        )
    if dtype == "real" and is_complex(y):
        raise ValueError(f"{name} must be real, got dtype {y.dtype}.")
    if signal_ndim is not None and y.ndim != signal_ndim + 1:
        raise ValueError(
            f"{name} must have {signal_ndim + 1} axes, n_samples and "
            f"{signal_ndim} signal {'axis' if signal_ndim == 1 else 'axes'}; "
            f"got shape {tuple(y.shape)}."
        )
    if isinstance(signal_shape, numbers.Integral):
        raise TypeError(
            f"signal_shape must be a tuple of ints, such as ({signal_shape},), got "
            f"{signal_shape!r}."
        )
    if signal_shape is not None and tuple(y.shape[1:]) != tuple(signal_shape):
        hint = "the first axis is that of the samples"
        if y.ndim == 1 and tuple(signal_shape) == (1,):
            hint = "scalars take reshape(-1, 1)"
        raise ValueError(
            f"{name} must have signals of shape {tuple(signal_shape)}, got shape "
            f"{tuple(y.shape)}; {hint}."
        )
    if 0 in y.shape:
        what = "sample" if y.shape[0] == 0 else "feature"
        raise ValueError(
            f"Found array with 0 {what}(s) (shape={tuple(y.shape)}) in {name} while a "
            "minimum of 1 is required."
            if what == "sample"
            else f"Found array with 0 feature(s) (shape={tuple(y.shape)}) while a "
            f"minimum of 1 is required by {name}."
        )
    if finite and not all_finite(y):
        raise ValueError(f"Input {name} contains NaN or infinity; it must be finite.")
    return y


def check_measurements(
    X, *, name="X", n_measurements=None, allow_nan=False, estimator=None
):
    """Validate measurements: 2-D, real, finite; return a float ndarray.

    With `allow_nan`, NaN may stand for what has not been measured, as a mask does.
    The message that refuses it names the `estimator`.

    Raises
    ------
    ValueError
        If `X` is complex, not 2-D, empty, not finite, or has a number of columns
        other than `n_measurements`.
    """
    X = fill_masked(X)
    refuse_complex(X, name)
    X = to_numpy(X) if _is_torch(X) else _native(X)
    if getattr(X, "ndim", 2) > 2:
        raise ValueError(
            f"Found array with dim {X.ndim}: {name} must have shape (n_samples, "
            f"n_measurements), got {tuple(X.shape)}; patterns take "
            f"{name}.reshape(len({name}), -1)."
        )
    X = check_array(
        X,
        dtype=(np.float64, np.float32),
        ensure_all_finite="allow-nan" if allow_nan else True,
        input_name=name,
        estimator=estimator,
    )
    X = _native(X)
    if n_measurements is not None and X.shape[1] != n_measurements:
        raise ValueError(
            f"{name} must have {n_measurements} columns, one per measurement, got "
            f"shape {X.shape}."
        )
    return X


def fill_masked(X):
    """NaN in the place of masked entries, whose values would count otherwise."""
    if not isinstance(X, np.ma.MaskedArray):
        return X
    return np.where(X.mask, np.nan, X.data) if np.ma.is_masked(X) else X.data


# Noise makes some squared magnitudes negative, at a signal-to-noise ratio of -5 dB more
# than a third of the total magnitude; in centred features, half of it is.
MAX_NEGATIVE_FRACTION = 0.4


def negative_fraction(X):
    """Share of the total magnitude that is negative; what was not measured is none."""
    largest = np.nanmax(np.abs(X))
    if not largest > 0:
        return 0.0
    # In this unit sums stay in the range of the numbers.
    shares = X / largest
    return -np.sum(shares, where=shares < 0) / np.nansum(np.abs(shares))


def warn_if_centered(X, step, consequence=""):
    """Warn where squared magnitudes have more negative numbers than noise makes."""
    negative = negative_fraction(X)
    if negative > MAX_NEGATIVE_FRACTION:
        warnings.warn(
            f"X must hold squared magnitudes: negative ones make up {negative:.0%} of "
            f"their total magnitude, more than noise does{consequence}. Is a scaler in "
            f"front of {step}?",
            UserWarning,
            stacklevel=4,
        )


def check_same_length(**arrays):
    """Raise a ValueError that names the arrays if they hold other numbers of samples.

    scikit-learn's own message gives no names.
    """
    lengths = {
        # Sparse matrices have no length.
        name: array.shape[0] if hasattr(array, "shape") else len(array)
        for name, array in arrays.items()
    }
    if len(set(lengths.values())) > 1:
        found = " and ".join(f"{name} has {n}" for name, n in lengths.items())
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: {found}; "
            "they must be equal."
        )


def refuse_missing_targets(estimator, y):
    """Raise a ValueError if there are no targets, in the words of scikit-learn."""
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but "
            "the target y is None."
        )


def check_nonnegative(value, name):
    """Refuse what is no finite number of at least 0; scikit-learn lets NaN pass."""
    check_scalar(value, name, numbers.Real, min_val=0)
    if not value < np.inf:
        raise ValueError(
            f"{name} must be a finite number of at least 0, got {value!r}."
        )


def check_average_weight(sample_weight, n_samples):
    """Weights of an average in double precision, or None."""
    if sample_weight is None:
        return None
    try:
        # A series of pandas is no array of a library that has arrays.
        is_tensor = _is_torch(sample_weight)
        weight = np.asarray(to_numpy(sample_weight) if is_tensor else sample_weight)
        if weight.dtype.kind == "c":
            raise TypeError(f"real ones, got dtype {weight.dtype}")
        weight = weight.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"sample_weight must hold numbers: {error}") from None
    if weight.shape != (n_samples,):
        raise ValueError(
            f"sample_weight must have shape ({n_samples},), got {weight.shape}."
        )
    if not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():
        raise ValueError(
            "sample_weight must be finite, not negative and not all zero, got values "
            f"from {weight.min()} to {weight.max()}."
        )
    with np.errstate(over="ignore"):
        # Only their ratios count, and their sum has to be a number.
        return weight if np.isfinite(weight.sum()) else weight / weight.max()


def check_group(group, name="group"):
    """Raise a TypeError if `group` is not an instance that can align.

    Any object with the methods of `SymmetryGroup` will do.
    """
    methods = ("align", "representatives", "margin", "get_params")
    if isinstance(group, type) or not all(hasattr(group, m) for m in methods):
        raise TypeError(
            f"{name} must be a symmetry group, such as SignFlip() or an instance of "
            f"your own subclass of SymmetryGroup, got {group!r}."
        )


def check_acts_on(group, x, name):
    """Raise a ValueError if a group does not act on signals of this kind.

    It says so by `signal_ndim`, the number of signal axes, and `acts_on`, "real" or
    "complex". A group without them, or with None, takes any. Groups of the package look
    at the shape, too.
    """
    needed, kind = getattr(group, "signal_ndim", None), getattr(group, "acts_on", None)
    if needed is not None and x.ndim != needed + 1:
        raise ValueError(
            f"{name} must have {needed + 1} axes for {type(group).__name__}, n_samples "
            f"and {needed} signal {'axis' if needed == 1 else 'axes'}; got shape "
            f"{tuple(x.shape)}."
        )
    if x.ndim < 2:
        raise ValueError(
            f"{name} must have shape (n_samples, *signal_shape) with at least one "
            f"signal axis, got shape {tuple(x.shape)}."
        )
    if kind is not None and kind != ("complex" if is_complex(x) else "real"):
        raise ValueError(
            f"{name} must be {kind} for {type(group).__name__}, got dtype {x.dtype}."
        )
    if hasattr(group, "_check_shape"):
        group._check_shape(x, name)


def refuse_complex(X, name="X"):
    """Raise a ValueError if measurements are complex."""
    if getattr(X, "ndim", None) == 2 and hasattr(X, "iloc"):
        # A frame of many dtypes is copied by asarray: look at suspicious columns only.
        X = np.asarray(X.loc[:, [dtype.kind in "cO" for dtype in X.dtypes]])
    elif not hasattr(X, "dtype"):
        X = np.asarray(X)
    if _is_torch(X):
        complex_valued = is_complex(X)
    elif X.dtype == object:
        kinds = (complex, np.complexfloating)
        complex_valued = any(isinstance(value, kinds) for value in np.asarray(X).flat)
    else:
        complex_valued = getattr(X.dtype, "kind", None) == "c"
    if complex_valued:
        raise ValueError(
            f"Complex data not supported: {name} must hold real measurements, such as "
            f"squared magnitudes, got complex numbers of dtype {X.dtype}."
        )


def check_shape(shape, *, name, ndim=2):
    """Return `shape` as a tuple of positive ints of length `ndim`.

    A single int stands for the same size along every axis.
    """
    if isinstance(shape, numbers.Integral):
        shape = (shape,) * ndim
    try:
        sizes = tuple(shape)
    except TypeError:
        sizes = None
    if (
        sizes is None
        or len(sizes) != ndim
        or not all(isinstance(n, numbers.Integral) and n > 0 for n in sizes)
    ):
        raise ValueError(
            f"{name} must be a positive int or a tuple of {ndim} positive ints, got "
            f"{shape!r}."
        )
    return tuple(int(n) for n in sizes)


def check_tuple_shape(shape, name):
    """Return `shape` as a tuple of 1 to 3 positive ints."""
    ndim = len(shape) if isinstance(shape, (tuple, list)) else 0
    if not 1 <= ndim <= 3:
        raise ValueError(
            f"{name} must be a tuple of 1 to 3 positive ints, got {shape!r}."
        )
    return check_shape(shape, name=name, ndim=ndim)


def _is_torch(y):
    return type(y).__module__.startswith("torch")


def _as_tensor(y, name):
    """A dense tensor in single or double precision, or an error."""
    if not str(y.layout).endswith("strided"):
        raise TypeError(
            f"{name} must be dense, got a sparse tensor of layout {y.layout}; use "
            "to_dense()."
        )
    # Half precision is converted as that of numpy is.
    dtype = str(y.dtype).removeprefix("torch.")
    if dtype in ("float16", "bfloat16"):
        return y.double()
    return y.cdouble() if dtype == "complex32" else y


def _as_numpy(y, name):
    if hasattr(y, "toarray"):
        raise TypeError(
            f"{name} must be dense, got a sparse {type(y).__name__}; use toarray()."
        )
    if isinstance(y, np.ma.MaskedArray):
        if np.ma.is_masked(y):
            raise ValueError(
                f"{name} must not hold masked entries, got {np.ma.count_masked(y)} of "
                "them; fill them first."
            )
        y = y.data
    try:
        y = np.asarray(y)
    except ValueError as error:
        raise ValueError(
            f"{name} must be a regular array of numbers: {error}"
        ) from None
    if y.dtype == object:
        try:
            complex_valued = any(np.iscomplexobj(value) for value in y.flat)
            y = y.astype(np.complex128 if complex_valued else np.float64)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{name} must be numeric: {error}") from None
    if y.dtype.kind not in "biufc":
        raise ValueError(f"{name} must be numeric, got dtype {y.dtype}.")
    y = _native(y)
    if y.dtype.kind in "fc" and y.dtype not in (
        np.float32,
        np.float64,
        np.complex64,
        np.complex128,
    ):
        y = y.astype(np.complex128 if y.dtype.kind == "c" else np.float64)
    return y


def _native(x):
    """An array in the byte order of the machine; other files than ours have another."""
    if not isinstance(x, np.ndarray) or x.dtype.isnative:
        return x
    return x.astype(x.dtype.newbyteorder("="))
