"""Errors up to the symmetry against the distance from the seam."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from sklearn_symbreak.breaking._breaker import SymmetryBreaker
from sklearn_symbreak.inspection._predictions import (
    check_predictions,
    first_attribute,
    predict_by_name,
    short,
)
from sklearn_symbreak.metrics._per_sample import per_sample
from sklearn_symbreak.utils._array_api import norms, to_numpy
from sklearn_symbreak.utils._typing import Axes, Estimator

LARGEST_N_BINS, BIN_SIZE = 12, 10


class OrbitErrorDisplay:
    """Error of every sample, up to the symmetry, against its margin.

    One representative of each orbit jumps at a seam. If the error is there, another
    strategy removes it; if it is everywhere, the regressor or the data are at fault.
    Use `from_estimator` or `from_predictions` to make one.

    Parameters
    ----------
    margin : ndarray of shape (n_samples,)
        Distance of the true signals from the seam of a breaker: 0 on the seam, 1 at the
        template.
    errors : dict of str to ndarray of shape (n_samples,)
        Errors of each prediction relative to the norm of the truth.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        The figure, after `plot`.
    lines_ : dict of str to list of matplotlib Line2D
        For every prediction the lines of the medians and of the 90 % quantiles, over
        bins of equal numbers of samples, after `plot`.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> from sklearn_symbreak import SymmetryBreakingRegressor
    >>> from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
    >>> from sklearn_symbreak.groups import SignFlip
    >>> from sklearn_symbreak.inspection import OrbitErrorDisplay
    >>> X, y = make_gaussian_phase_retrieval(1500, 3, random_state=0)
    >>> model = SymmetryBreakingRegressor(KNeighborsRegressor(), group=SignFlip())
    >>> model = model.fit(X[:1000], y[:1000])
    >>> display = OrbitErrorDisplay.from_estimator(model, X[1000:], y[1000:])
    >>> near_seam = display.margin < 0.1
    >>> errors = display.errors["prediction"]
    >>> bool(errors[near_seam].mean() > 2 * errors[~near_seam].mean())
    True
    """

    def __init__(self, margin: np.ndarray, errors: dict[str, np.ndarray]) -> None:
        self.margin = margin
        self.errors = errors

    @classmethod
    def from_estimator(
        cls,
        estimator: Estimator | dict[str, Estimator],
        X: Any,
        y: ArrayLike,
        *,
        breaker: SymmetryBreaker | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Predict and plot.

        Parameters
        ----------
        estimator : estimator or dict of str to estimator
            A fitted regressor, or several by name.
        X : array-like of shape (n_samples, n_measurements)
            Measurements.
        y : array-like of shape (n_samples, *signal_shape)
            True signals.
        breaker : SymmetryBreaker, optional
            The fitted breaker whose seam is meant. By default `breaker_` of the first
            estimator that has one; of a search or a pipeline, that of the model in it.
        ax : matplotlib Axes, optional
            Where to plot; by default a new figure.

        Returns
        -------
        display : OrbitErrorDisplay

        Raises
        ------
        TypeError
            If an estimator has no method `predict`, the breaker no margin, or no
            estimator a breaker and none was given.
        ValueError
            As in `from_predictions`.
        """
        y_pred = predict_by_name(estimator, X)
        if breaker is None:
            breaker = first_attribute(estimator, "breaker_")
        if breaker is None:
            raise TypeError(
                f"estimator has no fitted breaker, got {_shown(estimator)}; breaker= "
                "takes the fitted SymmetryBreaker whose seam is meant."
            )
        return cls.from_predictions(y, y_pred, breaker=breaker, ax=ax)

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_pred: ArrayLike | dict[str, ArrayLike],
        *,
        breaker: SymmetryBreaker,
        ax: Axes | None = None,
    ) -> Self:
        """Plot errors of predictions.

        Parameters
        ----------
        y_true : array-like of shape (n_samples, *signal_shape)
            True signals.
        y_pred : array-like of shape (n_samples, *signal_shape), or dict of such
            Predictions, or several by name. One that is not finite has an error of 1.
        breaker : SymmetryBreaker
            The fitted breaker whose seam is meant; its group is that of the error.
        ax : matplotlib Axes, optional
            Where to plot; by default a new figure.

        Returns
        -------
        display : OrbitErrorDisplay

        Raises
        ------
        TypeError
            If the breaker has no margin.
        ValueError
            If the shapes differ, or a true signal is zero.
        """
        if not (hasattr(breaker, "margin") and hasattr(breaker, "group_")):
            raise TypeError(
                "breaker must be a fitted SymmetryBreaker, which tells the margin of "
                f"signals, got {breaker!r}."
            )
        group = breaker.group_
        y_true, predictions = check_predictions(y_true, y_pred, group, nonzero=True)
        errors = {
            name: per_sample(_relative_distance, y_true, values, group)
            for name, values in predictions.items()
        }
        return cls(to_numpy(breaker.margin(y_true)), errors).plot(ax=ax)

    def plot(self, *, ax: Axes | None = None) -> Self:
        """Plot a point for every sample, and quantiles over bins of the margin.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to plot; by default a new figure.

        Returns
        -------
        display : OrbitErrorDisplay
            This one.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(figsize=(6.5, 4.2), layout="constrained")
        n_bins = int(np.clip(len(self.margin) // BIN_SIZE, 1, LARGEST_N_BINS))
        bins = np.array_split(np.argsort(self.margin, kind="stable"), n_bins)
        centers = [np.median(self.margin[rows]) for rows in bins]
        self.lines_: dict[str, list[Any]] = {}
        for k, (name, errors) in enumerate(self.errors.items()):
            color = f"C{k}"
            ax.scatter(
                self.margin,
                errors,
                s=5,
                alpha=0.25,
                color=color,
                linewidths=0,
                zorder=1,
            )
            self.lines_[name] = []
            for level, style, label in ((0.5, "-", name), (0.9, "--", None)):
                values = [np.quantile(errors[rows], level) for rows in bins]
                lines = ax.plot(
                    centers,
                    values,
                    color=color,
                    linestyle=style,
                    marker=".",
                    label=label,
                )
                self.lines_[name] += lines
        if any((errors > 0).any() for errors in self.errors.values()):
            ax.set_yscale("log")
        ax.set_xlabel("margin of the true signal\n(0: on the seam)")
        ax.set_ylabel("‖error‖ / ‖truth‖,\nup to the symmetry")
        title = "median (line),\n90 % quantile (dashed)"
        ax.legend(title=title, fontsize="small", title_fontsize="small")
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _relative_distance(y_true, y_pred, group):
    return norms(group.representatives(y_true, y_pred) - y_pred) / norms(
        group.centered(y_true)
    )


def _shown(estimator):
    if isinstance(estimator, dict):
        return ", ".join(f"{name!r}: {short(one)}" for name, one in estimator.items())
    return short(estimator)
