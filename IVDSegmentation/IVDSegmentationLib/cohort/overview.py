"""discs.csv, scans.csv, their dictionary and the page: all that shows a cohort as a whole."""

from __future__ import annotations

from pathlib import Path

from .contents import read_contents
from .page import write_page
from .state import State
from .tables import write_tables


def write_overview(folder: Path, state: State) -> list[Path]:
    """Writes the tables over all scans and the page; returns the files. Raises ``OutputError`` where one cannot be written."""
    contents = read_contents(folder, state)
    return [*write_tables(contents), write_page(contents)]
