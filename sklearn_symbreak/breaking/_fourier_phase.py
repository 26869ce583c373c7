"""The phase-domain target of the paper's rule for Fourier phase retrieval."""

from __future__ import annotations

import numbers
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_symbreak.breaking._phase_frame import PhaseFrame
from sklearn_symbreak.groups import ConjugateFlip, GlobalPhase, SymmetryGroup
from sklearn_symbreak.groups._shifts import conjugate_flip
from sklearn_symbreak.utils._array_api import (
    expand,
    is_complex,
    to_numpy,
)
from sklearn_symbreak.utils._decorators import all_or_nothing
from sklearn_symbreak.utils._typing import Shape
from sklearn_symbreak.utils._validation import (
    check_measurements,
    check_shape,
    check_signals,
)

# Entries of the transforms that are held at a time, beside the output.
BATCH_SIZE = 2**20


class FourierPhaseBreaker(  # type: ignore[call-arg]
    TransformerMixin, BaseEstimator, auto_wrap_output_keys=None
):
    """Break phase and conjugate flip in the phase of the Fourier transform.

    The target of Thm. 2.4 of [1]_: the phase Ω of the oversampled transform, multiplied
    by a constant so that ``Ω(1, 1) = 1`` and conjugated where ``Im Ω(1, 2) < 0``. To
    get an image back, the measured magnitude is put to the phase, so that
    `inverse_transform` needs the measurements.

    Parameters
    ----------
    measurement_shape : int or tuple of int
        Shape of the transform, at least that of the images.
    origin : {"center", "corner"}, default="center"
        Where phases are measured from. The paper's origin is the first pixel, "corner".
        There a 180° turn is a conjugation *times a linear phase*, and for images in the
        middle of their canvas the test has the same outcome for an image and for its
        flip: the literal rule breaks nothing. About the canvas centre the turn is the
        conjugation alone. Where the transform is less than twice as large as the
        images, `inverse_transform` about the corner may shift flipped images
        cyclically, which measurements of that shape do not tell either.
    frequency : tuple of int, default=(0, 1)
        Row and column of the entry whose imaginary part is made positive.
    target : {"phase", "image"}, default="phase"
        Whether to return the phase, or the image turned and multiplied as the rule
        says.

    Attributes
    ----------
    signal_shape_ : tuple of int
        Shape of one image.
    real_ : bool
        Whether the images were real.
    n_features_in_ : int
        Height of the images.

    Notes
    -----
    The translation has to be broken before, see `ContentCenterer` and
    `make_paper_fourier_breaker`. Entries of the transform that are zero, up to
    rounding, have no phase and are given 1. The set that is not represented is
    ``Im (Ω(1, 2) conj Ω(1, 1)) = 0``.

    References
    ----------
    .. [1] K. Tayal, C.-H. Lai, V. Kumar, J. Sun, "Inverse Problems, Deep Learning, and
       Symmetry Breaking", arXiv:2003.09077 (2020), Thm. 2.4.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.breaking import FourierPhaseBreaker
    >>> y = np.random.default_rng(0).random((3, 4, 4))
    >>> breaker = FourierPhaseBreaker(measurement_shape=8).fit(y)
    >>> phase = breaker.transform(y)
    >>> phase.shape
    (3, 8, 8)
    >>> flipped = y[:, ::-1, ::-1]
    >>> bool(np.allclose(breaker.transform(flipped), phase))
    True
    >>> X = np.abs(np.fft.fft2(y, s=(8, 8))).reshape(3, -1) ** 2
    >>> image = breaker.inverse_transform(phase, X)
    >>> same, turned = np.isclose(image, y), np.isclose(image, flipped)
    >>> bool((same.all((1, 2)) | turned.all((1, 2))).all())
    True
    """

    def __init__(
        self,
        measurement_shape: int | Shape,
        *,
        origin: Literal["center", "corner"] = "center",
        frequency: tuple[int, int] = (0, 1),
        target: Literal["phase", "image"] = "phase",
    ) -> None:
        self.measurement_shape = measurement_shape
        self.origin = origin
        self.frequency = frequency
        self.target = target

    @property
    def inverse_needs_measurements(self) -> bool:
        """Whether `inverse_transform` needs X; regressors then hand it over."""
        return self._settings.target == "phase"

    @property
    def n_measurements(self) -> int:
        """Number of columns of the X that `inverse_transform` takes."""
        height, width = self._shape
        return height * width

    @property
    def group(self) -> SymmetryGroup:
        """The symmetry that is broken: conjugate flip and global phase."""
        return ConjugateFlip() * GlobalPhase()

    @all_or_nothing
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Check the parameters against the images and keep them; nothing is learned.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width)
            Images, real or complex.
        y : None
            Ignored.

        Returns
        -------
        self : FourierPhaseBreaker

        Raises
        ------
        ValueError
            If a parameter is not allowed, the measurement is smaller than an image, or
            the frequency tells no image from its turned copy.
        """
        for name, allowed in [
            ("origin", ("center", "corner")),
            ("target", ("phase", "image")),
        ]:
            value = getattr(self, name)
            if not isinstance(value, str) or value not in allowed:
                raise ValueError(f"{name} must be one of {allowed}, got {value!r}.")
        validate_data(self, X, skip_check_array=True)
        X = check_signals(X, name="X", signal_ndim=2)
        shape = check_shape(self.measurement_shape, name="measurement_shape")
        if any(m < n for m, n in zip(shape, X.shape[1:], strict=True)):
            raise ValueError(
                "measurement_shape must be at least the shape of the images, "
                f"{tuple(X.shape[1:])}, got {shape}."
            )
        self._check_frequency(shape)
        self.signal_shape_ = tuple(X.shape[1:])
        self.real_ = not is_complex(X)
        self._refuse_real_phases(shape)
        self._fitted_settings = clone(self)
        return self

    def _check_frequency(self, shape):
        frequency = self.frequency
        if (
            not isinstance(frequency, (tuple, list))
            or len(frequency) != 2
            or not all(
                isinstance(k, numbers.Integral) and -m <= k < m
                for k, m in zip(frequency, shape, strict=True)
            )
        ):
            raise ValueError(
                "frequency must be a row and a column of the transform, two ints from "
                f"{(-shape[0], -shape[1])} to {(shape[0] - 1, shape[1] - 1)}, got "
                f"{frequency!r}."
            )
        if all(k % m == 0 for k, m in zip(frequency, shape, strict=True)):
            raise ValueError(
                "frequency must be other than (0, 0), whose phase is fixed to 1, got "
                f"{frequency!r}."
            )

    def _refuse_real_phases(self, shape):
        """Raise a ValueError if the frequency tells no image from its turned copy.

        Along an axis of one pixel the transform is constant. Where a frequency is its
        own negative, that of a real image is real, up to the phase of the centre.
        """
        used = [
            (k % m, m, n)
            for k, m, n in zip(self.frequency, shape, self.signal_shape_, strict=True)
            if n > 1 and k % m
        ]
        is_own_negative = all(2 * k == m for k, m, _ in used)
        about_pixel = self.origin == "corner" or sum(n - 1 for *_, n in used) % 2 == 0
        is_real = self.real_ and about_pixel
        if not used or (is_own_negative and is_real):
            raise ValueError(
                f"frequency={tuple(self.frequency)!r} has a real phase in all "
                f"{'real ' if self.real_ else ''}images of shape {self.signal_shape_}, "
                f"with transforms of shape {shape}, and tells none from its turned "
                "copy; take one along an axis of several pixels, such as 1."
            )

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Phases, or images, after the rule.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width)
            Images, real if those in `fit` were.

        Returns
        -------
        target : ndarray of shape (n_samples, *measurement_shape), complex, or of \
                the shape and dtype of X
            Phases of modulus 1, or images.

        Raises
        ------
        ValueError
            If the images are not finite, of another shape than in `fit`, or complex
            where those were real.
        """
        check_is_fitted(self)
        validate_data(self, X, reset=False, skip_check_array=True)
        return self._in_batches(self._transform, self._check_images(X))

    def _transform(self, X):
        phase, dark = self._frame.phase(X)
        constant = np.conj(phase[:, 0, 0])
        row, column = self._settings.frequency
        conjugated = (phase[:, row, column] * constant).imag < 0
        if self._settings.target == "image":
            # Real images have a real sum, whose phase is a sign.
            if not is_complex(X):
                constant = np.copysign(1, constant.real)
            image = X * expand(constant, X)
            image = np.where(expand(conjugated, X), conjugate_flip(image), image)
            return image.astype(X.dtype, copy=False)
        phase = phase * expand(constant, phase)
        phase = np.where(expand(conjugated, phase), np.conj(phase), phase)
        phase[dark] = 1
        return phase

    def represent(self, X: ArrayLike) -> np.ndarray:
        """Images in the domain of the target, before anything is broken.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width)
            Images, real if those in `fit` were.

        Returns
        -------
        target : ndarray
            Phases about the origin; with ``target="image"``, the images.
        """
        check_is_fitted(self)
        X = self._check_images(X)
        if self._settings.target == "image":
            return X
        return self._in_batches(lambda images: self._frame.phase(images)[0], X)

    def path(self, a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
        """Points on the way from `a` (t = 0) to `b` (t = 1) in the set.

        The segment for images; for phases the arc, entry by entry.
        """
        if self._settings.target == "image":
            return (1 - t) * a + t * b
        return a * np.exp(1j * t * np.angle(b * np.conj(a)))

    def _in_batches(self, function, *arrays):
        """Apply a function to batches of samples, whose transforms fit the memory."""
        n_samples, (height, width) = len(arrays[0]), self._shape
        out = None
        for rows in gen_batches(n_samples, max(1, BATCH_SIZE // (height * width))):
            part = function(*(array[rows] for array in arrays))
            if out is None:
                out = np.empty((n_samples, *part.shape[1:]), dtype=part.dtype)
            out[rows] = part
        return out

    def inverse_transform(
        self, phase: ArrayLike, X: ArrayLike | None = None
    ) -> np.ndarray:
        """Images with these phases and the measured magnitudes.

        Parameters
        ----------
        phase : array-like of shape (n_samples, *measurement_shape)
            Phases, or predictions of them: only their direction counts.
        X : array-like of shape (n_samples, n_measurements)
            Squared magnitudes of the transform, flattened in C order. Negative values,
            which noise can cause, count as 0. Not needed for ``target="image"``.

        Returns
        -------
        image : ndarray of shape (n_samples, height, width)
            Real if the images in `fit` were.

        Raises
        ------
        ValueError
            If `X` is missing or does not fit the phases.
        """
        phase = self._check_target(phase, finite=False)
        if self._settings.target == "image":
            return phase
        if X is None:
            raise ValueError("X must be given: the magnitude is measured, not learned.")
        X = check_measurements(X, n_measurements=self.n_measurements, estimator=self)
        if len(X) != len(phase):
            raise ValueError(
                f"phase and X must have the same number of samples, got {len(phase)} "
                f"and {len(X)}."
            )
        return self._in_batches(self._from_phase, phase, X)

    def _from_phase(self, phase, X):
        magnitude = np.sqrt(np.maximum(X, 0)).reshape(-1, *self._shape)
        image = self._frame.image(phase, magnitude)
        return image.real if self.real_ else image

    def contains(self, phase: ArrayLike) -> np.ndarray:
        """Which phases lie in the set R of Thm. 2.4.

        Parameters
        ----------
        phase : array-like of shape (n_samples, *measurement_shape)
            Phases; with ``target="image"``, images.

        Returns
        -------
        contained : bool ndarray of shape (n_samples,)
        """
        phase = self._check_target(phase)
        if self._settings.target == "image":
            broken = self._in_batches(self._transform, phase)
            moved = np.abs(broken - phase).max(axis=(1, 2))
            return moved <= 1e-4 * np.abs(phase).max(axis=(1, 2))
        tolerance = 1e-3 if phase.dtype == np.complex64 else 1e-6
        row, column = self._settings.frequency
        return (
            (np.abs(np.abs(phase) - 1).max(axis=(1, 2)) <= tolerance)
            & (np.abs(phase[:, 0, 0] - 1) <= tolerance)
            & (phase[:, row, column].imag >= -tolerance)
        )

    def _check_images(self, X, name="X", finite=True):
        X = check_signals(X, name=name, signal_shape=self.signal_shape_, finite=finite)
        if self.real_ and is_complex(X):
            # The imaginary part would be lost on the way back.
            raise ValueError(
                f"{name} must be real, as the images in fit were, got dtype {X.dtype}."
            )
        return to_numpy(X)

    def _check_target(self, phase, finite=True):
        check_is_fitted(self)
        if self._settings.target == "image":
            return self._check_images(phase, name="phase", finite=finite)
        return to_numpy(
            check_signals(phase, name="phase", signal_shape=self._shape, finite=finite)
        )

    @property
    def _settings(self):
        """Parameters as `fit` found them, or as they are before it."""
        return getattr(self, "_fitted_settings", self)

    @property
    def _frame(self):
        return PhaseFrame(self.signal_shape_, self._shape, self._settings.origin)

    @property
    def _shape(self):
        return check_shape(self._settings.measurement_shape, name="measurement_shape")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags
