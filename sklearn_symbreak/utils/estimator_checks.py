"""The law checks of `sklearn_symbreak.testing`, where scikit-learn has its own."""

import importlib
from collections.abc import Callable

_NAMES = ("check_forward_model", "check_symmetry_breaker", "check_symmetry_group")


def __getattr__(name: str) -> Callable[..., None]:
    # Looked up late: `testing` is built on this package.
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("sklearn_symbreak.testing"), name)


def __dir__() -> list[str]:
    return sorted(_NAMES)
