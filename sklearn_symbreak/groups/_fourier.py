"""The symmetry of Fourier phase retrieval."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._base import SymmetryGroup
from sklearn_symbreak.groups._conjugate_flip import ConjugateFlip
from sklearn_symbreak.groups._content import check_threshold
from sklearn_symbreak.groups._elements import check_tuple
from sklearn_symbreak.groups._global_phase import GlobalPhase
from sklearn_symbreak.groups._registration import registration_scores
from sklearn_symbreak.groups._shifts import (
    add_angles,
    flip_and_roll,
    negate_where,
    unit_to_angle,
)
from sklearn_symbreak.groups._translation import Translation
from sklearn_symbreak.groups._units import PHASES, multiply
from sklearn_symbreak.utils._array_api import get_namespace, real_dtype
from sklearn_symbreak.utils._typing import Array, Element, RandomState, Shape


class FourierSymmetry(SymmetryGroup):
    """Translation × conjugate flip × global phase, aligned jointly.

    The symmetry of oversampled Fourier phase retrieval. Elements are tuples
    (shifts, signs, angles) as in `Translation`, `ConjugateFlip` and `GlobalPhase`; the
    phase acts first, then the flip, then the translation. Shifts carry no content over
    an edge. On real signals the phase is the sign.

    Parameters
    ----------
    ndim : int, default=2
        Number of signal axes: 1 for spectra and pulses, 2 for images, 3 for volumes.
    threshold : float, default=1e-6
        Smallest modulus of content, relative to the largest of each signal; at least 0
        and below 1. See `Translation`.

    Warns
    -----
    UserWarning
        If hardly any signal can move because of a background above the threshold.

    Notes
    -----
    With shift s, flip f = ±1 and angle a, ``(s₁, f₁, a₁)(s₂, f₂, a₂) =
    (s₁ + f₁ s₂, f₁ f₂, f₂ a₁ + a₂)``, and the inverse is ``(-f s, f, -f a)``.

    `align` compares all shifts of the signal and of its flip at once: with X and W the
    transforms of signal and reference, the correlations are the inverse transforms of
    ``W conj X`` and, for the flipped signal, of ``W X``. Real signals take the real
    FFT; the phase is that of the largest correlation.

    `canonicalize` follows the rule before and in Thm. 2.4 of [1]_ with its origin moved
    to the canvas centre: centre the bounding box of the content, make the sum of the
    signal positive, make the imaginary part of the lowest frequency along the last axis
    about the centre positive. Centring commutes with the flip, so that all members of
    an orbit get the same representative.

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

    _units = PHASES
    _n_parts = 3

    moves_all_signals = False

    def __init__(self, ndim: int = 2, threshold: float = 1e-6) -> None:
        self.ndim = ndim
        self.threshold = threshold

    @property
    def signal_ndim(self) -> int:
        """Number of signal axes."""
        return self._translation.signal_ndim

    def act(self, element: Element, x: ArrayLike) -> Array:
        """Multiply by the phase, flip, then shift; see `SymmetryGroup.act`.

        Raises
        ------
        ValueError
            If a shift would move content outside the canvas, or if `x` is real and an
            angle is neither 0 nor π.
        """
        x = self._check_signals(x)
        shift, sign, angle = self._parts(element)
        x = ConjugateFlip(self.ndim).act(sign, GlobalPhase().act(angle, x))
        return self._translation.act(shift, x)

    def inverse(self, element: Element) -> Element:
        """``(-f s, f, -f a)``."""
        shift, sign, angle = self._parts(element)
        return negate_where(-shift, sign < 0), sign, negate_where(-angle, sign < 0)

    def compose(self, a: Element, b: Element) -> Element:
        """``(s₁ + f₁ s₂, f₁ f₂, f₂ a₁ + a₂)``."""
        (shift_a, sign_a, angle_a), (shift_b, sign_b, angle_b) = map(
            self._parts, (a, b)
        )
        return (
            shift_a + negate_where(shift_b, sign_a < 0),
            sign_a * sign_b,
            add_angles(negate_where(angle_a, sign_b < 0), angle_b),
        )

    def identity(self, x: ArrayLike) -> Element:
        flip = ConjugateFlip(self.ndim)
        return tuple(g.identity(x) for g in (self._translation, flip, GlobalPhase()))

    def sample(self, x: ArrayLike, random_state: RandomState = None) -> Element:
        """Uniform among the elements whose shift keeps the content of each signal."""
        x, rng = self._check_signals(x), check_random_state(random_state)
        angle = GlobalPhase().sample(x, rng)
        flip = ConjugateFlip(self.ndim)
        sign = flip.sample(x, rng)
        return self._translation.sample(flip.act(sign, x), rng), sign, angle

    def flips(self, element: Element) -> Array:
        return element[1] < 0

    def conjugated_by_flip(self, element: Element, flipped: Array) -> Element:
        shift, sign, angle = self._parts(element)
        return negate_where(shift, flipped), sign, negate_where(angle, flipped)

    def canonical_templates(
        self, signal_shape: Shape, *, complex_valued: bool = False
    ) -> list[np.ndarray]:
        """The constant signal for the phase, then those of `ConjugateFlip`.

        They apply to signals whose content has been centred.
        """
        return [
            np.ones(signal_shape),
            *ConjugateFlip(self.ndim).canonical_templates(
                signal_shape, complex_valued=complex_valued
            ),
        ]

    def canonicalize(self, x: ArrayLike) -> tuple[Array, Element]:
        """Centre the content, then fix flip and phase; see the notes of the class."""
        x = self._check_signals(x, finite=True)
        centered, shift = self._translation.canonicalize(x)
        aligned, (sign, angle) = self._turn.align(
            centered, self._canonical_references(x)
        )
        # With t the centring shift, F e^{iθ} T_t = T_{±t} F e^{iθ}.
        return aligned, (negate_where(shift, sign < 0), sign, angle)

    def canonical_margin(self, x: ArrayLike) -> Array:
        """Margin of flip and phase once the content is centred."""
        x = self._check_signals(x, finite=True)
        centered, _ = self._translation.canonicalize(x)
        return self._turn.margin(centered, self._canonical_references(x))

    def example_signals(
        self,
        n_samples: int = 8,
        *,
        signal_shape: Shape | None = None,
        dtype: DTypeLike = np.float64,
        random_state: RandomState = None,
    ) -> np.ndarray:
        return self._translation.example_signals(
            n_samples, signal_shape=signal_shape, dtype=dtype, random_state=random_state
        )

    @property
    def _translation(self):
        return Translation(self.ndim, self.threshold)

    @property
    def _turn(self):
        return ConjugateFlip(self.ndim) * GlobalPhase()

    @staticmethod
    def _parts(element):
        check_tuple(element, 3, "shifts, signs and angles")
        return element

    # -- kernel: codes are (flip, *shifts) of the table and a unit number after all

    def _prepare(self, x):
        self._translation._prepare(x)

    def _scores(self, x, reference, *, everywhere=False):
        return registration_scores(
            x,
            reference,
            check_threshold(self.threshold),
            flips=True,
            everywhere=everywhere,
        )

    def _move(self, x, code, out=None):
        code, unit = code
        moved = flip_and_roll(x, code[:, 1:], code[:, 0] != 0, out)
        if bool(get_namespace(x).all(unit == 1)):
            return moved
        return multiply(moved, unit, out)

    def _element(self, code, x):
        code, unit = code
        flipped, real = code[:, 0] != 0, real_dtype(x)
        # The phase that acts before the flip.
        angle = negate_where(unit_to_angle(unit, real), flipped)
        sign = get_namespace(x).astype(1 - 2 * code[:, 0], real)
        return code[:, 1:], sign, angle

    def _unit_element(self, unit, x):
        shift, sign, _ = self.identity(x)
        return shift, sign, unit_to_angle(unit, real_dtype(x))
