"""Models that measure squared magnitudes of a linear map."""

from __future__ import annotations

import math
from abc import abstractmethod

import numpy as np

from sklearn_symbreak.forward._base import ForwardModel
from sklearn_symbreak.groups import GlobalPhase, SignFlip, SymmetryGroup
from sklearn_symbreak.utils._array_api import get_namespace, is_complex
from sklearn_symbreak.utils._typing import Array
from sklearn_symbreak.utils._validation import check_signals

# Random signs: the mean of |A s|^2 is the sum of the squared entries of A.
_N_PROBES = 32


class MagnitudeModel(ForwardModel):
    r"""Squared magnitudes of a linear map: :math:`f(x) = |A x|^2`.

    Solvers work on any such model by its two products. A subclass provides
    `signal_shape`, `n_measurements` and `complex_valued`, and computes on checked
    arrays in `_apply` and `_apply_adjoint`; measurement, gradient and symmetry follow.

    Attributes
    ----------
    complex_valued : bool
        Whether :math:`A` is complex. If so signals are complex, or real, and known up
        to a global phase; if not they are real and known up to their sign.

    Examples
    --------
    Squared differences of neighbours:

    >>> import numpy as np
    >>> from sklearn_symbreak.forward import MagnitudeModel
    >>> from sklearn_symbreak.testing import check_forward_model
    >>> class SquaredDifferences(MagnitudeModel):
    ...     signal_shape = (4,)
    ...     n_measurements = 3
    ...     complex_valued = False
    ...
    ...     def _apply(self, x):
    ...         return x[:, 1:] - x[:, :-1]
    ...
    ...     def _apply_adjoint(self, values):
    ...         zero = 0 * values[:, :1]
    ...         ahead = np.concatenate([zero, values], axis=1)
    ...         return ahead - np.concatenate([values, zero], axis=1)
    >>> check_forward_model(SquaredDifferences())
    """

    @property
    @abstractmethod
    def complex_valued(self) -> bool:
        """Whether the map is complex."""

    @property
    def symmetry(self) -> SymmetryGroup:
        """Group that leaves the measurement unchanged."""
        return GlobalPhase() if self.complex_valued else SignFlip()

    def apply(self, x: Array) -> Array:
        r"""The linear map: :math:`A x`.

        Parameters
        ----------
        x : array of shape (n_samples, *signal_shape)
            Signals.

        Returns
        -------
        values : array of shape (n_samples, n_measurements)
            In the precision of `x`, complex if the map is.

        Raises
        ------
        ValueError
            If `x` is empty, of another shape, not finite, or complex where the
            model takes real signals.
        """
        return self._apply(self._check_signals(x))

    def adjoint(self, values: Array) -> Array:
        r"""The adjoint of the linear map: :math:`A^* v`.

        Parameters
        ----------
        values : array of shape (n_samples, n_measurements)
            Real or complex.

        Returns
        -------
        x : array of shape (n_samples, *signal_shape)
            In the precision of `values`, complex if the map or they are.

        Raises
        ------
        ValueError
            If `values` is empty, of another shape, or not finite.
        """
        values = check_signals(
            values, name="values", signal_shape=(self.n_measurements,)
        )
        return self._apply_adjoint(values)

    @abstractmethod
    def _apply(self, x):
        """Products of checked signals, of shape (n_samples, n_measurements)."""

    @abstractmethod
    def _apply_adjoint(self, values):
        """Adjoint products, of shape (n_samples, *signal_shape)."""

    def _check_signals(self, x):
        return check_signals(
            x,
            name="x",
            signal_shape=self.signal_shape,
            dtype=None if self.complex_valued else "real",
        )

    def _measure(self, x):
        return squared_modulus(self._apply(x))

    def _pull_back(self, x, v):
        # Of a real x only the real part can vary.
        gradient = 2 * self._apply_adjoint(v * self._apply(x))
        if is_complex(gradient) and not is_complex(x):
            return get_namespace(x).real(gradient)
        return gradient

    def _push_forward(self, x, d):
        values, change = self._apply(x), self._apply(d)
        if not is_complex(values):
            return 2 * values * change
        xp = get_namespace(x)
        return 2 * (
            xp.real(values) * xp.real(change) + xp.imag(values) * xp.imag(change)
        )

    def _products(self, real_dtype):
        """Both products as functions of checked arrays of this precision.

        A solver calls them in every iteration; a subclass may prepare something.
        """
        return self._apply, self._apply_adjoint

    def _mean_square_entry(self):
        """Mean squared modulus of the entries of the matrix, or an estimate."""
        rng = np.random.RandomState(0)
        probes = rng.choice([-1.0, 1.0], size=(_N_PROBES, *self.signal_shape))
        power = np.mean(np.sum(squared_modulus(self._apply(probes)), axis=1))
        return power / (self.n_measurements * math.prod(self.signal_shape))


def squared_modulus(values):
    """Squared modulus of real or complex numbers, without a root in between."""
    if not is_complex(values):
        return values**2
    xp = get_namespace(values)
    return xp.real(values) ** 2 + xp.imag(values) ** 2
