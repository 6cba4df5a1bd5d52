"""What a supervised run has done so far, kept in a file: a process that takes over after a crash goes on from there."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

JOURNAL = "IVDSEG_JOURNAL"
"""Environment variable with the journal's path; only supervised processes have it."""


class Journal:
    """Lines of JSON. ``finished``: input number -> what was noted of it; ``crashed``: input number -> how it ended the
    process; ``output``: the folder that is written to. Without a path nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.finished: dict[int, Any] = {}
        self.crashed: dict[int, str] = {}
        self.output: Path | None = None
        self._begun: int | None = None
        lines: list[str] = []
        if path is not None:
            with contextlib.suppress(OSError):
                lines = path.read_text(encoding="utf-8").splitlines()
        for line in lines:
            with contextlib.suppress(ValueError):  # half a line, cut by the crash
                self._take(json.loads(line))

    @classmethod
    def of_environment(cls) -> Journal:
        path = os.environ.get(JOURNAL)
        return cls(Path(path) if path else None)

    def begin(self, number: int) -> None:
        """Input ``number`` is now worked on."""
        self._add({"begun": number})

    def finish(self, number: int, noted: Any) -> None:
        self._add({"finished": number, "noted": noted})

    def set_output(self, folder: Path) -> None:
        self._add({"output": str(folder.resolve())})

    def note_crash(self, how: str) -> bool:
        """Notes that the process ended during an input. False where it was not working on one: then starting it again
        would not help."""
        if self._begun is None or self._begun in self.crashed:
            return False
        self._add({"crashed": self._begun, "how": how})
        return True

    def _add(self, entry: dict[str, Any]) -> None:
        self._take(entry)
        if self.path is not None:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")

    def _take(self, entry: dict[str, Any]) -> None:
        if "begun" in entry:
            self._begun = entry["begun"]
        elif "finished" in entry:
            self.finished[entry["finished"]] = entry["noted"]
            self._begun = None
        elif "crashed" in entry:
            self.crashed[entry["crashed"]] = entry["how"]
            self._begun = None
        elif "output" in entry:
            self.output = Path(entry["output"])
