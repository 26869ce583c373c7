"""Phase retrieval from any linear map."""

from __future__ import annotations

import math

import numpy as np
from array_api_compat import device, to_device
from scipy.sparse import csr_array, issparse
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from sklearn_symbreak.forward._magnitude import MagnitudeModel
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    get_namespace,
    is_complex,
    is_numpy,
    real_dtype,
    to_numpy,
)
from sklearn_symbreak.utils._typing import Array, Shape
from sklearn_symbreak.utils._validation import check_signals


class LinearPhaseRetrieval(MagnitudeModel):
    r"""Squared magnitudes of linear measurements: :math:`f(x) = |A x|^2`.

    A real operator takes real signals, known up to their sign; a complex operator
    takes complex signals, known up to a global phase, and real ones.

    Parameters
    ----------
    operator : array-like, sparse array or LinearOperator
        The linear map :math:`A`, of shape (n_measurements, n_features): a matrix, or a
        `scipy.sparse.linalg.LinearOperator` with `matmat` and `rmatmat` (by default a
        loop over `matvec` and `rmatvec`). It is used in the precision of the signals.

    Attributes
    ----------
    signal_shape : tuple of int
        (n_features,).
    n_measurements : int
        Number of rows of the operator.
    complex_valued : bool
        Whether the operator is complex.
    symmetry : SignFlip or GlobalPhase
        The sign for a real operator, the global phase for a complex one.

    See Also
    --------
    GaussianPhaseRetrieval : Random matrices.

    References
    ----------
    .. [1] E. J. Candès, X. Li and M. Soltanolkotabi, "Phase Retrieval from Coded
       Diffraction Patterns", Applied and Computational Harmonic Analysis 39(2), 2015.

    Examples
    --------
    Coded diffraction patterns [1]_: an image is multiplied by known random masks, and
    of each product the intensity of the Fourier transform is measured.

    >>> import numpy as np
    >>> from scipy.sparse.linalg import LinearOperator
    >>> from sklearn_symbreak.forward import LinearPhaseRetrieval
    >>> from sklearn_symbreak.metrics import orbit_relative_error
    >>> from sklearn_symbreak.phase_retrieval import WirtingerFlow
    >>> rng = np.random.default_rng(0)
    >>> masks = rng.choice([1, -1, 1j, -1j], size=(6, 8, 8))
    >>> def patterns(x):
    ...     images = x.reshape(8, 8) * masks
    ...     return np.fft.fft2(images, norm="ortho").ravel()
    >>> def adjoint(values):
    ...     images = np.fft.ifft2(values.reshape(6, 8, 8), norm="ortho")
    ...     return (images * masks.conj()).sum(axis=0).ravel()
    >>> operator = LinearOperator(
    ...     (6 * 64, 64), matvec=patterns, rmatvec=adjoint, dtype=complex
    ... )
    >>> forward = LinearPhaseRetrieval(operator)
    >>> y = rng.standard_normal((3, 64)) + 1j * rng.standard_normal((3, 64))
    >>> found = WirtingerFlow(forward, random_state=0).predict(forward(y))
    >>> orbit_relative_error(y, found, group=forward.symmetry) < 1e-9
    True
    """

    # How error messages call the parameter that holds the operator.
    _operator_name = "operator"

    def __init__(self, operator: Array | LinearOperator) -> None:
        self.operator = operator

    @property
    def signal_shape(self) -> Shape:
        """Shape of one signal."""
        return (self._checked_operator().shape[1],)

    @property
    def n_measurements(self) -> int:
        """Number of real measurements of one signal."""
        return self._checked_operator().shape[0]

    @property
    def complex_valued(self) -> bool:
        """Whether the operator, and so the signals, are complex."""
        operator = self._checked_operator()
        if isinstance(operator, LinearOperator):
            return np.dtype(operator.dtype).kind == "c"
        return is_complex(operator)

    def _checked_operator(self):
        """A matrix, numpy or torch, or a linear operator."""
        operator, name = self.operator, self._operator_name
        if isinstance(operator, LinearOperator):
            return operator
        if issparse(operator):
            if not np.isfinite(operator.data).all():
                raise ValueError(f"{name} must be finite, got NaN or infinity.")
            return aslinearoperator(operator)
        if operator is None or np.isscalar(operator):
            raise ValueError(
                f"{name} must be an array of shape (n_measurements, n_features), got "
                f"{operator!r}."
            )
        matrix = check_signals(operator, name=name)
        if matrix.ndim != 2:
            raise ValueError(
                f"{name} must have shape (n_measurements, n_features), got shape "
                f"{tuple(matrix.shape)}."
            )
        return matrix

    def _apply(self, x):
        operator = self._operator_like(x)
        if isinstance(operator, LinearOperator):
            return _in_precision(operator.matmat(x.T).T, x)
        xp = get_namespace(x)
        return xp.astype(x, operator.dtype, copy=False) @ operator.T

    def _apply_adjoint(self, values):
        operator = self._operator_like(values)
        if isinstance(operator, LinearOperator):
            return _in_precision(self._adjoint_of(operator, values), values)
        xp = get_namespace(values)
        if is_complex(operator):
            operator = xp.conj(operator)
        dtype = xp.result_type(values.dtype, operator.dtype)
        return xp.astype(values, dtype, copy=False) @ xp.astype(
            operator, dtype, copy=False
        )

    def _adjoint_of(self, operator, values):
        try:
            return operator.rmatmat(values.T).T
        except TypeError:
            # Where there is no adjoint, scipy calls None; asked for one product, it
            # says so.
            try:
                operator.rmatvec(values[0])
            except NotImplementedError as error:
                raise ValueError(
                    f"{self._operator_name} must have rmatvec or rmatmat, its adjoint, "
                    f"got {operator!r}."
                ) from error
            raise

    def _products(self, real_dtype):
        operator = self._checked_operator()
        if isinstance(operator, LinearOperator):
            return super()._products(real_dtype)
        matrix = to_numpy(operator)
        dtype = np.result_type(real_dtype, np.complex64 if self.complex_valued else 0)
        matrix = matrix.astype(dtype, copy=False)
        transposed, conjugate = np.ascontiguousarray(matrix.T), matrix.conj()
        return (lambda x: x @ transposed), (lambda values: values @ conjugate)

    def _mean_square_entry(self):
        operator = self._checked_operator()
        if issparse(self.operator):
            # Entries that are stored in parts add up.
            matrix = csr_array(self.operator, copy=True)
            matrix.sum_duplicates()
            entries = matrix.data
            squares = np.abs(entries).astype(np.float64) ** 2
            return np.sum(squares) / math.prod(self.operator.shape)
        if isinstance(operator, LinearOperator):
            return super()._mean_square_entry()
        # Squares of single precision may leave its range.
        return np.mean(np.abs(to_numpy(operator)).astype(np.float64) ** 2)

    def _operator_like(self, x):
        """The operator for signals of this library, device and precision."""
        operator = self._checked_operator()
        if isinstance(operator, LinearOperator):
            if not is_numpy(x):
                raise TypeError(
                    f"{self._operator_name} must be a matrix to measure torch tensors, "
                    f"got {operator!r}, which works on numpy arrays only."
                )
            return operator
        xp = get_namespace(x)
        dtype = real_dtype(x)
        if is_complex(operator):
            dtype = xp.result_type(dtype, xp.complex64)
        if is_numpy(x) or is_numpy(operator):
            return asarray_like(to_numpy(operator), x, dtype=dtype)
        # The gradient of a tensor is kept, so that a matrix can be learned.
        return xp.astype(to_device(operator, device(x)), dtype, copy=False)


def _in_precision(values, x):
    """Result of a linear operator, in the precision of its argument."""
    dtype = real_dtype(x)
    if is_complex(values):
        dtype = np.result_type(dtype, np.complex64)
    return values.astype(dtype, copy=False)
