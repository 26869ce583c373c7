"""Base of the projection methods for Fourier phase retrieval."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from typing import Literal

import numpy as np
import scipy.fft

from sklearn_symbreak.forward import FourierPhaseRetrieval
from sklearn_symbreak.phase_retrieval._base import BaseSolver
from sklearn_symbreak.phase_retrieval._iteration import State
from sklearn_symbreak.phase_retrieval._projections import (
    FourierFrame,
    has_gaps,
    modulus,
)
from sklearn_symbreak.phase_retrieval._support import (
    Shrinkwrap,
    Support,
    SupportSize,
    check_support,
)
from sklearn_symbreak.utils._sklearn import StrOptions
from sklearn_symbreak.utils._typing import RandomState

# Patterns to look at, and how much more symmetric they have to be about another centre.
N_PATTERNS, LARGEST_RATIO = 32, 0.5
# Of patterns as symmetric as this nothing is wrong.
SMALLEST_ASYMMETRY = 1e-3


class BaseFourierSolver(BaseSolver):
    """Alternate between the measured magnitudes and what is known of the images.

    The state keeps what is measured (see `FourierFrame.measured`), the current
    `signals`, which fulfil the constraints, their `spectrum` and its `modulus`. A
    derived class adds what it needs in `_add_variables` and computes new signals in
    `_advance`.
    """

    _parameter_constraints: dict = {
        **BaseSolver._parameter_constraints,
        "forward": [FourierPhaseRetrieval],
        "constraint": [StrOptions({"nonnegative", "real", "complex"})],
        "support": [
            StrOptions({"canvas", "shrinkwrap"}),
            Shrinkwrap,
            SupportSize,
            "array-like",
        ],
    }

    def __init__(
        self,
        forward: FourierPhaseRetrieval,
        *,
        constraint: Literal["nonnegative", "real", "complex"] = "nonnegative",
        support: Support = "canvas",
        max_iter: int = 200,
        tol: float = 1e-6,
        accept: float = 5e-3,
        n_init: int = 1,
        random_state: RandomState = None,
        verbose: bool = False,
    ) -> None:
        self.forward = forward
        self.constraint = constraint
        self.support = support
        self.max_iter = max_iter
        self.tol = tol
        self.accept = accept
        self.n_init = n_init
        self.random_state = random_state
        self.verbose = verbose

    @abstractmethod
    def _advance(self, problem, state):
        """Compute new `signals` and the variables that go with them."""

    def _add_variables(self, problem, state):
        """Add the variables of the method to the state at its start."""

    def _check_parameters(self):
        super()._check_parameters()
        if isinstance(self.support, (Shrinkwrap, SupportSize)):
            self.support._validate_params()
        elif not isinstance(self.support, str):
            check_support(self.support, self.forward.signal_shape)
        n_pixels, size = self._n_pixels, int(np.prod(self.forward.signal_shape))
        if n_pixels is not None and n_pixels > size:
            raise ValueError(
                f"support must keep at most the {size} pixels that there are, got "
                f"{self.support!r}."
            )

    def _check_measurements(self, X, *, reset):
        X = super()._check_measurements(X, reset=reset)
        ordered = True
        if self.constraint == "nonnegative":
            ordered = self.forward.warn_of_order(X, stacklevel=4)
        if self.constraint != "complex" and ordered:
            _warn_of_center(self.forward, X, stacklevel=4)
        return X

    @property
    def _complex_advice(self):
        return f" and constraint={self.constraint!r}; take constraint='complex'"

    @property
    def _shrinkwrap(self):
        """The rule by which the support shrinks, or None."""
        if isinstance(self.support, Shrinkwrap):
            return self.support
        is_name = isinstance(self.support, str) and self.support == "shrinkwrap"
        return Shrinkwrap() if is_name else None

    @property
    def _n_pixels(self):
        """Number of pixels that may differ from zero, if that is known."""
        is_size = isinstance(self.support, SupportSize)
        return self.support.n_pixels if is_size else None

    def _initial_support(self):
        signal_shape = self.forward.signal_shape
        if isinstance(self.support, (str, Shrinkwrap, SupportSize)):
            return np.ones(signal_shape, dtype=bool)
        return check_support(self.support, signal_shape)

    def _solved_alike(self, X):
        # Only what is known everywhere can have a smaller frame.
        gaps = has_gaps(self.forward, self.constraint, X)
        parts = [np.flatnonzero(gaps == having) for having in (False, True)]
        return [rows for rows in parts if rows.size]

    def _make_problem(self, X):
        frame = FourierFrame(self.forward, self.constraint, self._n_pixels, X)
        return frame, frame.measured()

    def _draw_signals(self, problem, data, random_state, *, first):
        return problem.draw(data, self._initial_support(), random_state)

    def _start(self, problem, data, signals, start):
        state = State(
            **vars(data),
            support=np.broadcast_to(self._initial_support(), signals.shape),
        )
        state.signals = problem.project(signals, state.support)
        self._measure(problem, state)
        self._add_variables(problem, state)
        return state

    def _step(self, problem, state, iteration):
        shrinkwrap = self._shrinkwrap
        if shrinkwrap is not None and shrinkwrap.is_due(iteration):
            wraps = np.equal(self.forward.signal_shape, self.forward.measurement_shape)
            state.support = shrinkwrap.update(state.signals, iteration, wraps=wraps)
        self._advance(problem, state)

    def _measure(self, problem, state):
        """Spectrum and residual of the signals."""
        state.spectrum = problem.transform(state.signals)
        state.modulus = modulus(state.spectrum)
        state.residual = problem.residual(state.modulus, state)


class RelaxedFourierSolver(BaseFourierSolver):
    """A projection method with a relaxation or feedback `beta`."""

    # Where beta may lie; the derived class names its own range.
    _beta_range: tuple[float, float, str] | None = None

    _parameter_constraints: dict = {
        **BaseFourierSolver._parameter_constraints,
        # Its range is checked below, entry by entry.
        "beta": "no_validation",
    }

    def __init__(
        self,
        forward: FourierPhaseRetrieval,
        *,
        beta: float | list[float] = 0.9,
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
            constraint=constraint,
            support=support,
            max_iter=max_iter,
            tol=tol,
            accept=accept,
            n_init=n_init,
            random_state=random_state,
            verbose=verbose,
        )
        self.beta = beta

    def _check_parameters(self):
        super()._check_parameters()
        self._betas()

    def _betas(self):
        """The values of beta, one per start."""
        try:
            betas = np.atleast_1d(np.asarray(self.beta))
        except ValueError:
            betas = np.empty(0)
        valid = betas.ndim == 1 and betas.size and betas.dtype.kind in "fiu"
        low, high, bounds = self._beta_range
        if not valid or not ((betas > low) & (betas <= high)).all():
            raise ValueError(
                f"The 'beta' parameter of {type(self).__name__} must be a float in "
                f"{bounds} or a list of such, one for each start, got {self.beta!r}."
            )
        return betas

    def _start(self, problem, data, signals, start):
        betas = self._betas()
        beta = betas[min(start, len(betas) - 1)]
        data = data.take(slice(None))
        data.beta = np.full(
            (len(signals),) + (1,) * (signals.ndim - 1), beta, problem.real_dtype
        )
        return super()._start(problem, data, signals, start)


# -- where the centre of the patterns is


def _warn_of_center(forward, X, *, stacklevel=2):
    """Warn where patterns of real images are symmetric about another frequency.

    The magnitude of the transform of a real image is even. Noise makes it uneven about
    every centre; a pattern that was cut out off its centre is even about another one.

    Parameters
    ----------
    forward : FourierPhaseRetrieval
        The model.
    X : ndarray of shape (n_samples, n_measurements)
        Measurements of real images; NaN is not measured.
    stacklevel : int, default=2
        As in `warnings.warn`.

    Warns
    -----
    UserWarning
        If most patterns are symmetric about the same other centre.
    """
    power = forward._unflat(X[:N_PATTERNS])
    judged = [_most_symmetric(pattern) for pattern in power]
    places = [place for place in judged if place is not None]
    if not places:
        return
    found, counts = np.unique(np.array(places), axis=0, return_counts=True)
    most = found[np.argmax(counts)]
    if 2 * counts.max() <= len(places) or not most.any():
        return
    shape = np.array(power.shape[1:])
    twice = (most + shape // 2) % shape - shape // 2
    offset = ", ".join(f"{value:g}" for value in twice / 2)
    warnings.warn(
        "X is far more symmetric about another frequency than about the zero of "
        f"forward: its centre seems to lie off by ({offset}) pixels, half a pixel "
        "where two share it. Shift the patterns; mark hot pixels by NaN; or take "
        "constraint='complex' if the images are not real.",
        UserWarning,
        stacklevel=stacklevel + 1,
    )


def _most_symmetric(power):
    """Twice the offset of the centre about which a pattern is most symmetric.

    0 where it should be, unless another one is much better. None for a pattern that
    most pixels got nothing of: a few photons are symmetric about some centre.
    """
    known = ~np.isnan(power)
    magnitude = np.sqrt(np.maximum(np.where(known, power, 0), 0))
    largest = magnitude.max()
    if 2 * np.count_nonzero(magnitude) < np.count_nonzero(known) or largest == 0:
        return None
    magnitude = magnitude / largest
    # Sums over pairs of frequencies k and s - k, for every s.
    products, squares, pairs = (
        _with_reflected(a, b)
        for a, b in (
            (magnitude, magnitude),
            (magnitude**2, known.astype(float)),
            (known.astype(float), known.astype(float)),
        )
    )
    enough = (pairs > known.sum() / 2) & (squares > 1e-6 * squares.max())
    asymmetry = np.where(enough, 1 - products / np.where(enough, squares, 1), np.inf)
    here = asymmetry.flat[0]
    place = np.unravel_index(np.argmin(asymmetry), asymmetry.shape)
    clear = SMALLEST_ASYMMETRY < here < np.inf
    other = clear and asymmetry[place] < LARGEST_RATIO * here
    return place if other else (0,) * power.ndim


def _with_reflected(a, b):
    return scipy.fft.irfftn(scipy.fft.rfftn(a) * scipy.fft.rfftn(b), s=a.shape)
