"""A forward model that is learned from pairs of signals and measurements."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from sklearn_symbreak.forward._base import ForwardModel
from sklearn_symbreak.groups import SymmetryGroup
from sklearn_symbreak.groups._embeddings import has_embedding, scale_of
from sklearn_symbreak.utils._array_api import expand, magnitude, to_numpy
from sklearn_symbreak.utils._decorators import all_or_nothing
from sklearn_symbreak.utils._typing import Estimator, Shape
from sklearn_symbreak.utils._validation import (
    check_acts_on,
    check_group,
    check_measurements,
    check_same_length,
    check_signals,
)


class LearnedForward(ForwardModel):
    """Regress measurements on invariants of the signals.

    Where the measurement is not known as a formula, pairs of signals and measurements
    tell it. A regressor of what the group leaves invariant has the symmetry built in;
    for phase retrieval the measurement is linear in the invariants ``x xᴴ``, so that
    linear regression finds it exactly.

    Parameters
    ----------
    group : SymmetryGroup
        The symmetry of the measurement. If it has an embedding, that is what the
        regressor sees; otherwise its canonical representatives.
    regressor : estimator, optional
        Regressor of the measurements, by default `LinearRegression` of standardized
        invariants. It is cloned.

    Attributes
    ----------
    regressor_ : estimator
        The fitted regressor.
    signal_shape : tuple of int
        Shape of one signal, after `fit`.
    n_measurements : int
        Number of measurements, after `fit`.
    complex_valued : bool
        Whether signals are complex, after `fit`.
    symmetry : SymmetryGroup
        The group.

    See Also
    --------
    sklearn_symbreak.compose.RefinedRegressor : Refines predictions by such a model.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
    >>> from sklearn_symbreak.forward import LearnedForward
    >>> from sklearn_symbreak.groups import SignFlip
    >>> X, y = make_gaussian_phase_retrieval(200, 4, random_state=0)
    >>> forward = LearnedForward(SignFlip()).fit(y[:150], X[:150])
    >>> bool(np.allclose(forward(y[150:]), X[150:]))
    True
    """

    def __init__(
        self, group: SymmetryGroup, regressor: Estimator | None = None
    ) -> None:
        self.group = group
        self.regressor = regressor

    @all_or_nothing
    def fit(self, y: ArrayLike, X: ArrayLike) -> Self:
        """Learn the measurement.

        Parameters
        ----------
        y : array-like of shape (n_samples, *signal_shape)
            Signals, the inputs of the model.
        X : array-like of shape (n_samples, n_measurements)
            Measurements, its outputs.

        Returns
        -------
        self : LearnedForward

        Raises
        ------
        ValueError
            If y or X is not finite, or has another length or a shape that does not fit
            the group.
        TypeError
            If `group` is not a symmetry group.
        """
        check_group(self.group)
        y = to_numpy(check_signals(y, name="y", scalars=False))
        check_acts_on(self.group, y, "y")
        X = check_measurements(X, allow_nan=True)
        if np.isnan(X).any():
            raise ValueError(
                "X must not hold NaN for a learned forward model, got "
                f"{np.isnan(X).sum()} of {X.size}: leave out columns that are never "
                "measured, and impute what is missing here and there."
            )
        check_same_length(y=y, X=X)
        self._group, self._signal_shape = clone(self.group), y.shape[1:]
        self._n_measurements, self._complex = X.shape[1], y.dtype.kind == "c"
        self._embeds = has_embedding(self._group, y / scale_of(y))
        self._scale = np.asarray(scale_of(y))
        if self._embeds:
            # A group of one's own need not commute with a change of units.
            scales = self._group._embedding_scales(y)
            self._scale = np.ones(()) if scales is None else scales[0]
        self.regressor_ = self._make_regressor().fit(self._invariants(y), X)
        return self

    def _make_regressor(self):
        if self.regressor is not None:
            return clone(self.regressor)
        # Linear models take as long to import as this package does.
        from sklearn.linear_model import LinearRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        # What is small beside the rest, linear regression takes for rounding.
        return make_pipeline(StandardScaler(), LinearRegression())

    @property
    def signal_shape(self) -> Shape:
        """Shape of one signal."""
        check_is_fitted(self)
        return self._signal_shape

    @property
    def n_measurements(self) -> int:
        """Number of real measurements of one signal."""
        check_is_fitted(self)
        return self._n_measurements

    @property
    def complex_valued(self) -> bool:
        """Whether signals are complex."""
        check_is_fitted(self)
        return self._complex

    @property
    def symmetry(self) -> SymmetryGroup:
        """Group that leaves the measurement unchanged."""
        return self.group

    def _invariants(self, y):
        scale = self._scale.astype(y.real.dtype)
        if self._embeds:
            return self._group.embed(y / scale)
        flat = (self._group.representatives(y) / scale).reshape(len(y), -1)
        parts = [flat.real, flat.imag] if self._complex else [flat]
        return np.concatenate(parts, axis=1)

    def _measure(self, x):
        if self._complex and x.dtype.kind != "c":
            x = x + 0j
        measured = self.regressor_.predict(self._invariants(x))
        return np.reshape(measured, (len(x), -1)).astype(x.real.dtype, copy=False)

    def _check_signals(self, x):
        if not isinstance(x, np.ndarray) and hasattr(x, "layout"):
            raise TypeError(
                "x must be a numpy array for a learned model, got a torch tensor."
            )
        kind = None if self.complex_valued else "real"
        return check_signals(x, name="x", signal_shape=self.signal_shape, dtype=kind)

    def _push_forward(self, x, d):
        # Central differences, which are exact for what is of second degree.
        step = np.finfo(x.dtype).eps ** (1 / 3) * magnitude(x) / magnitude(d)
        move = expand(step.astype(x.real.dtype), x) * d
        difference = self._measure(x + move) - self._measure(x - move)
        return difference / (2 * step[:, None]).astype(x.real.dtype)

    def _pull_back(self, x, v):
        gradient = np.empty(x.shape, x.dtype)
        flat = gradient.reshape(len(x), -1)
        for k, unit in enumerate(np.eye(flat.shape[1], dtype=x.dtype)):
            direction = np.broadcast_to(unit.reshape(x.shape[1:]), x.shape)
            flat[:, k] = np.sum(v * self._push_forward(x, direction), axis=1)
            if x.dtype.kind == "c":
                slope = self._push_forward(x, 1j * direction)
                flat[:, k] += 1j * np.sum(v * slope, axis=1)
        return gradient

    def __sklearn_is_fitted__(self):
        return hasattr(self, "regressor_")
