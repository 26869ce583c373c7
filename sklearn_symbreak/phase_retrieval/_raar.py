"""Relaxed averaged alternating reflections."""

from sklearn_symbreak.phase_retrieval._docs import FOURIER_SOLVER
from sklearn_symbreak.phase_retrieval._fourier import RelaxedFourierSolver
from sklearn_symbreak.utils._decorators import share_docs


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
