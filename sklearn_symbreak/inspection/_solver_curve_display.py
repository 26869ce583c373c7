"""Success or residual of solvers along an axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from sklearn_symbreak.inspection._predictions import by_name
from sklearn_symbreak.utils._typing import Axes, Estimator


class SolverCurveDisplay:
    """Curves of solvers: their success over a size, or their residual over iterations.

    Use `from_records` or `from_estimator` to make one.

    Parameters
    ----------
    curves : dict of str to tuple of ndarray
        For every solver, three arrays of one length: positions, values, and standard
        errors, which may be NaN.
    xlabel, ylabel : str
        Names of positions and values.
    log : bool, default=False
        Whether values have a logarithmic axis.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes, after `plot`.
    figure_ : matplotlib Figure
        The figure, after `plot`.
    lines_ : dict of str to matplotlib Line2D
        The curves, after `plot`.

    Examples
    --------
    >>> from sklearn_symbreak.inspection import SolverCurveDisplay
    >>> records = [
    ...     {"solver": "flow", "measurements per unknown": 2, "success": False},
    ...     {"solver": "flow", "measurements per unknown": 2, "success": True},
    ...     {"solver": "flow", "measurements per unknown": 4, "success": True},
    ... ]
    >>> display = SolverCurveDisplay.from_records(records)
    >>> [values.tolist() for values in display.curves["flow"][:2]]
    [[2.0, 4.0], [0.5, 1.0]]
    """

    def __init__(
        self,
        curves: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]],
        *,
        xlabel: str,
        ylabel: str,
        log: bool = False,
    ) -> None:
        self.curves = curves
        self.xlabel = xlabel
        self.ylabel = ylabel
        self.log = log

    @classmethod
    def from_records(
        cls,
        records: Sequence[Mapping[str, Any]],
        *,
        x: str = "measurements per unknown",
        y: str = "success",
        ax: Axes | None = None,
    ) -> Self:
        """Plot means over trials, with their standard errors.

        Parameters
        ----------
        records : list of dict or data frame of pandas
            One for every trial, in any order: the name of the "solver", and numbers
            under the keys `x` and `y`.
        x, y : str, default="measurements per unknown" and "success"
            Keys of positions and values, and labels of the axes. A mean of bools is the
            share of successes.
        ax : matplotlib Axes, optional
            Where to plot; by default a new figure.

        Returns
        -------
        display : SolverCurveDisplay

        Raises
        ------
        ValueError
            If there are no records, or one lacks a key.
        """
        if hasattr(records, "to_dict"):
            records = records.to_dict("records")
        if not records:
            raise ValueError("records must hold a trial, got none.")
        trials: dict[str, Any] = {}
        for record in records:
            missing = [key for key in ("solver", x, y) if key not in record]
            if missing:
                raise ValueError(f"records must have the keys {missing}, got {record}.")
            found = trials.setdefault(record["solver"], {})
            found.setdefault(float(record[x]), []).append(float(record[y]))
        curves = {}
        for name, found in trials.items():
            positions = np.array(sorted(found))
            values = np.array([np.mean(found[position]) for position in positions])
            errors = np.array([_standard_error(found[at]) for at in positions])
            curves[name] = (positions, values, errors)
        return cls(curves, xlabel=x, ylabel=y).plot(ax=ax)

    @classmethod
    def from_estimator(
        cls,
        solver: Estimator | dict[str, Estimator],
        X: ArrayLike,
        *,
        ax: Axes | None = None,
    ) -> Self:
        """Solve and plot the residual after every iteration.

        Parameters
        ----------
        solver : solver or dict of str to solver
            A solver of :mod:`sklearn_symbreak.phase_retrieval`, or several by name.
        X : array-like of shape (n_samples, n_measurements)
            Measurements.
        ax : matplotlib Axes, optional
            Where to plot; by default a new figure.

        Returns
        -------
        display : SolverCurveDisplay

        Raises
        ------
        TypeError
            If a solver is none of these.
        """
        curves = {}
        for name, one in by_name(solver, type(solver).__name__).items():
            if not hasattr(one, "solve"):
                raise TypeError(
                    "solver must be a solver of phase_retrieval or a dictionary of "
                    f"them by name, got {one!r}."
                )
            one.predict(X)
            values = np.asarray(one.loss_curve_)
            nothing = np.full(len(values), np.nan)
            curves[name] = (np.arange(len(values)), values, nothing)
        labels = {"xlabel": "iterations", "ylabel": "residual, mean over samples"}
        return cls(curves, **labels, log=True).plot(ax=ax)

    def plot(self, *, ax: Axes | None = None) -> Self:
        """Plot one curve for every solver.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to plot; by default a new figure.

        Returns
        -------
        display : SolverCurveDisplay
            This one.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(figsize=(6.5, 4.0), layout="constrained")
        self.lines_ = {}
        markers = "osv^Dp"
        for k, (name, (x, values, errors)) in enumerate(self.curves.items()):
            # Iterations are too many for a marker each.
            style: dict[str, Any] = (
                {"marker": markers[k % len(markers)]} if len(x) <= 20 else {}
            )
            self.lines_[name] = ax.plot(x, values, label=name, **style)[0]
            if np.isfinite(errors).any():
                color = self.lines_[name].get_color()
                band: dict[str, Any] = {"color": color, "alpha": 0.15, "linewidth": 0}
                ax.fill_between(x, values - errors, values + errors, **band)
        if self.log:
            ax.set_yscale("log")
        ax.set(xlabel=self.xlabel, ylabel=self.ylabel)
        ax.grid(alpha=0.3)
        ax.legend()
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _standard_error(values):
    if len(values) < 2:
        return np.nan
    return np.std(values, ddof=1) / np.sqrt(len(values))
