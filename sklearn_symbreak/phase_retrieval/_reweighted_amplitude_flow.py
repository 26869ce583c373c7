"""Reweighted amplitude flow."""

from __future__ import annotations

from numbers import Real

import numpy as np

from sklearn_symbreak.forward import MagnitudeModel
from sklearn_symbreak.phase_retrieval._docs import GRADIENT_SOLVER
from sklearn_symbreak.phase_retrieval._gradient import BaseGradientSolver
from sklearn_symbreak.phase_retrieval._iteration import State, divide
from sklearn_symbreak.utils._decorators import share_docs
from sklearn_symbreak.utils._sklearn import Interval
from sklearn_symbreak.utils._typing import RandomState

# A step that makes the residual larger by more than this factor is not taken.
MAX_GROWTH = 1.2
# Factors of the step after one that was taken, and after one that was not.
FASTER, SLOWER = 1.1, 0.5


@share_docs(gradient_solver=GRADIENT_SOLVER)
class ReweightedAmplitudeFlow(BaseGradientSolver):
    r"""Gradient descent on the squared error of the magnitudes, reweighted [1]_.

    .. math::
        v \leftarrow \theta v - \frac{\mu}{m} \sum_{r=1}^m w_r
        \Big(a_r^* z - \psi_r \frac{a_r^* z}{|a_r^* z|}\Big) a_r, \qquad
        z \leftarrow z + v, \qquad
        w_r = \frac{|a_r^* z|}{|a_r^* z| + \beta \psi_r}, \qquad
        \psi_r = \sqrt{X_r},

    starting at the spectral estimate, see `SpectralInitializer`. A term whose product
    is small against its magnitude probably has the wrong phase; the weights turn it
    down.

    Parameters
    ----------
    forward : MagnitudeModel
        The forward model, such as `GaussianPhaseRetrieval` or `LinearPhaseRetrieval`,
        real or complex.
    beta : float, default=3.0
        :math:`\beta`; 0 is the plain amplitude flow, larger values turn down more.
    step_size : float or None, default=None
        :math:`\mu`. None takes 2 for real and 4 for complex maps, see the notes.
    momentum : float, default=0.75
        :math:`\theta`, in [0, 1); the published method has 0.
    max_iter : int, default=500
        Largest number of iterations of one start.
    {gradient_solver}

    See Also
    --------
    WirtingerFlow : The classic.
    TruncatedAmplitudeFlow : Leaves terms out instead of turning them down.

    Notes
    -----
    Near the solution all weights are :math:`1/(1+\beta)`, so that the effective step
    is :math:`\mu/(1+\beta)`. The authors take :math:`\beta = 10` with
    :math:`\mu = 2` for real and 5 for complex matrices, effective steps of 0.18 and
    0.45; the defaults here have 0.5 and 1. Far from it, where products are much larger
    than magnitudes, all weights are 1, and a step of 4 overshoots. A step that makes
    the residual of a sample grow by more than a fifth is therefore not taken: the
    sample stays, its step is halved, and recovers from iteration to iteration. So no
    start diverges.

    References
    ----------
    .. [1] G. Wang, G. B. Giannakis, Y. Saad and J. Chen, "Solving Most Systems of
       Random Quadratic Equations", Advances in Neural Information Processing
       Systems 30, 2017.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
    >>> from sklearn_symbreak.metrics import orbit_relative_error
    >>> from sklearn_symbreak.phase_retrieval import ReweightedAmplitudeFlow
    >>> X, y, forward = make_gaussian_phase_retrieval(
    ...     20, 8, n_measurements=80, random_state=0, return_forward=True
    ... )
    >>> solver = ReweightedAmplitudeFlow(forward, random_state=0)
    >>> signals = solver.predict(X)
    >>> orbit_relative_error(y, signals, group=forward.symmetry) < 1e-10
    True
    """

    _parameter_constraints: dict = {
        **BaseGradientSolver._parameter_constraints,
        "beta": [Interval(Real, 0, None, closed="left")],
        "step_size": [Interval(Real, 0, None, closed="neither"), None],
        "momentum": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        forward: MagnitudeModel,
        *,
        beta: float = 3.0,
        step_size: float | None = None,
        momentum: float = 0.75,
        max_iter: int = 500,
        tol: float = 1e-6,
        accept: float = 5e-3,
        n_init: int = 1,
        random_state: RandomState = None,
        verbose: bool = False,
    ) -> None:
        self.forward = forward
        self.beta = beta
        self.step_size = step_size
        self.momentum = momentum
        self.max_iter = max_iter
        self.tol = tol
        self.accept = accept
        self.n_init = n_init
        self.random_state = random_state
        self.verbose = verbose

    def _weights(self, state):
        # The modulus cancels: w (p - ψ p/|p|) = p (|p| - ψ) / (|p| + β ψ).
        modulus, magnitude = state.modulus, state.magnitude
        return divide(modulus - magnitude, modulus + self.beta * magnitude)

    def _start(self, problem, data, signals, start):
        state = super()._start(problem, data, signals, start)
        state.velocity = np.zeros_like(state.signals)
        state.step_size = np.full_like(state.count, self._step_size(problem))
        return state

    def _step_size(self, problem):
        if self.step_size is not None:
            return self.step_size
        return 4.0 if problem.dtype.kind == "c" else 2.0

    def _step(self, problem, state, iteration):
        velocity = self.momentum * state.velocity
        velocity = velocity - state.step_size * self._direction(problem, state)
        trial = State(**vars(state))
        trial.signals = state.signals + velocity
        self._measure(trial, problem.apply(trial.signals))
        taken = trial.residual <= MAX_GROWTH * state.residual
        for name in ("signals", "product", "modulus", "residual"):
            new, old = getattr(trial, name), getattr(state, name)
            where = taken if new.ndim == 1 else taken[:, None]
            setattr(state, name, np.where(where, new, old))
        taken = taken[:, None]
        state.velocity = np.where(taken, velocity, 0)
        state.step_size = np.minimum(
            state.step_size * np.where(taken, FASTER, SLOWER), self._step_size(problem)
        ).astype(state.count.dtype)
