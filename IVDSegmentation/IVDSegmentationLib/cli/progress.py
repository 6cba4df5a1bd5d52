"""Progress on stderr: a line that rewrites itself on a terminal, one line a step elsewhere."""

from __future__ import annotations

import sys
import time

STAGE_TEXTS = {
    "read": "reading",
    "load": "loading the model",
    "prepare": "preparing",
    "network": "finding discs",
    "postprocess": "naming discs",
    "write": "writing",
}


class Progress:
    """Shows the progress of one input. ``prefix`` names it ("[2/5] scan.nii.gz")."""

    def __init__(self, prefix: str, quiet: bool) -> None:
        self._prefix = prefix
        self._terminal = not quiet and sys.stderr.isatty()
        self._lines = not quiet and not self._terminal
        self._stage = ""
        self._last = 0.0

    def __call__(self, stage: str, fraction: float = 0.0) -> None:
        """``fraction`` of the stage that is done, 0 … 1."""
        text = STAGE_TEXTS.get(stage, stage)
        if self._lines and stage != self._stage:
            print(f"{self._prefix}: {text}", file=sys.stderr, flush=True)
        elif self._terminal and (stage != self._stage or time.monotonic() - self._last > 0.1):
            percent = f" {100 * fraction:3.0f} %" if fraction else ""
            print(f"\r\x1b[K{self._prefix}: {text}{percent}", end="", file=sys.stderr, flush=True)
            self._last = time.monotonic()
        self._stage = stage

    def done(self) -> None:
        """Clears the line that rewrites itself."""
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def note(self, text: str) -> None:
        """A sentence that stays on the terminal."""
        if self._terminal or self._lines:
            self.done()
            print(f"{self._prefix}: {text}", file=sys.stderr, flush=True)
