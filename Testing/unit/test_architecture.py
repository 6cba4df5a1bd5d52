"""The layers: an import never goes up, and nothing heavy or foreign is imported where it must not be."""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "IVDSegmentation" / "IVDSegmentationLib"

ROWS = re.findall(r"^\| *(\d+) *\| *(`[^|]*`) *\|", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE)
"""The layers from the ground up, as CONTRIBUTING lists them: nothing else says in which order they lie."""
LAYER_OF = {name: int(layer) for layer, names in ROWS for name in re.findall(r"`(\w+)/?`", names)} | {"__version__": 0}

SLICER_ONLY = {"slicer", "qt", "ctk", "vtkSegmentationCorePython", "mrml", "PythonQt", "PySide6"}
SLICER_PACKAGES = {"scene", "panels"}
TORCH_PACKAGES = {"network", "training", "benchmark"}
"""Packages that are only imported when a network runs: torch at their top costs nothing at the start of Slicer."""
TORCH_FILES = {"segmentation/infer.py", "segmentation/magnify.py"}
RUNTIME_PACKAGES = {"torch", "numpy", "scipy", "SimpleITK", "vtk", "vtkmodules", "PIL"}
OPTIONAL_PACKAGES = {
    *("monai", "dynamic_network_architectures", "SampleData", "PyTorchUtils", "highdicom", "pydicom"),
    *("distributed", "pyarrow", "packaging"),
}
"""Imported inside functions, where they are at hand: peers of the benchmark, what Slicer brings, extras of the command line."""

FILES = sorted(LIBRARY.rglob("*.py"))


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@functools.cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree_of(path)))


def package_of(path: Path) -> str:
    first = path.relative_to(LIBRARY).parts[0]
    return first.removesuffix(".py")


def imports_of(path: Path) -> Iterator[tuple[ast.AST, str]]:
    """(statement, absolute dotted name) of each import of a library file, wherever it stands."""
    package = ("IVDSegmentationLib", *path.relative_to(LIBRARY).parts[:-1])
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            if module == "IVDSegmentationLib":
                yield from ((node, f"{module}.{alias.name}") for alias in node.names)
            else:
                yield node, module


def at_file_scope(path: Path) -> set[int]:
    """Lines of the imports that run when the file is imported; those under TYPE_CHECKING do not."""
    lines = set()
    pending: list[ast.stmt] = list(tree_of(path).body)
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            lines.add(node.lineno)
        pending += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
    return lines


def test_every_package_has_its_layer():
    packages = {package_of(path) for path in FILES} - {"__init__"}
    assert packages <= set(LAYER_OF), f"give these a row in CONTRIBUTING.md: {packages - set(LAYER_OF)}"


def test_the_layers_are_numbered_from_the_ground_up():
    assert [int(layer) for layer, _ in ROWS] == list(range(len(ROWS))) and len(ROWS) > 10


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(LIBRARY).as_posix())
def test_imports_never_go_up(path):
    package = package_of(path)
    if package == "__init__":
        return
    for node, name in imports_of(path):
        parts = name.split(".")
        if parts[0] != "IVDSegmentationLib" or parts[1] == package:
            continue
        assert LAYER_OF[parts[1]] < LAYER_OF[package], f"line {node.lineno}: {package} imports {parts[1]}"


def test_library_imports_are_relative():
    """Reloading in Slicer and the name inside a pip installation both depend on it."""
    for path in FILES:
        for node in nodes_of(path):
            if isinstance(node, ast.ImportFrom) and not node.level:
                assert (node.module or "").split(".")[0] != "IVDSegmentationLib", f"{path}:{node.lineno}"


def test_slicer_and_qt_stay_above():
    for path in FILES:
        if package_of(path) not in SLICER_PACKAGES:
            used = {name.split(".")[0] for _, name in imports_of(path)}
            assert not used & SLICER_ONLY, path


def test_torch_is_not_imported_where_slicer_starts():
    for path in FILES:
        if package_of(path) in TORCH_PACKAGES or path.relative_to(LIBRARY).as_posix() in TORCH_FILES:
            continue
        scope = at_file_scope(path)
        for node, name in imports_of(path):
            assert not (name.split(".")[0] == "torch" and node.lineno in scope), f"{path}:{node.lineno}"


def test_only_the_packages_of_pyproject_are_needed():
    known = RUNTIME_PACKAGES | SLICER_ONLY | OPTIONAL_PACKAGES | {"IVDSegmentationLib"} | set(sys.stdlib_module_names)
    for path in FILES:
        scope = at_file_scope(path)
        for node, name in imports_of(path):
            first = name.split(".")[0]
            assert first in known, f"{path}:{node.lineno} imports {first}"
            assert not (first in OPTIONAL_PACKAGES and node.lineno in scope), f"{path}:{node.lineno}"


def test_no_enum_is_handed_to_a_constructor():
    """Under PythonQt an enum is an int, and the first constructor that takes one is called: QDialogButtonBox(Save | Cancel)
    took an orientation, and the dialog had no button. Set what an enum says by its setter."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("qt.Q"):
                constructor = ast.unparse(node.func)
                if constructor.count(".") == 1:
                    given = [ast.unparse(part) for argument in node.args for part in ast.walk(argument)]
                    enums = [text for text in given if re.fullmatch(r"qt\.Q\w*\.[A-Z]\w*", text)]
                    assert not enums, f"{path}:{node.lineno} {constructor} gets {enums[0]}"


def test_nothing_that_executes_a_file_is_used():
    """Weights, messages and cases come from elsewhere: no pickle, no eval."""
    for path in FILES:
        used = {name.split(".")[0] for _, name in imports_of(path)}
        assert not used & {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal"}, path
        for node in nodes_of(path):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec"}, f"{path}:{node.lineno}"
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
                safe = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
                assert safe.get("weights_only") == "True", f"{path}:{node.lineno}"
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert ast.unparse(node.value) == "False", path


def test_pyproject_lists_every_package_that_works_without_slicer():
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    packages = re.search(r"^packages = \[$(.*?)^\]$", text, re.MULTILINE | re.DOTALL).group(1)
    listed = set(re.findall(r'"(IVDSegmentationLib[\w.]*)"', packages))
    there = {".".join(("IVDSegmentationLib", *path.relative_to(LIBRARY).parts[:-1])) for path in FILES}
    needed = {name for name in there if not set(name.split(".")[1:2]) & SLICER_PACKAGES}
    assert listed - {"IVDSegmentationLib.Resources"} == needed


def test_numpy_1_26_is_enough():
    """Functions and spellings that came with numpy 2: Slicer 5.10 still has 1.26."""
    newer = re.compile(
        r"\bnp\.(concat|permute_dims|matrix_transpose|vecdot|vecmat|matvec|unstack|cumulative_sum|cumulative_prod|"
        r"unique_values|unique_counts|unique_all|unique_inverse|astype|isdtype|trapezoid|acos|asin|atan|atan2|pow|"
        r"bitwise_count|bitwise_invert|long|ulong|bool)\b|\.mT\b"
    )
    for path in FILES:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            assert not newer.search(line.split("#")[0]), f"{path}:{number}: {line.strip()}"


def test_no_path_of_somebodys_machine():
    pattern = re.compile(r"['\"\s(]/(home/\w|work/|root/|Users/)\w")
    for path in [*FILES, *(ROOT / "Testing").rglob("*.py"), *(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")]:
        if path == Path(__file__).resolve():
            continue
        assert not pattern.search(path.read_text("utf-8")), path
