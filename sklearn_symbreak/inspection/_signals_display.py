"""True signals beside predictions of them."""

from __future__ import annotations

from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils import check_scalar

from sklearn_symbreak.groups import SymmetryGroup
from sklearn_symbreak.inspection import _signal_panels
from sklearn_symbreak.inspection._predictions import (
    check_predictions,
    first_attribute,
    predict_by_name,
)
from sklearn_symbreak.utils._typing import Estimator, Figure

# Predictions have noise all over their canvas, and yet can be moved if content is only
# what is brightest.
CONTENT_OF_PREDICTIONS = 0.9


class SignalsDisplay:
    """True signals and predictions of them, side by side.

    Use `from_estimator` or `from_predictions` to make one.

    Parameters
    ----------
    y_true : ndarray of shape (n_signals, *signal_shape)
        True signals, all of which are drawn; scalars as one column.
    predictions : dict of str to ndarray of shape (n_signals, *signal_shape)
        Predictions by name, as they are to be drawn.

    Attributes
    ----------
    figure_ : matplotlib Figure or SubFigure
        The figure, after `plot`.
    axes_ : ndarray of matplotlib Axes
        The axes, after `plot`: one row per signal, with one panel for all vectors, or
        one for the truth and one for each prediction. Complex signals have two panels
        in place of one, lines in rows one for each row. Scalars have one row for all
        signals.

    Notes
    -----
    Vectors are drawn as lines, signals of shape (n_points, 2) or (n_points, 3) as
    points with the truth in grey, other signals of two axes as images on the grey scale
    of their truth, scalars as predicted against true values. Few rows, such as the two
    factors of a convolution, are drawn as lines: up to 2, or up to 4 of 8 entries or
    more. Complex signals, and real ones with complex predictions, are drawn as modulus
    and phase; the phase of an image fades where it is dark.

    A group of translations moves predictions as if only their brightest pixels were
    content. What leaves the canvas comes back on its other side.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> from sklearn_symbreak import SymmetryBreakingRegressor
    >>> from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
    >>> from sklearn_symbreak.groups import SignFlip
    >>> from sklearn_symbreak.inspection import SignalsDisplay
    >>> X, y = make_gaussian_phase_retrieval(500, 3, random_state=0)
    >>> model = SymmetryBreakingRegressor(KNeighborsRegressor(), group=SignFlip())
    >>> display = SignalsDisplay.from_estimator(model.fit(X, y), X, y, n_signals=2)
    >>> display.axes_.shape
    (2, 1)
    """

    def __init__(self, y_true: np.ndarray, predictions: dict[str, np.ndarray]) -> None:
        self.y_true = y_true
        self.predictions = predictions

    @classmethod
    def from_estimator(
        cls,
        estimator: Estimator | dict[str, Estimator],
        X: Any,
        y: ArrayLike,
        *,
        group: SymmetryGroup | None = None,
        n_signals: int = 4,
        figure: Figure | None = None,
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
        group : SymmetryGroup, optional
            The symmetry up to which predictions are moved onto the truth. By default
            that of the first estimator that has one: `group_`, or the symmetry of the
            forward model of a solver; of a search, a pipeline or a refinement, that of
            the model in it.
        n_signals : int, default=4
            Number of signals to draw, the first ones. Of scalars all are drawn.
        figure : matplotlib Figure or SubFigure, optional
            Where to plot; by default a new figure.

        Returns
        -------
        display : SignalsDisplay

        Raises
        ------
        TypeError
            If an estimator has no method `predict`, and as in `from_predictions`.
        ValueError
            As in `from_predictions`.
        """
        if group is None:
            group = first_attribute(estimator, "group_", "_score_group")
        return cls.from_predictions(
            y,
            predict_by_name(estimator, X),
            group=group,
            n_signals=n_signals,
            figure=figure,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_pred: ArrayLike | dict[str, ArrayLike],
        *,
        group: SymmetryGroup | None = None,
        n_signals: int = 4,
        figure: Figure | None = None,
    ) -> Self:
        """Plot predictions.

        Parameters
        ----------
        y_true : array-like of shape (n_samples, *signal_shape)
            True signals.
        y_pred : array-like of shape (n_samples, *signal_shape), or dict of such
            Predictions, or several by name. What is not finite is drawn as it is.
        group : SymmetryGroup, optional
            The symmetry up to which predictions are moved onto the truth. By default
            they stay where they are.
        n_signals : int, default=4
            Number of signals to draw, the first ones. Of scalars all are drawn.
        figure : matplotlib Figure or SubFigure, optional
            Where to plot; by default a new figure.

        Returns
        -------
        display : SignalsDisplay

        Raises
        ------
        TypeError
            If `group` is not a symmetry group, or `n_signals` no integer.
        ValueError
            If the shapes differ, signals have more than two axes, a prediction is
            named "truth", or `n_signals` is below 1.
        """
        check_scalar(n_signals, "n_signals", Integral, min_val=1)
        y_true, predictions = check_predictions(y_true, y_pred, group)
        if "truth" in predictions:
            raise ValueError(
                "y_pred must give its predictions other names than 'truth', that of "
                f"y_true, got {list(predictions)}."
            )
        if y_true.ndim > 3:
            raise ValueError(
                "y_true must hold scalars, vectors, images or points, got signals of "
                f"shape {y_true.shape[1:]}."
            )
        complex_or_not = _signal_panels.as_drawn(y_true, predictions)
        are_scalars = _signal_panels.are_scalars(complex_or_not)
        drawn = slice(None if are_scalars else n_signals)
        y_true = y_true[drawn]
        predictions = {
            name: _moved(values[drawn], y_true, group)
            for name, values in predictions.items()
        }
        return cls(y_true, predictions).plot(figure=figure)

    def plot(self, *, figure: Figure | None = None) -> Self:
        """Plot the signals.

        Parameters
        ----------
        figure : matplotlib Figure or SubFigure, optional
            Where to plot; by default a new figure.

        Returns
        -------
        display : SignalsDisplay
            This one.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        y_true = _signal_panels.as_drawn(self.y_true, self.predictions)
        draw = _signal_panels.for_signals(y_true)
        self.figure_, self.axes_ = draw(y_true, self.predictions, figure)
        return self


def _moved(y_pred, y_true, group):
    """Predictions as close to the truth as the group can bring them."""
    if group is None:
        return y_pred
    thresholds = {
        name: CONTENT_OF_PREDICTIONS
        for name in group.get_params()
        if name.split("__")[-1] == "threshold"
    }
    group = clone(group).set_params(**thresholds)
    # Only what is finite can be moved.
    finite = np.isfinite(y_pred.reshape(len(y_pred), -1)).all(axis=1)
    # Real predictions of complex signals are moved by phases.
    moved = y_pred.astype(np.result_type(y_pred, y_true))
    if finite.any():
        moved[finite] = group.align(moved[finite], y_true[finite])[0]
    return moved
