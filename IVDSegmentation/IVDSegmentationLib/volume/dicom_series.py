"""What DICOM volumes a folder offers, and which of them is meant.

Series are taken apart by more than their UID: scouts mix orientations in one series, multi-echo scans repeat every
position. Each orientation, size and spacing is its own entry of the list; repeated positions are frames.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..files import has_plain_name
from .dicom_file import files_of_folder
from .dicom_slice import Slice, Unusable, read_dicom_header

MINIMUM_SLICES = 3
SAME_DIRECTION = 2e-3
"""Directions whose numbers differ by less (0.1 degree, 0.3 mm at 150 mm) are one: scanners and anonymizers round."""
SAME_SPACING = 1e-3
"""Pixel spacings that differ by less (a part of them) are one."""
_VIEWS = ("sagittal", "coronal", "axial")


@dataclass(frozen=True)
class DicomSeries:
    """One volume that a folder offers. ``slices`` are ordered along the normal."""

    number: int
    uid: str
    description: str
    slices: tuple[Slice, ...]
    left_out: tuple[str, ...] = ()
    """Sentences on images of the series that are no part of ``slices``."""
    unusable: tuple[Unusable, ...] = ()
    """Files that belong to the series, or may do so."""

    @property
    def has_place(self) -> bool:
        return self.slices[0].has_place

    @property
    def view(self) -> str:
        """sagittal, coronal or axial: the plane its slices are nearest to."""
        direction = self.slices[0].direction
        return "no position" if direction is None else _VIEWS[int(np.argmax(np.abs(direction[:, 2])))]

    @property
    def study(self) -> str:
        """StudyInstanceUID; empty where the files do not tell."""
        return self.slices[0].study

    @property
    def slice_count(self) -> int:
        return len(self.slices)

    @property
    def echo_time_ms(self) -> float | None:
        return self.slices[0].echo_ms

    @property
    def weighting(self) -> str:
        """'T2', 'T1' or 'unknown': by the description, else by echo and repetition time."""
        words = self.description.lower()
        if any(word in words for word in ("t2", "tirm", "stir", "dixon_w", "haste", "ciss", "fiesta")):
            return "T2"
        if "t1" in words:
            return "T1"
        repetition = self.slices[0].repetition_ms
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


def list_series(folder: str | Path, *, nested: bool = True) -> list[DicomSeries]:
    """Every volume of three slices or more in a folder and its subfolders, numbered from 1 by series number.

    Pictures (dose reports, screenshots) and single scout slices are left out.
    """
    slices: list[Slice] = []
    unusable: list[Unusable] = []
    for path in files_of_folder(Path(folder), nested):
        check_name(path)
        found = read_dicom_header(path)
        if isinstance(found, Unusable):
            unusable.append(found)
        elif found is not None:
            slices += [one for one in found if not one.layout.is_colour]
    known = {one.uid for one in slices if one.uid}
    groups = _groups(slices)
    volumes = [group for group in groups if len(group) >= MINIMUM_SLICES]
    single = [one for group in groups if len(group) < MINIMUM_SLICES for one in group]
    volumes.sort(key=lambda group: (group[0].number, str(group[0].path)))
    return [
        DicomSeries(
            number, group[0].uid, group[0].description, tuple(group), _left_out(group, single), _beside(group, unusable, known)
        )
        for number, group in enumerate(volumes, 1)
    ]


def _groups(slices: Iterable[Slice]) -> list[list[Slice]]:
    """Slices of one series, size, spacing and orientation; along the normal where they have a place."""
    groups: list[list[Slice]] = []
    by_key: dict[tuple, list[list[Slice]]] = {}
    for one in slices:
        alike = by_key.setdefault((one.uid, one.own_file, one.size_ij, one.has_place, one.spacing_ij is None), [])
        for group in alike:
            if _same_grid(group[0], one):
                group.append(one)
                break
        else:
            alike.append([one])
            groups.append(alike[-1])
    for group in groups:
        if group[0].has_place:
            group.sort(key=lambda one: one.height_mm)
    return groups


def _same_grid(one: Slice, other: Slice) -> bool:
    if one.has_place and np.abs(one.direction - other.direction).max() > SAME_DIRECTION:  # type: ignore[operator]
        return False
    return one.spacing_ij is None or _same_spacing(one, other)


def _left_out(group: Sequence[Slice], single: Sequence[Slice]) -> tuple[str, ...]:
    """Sentences on images of the same series that do not fit its volume."""
    first = group[0]
    sentences = []
    for one in single:
        if not one.uid and first.uid and one.size_ij == first.size_ij and one.path.parent == first.path.parent:
            sentences.append(f"{one.path.name} was left out: it does not say which series it belongs to. Is a slice missing?")
            continue
        if one.uid != first.uid:
            if _continues(group, one):
                sentences.append(
                    f"{one.path.name} lies where the next slice of the series would, but was left out: its series instance UID "
                    "is another one. Is it a slice of the series?"
                )
            continue
        if one.size_ij != first.size_ij:
            size, usual = (" x ".join(map(str, sizes)) for sizes in (one.size_ij, first.size_ij))
            why = f"it has {size} voxels, the others {usual}"
        elif one.has_place != first.has_place:
            why = "it gives no position"
        elif one.spacing_ij is None or first.spacing_ij is None or not _same_spacing(one, first):
            why = "it has another pixel spacing"
        elif one.own_file != first.own_file:
            continue
        else:
            why = "it has another orientation"
        sentences.append(f"{one.path.name} belongs to the series, but was left out: {why}. Is a slice missing?")
    return tuple(sentences)


def _continues(group: Sequence[Slice], one: Slice) -> bool:
    """Whether a single image is one slice further than the first or the last one of a volume in its folder."""
    first, last = group[0], group[-1]
    beside = one.path.parent in {other.path.parent for other in group}
    if not (beside and one.has_place and first.has_place) or one.size_ij != first.size_ij or not _same_grid(first, one):
        return False
    assert first.position_mm is not None and last.position_mm is not None and one.position_mm is not None
    step = (last.position_mm - first.position_mm) / max(1, len(group) - 1)
    allowed = 0.1 * float(np.linalg.norm(step))
    ends = (first.position_mm - step, last.position_mm + step)
    return allowed > 0 and min(float(np.linalg.norm(one.position_mm - end)) for end in ends) < allowed


def _same_spacing(one: Slice, other: Slice) -> bool:
    assert one.spacing_ij and other.spacing_ij
    return all(abs(a - b) <= SAME_SPACING * a for a, b in zip(one.spacing_ij, other.spacing_ij))


def _beside(group: Sequence[Slice], unusable: Sequence[Unusable], known: Collection[str]) -> tuple[Unusable, ...]:
    """Files that could not be used and may belong to the group: by their series, or, where that is none of those ``known``
    (as in a damaged header), by their folder."""
    folders = {one.path.parent for one in group}
    return tuple(one for one in unusable if (one.uid == group[0].uid if one.uid in known else one.path.parent in folders))


def choose_series(found: list[DicomSeries], folder: Path, wanted: str | None = None) -> DicomSeries:
    """The series asked for, else the only one, else the only sagittal T2. Raises ``InputError`` with the list."""
    if not found:
        raise InputError(
            f"{folder} holds no DICOM volume (a series of {MINIMUM_SLICES} slices or more). "
            "Give the folder with the scan's slices, or name volume files one by one."
        )
    if wanted is not None:
        return _series_by_name(found, folder, str(wanted).strip())
    placed = [one for one in found if one.has_place]
    if len(placed or found) == 1:
        return (placed or found)[0]
    sagittal = [one for one in placed if one.view == "sagittal" and not one.is_scout]
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


def check_name(path: Path) -> None:
    if not has_plain_name(path):
        raise InputError(f"{path} has letters in its name that are not valid text (UTF-8). Rename it.")
