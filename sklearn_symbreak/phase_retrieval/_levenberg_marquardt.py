"""The method of Levenberg and Marquardt."""

from __future__ import annotations

import math

import numpy as np

from sklearn_symbreak.forward import ForwardModel, MagnitudeModel
from sklearn_symbreak.groups import GlobalPhase
from sklearn_symbreak.phase_retrieval._base import BaseSolver
from sklearn_symbreak.phase_retrieval._iteration import (
    State,
    divide,
    fit_length,
    row_norms,
)
from sklearn_symbreak.utils._array_api import magnitude
from sklearn_symbreak.utils._typing import RandomState

# Damping at the start, and its factors after a step that was taken or refused.
INITIAL_DAMPING, EASE, HARDEN = 1e-3, 0.2, 5.0
# A coordinate of little influence is damped by this part of the largest at least.
FLOOR = 1e-3
# Jacobians, and the products they are made of, are held in so many bytes at once. A
# product keeps several arrays of its size in between.
CHUNK_BYTES = 2**24


class LevenbergMarquardt(BaseSolver):
    r"""Refine signals of any small inverse problem [1]_.

    It minimizes :math:`\|f(x) - X\|^2` by steps

    .. math::
        (J^T J + \mu D)\, \delta = J^T (X - f(x)),
        \qquad x \leftarrow x + \delta,

    with the Jacobian :math:`J` of the forward model at :math:`x`, in real coordinates.
    The diagonal matrix :math:`D` holds the largest diagonals of :math:`J^T J` so far
    [2]_, and a thousandth of the largest of them at least, so that a coordinate that
    loses its influence does not run away.
    A step that makes the error larger is not taken, and the damping :math:`\mu` grows;
    otherwise it falls. Near a solution the digits double from step to step. A
    symmetry makes :math:`J^T J` singular, which the damping mends.

    An iteration costs the Jacobian, so many products with it as there are real
    unknowns or measurements, whichever is less, and the solution of a linear system:
    fit for some hundred unknowns.

    Parameters
    ----------
    forward : ForwardModel
        The forward model; of one that does not give `_push_forward`, the Jacobian
        comes from `vjp`.
    max_iter : int, default=50
        Largest number of iterations of one start.
    tol : float, default=1e-9
        A sample stops at a relative residual of at most this. In single precision,
        rounding leaves about 1e-7.
    accept : float, default=5e-3
        A sample counts as solved at a residual of at most this.
    n_init : int, default=1
        Largest number of starts; only samples that are not solved are started again.
        The signal of the lowest residual wins.
    random_state : int, RandomState instance or None, default=None
        Draws the starts, standard normal, the same for all samples; for a
        `MagnitudeModel`, of the length that fits the measurement best. The method
        finds what is near; give `init` where something is known.
    verbose : bool, default=False
        Whether to show a progress bar, by tqdm.

    Attributes
    ----------
    n_iter_ : ndarray of shape (n_samples,), int
        Iterations of every sample in the last solve, of all its starts.
    loss_curve_ : ndarray of shape (n_curve,)
        Mean residual by iteration, the initial signals first, start after start.
    residual_ : ndarray of shape (n_samples,)
        Relative residuals :math:`\|f(x) - X\| / \|X\|` of the signals, of the
        measurements themselves and not of their roots.
    converged_ : ndarray of shape (n_samples,), bool
        Whether the residual is at most `tol`.
    solved_ : ndarray of shape (n_samples,), bool
        Whether the residual is at most `accept`, or at most `tol`.

    References
    ----------
    .. [1] J. Nocedal and S. J. Wright, "Numerical Optimization", second edition,
       Springer, 2006, section 10.3.
    .. [2] J. J. Moré, "The Levenberg-Marquardt algorithm: implementation and theory",
       Numerical Analysis, Lecture Notes in Mathematics 630, Springer, 1978.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
    >>> from sklearn_symbreak.metrics import orbit_relative_error
    >>> from sklearn_symbreak.phase_retrieval import LevenbergMarquardt
    >>> X, y, forward = make_gaussian_phase_retrieval(
    ...     20, 5, complex_valued=True, random_state=0, return_forward=True
    ... )
    >>> near = y + 0.05 * np.random.default_rng(0).standard_normal(y.shape)
    >>> found = LevenbergMarquardt(forward).solve(X, init=near)
    >>> orbit_relative_error(y, found, group=forward.symmetry) < 1e-12
    True
    """

    _parameter_constraints: dict = {
        **BaseSolver._parameter_constraints,
        "forward": [ForwardModel],
    }
    _complex_advice = (
        "; set complex_valued = True on the forward model for complex ones"
    )

    def __init__(
        self,
        forward: ForwardModel,
        *,
        max_iter: int = 50,
        tol: float = 1e-9,
        accept: float = 5e-3,
        n_init: int = 1,
        random_state: RandomState = None,
        verbose: bool = False,
    ) -> None:
        self.forward = forward
        self.max_iter = max_iter
        self.tol = tol
        self.accept = accept
        self.n_init = n_init
        self.random_state = random_state
        self.verbose = verbose

    def _make_problem(self, X):
        known = ~np.isnan(X)
        measured = np.where(known, X, 0)
        # In units in which squares neither overflow nor vanish.
        unit = magnitude(measured)[:, None]
        data = State(
            measured=measured,
            unit=unit,
            norm=row_norms(measured / unit),
            mask=None if known.all() else known,
        )
        return _LeastSquares(self.forward, X.dtype), data

    def _draw_signals(self, problem, data, random_state, *, first):
        shape = (1, *problem.signal_shape)
        signals = random_state.standard_normal(shape)
        if problem.dtype.kind == "c":
            signals = signals + 1j * random_state.standard_normal(shape)
        signals = np.repeat(signals.astype(problem.dtype), len(data.measured), axis=0)
        if not isinstance(self.forward, MagnitudeModel):
            return signals
        known = True if data.mask is None else data.mask
        return fit_length(self.forward, signals, np.where(known, data.measured, np.nan))

    def _start(self, problem, data, signals, start):
        state = State(**vars(data), signals=signals)
        state.damping = np.full_like(data.norm, INITIAL_DAMPING)
        state.scale = np.zeros((len(signals), problem.n_unknowns))
        state.error = problem.error(state, signals)
        self._measure(state)
        return state

    def _measure(self, state):
        state.residual = divide(row_norms(state.error), state.norm)[:, 0]

    def _step(self, problem, state, iteration):
        step, state.scale = problem.step(state)
        trial = state.signals + step
        error = problem.error(state, trial)
        better = row_norms(error)[:, 0] < row_norms(state.error)[:, 0]
        state.signals[better], state.error[better] = trial[better], error[better]
        factor = np.where(better, EASE, HARDEN)[:, None]
        # Beyond these bounds it changes nothing, but would leave the range.
        damping = np.clip(state.damping * factor, 1e-12, 1e12)
        state.damping = damping.astype(state.norm.dtype)
        self._measure(state)


class _LeastSquares:
    """Errors and damped steps in the real coordinates of the signals."""

    def __init__(self, forward, real_dtype):
        self._forward = forward
        self.signal_shape = tuple(forward.signal_shape)
        self.dtype = np.dtype(real_dtype)
        complex_valued = getattr(forward, "complex_valued", None)
        if complex_valued is None:
            acts_on = getattr(forward.symmetry, "acts_on", None)
            is_phase = isinstance(forward.symmetry, GlobalPhase)
            complex_valued = is_phase or acts_on == "complex"
        if complex_valued:
            self.dtype = np.result_type(self.dtype, np.complex64)
        is_exact = type(forward)._push_forward is not ForwardModel._push_forward
        self._by_columns = is_exact and self.n_unknowns <= forward.n_measurements

    @property
    def n_unknowns(self):
        """Number of real coordinates of a signal."""
        return math.prod(self.signal_shape) * (2 if self.dtype.kind == "c" else 1)

    def error(self, state, signals):
        """Measurements beyond those that the signals explain; 0 where nothing is."""
        measured = self._forward._measure(signals) / state.unit
        error = state.measured / state.unit - measured
        return error if state.mask is None else error * state.mask

    def step(self, state):
        """Damped steps of all signals, and the scale of their coordinates so far."""
        n_bytes = self.n_unknowns * state.measured.shape[1] * self.dtype.itemsize
        n_rows = max(1, CHUNK_BYTES // n_bytes)
        parts = [
            self._step(state.take(slice(first, first + n_rows)))
            for first in range(0, len(state.signals), n_rows)
        ]
        return tuple(map(np.concatenate, zip(*parts, strict=True)))

    def _step(self, state):
        # In double precision: the squares of single precision are too coarse.
        jacobian = self._jacobian(state.signals).astype(np.float64)
        jacobian /= state.unit[:, :, None]
        if state.mask is not None:
            jacobian *= state.mask[:, :, None]
        transposed = np.swapaxes(jacobian, 1, 2)
        matrix = transposed @ jacobian
        diagonal = np.einsum("nii->ni", matrix)
        scale = np.maximum(state.scale, diagonal)
        floor = FLOOR * scale.max(axis=1, keepdims=True)
        floor = np.where(floor > 0, floor, 1)
        diagonal += state.damping * np.maximum(scale, floor)
        slope = transposed @ state.error[:, :, None]
        try:
            step = np.linalg.solve(matrix, slope)[:, :, 0]
        except np.linalg.LinAlgError:
            # One singular matrix of the batch is enough.
            step = (np.linalg.pinv(matrix, hermitian=True) @ slope)[:, :, 0]
        if self.dtype.kind == "c":
            half = step.shape[1] // 2
            step = step[:, :half] + 1j * step[:, half:]
        return step.reshape(state.signals.shape).astype(self.dtype), scale

    def _jacobian(self, signals):
        """Jacobians in real coordinates, of shape (n_samples, n_measurements, ...)."""
        forward, is_complex = self._forward, self.dtype.kind == "c"
        if self._by_columns:
            columns = [
                self._products(forward._push_forward, signals, self.signal_shape, unit)
                for unit in self.dtype.type((1, 1j) if is_complex else (1,))
            ]
            return np.swapaxes(np.concatenate(columns, axis=1), 1, 2)
        shape, one = (forward.n_measurements,), signals.real.dtype.type(1)
        rows = self._products(forward._pull_back, signals, shape, one)
        if is_complex:
            rows = np.concatenate([rows.real, rows.imag], axis=2)
        return rows

    def _products(self, product, signals, shape, unit):
        """Products of every signal with every array that is 0 but for one `unit`."""
        n_samples, n_arrays = len(signals), math.prod(shape)
        length = max(self.n_unknowns, self._forward.n_measurements)
        size = max(1, CHUNK_BYTES // (n_samples * length * self.dtype.itemsize))
        found = []
        for start in range(0, n_arrays, size):
            count = min(size, n_arrays - start)
            arrays = np.eye(count, n_arrays, start, dtype=unit.dtype) * unit
            tiled = np.tile(
                arrays.reshape(count, *shape), (n_samples, *[1] * len(shape))
            )
            values = product(np.repeat(signals, count, axis=0), tiled)
            found.append(values.reshape(n_samples, count, -1))
        return np.concatenate(found, axis=1)
