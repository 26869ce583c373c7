"""Phase retrieval from random linear measurements."""

from __future__ import annotations

import numbers
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from sklearn.utils import check_random_state, check_scalar

from sklearn_symbreak.forward._base import check_precision
from sklearn_symbreak.forward._linear import LinearPhaseRetrieval
from sklearn_symbreak.utils._typing import RandomState


class GaussianPhaseRetrieval(LinearPhaseRetrieval):
    r"""Squared magnitudes of linear measurements: :math:`f(x) = |A x|^2`.

    A real matrix takes real signals, known up to their sign; a complex matrix
    takes complex signals, known up to a global phase, and real ones. See section 3
    of [1]_.

    Parameters
    ----------
    sensing_matrix : array-like of shape (n_measurements, n_features)
        The matrix :math:`A`, real or complex. Any matrix is allowed; `random` draws
        the Gaussian one that gives the model its name. It is used in the precision
        of the signals.

    Attributes
    ----------
    signal_shape : tuple of int
        (n_features,).
    n_measurements : int
        Number of rows of the matrix.
    complex_valued : bool
        Whether the matrix is complex.
    symmetry : SignFlip or GlobalPhase
        The sign for a real matrix, the global phase for a complex one.

    See Also
    --------
    LinearPhaseRetrieval : The same for any operator.
    sklearn_symbreak.datasets.make_gaussian_phase_retrieval : Random data.

    References
    ----------
    .. [1] K. Tayal, C.-H. Lai, V. Kumar and J. Sun, "Inverse Problems, Deep
       Learning, and Symmetry Breaking", arXiv:2003.09077, 2020.
    .. [2] E. J. Candès, X. Li and M. Soltanolkotabi, "Phase Retrieval via Wirtinger
       Flow: Theory and Algorithms", IEEE Transactions on Information Theory 61(4),
       2015.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.forward import GaussianPhaseRetrieval
    >>> forward = GaussianPhaseRetrieval([[1.0, 1.0], [1.0, -1.0], [0.0, 2.0]])
    >>> forward(np.array([[1.0, 2.0], [-1.0, -2.0]]))
    array([[ 9.,  1., 16.],
           [ 9.,  1., 16.]])
    >>> forward.symmetry
    SignFlip()
    >>> forward = GaussianPhaseRetrieval.random(5, complex_valued=True, random_state=0)
    >>> forward.signal_shape, forward.n_measurements, forward.symmetry
    ((5,), 20, GlobalPhase())
    """

    _operator_name = "sensing_matrix"

    def __init__(self, sensing_matrix: ArrayLike) -> None:
        self.sensing_matrix = sensing_matrix

    @classmethod
    def random(
        cls,
        n_features: int,
        n_measurements: int | None = None,
        *,
        complex_valued: bool = False,
        dtype: DTypeLike = np.float64,
        random_state: RandomState = None,
    ) -> Self:
        """Draw the entries of the sensing matrix from the normal distribution.

        Real entries are independent N(0, 1). Complex entries have independent real
        and imaginary parts N(0, 1/2), the standard complex normal law (reference 2 of
        the class). In both cases an entry has mean square 1, so that the mean
        measurement of `x` is its squared norm.

        Parameters
        ----------
        n_features : int
            Length of a signal.
        n_measurements : int, optional
            Number of rows; by default `4 * n_features`.
        complex_valued : bool, default=False
            Whether to draw a complex matrix.
        dtype : {np.float64, np.float32} or their names, default=np.float64
            Precision; a complex matrix is complex128 or complex64.
        random_state : int, RandomState instance or None, default=None
            Pass an int for the same matrix at every call.

        Returns
        -------
        forward : GaussianPhaseRetrieval
            The model.

        Raises
        ------
        TypeError, ValueError
            If a size is not a positive int, `complex_valued` not a bool, or the dtype
            another one.
        """
        check_scalar(n_features, "n_features", numbers.Integral, min_val=1)
        if n_measurements is None:
            n_measurements = 4 * n_features
        check_scalar(n_measurements, "n_measurements", numbers.Integral, min_val=1)
        if not isinstance(complex_valued, (bool, np.bool_)):
            raise TypeError(
                f"complex_valued must be True or False, got {complex_valued!r}."
            )
        dtype = check_precision(dtype)
        random_state = check_random_state(random_state)
        shape = (n_measurements, n_features)
        matrix = random_state.standard_normal(shape)
        if complex_valued:
            matrix = (matrix + 1j * random_state.standard_normal(shape)) / np.sqrt(2)
            dtype = np.result_type(dtype, np.complex64)
        return cls(matrix.astype(dtype))

    @property
    def operator(self) -> Any:
        """The sensing matrix."""
        return self.sensing_matrix
