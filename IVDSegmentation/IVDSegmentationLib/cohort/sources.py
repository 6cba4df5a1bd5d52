"""Which scans a source offers: a volume file, a folder of volumes or DICOM studies, a list (CSV, TSV), or a BIDS data set.

Nothing is copied and nothing of the source is written to.
"""

from __future__ import annotations

import csv
import hashlib
import os
import re
from collections import defaultdict
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..files import has_plain_name
from . import inputs
from .scans import LeftOut, Source

if TYPE_CHECKING:
    from ..volume.dicom_series import DicomSeries

VOLUME_ENDINGS = (".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd")
LIST_ENDINGS = (".csv", ".tsv")
BIDS_DESCRIPTION = "dataset_description.json"
_BIDS_NAME = re.compile(r"sub-(?P<subject>[A-Za-z0-9]+)(_ses-(?P<session>[A-Za-z0-9]+))?_(\S+_)?(?P<suffix>[A-Za-z0-9]+)")
BIDS_SUFFIXES = ("T2w", "T1w", "PDw", "T2starw", "inplaneT2", "inplaneT1")
"""Suffixes of anatomical BIDS images whose contrast the model knows, the preferred one first."""

_LABEL_MAP_NAME = re.compile(r"(^|.*[_.-])(labels?|masks?|seg|dseg|segmentation|valid)", re.I)


@dataclass
class Found:
    """What a source offers, in a fixed order, and what was left out with the reason. ``series_files``: (folder, UID) ->
    the files of each DICOM series that was listed: listing reads the headers of all files."""

    scans: list[Source] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    series_files: dict[tuple[str, str], list[Path]] = field(default_factory=dict)

    def leave_out(self, path: str | Path, reason: str) -> None:
        self.left_out.append(LeftOut(str(path), reason))

    def files_of(self, source: Source) -> list[Path]:
        """As ``inputs.files_of``, without listing the series of a folder again."""
        return self.series_files.get((source.path, source.series or "")) or inputs.files_of(source)


@dataclass(frozen=True)
class Choice:
    """Which files of a folder are scans, and what they are called.

    ``skip`` is a folder that is not searched: that of the results. ``include`` is a pattern with * and ? that volume files
    have to fit: their path below the folder, or their name. ``path_names``: results are called after the path of their
    scan; otherwise after the file's name or the study's number alone, because folders are often called after patients.
    """

    skip: Path | None = None
    include: str | None = None
    path_names: bool = False


def find_scans(source: str | Path, choice: Choice = Choice()) -> Found:
    """The scans of a source.

    Raises ``InputError`` for a source that does not exist or a list that cannot be understood.
    """
    path = Path(source).absolute()
    if path.is_file() and path.suffix.lower() in LIST_ENDINGS:
        return _from_list(path)
    if path.is_file():
        return Found([Source(str(path), name_of(path, path.parent))])
    if not path.is_dir():
        raise InputError(f"{source} does not exist. Give a folder, a volume file, or a list (.csv, .tsv).")
    if (path / BIDS_DESCRIPTION).is_file():
        return _from_bids(path)
    return _from_folder(path, choice)


def name_of(path: Path, root: Path) -> str:
    """Name of a scan's results: its path below the source's folder without the ending, with '_' for the separators."""
    text = path.relative_to(root).as_posix() if path != root else path.name
    for ending in VOLUME_ENDINGS:
        if text.lower().endswith(ending):
            text = text[: -len(ending)]
            break
    return re.sub(r'[\\/:*?"<>|\s]+', "_", text).strip("._") or "scan"


def _from_list(path: Path) -> Found:
    """A table with the column 'path', and 'id', 'series', 'frame', 'subject', 'session' where wanted; in a row with a 'study'
    (its UID) the path is a folder with DICOM files of that study, of which one series is chosen."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The list {path} cannot be read ({error}). Save it as text in UTF-8.") from error
    rows = csv.DictReader(text.splitlines(), delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
    if "path" not in (rows.fieldnames or ()):
        raise InputError(f"The list {path} has no column 'path'. Its first line has to name the columns.")
    found = Found()
    studies: dict[str, list[tuple[Path, DicomSeries]]] = defaultdict(list)
    for number, row in enumerate(rows, 2):
        text = (row.get("path") or "").strip()
        if not text:
            continue
        scan = (path.parent / Path(text).expanduser()).absolute()
        if not scan.exists():
            found.leave_out(scan, f"line {number} of the list: it does not exist")
            continue
        study = (row.get("study") or "").strip()
        if study:
            here: dict[str, list[tuple[Path, DicomSeries]]] = defaultdict(list)
            _add_series(scan, here, found)
            studies[study] += here[study]
            continue
        frame = (row.get("frame") or "").strip()
        if frame and not frame.isdigit():
            raise InputError(f"Line {number} of {path}: the frame '{frame}' is not a whole number of 0 or more.")
        name = re.sub(r"[^\w.-]+", "_", (row.get("id") or "").strip()) or name_of(scan, scan.parent)
        found.scans.append(
            Source(
                str(scan),
                name,
                (row.get("series") or "").strip() or None,
                int(frame) if frame else None,
                (row.get("subject") or "").strip(),
                (row.get("session") or "").strip(),
            )
        )
    for study, members in studies.items():
        if members:
            _choose_of_study(study, members, None, found)
        else:
            found.leave_out(f"study {study}", "its files were not found where the list says")
    return found


def _from_bids(root: Path) -> Found:
    """The anatomical images of a BIDS data set: one image for each subject and session, T2-weighted where there is one."""
    found = Found()
    groups: dict[tuple[str, str], list[tuple[int, Path]]] = defaultdict(list)
    for path in sorted([*root.glob("sub-*/anat/*.nii*"), *root.glob("sub-*/ses-*/anat/*.nii*")]):
        match = _BIDS_NAME.fullmatch(name_of(path, path.parent))
        if match is None:
            found.leave_out(path, "its name does not follow BIDS")
        elif match["suffix"] not in BIDS_SUFFIXES:
            found.leave_out(path, f"'{match['suffix']}' is not a contrast that is segmented")
        else:
            groups[match["subject"], match["session"] or ""].append((BIDS_SUFFIXES.index(match["suffix"]), path))
    for (subject, session), images in sorted(groups.items()):
        chosen = min(images)[1]
        found.scans.append(Source(str(chosen), name_of(chosen, chosen.parent), subject=subject, session=session))
        for _, other in images:
            if other != chosen:
                found.leave_out(other, f"another image of this subject was chosen: {chosen.name}")
    return found


def _from_folder(root: Path, choice: Choice) -> Found:
    """Every volume file, and the sagittal spine series of every DICOM study."""
    from ..volume.dicom_file import is_dicom_file

    found = Found()
    studies: dict[str, list[tuple[Path, DicomSeries]]] = defaultdict(list)

    def unreadable(error: OSError) -> None:
        found.leave_out(error.filename, f"it cannot be read: {error.strerror}")

    for folder, subfolders, names in os.walk(root, onerror=unreadable):
        here = Path(folder)
        subfolders[:] = sorted(name for name in subfolders if not name.startswith(".") and here / name != choice.skip)
        dicom = False
        for name in sorted(names):
            path = here / name
            if not has_plain_name(path):
                found.leave_out(repr(str(path)), "its name contains characters that are not valid text (UTF-8)")
            elif name.startswith("."):
                continue
            elif name.lower().endswith(VOLUME_ENDINGS):
                reason = _why_not(path, root, choice.include)
                if reason:
                    found.leave_out(path, reason)
                else:
                    found.scans.append(Source(str(path), name_of(path, root if choice.path_names else here)))
            elif not dicom:
                dicom = name.upper() != "DICOMDIR" and is_dicom_file(path)
        if dicom:
            _add_series(here, studies, found)
    for study, members in studies.items():
        _choose_of_study(study, members, root if choice.path_names else None, found)
    return found


def _why_not(path: Path, root: Path, include: str | None) -> str:
    """Why a volume file is not a scan; empty where it is one."""
    if include is not None:
        fits = fnmatch(path.relative_to(root).as_posix(), include) or fnmatch(path.name, include)
        return "" if fits else f"its name does not fit '{include}'"
    return "a label map, by its name" if _LABEL_MAP_NAME.fullmatch(name_of(path, path.parent)) else ""


def _add_series(folder: Path, studies: dict[str, list[tuple[Path, DicomSeries]]], found: Found) -> None:
    """The series that lie in a folder itself, by their study."""
    from ..volume.dicom_series import list_series

    try:
        series = list_series(folder, nested=False)
    except (InputError, OSError) as error:
        found.leave_out(folder, str(error))
        return
    if not series:
        found.leave_out(folder, "its DICOM files are not a volume (fewer than three slices, or pictures)")
    for one in series:
        studies[one.study or str(folder.parent)].append((folder, one))
        found.series_files[str(folder), one.uid] = inputs.files_of_series(one)


def _choose_of_study(study: str, members: list[tuple[Path, DicomSeries]], root: Path | None, found: Found) -> None:
    """One series a study: sagittal, no scout, T2 before unknown before T1, without fat suppression, with most slices. Its name
    is its path below ``root``, or else made from the study's UID."""
    weights = {"T2": 0, "unknown": 1, "T1": 2}
    ranked = sorted(
        (
            (weights[one.weighting], one.fat_suppressed, -one.slice_count, one.number, str(folder), n)
            for n, (folder, one) in enumerate(members)
            if one.view == "sagittal" and not one.is_scout
        ),
    )
    chosen = ranked[0][-1] if ranked else None
    for n, (folder, one) in enumerate(members):
        where = f"{folder} ({one.text()})"
        if n == chosen:
            name = f"study-{hashlib.sha256(study.encode()).hexdigest()[:8]}" if root is None else name_of(folder, root)
            found.scans.append(Source(str(folder), f"{name}_{one.number}", one.uid))
        elif one.is_scout:
            found.leave_out(where, "a scout")
        elif one.view != "sagittal":
            found.leave_out(where, f"{one.view} slices")
        else:
            found.leave_out(where, f"another sagittal series of this study was chosen: {members[chosen][1].text()}")  # type: ignore[index]
