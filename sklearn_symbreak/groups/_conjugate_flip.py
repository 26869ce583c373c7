"""The 180-degree turn with complex conjugation (the twin image)."""

import numpy as np
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._enumerable import EnumerableGroup
from sklearn_symbreak.groups._sign_flip import like_signs
from sklearn_symbreak.groups._ties import inner_product
from sklearn_symbreak.utils._array_api import (
    expand,
    get_namespace,
    is_complex,
    like,
    real_dtype,
)


class ConjugateFlip(EnumerableGroup):
    """Conjugate 180° flip of images: ``x[i, j]`` becomes ``conj(x[-1 - i, -1 - j])``.

    The twin image of Fourier phase retrieval. Elements are signs of shape (n_samples,):
    -1 flips, +1 does not. Signals have shape (n_samples, height, width).

    Notes
    -----
    About the canvas centre ``c = ((H - 1)/2, (W - 1)/2)`` the flip conjugates the
    Fourier transform, ``X_c(k) = Σ_p x(p) exp(-2πi k·(p - c))``. The canonical
    templates pick the image with ``Im X_c(k) > 0`` at the lowest frequencies of the
    canvas padded to twice its size, horizontal first: the rule of Thm. 2.4 of
    "Inverse Problems, Deep Learning, and Symmetry Breaking" (arXiv:2003.09077) with its
    origin moved from the corner to the centre.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import ConjugateFlip
    >>> x = np.array([[[1.0, 2.0], [3.0, 4.0]]])
    >>> ConjugateFlip().act(np.array([-1.0]), x)
    array([[[4., 3.],
            [2., 1.]]])
    """

    signal_ndim = 2

    def act(self, element, x):
        """Flip and conjugate where the sign is -1; see `SymmetryGroup.act`."""
        self._check_signal_ndim(x)
        signs = like_signs(element, x)
        return get_namespace(x).where(expand(signs < 0, x), conjugate_flip(x), x)

    def inverse(self, element):
        """A flip is its own inverse; see `SymmetryGroup.inverse`."""
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
        """Both elements, the identity first; see `SymmetryGroup.elements`."""
        return np.array([1.0, -1.0])

    def flips(self, element):
        """Where the sign is -1; see `SymmetryGroup.flips`."""
        return element < 0

    def canonical_templates(self, signal_shape, *, complex_valued=False):
        """Lowest odd frequencies about the canvas centre, horizontal first.

        See `SymmetryGroup.canonical_templates`.
        """
        height, width = signal_shape
        row = (np.arange(height) - (height - 1) / 2) / (2 * height)
        column = (np.arange(width) - (width - 1) / 2) / (2 * width)
        templates = []
        for vertical, horizontal in [(0, 1), (1, 0), (1, 1), (1, -1)]:
            angle = 2 * np.pi * (vertical * row[:, None] + horizontal * column)
            # ⟨i exp(2πi k·p), x⟩ has the real part Im X_c(k).
            wave = 1j * np.exp(1j * angle)
            templates.append(wave if complex_valued else wave.real)
        odd = [
            template
            for template in templates
            if np.linalg.norm(template + conjugate_flip(template[None])[0])
            < 1e-6 * np.linalg.norm(template)
        ]
        # The flip leaves a real image of one pixel alone: any template will do.
        return odd or [np.ones(signal_shape)]

    def _inner_products(self, x, reference, window):
        xp = get_namespace(x)
        straight, _ = inner_product(x, reference)
        flipped, _ = inner_product(conjugate_flip(x), reference)
        return xp.stack([straight, flipped], axis=1)

    def _element_at(self, index, x, window):
        return get_namespace(x).astype(1 - 2 * index, real_dtype(x))


def conjugate_flip(x):
    """Turn every image by 180° and conjugate it."""
    xp = get_namespace(x)
    flipped = xp.flip(x, axis=(-2, -1))
    return xp.conj(flipped) if is_complex(x) else flipped
