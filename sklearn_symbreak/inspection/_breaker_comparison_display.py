"""Scores of a search over breakers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np

from sklearn_symbreak.inspection._predictions import short
from sklearn_symbreak.inspection._search_table import read_search
from sklearn_symbreak.utils._typing import Axes, Estimator

# Longer labels of columns would overlap.
LONGEST_UPRIGHT_LABEL = 12


class BreakerComparisonDisplay:
    """Scores over breakers, with their spread, or over breakers and another parameter.

    `ValidationCurveDisplay` of scikit-learn draws scores over numbers; breakers are
    names and estimators. Use `from_estimator` or `from_scores` to make one.

    Parameters
    ----------
    scores : ndarray of shape (n_breakers, n_columns, n_folds)
        Scores of every breaker, with every value of another parameter; NaN where this
        pair was not tried. With one column it is no heat map.
    breakers, columns : list of str
        Names of the breakers, and of the values of the other parameter.
    score_label, column_label : str
        Names of the scores and of the columns.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        The figure, after `plot`.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> from sklearn_symbreak import SymmetryBreakingRegressor
    >>> from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
    >>> from sklearn_symbreak.groups import SignFlip
    >>> from sklearn_symbreak.inspection import BreakerComparisonDisplay
    >>> X, y = make_gaussian_phase_retrieval(500, 3, random_state=0)
    >>> model = SymmetryBreakingRegressor(KNeighborsRegressor(), group=SignFlip())
    >>> search = GridSearchCV(model, {"breaker": ["passthrough", "embedding"]}, cv=3)
    >>> display = BreakerComparisonDisplay.from_estimator(search.fit(X, y))
    >>> display.breakers, display.scores.shape
    (['passthrough', 'embedding'], (2, 1, 3))
    """

    def __init__(
        self,
        scores: np.ndarray,
        breakers: Sequence[str],
        columns: Sequence[str] = ("",),
        *,
        score_label: str = "score",
        column_label: str = "",
    ) -> None:
        self.scores = scores
        self.breakers = breakers
        self.columns = columns
        self.score_label = score_label
        self.column_label = column_label

    @classmethod
    def from_estimator(
        cls,
        search: Estimator,
        *,
        parameter: str | None = None,
        columns: str | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Plot the results of a search.

        Parameters
        ----------
        search : GridSearchCV or RandomizedSearchCV
            The fitted search.
        parameter : str, optional
            The parameter to compare. By default "breaker", or the only one that was
            searched and ends so, such as "model__breaker" in a pipeline.
        columns : str, optional
            Another parameter, for a heat map. By default the only other one with
            several values, if at least half of the pairs were tried. Of candidates that
            differ in further parameters the best one counts.
        ax : matplotlib Axes, optional
            Where to plot; by default a new figure.

        Returns
        -------
        display : BreakerComparisonDisplay

        Raises
        ------
        NotFittedError
            If the search is not fitted.
        ValueError
            If a parameter was not searched, or there are several scores and `refit`
            names none of them.
        """
        table = read_search(search, parameter, columns)
        return cls(**table).plot(ax=ax)

    @classmethod
    def from_scores(
        cls,
        scores: Mapping[str, Sequence[float] | np.ndarray],
        *,
        score_label: str = "score",
        ax: Axes | None = None,
    ) -> Self:
        """Plot scores that were computed elsewhere.

        Parameters
        ----------
        scores : dict of str to array-like of shape (n_folds,)
            Scores of every breaker, as `cross_val_score` returns them.
        score_label : str, default="score"
            Name of the scores.
        ax : matplotlib Axes, optional
            Where to plot; by default a new figure.

        Returns
        -------
        display : BreakerComparisonDisplay

        Raises
        ------
        TypeError
            If scores are no dictionary.
        ValueError
            If there are no scores, not equally many for all breakers, or those of one
            are no list of numbers.
        """
        table = _checked(scores)[:, None]
        return cls(table, [*scores], score_label=score_label).plot(ax=ax)

    def plot(self, *, ax: Axes | None = None) -> Self:
        """Plot means and spread, or a heat map of the means.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to plot; by default a new figure.

        Returns
        -------
        display : BreakerComparisonDisplay
            This one.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        import matplotlib.pyplot as plt

        n_rows, n_columns = self.scores.shape[:2]
        if ax is None:
            width = 2.6 + 1.2 * n_columns if n_columns > 1 else 6.5
            size = (width, 1.2 + 0.5 * n_rows)
            _, ax = plt.subplots(figsize=size, layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        if n_columns > 1:
            self._plot_map()
        else:
            self._plot_points()
        ax.set_yticks(range(n_rows), self.breakers)
        return self

    def _plot_points(self):
        for row, scores in enumerate(self.scores[:, 0]):
            self.ax_.scatter(scores, np.full(len(scores), row), s=14, color="0.65")
            style = {"fmt": "o", "color": "C0", "capsize": 4, "zorder": 3}
            self.ax_.errorbar(scores.mean(), row, xerr=scores.std(), **style)
        self.ax_.set_ylim(len(self.scores) - 0.5, -0.5)
        self.ax_.grid(axis="x", alpha=0.3)
        self.ax_.set_xlabel(f"{self.score_label}: mean ± spread")

    def _plot_map(self):
        means = self.scores.mean(axis=2)
        image = self.ax_.imshow(means, cmap="viridis", aspect="auto")
        best = np.nanmax(means)
        for (row, column), mean in np.ndenumerate(means):
            if not np.isfinite(mean):
                continue
            # Dark on bright and bright on dark.
            color = "black" if image.norm(mean) > 0.5 else "white"
            text = f"{mean:.3f}\n± {self.scores[row, column].std():.3f}"
            weight = "bold" if mean == best else "normal"
            style = {"ha": "center", "va": "center", "size": 8, "weight": weight}
            self.ax_.text(column, row, text, color=color, **style)
        style = {}
        if max(map(len, self.columns)) > LONGEST_UPRIGHT_LABEL:
            style = {"rotation": 20, "ha": "right", "rotation_mode": "anchor"}
        self.ax_.set_xticks(range(len(self.columns)), self.columns, **style)
        self.ax_.set_xlabel(self.column_label)
        self.figure_.colorbar(image, ax=self.ax_, label=self.score_label)


def _checked(scores):
    """Scores as an array of shape (n_breakers, n_folds)."""
    if not isinstance(scores, Mapping):
        raise TypeError(
            "scores must be a dictionary of names to the scores of one breaker each, "
            f"got {short(scores)}."
        )
    rows = {}
    for name, values in scores.items():
        try:
            rows[name] = np.asarray(values, dtype=float)
        except (TypeError, ValueError):
            rows[name] = np.empty(())
        if rows[name].ndim != 1 or len(rows[name]) == 0:
            raise ValueError(
                "scores must hold a list of one number or more for every breaker, got "
                f"{short(values)} for {name!r}."
            )
    lengths = {name: len(row) for name, row in rows.items()}
    if len(set(lengths.values())) != 1:
        raise ValueError(
            "scores must hold equally many scores for one breaker or more, got "
            f"{lengths}."
        )
    return np.array([*rows.values()])
