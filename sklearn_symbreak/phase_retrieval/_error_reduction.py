"""Error reduction."""

from sklearn_symbreak.phase_retrieval._fourier import BaseFourierSolver
from sklearn_symbreak.phase_retrieval._projections import impose_magnitude


class ErrorReduction(BaseFourierSolver):
    r"""Project onto the measured magnitudes and the constraints in turn.

    .. math:: x \leftarrow P_X(P_Y(x)),

    where :math:`P_Y` imposes the measured magnitudes on the spectrum and :math:`P_X`
    the constraints on the image. The residual never increases [1]_, and the method
    stagnates early; it serves best to refine.

    Parameters
    ----------
    forward : FourierPhaseRetrieval
        The forward model.
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
    >>> from sklearn_symbreak.phase_retrieval import ErrorReduction
    >>> images, _ = load_digit_images()
    >>> X, y, forward = make_fourier_phase_retrieval(
    ...     images[:20], canvas_shape=8, measurement_shape=24, return_forward=True
    ... )
    >>> solver = ErrorReduction(forward, random_state=0)
    >>> signals = solver.predict(X)
    >>> scaled_orbit_residual(y, signals, group=forward.symmetry) < 0.3
    True
    """

    def _advance(self, problem, state):
        projected = impose_magnitude(state.spectrum, state.magnitude, state.modulus)
        state.signals = problem.project(problem.inverse(projected), state.support)
        self._measure(problem, state)
