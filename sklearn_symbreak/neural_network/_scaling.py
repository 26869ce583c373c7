"""Inputs and targets as a net gets them, and whether a net suits them."""

import math

import numpy as np
import scipy.fft
from sklearn.preprocessing import StandardScaler
from sklearn.utils import gen_batches

from sklearn_symbreak.utils._array_api import magnitude
from sklearn_symbreak.utils._validation import (
    MAX_NEGATIVE_FRACTION,
    negative_fraction,
)

# Measurements are transformed in batches of about so many bytes.
CHUNK_BYTES = 2**24


class InputTransform:
    """Transform measurements to float32 inputs of a net.

    Parameters
    ----------
    kind : {"standardize", "log_magnitude", "autocorrelation", "none"}
        See `FeedForwardRegressor`.
    shape : tuple of int
        Height and width of a measurement.
    """

    def __init__(self, kind, shape):
        self.kind = kind
        self.shape = shape

    def fit(self, X, sample_weight=None):
        """Learn the (weighted) mean and the standard deviation of columns.

        Raises
        ------
        ValueError
            If `kind` is "log_magnitude" and `X` is not the square of a magnitude.
        """
        if self.kind == "log_magnitude":
            negative = negative_fraction(X)
            if negative > MAX_NEGATIVE_FRACTION:
                raise ValueError(
                    "Negative values in data passed to X: input_transform="
                    "'log_magnitude' takes the square root of measurements, and "
                    f"negative ones make up {negative:.0%} of the total "
                    f"magnitude, more than the {MAX_NEGATIVE_FRACTION:.0%} that noise "
                    "may explain. Use input_transform='standardize'."
                )
        values = self._values(X)
        if self.kind == "autocorrelation":
            # Near lags are the largest, and say most.
            self.scaler_ = CommonScaler().fit(values, sample_weight)
        elif self.kind != "none":
            # A global set_config(transform_output="pandas") must not reach the scaler.
            scaler = StandardScaler().set_output(transform="default")
            self.scaler_ = scaler.fit(values, sample_weight=sample_weight)
        return self

    def transform(self, X):
        """Return float32 inputs of the shape of `X`.

        Raises
        ------
        ValueError
            If an input exceeds the range of float32.
        """
        inputs = self._values(X)
        if self.kind != "none":
            inputs = self.scaler_.transform(inputs)
        # Not "larger": scaling numbers near the limits of float64 makes NaN of them.
        if not max(inputs.max(), -inputs.min()) <= np.finfo(np.float32).max:
            raise ValueError(
                f"X holds values too large for float32 under input_transform="
                f"{self.kind!r}: up to {np.abs(X).max():.3g}; rescale X."
            )
        # torch shares no memory that is read-only or has negative strides.
        return np.require(inputs, np.float32, ["C", "W"])

    def _values(self, X):
        """What is scaled."""
        if self.kind == "autocorrelation":
            return autocorrelation_roots(X, self.shape)
        if self.kind == "log_magnitude":
            return np.log1p(np.sqrt(np.maximum(X, 0)))
        return X


def autocorrelation_roots(X, shape):
    """Roots, with signs, of the autocorrelation at all lags, that of 0 first.

    Its real part is even in the lag and its imaginary part, which complex images have,
    is odd: their sum keeps both, and is the Hartley transform of the measurement [1]_.

    Parameters
    ----------
    X : ndarray of shape (n_samples, height * width)
        Squared magnitudes of Fourier transforms.
    shape : tuple of int
        Height and width.

    References
    ----------
    .. [1] R. N. Bracewell, "Discrete Hartley transform", Journal of the Optical Society
       of America 73(12), 1983.
    """
    roots = np.empty_like(X)
    for batch in gen_batches(len(X), max(1, CHUNK_BYTES // (16 * X.shape[1]))):
        power = X[batch].reshape(-1, *shape)
        found = scipy.fft.ifft2(power).reshape(len(power), -1)
        found = found.real + found.imag
        roots[batch] = np.copysign(np.sqrt(np.abs(found)), found)
    return roots


def square(n_pixels):
    """Shape of the square image with so many pixels, or None."""
    side = math.isqrt(n_pixels)
    return (side, side) if side**2 == n_pixels else None


class CommonScaler:
    """Centre columns and divide them by one number, the same for all.

    With one scale of the targets, the net minimises the plain mean squared error, up to
    a constant factor.
    """

    def fit(self, y, sample_weight=None):
        """Learn the (weighted) mean of every column and the deviation of all."""
        # A sample that hardly counts in the loss must not set the scale of the others.
        if sample_weight is None:
            self.mean_ = y.mean(axis=0, dtype=np.float64)
        else:
            self.mean_ = np.average(y, axis=0, weights=sample_weight)
        deviations = y - self.mean_
        # Squares of very large or small numbers overflow or vanish.
        unit = magnitude(deviations.reshape(1, -1))[0]
        squares = (deviations / unit) ** 2
        if sample_weight is None:
            self.scale_ = unit * np.sqrt(squares.mean())
        else:
            average = np.average(squares.mean(axis=1), weights=sample_weight)
            self.scale_ = unit * np.sqrt(average)
        return self

    def transform(self, y):
        """Return float32 values, as the net gets them."""
        return ((y - self.mean_) / (self.scale_ or 1)).astype(np.float32)

    def inverse_transform(self, outputs):
        """Return float64 values; their mean where all that were fitted are equal."""
        return outputs * self.scale_ + self.mean_


# Enough to see the spectrum; all eigenvalues of more samples would take seconds.
MAX_SAMPLES = 1000


def unreachable_error(targets, n_units, sample_weight=None):
    """Smallest mean squared error of outputs that are linear in a few units.

    Such outputs lie in an affine subspace of `n_units` dimensions, and no subspace is
    nearer to the targets than that of their first principal components.

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_outputs)
        Centred targets, in random order: the first thousand stand for all.
    n_units : int
        Number of units of the last hidden layer.
    sample_weight : ndarray of shape (n_samples,), optional
        Weights of the squared errors.

    Returns
    -------
    error : float
        The mean square, over samples and outputs, of what no such layer explains: an
        estimate from below, and 0 where `n_units` are enough.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.neural_network._scaling import unreachable_error
    >>> targets = np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    >>> unreachable_error(targets, 1)
    0.25
    """
    targets = targets[:MAX_SAMPLES].astype(np.float64)
    if n_units >= min(targets.shape):
        return 0.0
    if sample_weight is not None:
        weight = sample_weight[: len(targets)] / sample_weight[: len(targets)].mean()
        targets *= np.sqrt(weight)[:, None]
    n_samples, n_outputs = targets.shape
    if n_samples < n_outputs:
        targets = targets.T
    # In ascending order; rounding may make zeros negative.
    squares = np.linalg.eigvalsh(targets.T @ targets)
    rest = squares[: len(squares) - n_units]
    return float(max(rest.sum(), 0) / (n_samples * n_outputs))


def check_same_net(regressor, module_params, *, cause, remedy):
    """Refuse data and parameters that the former weights and scaling do not fit.

    Parameters
    ----------
    regressor : BaseNeuralRegressor
        A regressor with the net and the scaling of a former fit.
    module_params : dict
        Arguments of the torch module that is to be trained.
    cause, remedy : str
        For the message: what goes on from the former net, and what to do otherwise.

    Raises
    ------
    ValueError
        If the numbers of outputs, the layers or the input transforms differ.
    """
    n_outputs = math.prod(regressor._target_shape)
    n_former = len(regressor._target_scaling.mean_)
    if n_outputs != n_former:
        raise ValueError(
            f"y has {n_outputs} outputs per sample, but {cause} continues a "
            f"fit with {n_former}; {remedy}."
        )
    kind = regressor._input_transform.kind
    if regressor.input_transform != kind:
        raise ValueError(
            f"{cause} keeps the scaling of the former fit, which had "
            f"input_transform={kind!r}, got {regressor.input_transform!r}; {remedy}."
        )
    former = regressor.net_.get_params_for("module")
    for name, value in module_params.items():
        # Dropout has no weights.
        if name != "dropout" and value != former[name]:
            raise ValueError(
                f"{cause} starts at the weights of the former fit, which had "
                f"{name}={former[name]}, got {name}={value}; {remedy}."
            )
