"""From diffraction intensities to the autocorrelation."""

from __future__ import annotations

import math
from typing import Literal, Self

import numpy as np
import scipy.fft
from numpy.typing import ArrayLike
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_symbreak.utils._decorators import all_or_nothing
from sklearn_symbreak.utils._typing import Shape
from sklearn_symbreak.utils._validation import (
    check_measurements,
    check_tuple_shape,
    warn_if_centered,
)

# Samples are transformed in batches of about so many bytes.
CHUNK_BYTES = 2**24


class AutocorrelationTransformer(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator
):
    r"""Square root of the autocorrelation of images, from their intensities.

    The inverse Fourier transform of :math:`|F x|^2` is the autocorrelation

    .. math:: a(l) = \sum_p \overline{x(p)}\, x(p + l).

    Near lags say near things of the image, which is what kernels, neighbours and
    convolutions expect of their inputs; a frequency says something of all of it. The
    root, with the sign or phase of the autocorrelation, has the units of the image. Of
    the lags :math:`l` and :math:`-l`, which are equal or conjugates, one is kept, and
    no lag that is too long for the canvas. All are divided by one number, so that they
    keep their proportions.

    Parameters
    ----------
    measurement_shape : tuple of 1 to 3 ints, optional
        Shape of the measured transform; X has it flattened in C order. By default it
        has one axis.
    signal_shape : tuple of as many ints, optional
        Shape of the canvas: lags of its size or more are dropped. By default all lags
        are kept.
    zero_frequency : {"corner", "center"}, default="corner"
        Where X has the frequency 0, see
        :class:`~sklearn_symbreak.forward.FourierPhaseRetrieval`.
    complex_valued : bool, default=False
        Whether images are complex. Then the roots are, too: imaginary parts follow the
        real parts. Of real images they are noise, and left out.

    Attributes
    ----------
    scale_ : float
        Root mean squared deviation of the columns, by which they are divided.
    lags_ : ndarray of shape (n_columns, ndim), int
        The lags of the columns.
    n_features_in_ : int
        Number of measurements.
    feature_names_in_ : ndarray of str
        Names of the measurements, if they have any.

    Notes
    -----
    Noise at opposite frequencies is averaged. Where the transform is shorter than `2
    signal_shape - 1`, the autocorrelation wraps around.

    Examples
    --------
    >>> from sklearn.kernel_ridge import KernelRidge
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn_symbreak import SymmetryBreakingRegressor
    >>> from sklearn_symbreak.datasets import (
    ...     load_digit_images,
    ...     make_fourier_phase_retrieval,
    ... )
    >>> from sklearn_symbreak.preprocessing import AutocorrelationTransformer
    >>> images, _ = load_digit_images()
    >>> X, y, forward = make_fourier_phase_retrieval(
    ...     images[:600],
    ...     canvas_shape=10,
    ...     measurement_shape=20,
    ...     variant="shift_flip",
    ...     random_state=0,
    ...     return_forward=True,
    ... )
    >>> scores = [
    ...     SymmetryBreakingRegressor(regressor, forward.symmetry, "mean")
    ...     .fit(X[:500], y[:500])
    ...     .score(X[500:], y[500:])
    ...     for regressor in (
    ...         make_pipeline(
    ...             AutocorrelationTransformer((20, 20), (10, 10)),
    ...             KernelRidge(kernel="rbf", alpha=0.01),
    ...         ),
    ...         KernelRidge(kernel="rbf", alpha=0.01, gamma=1e-8),
    ...     )
    ... ]
    >>> scores[0] > scores[1]
    True
    """

    def __init__(
        self,
        measurement_shape: Shape | None = None,
        signal_shape: Shape | None = None,
        zero_frequency: Literal["corner", "center"] = "corner",
        complex_valued: bool = False,
    ) -> None:
        self.measurement_shape = measurement_shape
        self.signal_shape = signal_shape
        self.zero_frequency = zero_frequency
        self.complex_valued = complex_valued

    @all_or_nothing
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Find the scale.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_measurements)
            Measurements: squared magnitudes of transforms.
        y : None
            Ignored.

        Returns
        -------
        self : AutocorrelationTransformer

        Raises
        ------
        ValueError
            If a parameter is out of its range, or X is complex, not finite or not of
            the measurement's size.

        Warns
        -----
        UserWarning
            If X has more negative numbers than noise makes.
        """
        checked = check_measurements(X, estimator=self)
        shape = self.measurement_shape
        shape = (checked.shape[1],) if shape is None else shape
        self._shape = check_tuple_shape(shape, "measurement_shape")
        self._axes = tuple(range(1, len(self._shape) + 1))
        if self.zero_frequency not in ("corner", "center"):
            raise ValueError(
                "zero_frequency must be 'corner' or 'center', got "
                f"{self.zero_frequency!r}."
            )
        if not isinstance(self.complex_valued, (bool, np.bool_)):
            raise ValueError(
                f"complex_valued must be True or False, got {self.complex_valued!r}."
            )
        self._centered = self.zero_frequency == "center"
        lags, self._columns = self._choose_lags()
        self._imaginary = self._columns[:0]
        if self.complex_valued:
            # A lag that is its own opposite has no imaginary part.
            turns = (2 * lags % np.array(self._shape) != 0).any(axis=1)
            self._imaginary = self._columns[turns]
            lags = np.concatenate([lags, lags[turns]])
        self.lags_ = lags
        validate_data(self, X, skip_check_array=True)
        n_measurements = math.prod(self._shape)
        checked = check_measurements(checked, n_measurements=n_measurements)
        warn_if_centered(checked, "AutocorrelationTransformer")
        roots = self._roots(checked)
        deviations = roots - roots.mean(axis=0, dtype=np.float64)
        scale = float(np.sqrt(np.mean(deviations**2)))
        rounding = 10 * np.finfo(roots.dtype).eps * np.abs(roots).max()
        self.scale_ = scale if scale > rounding else 1.0
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Scaled roots of the autocorrelation.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_measurements)
            Measurements.

        Returns
        -------
        roots : ndarray of shape (n_samples, n_columns)
            In the precision of X.
        """
        check_is_fitted(self)
        checked = check_measurements(X, allow_nan=True)
        validate_data(self, X, reset=False, skip_check_array=True)
        n_measurements = math.prod(self._shape)
        X = check_measurements(checked, n_measurements=n_measurements, estimator=self)
        roots = self._roots(X)
        roots /= roots.dtype.type(self.scale_)
        return roots

    def _roots(self, X):
        roots = np.empty((len(X), self._n_features_out), dtype=X.dtype)
        n_real = len(self._columns)
        n_rows = max(1, CHUNK_BYTES // (16 * X.shape[1]))
        for batch in gen_batches(len(X), n_rows):
            power = X[batch].reshape(-1, *self._shape)
            if self._centered:
                power = scipy.fft.ifftshift(power, axes=self._axes)
            # The inverse transform is the conjugate of this one, since power is real.
            found = scipy.fft.rfftn(power, axes=self._axes, norm="forward")
            found = found.reshape(len(found), -1)
            if len(self._imaginary):
                size = np.abs(found)
                # Zero has no phase.
                found /= np.sqrt(np.where(size > 0, size, 1))
                roots[batch, :n_real] = found.real[:, self._columns]
                roots[batch, n_real:] = -found.imag[:, self._imaginary]
            else:
                # The real part belongs to the even part of the measurement.
                even = found.real[:, self._columns]
                roots[batch] = np.copysign(np.sqrt(np.abs(even)), even)
        return roots

    def _choose_lags(self):
        """Lags that are kept, and their columns in a flat half transform."""
        canvas = self._shape
        if self.signal_shape is not None:
            canvas = check_tuple_shape(self.signal_shape, "signal_shape")
            if len(canvas) != len(self._shape):
                raise ValueError(
                    f"signal_shape must have {len(self._shape)} axes, as "
                    f"measurement_shape={self._shape} has, got {canvas}."
                )
            if any(c > m for c, m in zip(canvas, self._shape, strict=True)):
                raise ValueError(
                    "signal_shape must be at most the measurement along each axis, "
                    f"got {canvas} for measurement_shape={self._shape}."
                )
        # Half of an even size is a positive lag: it is its own opposite.
        whole = [np.arange(m) - m * (np.arange(m) > m // 2) for m in self._shape]
        whole[-1] = np.arange(self._shape[-1] // 2 + 1)
        lags = np.stack(np.meshgrid(*whole, indexing="ij"), axis=-1)
        lags = lags.reshape(-1, len(self._shape))
        kept = (np.abs(lags) < canvas).all(axis=1)
        # Of two opposite lags the one whose last entry that is not zero is positive.
        # Half of an even size is its own opposite.
        sizes = np.array(self._shape)
        reverse = np.where(2 * lags == sizes, 0, lags)[:, ::-1]
        first = np.argmax(reverse != 0, axis=1)
        kept &= reverse[np.arange(len(lags)), first] >= 0
        return lags[kept], np.flatnonzero(kept)

    @property
    def _n_features_out(self):
        return len(self._columns) + len(self._imaginary)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
