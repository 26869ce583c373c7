"""The symmetry of Fourier phase retrieval."""

import numpy as np

from sklearn_symbreak.groups._conjugate_flip import ConjugateFlip
from sklearn_symbreak.groups._content import content_box
from sklearn_symbreak.groups._correlation import spectrum, window_of_inverse
from sklearn_symbreak.groups._factored import FactoredGroup
from sklearn_symbreak.groups._global_phase import GlobalPhase
from sklearn_symbreak.groups._product import ProductGroup
from sklearn_symbreak.groups._shift_window import ShiftWindow
from sklearn_symbreak.groups._shifting import roll_without_wrap
from sklearn_symbreak.groups._translation import Translation
from sklearn_symbreak.utils._array_api import (
    get_namespace,
    is_complex,
    like,
    real_dtype,
)
from sklearn_symbreak.utils._validation import check_signals


class FourierSymmetry(FactoredGroup):
    """Translation × conjugate 180° flip × global phase, aligned jointly.

    The symmetry of oversampled Fourier phase retrieval. Elements are tuples
    (shifts, signs, angles) as in `Translation`, `ConjugateFlip` and `GlobalPhase`; the
    phase acts first, then the flip, then the translation. Shifts lose no content. On
    real images the phase is the sign. Signals have shape (n_samples, height, width).

    Notes
    -----
    `align` compares all shifts of the image and of its flip at once: with X and W the
    transforms of image and reference, the correlations are the inverse transforms of
    ``W conj X`` and, for the flipped image, of ``W X``. Real images take the real FFT.

    `canonicalize` follows the rule before and in Thm. 2.4 of [1]_ with its origin moved
    to the canvas centre: centre the bounding box of the content, make the sum of the
    image positive, make the imaginary part of the lowest horizontal frequency about the
    centre positive. Centring commutes with the flip, so that all members of an orbit
    get the same representative.

    References
    ----------
    .. [1] K. Tayal, C.-H. Lai, V. Kumar, J. Sun, "Inverse Problems, Deep Learning, and
       Symmetry Breaking", arXiv:2003.09077 (2020).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import FourierSymmetry
    >>> template = np.zeros((5, 5))
    >>> template[1:3, 1:4] = [[1, 2, 3], [0, 0, 4]]
    >>> x = np.zeros((1, 5, 5))
    >>> x[0, 3:, :3] = [[4, 0, 0], [3, 2, 1]]
    >>> aligned, (shift, sign, angle) = FourierSymmetry().align(x, template)
    >>> bool((aligned[0] == template).all())
    True
    >>> shift, sign
    (array([[ 1, -1]]), array([-1.]))
    """

    # Fewer, larger chunks cost the threads less, up to what the cache holds.
    _chunk_bytes = 7 * 2**19

    @property
    def _factors(self):
        return [Translation(), ConjugateFlip(), GlobalPhase()]

    def up_to_phase(self):
        """The group itself: it contains the phase."""
        return self

    def canonical_templates(self, signal_shape, *, complex_valued=False):
        """The constant image for the phase, then those of `ConjugateFlip`.

        They apply to images whose content has been centred.

        See `SymmetryGroup.canonical_templates`.
        """
        return [
            np.ones(signal_shape),
            *ConjugateFlip().canonical_templates(
                signal_shape, complex_valued=complex_valued
            ),
        ]

    def canonicalize(self, x):
        """Centre the content, then fix flip and phase; see the notes of the class.

        See `SymmetryGroup.canonicalize`.
        """
        x = check_signals(x, name="x")
        centered, shift = Translation().canonicalize(x)
        aligned, (sign, angle) = self._turn.align(
            centered, self._canonical_references(x)
        )
        # With t the centring shift, F e^{iθ} T_t = T_{±t} F e^{iθ}.
        return aligned, (
            Translation().conjugated_by_flip(shift, sign < 0),
            sign,
            angle,
        )

    def canonical_margin(self, x):
        """Margin of flip and phase once the content is centred."""
        x = check_signals(x, name="x")
        centered, _ = Translation().canonicalize(x)
        return self._turn.margin(centered, self._canonical_references(x))

    @property
    def _turn(self):
        return ProductGroup(ConjugateFlip(), GlobalPhase())

    # -- the joint kernel

    def _window(self, x, *, everywhere=False):
        return ShiftWindow(
            *content_box(x), tuple(x.shape[1:]), flips=True, everywhere=everywhere
        )

    def _inner_products(self, x, reference, window):
        xp = get_namespace(x)
        real = not is_complex(x)
        transform, target = spectrum(x), spectrum(reference)
        # ⟨w, T_s x⟩ is the inverse transform of (conj W) X at -s, and ⟨w, T_s F x⟩ the
        # conjugate of that of W X at s - 1; the ramp carries the offset of one pixel.
        ramp = _one_pixel_ramp(window.shape, transform, real=real)
        filters = xp.stack([xp.conj(target), target * ramp], axis=1)
        products = window_of_inverse(
            transform[:, None, ...] * filters, window, real=real
        )
        # What an image and its flip may do is opposite, so that the window holds -s
        # with s: in reverse order, but for the first of a circle.
        straight = _negate_circularly(products[:, 0, ...])
        flipped = products[:, 1, ...]
        products = xp.stack([straight, flipped if real else xp.conj(flipped)], axis=1)
        return xp.reshape(products, (x.shape[0], -1))

    def _allowed(self, x, window):
        return window.allowed()

    def _element_at(self, index, x, window):
        xp = get_namespace(x)
        flip, shift = window.locate(index)
        sign = xp.astype(1 - 2 * flip, real_dtype(x))
        return shift, sign, xp.zeros_like(sign)

    def _member(self, index, x, references, window):
        shift, sign, angle = self._element_at(index, x, window)
        # The shifts come from the window, so that nothing is left to check.
        aligned = roll_without_wrap(x, shift, sign < 0)
        return self._with_phase(aligned, (shift, sign, angle), references)


def _one_pixel_ramp(shape, transform, *, real):
    """``exp(-2πi (k_1 / H + k_2 / W))``, the transform of a shift by one pixel."""
    height, width = shape
    rows = np.arange(height) / height
    columns = np.arange(width // 2 + 1 if real else width) / width
    ramp = np.exp(-2j * np.pi * (rows[:, None] + columns[None, :]))
    return like(ramp, transform, transform.dtype)


def _negate_circularly(x):
    """Values at -s instead of s along the last two axes of a window."""
    xp = get_namespace(x)
    return xp.roll(xp.flip(x, axis=(-2, -1)), (1, 1), axis=(-2, -1))
