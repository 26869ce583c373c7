"""Scores of estimators and scorers of searches, up to a symmetry."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Self

from numpy.typing import ArrayLike
from sklearn.utils.metadata_routing import MetadataRequest

from sklearn_symbreak.groups import SymmetryGroup
from sklearn_symbreak.metrics._consistency import check_forward, consistency_error
from sklearn_symbreak.metrics._errors import (
    orbit_mean_squared_error,
    orbit_r2_score,
    orbit_relative_error,
    scaled_orbit_residual,
)
from sklearn_symbreak.utils._typing import Estimator, Forward
from sklearn_symbreak.utils._validation import check_group


class OrbitScoreMixin:
    """Score up to the symmetry `_score_group`, which a class provides.

    It stands before scikit-learn's `RegressorMixin`, whose score knows no symmetry.
    """

    # A class provides these.
    predict: Any
    _score_group: Any

    def score(
        self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Coefficient of determination up to the symmetry; see `orbit_r2_score`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_measurements), or what `predict` takes
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
            y, self.predict(X), group=self._score_group, sample_weight=sample_weight
        )


_GREATER_IS_BETTER = {
    orbit_mean_squared_error: False,
    orbit_relative_error: False,
    scaled_orbit_residual: False,
    orbit_r2_score: True,
}


def make_orbit_scorer(
    group: SymmetryGroup,
    metric: Callable[..., float] = orbit_mean_squared_error,
    **params: Any,
) -> Callable[..., float]:
    """Make a scorer from a symmetry-invariant metric.

    Parameters
    ----------
    group : SymmetryGroup
        The symmetry.
    metric : callable, default=orbit_mean_squared_error
        `orbit_mean_squared_error`, `orbit_relative_error`, `scaled_orbit_residual` or
        `orbit_r2_score`. Errors are negated, so that greater is better.
    **params : dict
        Further parameters of the metric, such as `phase` of `scaled_orbit_residual`.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y)``, as `scoring` of `GridSearchCV` and others.

    Raises
    ------
    ValueError
        If the metric is none of these.
    TypeError
        If `group` is not a symmetry group, or the metric does not take a parameter.

    Examples
    --------
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> from sklearn_symbreak import SymmetryBreakingRegressor
    >>> from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
    >>> from sklearn_symbreak.groups import SignFlip
    >>> from sklearn_symbreak.metrics import make_orbit_scorer
    >>> X, y = make_gaussian_phase_retrieval(200, 3, random_state=0)
    >>> model = SymmetryBreakingRegressor(KNeighborsRegressor(), group=SignFlip())
    >>> scores = cross_val_score(model, X, y, scoring=make_orbit_scorer(SignFlip()))
    >>> bool((scores > -0.05).all())
    True
    """
    from sklearn.metrics import make_scorer

    check_group(group)
    if metric not in tuple(_GREATER_IS_BETTER):
        names = ", ".join(known.__name__ for known in _GREATER_IS_BETTER)
        raise ValueError(
            f"metric must be one of the functions {names}, not a name, got {metric!r}; "
            "ConsistencyScorer scores by consistency_error."
        )
    known = inspect.signature(metric).parameters
    for name in params:
        if name not in known:
            raise TypeError(
                f"{metric.__name__} takes no parameter {name!r}, got {name}="
                f"{params[name]!r}."
            )
    return make_scorer(
        metric, greater_is_better=_GREATER_IS_BETTER[metric], group=group, **params
    )


class ConsistencyScorer:
    """Scorer that compares ``forward(predict(X))`` with X; it needs no truth.

    Parameters
    ----------
    forward : callable
        The forward model.

    Raises
    ------
    TypeError
        If `forward` is not callable.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.dummy import DummyRegressor
    >>> from sklearn_symbreak.metrics import ConsistencyScorer
    >>> X = np.array([[4.0], [4.0]])
    >>> model = DummyRegressor(strategy="constant", constant=2.0).fit(X, [2.0, -2.0])
    >>> ConsistencyScorer(lambda y: y.reshape(-1, 1) ** 2)(model, X)
    -0.0
    """

    def __init__(self, forward: Forward) -> None:
        check_forward(forward)
        self.forward = forward

    def __call__(
        self,
        estimator: Estimator,
        X: ArrayLike,
        y: object = None,
        sample_weight: ArrayLike | None = None,
    ) -> float:
        """Negative `consistency_error` of the estimator's predictions.

        Parameters
        ----------
        estimator : object
            A fitted regressor.
        X : array-like of shape (n_samples, n_measurements)
            Measurements. NaN means "not measured".
        y : object
            Ignored.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the samples.

        Returns
        -------
        score : float
            At most 0, the best.

        Raises
        ------
        TypeError
            If the estimator has no method `predict`.
        ValueError
            As in `consistency_error`.
        """
        if isinstance(estimator, type) or not hasattr(estimator, "predict"):
            raise TypeError(
                "estimator must be a fitted regressor with a method predict, got "
                f"{estimator!r}."
            )
        return -consistency_error(
            X,
            estimator.predict(X),
            forward=self.forward,
            sample_weight=sample_weight,
        )

    def set_score_request(self, *, sample_weight: bool | str | None) -> Self:
        """Say whether weights are wanted, with metadata routing enabled.

        Parameters
        ----------
        sample_weight : bool, str or None
            As in scikit-learn's scorers: whether weights that are passed come here, or
            under which name; None, the default, refuses them.

        Returns
        -------
        self : ConsistencyScorer
        """
        self._sample_weight_request = sample_weight
        return self

    def get_metadata_routing(self) -> MetadataRequest:
        """Request of metadata, for scikit-learn's routing.

        Returns
        -------
        routing : MetadataRequest
        """
        request = MetadataRequest(owner=self)
        alias = getattr(self, "_sample_weight_request", None)
        request.score.add_request(param="sample_weight", alias=alias)
        return request

    def __repr__(self):
        return f"{type(self).__name__}({self.forward!r})"
