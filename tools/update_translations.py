#!/usr/bin/env python3
"""Collects every text that the panel shows, so that it can be translated as the rest of Slicer is.

    python tools/update_translations.py

writes two files; a test says when they are out of date:

``IVDSegmentationLib/panels/shared/library_texts.py``  errors, advice and messages of the library below the panel, as
    texts with placeholders. The library knows nothing of Slicer: the panel finds the text that a finished message was
    made from, and shows its translation (``panels/shared/translation.py``).
``Resources/Translations/IVDSegmentation.ts``          all of these, the texts of the panel's code (``_("…")``) and of its
    forms, extracted by Qt's lupdate (it comes with PySide6). Slicer's own script update_translations.py finds the same.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from string import Formatter

ROOT = Path(__file__).resolve().parents[1]
MODULE = ROOT / "IVDSegmentation"
LIBRARY = MODULE / "IVDSegmentationLib"
LIBRARY_TEXTS = LIBRARY / "panels" / "shared" / "library_texts.py"
TRANSLATIONS = ROOT / "Resources" / "Translations" / "IVDSegmentation.ts"

BELOW_THE_PANEL = (
    "cases",
    "correction",
    "files",
    "measurement",
    "network",
    "output",
    "runs",
    "scene",
    "segmentation",
    "spine",
    "training",
    "volume",
    "worker",
)
"""Packages whose messages reach the panel."""
ERRORS = {"IVDError", "InputError", "ModelError", "OutputError", "DeviceError", "Cancelled", "NoInterpreter"}
FEWEST_WORDS = 3
"""A text of fewer words is a name or a key, unless it is the message of an error."""
_HEADER = '''# ruff: noqa: E501
"""Texts of the library that the panel may show, with placeholders. Written by tools/update_translations.py."""

from __future__ import annotations

from collections.abc import Callable


def texts(_: Callable[[str], str]) -> tuple[str, ...]:
    """Each text as ``_`` translates it. Called with ``slicer.i18n.tr``, which asks in which file it is called."""
    return (
'''


# ------------------------------------------------------------------ the panel's code and forms
def panel_texts() -> dict[str, set[str]]:
    """Context -> all texts that are to be translated, those of the library among them."""
    found = code_texts()
    for context, texts in form_texts().items():
        found.setdefault(context, set()).update(texts)
    return {context: texts for context, texts in found.items() if texts}


def code_texts() -> dict[str, set[str]]:
    """Context -> texts of every ``_("…")`` and ``translate("context", "…")``. Raises ``ValueError`` for one that cannot be
    extracted."""
    found: dict[str, set[str]] = {}
    for path in _code_files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "translate":
                context, text = (ast.literal_eval(argument) for argument in node.args)
                found.setdefault(context, set()).add(text)
        for call in _translation_calls(tree):
            text = call.args[0] if len(call.args) == 1 else None
            if not (isinstance(text, ast.Constant) and isinstance(text.value, str)):
                raise ValueError(f"{path}:{call.lineno}: only a plain text can be extracted: {ast.unparse(call)}")
            found.setdefault(context_of(path), set()).add(text.value)
    return found


def form_texts() -> dict[str, set[str]]:
    """Class of the form -> its texts that are to be translated."""
    found: dict[str, set[str]] = {}
    for path in _forms():
        form = ElementTree.parse(path).getroot()
        lists = {id(child) for element in form.iter("stringlist") if element.get("notr") for child in element}
        texts = {e.text for e in form.iter("string") if e.text and not e.get("notr") and id(e) not in lists}
        found[form.findtext("class") or path.stem] = texts
    return found


def context_of(path: Path) -> str:
    """Name under which Slicer looks for the translations of a Python file: package and file, or the file alone."""
    return f"{path.parent.name}.{path.stem}" if (path.parent / "__init__.py").is_file() else path.stem


def _code_files() -> list[Path]:
    panels = [path for path in sorted((LIBRARY / "panels").rglob("*.py")) if path.name != "__init__.py"]
    return [MODULE / "IVDSegmentation.py", *panels]


def _forms() -> list[Path]:
    return sorted((MODULE / "Resources" / "UI").glob("*.ui"))


def _translation_calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            yield node


# -------------------------------------------------------------------- the library below
def library_texts() -> list[str]:
    """Texts with placeholders {0}, {1}, … of all messages below the panel, in a fixed order."""
    sys.path.insert(0, str(MODULE))
    from IVDSegmentationLib.spine.advice import TEMPLATES
    from IVDSegmentationLib.volume.body_part import PARTS

    found = set(TEMPLATES.values()) | set(PARTS)
    files = [path for name in BELOW_THE_PANEL for path in sorted((LIBRARY / name).rglob("*.py"))]
    for path in [*files, LIBRARY / "panels" / "shared" / "interpreter.py"]:
        if path.name != "advice.py":
            found |= _messages_of(ast.parse(path.read_text(encoding="utf-8")))
    return sorted(found)


def _messages_of(tree: ast.Module) -> set[str]:
    """Messages of errors, and other texts that read like a sentence. Docstrings are none."""
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS and node.args:
            found |= {text for text in _templates(node.args[0]) if _words(text)}
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in ast.walk(node) if part is not node}
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and id(node) not in skipped:
            found |= {text for text in _templates(node) if _reads_like_a_sentence(text)}
    return found


def _templates(node: ast.expr) -> list[str]:
    """What an expression may say, with a placeholder for each part that is only known when it runs. A plain text with {0} in it
    is such a text already."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"\{\d\}", node.value):
        return [node.value]
    parts = _parts(node)
    if not parts:
        return []
    return [_number("".join(choice)) for choice in product(*parts)]


def _parts(node: ast.expr) -> list[list[str]]:
    """For each part of a text what it may be; None of it is known: a placeholder, written as a NUL character."""
    if isinstance(node, ast.Constant):
        return [[node.value]] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        return [[value.value] if isinstance(value, ast.Constant) else ["\0"] for value in node.values]  # type: ignore[list-item]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*(_parts(node.left) or [["\0"]]), *(_parts(node.right) or [["\0"]])]
    if isinstance(node, ast.IfExp):
        return [[text for branch in (node.body, node.orelse) for text in map("".join, product(*_parts(branch)))]]
    return []


def _number(text: str) -> str:
    """Braces of the text doubled, and its placeholders numbered."""
    pieces = text.replace("{", "{{").replace("}", "}}").split("\0")
    return pieces[0] + "".join(f"{{{n}}}{piece}" for n, piece in enumerate(pieces[1:]))


def _words(text: str) -> list[str]:
    literal = " ".join(piece for piece, *_field in Formatter().parse(text))
    return re.findall(r"[A-Za-z]{2,}", literal)


def _reads_like_a_sentence(text: str) -> bool:
    whole = text[:1].isupper() or text.startswith(("'{", "{")) or text.endswith(".")
    plain = " " in text and not re.search(r"[<>\\]|--|==|_\w+_|https?:", text)
    return whole and plain and len(_words(text)) >= FEWEST_WORDS


def library_texts_file() -> str:
    """Content of ``library_texts.py``."""
    lines = (f"        _({json.dumps(text, ensure_ascii=False)}),\n" for text in library_texts())
    return _HEADER + "".join(lines) + "    )\n"


# ------------------------------------------------------------------------ the .ts file
def write_ts(target: Path) -> None:
    """Brings a .ts file up to date; translations that are in it are kept."""
    with tempfile.TemporaryDirectory() as folder:
        sources = []
        for path in [*_code_files(), *_forms()]:
            copy = Path(folder) / path.relative_to(MODULE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8")
            copy.write_text(_with_contexts(text, context_of(path)) if path.suffix == ".py" else text, encoding="utf-8")
            sources.append(str(copy))
        options = ["-locations", "none", "-no-obsolete", "-silent"]
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([_lupdate(), *options, *sources, "-ts", str(target)], check=True, capture_output=True, text=True)


def _with_contexts(code: str, context: str) -> str:
    """``_("…")`` as ``translate("context", "…")``, which is what lupdate looks for."""
    lines = code.encode().splitlines(keepends=True)
    calls = sorted(_translation_calls(ast.parse(code)), key=lambda call: (call.lineno, call.col_offset), reverse=True)
    for call in calls:  # the last first, so that the places of the others stay right
        line = lines[call.lineno - 1]
        assert line[call.col_offset : call.col_offset + 2] == b"_("
        lines[call.lineno - 1] = line[: call.col_offset] + f'translate("{context}", '.encode() + line[call.col_offset + 2 :]
    return b"".join(lines).decode()


def _lupdate() -> str:
    name = "pyside6-lupdate"
    beside = Path(sys.executable).with_name(name + (".exe" if sys.platform == "win32" else ""))
    return str(beside) if beside.is_file() else name


def ts_texts(path: Path) -> dict[str, set[str]]:
    """Context -> texts of a .ts file."""
    return {
        context.findtext("name") or "": {message.findtext("source") or "" for message in context.iter("message")}
        for context in ElementTree.parse(path).getroot().iter("context")
    }


def main() -> int:
    LIBRARY_TEXTS.write_text(library_texts_file(), encoding="utf-8")
    write_ts(TRANSLATIONS)
    count = sum(map(len, ts_texts(TRANSLATIONS).values()))
    print(f"{count} texts in {TRANSLATIONS.relative_to(ROOT)}, {len(library_texts())} of them from the library")
    return 0


if __name__ == "__main__":
    sys.exit(main())
