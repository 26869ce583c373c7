"""Centring of content, alone and as the first step of the paper's rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_symbreak.breaking._fourier_phase import FourierPhaseBreaker
from sklearn_symbreak.groups import SymmetryGroup, Translation
from sklearn_symbreak.groups._content import centering_shift, check_threshold
from sklearn_symbreak.groups._products import moderate
from sklearn_symbreak.groups._shifts import flip_and_roll
from sklearn_symbreak.utils._array_api import get_namespace
from sklearn_symbreak.utils._decorators import all_or_nothing
from sklearn_symbreak.utils._typing import Array, Shape
from sklearn_symbreak.utils._validation import check_signals


class ContentCenterer(  # type: ignore[call-arg]
    TransformerMixin, BaseEstimator, auto_wrap_output_keys=None
):
    """Move the bounding box of every image's content to the centre of the canvas.

    The heuristic of [1]_ for the translations of Fourier phase retrieval. It has
    nothing to learn.

    Parameters
    ----------
    threshold : float, default=1e-6
        Entries are content where their modulus exceeds this fraction of the largest of
        the image; at least 0 and below 1.

    Attributes
    ----------
    n_features_in_ : int
        Length of the first signal axis.

    Notes
    -----
    Where an odd number of free pixels leaves two central positions, the content's
    centre of mass decides between them, in a way that commutes with the 180° flip: the
    centred flip of an image is the flip of the centred image, so that a later choice
    between the two gives both the same canonical form. Content that is its own flip
    has one centred image only.

    Images are moved circularly, so that entries below the threshold are not lost.

    References
    ----------
    .. [1] K. Tayal, C.-H. Lai, V. Kumar, J. Sun, "Inverse Problems, Deep Learning, and
       Symmetry Breaking", arXiv:2003.09077 (2020), Section 2.4.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak import ContentCenterer
    >>> y = np.array([[[5.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]])
    >>> ContentCenterer().fit_transform(y)
    array([[[0., 0., 0.],
            [0., 5., 0.],
            [0., 0., 0.]]])
    """

    def __init__(self, threshold: float = 1e-6) -> None:
        self.threshold = threshold

    @property
    def group(self) -> SymmetryGroup:
        """The symmetry that is broken: translations, of images unless fitted else."""
        return Translation(getattr(self, "_ndim", 2), self._used_threshold)

    @property
    def _used_threshold(self):
        """Threshold of `fit`, which is not needed."""
        return getattr(self, "_fitted_threshold", self.threshold)

    @all_or_nothing
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Check the parameters and keep them; nothing is learned.

        Parameters
        ----------
        X : array-like of shape (n_samples, *signal_shape)
            Images, or signals with any number of axes.
        y : None
            Ignored.

        Returns
        -------
        self : ContentCenterer

        Raises
        ------
        ValueError
            If the threshold is not in [0, 1), or X is not finite or holds blank images.
        """
        self._fitted_threshold = self.threshold
        signals = self._check(X)
        validate_data(self, X, skip_check_array=True)
        self._ndim = signals.ndim - 1
        return self

    def transform(self, X: ArrayLike) -> Array:
        """Centre the content of every image.

        Parameters
        ----------
        X : array-like of shape (n_samples, *signal_shape)
            Images.

        Returns
        -------
        centered : array of shape (n_samples, *signal_shape)
            In the dtype of X.

        Raises
        ------
        ValueError
            If the threshold is not in [0, 1), or X is not finite or holds blank images.
        """
        return flip_and_roll(*self._shift(X))

    def inverse_transform(self, X: ArrayLike) -> Array:
        """Return X: a centred image is an image.

        Parameters
        ----------
        X : array-like of shape (n_samples, *signal_shape)
            Centred images.

        Returns
        -------
        X : array of shape (n_samples, *signal_shape)
        """
        check_is_fitted(self)
        return check_signals(X, name="X", finite=False)

    inverse_transform.is_identity = True  # type: ignore[attr-defined]

    def contains(self, X: ArrayLike) -> Array:
        """Which images are centred already.

        Parameters
        ----------
        X : array-like of shape (n_samples, *signal_shape)
            Images.

        Returns
        -------
        contained : bool array of shape (n_samples,)
            Whether `transform` leaves an image where it is.

        Raises
        ------
        ValueError
            As in `transform`.
        """
        _, shift = self._shift(X)
        return get_namespace(shift).all(shift == 0, axis=1)

    def _shift(self, X):
        """The checked images, and the shifts that centre them."""
        check_is_fitted(self)
        if hasattr(self, "n_features_in_"):  # `fit` is not needed
            check_signals(X, name="X", scalars=False, finite=False)
            validate_data(self, X, reset=False, skip_check_array=True)
        signals = self._check(X)
        return signals, centering_shift(moderate(signals), self._used_threshold)

    def _check(self, X):
        check_threshold(self._used_threshold)
        X = check_signals(X, name="X", scalars=False)
        xp = get_namespace(X)
        blank = ~xp.any(xp.reshape(X, (X.shape[0], -1)) != 0, axis=1)
        if bool(xp.any(blank)):
            raise ValueError(
                f"X must not hold blank images: {int(xp.count_nonzero(blank))} are, "
                f"first number {int(xp.argmax(xp.astype(blank, xp.int8)))}."
            )
        return X

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = [
            "float64",
            "float32",
            "complex64",
            "complex128",
        ]
        return tags


if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def make_paper_fourier_breaker(
    measurement_shape: int | Shape,
    *,
    origin: Literal["center", "corner"] = "center",
    target: Literal["phase", "image"] = "phase",
) -> Pipeline:
    """The paper's rule for Fourier phase retrieval: centre, then break in the phase.

    Parameters
    ----------
    measurement_shape : int or tuple of int
        Shape of the measurement.
    origin : {"center", "corner"}, default="center"
        "corner" is the rule as printed; see `FourierPhaseBreaker`.
    target : {"phase", "image"}, default="phase"
        Targets of the regressor.

    Returns
    -------
    breaker : sklearn.pipeline.Pipeline
        Steps "center" (`ContentCenterer`) and "phase" (`FourierPhaseBreaker`), to be
        given to `SymmetryBreakingRegressor` as `breaker`.

    Raises
    ------
    ValueError
        Not here but in `fit`, if a parameter is not one of those allowed, or the
        measurement is smaller than the images.

    Examples
    --------
    >>> from sklearn_symbreak.breaking import make_paper_fourier_breaker
    >>> make_paper_fourier_breaker(24)["phase"].origin
    'center'
    """
    from sklearn.pipeline import Pipeline

    return Pipeline(
        [
            ("center", ContentCenterer()),
            (
                "phase",
                FourierPhaseBreaker(measurement_shape, origin=origin, target=target),
            ),
        ]
    )
