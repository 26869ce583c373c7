"""Data of the square root and of random projections, whose signs or phases are lost."""

from __future__ import annotations

import numbers

import numpy as np
from numpy.typing import DTypeLike
from sklearn.utils import check_random_state, check_scalar

from sklearn_symbreak.forward import GaussianPhaseRetrieval, Square, add_noise
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


def make_gaussian_phase_retrieval(
    n_samples: int = 100,
    n_features: int = 5,
    *,
    n_measurements: int | None = None,
    complex_valued: bool = False,
    snr: float | None = None,
    photon_count: float | None = None,
    dtype: DTypeLike = np.float64,
    random_state: RandomState = None,
    return_forward: bool = False,
) -> Data:
    r"""Generate vectors and the squared magnitudes of random projections of them.

    The signals are uniform in the unit ball of :math:`\mathbb{R}^n` or
    :math:`\mathbb{C}^n`, one sensing matrix is drawn for all of them, and
    :math:`X = |A y|^2`; the experiment of section 3 of [1]_.

    Parameters
    ----------
    n_samples : int, default=100
        Number of samples.
    n_features : int, default=5
        Length :math:`n` of a signal.
    n_measurements : int, optional
        Number of rows of the sensing matrix; by default `4 * n_features`.
    complex_valued : bool, default=False
        Whether signals and sensing matrix are complex.
    snr : float, optional
        Gaussian noise of this signal-to-noise ratio in decibels; see
        :func:`~sklearn_symbreak.forward.add_noise`.
    photon_count : float, optional
        Poisson noise of this expected number of photons per sample; see
        :func:`~sklearn_symbreak.forward.add_noise`.
    dtype : {np.float64, np.float32} or their names, default=np.float64
        Precision of the output; complex signals are complex128 or complex64.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same data at every call. The sensing matrix does not
        depend on `n_samples`.
    return_forward : bool, default=False
        Whether to return the forward model, which holds the sensing matrix.

    Returns
    -------
    X : ndarray of shape (n_samples, n_measurements)
        Measurements, real.
    y : ndarray of shape (n_samples, n_features)
        Signals, real or complex.
    forward : GaussianPhaseRetrieval
        The forward model, only if `return_forward` is true.

    Raises
    ------
    TypeError, ValueError
        If a parameter is of the wrong type or out of its range, or `snr` and
        `photon_count` are both given.

    Notes
    -----
    A standard normal vector divided by its norm is uniform on the sphere of
    :math:`\mathbb{R}^d`; times :math:`u^{1/d}` with `u` uniform on [0, 1] it is
    uniform in the ball [2]_. A complex vector counts as one of
    :math:`\mathbb{R}^{2n}`.

    References
    ----------
    .. [1] K. Tayal, C.-H. Lai, V. Kumar and J. Sun, "Inverse Problems, Deep
       Learning, and Symmetry Breaking", arXiv:2003.09077, 2020.
    .. [2] M. E. Muller, "A note on a method for generating points uniformly on
       n-dimensional spheres", Communications of the ACM 2(4), 1959.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
    >>> X, y, forward = make_gaussian_phase_retrieval(
    ...     n_samples=50,
    ...     n_features=3,
    ...     complex_valued=True,
    ...     random_state=0,
    ...     return_forward=True,
    ... )
    >>> X.shape, y.shape, y.dtype
    ((50, 12), (50, 3), dtype('complex128'))
    >>> np.allclose(X, abs(y @ forward.sensing_matrix.T) ** 2)
    True
    """
    check_scalar(n_samples, "n_samples", numbers.Integral, min_val=1)
    dtype = check_precision(dtype)
    random_state = check_random_state(random_state)
    forward = GaussianPhaseRetrieval.random(
        n_features,
        n_measurements,
        complex_valued=complex_valued,
        dtype=dtype,
        random_state=random_state,
    )
    dimension = 2 * n_features if complex_valued else n_features
    y = _uniform_in_ball(n_samples, dimension, random_state).astype(dtype)
    if complex_valued:
        y = y[:, :n_features] + 1j * y[:, n_features:]
    X = add_noise(
        forward(y), snr=snr, photon_count=photon_count, random_state=random_state
    )
    return (X, y, forward) if return_forward else (X, y)


def _uniform_in_ball(n_samples, dimension, random_state):
    points = random_state.standard_normal((n_samples, dimension))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points * random_state.uniform(size=(n_samples, 1)) ** (1 / dimension)
