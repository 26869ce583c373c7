"""The interface of a forward model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from sklearn_symbreak.groups import SymmetryGroup
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    get_namespace,
    is_complex,
    real_dtype,
)
from sklearn_symbreak.utils._typing import Array
from sklearn_symbreak.utils._validation import check_signals


class ForwardModel(BaseEstimator, ABC):
    """A measurement of signals: called on a batch `x`, it returns `f(x)`.

    A subclass provides the attributes `signal_shape`, `n_measurements` and
    `symmetry` and computes on checked arrays in `_measure` and `_pull_back`. It
    works alike on numpy arrays and torch tensors; on tensors the call is
    differentiable by autograd.

    Attributes
    ----------
    signal_shape : tuple of int
        Shape of one signal.
    n_measurements : int
        Number of real measurements of one signal.
    symmetry : SymmetryGroup
        A group of maps of the signal that leave the measurement unchanged.
    complex_valued : bool or None
        Whether signals are complex. None, the default, where the symmetry tells: a
        global phase, or a group that acts on complex signals only, means that they are.

    Examples
    --------
    The squared norm, which no rotation of a point set changes:

    >>> import numpy as np
    >>> from sklearn_symbreak.forward import ForwardModel
    >>> from sklearn_symbreak.groups import Rotation
    >>> from sklearn_symbreak.testing import check_forward_model
    >>> class SquaredNorm(ForwardModel):
    ...     signal_shape = (4, 3)
    ...     n_measurements = 1
    ...     symmetry = Rotation()
    ...
    ...     def _measure(self, x):
    ...         return (x**2).sum(axis=(1, 2))[:, None]
    ...
    ...     def _pull_back(self, x, v):
    ...         return 2 * x * v[:, :, None]
    >>> check_forward_model(SquaredNorm())
    """

    # Any, so that a subclass may set it or make a property of it.
    complex_valued: Any = None

    @property
    @abstractmethod
    def n_measurements(self) -> int:
        """Number of real measurements of one signal."""

    @property
    @abstractmethod
    def symmetry(self) -> SymmetryGroup:
        """Group that leaves the measurement unchanged."""

    def __call__(self, x: Array) -> Array:
        """Measure a batch of signals.

        Parameters
        ----------
        x : array of shape (n_samples, *signal_shape)
            Signals. Integers become float64.

        Returns
        -------
        X : array of shape (n_samples, n_measurements)
            Real measurements in the precision of `x`.

        Raises
        ------
        ValueError
            If `x` is empty, of another shape, not finite, or complex where the
            model takes real signals.
        """
        return self._measure(self._check_signals(x))

    def vjp(self, x: Array, v: Array) -> Array:
        r"""Vector-Jacobian product: gradient of :math:`\langle v, f(x)\rangle`.

        With :math:`\phi(x) = \sum_j v_j f_j(x)` it is
        :math:`\partial\phi/\partial x` for real `x`, and
        :math:`\partial\phi/\partial\operatorname{Re} x
        + i\,\partial\phi/\partial\operatorname{Im} x` for complex `x`. In both
        cases :math:`\frac{d}{dt}\phi(x + t d)|_{t=0} =
        \operatorname{Re}\langle\mathrm{vjp}(x, v), d\rangle`, where
        :math:`\langle a, b\rangle = \sum_k \bar a_k b_k`, so that minus the
        result is the direction of steepest descent. Autograd in torch has the
        same convention.

        Parameters
        ----------
        x : array of shape (n_samples, *signal_shape)
            Where to differentiate.
        v : array of shape (n_samples, n_measurements)
            Real weights of the measurements, of the same library as `x`.

        Returns
        -------
        gradient : array of the shape and dtype of `x`
            One gradient per sample; integers in `x` count as float64.

        Raises
        ------
        ValueError
            If `x` is not a valid batch of signals, or `v` is not real, not
            finite, or not of shape (n_samples, n_measurements).
        TypeError
            If `x` and `v` belong to different array libraries.
        """
        x = self._check_signals(x)
        v = check_signals(
            v, name="v", signal_shape=(self.n_measurements,), dtype="real"
        )
        xp = _check_pair(x, v, "v")
        return self._pull_back(x, xp.astype(v, real_dtype(x), copy=False))

    def jvp(self, x: Array, d: Array) -> Array:
        r"""Jacobian-vector product: derivative of :math:`f` along a direction.

        It is :math:`\frac{d}{dt} f(x + t d)|_{t=0}`, the transpose of `vjp`:
        :math:`\langle v, \mathrm{jvp}(x, d)\rangle = \operatorname{Re}
        \langle\mathrm{vjp}(x, v), d\rangle`.

        Parameters
        ----------
        x : array of shape (n_samples, *signal_shape)
            Where to differentiate.
        d : array of shape (n_samples, *signal_shape)
            Directions, of the same library as `x`; real ones for real `x`.

        Returns
        -------
        derivative : array of shape (n_samples, n_measurements)
            Real, in the precision of `x`.

        Raises
        ------
        ValueError
            If `x` or `d` is not a valid batch of signals, or `d` is complex where `x`
            is real.
        TypeError
            If `x` and `d` belong to different array libraries.
        """
        x = self._check_signals(x)
        d = check_signals(
            d,
            name="d",
            signal_shape=tuple(x.shape[1:]),
            dtype=None if is_complex(x) else "real",
        )
        xp = _check_pair(x, d, "d")
        return self._push_forward(x, xp.astype(d, x.dtype, copy=False))

    def _check_signals(self, x):
        return check_signals(x, name="x", signal_shape=self.signal_shape)

    @abstractmethod
    def _measure(self, x):
        """Measurements of checked signals, without in-place operations."""

    @abstractmethod
    def _pull_back(self, x, v):
        """Gradient for checked signals and real weights of their precision."""

    def _push_forward(self, x, d):
        """Derivative for checked signals along directions of their dtype.

        By default from the gradient of every measurement; a subclass gives it directly.
        """
        xp, slopes = get_namespace(x), []
        for unit in np.eye(self.n_measurements):
            weights = xp.broadcast_to(
                asarray_like(unit, x, real_dtype(x)), (x.shape[0], len(unit))
            )
            gradient = self._pull_back(x, weights)
            if is_complex(x):
                products = xp.real(xp.conj(gradient) * d)
            else:
                products = gradient * d
            slopes.append(xp.sum(xp.reshape(products, (x.shape[0], -1)), axis=1))
        return xp.stack(slopes, axis=1)


def _check_pair(x, other, name):
    """The array library of signals and of what goes with them."""
    if other.shape[0] != x.shape[0]:
        raise ValueError(
            f"{name} must have one row per sample of x, which has {x.shape[0]}, got "
            f"shape {tuple(other.shape)}."
        )
    xp = get_namespace(x)
    if get_namespace(other) is not xp:
        raise TypeError(
            f"{name} must belong to the array library of x, got "
            f"{type(other).__module__}.{type(other).__name__} for {name} and "
            f"{type(x).__module__}.{type(x).__name__} for x."
        )
    return xp


def check_precision(dtype):
    """Return the numpy dtype float32 or float64 that `dtype` denotes."""
    # numpy reads None as float64, which would hide a forgotten value.
    if dtype is not None:
        with suppress(TypeError):
            if np.dtype(dtype) in (np.float32, np.float64):
                return np.dtype(dtype)
    raise ValueError(
        "dtype must be float32 or float64 (complex signals take the complex dtype of "
        f"this precision), got {dtype!r}."
    )
