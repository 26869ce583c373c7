"""A regressor whose predictions a solver refines."""

from __future__ import annotations

import warnings
from numbers import Real
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin, clone
from sklearn.utils.metadata_routing import MetadataRouter
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_symbreak.groups import GlobalPhase
from sklearn_symbreak.metrics import orbit_mean_squared_error
from sklearn_symbreak.metrics._scorers import OrbitScoreMixin
from sklearn_symbreak.phase_retrieval._base import BaseSolver
from sklearn_symbreak.utils._array_api import double, expand, is_complex, to_numpy
from sklearn_symbreak.utils._decorators import all_or_nothing
from sklearn_symbreak.utils._sklearn import (
    params_of_rows,
    route_fit_to_regressor,
    routed_fit_params,
    take_rows,
)
from sklearn_symbreak.utils._typing import Estimator
from sklearn_symbreak.utils._validation import (
    check_measurements,
    check_same_length,
    check_signals,
    fill_masked,
    refuse_missing_targets,
)


class RefinedRegressor(
    MetaEstimatorMixin, OrbitScoreMixin, RegressorMixin, BaseEstimator
):
    """Start a solver at the predictions of a regressor.

    The regressor finds the neighbourhood of the solution at once, the solver the
    solution in few steps. Errors and scores are up to the regressor's group; if it has
    none, up to the symmetry of the solver's forward model.

    Parameters
    ----------
    regressor : estimator
        Regressor of signals, such as a
        :class:`~sklearn_symbreak.SymmetryBreakingRegressor`. It is cloned.
    solver : BaseSolver
        The solver; its `max_iter` is the number of steps. It is cloned. If its forward
        model is one to be learned, a
        :class:`~sklearn_symbreak.forward.LearnedForward`, it is fitted to the same
        pairs as the regressor.
    validation_fraction : float, None or "auto", default="auto"
        Share of the pairs, the last ones, on which to see whether refinement makes
        predictions better; if it does not, it is left out. They are not trained on.
        None always refines. "auto" is 0.1 with a learned forward model, which may fit
        badly, and None with a known one.

    Attributes
    ----------
    regressor_ : estimator
        The fitted regressor.
    solver_ : BaseSolver
        The solver; after `predict` it tells its iterations and residuals.
    refines_ : bool
        Whether predictions are refined.
    validation_errors_ : dict or None
        Mean squared errors up to the symmetry on the pairs that were held out, of
        "prediction" and "refined".
    n_features_in_ : int
        Number of measurements.
    feature_names_in_ : ndarray of str
        Names of the measurements, if they have any.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> from sklearn_symbreak import SymmetryBreakingRegressor
    >>> from sklearn_symbreak.compose import RefinedRegressor
    >>> from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
    >>> from sklearn_symbreak.phase_retrieval import WirtingerFlow
    >>> X, y, forward = make_gaussian_phase_retrieval(
    ...     600, 4, random_state=0, return_forward=True
    ... )
    >>> regressor = SymmetryBreakingRegressor(
    ...     KNeighborsRegressor(), group=forward.symmetry
    ... ).fit(X[:500], y[:500])
    >>> refined = RefinedRegressor(regressor, WirtingerFlow(forward, max_iter=200))
    >>> refined.fit(X[:500], y[:500]).score(X[500:], y[500:]) > 0.95
    True
    >>> regressor.score(X[500:], y[500:]) < 0.95
    True
    """

    def __init__(
        self,
        regressor: Estimator,
        solver: BaseSolver,
        validation_fraction: float | Literal["auto"] | None = "auto",
    ) -> None:
        self.regressor = regressor
        self.solver = solver
        self.validation_fraction = validation_fraction

    @all_or_nothing
    def fit(self, X: ArrayLike, y: ArrayLike, **fit_params: Any) -> Self:
        """Fit a clone of the regressor.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_measurements)
            Measurements; NaN means not measured, if the regressor takes it and the
            forward model is known.
        y : array-like of shape (n_samples, *signal_shape)
            Signals.
        **fit_params : dict
            Passed to the regressor's `fit`; with metadata routing enabled, what it
            requests.

        Returns
        -------
        self : RefinedRegressor

        Raises
        ------
        TypeError
            If `solver` is not a `BaseSolver`, or `regressor` has no `fit`.
        ValueError
            If the data do not fit the forward model of the solver or the regressor.

        Warns
        -----
        UserWarning
            If a known forward model explains nothing of the measurements, or if they
            are another number times what it gives, or have an offset.
        """
        if not isinstance(self.solver, BaseSolver):
            raise TypeError(
                "solver must be a phase retrieval solver such as WirtingerFlow or "
                f"ADMM, got {self.solver!r}."
            )
        if isinstance(self.regressor, type) or not hasattr(self.regressor, "fit"):
            raise TypeError(f"regressor must be a regressor, got {self.regressor!r}.")
        refuse_missing_targets(self, y)
        X = fill_masked(X)
        self.solver_ = clone(self.solver)
        forward = self.solver_.forward
        is_learned = hasattr(forward, "fit")
        if not is_learned:
            self.solver_.fit(X)
        shape = None if is_learned else forward.signal_shape
        signals = to_numpy(check_signals(y, name="y", signal_shape=shape))
        check_same_length(X=X, y=signals)
        n_train = len(signals) - self._n_validation(len(signals), is_learned)
        train, held_out = np.split(np.arange(len(signals)), [n_train])
        if is_learned:
            forward.fit(take_rows(signals, train), take_rows(X, train))
            self.solver_.fit(X)
        self.solver_._check_targets(signals, take_rows(X, train[:1]))
        self._real_targets = not is_complex(signals)
        if not is_learned:
            some = train[:1000]
            self._check_model(take_rows(X, some), take_rows(signals, some))
        validate_data(self, X, reset=True, skip_check_array=True)
        fit_params = routed_fit_params(self, fit_params)
        if held_out.size:
            fit_params = params_of_rows(X, fit_params, train)
            X_train, y_train = take_rows(X, train), take_rows(y, train)
        else:
            X_train, y_train = X, y
        self.regressor_ = clone(self.regressor).fit(X_train, y_train, **fit_params)
        self.refines_, self.validation_errors_ = True, None
        if held_out.size:
            self._compare(take_rows(X, held_out), signals[held_out])
        return self

    def _check_model(self, X, y):
        """Warn if the known model gives other numbers than the measurements."""
        if len(y) < 10:
            return
        X = check_measurements(X, allow_nan=True)
        eps = max(np.finfo(z.dtype).eps for z in (X, y))
        X = X.astype(np.float64)
        # Behind a beam stop nothing is measured, in any row.
        seen = ~np.isnan(X).all(axis=0)
        X, explained = X[:, seen], self.solver_.forward(double(y))[:, seen]
        # What noise adds to the error, it adds to the spread, but to that of the mean.
        error = np.nanmean((explained - X) ** 2)
        spread = np.nanmean((X - np.nanmean(X, axis=0)) ** 2) * len(X) / (len(X) - 1)
        if error <= (100 * eps) ** 2 * np.nanmean(X**2):
            return
        gain, offset = _best_line(explained, X)
        # Few bright samples would decide on a line that holds for them alone.
        halves = slice(0, None, 2), slice(1, None, 2)
        rest = np.mean([_line_error(explained, X, *h) for h in (halves, halves[::-1])])
        if error > spread / 100 and rest < min(error, spread) / 2:
            found = (
                f"gives other numbers than X: {gain:.3g} times measurements of y plus "
                f"{offset:.2g} have a mean squared error of {rest:.2g}, they "
                f"themselves one of {error:.2g}"
            )
        elif error > 1.1 * spread:
            found = (
                "explains nothing of X: measurements of y have a mean squared error "
                f"of {error:.2g}, their own mean one of {spread:.2g}"
            )
        else:
            return
        warnings.warn(
            f"The forward model of the solver {found}. X must be what forward(y) "
            "gives, in its unit and not scaled; RefinedRegressor takes no scaler "
            "before it.",
            stacklevel=4,
        )

    def _n_validation(self, n_samples, is_learned):
        fraction = self.validation_fraction
        if isinstance(fraction, str) and fraction == "auto":
            fraction = 0.1 if is_learned else None
        if fraction is None:
            return 0
        is_number = isinstance(fraction, Real) and not isinstance(fraction, bool)
        if not is_number or not 0 < fraction < 1:
            raise ValueError(
                "validation_fraction must be 'auto', None or a float between 0 and 1, "
                f"got {fraction!r}."
            )
        n_held_out = int(np.ceil(fraction * n_samples))
        if n_held_out >= n_samples:
            raise ValueError(
                f"validation_fraction={fraction} leaves nothing to train on with "
                f"n_samples={n_samples}; use validation_fraction=None."
            )
        return n_held_out

    def _compare(self, X, y):
        """See whether refinement makes predictions of held-out pairs better."""
        group = self._score_group
        predictions = self._predictions(X)
        refined = self._refine(X, predictions)
        self.validation_errors_ = {
            name: orbit_mean_squared_error(y, signals, group=group)
            for name, signals in (("prediction", predictions), ("refined", refined))
        }
        better = self.validation_errors_
        self.refines_ = better["refined"] < better["prediction"]

    def get_metadata_routing(self) -> MetadataRouter:
        """Route what `fit` is given to the regressor.

        Returns
        -------
        routing : MetadataRouter
        """
        return route_fit_to_regressor(self)

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict signals and refine them.

        A prediction that is zero or not finite leads nowhere; the solver's own
        initial signal takes its place. Of targets that were real the prediction is
        real: where the solver seeks complex signals, it is the real part of what was
        found, in the phase of the regressor's prediction if the measurement hides it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_measurements)
            Measurements.

        Returns
        -------
        signals : ndarray of shape (n_samples, *signal_shape)
            In the precision of `X`.

        Raises
        ------
        ValueError
            If `X` does not fit the forward model, or the predictions are not signals
            of it.
        """
        check_is_fitted(self)
        predictions = self._predictions(X)
        if self.refines_:
            return self._refine(X, predictions)
        dtype = check_measurements(X, allow_nan=True).dtype
        if is_complex(predictions):
            dtype = np.result_type(dtype, np.complex64)
        return predictions.astype(dtype, copy=False)

    def _predictions(self, X):
        return check_signals(
            np.asarray(self.regressor_.predict(fill_masked(X))),
            name="the prediction of regressor",
            signal_shape=self.solver_.forward.signal_shape,
            finite=False,
        )

    def _refine(self, X, init):
        axes = tuple(range(1, init.ndim))
        usable = np.isfinite(init).all(axis=axes) & (init != 0).any(axis=axes)
        if not usable.all():
            own = self.solver_.initial_signals(X)
            init = np.where(expand(usable, init), init, own)
        signals = self.solver_.solve(X, init=init)
        if not self._real_targets or not is_complex(signals):
            return signals
        symmetry = self.solver_.forward.symmetry
        if symmetry.up_to_phase() is symmetry:
            signals = GlobalPhase().representatives(signals, init)
        return signals.real

    @property
    def _score_group(self):
        # The regressor was told of the symmetry; the forward model may know of less.
        return getattr(self.regressor_, "_score_group", self.solver_.forward.symmetry)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _best_line(x, y):
    """Gain and offset of the line through points whose y is not NaN."""
    seen = ~np.isnan(y)
    x, y = x[seen], y[seen]
    from_mean = x - x.mean()
    power = np.mean(from_mean**2)
    gain = np.mean(from_mean * (y - y.mean())) / power if power > 0 else 0.0
    return gain, y.mean() - gain * x.mean()


def _line_error(x, y, rows, others):
    """Mean squared error of the best line through some rows, at the others."""
    gain, offset = _best_line(x[rows], y[rows])
    return np.nanmean((gain * x[others] + offset - y[others]) ** 2)
