"""The global phase."""

import math

import numpy as np
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._chunked import ChunkedGroup
from sklearn_symbreak.groups._gaps import gap_from_margin, gap_ratio
from sklearn_symbreak.groups._ties import (
    decisive_entry,
    decisive_products,
    inner_product,
    leading_coefficient,
)
from sklearn_symbreak.utils._array_api import (
    expand,
    get_namespace,
    is_complex,
    like,
    real_dtype,
    squared_norm,
)
from sklearn_symbreak.utils._validation import check_signals


class GlobalPhase(ChunkedGroup):
    """Global phase: ``x`` and ``exp(iθ) x`` give the same measurement.

    Elements are angles θ in radians, of shape (n_samples,). It is the symmetry of
    complex Gaussian phase retrieval. On real signals the angles are 0 and π, and the
    group is the sign. Aligning to the first coordinate vector is the rule
    ``Im x_1 = 0, x_1 > 0`` of Prop. 2.3 of [1]_; where ``x_1 = 0``, the first entry
    that is not zero is made positive.

    The group is continuous, so that every member of an orbit has neighbours; the seam
    is where the whole orbit ties. The margin is ``|⟨reference, x⟩| / (‖reference‖
    ‖x‖)``.

    References
    ----------
    .. [1] K. Tayal, C.-H. Lai, V. Kumar, J. Sun, "Inverse Problems, Deep Learning, and
       Symmetry Breaking", arXiv:2003.09077 (2020).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import GlobalPhase
    >>> x = np.array([[1j, 2.0], [0.0, -3.0 + 0j]])
    >>> representative, angles = GlobalPhase().canonicalize(x)
    >>> representative.round(6) + 0
    array([[1.+0.j, 0.-2.j],
           [0.+0.j, 3.+0.j]])
    """

    #: Products align this factor in closed form, by the modulus of inner products.
    is_phase = True

    # Few short passes: larger chunks have the threads wait for each other less.
    _chunk_bytes = 2**21

    def act(self, element, x):
        """Multiply every signal by ``exp(i element)``; see `SymmetryGroup.act`.

        Raises
        ------
        ValueError
            If `x` is real and an angle is neither 0 nor π.
        """
        x = check_signals(x, name="x", finite=False)
        self._check_signal_ndim(x)
        xp = get_namespace(x)
        angle = element if hasattr(element, "dtype") else like(element, x)
        if tuple(angle.shape) != (x.shape[0],):
            raise ValueError(
                f"element must hold one angle per sample, shape ({x.shape[0]},), got "
                f"shape {tuple(angle.shape)}."
            )
        cosine, sine = xp.cos(angle), xp.sin(angle)
        if is_complex(x):
            return x * expand(xp.astype(cosine + 1j * sine, x.dtype), x)
        if bool(xp.any(xp.abs(sine) > 1e-3)):
            raise ValueError(
                "element must hold the angles 0 or pi for real signals, got "
                f"{float(angle[int(xp.argmax(xp.abs(sine)))])}."
            )
        one = xp.ones_like(cosine)
        return x * expand(xp.astype(xp.copysign(one, cosine), x.dtype), x)

    def inverse(self, element):
        """Opposite angles; see `SymmetryGroup.inverse`."""
        return -element

    def compose(self, a, b):
        """Sum of the angles, in (-π, π]; see `SymmetryGroup.compose`."""
        xp = get_namespace(a)
        total = a + b
        return total - 2 * math.pi * xp.ceil(total / (2 * math.pi) - 0.5)

    def identity(self, x):
        """Angles 0; see `SymmetryGroup.identity`."""
        return like(np.zeros(x.shape[0]), x, real_dtype(x))

    def sample(self, x, random_state=None):
        """Independent uniform angles (fair choices of 0 and π on real signals).

        See `SymmetryGroup.sample`.
        """
        rng = check_random_state(random_state)
        if is_complex(x):
            angle = rng.uniform(-np.pi, np.pi, size=x.shape[0])
        else:
            angle = rng.choice([0.0, np.pi], size=x.shape[0])
        return like(angle, x, real_dtype(x))

    def elements(self, x):
        """The angles 0 and π for real signals; None for complex ones.

        See `SymmetryGroup.elements`.
        """
        return None if is_complex(x) else np.array([0.0, np.pi])

    def canonical_templates(self, signal_shape, *, complex_valued=False):
        """The first coordinate vector (Prop. 2.3).

        See `SymmetryGroup.canonical_templates`.
        """
        template = np.zeros(math.prod(signal_shape))
        template[0] = 1.0
        return [template.reshape(signal_shape)]

    def conjugated_by_flip(self, element, flipped):
        """What the element becomes when it changes places with a conjugate flip.

        See `SymmetryGroup.conjugated_by_flip`.
        """
        return get_namespace(element).where(flipped, -element, element)

    def _margin(self, x, references):
        xp, first = get_namespace(x), references[0]
        product, _ = inner_product(x, first)
        norm2 = squared_norm(first)
        return gap_ratio(xp.abs(product), squared_norm(x), norm2, norm2)

    def _gap(self, x, reference):
        return gap_from_margin(self._margin(x, [reference]), x, reference)

    def _align(self, x, references):
        coefficient = leading_coefficient(x, references, real=False)
        unit, angle = phase_units(coefficient, get_namespace(x))
        return x * expand(unit, x), angle

    def _clear_case_kernel(self, x, references, wanted):
        entry = decisive_entry(references) if is_complex(x) else None
        smallest = np.finfo(x.dtype).smallest_normal

        def kernel(x, out, element):
            products = decisive_products(x, entry)
            if products is None:
                return None
            with np.errstate(over="ignore", invalid="ignore"):
                size = np.abs(products)
            if not smallest <= size.min() <= size.max() <= 1 / smallest:
                return None
            units = np.conj(products, out=products)
            # A division of complex by real numbers costs twice as much.
            units *= np.reciprocal(size, out=size)
            np.multiply(x, expand(units, x), out=out)
            if not wanted:
                return units
            return np.arctan2(units.imag, units.real, out=element)

        return None if entry is None else kernel


def phase_units(coefficient, xp):
    """Unit scalars that make the coefficients positive, and their angles in radians."""
    zero = coefficient == 0
    if bool(xp.any(zero)):
        coefficient = xp.where(zero, xp.ones_like(coefficient), coefficient)
    if not xp.isdtype(coefficient.dtype, "complex floating"):
        unit = xp.copysign(xp.ones_like(coefficient), coefficient)
        return unit, xp.where(unit < 0, math.pi * xp.ones_like(unit), 0 * unit)
    limits = xp.finfo(coefficient.dtype)
    subnormal = xp.abs(coefficient) < limits.smallest_normal
    if bool(xp.any(subnormal)):
        # Their reciprocals overflow.
        coefficient = xp.where(subnormal, coefficient / limits.eps, coefficient)
    unit = xp.conj(coefficient) / xp.abs(coefficient)
    return unit, xp.atan2(xp.imag(unit), xp.real(unit))
