"""The regressor that breaks the symmetry of its training targets."""

from __future__ import annotations

import contextlib
import functools
import operator
import warnings
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin, clone
from sklearn.utils.metadata_routing import MetadataRouter
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from sklearn_symbreak.breaking import OrbitEmbedding, SymmetryBreaker
from sklearn_symbreak.compose._targets import (
    breaker_steps,
    from_real,
    measurements_for,
    tell_signal_shape,
    to_real,
    to_signals,
)
from sklearn_symbreak.groups import SymmetryGroup
from sklearn_symbreak.metrics import orbit_mean_squared_error
from sklearn_symbreak.metrics._scorers import OrbitScoreMixin
from sklearn_symbreak.utils._array_api import norms, to_numpy
from sklearn_symbreak.utils._decorators import all_or_nothing
from sklearn_symbreak.utils._sklearn import (
    route_fit_to_regressor,
    routed_fit_params,
    weights_among,
)
from sklearn_symbreak.utils._typing import Estimator
from sklearn_symbreak.utils._validation import (
    check_acts_on,
    check_group,
    check_same_length,
    check_signals,
    fill_masked,
    refuse_missing_targets,
)

_BREAKERS = (
    "breaker must be 'auto', 'canonical', 'mean', 'embedding', 'passthrough' or a "
    "transformer of targets, an instance such as SymmetryBreaker(group), got "
)


class SymmetryBreakingRegressor(
    MetaEstimatorMixin, OrbitScoreMixin, RegressorMixin, BaseEstimator
):
    """Regress signals that the measurement determines up to a symmetry only.

    Before fitting, every training target is replaced by one representative of its
    orbit. Test data are never touched, and the score is the same for all members of an
    orbit.

    Parameters
    ----------
    regressor : estimator
        Any scikit-learn regressor that accepts two-dimensional targets. It is cloned.
    group : SymmetryGroup, optional
        The symmetry of the measurement. By default that of the breaker, in a pipeline
        the product of those of its steps. A search over breakers of several groups
        needs it, since each would be scored up to its own group otherwise.
    breaker : {"auto", "canonical", "mean", "embedding", "passthrough"}, transformer \
            or Pipeline, \
            default="auto"
        How representatives are chosen: the template of a `SymmetryBreaker` by name, a
        `SymmetryBreaker`, another transformer of targets or a scikit-learn `Pipeline`
        of them. "auto" is "canonical" where the group has a natural rule, and "mean"
        otherwise. "embedding" is an `OrbitEmbedding`: invariants instead of
        representatives, which have no seam, for groups that have them. "passthrough"
        leaves the targets as they are.

    Attributes
    ----------
    regressor_ : estimator
        The fitted regressor.
    breaker_ : transformer or None
        The fitted breaker; None for "passthrough".
    group_ : SymmetryGroup
        The symmetry of the score.
    signal_shape_ : tuple of int
        Shape of one signal; empty for scalars.
    n_features_in_ : int
        Number of measurements, where `regressor_` has it.
    feature_names_in_ : ndarray of str
        Names of the measurements, where `regressor_` has them.

    Notes
    -----
    The regressor is handed X as it is given, and takes what it takes: NaN, sparse
    matrices, data frames with text. It sees real, flat targets: complex signals become
    their real parts followed by their imaginary parts, as in [1]_, and `predict` undoes
    both. Targets of shape (n_samples,) stay so if they are real, and one column stays a
    column. A regressor of images that has a parameter `signal_shape`, such as
    `UNetRegressor`, is told the shape, unless the parameter is set.

    A breaker that recovers signals from the measurements, such as
    `FourierPhaseBreaker`, needs all of them as they are, real numbers without NaN:
    scale and impute inside `regressor`, in a pipeline, and not in front of this
    estimator.

    References
    ----------
    .. [1] K. Tayal, C.-H. Lai, V. Kumar, J. Sun, "Inverse Problems, Deep Learning, and
       Symmetry Breaking", arXiv:2003.09077 (2020).

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> from sklearn_symbreak import SymmetryBreakingRegressor
    >>> from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
    >>> from sklearn_symbreak.groups import SignFlip
    >>> X, y = make_gaussian_phase_retrieval(2000, 3, random_state=0)
    >>> broken = SymmetryBreakingRegressor(KNeighborsRegressor(), group=SignFlip())
    >>> round(broken.fit(X[:1500], y[:1500]).score(X[1500:], y[1500:]), 1)
    0.9
    >>> untouched = broken.set_params(breaker="passthrough")
    >>> untouched.fit(X[:1500], y[:1500]).score(X[1500:], y[1500:]) < 0.5
    True
    """

    def __init__(
        self,
        regressor: Estimator,
        group: SymmetryGroup | None = None,
        breaker: Literal["auto", "canonical", "mean", "embedding", "passthrough"]
        | Estimator = "auto",
    ) -> None:
        self.regressor = regressor
        self.group = group
        self.breaker = breaker

    @all_or_nothing
    def fit(self, X: Any, y: ArrayLike, **fit_params: Any) -> Self:
        """Break the symmetry of the targets and fit the regressor.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_measurements), or what `regressor` takes
            Measurements.
        y : array-like of shape (n_samples, *signal_shape)
            Signals, real or complex; of shape (n_samples,) for scalars.
        **fit_params : dict
            Passed to the regressor's `fit`; with metadata routing enabled, what the
            regressor requests. If it gets sample weights, under whatever name, the
            steps of the breaker that take some get the same, such as one with template
            "mean"; none, if steps of the regressor get different ones.

        Returns
        -------
        self : SymmetryBreakingRegressor

        Raises
        ------
        ValueError
            If y is empty, not finite, or of the wrong shape, or the breaker is unknown
            or does not fit the signals or the measurements.
        TypeError
            If `group` is not a symmetry group, or `regressor` no estimator.

        Warns
        -----
        UserWarning
            If what a given breaker makes of the targets does not lead back to their
            orbits, or a pipeline of several breakers leaves their product unbroken.

        Notes
        -----
        Errors of `regressor` pass through. Whatever ends a fit early leaves the
        estimator as it was.
        """
        if isinstance(self.regressor, type) or not hasattr(self.regressor, "fit"):
            raise TypeError(
                "regressor must be a scikit-learn regressor, such as "
                f"KNeighborsRegressor(), got {self.regressor!r}."
            )
        refuse_missing_targets(self, y)
        # What a mask hides would count: few regressors look at masks.
        X = fill_masked(X)
        y = to_numpy(check_signals(y, name="y"))
        self.signal_shape_, self._signal_dtype = y.shape[1:], y.dtype
        signals = y[:, None] if y.ndim == 1 else y
        self.breaker_ = self._make_breaker()
        self.group_ = self._find_group()
        check_acts_on(self.group_, signals, "y")
        # Before training, what only `predict` would notice otherwise.
        measurements = measurements_for(self.breaker_, X)
        if measurements is not None:
            check_same_length(X=measurements, y=y)
        weights = weights_among(fit_params, self.regressor)
        fit_params = routed_fit_params(self, fit_params)
        targets = self._break(signals, weights)
        self._target_shape, self._target_dtype = targets.shape[1:], targets.dtype
        self._check_inverse(signals, targets, measurements)
        self._check_steps(signals, targets)
        flat = to_real(targets)
        self.regressor_ = clone(self.regressor)
        tell_signal_shape(self.regressor_, self._target_shape)
        if y.ndim == 1 and flat.shape[1] == 1:
            flat = flat[:, 0]
        self.regressor_.fit(X, flat, **fit_params)
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

        Raises
        ------
        NotFittedError
            If `fit` has not been called.
        ValueError
            If the breaker needs the measurements and they do not fit it, or if
            `regressor` predicts another number of outputs than it was fitted to.
        """
        # The check takes as long as a short prediction.
        if not hasattr(self, "regressor_"):
            check_is_fitted(self)
        X = fill_masked(X)
        measurements = measurements_for(self.breaker_, X)
        predicted = np.asarray(self.regressor_.predict(X))
        if not len(predicted):
            return np.empty((0, *self.signal_shape_), dtype=self._signal_dtype)
        targets = from_real(predicted, self._target_shape, self._target_dtype)
        signals = to_signals(self.breaker_, targets, measurements)
        return signals.reshape(len(predicted), *self.signal_shape_)

    @property
    def _score_group(self):
        return self.group_

    @property
    def n_features_in_(self) -> int:
        return self.regressor_.n_features_in_

    @property
    def feature_names_in_(self) -> np.ndarray:
        return self.regressor_.feature_names_in_

    def _break(self, signals, sample_weight):
        """Fit the breaker and return what the regressor learns."""
        # Step by step: a pipeline would transform twice, and weights would need names
        # of its own, or requests, to reach the steps.
        for step in breaker_steps(self.breaker_):
            weights = {}
            if sample_weight is not None and has_fit_parameter(step, "sample_weight"):
                weights["sample_weight"] = sample_weight
            try:
                broken = step.fit(signals, None, **weights).transform(signals)
            except ValueError as error:
                text = str(error)
                if "Complex data" in text:
                    # scikit-learn prints the data after the first line.
                    text = f"{step!r} takes no complex X"
                elif "X" not in text:
                    raise
                raise ValueError(
                    f"breaker refuses the targets y, which it calls X: {text}"
                ) from error
            # Steps may be set to return data frames.
            signals = np.asarray(broken)
        return signals

    def _check_inverse(self, signals, targets, measurements):
        """Warn if a given breaker does not suit the group or the measurements."""
        if self.breaker_ is None or isinstance(self.breaker, str):
            return
        some = slice(0, 100)
        measurements = None if measurements is None else measurements[some]
        back = to_signals(self.breaker_, targets[some], measurements)
        error = orbit_mean_squared_error(signals[some], back, group=self.group_)
        with np.errstate(over="ignore"):
            power = np.mean(np.abs(self.group_.centered(signals[some])) ** 2)
        # Noise in the measurements, or a projection, may cost some of the signal.
        if error > 0.5 * power:
            warnings.warn(
                "The inverse of breaker leads from the training targets to signals "
                f"outside their orbits: up to group={self.group_!r}, the mean squared "
                f"error is {error:.2g} with a mean square of {power:.2g}. Either the "
                "breaker is one of another group, or it needs measurements X that have "
                "not been scaled.",
                stacklevel=4,
            )

    def _check_steps(self, signals, targets):
        """Warn if several breakers in a pipeline leave their product unbroken."""
        steps = breaker_steps(self.breaker_)
        groups = [s.group for s in reversed(steps) if isinstance(s, SymmetryBreaker)]
        if len(groups) < 2:
            return
        some, group = slice(0, 100), functools.reduce(operator.mul, groups)
        signals, targets = signals[some], targets[some]
        moved = group.act(group.sample(signals, 0), signals)
        other = np.asarray(self.breaker_.transform(moved))
        jumps = norms(other - targets) > 1e-3 * norms(targets)
        if jumps.mean() > 0.05:
            warnings.warn(
                "The steps of breaker, one after the other, leave the symmetry "
                f"{group._summary} unbroken: {jumps.mean():.0%} of the targets are "
                "others if the group moves them before, since what one step chooses "
                "another one moves. Give one breaker of the product of the groups.",
                stacklevel=4,
            )

    def get_metadata_routing(self) -> MetadataRouter:
        """Route what `fit` is given to the regressor.

        Returns
        -------
        routing : MetadataRouter
        """
        return route_fit_to_regressor(self)

    def _make_breaker(self):
        if not isinstance(self.breaker, str):
            if not hasattr(self.breaker, "transform") or isinstance(self.breaker, type):
                raise ValueError(_BREAKERS + f"{self.breaker!r}.")
            for step in breaker_steps(self.breaker):
                if not hasattr(step, "inverse_transform"):
                    raise ValueError(
                        "breaker must be made of transformers with inverse_transform, "
                        f"through which predictions go; {step!r} has none."
                    )
            return clone(self.breaker)
        if self.breaker == "passthrough":
            return None
        if self.breaker not in ("auto", "canonical", "mean", "embedding"):
            raise ValueError(_BREAKERS + f"{self.breaker!r}.")
        if self.group is None:
            raise ValueError(
                f"group must be given with breaker={self.breaker!r}, got None."
            )
        check_group(self.group)
        if self.breaker == "embedding":
            return OrbitEmbedding(clone(self.group))
        template = self.breaker
        if template == "auto":
            natural = getattr(self.group, "has_natural_rule", True)
            template = "canonical" if natural else "mean"
        return SymmetryBreaker(clone(self.group), template=template)

    def _find_group(self):
        if self.group is not None:
            check_group(self.group)
            return clone(self.group)
        groups = [
            step.group
            for step in reversed(breaker_steps(self.breaker_))
            if hasattr(step, "group")
        ]
        if not groups:
            raise ValueError(
                "group must be given, got None: the breaker has none, and the score "
                "needs it."
            )
        return clone(functools.reduce(operator.mul, groups))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = True
        # X is handed on: sparse, with NaN or pairwise, as the regressor takes it.
        with contextlib.suppress(AttributeError):  # a regressor without tags
            tags.input_tags = self.regressor.__sklearn_tags__().input_tags
        return tags
