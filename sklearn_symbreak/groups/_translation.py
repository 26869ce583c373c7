"""Translations of the content inside a dark canvas."""

import numpy as np
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._content import centering_shift, content_box
from sklearn_symbreak.groups._correlation import spectrum, window_of_inverse
from sklearn_symbreak.groups._enumerable import EnumerableGroup
from sklearn_symbreak.groups._shift_window import ShiftWindow
from sklearn_symbreak.groups._shifting import check_shifts, roll_without_wrap, signed
from sklearn_symbreak.utils._array_api import (
    get_namespace,
    is_complex,
    like,
    rescaled,
    squared_norm,
)
from sklearn_symbreak.utils._validation import check_signals


class Translation(EnumerableGroup):
    """Translations of the content of images that lose none of it.

    The content of an image is what is not exactly zero. Elements are integer shifts of
    shape (n_samples, 2), rows first; what moves in from outside is zero. A shift that
    would push content over the edge of the canvas is not allowed for that image, so
    that each image has its own set of shifts: `sample` and `align` stay inside it.
    Signals have shape (n_samples, height, width).

    Notes
    -----
    An allowed shift wraps nothing but zeros, so circular correlation at the size of the
    canvas is exact and no padding is needed.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import Translation
    >>> x = np.array([[[0.0, 1.0, 2.0], [0.0, 0.0, 0.0]]])
    >>> Translation().act(np.array([[1, -1]]), x)
    array([[[0., 0., 0.],
            [1., 2., 0.]]])
    """

    signal_ndim = 2
    partial = True

    def act(self, element, x):
        """Move every image by its shift; see `SymmetryGroup.act`.

        Raises
        ------
        ValueError
            If a shift would move content outside the canvas.
        """
        self._check_signal_ndim(x)
        xp = get_namespace(x)
        shifts = check_shifts(element, x)
        low, high = self._range(x)
        lost = xp.any((shifts < low) | (shifts > high), axis=1)
        # A blank image has no content to lose.
        lost = lost & xp.any(xp.reshape(x, (x.shape[0], -1)) != 0, axis=1)
        if bool(xp.any(lost)):
            row = int(xp.argmax(xp.astype(lost, xp.int8)))
            shift = tuple(int(s) for s in shifts[row, :])
            raise ValueError(
                f"element moves content outside the canvas: sample {row} has shift "
                f"{shift}, allowed are shifts from "
                f"{tuple(int(s) for s in low[row, :])} to "
                f"{tuple(int(s) for s in high[row, :])}."
            )
        return roll_without_wrap(x, shifts)

    def inverse(self, element):
        """Opposite shifts; see `SymmetryGroup.inverse`."""
        return -signed(element)

    def compose(self, a, b):
        """Sum of the shifts; see `SymmetryGroup.compose`."""
        return signed(a) + signed(b)

    def identity(self, x):
        """Shifts 0; see `SymmetryGroup.identity`."""
        return like(np.zeros((x.shape[0], 2), dtype=np.int64), x)

    def sample(self, x, random_state=None):
        """Uniform among the shifts that keep the content of each image.

        See `SymmetryGroup.sample`.
        """
        self._check_signal_ndim(x)
        rng = check_random_state(random_state)
        low, high = (np.asarray(bound) for bound in self._range(x))
        return like(rng.randint(low, high + 1), x)

    def example_signals(
        self, n_samples=8, *, signal_shape=None, dtype=np.float64, random_state=None
    ):
        """Random images with a dark border a quarter of the canvas wide."""
        x = super().example_signals(
            n_samples,
            signal_shape=signal_shape or (8, 9),
            dtype=dtype,
            random_state=random_state,
        )
        for axis, size in enumerate(x.shape[1:], start=1):
            border = size // 4
            index = np.arange(size)
            dark = (index < border) | (index >= size - border)
            x[(slice(None),) * axis + (dark,)] = 0
        return x

    def conjugated_by_flip(self, element, flipped):
        """A flip inverts the shift; see `SymmetryGroup.conjugated_by_flip`."""
        return get_namespace(element).where(flipped[:, None], -element, element)

    def canonical_templates(self, signal_shape, *, complex_valued=False):
        """None: the canonical position is the centre of the canvas.

        See `SymmetryGroup.canonical_templates`.
        """
        return []

    def canonicalize(self, x):
        """Centre the bounding box of the content; see `ContentCenterer`."""
        x = check_signals(x, name="x")
        self._check_signal_ndim(x)
        shift = centering_shift(x)
        return roll_without_wrap(x, shift), shift

    def canonical_margin(self, x):
        """1 for all but blank images: one position is the centre, nothing ties."""
        x = rescaled(check_signals(x, name="x"))
        norm2 = squared_norm(x)
        return get_namespace(x).astype(norm2 > 0, norm2.dtype)

    def _range(self, x):
        """Smallest and largest allowed shift along every axis."""
        first, last = content_box(x)
        xp = get_namespace(x)
        sizes = xp.asarray(x.shape[1:], dtype=last.dtype, device=x.device)
        return -first, sizes - 1 - last

    def _window(self, x, *, everywhere=False):
        return ShiftWindow(
            *content_box(x), tuple(x.shape[1:]), flips=False, everywhere=everywhere
        )

    def _inner_products(self, x, reference, window):
        xp = get_namespace(x)
        # Σ_p w(p) conj x(p - s) has the transform W conj X (correlation theorem).
        product = spectrum(reference) * xp.conj(spectrum(x))
        products = window_of_inverse(product, window, real=not is_complex(x))
        products = xp.reshape(products, (products.shape[0], -1))
        return xp.conj(products) if is_complex(x) else products

    def _element_at(self, index, x, window):
        return window.locate(index)[1]
