"""Several templates, a regressor for each, one prediction."""

from __future__ import annotations

from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin, clone
from sklearn.utils import check_random_state, check_scalar
from sklearn.utils.metadata_routing import MetadataRouter
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from sklearn_symbreak.breaking import SymmetryBreaker
from sklearn_symbreak.compose._atlas_templates import average, choose_templates
from sklearn_symbreak.compose._regressor import SymmetryBreakingRegressor
from sklearn_symbreak.groups import SymmetryGroup
from sklearn_symbreak.metrics._scorers import OrbitScoreMixin
from sklearn_symbreak.utils._array_api import to_numpy
from sklearn_symbreak.utils._decorators import all_or_nothing
from sklearn_symbreak.utils._sklearn import route_fit_to_regressor, routed_fit_params
from sklearn_symbreak.utils._typing import Estimator, RandomState
from sklearn_symbreak.utils._validation import (
    check_acts_on,
    check_group,
    check_signals,
    refuse_missing_targets,
)


class AtlasRegressor(
    MetaEstimatorMixin, OrbitScoreMixin, RegressorMixin, BaseEstimator
):
    """Cover the signals by several templates and average what they predict.

    Each template has a seam where its representatives jump and its regressor errs. The
    seams of several templates lie at different places: one regressor is fitted to the
    targets of each template, and their predictions, aligned to the one that is
    farthest from its own seam, are averaged.

    Parameters
    ----------
    regressor : estimator
        Any scikit-learn regressor that accepts two-dimensional targets. It is cloned
        for every template.
    group : SymmetryGroup
        The symmetry. Translations of content are refused: how far a signal can move
        depends on its content, and predictions have noise all over.
    n_templates : int, default=4
        Number of templates, and so of regressors.
    n_jobs : int, optional
        Number of regressors that are fitted at a time, by joblib.
    random_state : int, RandomState instance or None, default=None
        Draws the training signals among which the templates are.

    Attributes
    ----------
    estimators_ : list of SymmetryBreakingRegressor
        One for each template.
    templates_ : ndarray of shape (n_templates, *signal_shape)
        The templates, in the order in which they were chosen.
    group_ : SymmetryGroup
        The symmetry.
    n_features_in_ : int
        Number of measurements, if the regressor says so.
    feature_names_in_ : ndarray of str
        Names of the measurements, if the regressor has them.

    See Also
    --------
    OrbitEmbedding : No seam at all, for groups that have an embedding.

    Notes
    -----
    The templates are training signals, chosen one by one so that the largest gap (see
    `SymmetryGroup.gap`) of a signal to any of them is as large as possible on average.
    Predictions count by the gap of the prediction to the template.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> from sklearn_symbreak import SymmetryBreakingRegressor
    >>> from sklearn_symbreak.compose import AtlasRegressor
    >>> from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
    >>> from sklearn_symbreak.groups import SignFlip
    >>> X, y = make_gaussian_phase_retrieval(2000, 3, random_state=0)
    >>> atlas = AtlasRegressor(KNeighborsRegressor(), SignFlip(), random_state=0)
    >>> one = SymmetryBreakingRegressor(KNeighborsRegressor(), SignFlip())
    >>> atlas.fit(X[:1500], y[:1500]).score(X[1500:], y[1500:]) > 0.97
    True
    >>> one.fit(X[:1500], y[:1500]).score(X[1500:], y[1500:]) > 0.97
    False
    """

    def __init__(
        self,
        regressor: Estimator,
        group: SymmetryGroup,
        n_templates: int = 4,
        *,
        n_jobs: int | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.regressor = regressor
        self.group = group
        self.n_templates = n_templates
        self.n_jobs = n_jobs
        self.random_state = random_state

    @all_or_nothing
    def fit(self, X: Any, y: ArrayLike, **fit_params: Any) -> Self:
        """Choose the templates and fit a regressor to each.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_measurements), or what `regressor` takes
            Measurements.
        y : array-like of shape (n_samples, *signal_shape)
            Signals, real or complex; of shape (n_samples,) for scalars.
        **fit_params : dict
            Passed to the `fit` of every regressor; with metadata routing enabled, what
            the regressor requests.

        Returns
        -------
        self : AtlasRegressor

        Raises
        ------
        ValueError
            If y is empty, not finite, of the wrong shape or zero, or if the group
            translates content.
        TypeError
            If `group` is not a symmetry group, or another parameter is of the wrong
            type.
        """
        check_group(self.group)
        check_scalar(self.n_templates, "n_templates", Integral, min_val=1)
        self._refuse_translations()
        refuse_missing_targets(self, y)
        signals = to_numpy(check_signals(y, name="y"))
        signals = signals[:, None] if signals.ndim == 1 else signals
        check_acts_on(self.group, signals, "y")
        # Every model routes them itself; what nobody requests is refused here.
        routed_fit_params(self, fit_params)
        random_state = check_random_state(self.random_state)
        self.group_ = clone(self.group)
        self.templates_ = choose_templates(
            self.group_, signals, self.n_templates, random_state
        )
        self.estimators_ = Parallel(n_jobs=self.n_jobs)(
            delayed(_fit)(self.regressor, self.group_, template, X, y, fit_params)
            for template in self.templates_
        )
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Predict signals.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_measurements), or what `regressor` takes
            Measurements.

        Returns
        -------
        y : ndarray of shape (n_samples, *signal_shape)
            In the dtype of the training signals.
        """
        check_is_fitted(self)
        predictions = np.stack([one.predict(X) for one in self.estimators_])
        shape, dtype = predictions.shape[1:], predictions.dtype
        if predictions.ndim == 2:
            predictions = predictions[:, :, None]
        found = average(self.group_, self.templates_, predictions)
        return found.reshape(shape).astype(dtype, copy=False)

    @property
    def _score_group(self):
        return self.group_

    @property
    def n_features_in_(self) -> int:
        return self.estimators_[0].n_features_in_

    @property
    def feature_names_in_(self) -> np.ndarray:
        return self.estimators_[0].feature_names_in_

    def get_metadata_routing(self) -> MetadataRouter:
        """Route what `fit` is given to the regressor.

        Returns
        -------
        routing : MetadataRouter
        """
        return route_fit_to_regressor(self)

    def _refuse_translations(self):
        if not getattr(self.group, "moves_all_signals", True):
            raise ValueError(
                f"group must move every signal by every element, got {self.group!r}, "
                "which translates content: predictions, which have noise all over, "
                "cannot be aligned to each other. Use SymmetryBreakingRegressor with "
                "breaker='mean'."
            )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = True
        if hasattr(self.regressor, "__sklearn_tags__"):
            tags.input_tags = self.regressor.__sklearn_tags__().input_tags
        return tags


def _fit(regressor, group, template, X, y, fit_params):
    breaker = SymmetryBreaker(group, template)
    return SymmetryBreakingRegressor(regressor, group, breaker).fit(X, y, **fit_params)
