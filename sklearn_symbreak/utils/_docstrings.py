"""Parts of docstrings that several classes or functions share."""

from collections.abc import Callable
from typing import TypeVar

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
