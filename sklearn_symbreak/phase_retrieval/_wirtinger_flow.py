"""Wirtinger flow."""

from __future__ import annotations

import numpy as np

from sklearn_symbreak.forward import MagnitudeModel
from sklearn_symbreak.phase_retrieval._docs import GRADIENT_SOLVER
from sklearn_symbreak.phase_retrieval._gradient import BaseGradientSolver
from sklearn_symbreak.phase_retrieval._iteration import divide, real_products
from sklearn_symbreak.utils._decorators import share_docs
from sklearn_symbreak.utils._typing import RandomState


@share_docs(gradient_solver=GRADIENT_SOLVER)
class WirtingerFlow(BaseGradientSolver):
    r"""Minimize the squared error of the squared magnitudes [1]_.

    .. math::
        F(z) = \frac{1}{2m} \sum_{r=1}^m \big(|a_r^* z|^2 - X_r\big)^2, \qquad
        z \leftarrow z + \tau d, \qquad
        d \leftarrow -g + \max(0, \beta)\, d, \qquad
        \beta = \frac{\operatorname{Re} \langle g, g - g' \rangle}{\|g'\|^2},

    with the gradient :math:`g`, that of the step before :math:`g'`, and the step
    :math:`\tau` that minimizes :math:`F` along the direction; starting at the spectral
    estimate, see `SpectralInitializer`.

    Parameters
    ----------
    forward : MagnitudeModel
        The forward model, such as `GaussianPhaseRetrieval` or `LinearPhaseRetrieval`,
        real or complex.
    max_iter : int, default=500
        Largest number of iterations of one start.
    {gradient_solver}

    See Also
    --------
    ReweightedAmplitudeFlow : Needs fewer measurements.

    Notes
    -----
    The authors take gradient steps of a fixed schedule, which needs hundreds of
    iterations more. Along a line, :math:`F` is a polynomial of degree 4, so that the
    best step is known exactly, at the cost of one product, which an iteration needs
    anyway. The directions are those of Polak and Ribière's conjugate gradients [2]_.

    References
    ----------
    .. [1] E. J. Candès, X. Li and M. Soltanolkotabi, "Phase Retrieval via Wirtinger
       Flow: Theory and Algorithms", IEEE Transactions on Information Theory 61(4),
       2015.
    .. [2] J. Nocedal and S. J. Wright, "Numerical Optimization", second edition,
       Springer, 2006, section 5.2.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
    >>> from sklearn_symbreak.metrics import orbit_relative_error
    >>> from sklearn_symbreak.phase_retrieval import WirtingerFlow
    >>> X, y, forward = make_gaussian_phase_retrieval(
    ...     20, 8, n_measurements=80, random_state=0, return_forward=True
    ... )
    >>> solver = WirtingerFlow(forward, random_state=0)
    >>> signals = solver.predict(X)
    >>> orbit_relative_error(y, signals, group=forward.symmetry) < 1e-10
    True
    >>> bool(solver.converged_.all())
    True
    """

    def __init__(
        self,
        forward: MagnitudeModel,
        *,
        max_iter: int = 500,
        tol: float = 1e-6,
        accept: float = 5e-3,
        n_init: int = 1,
        random_state: RandomState = None,
        verbose: bool = False,
    ) -> None:
        self.forward = forward
        self.max_iter = max_iter
        self.tol = tol
        self.accept = accept
        self.n_init = n_init
        self.random_state = random_state
        self.verbose = verbose

    def _weights(self, state):
        return state.modulus**2 - state.magnitude**2

    def _start(self, problem, data, signals, start):
        state = super()._start(problem, data, signals, start)
        state.direction = np.zeros_like(state.signals)
        state.gradient = np.zeros_like(state.signals)
        return state

    def _step(self, problem, state, iteration):
        before, state.gradient = state.gradient, self._direction(problem, state)
        change = real_products(state.gradient, state.gradient - before)
        beta = np.maximum(divide(change, real_products(before, before)), 0)
        direction = beta * state.direction - state.gradient
        ascends = real_products(state.gradient, direction) > 0
        state.direction = np.where(ascends, -state.gradient, direction)
        product = problem.apply(state.direction)
        if state.mask is not None:
            product = product * state.mask
        step = _best_step(state, product)
        state.signals = state.signals + step * state.direction
        self._measure(state, state.product + step * product)


def _best_step(state, product):
    """Step along the direction of this product that makes the loss smallest."""
    # The fourth powers of a short direction leave the range of single precision.
    error = state.modulus.astype(np.float64) ** 2 - state.magnitude**2
    slope = 2.0 * (
        state.product.real * product.real.astype(np.float64)
        + state.product.imag * product.imag.astype(np.float64)
    )
    curvature = np.abs(product).astype(np.float64) ** 2
    # The loss is the sum of (error + slope t + curvature t²)².
    derivative = np.concatenate(
        [
            2 * real_products(error, slope),
            2 * real_products(slope, slope) + 4 * real_products(error, curvature),
            6 * real_products(slope, curvature),
            4 * real_products(curvature, curvature),
        ],
        axis=1,
    )
    # In units of the step of Newton's method, the coefficients are of one size.
    unit = np.abs(divide(derivative[:, 0], derivative[:, 1]))
    unit = np.where((unit == 0) | ~np.isfinite(unit), 1, unit)[:, None]
    derivative *= unit ** np.arange(4)
    steps = _real_roots(derivative)
    loss = sum(
        coefficient[:, None] * steps ** (power + 1) / (power + 1)
        for power, coefficient in enumerate(derivative.T)
    )
    best = np.take_along_axis(steps, np.argmin(loss, axis=1)[:, None], axis=1)
    return (best * unit).astype(state.magnitude.dtype)


def _real_roots(cubics):
    """Real roots of cubics, lowest power first; what is no root becomes 0."""
    leading = cubics[:, 3]
    usable = (leading != 0) & np.isfinite(cubics).all(axis=1)
    companion = np.zeros((len(cubics), 3, 3))
    companion[:, [1, 2], [0, 1]] = 1
    scaled = cubics[usable, :3] / leading[usable, None]
    companion[usable, :, 2] = -scaled
    roots = np.linalg.eigvals(companion)
    real = np.abs(roots.imag) <= 1e-6 * np.abs(roots)
    return np.where(real & usable[:, None], roots.real, 0)
