"""Squares and coefficients: what hides the sign of a root, or the order of roots."""

from __future__ import annotations

import numbers

from sklearn_symbreak.forward._base import ForwardModel
from sklearn_symbreak.groups import Permutation, SignFlip, SymmetryGroup
from sklearn_symbreak.utils._array_api import get_namespace, is_complex
from sklearn_symbreak.utils._typing import Shape
from sklearn_symbreak.utils._validation import check_signals


class Square(ForwardModel):
    """Square of a real number: measurement :math:`x^2`, symmetry :math:`x \\to -x`.

    The smallest inverse problem with a symmetry: which of the two square roots
    shall a regressor learn? See section 2 of [1]_.

    Attributes
    ----------
    signal_shape : tuple of int
        (1,): a batch is a column of shape (n_samples, 1). The call and `vjp` take a
        flat batch of shape (n_samples,) too.
    n_measurements : int
        1.
    symmetry : SignFlip
        The group.

    See Also
    --------
    sklearn_symbreak.datasets.make_square_root : Random data of this model.

    References
    ----------
    .. [1] K. Tayal, C.-H. Lai, V. Kumar and J. Sun, "Inverse Problems, Deep
       Learning, and Symmetry Breaking", arXiv:2003.09077, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.forward import Square
    >>> forward = Square()
    >>> x = np.array([[-2.0], [2.0], [3.0]])
    >>> forward(x)
    array([[4.],
           [4.],
           [9.]])
    >>> forward.vjp(x, np.ones((3, 1)))
    array([[-4.],
           [ 4.],
           [ 6.]])
    """

    @property
    def signal_shape(self) -> Shape:
        """Shape of one signal."""
        return (1,)

    @property
    def n_measurements(self) -> int:
        """Number of real measurements of one signal."""
        return 1

    @property
    def symmetry(self) -> SymmetryGroup:
        """Group that leaves the measurement unchanged."""
        return SignFlip()

    def _check_signals(self, x):
        x = check_signals(x, name="x", dtype="real")
        if tuple(x.shape[1:]) not in ((), (1,)):
            raise ValueError(
                "x must have shape (n_samples,) or (n_samples, 1), got shape "
                f"{tuple(x.shape)}."
            )
        return x

    def _measure(self, x):
        return get_namespace(x).reshape(x, (-1, 1)) ** 2

    def _pull_back(self, x, v):
        return 2 * x * get_namespace(x).reshape(v, x.shape)


class PolynomialCoefficients(ForwardModel):
    r"""Coefficients of the monic polynomial of given roots, the leading 1 left out.

    .. math:: \prod_{k=1}^n (t - x_k) = t^n + c_1 t^{n-1} + \dots + c_n

    They do not tell in which order the roots were.

    Parameters
    ----------
    n_roots : int
        Number of roots.
    complex_valued : bool, default=False
        Whether roots are complex. Then the measurements are the real parts of the
        coefficients, followed by the imaginary parts.

    Attributes
    ----------
    signal_shape : tuple of int
        (n_roots,).
    n_measurements : int
        `n_roots`, or twice that for complex roots.
    symmetry : Permutation
        The order of the roots.

    See Also
    --------
    sklearn_symbreak.datasets.make_polynomial_roots : Random data.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.forward import PolynomialCoefficients
    >>> PolynomialCoefficients(2)(np.array([[1.0, 3.0], [3.0, 1.0]]))
    array([[-4.,  3.],
           [-4.,  3.]])
    """

    def __init__(self, n_roots: int, complex_valued: bool = False) -> None:
        self.n_roots = n_roots
        self.complex_valued = complex_valued

    @property
    def signal_shape(self) -> Shape:
        """Shape of one signal."""
        n_roots = self.n_roots
        if not isinstance(n_roots, numbers.Integral) or n_roots < 1:
            raise ValueError(f"n_roots must be a positive int, got {n_roots!r}.")
        return (n_roots,)

    @property
    def n_measurements(self) -> int:
        """Number of real measurements of one signal."""
        return self.signal_shape[0] * (2 if self.complex_valued else 1)

    @property
    def symmetry(self) -> SymmetryGroup:
        """Group that leaves the measurement unchanged."""
        return Permutation(item_ndim=0)

    def _check_signals(self, x):
        return check_signals(
            x,
            name="x",
            signal_shape=self.signal_shape,
            dtype=None if self.complex_valued else "real",
        )

    def _measure(self, x):
        coefficients = _monic(x)[:, 1:]
        if not self.complex_valued:
            return coefficients
        xp = get_namespace(x)
        if not is_complex(x):
            return xp.concat([coefficients, 0 * coefficients], axis=1)
        return xp.concat([xp.real(coefficients), xp.imag(coefficients)], axis=1)

    def _pull_back(self, x, v):
        xp, n = get_namespace(x), x.shape[1]
        if self.complex_valued:
            v = v[:, :n] + 1j * v[:, n:] if is_complex(x) else v[:, :n]
        slopes = []
        for k in range(n):
            # The coefficients are linear in each root.
            others = -_monic(xp.concat([x[:, :k], x[:, k + 1 :]], axis=1))
            others = xp.conj(others) if is_complex(x) else others
            slopes.append(xp.sum(others * v, axis=1))
        return xp.stack(slopes, axis=1)


def _monic(x):
    """Coefficients of monic polynomials of given roots, highest power first."""
    xp = get_namespace(x)
    ones = xp.ones((x.shape[0], 1), dtype=x.dtype, device=x.device)
    coefficients = ones
    for k in range(x.shape[1]):
        longer = xp.concat([coefficients, 0 * ones], axis=1)
        shifted = xp.concat([0 * ones, coefficients * x[:, k : k + 1]], axis=1)
        coefficients = longer - shifted
    return coefficients
