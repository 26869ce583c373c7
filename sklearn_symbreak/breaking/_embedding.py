"""Targets that determine an orbit without choosing a member of it."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_symbreak.groups import SymmetryGroup
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    expand,
    get_namespace,
    is_complex,
    real_dtype,
)
from sklearn_symbreak.utils._decorators import all_or_nothing
from sklearn_symbreak.utils._typing import Array
from sklearn_symbreak.utils._validation import (
    check_acts_on,
    check_group,
    check_signals,
)


class OrbitEmbedding(TransformerMixin, BaseEstimator):
    """Replace every signal by invariants that determine its orbit.

    A representative jumps at a seam, whatever the template, and that is where a
    regressor of representatives errs most. Invariants such as ``x xᵀ`` for the sign do
    not jump: the regressor learns a continuous function, and `inverse_transform` finds
    the signal, up to the symmetry, whose invariants are nearest to its prediction.

    Parameters
    ----------
    group : SymmetryGroup
        A symmetry that has an embedding: the sign and the global phase, rotations and
        rigid motions of points (with reflections, in the plane, or about an axis),
        permutations of scalars, turns of a k-fold axis in the plane; and these item by
        item (`Itemwise`) or in blocks (`BlockSymmetry`). Others need a template, see
        `SymmetryBreaker`.

    Attributes
    ----------
    group_ : SymmetryGroup
        The symmetry.
    signal_shape_ : tuple of int
        Shape of one signal.
    n_features_in_ : int
        Length of the first signal axis.

    See Also
    --------
    SymmetryBreaker : Representatives instead of invariants, for any group.

    Notes
    -----
    For n entries, ``x xᵀ`` has n (n + 1) / 2 different entries and ``x xᴴ`` has n²
    real ones: meant for tens of entries, not for images. Invariants are of second
    degree, or of degree n for permutations. They are those of signals divided by
    their scale, times this scale: they have the unit of the signals, and weigh alike in
    metres and in millimetres. The scale is the root mean square of the entries in
    `fit`, of every block of a `BlockSymmetry` its own. Groups of one's own with `embed`
    get the signals unscaled.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.breaking import OrbitEmbedding
    >>> from sklearn_symbreak.groups import SignFlip
    >>> y = np.array([[2.0, -2.0], [-2.0, 2.0]])
    >>> embedding = OrbitEmbedding(SignFlip()).fit(y)
    >>> embedding.transform(y).round(3)
    array([[ 2.   ,  2.   , -2.828],
           [ 2.   ,  2.   , -2.828]])
    >>> np.abs(embedding.inverse_transform(embedding.transform(y))).round(6)
    array([[2., 2.],
           [2., 2.]])
    """

    def __init__(self, group: SymmetryGroup) -> None:
        self.group = group

    @all_or_nothing
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Check that the group has an embedding of such signals, and learn their scale.

        Parameters
        ----------
        X : array-like of shape (n_samples, *signal_shape)
            Signals, real or complex.
        y : None
            Ignored.

        Returns
        -------
        self : OrbitEmbedding

        Raises
        ------
        ValueError
            If the signals are not finite or do not fit the group, or the group has no
            embedding of them.
        TypeError
            If the group is not a symmetry group.
        """
        check_group(self.group)
        signals = check_signals(X, name="X", scalars=False)
        validate_data(self, X, skip_check_array=True)
        check_acts_on(self.group, signals, "X")
        self.group_ = clone(self.group)
        self.signal_shape_ = tuple(signals.shape[1:])
        # By name, for arrays of any library.
        self._dtype = str(signals.dtype).removeprefix("torch.")
        try:
            self._scales = self.group_._embedding_scales(signals)
            embedded = self._embed(signals[:1, ...])
            self._unembed(embedded)
        except NotImplementedError as error:
            raise ValueError(f"group must have an embedding: {error}") from error
        self._n_invariants = embedded.shape[1]
        return self

    def transform(self, X: ArrayLike) -> Array:
        """Invariants of the signals.

        Parameters
        ----------
        X : array-like of shape (n_samples, *signal_shape)
            Signals.

        Returns
        -------
        z : array of shape (n_samples, n_invariants)
            Real.
        """
        check_is_fitted(self)
        signals = check_signals(X, name="X", scalars=False, finite=False)
        validate_data(self, X, reset=False, skip_check_array=True)
        signals = check_signals(signals, name="X", signal_shape=self.signal_shape_)
        if is_complex(signals) and not self._is_complex:
            raise ValueError(f"X must be real, as in fit, got dtype {signals.dtype}.")
        if self._is_complex and not is_complex(signals):
            signals = signals + 0j
        return self._embed(signals)

    def inverse_transform(self, X: ArrayLike) -> Array:
        """Signals whose invariants are nearest to the given ones.

        Of real scalars up to their order, they are nearly the nearest: the real parts
        of the polynomial's roots.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_invariants)
            Invariants, or predictions of them. A row that is not finite gives a signal
            of NaN: errors count it as failed.

        Returns
        -------
        signals : array of shape (n_samples, *signal_shape)
            In the dtype of the signals in `fit`.
        """
        check_is_fitted(self)
        z = check_signals(
            X,
            name="X",
            signal_shape=(self._n_invariants,),
            dtype="real",
            finite=False,
        )
        xp = get_namespace(z)
        failed = ~xp.all(xp.isfinite(z), axis=1)
        z = xp.where(failed[:, None], xp.zeros_like(z), z)
        signals = xp.astype(self._unembed(z), getattr(xp, self._dtype), copy=False)
        return xp.where(expand(failed, signals), np.nan * signals, signals)

    def _embed(self, signals):
        entries, invariants = self._scales_like(signals)
        return self.group_.embed(signals / entries) * invariants

    def _unembed(self, z):
        entries, invariants = self._scales_like(z)
        return entries * self.group_.unembed(
            z / invariants, self.signal_shape_, complex_valued=self._is_complex
        )

    def _scales_like(self, x):
        scales = self._scales or (np.ones(()), np.ones(()))
        return [asarray_like(scale, x, real_dtype(x)) for scale in scales]

    @property
    def _is_complex(self):
        return self._dtype.startswith("complex")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
