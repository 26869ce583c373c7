"""The scale that a product does not tell of its factors."""

from __future__ import annotations

from typing import Self

from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_symbreak.utils._array_api import get_namespace, norms
from sklearn_symbreak.utils._typing import Array
from sklearn_symbreak.utils._validation import check_signals


class FactorBalancer(  # type: ignore[call-arg]
    TransformerMixin, BaseEstimator, auto_wrap_output_keys=None
):
    """Give both factors of a signal the same norm, and keep their product.

    Blind deconvolution, and every other measurement that is linear in each of two
    factors, cannot tell (λ a, b / λ) from (a, b). Of all λ > 0 this takes the one with
    which both factors have the norm ``sqrt(‖a‖ ‖b‖)``. A scale is no isometry, so that
    it is fixed before the isometries are. Balance all targets once, before you split
    them: then scores compare like with like. As the first step of a pipeline of
    breakers it trains as well, but ``score(X, y)`` compares with `y` as it is given, so
    that unbalanced targets make a good model look bad.

    Attributes
    ----------
    n_features_in_ : int
        2, the length of the first signal axis.

    See Also
    --------
    sklearn_symbreak.groups.ConvolutionSymmetry : What else a convolution hides.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_symbreak.breaking import FactorBalancer
    >>> y = np.array([[[8.0, 0.0], [0.0, 2.0]]])
    >>> FactorBalancer().fit_transform(y)
    array([[[4., 0.],
            [0., 4.]]])
    """

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Check the shape; there is nothing to learn.

        Parameters
        ----------
        X : array-like of shape (n_samples, 2, ...)
            Signals of two factors, real or complex.
        y : None
            Ignored.

        Returns
        -------
        self : FactorBalancer

        Raises
        ------
        ValueError
            If signals are not finite, or do not have two factors.
        """
        self._check(X)
        validate_data(self, X, skip_check_array=True)
        return self

    def transform(self, X: ArrayLike) -> Array:
        """Balance every signal.

        Parameters
        ----------
        X : array-like of shape (n_samples, 2, ...)
            Signals of two factors.

        Returns
        -------
        balanced : array of the shape and dtype of `X`
            A signal with a factor that is zero stays as it is.

        Raises
        ------
        ValueError
            If signals are not finite, or do not have two factors.
        """
        check_is_fitted(self)
        X = self._check(X)
        xp, first, second = get_namespace(X), X[:, 0, ...], X[:, 1, ...]
        sizes = norms(first), norms(second)
        some = (sizes[0] > 0) & (sizes[1] > 0)
        one = xp.ones_like(sizes[0])
        # Roots before the quotient, which may overflow.
        roots = [xp.sqrt(xp.where(some, size, one)) for size in sizes]
        scale = xp.reshape(roots[1] / roots[0], (-1, *([1] * (first.ndim - 1))))
        return xp.stack([first * scale, second / scale], axis=1)

    def inverse_transform(self, X: ArrayLike) -> Array:
        """Return the signals as they are: a balanced signal is a solution, too.

        Parameters
        ----------
        X : array-like of shape (n_samples, 2, ...)
            Balanced signals.

        Returns
        -------
        X : array of shape (n_samples, 2, ...)
        """
        check_is_fitted(self)
        return check_signals(X, name="X", finite=False)

    inverse_transform.is_identity = True  # type: ignore[attr-defined]

    def _check(self, X):
        X = check_signals(X, name="X")
        if X.ndim < 3 or X.shape[1] != 2:
            raise ValueError(
                "X must hold two factors, signals of shape (2, ...), got shape "
                f"{tuple(X.shape)}."
            )
        return X

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        return tags
