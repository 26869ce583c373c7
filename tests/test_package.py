"""The package as a whole: names, docstrings, type hints, pages, examples, the demo."""

import ast
import importlib.metadata
import inspect
import json
import pkgutil
import re
import runpy
import subprocess
import sys
import tomllib
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsRegressor

import sklearn_symbreak
from benchmarks import (
    PUBLISHED,
    Records,
    crystals,
    images,
    in_digits,
    mean_and_range,
    problems,
    strategies,
)
from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
from sklearn_symbreak.groups import SignFlip
from sklearn_symbreak.metrics import orbit_mean_squared_error

SOURCE = Path(sklearn_symbreak.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
SUBPACKAGES = ["sklearn_symbreak"] + [
    f"sklearn_symbreak.{module.name}"
    for module in pkgutil.iter_modules([str(SOURCE)])
    if module.ispkg and not module.name.startswith("_")
]
OTHERS = ("sklearn.linear_model", "sklearn.neighbors", "sklearn.metrics")
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
                yield f"{name}.{attribute}", thing


PUBLIC_OBJECTS = dict(public_objects())


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


def test_imports_load_nothing_heavy_and_no_other_estimators():
    # One interpreter for all, since its start takes most of the time.
    code = (
        "import sys, sklearn_symbreak; "
        f"print(*[name for name in {OTHERS!r} if name in sys.modules]); "
        f"import {', '.join(SUBPACKAGES)}; "
        "sklearn_symbreak.neural_network.FeedForwardRegressor(); "
        "sklearn_symbreak.neural_network.UNetRegressor(); "
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


def test_optional_dependencies_are_imported_inside_functions():
    found = [
        f"{relative(path)}: {module}"
        for path in FILES
        # A subclass of torch.nn.Module has to stand at module level to be pickled:
        # inner modules of neural_network import torch, and are themselves imported in
        # functions.
        if not relative(path).startswith("neural_network/_")
        or path.name == "__init__.py"
        for module, _ in imports(module_level(path))
        if module.split(".")[0] in HEAVY
    ]
    assert not found


def test_private_names_of_scikit_learn_have_one_place():
    found = [
        f"{relative(path)}: {module}, {name}"
        for path in FILES
        if relative(path) != "utils/_sklearn.py"
        for module, name in imports(parse(path))
        if module.split(".")[0] == "sklearn"
        and any(part.startswith("_") for part in [*module.split("."), name or ""])
    ]
    assert not found, "import these in utils/_sklearn.py"


@pytest.mark.parametrize("name", SUBPACKAGES)
def test_public_names_exist(name):
    module = importlib.import_module(name)
    names = getattr(module, "__all__", [])
    assert len(set(names)) == len(names)
    for attribute in names:
        assert hasattr(module, attribute)
    assert module.__doc__


def test_public_objects_have_examples():
    docs = {name: inspect.getdoc(thing) or "" for name, thing in PUBLIC_OBJECTS.items()}
    assert len(docs) > 80
    for sought in ("Examples\n--------", ">>>"):
        assert [name for name, doc in docs.items() if sought not in doc] == []


def test_shared_parts_of_docstrings_are_filled_in():
    found = [
        f"{name}: {line}"
        for name, thing in PUBLIC_OBJECTS.items()
        for line in (inspect.getdoc(thing) or "").splitlines()
        if re.fullmatch(r"\s*\{\w+\}\s*", line)
    ]
    assert not found


def test_public_methods_are_documented():
    undocumented = [
        f"{name}.{attribute}"
        for name, thing in PUBLIC_OBJECTS.items()
        if inspect.isclass(thing)
        for attribute, member in inspect.getmembers(thing)
        if not attribute.startswith("_")
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


def test_public_names_have_type_hints():
    gaps = [
        f"{name}, {gap}"
        for name, thing in PUBLIC.items()
        for function in functions(thing)
        for gap in missing(function)
    ]
    assert not gaps


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


ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "docs" / "index.md",
    *sorted((ROOT / "docs" / "user_guide").glob("*.md")),
]
SNIPPET = re.compile(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.S)
NUMBER = re.compile(r"-?\d+\.?\d*(?:e[-+]?\d+)?")


def check_printed(printed, shown):
    """The same words, and numbers that differ by no more than rounding does to fits."""
    assert NUMBER.sub("#", printed).split() == NUMBER.sub("#", shown).split()
    numbers = [[float(x) for x in NUMBER.findall(text)] for text in (printed, shown)]
    assert numbers[0] == pytest.approx(numbers[1], rel=0.03, abs=0.03)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_snippets(path, capsys):
    pytest.importorskip("skorch")
    namespace = {}
    for code, shown in SNIPPET.findall(path.read_text()):
        exec(compile(code, str(path), "exec"), namespace)
        printed = capsys.readouterr().out
        # A page may show less than it prints, and not something else.
        if shown:
            check_printed(printed, shown)


def test_links_between_pages_lead_somewhere():
    for path in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
            if "://" in target or "generated/" in target or target in ("api",):
                continue
            # Built pages, and pictures, which source distributions leave out.
            if target.startswith("auto_examples") or "figures/" in target:
                continue
            assert (path.parent / target).exists(), f"{path.name}: {target}"


EXAMPLES = sorted((ROOT / "docs" / "examples").glob("plot_*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path, figures, capsys):
    pytest.importorskip("skorch")
    runpy.run_path(str(path), run_name="__main__")
    assert figures.get_fignums()
    assert capsys.readouterr().out


class TestDemo:
    @pytest.fixture(autouse=True)
    def with_nets_and_figures(self, figures):
        pytest.importorskip("skorch")

    def test_rows_have_the_errors_before_and_after(self, capsys):
        from benchmarks import demo

        X, y = make_gaussian_phase_retrieval(1000, 3, random_state=0)
        data = train_test_split(X, y, random_state=0)
        demo.print_header(0)
        before, after = demo.compare(
            "a problem",
            "K-NN",
            KNeighborsRegressor(),
            SignFlip(),
            "embedding",
            orbit_mean_squared_error,
            data,
        )
        header, rule, row = capsys.readouterr().out.splitlines()[-3:]
        # Columns end where their names do.
        assert len(header) == len(rule) == len(row)
        errors = [float(cell) for cell in row.split()[-3:-1]]
        for model, printed in zip((before, after), errors, strict=True):
            error = orbit_mean_squared_error(
                data[3], model.predict(data[1]), group=SignFlip()
            )
            assert printed == pytest.approx(error, rel=0.06)
        assert errors[1] < 0.5 * errors[0]

    def test_epochs_are_counted_on_a_terminal_only(self, capsys, monkeypatch):
        from benchmarks import demo
        from sklearn_symbreak.neural_network import FeedForwardRegressor

        X = np.random.default_rng(0).normal(size=(50, 2))
        net = FeedForwardRegressor((4,), max_epochs=3, callbacks=[demo.EpochCell()])
        net.fit(X, X)
        assert capsys.readouterr().out == ""
        monkeypatch.setattr(demo.sys.stdout, "isatty", lambda: True)
        net.fit(X, X)
        counts = capsys.readouterr().out.split("\b" * demo.CELL)
        assert [count.strip() for count in counts] == ["1 of 3", "2 of 3", "3 of 3", ""]

    def test_success_curves_are_drawn(self, tmp_path):
        from benchmarks.success_curves import RATIOS, SOLVERS, draw

        cell = {"success": 0.5, "n_iter": 10.0}
        curves = {
            kind: {str(r): {cls.__name__: cell for cls in SOLVERS} for r in ratios}
            for kind, ratios in RATIOS.items()
        }
        draw(curves, tmp_path / "curves.png")
        assert (tmp_path / "curves.png").stat().st_size > 10_000


PAGE = ROOT / "docs" / "user_guide" / "strategies.md"


def records_of(name):
    path = PUBLISHED / f"{name}.jsonl"
    if not path.exists():
        pytest.skip("Published results are left out of source distributions.")
    return Records(path)


def test_page_holds_the_tables_of_strategies():
    records, page = records_of("strategies"), PAGE.read_text()
    for noise in strategies.NOISE:
        for line in strategies.table(records, (10, 11, 12), noise)[2:]:
            assert line in page


@pytest.mark.parametrize("regressor", problems.REGRESSORS)
def test_page_holds_the_tables_of_problems(regressor):
    records, page = records_of("problems"), PAGE.read_text()
    for line in problems.table(records, (0, 1, 2), regressor)[2:]:
        assert line in page


def test_page_holds_the_tables_of_images():
    records, page = records_of("images"), PAGE.read_text()
    for photons in images.PHOTONS:
        for line in images.table(records, (0, 1, 2), photons)[2:]:
            assert line in page
    quoted = re.findall(r"(0\.01\d+(?: \([^|)]+\))?) with the", " ".join(page.split()))
    assert quoted == [
        mean_and_range(
            [
                records.result(
                    images._parameters(row, images.BARE, None, n_train, seed)
                )["pixel_mse"]
                for seed in seeds
            ],
            digits=3,
        )
        for n_train, seeds in [(20_000, (0, 1, 2)), (60_000, (0,))]
        for row in images.CHOSEN
    ]


def paper_errors(table, n_samples):
    """Errors of the best net for each size, in the paper's unit times 1e4."""
    lines = (PUBLISHED.parent / f"{table}.jsonl").read_text().splitlines()
    found = {}
    for cell in map(json.loads, lines):
        own = cell["parameters"]
        if own["targets"] == "canonical" and own["n_samples"] == n_samples:
            net = found.setdefault((own["n"], own["regressor"]), [])
            net.append(cell["errors"]["mean_squared_error"])
    return [
        (1e4 / n if table == "table1" else 1e4 / 2)
        * min(
            sum(found[n, net]) / len(found[n, net])
            for net in ("NN", "WNN", "DNN")
            if (n, net) in found
        )
        for n in (5, 10, 15)
    ]


def test_page_quotes_the_nets_of_the_paper():
    page = " ".join(PAGE.read_text().split())
    for words, n_samples in (("errors of", 100_000), ("NN reaches", 1_000_000)):
        pattern = rf"{words} ([\d., and]+) for real and ([\d., and]+) for complex"
        quoted = re.search(pattern, page).groups()
        for shown, table in zip(quoted, ("table1", "table6"), strict=True):
            numbers = re.findall(r"[\d.]+", shown)
            errors = paper_errors(table, n_samples)
            for number, error in zip(numbers, errors, strict=True):
                n_decimals = len(number.partition(".")[2])
                assert f"{error:.{n_decimals}f}" == number


def test_page_rounds_the_errors_of_images():
    lines = (PUBLISHED.parent / "table2.jsonl").read_text().splitlines()
    found = {}
    for cell in map(json.loads, lines):
        own = cell["parameters"]
        if own["n_train"] == 60_000:
            key = own["regressor"], own["targets"], own["variant"]
            found[key] = cell["errors"]["residual"]
    names = {
        "as they are": "untouched",
        "the paper's rule as printed": "literal",
        "aligned to the joint mean template": "joint-mean",
    }
    rows = re.findall(
        r"^\| (dense|U-Net), ([\w' ]+) \| (.*) \|$",
        (ROOT / "docs" / "measured.md").read_text(),
        re.MULTILINE,
    )
    assert len(rows) == 5
    for net, targets, shown in rows:
        variants = ("none", "flip", "shift", "shift_flip")
        for variant, number in zip(variants, shown.split(" | "), strict=True):
            number = number.strip("*")
            error = found.get((net, names[targets], variant))
            n_decimals = len(number.partition(".")[2])
            assert number == (f"{error:.{n_decimals}f}" if error else "not run")


def test_page_holds_the_table_of_crystals():
    page = PAGE.read_text()
    for line in crystals.table(records_of("images"), (0, 1, 2))[1:]:
        assert line in page


def test_readme_rounds_the_same_means():
    records, rows = records_of("strategies"), {}
    for line in (ROOT / "README.md").read_text().splitlines():
        cells = [cell.strip(" *") for cell in line.split("|")[1:-1]]
        if len(cells) == 7:
            rows[cells[0]] = cells[1:]
    names = {
        "as they are": "untouched",
        "one representative of each orbit": "canonical",
        "atlas of four templates": "atlas",
        'invariants (`"embedding"`)': "embedding",
        "the same, inputs chosen by validation": "embedding, ridge",
    }
    for label, row in names.items():
        for (kind, n), shown in zip(strategies.SIZES, rows[label], strict=True):
            errors = [
                records.result(strategies._parameters(kind, n, seed, 0.0, row))["error"]
                for seed in (10, 11, 12)
            ]
            assert in_digits(sum(errors) / 3) == re.sub(r"\.0$", "", shown), label


def test_the_page_on_pypi_has_absolute_links_only():
    # Other packages replace what parses it.
    text = importlib.metadata.distribution("sklearn-symbreak").read_text("METADATA")
    page = text.partition("\n\n")[2]
    links = re.findall(r"\]\(([^)]*)\)", page)
    assert links and all(link.startswith("https://") for link in links)
    assert "Do I have a symmetry?" in page and "measure_ambiguity" in page
