"""Type hints of public names, whose types `make lint` checks with mypy."""

import importlib
import inspect
import pkgutil
from importlib import resources

import pytest

import sklearn_symbreak

SPECIAL = ("__init__", "__call__", "__mul__", "__str__")


def public_names():
    """Pairs (where it stands, public name) of all public functions and classes."""
    packages = ["sklearn_symbreak", "sklearn_symbreak.utils.estimator_checks"] + [
        f"sklearn_symbreak.{module.name}"
        for module in pkgutil.iter_modules(sklearn_symbreak.__path__)
        if module.ispkg
    ]
    for package in packages:
        module = importlib.import_module(package)
        for name in getattr(module, "__all__", dir(module)):
            thing = getattr(module, name)
            if inspect.isclass(thing) or inspect.isfunction(thing):
                yield f"{package}.{name}", thing


def functions(thing):
    """A function; or the public methods of a class that this package defines."""
    if not inspect.isclass(thing):
        yield thing
        return
    for name in dir(thing):
        if name.startswith("_") and name not in SPECIAL:
            continue
        member = inspect.getattr_static(thing, name)
        for attribute in ("__func__", "fget", "func"):
            member = getattr(member, attribute, member)
        if inspect.isfunction(member):
            member = inspect.unwrap(member)
            if member.__module__.startswith("sklearn_symbreak"):
                yield member


def missing(function):
    """Parameters, and the return value, without a hint."""
    signature = inspect.signature(function)
    for name, parameter in signature.parameters.items():
        if name not in ("self", "cls") and parameter.annotation is parameter.empty:
            yield f"{function.__qualname__}: {name}"
    if signature.return_annotation is signature.empty:
        yield f"{function.__qualname__}: returned value"


PUBLIC = dict(public_names())


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_have_type_hints(name):
    assert not [
        gap for function in functions(PUBLIC[name]) for gap in missing(function)
    ]


def test_hints_are_looked_for():
    def hinted(x: int) -> int:
        return x

    def unhinted(x: int, y=2):
        return x

    assert not [*missing(hinted)]
    assert len([*missing(unhinted)]) == 2
    assert len([*functions(PUBLIC["sklearn_symbreak.SymmetryBreaker"])]) == 7


def test_checkers_find_the_hints():
    assert resources.files("sklearn_symbreak").joinpath("py.typed").is_file()
