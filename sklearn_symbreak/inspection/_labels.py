"""Labels of parameters and estimators."""

from numbers import Real


def short(thing):
    """A name in one line: of a string itself, of numbers few digits."""
    if isinstance(thing, str):
        return thing
    if isinstance(thing, Real) and not isinstance(thing, bool):
        return f"{thing:.4g}"
    text = " ".join(repr(thing).split())
    return text if len(text) <= 48 else text[:45] + "..."
