"""A regressor whose predictions a solver refines."""

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin, clone
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_symbreak.metrics import orbit_r2_score
from sklearn_symbreak.phase_retrieval._base import BaseSolver
from sklearn_symbreak.utils._array_api import expand
from sklearn_symbreak.utils._metadata import route_fit_to_regressor, routed_fit_params
from sklearn_symbreak.utils._state import all_or_nothing
from sklearn_symbreak.utils._validation import (
    check_same_length,
    check_signals,
    refuse_missing_targets,
)


class RefinedRegressor(MetaEstimatorMixin, RegressorMixin, BaseEstimator):
    """Start a solver at the predictions of a regressor.

    The regressor finds the neighbourhood of the solution at once, the solver the
    solution in few steps.

    Parameters
    ----------
    regressor : estimator
        Regressor of signals, such as a
        :class:`~sklearn_symbreak.SymmetryBreakingRegressor`. It is cloned.
    solver : BaseSolver
        The solver; its `max_iter` is the number of steps. It is cloned.

    Attributes
    ----------
    regressor_ : estimator
        The fitted regressor.
    solver_ : BaseSolver
        The solver; after `predict` it tells its iterations and residuals.
    n_features_in_ : int
        Number of measurements.
    feature_names_in_ : ndarray of str
        Names of the measurements, if they have any.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> from sklearn_symbreak import SymmetryBreakingRegressor
    >>> from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
    >>> from sklearn_symbreak.phase_retrieval import RefinedRegressor, WirtingerFlow
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

    def __init__(self, regressor, solver):
        self.regressor = regressor
        self.solver = solver

    @all_or_nothing
    def fit(self, X, y, **fit_params):
        """Fit a clone of the regressor.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_measurements)
            Measurements; NaN means not measured, if the regressor takes it.
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
        """
        if not isinstance(self.solver, BaseSolver):
            raise TypeError(
                "solver must be a phase retrieval solver such as WirtingerFlow or "
                f"ADMM, got {self.solver!r}."
            )
        if not hasattr(self.regressor, "fit"):
            raise TypeError(f"regressor must be a regressor, got {self.regressor!r}.")
        refuse_missing_targets(self, y)
        self.solver_ = clone(self.solver).fit(X)
        forward = self.solver_.forward
        signals = check_signals(y, name="y", signal_shape=forward.signal_shape)
        check_same_length(X=X, y=signals)
        validate_data(self, X, reset=True, skip_check_array=True)
        self.regressor_ = clone(self.regressor).fit(
            X, y, **routed_fit_params(self, fit_params)
        )
        return self

    def get_metadata_routing(self):
        """Route what `fit` is given to the regressor.

        Returns
        -------
        routing : MetadataRouter
        """
        return route_fit_to_regressor(self)

    def predict(self, X):
        """Predict signals and refine them.

        A prediction that is zero or not finite leads nowhere; the solver's own
        initial signal takes its place.

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
        init = check_signals(
            np.asarray(self.regressor_.predict(X)),
            name="the prediction of regressor",
            signal_shape=self.solver_.forward.signal_shape,
            finite=False,
        )
        axes = tuple(range(1, init.ndim))
        usable = np.isfinite(init).all(axis=axes) & (init != 0).any(axis=axes)
        if not usable.all():
            own = self.solver_.initial_signals(X)
            init = np.where(expand(usable, init), init, own)
        return self.solver_.solve(X, init=init)

    def score(self, X, y, sample_weight=None):
        """Coefficient of determination up to the symmetry; see `orbit_r2_score`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_measurements)
            Measurements.
        y : array-like of shape (n_samples, *signal_shape)
            True signals, any members of their orbits.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the samples.

        Returns
        -------
        score : float
            At most 1, the best.
        """
        return orbit_r2_score(
            y,
            self.predict(X),
            group=self.solver_.forward.symmetry,
            sample_weight=sample_weight,
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
