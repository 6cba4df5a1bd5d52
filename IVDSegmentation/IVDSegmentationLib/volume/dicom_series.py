"""What DICOM volumes a folder offers, and which of them is meant.

Series are taken apart by more than their UID: scouts mix orientations in one series, multi-echo scans repeat every
position. Each orientation is its own entry of the list; repeated positions are frames.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..errors import InputError
from ..files import has_plain_name
from .quiet import quiet_itk

MINIMUM_SLICES = 3
_VIEWS = ("sagittal", "coronal", "axial")


@dataclass(frozen=True)
class Slice:
    """One DICOM file. ``direction``: columns are the LPS directions of i, j and the normal. ``count`` > 1: a file with
    several frames."""

    path: Path
    uid: str
    size_ij: tuple[int, int]
    count: int
    colour: bool
    origin_mm_lps: np.ndarray
    direction: np.ndarray
    instance: float
    tags: dict[str, str]

    @property
    def height_mm(self) -> float:
        """Place along the normal."""
        return float(self.origin_mm_lps @ self.direction[:, 2])


@dataclass(frozen=True)
class DicomSeries:
    """One volume that a folder offers. ``slices`` are ordered along the normal."""

    number: int
    uid: str
    description: str
    slices: tuple[Slice, ...]

    @property
    def view(self) -> str:
        """sagittal, coronal or axial: the plane its slices are nearest to."""
        return _VIEWS[int(np.argmax(np.abs(self.slices[0].direction[:, 2])))]

    @property
    def study(self) -> str:
        """StudyInstanceUID; empty where the files do not tell."""
        return self.slices[0].tags.get("0020|000d", "")

    @property
    def slice_count(self) -> int:
        return sum(one.count for one in self.slices)

    @property
    def echo_time_ms(self) -> float | None:
        return _number(self.slices[0].tags.get("0018|0081"))

    @property
    def weighting(self) -> str:
        """'T2', 'T1' or 'unknown': by the description, else by echo and repetition time."""
        words = self.description.lower()
        if any(word in words for word in ("t2", "tirm", "stir", "dixon_w", "haste", "ciss", "fiesta")):
            return "T2"
        if "t1" in words:
            return "T1"
        repetition = _number(self.slices[0].tags.get("0018|0080"))
        if self.echo_time_ms is None or repetition is None:
            return "unknown"
        if self.echo_time_ms >= 60 and repetition >= 1500:
            return "T2"
        return "T1" if self.echo_time_ms < 30 and repetition < 1000 else "unknown"

    @property
    def fat_suppressed(self) -> bool:
        words = self.description.lower().replace("-", "_").replace(" ", "_")
        return any(w in words for w in ("stir", "tirm", "spair", "spir", "_fs", "fatsat", "fat_sat", "dixon"))

    @property
    def is_scout(self) -> bool:
        return any(word in self.description.lower() for word in ("localizer", "scout", "survey", "3-plane", "3 plane"))

    def text(self) -> str:
        """One line for the list that the user chooses from."""
        parts = [f"{self.number}: {self.description or 'no description'}", self.view, f"{self.slice_count} slices"]
        if self.echo_time_ms is not None:
            parts.append(f"TE {self.echo_time_ms:g} ms")
        return ", ".join(parts)


def is_dicom_file(path: Path) -> bool:
    """By its content: 'DICM' after the preamble. DICOM without a preamble is known by its ending only."""
    try:
        with open(path, "rb") as file:
            head = file.read(132)
    except OSError:
        return False
    return head[128:132] == b"DICM" or (path.suffix.lower() in (".dcm", ".ima") and len(head) == 132)


def list_series(folder: str | Path, *, nested: bool = True) -> list[DicomSeries]:
    """Every volume of three slices or more in a folder and its subfolders, numbered from 1 by series number.

    Pictures (dose reports, screenshots) and single scout slices are left out.
    """
    groups: dict[tuple, list[Slice]] = defaultdict(list)
    with quiet_itk():
        for path in _files(Path(folder), nested):
            found = read_header(path)
            if found is None or found.colour:
                continue
            plane = tuple(np.round(found.direction.ravel(), 2) + 0.0)  # + 0.0: no -0.0
            # several frames in one file are a volume by themselves
            own = str(path) if found.count > 1 else ""
            groups[(found.uid, found.size_ij, plane, own)].append(found)
    volumes = [_in_order(slices) for slices in groups.values()]
    volumes = [slices for slices in volumes if sum(one.count for one in slices) >= MINIMUM_SLICES]
    volumes.sort(key=lambda slices: (_number(slices[0].tags.get("0020|0011")) or 0, str(slices[0].path)))
    return [
        DicomSeries(number, slices[0].uid, slices[0].tags.get("0008|103e", ""), tuple(slices))
        for number, slices in enumerate(volumes, 1)
    ]


def choose_series(found: list[DicomSeries], folder: Path, wanted: str | None = None) -> DicomSeries:
    """The series asked for, else the only one, else the only sagittal T2. Raises ``InputError`` with the list."""
    if not found:
        raise InputError(
            f"{folder} holds no DICOM volume (a series of {MINIMUM_SLICES} slices or more). "
            "Give the folder with the scan's slices, or name volume files one by one."
        )
    if wanted is not None:
        return _series_by_name(found, folder, str(wanted).strip())
    if len(found) == 1:
        return found[0]
    sagittal = [one for one in found if one.view == "sagittal" and not one.is_scout]
    if len(sagittal) == 1 and sagittal[0].weighting != "T1":
        return sagittal[0]
    t2 = [one for one in sagittal if one.weighting == "T2"]
    plain = [one for one in t2 if not one.fat_suppressed]
    for candidates in (t2, plain):
        if len(candidates) == 1:
            return candidates[0]
    raise InputError(
        f"{folder} holds {len(found)} series and no single sagittal T2 among them. "
        f"Choose one by its number (--series 1):\n{_list_text(found)}"
    )


def _series_by_name(found: list[DicomSeries], folder: Path, wanted: str) -> DicomSeries:
    """By number, UID, whole description or part of the description, in this order."""
    low = wanted.lower()
    ways: tuple[Callable[[DicomSeries], bool], ...] = (
        lambda one: str(one.number) == wanted,
        lambda one: one.uid == wanted,
        lambda one: one.description.lower() == low,
        lambda one: bool(low) and low in one.description.lower(),
    )
    for fits in ways:
        hits = [one for one in found if fits(one)]
        if len(hits) == 1:
            return hits[0]
        if hits:
            raise InputError(f"'{wanted}' fits {len(hits)} series of {folder}. Choose by number:\n{_list_text(hits)}")
    raise InputError(f"{folder} has no series '{wanted}'. Choose one of these by number:\n{_list_text(found)}")


def _list_text(found: list[DicomSeries]) -> str:
    return "\n".join("  " + one.text() for one in found)


def _files(folder: Path, nested: bool) -> list[Path]:
    found = []
    for root, folders, names in os.walk(folder, onerror=_raise):
        folders.sort()
        found += [Path(root, name) for name in sorted(names)]
        if not nested:
            break
    images = [path for path in found if path.name.upper() != "DICOMDIR" and is_dicom_file(path)]
    for path in images:
        check_name(path)
    return images


def check_name(path: Path) -> None:
    if not has_plain_name(path):
        raise InputError(f"{path} has letters in its name that are not valid text (UTF-8). Rename it.")


def _raise(error: OSError) -> None:
    raise error


def read_header(path: Path) -> Slice | None:
    """None where the file is no DICOM image."""
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        return None
    size = reader.GetSize()
    if len(size) != 3:
        return None
    wanted = (
        *("0008|0018", "0008|0060", "0008|103e", "0018|0080", "0018|0081"),
        *("0020|000d", "0020|000e", "0020|0011", "0020|0013"),
    )
    tags = {key: _clean(reader.GetMetaData(key)) for key in wanted if reader.HasMetaDataKey(key)}
    direction = np.reshape(reader.GetDirection(), (3, 3)).copy()
    direction[:, 2] = np.cross(direction[:, 0], direction[:, 1])
    return Slice(
        path=path,
        uid=tags.get("0020|000e", ""),
        size_ij=(size[0], size[1]),
        count=size[2],
        colour=reader.GetNumberOfComponents() > 1,
        origin_mm_lps=np.array(reader.GetOrigin(), float),
        direction=direction,
        instance=_number(tags.get("0020|0013")) or 0.0,
        tags=tags,
    )


def _in_order(slices: list[Slice]) -> list[Slice]:
    """Along the normal. An image that was exported twice (same instance UID) counts once."""
    once = {one.tags.get("0008|0018", str(one.path)): one for one in slices}
    return sorted(once.values(), key=lambda one: one.height_mm)


def _clean(text: str) -> str:
    """DICOM pads with blanks and zeros; foreign character sets may leave what cannot be printed."""
    return text.encode("utf-8", "replace").decode("utf-8").strip(" \0")


def _number(text: str | None) -> float | None:
    try:
        return float(text.split("\\")[0]) if text else None
    except ValueError:
        return None
