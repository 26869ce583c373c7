"""Between images on a canvas and the phases of their Fourier transform."""

import numpy as np

from sklearn_symbreak.groups._products import rounding
from sklearn_symbreak.utils._array_api import expand, fft_namespace


class PhaseFrame:
    """A canvas in the first corner of a frame that is transformed.

    Parameters
    ----------
    canvas_shape, frame_shape : tuple of int
        Height and width of the images, and of the transform.
    origin : {"center", "corner"}
        Where phases are measured from: the centre of the canvas, or its first pixel.
    """

    def __init__(self, canvas_shape, frame_shape, origin):
        self.canvas_shape = canvas_shape
        self.frame_shape = frame_shape
        self.origin = origin

    def phase(self, images):
        """Phases about the origin, and where there is none."""
        spectrum = fft_namespace(images).fftn(images, s=self.frame_shape, axes=(1, 2))
        # |F x| is at most the sum of |x|; far below it is the transform's rounding.
        floor = rounding(images) * np.sum(np.abs(images), axis=(1, 2))
        dark = np.abs(spectrum) <= expand(floor, spectrum)
        return _unit(spectrum * self._ramp(spectrum.dtype), dark), dark

    def image(self, phase, magnitude):
        """Complex images with these phases, whose length does not count."""
        phase = _unit(phase, phase == 0)
        spectrum = magnitude.astype(phase.real.dtype, copy=False) * phase
        spectrum = spectrum * np.conj(self._ramp(spectrum.dtype))
        frame = fft_namespace(spectrum).ifftn(spectrum, axes=(1, 2))
        height, width = self.canvas_shape
        image = frame[:, :height, :width]
        if self.origin == "corner":
            # A conjugated phase belongs to the image reflected about the first pixel,
            # which lies across the edges of the frame.
            wrapped = np.roll(frame, (height - 1, width - 1), axis=(1, 2))
            wrapped = wrapped[:, :height, :width]
            energy, other = (np.sum(np.abs(z) ** 2, (1, 2)) for z in (image, wrapped))
            image = np.where(expand(other > energy, image), wrapped, image)
        return image

    def _ramp(self, dtype):
        """Linear phase that moves the origin from the first pixel to the centre."""
        if self.origin == "corner":
            return np.ones((1, 1, 1), dtype=dtype)
        rows, columns = (
            np.fft.fftfreq(m) * (n - 1) / 2
            for m, n in zip(self.frame_shape, self.canvas_shape, strict=True)
        )
        ramp = np.exp(2j * np.pi * (rows[:, None] + columns[None, :]))
        return ramp[None].astype(dtype)


def _unit(z, dark):
    """``z / |z|``, and 1 where it is `dark`, in complex dtype."""
    with np.errstate(invalid="ignore"):  # a failed prediction stays NaN
        unit = np.where(dark, 1, z) / np.where(dark, 1, np.abs(z))
    return unit.astype(np.result_type(z.dtype, np.complex64), copy=False)
