"""Error reduction, hybrid input-output and relaxed averaged alternating reflections."""

from sklearn_symbreak.phase_retrieval._docs import FOURIER_SOLVER
from sklearn_symbreak.phase_retrieval._fourier import (
    BaseFourierSolver,
    RelaxedFourierSolver,
)
from sklearn_symbreak.utils._decorators import share_docs


@share_docs(fourier_solver=FOURIER_SOLVER)
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
    {fourier_solver}

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
        projected = problem.impose_magnitude(state.spectrum, state, state.modulus)
        state.signals = problem.project(problem.inverse(projected), state.support)
        self._measure(problem, state)


# Below this bound, residuals are computed.
NEAR = 0.1


@share_docs(fourier_solver=FOURIER_SOLVER)
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
    {fourier_solver}

    Notes
    -----
    An iteration takes two transforms. Of images far from a solution, an upper bound
    takes the place of the residual in `loss_curve_` and where the best is chosen: the
    distance of the image from the measured magnitudes before it was made to fulfil the
    constraints. `residual_` is exact. Under noise the image that is kept need not be
    the one of the lowest residual, but for that bound.

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

    def _finish(self, problem, data, record, rows):
        state = data.take(slice(None))
        state.signals = record.signals[rows]
        self._measure(problem, state)
        record.residual[rows] = state.residual


@share_docs(fourier_solver=FOURIER_SOLVER)
class RAAR(RelaxedFourierSolver):
    r"""Relaxed averaged alternating reflections [1]_.

    .. math::
        u \leftarrow \frac{\beta}{2} (R_X R_Y u + u) + (1 - \beta) P_Y(u),
        \qquad R = 2P - 1,

    where :math:`P_Y` imposes the measured magnitudes on the spectrum and :math:`P_X`
    the constraints on the image, which is :math:`P_X(R_Y u)`. The residual goes up
    and down; the best image is kept.

    Parameters
    ----------
    forward : FourierPhaseRetrieval
        The forward model.
    beta : float or list of float, default=0.9
        Relaxation :math:`\beta`, in (0, 1]; of a list, one for each start,
        the last for all further ones.
    {fourier_solver}

    References
    ----------
    .. [1] D. R. Luke, "Relaxed averaged alternating reflections for diffraction
       imaging", Inverse Problems 21(1), 2005.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import (
    ...     load_digit_images,
    ...     make_fourier_phase_retrieval,
    ... )
    >>> from sklearn_symbreak.metrics import scaled_orbit_residual
    >>> from sklearn_symbreak.phase_retrieval import RAAR
    >>> images, _ = load_digit_images()
    >>> X, y, forward = make_fourier_phase_retrieval(
    ...     images[:20], canvas_shape=8, measurement_shape=24, return_forward=True
    ... )
    >>> solver = RAAR(forward, random_state=0)
    >>> signals = solver.predict(X)
    >>> scaled_orbit_residual(y, signals, group=forward.symmetry) < 0.1
    True
    """

    _beta_range = (0, 1, "(0, 1]")

    def _add_variables(self, problem, state):
        state.iterate_spectrum = state.spectrum

    def _advance(self, problem, state):
        iterate = state.iterate_spectrum
        projected = problem.impose_magnitude(iterate, state)
        reflected = problem.inverse(2 * projected - iterate)
        state.signals = problem.project(reflected, state.support)
        self._measure(problem, state)
        # With R_X R_Y u = 2 P_X(R_Y u) - 2 P_Y(u) + u.
        state.iterate_spectrum = (
            state.beta * (iterate + state.spectrum) + (1 - 2 * state.beta) * projected
        )
