"""A picture of what `measure_ambiguity` found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from numpy.typing import ArrayLike

from sklearn_symbreak.groups import SymmetryGroup
from sklearn_symbreak.inspection._ambiguity import Ambiguity, measure_ambiguity
from sklearn_symbreak.inspection._predictions import short
from sklearn_symbreak.utils._typing import Axes

# Of labels, in inches.
LETTER_WIDTH = 0.08


class AmbiguityDisplay:
    """Ambiguity of the targets, up to candidate symmetries, and after strategies.

    Bars are grey for targets as they are and up to a group, green if the group is
    found, and below it blue for targets that a strategy makes, and for breakers; red
    for breakers that break nothing.

    Use `from_data` or `from_ambiguity` to make one.

    Parameters
    ----------
    ambiguity : Ambiguity
        The result of `measure_ambiguity`.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        The figure, after `plot`.
    bars_ : matplotlib BarContainer
        The bars, after `plot`.

    Examples
    --------
    >>> from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
    >>> from sklearn_symbreak.groups import SignFlip
    >>> from sklearn_symbreak.inspection import AmbiguityDisplay
    >>> X, y = make_gaussian_phase_retrieval(500, 3, random_state=0)
    >>> display = AmbiguityDisplay.from_data(X, y, SignFlip(), random_state=0)
    >>> display.ambiguity.best
    SignFlip()
    """

    def __init__(self, ambiguity: Ambiguity) -> None:
        self.ambiguity = ambiguity

    @classmethod
    def from_data(
        cls,
        X: ArrayLike,
        y: ArrayLike,
        groups: SymmetryGroup | Sequence[SymmetryGroup],
        *,
        ax: Axes | None = None,
        **params: Any,
    ) -> Self:
        """Measure the ambiguity and plot it.

        Parameters
        ----------
        X, y, groups : array-like, array-like and list of SymmetryGroup
            As in `measure_ambiguity`.
        ax : matplotlib Axes, optional
            Where to plot; by default a new figure.
        **params : dict
            Other parameters of `measure_ambiguity`.

        Returns
        -------
        display : AmbiguityDisplay
        """
        found = measure_ambiguity(X, y, groups, **params)
        return cls.from_ambiguity(found, ax=ax)

    @classmethod
    def from_ambiguity(cls, ambiguity: Ambiguity, *, ax: Axes | None = None) -> Self:
        """Plot what was measured.

        Parameters
        ----------
        ambiguity : Ambiguity
            The result of `measure_ambiguity`.
        ax : matplotlib Axes, optional
            Where to plot; by default a new figure.

        Returns
        -------
        display : AmbiguityDisplay
        """
        return cls(ambiguity).plot(ax=ax)

    def plot(self, *, ax: Axes | None = None) -> Self:
        """Plot one bar for every kind of target.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to plot; by default a new figure.

        Returns
        -------
        display : AmbiguityDisplay
            This one.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        import matplotlib.pyplot as plt

        labels, values, colors = ["as they are"], [self.ambiguity.untouched], ["C7"]
        for row, label in zip(self.ambiguity.groups, self.ambiguity.names, strict=True):
            labels.append(f"up to {label}")
            values.append(row["ambiguity"])
            colors.append("C2" if row["found"] else "C7")
            for name, left in row["strategies"].items():
                labels.append(f"{name} target")
                values.append(left["ambiguity"])
                colors.append("C0")
        for row in self.ambiguity.breakers:
            labels.append(short(row["breaker"]))
            values.append(row["ambiguity"])
            colors.append("C3" if row["breaks_nothing"] else "C0")
        if ax is None:
            # Bars and the label below them keep their width beside long names.
            width = 4.5 + LETTER_WIDTH * max(map(len, labels))
            size = (max(6.5, width), 0.8 + 0.3 * len(labels))
            _, ax = plt.subplots(figsize=size, layout="constrained")
        places = range(len(labels))
        self.bars_ = ax.barh(places, values, color=colors)
        ax.bar_label(self.bars_, [f"{value:.3f}" for value in values], padding=3)
        ax.set_yticks(places, labels)
        ax.invert_yaxis()
        ax.set_xlim(0, 1.15 * max(1.0, *values))
        ax.set_xlabel("squared distance of neighbours\nover that of random pairs")
        self.ax_, self.figure_ = ax, ax.figure
        return self
