"""Translations of the content inside a dark canvas."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from sklearn.utils import check_random_state

from sklearn_symbreak.groups._base import SymmetryGroup
from sklearn_symbreak.groups._content import centering_shift, check_threshold
from sklearn_symbreak.groups._elements import check_shifts
from sklearn_symbreak.groups._products import moderate
from sklearn_symbreak.groups._registration import (
    allowed_range,
    registration_scores,
    warn_if_content_is_everywhere,
)
from sklearn_symbreak.groups._shifts import (
    check_ndim,
    flip_and_roll,
    negate_where,
    signed,
)
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    get_namespace,
    squared_norm,
    to_numpy,
)
from sklearn_symbreak.utils._typing import Array, RandomState, Shape


class Translation(SymmetryGroup):
    """Translations of the content of signals that carry none of it over an edge.

    Content is what exceeds `threshold` times the largest modulus of the signal.
    Elements are integer shifts of shape (n_samples, ndim), first axis first. A shift
    that would carry content over the edge of the canvas is not allowed for that signal,
    so that each signal has its own set of shifts: `sample` and `align` stay inside it.
    The faint background rolls: what leaves at one edge comes back at the other, nothing
    is lost, and every shift can be undone exactly.

    Parameters
    ----------
    ndim : int, default=2
        Number of signal axes, 1, 2 or 3.
    threshold : float, default=1e-6
        Smallest modulus of content, relative to the largest of each signal; at least 0
        and below 1.

    Warns
    -----
    UserWarning
        If hardly any signal can move because of a background above the threshold.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.groups import Translation
    >>> x = np.array([[[0.0, 1.0, 2.0], [0.0, 0.0, 0.0]]])
    >>> Translation().act(np.array([[1, -1]]), x)
    array([[[0., 0., 0.],
            [1., 2., 0.]]])
    """

    moves_all_signals = False

    def __init__(self, ndim: int = 2, threshold: float = 1e-6) -> None:
        self.ndim = ndim
        self.threshold = threshold

    @property
    def signal_ndim(self) -> int:
        """Number of signal axes."""
        return check_ndim(self.ndim, largest=3)

    def act(self, element: Array, x: ArrayLike) -> Array:
        """Roll every signal by its shift; see `SymmetryGroup.act`.

        Raises
        ------
        ValueError
            If a shift would move content outside the canvas.
        """
        x = self._check_signals(x)
        shifts = check_shifts(element, x)
        xp, (low, high) = get_namespace(x), self._range(x)
        lost = xp.any((shifts < low) | (shifts > high), axis=1)
        # A blank signal has no content to lose.
        lost = lost & xp.any(xp.reshape(x, (x.shape[0], -1)) != 0, axis=1)
        if bool(xp.any(lost)):
            row = int(xp.argmax(xp.astype(lost, xp.int8)))
            shift, low, high = (
                tuple(int(s) for s in bound[row, :]) for bound in (shifts, low, high)
            )
            raise ValueError(
                f"element moves content outside the canvas: sample {row} has shift "
                f"{shift}, allowed are shifts from {low} to {high}. Content is what "
                f"exceeds threshold={self.threshold} times the largest modulus."
            )
        return flip_and_roll(x, shifts)

    def inverse(self, element: Array) -> Array:
        return -signed(element)

    def compose(self, a: Array, b: Array) -> Array:
        return signed(a) + signed(b)

    def identity(self, x: ArrayLike) -> Array:
        x = self._check_signals(x)
        return asarray_like(np.zeros((x.shape[0], x.ndim - 1), dtype=np.int64), x)

    def sample(self, x: ArrayLike, random_state: RandomState = None) -> Array:
        """Uniform among the shifts that keep the content of each signal."""
        x, rng = self._check_signals(x), check_random_state(random_state)
        low, high = map(to_numpy, self._range(x))
        return asarray_like(rng.randint(low, high + 1), x)

    def conjugated_by_flip(self, element: Array, flipped: Array) -> Array:
        return negate_where(element, flipped)

    def canonical_templates(
        self, signal_shape: Shape, *, complex_valued: bool = False
    ) -> list[np.ndarray]:
        """None: the canonical position is the centre of the canvas."""
        return []

    def canonicalize(self, x: ArrayLike) -> tuple[Array, Array]:
        x = self._check_signals(x, finite=True)
        self._prepare(x)
        shift = centering_shift(moderate(x), check_threshold(self.threshold))
        return flip_and_roll(x, shift), shift

    def canonical_margin(self, x: ArrayLike) -> Array:
        """1 for all but blank signals: one position is the centre, nothing ties."""
        norm2 = squared_norm(moderate(self._check_signals(x, finite=True)))
        return get_namespace(norm2).astype(norm2 > 0, norm2.dtype)

    def example_signals(
        self,
        n_samples: int = 8,
        *,
        signal_shape: Shape | None = None,
        dtype: DTypeLike = np.float64,
        random_state: RandomState = None,
    ) -> np.ndarray:
        """Random signals with a dark border a quarter of the canvas wide."""
        x = super().example_signals(
            n_samples,
            signal_shape=signal_shape or (8, 9, 7)[: self.signal_ndim],
            dtype=dtype,
            random_state=random_state,
        )
        for axis, size in enumerate(x.shape[1:], start=1):
            index, border = np.arange(size), size // 4
            dark = (index < border) | (index >= size - border)
            x[(slice(None),) * axis + (dark,)] = 0
        return x

    def _prepare(self, x):
        warn_if_content_is_everywhere(x, check_threshold(self.threshold))

    def _range(self, x):
        return allowed_range(moderate(x), check_threshold(self.threshold))

    def _scores(self, x, reference, *, everywhere=False):
        return registration_scores(
            x,
            reference,
            check_threshold(self.threshold),
            flips=False,
            everywhere=everywhere,
        )

    def _move(self, x, code, out=None):
        return flip_and_roll(x, code[:, 1:], out=out)

    def _element(self, code, x):
        return code[:, 1:]
