"""Splitting methods: ADMM, and relaxed reflect reflect."""

from __future__ import annotations

from typing import Literal

import numpy as np

from sklearn_symbreak.forward import FourierPhaseRetrieval
from sklearn_symbreak.phase_retrieval._docs import FOURIER_SOLVER
from sklearn_symbreak.phase_retrieval._fourier import RelaxedFourierSolver
from sklearn_symbreak.phase_retrieval._support import Support
from sklearn_symbreak.utils._decorators import share_docs
from sklearn_symbreak.utils._typing import RandomState


@share_docs(fourier_solver=FOURIER_SOLVER)
class ADMM(RelaxedFourierSolver):
    r"""Alternating direction method of multipliers, or augmented Lagrangian method.

    .. math::
        x \leftarrow P_X(y - \lambda), \qquad
        y \leftarrow P_Y(x + \lambda), \qquad
        \lambda \leftarrow \lambda + \beta (x - y),

    where :math:`P_X` imposes the constraints on the image and :math:`P_Y` the
    measured magnitudes on its spectrum; "ALM" in table 3 of [1]_, after [2]_. The
    images are the :math:`x`. The residual goes up and down; the best image is kept.

    Parameters
    ----------
    forward : FourierPhaseRetrieval
        The forward model.
    beta : float or list of float, default=0.9
        Step :math:`\beta` of the multiplier, in (0, 1]; of a list, one for each start,
        the last for all further ones.
    {fourier_solver}

    References
    ----------
    .. [1] K. Tayal, C.-H. Lai, V. Kumar and J. Sun, "Inverse Problems, Deep
       Learning, and Symmetry Breaking", arXiv:2003.09077, 2020.
    .. [2] Z. Wen, C. Yang, X. Liu and S. Marchesini, "Alternating direction methods
       for classical and ptychographic phase retrieval", Inverse Problems 28(11),
       2012.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import (
    ...     load_digit_images,
    ...     make_fourier_phase_retrieval,
    ... )
    >>> from sklearn_symbreak.metrics import scaled_orbit_residual
    >>> from sklearn_symbreak.phase_retrieval import ADMM
    >>> images, _ = load_digit_images()
    >>> X, y, forward = make_fourier_phase_retrieval(
    ...     images[:20], canvas_shape=8, measurement_shape=24, return_forward=True
    ... )
    >>> solver = ADMM(forward, random_state=0)
    >>> signals = solver.predict(X)
    >>> scaled_orbit_residual(y, signals, group=forward.symmetry) < 0.1
    True
    """

    _beta_range = (0, 1, "(0, 1]")

    def _add_variables(self, problem, state):
        state.multiplier_spectrum = np.zeros_like(state.spectrum)

    def _advance(self, problem, state):
        # λ is needed in the frame only, so that it can stay a spectrum.
        multiplier = state.multiplier_spectrum
        projected = problem.impose_magnitude(state.spectrum + multiplier, state)
        multiplier = multiplier + state.beta * (state.spectrum - projected)
        state.signals = problem.project(
            problem.inverse(projected - multiplier), state.support
        )
        state.multiplier_spectrum = multiplier
        self._measure(problem, state)


@share_docs(fourier_solver=FOURIER_SOLVER)
class RelaxedReflectReflect(RelaxedFourierSolver):
    r"""Relaxed reflect reflect, RRR, for hard data with an unknown support [1]_.

    .. math::
        u \leftarrow u + \beta \big( P_Y(2 P_X(u) - u) - P_X(u) \big),

    where :math:`P_X` imposes the constraints on the image and :math:`P_Y` the measured
    magnitudes on its spectrum. The image is :math:`P_X(u)`. It wanders without an
    attractor but the solution, at which the residual falls abruptly; the best image is
    kept.

    Parameters
    ----------
    forward : FourierPhaseRetrieval
        The forward model.
    beta : float or list of float, default=0.5
        Step :math:`\beta`, in (0, 2]; of a list, one for each start, the last for all
        further ones.
    {fourier_solver}

    References
    ----------
    .. [1] V. Elser, T.-Y. Lan and T. Bendory, "Benchmark Problems for Phase
       Retrieval", SIAM Journal on Imaging Sciences 11(4), 2018.

    Examples
    --------
    A crystal of 8 atoms, each of about 8 pixels:

    >>> from sklearn_symbreak.datasets import make_crystal_phase_retrieval
    >>> from sklearn_symbreak.phase_retrieval import (
    ...     RelaxedReflectReflect,
    ...     SupportSize,
    ... )
    >>> X, y, forward = make_crystal_phase_retrieval(
    ...     8, size=32, random_state=0, return_forward=True
    ... )
    >>> solver = RelaxedReflectReflect(
    ...     forward, support=SupportSize(8 * 8), max_iter=1000, random_state=0
    ... )
    >>> solver.fit(X).predict(X).shape
    (1, 32, 32)
    """

    _beta_range = (0, 2, "(0, 2]")

    def __init__(
        self,
        forward: FourierPhaseRetrieval,
        *,
        beta: float | list[float] = 0.5,
        constraint: Literal["nonnegative", "real", "complex"] = "nonnegative",
        support: Support = "canvas",
        max_iter: int = 200,
        tol: float = 1e-6,
        accept: float = 5e-3,
        n_init: int = 1,
        random_state: RandomState = None,
        verbose: bool = False,
    ) -> None:
        super().__init__(
            forward,
            beta=beta,
            constraint=constraint,
            support=support,
            max_iter=max_iter,
            tol=tol,
            accept=accept,
            n_init=n_init,
            random_state=random_state,
            verbose=verbose,
        )

    def _add_variables(self, problem, state):
        state.iterate_spectrum = state.spectrum

    def _advance(self, problem, state):
        reflected = 2 * state.spectrum - state.iterate_spectrum
        projected = problem.impose_magnitude(reflected, state)
        state.iterate_spectrum = state.iterate_spectrum + state.beta * (
            projected - state.spectrum
        )
        images = problem.inverse(state.iterate_spectrum)
        state.signals = problem.project(images, state.support)
        self._measure(problem, state)
