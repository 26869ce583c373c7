"""Data of the square-root problem."""

from __future__ import annotations

import numbers

import numpy as np
from numpy.typing import DTypeLike
from sklearn.utils import check_random_state, check_scalar

from sklearn_symbreak.forward import Square, add_noise
from sklearn_symbreak.forward._base import check_precision
from sklearn_symbreak.utils._typing import Data, RandomState


def make_square_root(
    n_samples: int = 100,
    *,
    snr: float | None = None,
    photon_count: float | None = None,
    dtype: DTypeLike = np.float64,
    random_state: RandomState = None,
    return_forward: bool = False,
) -> Data:
    """Generate real numbers and their squares, after section 2 of [1]_.

    The numbers are independent and uniform on [-1, 1].

    Parameters
    ----------
    n_samples : int, default=100
        Number of samples.
    snr : float, optional
        Gaussian noise of this signal-to-noise ratio in decibels, relative to each
        measurement; see :func:`~sklearn_symbreak.forward.add_noise`.
    photon_count : float, optional
        Poisson noise of this expected number of photons per sample; see
        :func:`~sklearn_symbreak.forward.add_noise`.
    dtype : {np.float64, np.float32} or their names, default=np.float64
        Dtype of the output.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same data at every call.
    return_forward : bool, default=False
        Whether to return the forward model too.

    Returns
    -------
    X : ndarray of shape (n_samples, 1)
        Measurements: the squares.
    y : ndarray of shape (n_samples, 1)
        Signals: the numbers, a column because groups act on the axes after the first.
    forward : Square
        The forward model, only if `return_forward` is true.

    Raises
    ------
    TypeError, ValueError
        If a parameter is of the wrong type or out of its range, or `snr` and
        `photon_count` are both given.

    References
    ----------
    .. [1] K. Tayal, C.-H. Lai, V. Kumar and J. Sun, "Inverse Problems, Deep
       Learning, and Symmetry Breaking", arXiv:2003.09077, 2020.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import make_square_root
    >>> X, y = make_square_root(n_samples=3, random_state=0)
    >>> y.round(2)
    array([[0.1 ],
           [0.43],
           [0.21]])
    >>> X.round(2)
    array([[0.01],
           [0.19],
           [0.04]])
    """
    check_scalar(n_samples, "n_samples", numbers.Integral, min_val=1)
    dtype = check_precision(dtype)
    random_state = check_random_state(random_state)
    y = random_state.uniform(-1, 1, size=(n_samples, 1)).astype(dtype)
    forward = Square()
    X = add_noise(
        forward(y), snr=snr, photon_count=photon_count, random_state=random_state
    )
    return (X, y, forward) if return_forward else (X, y)
