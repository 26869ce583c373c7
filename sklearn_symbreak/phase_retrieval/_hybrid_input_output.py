"""Hybrid input-output."""

from numbers import Real

from sklearn_symbreak.phase_retrieval._fourier import BaseFourierSolver
from sklearn_symbreak.phase_retrieval._projections import impose_magnitude
from sklearn_symbreak.utils._sklearn import Interval


class HybridInputOutput(BaseFourierSolver):
    r"""Feed back what violates the constraints [1]_.

    .. math::
        u \leftarrow \begin{cases}
            P_Y(u) & \text{where it fulfils the constraints,}\\
            u - \beta P_Y(u) & \text{elsewhere,}
        \end{cases}

    where :math:`P_Y` imposes the measured magnitudes on the spectrum of the input
    :math:`u`. The image is :math:`P_Y(u)` where it fulfils the constraints and zero
    elsewhere. The residual goes up and down; the best image is kept.

    Parameters
    ----------
    forward : FourierPhaseRetrieval
        The forward model.
    beta : float, default=0.9
        Weight :math:`\beta` of the feedback, in (0, 1].
    constraint : {"nonnegative", "real", "complex"}, default="nonnegative"
        What is known of the pixels. Images are complex for "complex", else real; of
        these, measurements at opposite frequencies, which noise alone tells apart, are
        averaged, and residuals are taken of the averages.
    support : {"canvas", "shrinkwrap"}, Shrinkwrap or mask, default="canvas"
        Where an image may differ from zero: on the whole canvas, on the pixels of a
        mask of shape `forward.signal_shape`, or on a support that shrinks around the
        estimate (see `Shrinkwrap`; by name with its defaults).
    max_iter : int, default=200
        Largest number of iterations of one start.
    tol : float, default=1e-6
        A sample stops at a relative measurement residual of at most this.
    n_init : int, default=1
        Number of starts; only samples that have not converged are started again. The
        image of the lowest residual wins.
    random_state : int, RandomState instance or None, default=None
        Draws the starts, random images on the support, the same for all samples.
    verbose : bool, default=False
        Whether to show a progress bar, by tqdm.

    Attributes
    ----------
    n_iter_ : ndarray of shape (n_samples,), int
        Iterations of every sample in the last solve, of all its starts.
    loss_curve_ : ndarray of shape (n_curve,)
        Mean residual by iteration, the initial images first, start after start.
    residual_ : ndarray of shape (n_samples,)
        Relative measurement residuals of the images.
    converged_ : ndarray of shape (n_samples,), bool
        Whether the residual is at most `tol`.

    References
    ----------
    .. [1] J. R. Fienup, "Phase retrieval algorithms: a comparison", Applied Optics
       21(15), 1982.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import (
    ...     load_digit_images,
    ...     make_fourier_phase_retrieval,
    ... )
    >>> from sklearn_symbreak.metrics import scaled_orbit_residual
    >>> from sklearn_symbreak.phase_retrieval import HybridInputOutput
    >>> images, _ = load_digit_images()
    >>> X, y, forward = make_fourier_phase_retrieval(
    ...     images[:20], canvas_shape=8, measurement_shape=24, return_forward=True
    ... )
    >>> solver = HybridInputOutput(forward, random_state=0)
    >>> signals = solver.predict(X)
    >>> scaled_orbit_residual(y, signals, group=forward.symmetry) < 0.1
    True
    """

    _parameter_constraints: dict = {
        **BaseFourierSolver._parameter_constraints,
        "beta": [Interval(Real, 0, 1, closed="right")],
    }

    def __init__(
        self,
        forward,
        *,
        beta=0.9,
        constraint="nonnegative",
        support="canvas",
        max_iter=200,
        tol=1e-6,
        n_init=1,
        random_state=None,
        verbose=False,
    ):
        super().__init__(
            forward,
            constraint=constraint,
            support=support,
            max_iter=max_iter,
            tol=tol,
            n_init=n_init,
            random_state=random_state,
            verbose=verbose,
        )
        self.beta = beta

    def _add_variables(self, problem, state):
        state.input = state.signals
        state.input_spectrum = state.spectrum

    def _advance(self, problem, state):
        projected = impose_magnitude(state.input_spectrum, state.magnitude)
        output = problem.inverse(projected)
        allowed = problem.allowed(output, state.support)
        # u - β P_Y(u) everywhere, corrected on the canvas where P_Y(u) is allowed.
        correction = allowed * ((1 + self.beta) * output - state.input)
        state.input = state.input - self.beta * output + correction
        state.input_spectrum = (
            state.input_spectrum - self.beta * projected + problem.transform(correction)
        )
        state.signals = allowed * output
        self._measure(problem, state)
