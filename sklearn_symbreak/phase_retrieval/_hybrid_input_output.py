"""Hybrid input-output."""

from sklearn_symbreak.phase_retrieval._docs import FOURIER_SOLVER
from sklearn_symbreak.phase_retrieval._fourier import RelaxedFourierSolver
from sklearn_symbreak.utils._decorators import share_docs

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
