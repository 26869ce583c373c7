"""Hybrid input-output."""

from sklearn_symbreak.phase_retrieval._fourier import RelaxedFourierSolver

# Below this bound, residuals are computed.
NEAR = 0.1


class HybridInputOutput(RelaxedFourierSolver):
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
    beta : float or list of float, default=0.9
        Weight :math:`\beta` of the feedback, in (0, 1]; of a list, one for each start,
        the last for all further ones.
    constraint : {"nonnegative", "real", "complex"}, default="nonnegative"
        What is known of the pixels. Images are complex for "complex", else real; of
        these, measurements at opposite frequencies, which noise alone tells apart, are
        averaged, and residuals are taken of the averages.
    support : str, Shrinkwrap, SupportSize or bool array, default="canvas"
        Where an image may differ from zero: "canvas" is the whole canvas; "shrinkwrap"
        a support that shrinks around the estimate (see `Shrinkwrap`; by name with its
        defaults); `SupportSize` the largest pixels; an array a mask of shape
        `forward.signal_shape`.
    max_iter : int, default=200
        Largest number of iterations of one start.
    tol : float, default=1e-6
        A sample stops at a relative measurement residual of at most this.
    accept : float, default=5e-3
        A sample counts as solved at a residual of at most this.
    n_init : int, default=1
        Largest number of starts; only samples that are not solved are started again.
        The image of the lowest residual wins.
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
        Relative measurement residuals of the images. A transform larger than the
        autocorrelation of the canvas is first brought to the smallest fast frame that
        determines as much, unless a sample of the batch has gaps; the residuals are
        those in this frame.
    converged_ : ndarray of shape (n_samples,), bool
        Whether the residual is at most `tol`.
    solved_ : ndarray of shape (n_samples,), bool
        Whether the residual is at most `accept`, or at most `tol`.

    Notes
    -----
    An iteration takes two transforms. Of images far from a solution, an upper bound
    takes the place of the residual in `loss_curve_` and where the best is chosen: the
    distance of the image from the measured magnitudes before it was made to fulfil the
    constraints. `residual_` is exact.

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

    _beta_range = (0, 1, "(0, 1]")

    def _add_variables(self, problem, state):
        state.input = state.signals
        state.input_spectrum = state.spectrum

    def _advance(self, problem, state):
        projected = problem.impose_magnitude(state.input_spectrum, state)
        output = problem.inverse(projected)
        allowed = problem.allowed(output, state.support)
        # u - β P_Y(u) everywhere, corrected on the canvas where P_Y(u) is allowed.
        correction = allowed * ((1 + state.beta) * output - state.input)
        state.input = state.input - state.beta * output + correction
        state.input_spectrum = (
            state.input_spectrum
            - state.beta * projected
            + problem.transform(correction)
        )
        state.signals = allowed * output
        # A bound saves the transform of images that are far from a solution.
        state.residual = problem.residual_bound(projected, state)
        near = state.residual < NEAR
        if near.any():
            images = state.take(near)
            self._measure(problem, images)
            state.residual[near] = images.residual

    def _finish(self, problem, data, record):
        state = data.take(slice(None))
        state.signals = record.signals
        self._measure(problem, state)
        record.residual = state.residual
