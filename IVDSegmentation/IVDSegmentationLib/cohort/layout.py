"""The files of a cohort's output folder."""

from __future__ import annotations

from pathlib import Path

SCANS = "scans"
"""One folder of results for each scan: what ``ivdseg segment`` writes."""
SOURCE_FILE = "source.json"
"""Lies beside a scan's results: where the scan came from, so that the state can be made again."""
DISCS = "discs"
SCAN_TABLE = "scans"
DICTIONARY = "data_dictionary.json"
PART_PREFIX = "cohort-part-"
"""Begins the file names of the states of parts."""
PAGE = "index.html"
SOURCES = "sources.csv"
"""Which file each id is. The only table with paths, because a path may hold a patient's name."""
THUMBNAIL = "thumbnail.jpg"


def scan_folder(cohort: Path, scan_id: str) -> Path:
    """The folder of one scan's results."""
    return cohort / SCANS / scan_id
