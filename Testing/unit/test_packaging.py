"""What is packaged: CMake lists every file, and the three descriptions of the extension agree.

Run as a script, it writes the lists of IVDSegmentation/CMakeLists.txt anew from the files that git does not ignore.
"""

from __future__ import annotations

import ast
import json
import re
import struct
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "IVDSegmentation"
CMAKE = MODULE / "CMakeLists.txt"
ALLOWED_AT_MODULE_LEVEL = {"slicer", "vtk", "SimpleITK", "numpy", "scipy", "IVDSegmentationLib"}
"""The catalogue's rule for file-scope imports of the module file, besides the standard library."""


def files_of(folder: Path) -> list[str]:
    """Paths below the module folder, as CMake writes them; only what git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", str(folder)]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    there = sorted({name for name in names if name and (ROOT / name).is_file()})
    return [Path(name).relative_to("IVDSegmentation").as_posix() for name in there]


def scripts() -> list[str]:
    library = [name for name in files_of(MODULE / "IVDSegmentationLib") if name.endswith(".py")]
    return ["${MODULE_NAME}.py", *library]


def resources() -> list[str]:
    others = [name for name in files_of(MODULE / "IVDSegmentationLib") if not name.endswith(".py")]
    return [*others, *files_of(MODULE / "Resources")]


def listed(variable: str) -> list[str]:
    found = re.search(rf"set\({variable}\n(.*?)\n  \)", CMAKE.read_text("utf-8"), re.DOTALL)
    return [line.strip() for line in found.group(1).split("\n")] if found else []


def metadata() -> dict[str, str]:
    text = (ROOT / "CMakeLists.txt").read_text("utf-8")
    return dict(re.findall(r'^set\(EXTENSION_(\w+) "(.*)"\)$', text, re.MULTILINE))


def s4ext() -> dict[str, str]:
    lines = (ROOT / "extension.s4ext").read_text("utf-8").splitlines()
    pairs = (line.partition(" ") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def catalogue() -> dict:
    return json.loads((ROOT / "IVDSegmentation.json").read_text("utf-8"))


def test_cmake_lists_every_script():
    assert listed("MODULE_PYTHON_SCRIPTS") == scripts(), "run: python Testing/unit/test_packaging.py"


def test_cmake_lists_every_resource():
    assert listed("MODULE_PYTHON_RESOURCES") == resources(), "run: python Testing/unit/test_packaging.py"


def test_the_three_descriptions_agree():
    cmake, old, new = metadata(), s4ext(), catalogue()
    project = re.search(r"^project\((\w+)\)$", (ROOT / "CMakeLists.txt").read_text("utf-8"), re.MULTILINE)
    assert project and (ROOT / f"{project.group(1)}.json").exists()
    assert cmake["CATEGORY"] == old["category"] == new["category"] == "Segmentation"
    assert cmake["DEPENDS"].split(";") == old["depends"].split() == new["build_dependencies"]
    assert new["scm_url"] == old["scmurl"] and new["scm_revision"] == old["scmrevision"]
    assert new["build_subdirectory"] == old["build_subdirectory"]
    assert new["scm_type"] == old["scm"] == "git"
    for name in ("HOMEPAGE", "CONTRIBUTORS", "DESCRIPTION", "ICONURL", "SCREENSHOTURLS"):
        assert cmake[name] == old[name.lower()], name
    assert new["scm_url"] == cmake["HOMEPAGE"] + ".git"


def test_pictures_named_by_url_are_in_the_repository():
    for name in ("ICONURL", "SCREENSHOTURLS"):
        for url in metadata()[name].split():
            path = ROOT / url.split("/main/", 1)[1]
            if name == "ICONURL":
                assert path.is_file(), url
            elif path.is_file():
                assert path.stat().st_size > 0


def test_icons_are_square_and_large_enough():
    for path in (ROOT / "Resources" / "IVDSegmentation.png", MODULE / "Resources" / "Icons" / "IVDSegmentation.png"):
        width, height = struct.unpack(">II", path.read_bytes()[16:24])
        assert width == height >= 128, path


def test_the_module_file_imports_nothing_forbidden_at_its_top():
    import sys

    tree = ast.parse((MODULE / "IVDSegmentation.py").read_text("utf-8"))
    names = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    assert names <= ALLOWED_AT_MODULE_LEVEL | set(sys.stdlib_module_names)


def test_forms_are_sound():
    """Names of widgets are unique, and each parameter that a form names exists."""
    parameters = (MODULE / "IVDSegmentationLib" / "panels" / "shared" / "parameters.py").read_text("utf-8")
    for path in (MODULE / "Resources" / "UI").glob("*.ui"):
        form = ElementTree.parse(path).getroot()
        names = [widget.get("name") for widget in form.iter("widget")]
        assert len(names) == len(set(names)), path
        for entry in form.iter("property"):
            if entry.get("name") == "SlicerParameterName":
                name = entry.findtext("string")
                assert re.search(rf"^    {name}: ", parameters, re.MULTILINE), name
        custom = {entry.text for entry in form.iterfind("customwidgets/customwidget/class")}
        used = {widget.get("class") for widget in form.iter("widget")}
        assert {name for name in used if not name.startswith("Q")} <= custom, path


def write_lists() -> None:
    text = CMAKE.read_text("utf-8")
    for variable, names in (("MODULE_PYTHON_SCRIPTS", scripts()), ("MODULE_PYTHON_RESOURCES", resources())):
        block = f"set({variable}\n" + "".join(f"  {name}\n" for name in names) + "  )"
        text = re.sub(rf"set\({variable}\n.*?  \)", lambda _, block=block: block, text, count=1, flags=re.DOTALL)
    CMAKE.write_text(text, "utf-8")


if __name__ == "__main__":
    write_lists()
