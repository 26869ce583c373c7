"""The transformer that keeps one representative of every orbit."""

from __future__ import annotations

import numbers
import warnings
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_symbreak.breaking._templates import (
    check_templates,
    refuse_fixed_templates,
)
from sklearn_symbreak.groups import SymmetryGroup
from sklearn_symbreak.utils._array_api import (
    asarray_like,
    constant,
    get_namespace,
    is_complex,
    norms,
    real_dtype,
)
from sklearn_symbreak.utils._decorators import all_or_nothing
from sklearn_symbreak.utils._sklearn import check_sample_weight
from sklearn_symbreak.utils._typing import Array, Element
from sklearn_symbreak.utils._validation import (
    check_acts_on,
    check_group,
    check_nonnegative,
    check_signals,
)


class SymmetryBreaker(  # type: ignore[call-arg]
    TransformerMixin, BaseEstimator, auto_wrap_output_keys=None
):
    """Replace every signal by the member of its orbit closest to a template.

    The kept set ``{x : Re⟨w, x⟩ ≥ Re⟨w, g·x⟩ for all g}`` is a convex cone (of centred
    points, for rigid motions), so it is connected; every orbit reaches it; and two
    members of one orbit lie in it only where they tie. Ties are settled by the next
    template of an ordered list and at last by the signals' own entries, so that no
    nonzero signal is left unbroken. A zero signal is its own orbit and stays as it is.

    Parameters
    ----------
    group : SymmetryGroup
        The symmetry of the measurement.
    template : {"canonical", "mean"}, array-like of shape signal_shape, or list of \
            arrays, default="canonical"
        Signals to align to:

        - "canonical": the group's own rule, such as ``x_n > 0`` for the sign, or a
          fixed generic template where it has none;
        - "mean": the mean of the training signals up to the symmetry, which moves the
          seam of the cut away from the data;
        - an array: this signal;
        - a list of arrays: each decides where the ones before it tie.
    max_iter : int, default=100
        Largest number of averages for "mean".
    tol : float, default=1e-4
        "mean" stops when an average explains no more than this fraction of the signals'
        mean square beyond what the one before it did, see `SymmetryGroup.mean`.

    Attributes
    ----------
    group_ : SymmetryGroup
        The symmetry that is broken, a copy of `group`.
    template_ : ndarray of shape signal_shape or None
        The first template; None where the group has a canonical rule without one.
    templates_ : list of ndarray of shape signal_shape
        All templates in order of precedence.
    n_iter_ : int
        Number of passes over the signals: of averages for "mean", otherwise 1.
    signal_shape_ : tuple of int
        Shape of one signal.
    n_features_in_ : int
        Length of the first signal axis.

    See Also
    --------
    SymmetryBreakingRegressor : Breaks the symmetry of the targets of a regressor.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak import SymmetryBreaker
    >>> from sklearn_symbreak.groups import SignFlip
    >>> y = np.array([[1.0, -2.0], [0.5, 3.0]])
    >>> breaker = SymmetryBreaker(SignFlip()).fit(y)
    >>> breaker.transform(y)
    array([[-1. ,  2. ],
           [ 0.5,  3. ]])
    >>> breaker.contains(y)
    array([False,  True])
    """

    def __init__(
        self,
        group: SymmetryGroup,
        template: Literal["canonical", "mean"]
        | ArrayLike
        | list[ArrayLike] = "canonical",
        *,
        max_iter: int = 100,
        tol: float = 1e-4,
    ) -> None:
        self.group = group
        self.template = template
        self.max_iter = max_iter
        self.tol = tol

    @all_or_nothing
    def fit(
        self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Find the template.

        Parameters
        ----------
        X : array-like of shape (n_samples, *signal_shape)
            Signals, real or complex.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), optional
            Weights in the mean, not negative; other templates ignore them.

        Returns
        -------
        self : SymmetryBreaker

        Warns
        -----
        ConvergenceWarning
            If "mean" takes `max_iter` averages.

        Raises
        ------
        ValueError
            If the signals are not finite or do not fit the group, if the template
            is unknown, zero, of another shape, or fixed by the group, or if `max_iter`
            or `tol` is out of its range.
        TypeError
            If the group is not a symmetry group, or another parameter is of the wrong
            type.
        """
        check_group(self.group)
        check_scalar(self.max_iter, "max_iter", numbers.Integral, min_val=1)
        check_nonnegative(self.tol, "tol")
        signals = check_signals(X, name="X", scalars=False)
        validate_data(self, X, skip_check_array=True)
        # What is learned keeps no gradient.
        X = constant(signals)
        self.group_ = clone(self.group)
        check_acts_on(self.group_, X, "X")
        if sample_weight is not None:
            sample_weight = check_sample_weight(
                sample_weight, X, dtype=np.float64, ensure_non_negative=True
            )
            # Older releases of scikit-learn let all-zero weights pass.
            if not sample_weight.any():
                raise ValueError("sample_weight must hold a non-zero number.")
        self.signal_shape_ = tuple(X.shape[1:])
        self.n_iter_ = 1
        named = isinstance(self.template, str)
        self._is_canonical = named and self.template == "canonical"
        if named:
            self._fit_named_template(X, sample_weight)
        else:
            self.templates_ = check_templates(self.template, self.group_, X)
        self.template_ = self.templates_[0] if self.templates_ else None
        return self

    def _fit_named_template(self, X, sample_weight):
        if self._is_canonical:
            # The rule itself may be more than these templates; it also checks shapes.
            self.group_.canonicalize(X[:1, ...])
            self.templates_ = [
                asarray_like(template, X, X.dtype)
                for template in self._canonical_templates(X)
            ]
            if not self._needs_rule(X):
                refuse_fixed_templates(
                    self.templates_, self.group_, X, "the canonical template"
                )
            return
        if self.template != "mean":
            raise ValueError(
                "template must be 'canonical', 'mean', an array of shape "
                f"{self.signal_shape_} or a list of such arrays, got "
                f"{self.template!r}."
            )
        mean, self.n_iter_ = self.group_.mean(
            X, sample_weight=sample_weight, max_iter=self.max_iter, tol=self.tol
        )
        if self.n_iter_ == self.max_iter:
            warnings.warn(
                f"template='mean' has not converged in max_iter={self.max_iter} "
                f"averages to tol={self.tol}. The last one breaks the symmetry, too; "
                "increase max_iter or tol for one that is settled.",
                ConvergenceWarning,
                stacklevel=4,
            )
        self.templates_ = [mean]
        if not bool(get_namespace(mean).any(mean != 0)):
            raise ValueError(
                "template='mean' needs signals whose mean up to the symmetry is not "
                "zero, to which every signal would tie; X holds zeros or cancels out."
            )
        refuse_fixed_templates(
            self.templates_, self.group_, X, "the mean template of X"
        )

    def canonicalize(self, X: ArrayLike) -> tuple[Array, Element]:
        """Representatives and the group elements that lead to them.

        Parameters
        ----------
        X : array-like of shape (n_samples, *signal_shape)
            Signals.

        Returns
        -------
        representative : array of shape (n_samples, *signal_shape)
            ``group_.act(element, X)``, in the dtype of X.
        element : array of shape (n_samples, ...) or tuple of such arrays
        """
        X = self._check(X, finite=False)
        try:
            if self._needs_rule(X):
                return self.group_.canonicalize(X)
            return self.group_.align(X, self._reference)
        except ValueError:
            check_signals(X, name="X")  # What is not finite is named X here.
            raise

    def transform(self, X: ArrayLike) -> Array:
        """Representatives of the orbits of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, *signal_shape)
            Signals.

        Returns
        -------
        representative : array of shape (n_samples, *signal_shape)
        """
        X = self._check(X, finite=False)
        try:
            return self.group_.representatives(
                X, None if self._needs_rule(X) else self._reference
            )
        except ValueError:
            check_signals(X, name="X")  # What is not finite is named X here.
            raise

    def inverse_transform(self, X: ArrayLike) -> Array:
        """Return X: a representative is a signal.

        Parameters
        ----------
        X : array-like of shape (n_samples, *signal_shape)
            Representatives, or predictions of them.

        Returns
        -------
        X : array of shape (n_samples, *signal_shape)
            Predictions that are not finite stay so: errors count them as failed.
        """
        return self._check(X, finite=False)

    inverse_transform.is_identity = True  # type: ignore[attr-defined]

    def contains(self, X: ArrayLike) -> Array:
        """Which signals are representatives already.

        Parameters
        ----------
        X : array-like of shape (n_samples, *signal_shape)
            Signals.

        Returns
        -------
        contained : bool array of shape (n_samples,)
            Whether `transform` leaves a signal where it is, up to a distance of
            ``2 √ε`` of its norm, with the rounding ε of its dtype.
        """
        X = self._check(X)
        limit = 2 * get_namespace(X).finfo(real_dtype(X)).eps ** 0.5
        return norms(self.transform(X) - X) <= limit * norms(X)

    def margin(self, X: ArrayLike) -> Array:
        """Distance of every signal from the seam of the cut.

        Parameters
        ----------
        X : array-like of shape (n_samples, *signal_shape)
            Signals.

        Returns
        -------
        margin : array of shape (n_samples,)
            0 on the seam, where the representative jumps; 1 at the template.
        """
        X = self._check(X)
        if self._is_canonical:
            return self.group_.canonical_margin(X)
        return self.group_.margin(X, self._reference)

    def _canonical_templates(self, X):
        generic = SymmetryGroup.canonical_templates
        if self._has_rule and type(self.group_).canonical_templates is generic:
            # The rule needs none.
            return []
        return self.group_.canonical_templates(
            self.signal_shape_, complex_valued=is_complex(X)
        )

    def _needs_rule(self, X):
        """Whether the group's canonical rule is more than the templates in hand."""
        if not self._is_canonical:
            return False
        # Complex signals may have other templates than the real ones of `fit`.
        return self._has_rule or self.templates_[0].dtype != X.dtype

    @property
    def _has_rule(self):
        own = getattr(type(self.group_), "canonicalize", None)
        return own is not SymmetryGroup.canonicalize

    @property
    def _reference(self):
        # A group need not know about lists unless it is given one.
        return self.templates_[0] if len(self.templates_) == 1 else self.templates_

    def _check(self, X, finite=True):
        if not hasattr(self, "templates_"):
            check_is_fitted(self)
        signals = check_signals(X, name="X", scalars=False, finite=False)
        plain = type(X) is np.ndarray and not hasattr(self, "feature_names_in_")
        if not plain or X.shape[1:] != self.signal_shape_:
            # Names and numbers of features, in the words of scikit-learn.
            validate_data(self, X, reset=False, skip_check_array=True)
        if not (is_complex(signals) or self._is_canonical):
            complex_templates = [t.dtype for t in self.templates_ if is_complex(t)]
            if complex_templates:
                raise ValueError(
                    "X must be complex, as the templates are, got dtype "
                    f"{signals.dtype}; fit on real signals for a real template."
                )
        if finite or signals.shape[1:] != self.signal_shape_:
            check_signals(signals, name="X", signal_shape=self.signal_shape_)
        return signals

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = [
            "float64",
            "float32",
            "complex64",
            "complex128",
        ]
        return tags
