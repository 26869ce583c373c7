"""What the projection methods for Fourier phase retrieval share."""

from abc import abstractmethod

import numpy as np

from sklearn_symbreak.forward import FourierPhaseRetrieval
from sklearn_symbreak.phase_retrieval._base import BaseSolver
from sklearn_symbreak.phase_retrieval._linear import divide
from sklearn_symbreak.phase_retrieval._projections import FourierFrame, modulus
from sklearn_symbreak.phase_retrieval._record import State
from sklearn_symbreak.phase_retrieval._support import Shrinkwrap, check_support
from sklearn_symbreak.utils._sklearn import StrOptions


class BaseFourierSolver(BaseSolver):
    """Alternate between the measured magnitudes and what is known of the images.

    The state keeps the current `signals`, which fulfil the constraints, their
    `spectrum` and its `modulus`. A derived class adds what it needs in
    `_add_variables` and computes new signals in `_advance`.
    """

    _parameter_constraints: dict = {
        **BaseSolver._parameter_constraints,
        "forward": [FourierPhaseRetrieval],
        "constraint": [StrOptions({"nonnegative", "real", "complex"})],
        "support": [StrOptions({"canvas", "shrinkwrap"}), Shrinkwrap, "array-like"],
    }

    def __init__(
        self,
        forward,
        *,
        constraint="nonnegative",
        support="canvas",
        max_iter=200,
        tol=1e-6,
        n_init=1,
        random_state=None,
        verbose=False,
    ):
        self.forward = forward
        self.constraint = constraint
        self.support = support
        self.max_iter = max_iter
        self.tol = tol
        self.n_init = n_init
        self.random_state = random_state
        self.verbose = verbose

    @abstractmethod
    def _advance(self, problem, state):
        """Compute new `signals` and the variables that go with them."""

    def _add_variables(self, problem, state):
        """Add the variables of the method to the state at its start."""

    def _check_parameters(self):
        super()._check_parameters()
        if isinstance(self.support, Shrinkwrap):
            self.support._validate_params()
        elif not isinstance(self.support, str):
            check_support(self.support, self.forward.signal_shape)

    @property
    def _shrinkwrap(self):
        """The rule by which the support shrinks, or None."""
        if isinstance(self.support, Shrinkwrap):
            return self.support
        is_name = isinstance(self.support, str) and self.support == "shrinkwrap"
        return Shrinkwrap() if is_name else None

    def _initial_support(self):
        signal_shape = self.forward.signal_shape
        if isinstance(self.support, (str, Shrinkwrap)):
            return np.ones(signal_shape, dtype=bool)
        return check_support(self.support, signal_shape)

    def _make_problem(self, dtype):
        return FourierFrame(self.forward, self.constraint, dtype)

    def _draw_signals(self, problem, magnitude, random_state, *, first):
        return problem.draw(magnitude, self._initial_support(), random_state)

    def _start(self, problem, magnitude, signals):
        state = State(
            magnitude=magnitude,
            magnitude_norm=problem.norm(magnitude),
            support=np.broadcast_to(self._initial_support(), signals.shape),
        )
        state.signals = problem.project(signals, state.support)
        self._measure(problem, state)
        self._add_variables(problem, state)
        return state

    def _step(self, problem, state, iteration):
        shrinkwrap = self._shrinkwrap
        if shrinkwrap is not None and shrinkwrap.is_due(iteration):
            state.support = shrinkwrap.update(state.signals, iteration)
        self._advance(problem, state)

    def _measure(self, problem, state):
        """Spectrum and residual of the signals."""
        state.spectrum = problem.transform(state.signals)
        state.modulus = modulus(state.spectrum)
        difference = problem.norm(state.modulus - state.magnitude)
        state.residual = divide(difference, state.magnitude_norm)
