"""Projections onto what is measured and onto what is known of an image."""

import math
from functools import reduce

import numpy as np
import scipy.fft

from sklearn_symbreak.phase_retrieval._iteration import State
from sklearn_symbreak.utils._array_api import expand


class FourierFrame:
    r"""Images on the canvas and spectra of the whole measured frame.

    Iterates live in the frame of :math:`m_1 \times \dots \times m_d` pixels, of which
    the canvas is the first corner. The Fourier transform is linear, so that a solver
    can keep the frame as a spectrum and come back to pixels on the canvas only, where
    the constraints leave something: transforms of both directions then skip the lines
    that are, or need not be, known. Real images have half spectra.

    A frame larger than the measurement determines is made smaller: from `2 canvas - 1`
    on, it determines the autocorrelation of the image, and with it the magnitudes in
    any frame.

    Parameters
    ----------
    forward : FourierPhaseRetrieval
        The model.
    constraint : {"nonnegative", "real", "complex"}
        Kind of pixels.
    n_pixels : int or None
        How many of them may differ from zero, if that is known.
    X : ndarray of shape (n_samples, n_measurements)
        Measurements; NaN where nothing was measured.

    Attributes
    ----------
    dtype, real_dtype : dtype
        Dtype of the images, and the real one of the same precision.
    """

    def __init__(self, forward, constraint, n_pixels, X):
        self._canvas = tuple(forward.signal_shape)
        self._frame = tuple(forward.measurement_shape)
        self._axes = tuple(range(1, len(self._canvas) + 1))
        self._nonnegative = constraint == "nonnegative"
        self._real = constraint != "complex"
        self._n_pixels = n_pixels
        self.real_dtype = X.dtype
        self.dtype = X.dtype if self._real else np.result_type(X.dtype, np.complex64)
        power = self._shrink(self._even_part(forward._unflat(X)))
        width = self._frame[-1]
        # In a half spectrum, all columns but the first, and the last of an even
        # width, stand for two.
        self._multiplicity = np.ones(power.shape[-1], dtype=X.dtype)
        if self._real:
            self._multiplicity[1 : (width + 1) // 2] = 2
        self._power = power

    def measured(self):
        """Magnitudes, 0 where `mask` is 0, and their norm; no mask if all is known."""
        known = ~np.isnan(self._power)
        magnitude = np.sqrt(np.maximum(np.where(known, self._power, 0), 0))
        return State(
            magnitude=magnitude,
            mask=None if known.all() else known,
            magnitude_norm=self.norm(magnitude),
        )

    def _even_part(self, power):
        """Measurements of the half spectrum of real images.

        Its magnitude is even. Of measurements at opposite frequencies, which noise
        alone tells apart, the mean counts, or the one that is there.
        """
        if not self._real:
            return power
        opposite = at_opposite_frequencies(power)
        half = slice(power.shape[-1] // 2 + 1)
        power, opposite = power[..., half], opposite[..., half]
        power = np.where(np.isnan(power), opposite, power)
        return (power + np.where(np.isnan(opposite), power, opposite)) / 2

    def _shrink(self, power):
        """Measurements in the smallest fast frame that determines as much."""
        frame = tuple(
            min(m, max(scipy.fft.next_fast_len(2 * c - 1, real=self._real), c))
            if m >= 2 * c - 1
            else m
            for m, c in zip(self._frame, self._canvas, strict=True)
        )
        if math.prod(frame) > 0.9 * math.prod(self._frame) or np.isnan(power).any():
            return power
        inverse = scipy.fft.irfftn if self._real else scipy.fft.ifftn
        correlation = inverse(power, s=self._frame, axes=self._axes)
        for axis, size, old, new in zip(
            self._axes, self._canvas, self._frame, frame, strict=True
        ):
            if new < old:
                # Lags 0 to size - 1, zeros, and lags 1 - size to -1.
                gap = list(correlation.shape)
                gap[axis] = new - (2 * size - 1)
                positive, negative = (
                    np.take(correlation, lags, axis)
                    for lags in (range(size), range(old - size + 1, old))
                )
                correlation = np.concatenate(
                    [positive, np.zeros(gap, correlation.dtype), negative], axis
                )
        self._frame = frame
        transform = scipy.fft.rfftn if self._real else scipy.fft.fftn
        return transform(correlation, axes=self._axes).real

    def transform(self, images):
        """Spectra of images on the canvas."""
        last = self._axes[-1]
        along_last = scipy.fft.rfft if self._real else scipy.fft.fft
        images = along_last(images, n=self._frame[-1], axis=last)
        for axis in reversed(self._axes[:-1]):
            images = scipy.fft.fft(
                images, n=self._frame[axis - 1], axis=axis, overwrite_x=True
            )
        return images

    def inverse(self, spectra):
        """Canvas part of the images of spectra."""
        for axis in self._axes[:-1]:
            cut = (slice(None),) * axis + (slice(self._canvas[axis - 1]),)
            spectra = scipy.fft.ifft(spectra, axis=axis)[cut]
        along_last = scipy.fft.irfft if self._real else scipy.fft.ifft
        width, last = self._frame[-1], self._axes[-1]
        # Of signals of one axis, these are still the spectra that were given.
        own = len(self._axes) > 1
        images = along_last(spectra, n=width, axis=last, overwrite_x=own)
        return images[..., : self._canvas[-1]]

    def norm(self, spectra):
        """Norm of real spectra over the whole frame, of shape (n_samples,)."""
        rows = spectra.reshape(len(spectra), -1, len(self._multiplicity))
        return np.sqrt(np.einsum("nij,nij,j->n", rows, rows, self._multiplicity))

    def image_norm(self, images):
        """Norm of the spectra of images, by Parseval's identity."""
        rows = images.reshape(len(images), -1)
        return np.linalg.norm(rows, axis=1) * math.sqrt(math.prod(self._frame))

    def impose_magnitude(self, spectra, state, current_modulus=None):
        """Nearest spectra of the measured magnitude; where a spectrum is 0, phase 0.

        They stay as they are where nothing was measured.
        """
        if current_modulus is None:
            current_modulus = modulus(spectra)
        zero = current_modulus == 0
        has_zeros = zero.any()
        if has_zeros:
            current_modulus = np.where(zero, 1, current_modulus)
        ratio = state.magnitude / current_modulus
        if state.mask is not None:
            ratio = np.where(state.mask, ratio, 1)
        projected = spectra * ratio
        if has_zeros:
            projected[zero] = state.magnitude[zero]
        return projected

    def residual(self, current_modulus, state):
        """Relative distance from the measured magnitudes, over what was measured."""
        difference = current_modulus - state.magnitude
        if state.mask is not None:
            difference *= state.mask
        length = state.magnitude_norm
        return self.norm(difference) / np.where(length == 0, 1, length)

    def residual_bound(self, projected, state):
        """Bound of the residual of the signals, the allowed part of an image.

        The spectrum of that image, `projected`, has the measured magnitudes. Its
        distance from the spectrum of the signals is what its energy exceeds theirs by.
        """
        length = state.magnitude_norm
        total = length if state.mask is None else self.norm(modulus(projected))
        excess = total**2 - self.image_norm(state.signals) ** 2
        return np.sqrt(np.maximum(excess, 0)) / np.where(length == 0, 1, length)

    def allowed(self, images, support):
        """Where images fulfil what is known of them."""
        if self._nonnegative:
            support = support & (images >= 0)
        if self._n_pixels is None:
            return support
        size = np.where(support, images if self._nonnegative else abs(images), -1)
        size = size.reshape(len(images), -1)
        kept = np.zeros(size.shape, dtype=bool)
        largest = np.argpartition(size, -self._n_pixels, axis=1)[:, -self._n_pixels :]
        np.put_along_axis(kept, largest, True, axis=1)
        return support & kept.reshape(images.shape)

    def project(self, images, support):
        """Nearest images that fulfil what is known of them."""
        if self._n_pixels is not None:
            return images * self.allowed(images, support)
        if self._nonnegative:
            images = np.maximum(images, 0)
        return images * support

    def draw(self, data, support, random_state):
        """Random images on the support, one for all samples, of the measured norm."""
        if self._nonnegative:
            image = random_state.uniform(size=self._canvas)
        else:
            image = random_state.standard_normal(self._canvas)
        if not self._real:
            image = image + 1j * random_state.standard_normal(self._canvas)
        image = image * self._window() * support
        image = (image / np.linalg.norm(image)).astype(self.dtype)
        norm = data.magnitude_norm / self.image_norm(image[None])
        return image * expand(norm, image[None])

    def _window(self):
        """Gaussian in the middle of the canvas, a fifth of it wide.

        All places of the content explain the measurement equally well. A start that
        fills the canvas leaves the solver between them, one in the middle does not.
        Where contents wrap around, no place is in the middle.
        """
        profiles = []
        for size, frame in zip(self._canvas, self._frame, strict=True):
            offset = (np.arange(size) - (size - 1) / 2) / (size / 5)
            wraps = size == frame
            profiles.append(np.ones(size) if wraps else np.exp(-(offset**2) / 2))
        return reduce(np.multiply.outer, profiles)


def at_opposite_frequencies(power):
    """Values at the opposite frequency of each, of shape (n_samples, *frame)."""
    axes = tuple(range(1, power.ndim))
    return np.roll(np.flip(power, axes), (1,) * len(axes), axes)


def has_gaps(forward, constraint, X):
    """Which samples have frequencies of which nothing is known."""
    unknown = np.isnan(forward._unflat(X))
    if constraint != "complex":
        unknown &= at_opposite_frequencies(unknown)
    return unknown.reshape(len(X), -1).any(axis=1)


def modulus(spectra):
    """Modulus of complex numbers; quicker than `numpy.abs`, which guards overflow."""
    return np.sqrt(spectra.real**2 + spectra.imag**2)
