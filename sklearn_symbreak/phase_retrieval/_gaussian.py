"""What the gradient methods for Gaussian phase retrieval share."""

from abc import abstractmethod

import numpy as np

from sklearn_symbreak.forward import GaussianPhaseRetrieval
from sklearn_symbreak.phase_retrieval._base import BaseSolver
from sklearn_symbreak.phase_retrieval._linear import (
    LinearMeasurement,
    divide,
    row_norms,
)
from sklearn_symbreak.phase_retrieval._record import State
from sklearn_symbreak.phase_retrieval._spectral import random_signals, spectral_signals

# Given starts that are longer, by this factor, than what fits the measurement best are
# shortened to that.
MAX_EXCESS = 2


class BaseGaussianSolver(BaseSolver):
    """Descend from the truncated spectral estimate along weighted products.

    The direction of all these methods is the adjoint matrix times the products
    :math:`Ax`, each with a real weight; a derived class gives the weights, step size
    included. Starts after the first take random directions.
    """

    _parameter_constraints: dict = {
        **BaseSolver._parameter_constraints,
        "forward": [GaussianPhaseRetrieval],
    }

    @abstractmethod
    def _weights(self, problem, state, iteration):
        """Real weights of the products, of shape (n_samples, n_measurements)."""

    def _make_problem(self, dtype):
        return LinearMeasurement(self.forward, dtype)

    def _draw_signals(self, problem, magnitude, random_state, *, first):
        draw = spectral_signals if first else random_signals
        return draw(problem, magnitude, random_state)

    def _adapt_init(self, problem, magnitude, signals):
        # A signal that is much too long is sent where no iteration comes back from.
        modulus = np.abs(problem.apply(signals))
        largest = modulus.max(axis=1, keepdims=True)
        modulus = divide(modulus, largest)
        scale = divide(
            np.sum(modulus * magnitude, axis=1, keepdims=True),
            np.sum(modulus**2, axis=1, keepdims=True),
        )
        too_long = largest > MAX_EXCESS * scale
        return np.where(too_long, divide(signals, largest) * scale, signals)

    def _start(self, problem, magnitude, signals):
        state = State(magnitude=magnitude, signals=signals)
        self._measure(problem, state)
        return state

    def _step(self, problem, state, iteration):
        weights = self._weights(problem, state, iteration)
        state.signals = state.signals - problem.adjoint(weights * state.product)
        self._measure(problem, state)

    def _measure(self, problem, state):
        state.product = problem.apply(state.signals)
        state.modulus = np.abs(state.product)
        state.residual = divide(
            row_norms(state.modulus - state.magnitude), row_norms(state.magnitude)
        )[:, 0]
