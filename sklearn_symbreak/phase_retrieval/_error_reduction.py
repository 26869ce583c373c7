"""Error reduction."""

from sklearn_symbreak.phase_retrieval._docs import FOURIER_SOLVER
from sklearn_symbreak.phase_retrieval._fourier import BaseFourierSolver
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
