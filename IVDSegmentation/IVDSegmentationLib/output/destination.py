"""Where the results of an input go: never over the results of another input of the same name.

``report.json`` names the input's file, not its folder, which may be called after the patient. To recognise an input
again it keeps a fingerprint of the whole path, made with a random salt and slow to compute, so that nobody can find out
the path by trying out names.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from itertools import chain, count, islice
from pathlib import Path

from ..errors import InputError
from ..files import read_json
from .folder import REPORT

_MOST_COMPARED = 10
"""So many numbered folders are compared with the input; beyond, the first free number is taken."""
_ROUNDS = 100_000
"""Of PBKDF2: some 30 ms for each fingerprint."""


def input_fingerprint(path: str | Path, choice: str = "", salt: str = "") -> str:
    """'salt:digest' of an input: its path and the ``choice`` of a part of it (a series, a frame). ``salt``: of an earlier
    fingerprint to compare with; without it a new one."""
    salt = salt or secrets.token_hex(8)
    identity = f"{Path(path).resolve()}\0{choice}".encode("utf-8", "surrogateescape")
    return f"{salt}:{hashlib.pbkdf2_hmac('sha256', identity, bytes.fromhex(salt), _ROUNDS).hex()[:24]}"


def holds_another_input(folder: Path, path: str | Path, choice: str = "") -> bool:
    """Whether a folder holds the results of another input than this one."""
    try:
        report = read_json(folder / REPORT)
    except InputError:
        return False  # no results, or none that can be compared
    if not isinstance(report, dict):
        return False
    noted, name = report.get("input_id"), report.get("input")
    if isinstance(noted, str) and re.fullmatch(r"([0-9a-f]{2})+:[0-9a-f]{24}", noted):
        return input_fingerprint(path, choice, noted.partition(":")[0]) != noted
    # version 0.1 noted the path as it was given
    return isinstance(name, str) and name not in (str(path), Path(path).name)


class Destination:
    """Chooses the folder for the results of an input in ``output``: ``name``; where that holds the results of another
    input, the name with the input's own folder before it, or with a number behind it. ``folder``: the choice."""

    def __init__(self, output: str | Path, name: str, path: str | Path, choice: str = "") -> None:
        self._output, self._name, self._path, self._choice = Path(output), name, Path(path), choice
        self.folder = self._output / name

    def __call__(self) -> Path:
        """Looks at what is there now; the chosen folder."""
        parent = self._path.resolve().parent.name
        first = [self._name, *([f"{parent}_{self._name}"] if parent else [])]
        numbered = (f"{self._name}_{number}" for number in count(2))
        for name in chain(first, islice(numbered, _MOST_COMPARED)):
            if not holds_another_input(self._output / name, self._path, self._choice):
                break
        else:
            name = next(name for name in numbered if not (self._output / name).exists())
        self.folder = self._output / name
        return self.folder
