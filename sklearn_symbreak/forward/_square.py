"""The scalar square, whose inverse is the square root."""

from __future__ import annotations

from sklearn_symbreak.forward._base import ForwardModel
from sklearn_symbreak.groups import SignFlip, SymmetryGroup
from sklearn_symbreak.utils._array_api import get_namespace
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
