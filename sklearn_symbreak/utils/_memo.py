"""What is computed once for a group, as long as its parameters are the same objects."""

import weakref
from typing import Any

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
        What else it depends on.
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
