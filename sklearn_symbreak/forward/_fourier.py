"""Phase retrieval from the magnitude of the Fourier transform."""

import numbers

from sklearn_symbreak.forward._base import ForwardModel
from sklearn_symbreak.groups import (
    ConjugateFlip,
    CyclicShift,
    FourierSymmetry,
    GlobalPhase,
)
from sklearn_symbreak.utils._array_api import fft_namespace, get_namespace, is_complex
from sklearn_symbreak.utils._validation import check_shape


class FourierPhaseRetrieval(ForwardModel):
    r"""Squared magnitude of an image's Fourier transform: :math:`f(x) = |F x|^2`.

    The image, called the canvas, is padded with zeros to `measurement_shape`, itself
    in the first corner, and :math:`F` is the discrete Fourier transform without a
    factor:

    .. math::
        f(x)_{k} = \Big|\sum_{p} x_p
            \exp\big(-2\pi i\,(k_1 p_1 / m_1 + k_2 p_2 / m_2)\big)\Big|^2 .

    So :math:`\sum_k f(x)_k = m_1 m_2 \|x\|^2`. Images may be real or complex. See
    section 4 of [1]_.

    Parameters
    ----------
    signal_shape : tuple of two ints
        Height and width of the canvas.
    measurement_shape : tuple of two ints
        Height and width :math:`(m_1, m_2)` of the transform, along each axis at
        least the canvas. From `2 * signal_shape - 1` on, the measurement determines
        the autocorrelation of the image.

    Attributes
    ----------
    n_measurements : int
        :math:`m_1 m_2`. The measured image is flattened in C order, so that
        `X.reshape(-1, *measurement_shape)` is the batch of measured images.
    symmetry : FourierSymmetry or product of groups
        If the transform is larger than the canvas along an axis,
        `FourierSymmetry()`: translations of the content, the 180 degree flip with
        conjugation, and the global phase. If it is exactly the canvas, contents wrap
        around and all cyclic shifts take the place of the translations. If it is
        larger along one axis only, this is a proper subgroup of the true symmetry:
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

    References
    ----------
    .. [1] K. Tayal, C.-H. Lai, V. Kumar and J. Sun, "Inverse Problems, Deep
       Learning, and Symmetry Breaking", arXiv:2003.09077, 2020.
    .. [2] T. Bendory, R. Beinert and Y. C. Eldar, "Fourier Phase Retrieval:
       Uniqueness and Algorithms", in Compressed Sensing and its Applications, 2017.

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

    def __init__(self, signal_shape, measurement_shape):
        self.signal_shape = signal_shape
        self.measurement_shape = measurement_shape

    @property
    def n_measurements(self):
        """Number of real measurements of one signal."""
        _, (height, width) = self._checked_shapes()
        return height * width

    @property
    def symmetry(self):
        """Group that leaves the measurement unchanged.

        A proper subgroup of the true symmetry if the transform is larger than the
        canvas along one axis only: cyclic shifts along the other axis, which wrap
        around, are missing, since no group here mixes them with translations.
        """
        signal_shape, measurement_shape = self._checked_shapes()
        if signal_shape == measurement_shape:
            return CyclicShift(ndim=2) * ConjugateFlip() * GlobalPhase()
        return FourierSymmetry()

    def _checked_shapes(self):
        shapes = []
        for name in ("signal_shape", "measurement_shape"):
            shape = getattr(self, name)
            if isinstance(shape, numbers.Integral):
                raise ValueError(
                    f"{name} must be a tuple of 2 positive ints, got {shape!r}."
                )
            shapes.append(check_shape(shape, name=name))
        signal_shape, measurement_shape = shapes
        if any(m < s for m, s in zip(measurement_shape, signal_shape, strict=True)):
            raise ValueError(
                "measurement_shape must be at least signal_shape "
                f"{signal_shape} along both axes, got {measurement_shape}."
            )
        return signal_shape, measurement_shape

    def _check_signals(self, x):
        self._checked_shapes()
        return super()._check_signals(x)

    def _transform(self, x):
        """Zero-padded transform; of real images only the columns up to m_2 / 2."""
        # Axis by axis, the first transform skips the rows of zeros below the image.
        fft = fft_namespace(x)
        height, width = self.measurement_shape
        along_rows = fft.fft if is_complex(x) else fft.rfft
        return fft.fft(along_rows(x, n=width, axis=2), n=height, axis=1)

    def _measure(self, x):
        xp = get_namespace(x)
        width = self.measurement_shape[1]
        transform = self._transform(x)
        power = xp.real(transform) ** 2 + xp.imag(transform) ** 2
        if not is_complex(x):
            # The transform of a real image is Hermitian: power(-k) = power(k).
            rest = xp.flip(power[:, :, 1 : (width + 1) // 2], axis=(1, 2))
            power = xp.concat([power, xp.roll(rest, 1, axis=1)], axis=2)
        return xp.reshape(power, (x.shape[0], -1))

    def _pull_back(self, x, v):
        # The gradient of sum v |Fx|^2 is 2 F^H (v * Fx), where F^H is the inverse
        # transform without its factor, followed by the cut to the canvas.
        xp = get_namespace(x)
        fft = fft_namespace(x)
        rows, columns = self.signal_shape
        height, width = self.measurement_shape
        v = xp.reshape(v, (-1, height, width))
        if is_complex(x):
            weighted = 2 * v * self._transform(x)
            along_columns = fft.ifft(weighted, axis=1, norm="forward")[:, :rows]
            along_rows = fft.ifft(along_columns, axis=2, norm="forward")
        else:
            # Only the even part of v acts on the even power, and with it the
            # product is Hermitian.
            reflected = xp.roll(xp.flip(v, axis=(1, 2)), (1, 1), axis=(1, 2))
            weighted = (v + reflected)[:, :, : width // 2 + 1] * self._transform(x)
            along_columns = fft.ifft(weighted, axis=1, norm="forward")[:, :rows]
            along_rows = fft.irfft(along_columns, n=width, axis=2, norm="forward")
        return along_rows[:, :, :columns]
