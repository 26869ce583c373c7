"""The global sign."""

import math

import numpy as np
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._enumerable import EnumerableGroup
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
    to_numpy,
)


class SignFlip(EnumerableGroup):
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

    # Few short passes: larger chunks have the threads wait for each other less.
    _chunk_bytes = 2**21

    def act(self, element, x):
        """Multiply every signal by its sign; see `SymmetryGroup.act`."""
        self._check_signal_ndim(x)
        return x * expand(like_signs(element, x), x)

    def inverse(self, element):
        """A sign is its own inverse; see `SymmetryGroup.inverse`."""
        return element

    def compose(self, a, b):
        """Product of the signs; see `SymmetryGroup.compose`."""
        return a * b

    def identity(self, x):
        """Signs +1; see `SymmetryGroup.identity`."""
        return like(np.ones(x.shape[0]), x, real_dtype(x))

    def sample(self, x, random_state=None):
        """Independent fair signs; see `SymmetryGroup.sample`."""
        rng = check_random_state(random_state)
        return like(rng.choice([-1.0, 1.0], size=x.shape[0]), x, real_dtype(x))

    def elements(self, x):
        """Both signs, the identity first; see `SymmetryGroup.elements`."""
        return np.array([1.0, -1.0])

    def canonical_templates(self, signal_shape, *, complex_valued=False):
        """The last coordinate vector (Prop. 2.1).

        See `SymmetryGroup.canonical_templates`.
        """
        template = np.zeros(math.prod(signal_shape))
        template[-1] = 1.0
        return [template.reshape(signal_shape)]

    def _inner_products(self, x, reference, window):
        product, _ = inner_product(x, reference)
        return get_namespace(x).stack([product, -product], axis=1)

    def _element_at(self, index, x, window):
        return get_namespace(x).astype(1 - 2 * index, real_dtype(x))

    def _align(self, x, references):
        xp = get_namespace(x)
        signs = xp.sign(leading_coefficient(x, references, real=True))
        # Zero signals have no sign; they stay as they are.
        signs = xp.where(signs == 0, xp.ones_like(signs), signs)
        return x * expand(signs, x), signs

    def _clear_case_kernel(self, x, references, wanted):
        entry = None if is_complex(x) else decisive_entry(references)
        if entry is None:
            return None
        rows_of_signs = np.repeat(
            np.array([[1], [-1]], dtype=x.dtype), x[0].size, axis=1
        )

        def kernel(x, out, element):
            products = decisive_products(x, entry, element)
            if products is None:
                return None
            # To copy whole rows of signs takes half as long as to repeat each sign, and
            # makes the product one pass. The default mode of take needs a buffer.
            negative = np.signbit(products).astype(np.intp)
            flat = out.reshape(len(x), -1)
            np.take(rows_of_signs, negative, axis=0, out=flat, mode="clip")
            np.multiply(x, out, out=out)
            # np.sign branches, and mispredicts on random signs.
            return np.copysign(1.0, products, out=products) if wanted else products

        return kernel


def like_signs(element, x):
    """Signs as an array of the library and precision of `x`, one per sample."""
    xp = get_namespace(x)
    signs = like(element, x) if not hasattr(element, "dtype") else element
    if tuple(signs.shape) != (x.shape[0],):
        raise ValueError(
            f"element must hold one sign per sample, shape ({x.shape[0]},), got shape "
            f"{tuple(signs.shape)}."
        )
    illegal = (signs != 1) & (signs != -1)
    if bool(xp.any(illegal)):
        found = to_numpy(signs[illegal])[0]
        raise ValueError(f"element must hold signs, 1 or -1, got {found}.")
    return xp.astype(signs, real_dtype(x))
