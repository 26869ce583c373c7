"""Truncated Wirtinger and amplitude flow."""

from __future__ import annotations

from numbers import Real

import numpy as np

from sklearn_symbreak.forward import MagnitudeModel
from sklearn_symbreak.phase_retrieval._docs import GRADIENT_SOLVER
from sklearn_symbreak.phase_retrieval._gradient import BaseGradientSolver
from sklearn_symbreak.phase_retrieval._iteration import divide, row_norms
from sklearn_symbreak.utils._decorators import share_docs
from sklearn_symbreak.utils._sklearn import Interval
from sklearn_symbreak.utils._typing import RandomState

# Published bounds: of products relative to the norm of the signal, and of errors.
LOWEST_PRODUCT, HIGHEST_PRODUCT, HIGHEST_ERROR = 0.3, 5.0, 5.0


@share_docs(gradient_solver=GRADIENT_SOLVER)
class TruncatedWirtingerFlow(BaseGradientSolver):
    r"""Gradient ascent on the Poisson likelihood, truncated [1]_.

    .. math::
        z \leftarrow z - \frac{2 \mu}{m} \sum_{r \in E}
        \frac{|a_r^* z|^2 - X_r}{\overline{a_r^* z}}\, a_r,

    where :math:`E` holds the terms with :math:`0.3 \leq |a_r^* z| / \|z\| \leq 5` and
    :math:`\big|X_r - |a_r^* z|^2\big| \leq 5 K |a_r^* z| / \|z\|`, for rows of mean
    squared norm :math:`n` and the mean :math:`K` of all :math:`\big|X_r - |a_r^*
    z|^2\big|`; starting at the truncated estimate, see `SpectralInitializer`. This is
    the published method, to compare with.

    Parameters
    ----------
    forward : MagnitudeModel
        The forward model, such as `GaussianPhaseRetrieval` or `LinearPhaseRetrieval`,
        real or complex.
    step_size : float, default=0.2
        :math:`\mu`.
    max_iter : int, default=1000
        Largest number of iterations of one start.
    {gradient_solver}

    See Also
    --------
    WirtingerFlow : Keeps all terms.

    References
    ----------
    .. [1] Y. Chen and E. J. Candès, "Solving Random Quadratic Systems of Equations
       Is Nearly as Easy as Solving Linear Systems", Communications on Pure and
       Applied Mathematics 70(5), 2017, Algorithm 1.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
    >>> from sklearn_symbreak.metrics import orbit_relative_error
    >>> from sklearn_symbreak.phase_retrieval import TruncatedWirtingerFlow
    >>> X, y, forward = make_gaussian_phase_retrieval(
    ...     20, 8, n_measurements=80, random_state=0, return_forward=True
    ... )
    >>> solver = TruncatedWirtingerFlow(forward, random_state=0)
    >>> signals = solver.predict(X)
    >>> orbit_relative_error(y, signals, group=forward.symmetry) < 1e-10
    True
    """

    _parameter_constraints: dict = {
        **BaseGradientSolver._parameter_constraints,
        "step_size": [Interval(Real, 0, None, closed="neither")],
    }
    _initial_weighting = "truncated"

    def __init__(
        self,
        forward: MagnitudeModel,
        *,
        step_size: float = 0.2,
        max_iter: int = 1000,
        tol: float = 1e-6,
        accept: float = 5e-3,
        n_init: int = 1,
        random_state: RandomState = None,
        verbose: bool = False,
    ) -> None:
        self.forward = forward
        self.step_size = step_size
        self.max_iter = max_iter
        self.tol = tol
        self.accept = accept
        self.n_init = n_init
        self.random_state = random_state
        self.verbose = verbose

    def _weights(self, state):
        modulus = state.modulus
        error = modulus**2 - state.magnitude**2
        mean_error = np.sum(np.abs(error), axis=1, keepdims=True) / state.count
        relative = divide(modulus, row_norms(state.signals))
        kept = (relative >= LOWEST_PRODUCT) & (relative <= HIGHEST_PRODUCT)
        kept &= np.abs(error) <= HIGHEST_ERROR * mean_error * relative
        return 2 * self.step_size * np.where(kept, divide(error, modulus**2), 0)


@share_docs(gradient_solver=GRADIENT_SOLVER)
class TruncatedAmplitudeFlow(BaseGradientSolver):
    r"""Gradient descent on the squared error of the magnitudes, truncated [1]_.

    .. math::
        z \leftarrow z - \frac{\mu}{m} \sum_{r \in I}
        \Big(a_r^* z - \psi_r \frac{a_r^* z}{|a_r^* z|}\Big) a_r, \qquad
        I = \Big\{ r : |a_r^* z| \geq \frac{\psi_r}{1 + \gamma} \Big\}, \qquad
        \psi_r = \sqrt{X_r},

    starting at the orthogonality-promoting estimate, see `SpectralInitializer`. A term
    whose product is small against its magnitude probably has the wrong phase, and is
    left out. This is the published method, to compare with.

    Parameters
    ----------
    forward : MagnitudeModel
        The forward model, such as `GaussianPhaseRetrieval` or `LinearPhaseRetrieval`,
        real or complex.
    gamma : float, default=0.7
        :math:`\gamma`; the larger, the fewer terms are left out.
    step_size : float or None, default=None
        :math:`\mu`. None takes the published 0.6 for real and 1 for complex maps.
    max_iter : int, default=1000
        Largest number of iterations of one start.
    {gradient_solver}

    See Also
    --------
    ReweightedAmplitudeFlow : Turns terms down instead of leaving them out.

    References
    ----------
    .. [1] G. Wang, G. B. Giannakis and Y. C. Eldar, "Solving Systems of Random
       Quadratic Equations via Truncated Amplitude Flow", IEEE Transactions on
       Information Theory 64(2), 2018.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
    >>> from sklearn_symbreak.metrics import orbit_relative_error
    >>> from sklearn_symbreak.phase_retrieval import TruncatedAmplitudeFlow
    >>> X, y, forward = make_gaussian_phase_retrieval(
    ...     20, 8, n_measurements=80, random_state=0, return_forward=True
    ... )
    >>> solver = TruncatedAmplitudeFlow(forward, random_state=0)
    >>> signals = solver.predict(X)
    >>> orbit_relative_error(y, signals, group=forward.symmetry) < 1e-10
    True
    """

    _parameter_constraints: dict = {
        **BaseGradientSolver._parameter_constraints,
        "gamma": [Interval(Real, 0, None, closed="left")],
        "step_size": [Interval(Real, 0, None, closed="neither"), None],
    }
    _initial_weighting = "orthogonality"

    def __init__(
        self,
        forward: MagnitudeModel,
        *,
        gamma: float = 0.7,
        step_size: float | None = None,
        max_iter: int = 1000,
        tol: float = 1e-6,
        accept: float = 5e-3,
        n_init: int = 1,
        random_state: RandomState = None,
        verbose: bool = False,
    ) -> None:
        self.forward = forward
        self.gamma = gamma
        self.step_size = step_size
        self.max_iter = max_iter
        self.tol = tol
        self.accept = accept
        self.n_init = n_init
        self.random_state = random_state
        self.verbose = verbose

    def _weights(self, state):
        step_size = self.step_size
        if step_size is None:
            step_size = 1.0 if state.product.dtype.kind == "c" else 0.6
        modulus, magnitude = state.modulus, state.magnitude
        kept = modulus * (1 + self.gamma) >= magnitude
        return step_size * np.where(kept, 1 - divide(magnitude, modulus), 0)
