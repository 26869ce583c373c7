"""Wirtinger flow."""

from numbers import Real

import numpy as np

from sklearn_symbreak.phase_retrieval._gaussian import BaseGaussianSolver
from sklearn_symbreak.phase_retrieval._linear import divide
from sklearn_symbreak.phase_retrieval._spectral import mean_square
from sklearn_symbreak.utils._sklearn import Interval


class WirtingerFlow(BaseGaussianSolver):
    r"""Gradient descent on the squared error of the squared magnitudes [1]_.

    .. math::
        z \leftarrow z - \frac{\mu_t}{\lambda^2}\, \frac{1}{m} \sum_{r=1}^m
        \big(|a_r^* z|^2 - X_r\big)\, a_r a_r^* z, \qquad
        \mu_t = \min(1 - e^{-t / t_0}, \mu_{\max}),

    with :math:`\lambda` the estimated norm of the signal, starting at the
    (truncated) spectral estimate, see `SpectralInitializer`.

    Parameters
    ----------
    forward : GaussianPhaseRetrieval
        The forward model, real or complex.
    time_constant : float, default=330
        :math:`t_0`, in iterations, as published.
    max_step : float or None, default=None
        :math:`\mu_{\max}`. None takes 0.25 for complex matrices and 2/15 for real
        ones, see the notes.
    max_iter : int, default=1000
        Largest number of iterations of one start.
    tol : float, default=1e-6
        A sample stops at a relative measurement residual of at most this.
    n_init : int, default=1
        Number of starts; only samples that have not converged are started again, in
        random directions. The signal of the lowest residual wins.
    random_state : int, RandomState instance or None, default=None
        Draws the starts, the same for all samples.
    verbose : bool, default=False
        Whether to show a progress bar, by tqdm.

    Attributes
    ----------
    n_iter_ : ndarray of shape (n_samples,), int
        Iterations of every sample in the last solve, of all its starts.
    loss_curve_ : ndarray of shape (n_curve,)
        Mean residual by iteration, the initial signals first, start after start.
    residual_ : ndarray of shape (n_samples,)
        Relative measurement residuals of the signals.
    converged_ : ndarray of shape (n_samples,), bool
        Whether the residual is at most `tol`.

    See Also
    --------
    ReweightedAmplitudeFlow : Needs several times fewer iterations.

    Notes
    -----
    The authors take :math:`\mu_{\max} = 0.2` for complex Gaussian matrices. At 800
    iterations, 4.5 measurements per unknown and 0.2 some signals are still on their
    way that have arrived with 0.25; from 0.3 on some diverge. At the solution, the
    largest eigenvalue of the expected Hessian is :math:`4\lambda^2` for complex and
    :math:`6\lambda^2` for real matrices, so that real ones take shorter steps; with
    2/15 the most signals are found.

    References
    ----------
    .. [1] E. J. Candès, X. Li and M. Soltanolkotabi, "Phase Retrieval via Wirtinger
       Flow: Theory and Algorithms", IEEE Transactions on Information Theory 61(4),
       2015.

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

    _parameter_constraints: dict = {
        **BaseGaussianSolver._parameter_constraints,
        "time_constant": [Interval(Real, 0, None, closed="neither")],
        "max_step": [Interval(Real, 0, None, closed="neither"), None],
    }

    def __init__(
        self,
        forward,
        *,
        time_constant=330,
        max_step=None,
        max_iter=1000,
        tol=1e-6,
        n_init=1,
        random_state=None,
        verbose=False,
    ):
        self.forward = forward
        self.time_constant = time_constant
        self.max_step = max_step
        self.max_iter = max_iter
        self.tol = tol
        self.n_init = n_init
        self.random_state = random_state
        self.verbose = verbose

    def _weights(self, problem, state, iteration):
        max_step = self.max_step
        if max_step is None:
            max_step = 0.25 if problem.dtype.kind == "c" else 2 / 15
        step = min(-float(np.expm1(-iteration / self.time_constant)), max_step)
        error = state.modulus**2 - state.magnitude**2
        return divide(step * error, mean_square(state.magnitude))
