"""The score of regressors of signals."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from sklearn_symbreak.metrics._errors import orbit_r2_score


class OrbitScoreMixin:
    """Score up to the symmetry `_score_group`, which a class provides.

    It stands before scikit-learn's `RegressorMixin`, whose score knows no symmetry.
    """

    # What a class provides.
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
