"""Phase retrieval from the magnitude of the Fourier transform."""

from __future__ import annotations

import math
import warnings
from typing import Literal

import numpy as np

from sklearn_symbreak.forward._magnitude import MagnitudeModel, squared_modulus
from sklearn_symbreak.groups import (
    ConjugateFlip,
    CyclicShift,
    FourierSymmetry,
    GlobalPhase,
    SymmetryGroup,
)
from sklearn_symbreak.utils._array_api import fft_namespace, get_namespace, is_complex
from sklearn_symbreak.utils._typing import Shape
from sklearn_symbreak.utils._validation import check_tuple_shape


class FourierPhaseRetrieval(MagnitudeModel):
    r"""Squared magnitude of an image's Fourier transform: :math:`f(x) = |F x|^2`.

    The image, called the canvas, is padded with zeros to `measurement_shape`, itself
    in the first corner, and :math:`F` is the discrete Fourier transform without a
    factor. For signals of :math:`d` axes, 1 to 3,

    .. math::
        f(x)_{k} = \Big|\sum_{p} x_p
            \exp\Big(-2\pi i \sum_{j=1}^{d} k_j p_j / m_j\Big)\Big|^2 .

    So :math:`\sum_k f(x)_k = m_1 \cdots m_d \|x\|^2`. Signals may be real or complex.
    See section 4 of [1]_.

    Parameters
    ----------
    signal_shape : tuple of 1 to 3 ints
        Shape of the canvas: of a signal, an image or a volume.
    measurement_shape : tuple of as many ints
        Shape :math:`(m_1, \dots, m_d)` of the transform, along each axis at least the
        canvas. From `2 * signal_shape - 1` on, the measurement determines the
        autocorrelation of the image.
    zero_frequency : {"corner", "center"}, default="corner"
        Where the measurement has the frequency 0: in the first entry, as a transform
        returns it, or at index `measurement_shape // 2`, where `numpy.fft.fftshift`
        puts it and a detector records it.

    Attributes
    ----------
    n_measurements : int
        :math:`m_1 \cdots m_d`. The measured image is flattened in C order, so that
        `X.reshape(-1, *measurement_shape)` is the batch of measured images.
    complex_valued : bool
        True: the transform is complex.
    symmetry : FourierSymmetry or product of groups
        If the transform is larger than the canvas along an axis,
        `FourierSymmetry(ndim)`: translations of the content, the point reflection
        with conjugation, and the global phase. If it is exactly the canvas, contents
        wrap around and all cyclic shifts take the place of the translations. If it is
        larger along some axes only, this is a proper subgroup of the true symmetry:
        see Notes.

    See Also
    --------
    sklearn_symbreak.datasets.make_fourier_phase_retrieval : Data from images.

    Notes
    -----
    Along an axis where the transform is exactly as long as the canvas, contents wrap
    around, and every cyclic shift along this axis leaves the measurement unchanged;
    along an axis where it is longer, only translations that cut nothing off do. With
    one axis of each kind, as for the canvas (4, 3) and the transform (4, 6),
    `symmetry` is `FourierSymmetry()`, which has the translations along both axes and
    lacks the shifts that wrap, since no group here mixes the two. Images that differ by
    such a shift have the same measurement and count as different: a breaker leaves
    them apart, and errors up to the symmetry are too large.

    With two axes or more, nearly every signal is determined up to the symmetry [3]_.
    With one axis it is not: the zeros of its z-transform may be reflected at the unit
    circle one by one, so that up to :math:`2^{n-2}` signals of :math:`n` entries, in as
    many orbits, have one measurement [2]_, some of them nonnegative. A small residual
    then does not tell the right one.

    References
    ----------
    .. [1] K. Tayal, C.-H. Lai, V. Kumar and J. Sun, "Inverse Problems, Deep
       Learning, and Symmetry Breaking", arXiv:2003.09077, 2020.
    .. [2] T. Bendory, R. Beinert and Y. C. Eldar, "Fourier Phase Retrieval:
       Uniqueness and Algorithms", in Compressed Sensing and its Applications, 2017.
    .. [3] M. H. Hayes, "The reconstruction of a multidimensional sequence from the
       phase or magnitude of its Fourier transform", IEEE Transactions on Acoustics,
       Speech, and Signal Processing 30, 1982.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.forward import FourierPhaseRetrieval
    >>> forward = FourierPhaseRetrieval((2, 2), (3, 4))
    >>> image = np.array([[[1.0, 2.0], [0.0, 0.0]]])
    >>> X = forward(image)
    >>> X.reshape(3, 4)
    array([[9., 5., 1., 5.],
           [9., 5., 1., 5.],
           [9., 5., 1., 5.]])
    >>> np.allclose(forward(image[:, ::-1, ::-1]), X)
    True
    >>> forward.symmetry
    FourierSymmetry()
    """

    def __init__(
        self,
        signal_shape: Shape,
        measurement_shape: Shape,
        zero_frequency: Literal["corner", "center"] = "corner",
    ) -> None:
        self.signal_shape = signal_shape
        self.measurement_shape = measurement_shape
        self.zero_frequency = zero_frequency

    @property
    def n_measurements(self) -> int:
        """Number of real measurements of one signal."""
        return math.prod(self._checked_shapes()[1])

    @property
    def complex_valued(self) -> bool:
        """Whether the map is complex: the Fourier transform is."""
        return True

    @property
    def symmetry(self) -> SymmetryGroup:
        """Group that leaves the measurement unchanged.

        A proper subgroup of the true symmetry if the transform is larger than the
        canvas along some axes only: cyclic shifts along the others, which wrap
        around, are missing, since no group here mixes them with translations.
        """
        signal_shape, measurement_shape = self._checked_shapes()
        ndim = len(signal_shape)
        if signal_shape == measurement_shape:
            return CyclicShift(ndim=ndim) * ConjugateFlip(ndim=ndim) * GlobalPhase()
        return FourierSymmetry(ndim=ndim)

    def _checked_shapes(self):
        signal_shape = check_tuple_shape(self.signal_shape, "signal_shape")
        measurement_shape = check_tuple_shape(
            self.measurement_shape, "measurement_shape"
        )
        if len(measurement_shape) != len(signal_shape) or any(
            m < s for m, s in zip(measurement_shape, signal_shape, strict=True)
        ):
            raise ValueError(
                "measurement_shape must be at least signal_shape "
                f"{signal_shape} along all axes, got {measurement_shape}."
            )
        if self.zero_frequency not in ("corner", "center"):
            raise ValueError(
                "zero_frequency must be 'corner' or 'center', got "
                f"{self.zero_frequency!r}."
            )
        return signal_shape, measurement_shape

    def _check_signals(self, x):
        self._checked_shapes()
        return super()._check_signals(x)

    def _padded_transform(self, x, *, half):
        """Zero-padded transform; the half one has the last axis up to m_d / 2."""
        # Axis by axis: each transform skips the lines of zeros of the axes to come.
        fft = fft_namespace(x)
        last = x.ndim - 1
        along_last = fft.rfft if half else fft.fft
        x = along_last(x, n=self.measurement_shape[-1], axis=last)
        for axis in reversed(range(1, last)):
            x = fft.fft(x, n=self.measurement_shape[axis - 1], axis=axis)
        return x

    def _cut_inverse(self, spectra, *, half):
        """Canvas part of the inverse transform, without its factor."""
        fft = fft_namespace(spectra)
        last = spectra.ndim - 1
        for axis in range(1, last):
            spectra = fft.ifft(spectra, axis=axis, norm="forward")
            cut = (slice(None),) * axis + (slice(self.signal_shape[axis - 1]),)
            spectra = spectra[cut]
        along_last = fft.irfft if half else fft.ifft
        width = self.measurement_shape[-1]
        x = along_last(spectra, n=width, axis=last, norm="forward")
        return x[..., : self.signal_shape[-1]]

    def _apply(self, x):
        return self._flat(self._padded_transform(x, half=False))

    def _apply_adjoint(self, values):
        return self._cut_inverse(self._unflat(values), half=False)

    def _mean_square_entry(self):
        return 1.0

    def _measure(self, x):
        if is_complex(x):
            return super()._measure(x)
        xp = get_namespace(x)
        power = squared_modulus(self._padded_transform(x, half=True))
        # The transform of a real image is Hermitian: power(-k) = power(k).
        rest = power[..., 1 : (self.measurement_shape[-1] + 1) // 2]
        rest = xp.flip(rest, axis=tuple(range(1, x.ndim)))
        rest = _roll(rest, tuple(range(1, x.ndim - 1)))
        return self._flat(xp.concat([power, rest], axis=x.ndim - 1))

    def _pull_back(self, x, v):
        if is_complex(x):
            return super()._pull_back(x, v)
        # Only the even part of v acts on the even power of a real image, and with it
        # the product is Hermitian.
        xp = get_namespace(x)
        axes = tuple(range(1, x.ndim))
        v = self._unflat(v)
        even = v + _roll(xp.flip(v, axis=axes), axes)
        even = even[..., : self.measurement_shape[-1] // 2 + 1]
        return self._cut_inverse(even * self._padded_transform(x, half=True), half=True)

    def _flat(self, spectra):
        """Measured order: flattened, the zero frequency where the detector has it."""
        xp = get_namespace(spectra)
        if self.zero_frequency == "center":
            axes = tuple(range(1, spectra.ndim))
            shifts = tuple(m // 2 for m in self.measurement_shape)
            spectra = xp.roll(spectra, shifts, axis=axes)
        return xp.reshape(spectra, (spectra.shape[0], -1))

    def _unflat(self, values):
        """Order of a transform: the opposite of `_flat`."""
        xp = get_namespace(values)
        values = xp.reshape(values, (-1, *self.measurement_shape))
        if self.zero_frequency == "center":
            axes = tuple(range(1, values.ndim))
            shifts = tuple(-(m // 2) for m in self.measurement_shape)
            values = xp.roll(values, shifts, axis=axes)
        return values

    def warn_of_order(self, X: np.ndarray, *, stacklevel: int = 2) -> bool:
        """Warn where measurements of nonnegative images have another order.

        The zero frequency of such an image is its brightest; behind a beam stop the
        brightest is near it.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_measurements)
            Measurements of nonnegative images; NaN is not measured.
        stacklevel : int, default=2
            As in `warnings.warn`.

        Returns
        -------
        ordered : bool
            Whether nothing was found.

        Warns
        -----
        UserWarning
            If in most samples the brightest frequency is nearer to where
            `zero_frequency` does not put the zero, or the zero frequency is dark.
        """
        _, shape = self._checked_shapes()
        zero = np.array(shape) // 2 * (self.zero_frequency == "center")
        at_zero, largest = X[:, np.ravel_multi_index(zero, shape)], np.nanmax(X, axis=1)
        # Where nothing arrived, nothing is brightest.
        bright = largest > 0
        dark = (at_zero == 0) & bright
        if 2 * np.count_nonzero(dark) > len(X):
            warnings.warn(
                f"X is 0 at the zero frequency of {np.count_nonzero(dark)} of {len(X)} "
                "samples, which is the brightest of a nonnegative image. Mark what was "
                "not measured, as behind a beam stop, by NaN.",
                UserWarning,
                stacklevel=stacklevel + 1,
            )
            return False
        brightest = np.argmax(np.where(np.isnan(X), -np.inf, X), axis=1)
        at = np.stack(np.unravel_index(brightest, shape), axis=1)
        corner, center = (
            np.linalg.norm((at - zero + half) % shape - half, axis=1)
            for half in [np.array(shape) // 2]
            for zero in (0, half)
        )
        expected, other = "corner", "center"
        wrong = center < corner
        if self.zero_frequency == "center":
            expected, other, wrong = other, expected, corner < center
        # Where all are about as bright, as of a single pixel, rounding picks one. With
        # what is NaN none can be compared.
        wrong &= bright & ~(largest <= 2 * at_zero)
        ordered = bool(2 * np.count_nonzero(wrong) <= len(X))
        if not ordered:
            warnings.warn(
                f"zero_frequency={expected!r}, but the brightest measurement of "
                f"{np.count_nonzero(wrong)} of {len(X)} samples lies towards the "
                f"{other}, and that of a nonnegative image is the zero frequency. Use "
                f"zero_frequency={other!r} for measurements in this order.",
                UserWarning,
                stacklevel=stacklevel + 1,
            )
        return ordered


def _roll(x, axes):
    """Roll by one along some axes."""
    return get_namespace(x).roll(x, (1,) * len(axes), axis=axes) if axes else x
