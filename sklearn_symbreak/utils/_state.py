"""Fitted state that is all or nothing."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

Fit = TypeVar("Fit", bound=Callable[..., Any])


def all_or_nothing(fit: Fit) -> Fit:
    """Decorate a `fit` so that one that does not end leaves the estimator as it was.

    Whatever ends it early, a refusal, a failure or an interrupt, the attributes are
    those of before: a former fit stays, and without one the estimator is not fitted.
    Objects that a former fit has left must not be changed in place.
    """

    @functools.wraps(fit)
    def fit_or_restore(self, *args, **kwargs):
        before = vars(self).copy()
        try:
            return fit(self, *args, **kwargs)
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise

    return cast(Fit, fit_or_restore)
