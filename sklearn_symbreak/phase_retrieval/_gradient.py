"""Base of the gradient methods for phase retrieval."""

from abc import abstractmethod

import numpy as np

from sklearn_symbreak.forward import MagnitudeModel
from sklearn_symbreak.phase_retrieval._base import BaseSolver
from sklearn_symbreak.phase_retrieval._iteration import (
    LinearMeasurement,
    State,
    divide,
    row_norms,
)
from sklearn_symbreak.phase_retrieval._spectral import random_signals, spectral_signals


class BaseGradientSolver(BaseSolver):
    """Descend from the spectral estimate along weighted products.

    The direction of all these methods is the adjoint map of the products :math:`Ax`,
    each with a real weight. A derived class gives the weights in `_weights` and may
    change the step. Starts after the first take random directions.

    The state keeps what is measured (see `LinearMeasurement.measured`), and in its
    units the flat `signals`, their `product` with the map and its `modulus`, 0 where
    nothing was measured.
    """

    _parameter_constraints: dict = {
        **BaseSolver._parameter_constraints,
        "forward": [MagnitudeModel],
    }
    # Weighting of the spectral estimate.
    _initial_weighting = "optimal"

    @abstractmethod
    def _weights(self, state):
        """Real weights of the products, of shape (n_samples, n_measurements)."""

    def _make_problem(self, X):
        problem = LinearMeasurement(self.forward, X.dtype)
        return problem, problem.measured(X)

    def _draw_signals(self, problem, data, random_state, *, first):
        if first:
            return spectral_signals(
                problem, data, random_state, self._initial_weighting
            )
        return random_signals(problem, data, random_state)

    def _found(self, state):
        return state.signals * state.unit

    def _start(self, problem, data, signals, start):
        signals = signals.reshape(len(signals), -1) / data.unit
        state = State(**vars(data), signals=signals)
        self._measure(state, problem.apply(state.signals))
        return state

    def _step(self, problem, state, iteration):
        state.signals = state.signals - self._direction(problem, state)
        self._measure(state, problem.apply(state.signals))

    def _direction(self, problem, state):
        """Adjoint map of the weighted products, divided by their number."""
        return problem.adjoint(self._weights(state) * state.product) / state.count

    @staticmethod
    def _measure(state, product):
        """Take note of the products of the signals."""
        if state.mask is not None:
            product = product * state.mask
        state.product = product
        state.modulus = np.abs(product)
        state.residual = divide(
            row_norms(state.modulus - state.magnitude), row_norms(state.magnitude)
        )[:, 0]
