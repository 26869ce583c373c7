"""Shared docstrings, the state of a refused fit, and results that are remembered."""

import functools
import weakref
from collections.abc import Callable
from typing import Any, TypeVar, cast

Documented = TypeVar("Documented")


def share_docs(**parts: str) -> Callable[[Documented], Documented]:
    """Decorate a class or function: lines ``{name}`` of its docstring become the part.

    Parameters
    ----------
    **parts : str
        Text of each part, indented as the docstring is.

    Returns
    -------
    decorate : callable
    """

    def decorate(documented: Documented) -> Documented:
        # With python -OO there are no docstrings.
        if documented.__doc__ is not None:
            for name, part in parts.items():
                line = f"    {{{name}}}\n"
                documented.__doc__ = documented.__doc__.replace(line, part)
        return documented

    return decorate


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


# Beside the groups, and not in them: estimators compare, copy and hash what they hold.
_KNOWN: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


def remembered(group, parameters, key, compute):
    """``compute()``, or its result for the same group, parameters and key.

    Parameters
    ----------
    group : SymmetryGroup
    parameters : list
        The objects that the result depends on.
    key : hashable
        Other things that it depends on.
    compute : callable
        Errors are not remembered.
    """
    known = _KNOWN.get(group)
    if (
        known is None
        or len(known[0]) != len(parameters)
        or any(a is not b for a, b in zip(known[0], parameters, strict=True))
    ):
        known = _KNOWN[group] = (parameters, {})
    if key not in known[1]:
        known[1][key] = compute()
    return known[1][key]
