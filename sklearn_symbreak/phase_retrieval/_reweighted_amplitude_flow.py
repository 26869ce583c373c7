"""Reweighted amplitude flow."""

from numbers import Real

from sklearn_symbreak.phase_retrieval._gaussian import BaseGaussianSolver
from sklearn_symbreak.phase_retrieval._linear import divide
from sklearn_symbreak.utils._sklearn import Interval


class ReweightedAmplitudeFlow(BaseGaussianSolver):
    r"""Gradient descent on the squared error of the magnitudes, reweighted [1]_.

    .. math::
        z \leftarrow z - \frac{\mu}{m} \sum_{r=1}^m w_r
        \Big(a_r^* z - \psi_r \frac{a_r^* z}{|a_r^* z|}\Big) a_r, \qquad
        w_r = \frac{|a_r^* z|}{|a_r^* z| + \beta \psi_r}, \qquad
        \psi_r = \sqrt{X_r},

    starting at the truncated spectral estimate, see `SpectralInitializer`. A term
    whose product is small against its magnitude probably has the wrong phase; the
    weights turn it down.

    Parameters
    ----------
    forward : GaussianPhaseRetrieval
        The forward model, real or complex.
    beta : float, default=3.0
        :math:`\beta`; 0 is the plain amplitude flow, larger values turn down more.
    step_size : float or None, default=None
        :math:`\mu`. None takes 2 for real and 4 for complex matrices, see the notes.
    max_iter : int, default=500
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
    WirtingerFlow : The classic.

    Notes
    -----
    Near the solution all weights are :math:`1/(1+\beta)`, so that the effective step
    is :math:`\mu/(1+\beta)`. The authors take :math:`\beta = 10` with
    :math:`\mu = 2` for real and 5 for complex matrices, effective steps of 0.18 and
    0.45; the defaults here have 0.5 and 1, which takes fewer iterations.

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
        **BaseGaussianSolver._parameter_constraints,
        "beta": [Interval(Real, 0, None, closed="left")],
        "step_size": [Interval(Real, 0, None, closed="neither"), None],
    }

    def __init__(
        self,
        forward,
        *,
        beta=3.0,
        step_size=None,
        max_iter=500,
        tol=1e-6,
        n_init=1,
        random_state=None,
        verbose=False,
    ):
        self.forward = forward
        self.beta = beta
        self.step_size = step_size
        self.max_iter = max_iter
        self.tol = tol
        self.n_init = n_init
        self.random_state = random_state
        self.verbose = verbose

    def _weights(self, problem, state, iteration):
        step_size = self.step_size
        if step_size is None:
            step_size = 4.0 if problem.dtype.kind == "c" else 2.0
        # The modulus cancels: w (p - ψ p/|p|) = p (|p| - ψ) / (|p| + β ψ).
        modulus, magnitude = state.modulus, state.magnitude
        return divide(
            step_size * (modulus - magnitude), modulus + self.beta * magnitude
        )
