"""Base of all solvers: validation, starts, stopping and the record of a solve."""

from __future__ import annotations

from abc import ABC, abstractmethod
from numbers import Integral, Real
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from sklearn_symbreak.forward import ForwardModel, MagnitudeModel
from sklearn_symbreak.metrics._scorers import OrbitScoreMixin
from sklearn_symbreak.phase_retrieval._iteration import (
    SolveRecord,
    fit_length,
    single_threaded_blas,
)
from sklearn_symbreak.utils._array_api import is_complex, to_numpy
from sklearn_symbreak.utils._decorators import all_or_nothing
from sklearn_symbreak.utils._sklearn import Interval
from sklearn_symbreak.utils._typing import Callback
from sklearn_symbreak.utils._validation import (
    check_measurements,
    check_signals,
    warn_if_centered,
)

# Given starts that are longer, by this factor, than what fits the measurement best are
# shortened to that.
MAX_EXCESS = 2


class BaseReconstructor(OrbitScoreMixin, RegressorMixin, BaseEstimator, ABC):
    """Estimate signals from measurements with a known forward model, untrained.

    It works as a regressor: `predict` takes measurements, `fit` learns nothing.
    """

    _parameter_constraints: dict = {
        "forward": [ForwardModel],
        "max_iter": [Interval(Integral, 0, None, closed="left")],
        "random_state": ["random_state"],
    }

    @all_or_nothing
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Validate the parameters and the measurements.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_measurements)
            Measurements: squared magnitudes, NaN where nothing was measured.
        y : None
            Ignored: the forward model says all there is to know.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If a parameter is out of its range, or `X` is complex, empty, infinite, has
            a row without a measurement, or does not have `forward.n_measurements`
            columns.
        """
        self._check_parameters()
        self._check_measurements(X, reset=True)
        return self

    @abstractmethod
    def predict(self, X: ArrayLike) -> np.ndarray:
        """Estimate signals."""

    @property
    def _score_group(self):
        return self.forward.symmetry

    def _check_parameters(self):
        self._validate_params()
        shape = self.forward.signal_shape
        if not isinstance(shape, (tuple, list)):
            raise ValueError(
                f"forward must have a tuple as its signal_shape, got {shape!r}."
            )

    def _check_measurements(self, X, *, reset):
        checked = check_measurements(
            X, n_measurements=self.forward.n_measurements, allow_nan=True
        )
        nothing = np.isnan(checked).all(axis=1)
        if nothing.any():
            raise ValueError(
                "X must hold a measurement in every row; row "
                f"{int(np.argmax(nothing))} is all NaN, which means not measured."
            )
        if reset or hasattr(self, "n_features_in_"):  # `fit` is not needed
            validate_data(self, X, reset=reset, skip_check_array=True)
        if isinstance(self.forward, MagnitudeModel):
            warn_if_centered(checked, "the solver", ", and count as 0")
        return checked

    def _check_init(self, init, n_samples, dtype):
        init = to_numpy(
            check_signals(init, name="init", signal_shape=self.forward.signal_shape)
        )
        if len(init) != n_samples:
            raise ValueError(
                f"init must have one signal per row of X, which has {n_samples}, got "
                f"shape {init.shape}."
            )
        self._check_kind(init, dtype, "init")
        return init.astype(dtype)

    #: How to seek complex signals, for a message.
    _complex_advice = ""

    def _check_kind(self, signals, dtype, name):
        if is_complex(signals) and dtype.kind != "c":
            raise ValueError(
                f"{name} must be real, as the signals sought are, got dtype "
                f"{signals.dtype}{self._complex_advice}."
            )

    @staticmethod
    def _check_callback(callback):
        if callback is not None and not callable(callback):
            raise TypeError(f"callback must be callable or None, got {callback!r}.")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.target_tags.required = False
        tags.target_tags.multi_output = True
        return tags


class BaseSolver(BaseReconstructor):
    r"""Iterate from an initial signal until the signal explains the measurement.

    The *residual* of a signal is :math:`\| |Ax| - \sqrt{X} \| / \|\sqrt{X}\|`, where
    :math:`|Ax|^2` is the forward model, over what was measured: where `X` is NaN the
    signal is free. Negative measurements, which noise makes, count as 0, after
    averaging what real images have in common. A sample stops as soon as its residual
    is at most `tol` and costs nothing more; the batch goes on without it. One whose
    residual is more than `accept` is started again, up to `n_init` times. Every sample
    gets the signal of the lowest residual among all iterations of all its starts.

    A derived class sets up the arrays of a solve in `_make_problem`, draws initial
    signals in `_draw_signals`, and advances in `_start` and `_step`.
    """

    _parameter_constraints: dict = {
        **BaseReconstructor._parameter_constraints,
        "tol": [Interval(Real, 0, None, closed="left")],
        "accept": [Interval(Real, 0, None, closed="left")],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "verbose": ["boolean"],
    }

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Solve a batch from the solver's own initial signals.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_measurements)
            Measurements: squared magnitudes, NaN where nothing was measured.

        Returns
        -------
        signals : ndarray of shape (n_samples, *signal_shape)
            In the precision of `X`.
        """
        return self.solve(X)

    def solve(
        self,
        X: ArrayLike,
        init: ArrayLike | list[ArrayLike] | None = None,
        callback: Callback | None = None,
    ) -> np.ndarray:
        """Solve a batch; `fit` is not needed.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_measurements)
            Measurements: squared magnitudes, NaN where nothing was measured. Negative
            ones count as 0.
        init : array-like of shape (n_samples, *signal_shape) or list of such, optional
            Signals of the first start, or of the first starts in this order. Further
            starts, up to `n_init`, are the solver's own. Of a linear model, an initial
            signal that is more than twice too long for its measurement gets the length
            that fits best.
        callback : callable, optional
            Called as ``callback(iteration, signals)`` with the best signals so far,
            an array of shape (n_samples, *signal_shape), a copy. Iteration 0 is the
            initial signal; the count goes on through the starts.

        Returns
        -------
        signals : ndarray of shape (n_samples, *signal_shape)
            In the precision of `X`: float32 or complex64, float64 or complex128. If
            the iteration of a sample diverges, its best signal until then.

        Raises
        ------
        ValueError
            If a parameter is out of its range; if `X` is complex, empty, infinite, has
            a row without a measurement, or does not have `forward.n_measurements`
            columns; if `init` has another shape or length, is not finite, or is
            complex where signals are real.
        TypeError
            If `callback` cannot be called.
        ImportError
            If `verbose` is true and tqdm is not installed.
        """
        self._check_parameters()
        X = self._check_measurements(X, reset=False)
        parts = self._make_problems(X)
        dtype = parts[0][1].dtype
        random_state = check_random_state(self.random_state)
        self._check_callback(callback)
        given = [] if init is None else self._check_inits(init, X, dtype)
        if given:
            # The first numbers are those of `initial_signals`, which may be what is
            # given here: random starts must not repeat it.
            random_state = check_random_state(random_state.randint(2**31 - 1))

        record = SolveRecord(len(X), self.forward.signal_shape, dtype, callback)
        # An iteration that diverges overflows before it is stopped.
        with single_threaded_blas(), np.errstate(over="ignore", invalid="ignore"):
            for start in range(max(self.n_init, len(given))):
                unsolved = ~self._is_solved(record.residual)
                if not unsolved.any():
                    break
                runs: list[tuple] = []
                drawn = random_state.get_state()
                for rows, problem, data in parts:
                    rows, data = rows[unsolved[rows]], data.take(unsolved[rows])
                    if not rows.size:
                        continue
                    if start < len(given):
                        signals = given[start][rows]
                    else:
                        if runs:
                            # The same numbers for all samples.
                            random_state.set_state(drawn)
                        signals = self._draw_signals(
                            problem, data, random_state, first=start == len(given)
                        )
                    state = self._start(problem, data, signals, start)
                    runs.append((rows, problem, state))
                self._iterate(runs, record)
            for rows, problem, data in parts:
                self._finish(problem, data, record, rows)

        self.n_iter_ = record.n_iter
        self.loss_curve_ = np.asarray(record.loss_curve)
        self.residual_ = record.residual
        self.converged_ = record.residual <= self.tol
        self.solved_ = self._is_solved(record.residual)
        return record.signals

    def initial_signals(self, X: ArrayLike) -> np.ndarray:
        """Signals of the solver's own first start.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_measurements)
            Measurements.

        Returns
        -------
        signals : ndarray of shape (n_samples, *signal_shape)
            Where `predict` starts if `random_state` is an int.
        """
        self._check_parameters()
        X = self._check_measurements(X, reset=False)
        random_state = check_random_state(self.random_state)
        drawn, parts = random_state.get_state(), self._make_problems(X)
        signals = np.empty((len(X), *self.forward.signal_shape), parts[0][1].dtype)
        for number, (rows, problem, data) in enumerate(parts):
            if number:
                random_state.set_state(drawn)
            found = self._draw_signals(problem, data, random_state, first=True)
            signals[rows] = found.reshape(len(rows), *signals.shape[1:])
        return signals

    def _check_targets(self, y, X):
        """Refuse complex targets of a regressor where real signals are sought."""
        # Of a few rows that `fit` has checked: what they look like alone is no warning.
        problem, _ = self._make_problem(check_measurements(X, allow_nan=True))
        self._check_kind(y, problem.dtype, "y")

    def _is_solved(self, residual):
        return residual <= max(self.tol, self.accept)

    def _check_inits(self, init, X, dtype):
        """The given starts in their order."""
        is_list = isinstance(init, (list, tuple)) and len(init)
        several = is_list and np.ndim(init[0]) == len(self.forward.signal_shape) + 1
        starts = init if several else [init]
        checked = [self._check_init(one, len(X), dtype) for one in starts]
        if not isinstance(self.forward, MagnitudeModel):
            return checked
        # From a signal that is far too long no iteration comes back.
        return [fit_length(self.forward, one, X, MAX_EXCESS) for one in checked]

    def _iterate(self, runs, record):
        """Run one start: of parts of the samples, each with its problem and state."""
        for iteration in self._progress(range(self.max_iter + 1)):
            if iteration > 0:
                for _, problem, state in runs:
                    self._step(problem, state, iteration)
            found = [(rows, self._found(s), s.residual) for rows, _, s in runs]
            record.update(found, iteration)
            # A residual that is not a number compares false: such a sample stops.
            active = [state.residual > self.tol for _, _, state in runs]
            runs = [
                run if kept.all() else (run[0][kept], run[1], run[2].take(kept))
                for run, kept in zip(runs, active, strict=True)
                if kept.any()
            ]
            if not runs:
                return

    def _progress(self, iterations):
        if not self.verbose:
            return iterations
        try:
            from tqdm.auto import tqdm
        except ImportError as error:
            raise ImportError(
                "verbose=True needs tqdm: pip install tqdm, or set verbose=False."
            ) from error
        return tqdm(iterations, desc=self.__class__.__name__, unit="iteration")

    def _make_problems(self, X):
        """Rows, problem and data of each part of the samples."""
        return [
            (rows, *self._make_problem(X if len(rows) == len(X) else X[rows]))
            for rows in self._solved_alike(X)
        ]

    def _solved_alike(self, X):
        """Indices of samples whose problems differ in their data only, by problem."""
        return [np.arange(len(X))]

    @abstractmethod
    def _make_problem(self, X):
        """Operators for measurements, with the dtype of the signals, and the data.

        The data are a `State` of what each sample has measured.
        """

    @abstractmethod
    def _draw_signals(self, problem, data, random_state, *, first):
        """Initial signals; `first` tells whether they are those of the first start.

        Random numbers are drawn once for all samples. So the result of a sample does
        not depend on the other samples of the batch.
        """

    def _found(self, state):
        """Signals of a state in the units of the measurement."""
        return state.signals

    def _finish(self, problem, data, record, rows):
        """Last word on the record of the samples `rows`."""

    @abstractmethod
    def _start(self, problem, data, signals, start):
        """State of the iteration at given signals; `start` counts from 0."""

    @abstractmethod
    def _step(self, problem, state, iteration):
        """Advance the state in place by one iteration, the first of which is 1."""
