"""Projections onto what is measured and onto what is known of an image."""

import numpy as np
import scipy.fft

from sklearn_symbreak.utils._array_api import expand


class FourierFrame:
    r"""Images on the canvas and spectra of the whole measured frame.

    Iterates live in the frame of :math:`m_1 \times m_2` pixels, of which the canvas
    is the first corner. The Fourier transform is linear, so that a solver can keep
    the frame as a spectrum and come back to pixels on the canvas only, where the
    constraints leave something: transforms of both directions then skip the rows
    that are, or need not be, known. Real images have half spectra.

    Parameters
    ----------
    forward : FourierPhaseRetrieval
        The model.
    constraint : {"nonnegative", "real", "complex"}
        What the pixels are.
    real_dtype : dtype
        Precision: float32 or float64.

    Attributes
    ----------
    dtype : dtype
        Dtype of the images.
    """

    def __init__(self, forward, constraint, real_dtype):
        self._canvas = tuple(forward.signal_shape)
        self._frame = tuple(forward.measurement_shape)
        self._nonnegative = constraint == "nonnegative"
        self._real = constraint != "complex"
        self.dtype = np.dtype(real_dtype)
        width = self._frame[1]
        # In a half spectrum, all columns but the first, and the last of an even
        # width, stand for two.
        if self._real:
            self._multiplicity = np.full(width // 2 + 1, 2, dtype=self.dtype)
            self._multiplicity[0] = 1
            if width % 2 == 0:
                self._multiplicity[-1] = 1
        else:
            self._multiplicity = np.ones(width, dtype=self.dtype)
            self.dtype = np.result_type(self.dtype, np.complex64)

    def magnitude(self, X):
        """Measured magnitudes of the (half) spectrum; negative X become 0.

        The spectrum of a real image is even in magnitude; of noisy measurements the
        even part counts.
        """
        power = X.reshape(-1, *self._frame)
        if self._real:
            reflected = np.roll(power[:, ::-1, ::-1], (1, 1), axis=(1, 2))
            half = slice(self._multiplicity.size)
            power = (power[:, :, half] + reflected[:, :, half]) / 2
        return np.sqrt(np.maximum(power, 0))

    def transform(self, images):
        """Spectra of images on the canvas."""
        height, width = self._frame
        along_rows = scipy.fft.rfft if self._real else scipy.fft.fft
        return scipy.fft.fft(
            along_rows(images, n=width, axis=2), n=height, axis=1, overwrite_x=True
        )

    def inverse(self, spectra):
        """Canvas part of the images of spectra."""
        rows, columns = self._canvas
        width = self._frame[1]
        along_rows = scipy.fft.irfft if self._real else scipy.fft.ifft
        return along_rows(
            scipy.fft.ifft(spectra, axis=1)[:, :rows], n=width, axis=2, overwrite_x=True
        )[:, :, :columns]

    def norm(self, spectra):
        """Norm of real spectra over the whole frame, of shape (n_samples,)."""
        return np.sqrt(np.einsum("nij,nij,j->n", spectra, spectra, self._multiplicity))

    def allowed(self, images, support):
        """Where images fulfil what is known of them."""
        return support & (images >= 0) if self._nonnegative else support

    def project(self, images, support):
        """Nearest images that fulfil what is known of them."""
        if self._nonnegative:
            images = np.maximum(images, 0)
        return images * support

    def draw(self, magnitude, support, random_state):
        """Random images on the support, one for all samples, of the measured norm."""
        if self._nonnegative:
            image = random_state.uniform(size=self._canvas)
        else:
            image = random_state.standard_normal(self._canvas)
        if not self._real:
            image = image + 1j * random_state.standard_normal(self._canvas)
        image = image * self._window() * support
        image = (image / np.linalg.norm(image)).astype(self.dtype)
        # Parseval: the frame's spectrum has m_1 m_2 times the energy of the image.
        norm = self.norm(magnitude) / np.sqrt(self._frame[0] * self._frame[1])
        return image * expand(norm, magnitude)

    def _window(self):
        """Gaussian in the middle of the canvas, a fifth of it wide.

        All places of the content explain the measurement equally well. A start that
        fills the canvas leaves the solver between them, one in the middle does not.
        """
        profiles = []
        for size in self._canvas:
            offset = (np.arange(size) - (size - 1) / 2) / (size / 5)
            profiles.append(np.exp(-(offset**2) / 2))
        return np.multiply.outer(*profiles)


def modulus(spectra):
    """Modulus of complex numbers; quicker than `numpy.abs`, which guards overflow."""
    return np.sqrt(spectra.real**2 + spectra.imag**2)


def impose_magnitude(spectra, magnitude, current_modulus=None):
    """Nearest spectra of the given magnitude; where a spectrum is 0, phase 0."""
    if current_modulus is None:
        current_modulus = modulus(spectra)
    zero = current_modulus == 0
    if not zero.any():
        return spectra * (magnitude / current_modulus)
    projected = spectra * (magnitude / np.where(zero, 1, current_modulus))
    projected[zero] = magnitude[zero]
    return projected
