"""The global sign."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._base import SymmetryGroup
from sklearn_symbreak.groups._elements import check_signs
from sklearn_symbreak.groups._embeddings import (
    embed_up_to_sign,
    one_scale,
    restore_up_to_sign,
)
from sklearn_symbreak.groups._products import (
    check_finite,
    flat,
    inner_product,
    leading_coefficient,
)
from sklearn_symbreak.groups._units import SIGNS, multiply
from sklearn_symbreak.utils._array_api import asarray_like, get_namespace, real_dtype
from sklearn_symbreak.utils._typing import Array, RandomState, Shape


class SignFlip(SymmetryGroup):
    """Global sign: ``x`` and ``-x`` give the same measurement.

    Elements are signs, +1 or -1, of shape (n_samples,). It is the symmetry of the
    square root and of real Gaussian phase retrieval. Aligning to the last coordinate
    vector is the rule ``x_n > 0`` of Prop. 2.1 of [1]_; where ``x_n = 0``, the first
    entry that is not zero is made positive.

    References
    ----------
    .. [1] K. Tayal, C.-H. Lai, V. Kumar, J. Sun, "Inverse Problems, Deep Learning, and
       Symmetry Breaking", arXiv:2003.09077 (2020).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import SignFlip
    >>> x = np.array([[1.0, -2.0], [3.0, 0.0], [-3.0, 0.0]])
    >>> representative, signs = SignFlip().canonicalize(x)
    >>> representative + 0
    array([[-1.,  2.],
           [ 3.,  0.],
           [ 3.,  0.]])
    >>> signs
    array([-1.,  1., -1.])
    """

    _units = SIGNS

    def act(self, element: Array, x: ArrayLike) -> Array:
        x = self._check_signals(x)
        return multiply(x, check_signs(element, x))

    def inverse(self, element: Array) -> Array:
        return element

    def compose(self, a: Array, b: Array) -> Array:
        return a * b

    def identity(self, x: ArrayLike) -> Array:
        x = self._check_signals(x)
        return asarray_like(np.ones(x.shape[0]), x, real_dtype(x))

    def sample(self, x: ArrayLike, random_state: RandomState = None) -> Array:
        x, rng = self._check_signals(x), check_random_state(random_state)
        return asarray_like(rng.choice([-1.0, 1.0], size=x.shape[0]), x, real_dtype(x))

    def elements(self, x: Array) -> np.ndarray:
        return np.array([1.0, -1.0])

    def canonical_templates(
        self, signal_shape: Shape, *, complex_valued: bool = False
    ) -> list[np.ndarray]:
        """The last coordinate vector (Prop. 2.1)."""
        template = np.zeros(math.prod(signal_shape))
        template[-1] = 1.0
        return [template.reshape(signal_shape)]

    def embed(self, x: Array) -> Array:
        """``x xᵀ`` of the flattened signals."""
        x = self._check_signals(x, finite=True)
        return embed_up_to_sign(flat(x))

    def unembed(
        self, z: Array, signal_shape: Shape, *, complex_valued: bool = False
    ) -> Array:
        x = restore_up_to_sign(z, complex_valued=complex_valued)
        return get_namespace(z).reshape(x, (-1, *signal_shape))

    def _entry_units(self, signal_shape):
        return None

    def _embedding_scales(self, x):
        return one_scale(self, x, x)

    def _find(self, x, references, settle=True):
        check_finite([x], references)
        return SIGNS.unit(leading_coefficient(x, references, real=True))

    def _move(self, x, code, out=None):
        return multiply(x, code, out)

    def _unit_element(self, unit, x):
        return get_namespace(x).astype(unit, real_dtype(x))

    def _gap(self, x, reference):
        # Re⟨w, x⟩ against Re⟨w, -x⟩.
        return 2 * SIGNS.score(inner_product(x, reference))
