"""The package as a whole: imports, names, docstrings, type hints."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import tomllib
from importlib import resources
from pathlib import Path

import pytest

import sklearn_symbreak

SOURCE = Path(sklearn_symbreak.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
SUBPACKAGES = ["sklearn_symbreak"] + [
    f"sklearn_symbreak.{module.name}"
    for module in pkgutil.iter_modules([str(SOURCE)])
    if module.ispkg and not module.name.startswith("_")
]
HEAVY = ("torch", "skorch", "matplotlib", "pooch", "tqdm")


def relative(path):
    return path.relative_to(SOURCE).as_posix()


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def public_objects():
    for name in [*SUBPACKAGES, "sklearn_symbreak.utils.estimator_checks"]:
        module = importlib.import_module(name)
        for attribute in getattr(module, "__all__", []):
            thing = getattr(module, attribute)
            if inspect.isclass(thing) or inspect.isfunction(thing):
                yield pytest.param(thing, id=f"{name}.{attribute}")


PUBLIC_OBJECTS = [*public_objects()]


def imports(tree):
    """Pairs (module, name) of all imports below a node; name is None for `import`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, None
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.module or "", alias.name


def module_level(path):
    """The file without the bodies of its functions, which do not run at import."""

    class WithoutFunctions(ast.NodeTransformer):
        def visit_FunctionDef(self, node):
            return None

        visit_AsyncFunctionDef = visit_FunctionDef

    return WithoutFunctions().visit(parse(path))


def test_version():
    assert isinstance(sklearn_symbreak.__version__, str)
    assert sklearn_symbreak.__version__[0].isdigit()


def test_import_loads_nothing_heavy():
    code = (
        f"import sys, {', '.join(SUBPACKAGES)}; "
        f"print(*[heavy for heavy in {HEAVY!r} if heavy in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == []


def test_import_loads_no_other_estimators():
    code = (
        "import sys, sklearn_symbreak; "
        "print(*[m for m in ('sklearn.linear_model', 'sklearn.neighbors', "
        "'sklearn.metrics') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert found.stdout.split() == []


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_optional_dependencies_are_imported_inside_functions(path):
    # A subclass of torch.nn.Module has to stand at module level to be pickled: inner
    # modules of neural_network import torch, and are themselves imported in functions.
    if relative(path).startswith("neural_network/_") and path.name != "__init__.py":
        return
    found = {
        module
        for module, _ in imports(module_level(path))
        if module.split(".")[0] in HEAVY
    }
    assert not found


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_private_names_of_scikit_learn_have_one_place(path):
    if relative(path) == "utils/_sklearn.py":
        return
    private = [
        f"{module}:{name}"
        for module, name in imports(parse(path))
        if module.split(".")[0] == "sklearn"
        and any(part.startswith("_") for part in [*module.split("."), name or ""])
    ]
    assert not private, "import these in utils/_sklearn.py"


@pytest.mark.parametrize("name", SUBPACKAGES)
def test_public_names_exist(name):
    module = importlib.import_module(name)
    names = getattr(module, "__all__", [])
    assert len(set(names)) == len(names)
    for attribute in names:
        assert hasattr(module, attribute)
    assert module.__doc__


@pytest.mark.parametrize("thing", PUBLIC_OBJECTS)
def test_public_objects_have_examples(thing):
    sections = inspect.getdoc(thing) or ""
    assert "Examples\n--------" in sections
    assert ">>>" in sections


@pytest.mark.parametrize("thing", PUBLIC_OBJECTS)
def test_shared_parts_of_docstrings_are_filled_in(thing):
    lines = (inspect.getdoc(thing) or "").splitlines()
    assert not [line for line in lines if re.fullmatch(r"\s*\{\w+\}\s*", line)]


@pytest.mark.parametrize("thing", PUBLIC_OBJECTS)
def test_public_methods_are_documented(thing):
    if not inspect.isclass(thing):
        return
    undocumented = [
        name
        for name, member in inspect.getmembers(thing)
        if not name.startswith("_")
        and getattr(member, "__module__", "").startswith("sklearn_symbreak")
        and inspect.isfunction(member)
        and not inspect.getdoc(member)
    ]
    assert not undocumented


def test_oldest_releases_are_those_that_the_project_allows():
    root = SOURCE.parent
    if not (root / "constraints-oldest.txt").exists():
        pytest.skip("not in a checkout")
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"]]
    for name in ("neural", "plot", "data", "test", "bench"):
        needed += extras[name]
    pins = (root / "constraints-oldest.txt").read_text("utf-8")
    # The linter is not run with the oldest; for torch, see there.
    left_out = re.compile("ruff|torch")
    floors = {need for need in needed if not left_out.match(need)}
    # `==2.0.0` pins the floor `>=2.0`.
    pins = {
        re.sub(r"(\.0)+$", "", line) for line in pins.replace("==", ">=").split("\n")
    }
    assert {re.sub(r"(\.0)+$", "", floor) for floor in floors} <= pins


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
