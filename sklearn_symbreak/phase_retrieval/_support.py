"""Where an image may differ from zero."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Literal, TypeAlias

import numpy as np
from scipy.ndimage import gaussian_filter
from sklearn.base import BaseEstimator

from sklearn_symbreak.utils._sklearn import Interval


class Shrinkwrap(BaseEstimator):
    r"""Support that shrinks around the current estimate [1]_.

    Every `period` iterations the modulus of the estimate is blurred by a Gaussian,
    and the support becomes the pixels where the result is at least `threshold` times
    its maximum. The width of the Gaussian shrinks from one update to the next.

    Parameters
    ----------
    sigma : float, default=3.0
        Standard deviation of the Gaussian at the first update, in pixels.
    min_sigma : float, default=1.5
        Smallest standard deviation.
    decay : float, default=0.99
        Factor of the standard deviation from update to update.
    threshold : float, default=0.2
        Fraction of the maximum.
    period : int, default=20
        Iterations between updates.

    References
    ----------
    .. [1] S. Marchesini et al., "X-ray image reconstruction from a diffraction
       pattern alone", Physical Review B 68, 140101, 2003. The defaults are its
       values.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.phase_retrieval import Shrinkwrap
    >>> image = np.zeros((1, 5, 5))
    >>> image[0, 1, 1] = 1.0
    >>> shrinkwrap = Shrinkwrap(sigma=0.5, min_sigma=0.5, threshold=0.1)
    >>> shrinkwrap.update(image, iteration=20)[0].astype(int)
    array([[0, 1, 0, 0, 0],
           [1, 1, 1, 0, 0],
           [0, 1, 0, 0, 0],
           [0, 0, 0, 0, 0],
           [0, 0, 0, 0, 0]])
    """

    _parameter_constraints: dict = {
        "sigma": [Interval(Real, 0, None, closed="neither")],
        "min_sigma": [Interval(Real, 0, None, closed="left")],
        "decay": [Interval(Real, 0, 1, closed="right")],
        "threshold": [Interval(Real, 0, 1, closed="left")],
        "period": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        *,
        sigma: float = 3.0,
        min_sigma: float = 1.5,
        decay: float = 0.99,
        threshold: float = 0.2,
        period: int = 20,
    ) -> None:
        self.sigma = sigma
        self.min_sigma = min_sigma
        self.decay = decay
        self.threshold = threshold
        self.period = period

    def is_due(self, iteration: int) -> bool:
        """Whether the support is updated in this iteration."""
        return iteration % self.period == 0

    def update(
        self,
        signals: np.ndarray,
        iteration: int,
        *,
        wraps: Sequence[bool] | None = None,
    ) -> np.ndarray:
        """New supports.

        Parameters
        ----------
        signals : ndarray of shape (n_samples, *signal_shape)
            Current estimates.
        iteration : int
            Iteration in which the update takes place, a multiple of `period`.
        wraps : sequence of bool, optional
            Which axes of an image are periodic; by default, none.

        Returns
        -------
        support : ndarray of shape (n_samples, *signal_shape), bool
            True where an image may differ from zero; everywhere for a zero estimate.
        """
        n_updates = iteration // self.period
        sigma = max(self.min_sigma, self.sigma * self.decay ** (n_updates - 1))
        axes = tuple(range(1, signals.ndim))
        wraps = [False] * len(axes) if wraps is None else wraps
        modes = ["wrap" if periodic else "constant" for periodic in wraps]
        blurred = gaussian_filter(np.abs(signals), sigma, axes=axes, mode=modes)
        highest = blurred.max(axis=axes, keepdims=True)
        return blurred >= self.threshold * highest


class SupportSize(BaseEstimator):
    """Support of known size and unknown place: the largest pixels.

    In every projection the `n_pixels` pixels of the largest modulus stay, of
    nonnegative images the largest pixels, and all others become zero [1]_.

    Parameters
    ----------
    n_pixels : int
        Number of pixels that may differ from zero.

    References
    ----------
    .. [1] V. Elser, T.-Y. Lan and T. Bendory, "Benchmark Problems for Phase
       Retrieval", SIAM Journal on Imaging Sciences 11(4), 2018.

    Examples
    --------
    >>> from sklearn_symbreak.forward import FourierPhaseRetrieval
    >>> from sklearn_symbreak.phase_retrieval import ADMM, SupportSize
    >>> ADMM(FourierPhaseRetrieval((8, 8), (16, 16)), support=SupportSize(20)).support
    SupportSize(n_pixels=20)
    """

    _parameter_constraints: dict = {
        "n_pixels": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, n_pixels: int) -> None:
        self.n_pixels = n_pixels


#: What the parameter `support` of a solver may be.
Support: TypeAlias = (
    Literal["canvas", "shrinkwrap"] | Shrinkwrap | SupportSize | np.ndarray
)


def check_support(support, signal_shape):
    """Return a support mask as a boolean array of the shape of the canvas."""
    mask = np.asarray(support)
    if mask.dtype != bool or mask.shape != tuple(signal_shape):
        raise ValueError(
            "support must be 'canvas', 'shrinkwrap', a Shrinkwrap, a SupportSize or a "
            f"boolean mask of shape {tuple(signal_shape)}, got an array of dtype "
            f"{mask.dtype} and shape {mask.shape}."
        )
    if not mask.any():
        raise ValueError("support must hold at least one pixel, got an empty mask.")
    return mask
