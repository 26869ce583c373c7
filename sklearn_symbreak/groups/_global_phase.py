"""The global phase."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._base import SymmetryGroup
from sklearn_symbreak.groups._elements import check_angles
from sklearn_symbreak.groups._embeddings import (
    embed_up_to_phase,
    one_scale,
    restore_up_to_phase,
)
from sklearn_symbreak.groups._products import (
    check_finite,
    flat,
    inner_product,
    leading_coefficient,
)
from sklearn_symbreak.groups._shifts import (
    add_angles,
    angle_to_unit,
    negate_where,
    unit_to_angle,
)
from sklearn_symbreak.groups._units import PHASES, multiply
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    get_namespace,
    is_complex,
    real_dtype,
)
from sklearn_symbreak.utils._typing import Array, RandomState, Shape


class GlobalPhase(SymmetryGroup):
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

    _units = PHASES

    def act(self, element: Array, x: ArrayLike) -> Array:
        """Multiply every signal by ``exp(i element)``; see `SymmetryGroup.act`.

        Raises
        ------
        ValueError
            If `x` is real and an angle is neither 0 nor π.
        """
        x = self._check_signals(x)
        return multiply(x, angle_to_unit(check_angles(element, x), x))

    def inverse(self, element: Array) -> Array:
        return -element

    def compose(self, a: Array, b: Array) -> Array:
        return add_angles(a, b)

    def identity(self, x: ArrayLike) -> Array:
        x = self._check_signals(x)
        return asarray_like(np.zeros(x.shape[0]), x, real_dtype(x))

    def sample(self, x: ArrayLike, random_state: RandomState = None) -> Array:
        """Independent uniform angles (fair choices of 0 and π on real signals)."""
        x, rng = self._check_signals(x), check_random_state(random_state)
        if is_complex(x):
            angle = rng.uniform(-math.pi, math.pi, size=x.shape[0])
        else:
            angle = rng.choice([0.0, math.pi], size=x.shape[0])
        return asarray_like(angle, x, real_dtype(x))

    def elements(self, x: Array) -> np.ndarray | None:
        """The angles 0 and π for real signals; None for complex ones."""
        return None if is_complex(x) else np.array([0.0, math.pi])

    def canonical_templates(
        self, signal_shape: Shape, *, complex_valued: bool = False
    ) -> list[np.ndarray]:
        """The first coordinate vector (Prop. 2.3)."""
        template = np.zeros(math.prod(signal_shape))
        template[0] = 1.0
        return [template.reshape(signal_shape)]

    def conjugated_by_flip(self, element: Array, flipped: Array) -> Array:
        return negate_where(element, flipped)

    def embed(self, x: Array) -> Array:
        """``x xᴴ`` of the flattened signals."""
        x = self._check_signals(x, finite=True)
        return embed_up_to_phase(flat(x))

    def unembed(
        self, z: Array, signal_shape: Shape, *, complex_valued: bool = False
    ) -> Array:
        x = restore_up_to_phase(z, complex_valued=complex_valued)
        return get_namespace(z).reshape(x, (-1, *signal_shape))

    def _entry_units(self, signal_shape):
        return None

    def _embedding_scales(self, x):
        return one_scale(self, x, x)

    def _find(self, x, references, settle=True):
        check_finite([x], references)
        return PHASES.unit(leading_coefficient(x, references, real=False))

    def _move(self, x, code, out=None):
        return multiply(x, code, out)

    def _element(self, code, x):
        return unit_to_angle(code, real_dtype(x))

    def _unit_element(self, unit, x):
        return unit_to_angle(unit, real_dtype(x))

    def _gap(self, x, reference):
        score = PHASES.score(inner_product(x, reference))
        # Of real signals the second best is the negative.
        return score if is_complex(x) else 2 * score


# Every group can be extended by the phase, see `SymmetryGroup.up_to_phase`.
SymmetryGroup._phase = GlobalPhase()
