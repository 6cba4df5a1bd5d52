"""A folder of cases to learn from. Each case is a folder of its own, as ``cases.load_real_case`` reads it:

``image.nii.gz``, ``labels.nii.gz``, ``valid.nii.gz``, ``case.json`` (where it comes from, checksum, levels),
``thumbnail.png``. Beside them ``roles.json`` says which cases are for training, for validation, or left out. No patient's
name is written unless it is asked for.
"""

from __future__ import annotations

import getpass
import hashlib
import re
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..anatomy import CANAL_LABEL, FIRST_VERTEBRA_LABEL, level_of_label
from ..errors import InputError
from ..files import make_folder, read_json, remove_leftovers, whole_folder, write_json
from ..locks import FolderLock
from ..schema import check
from ..spine import disc_regions
from ..volume import Volume
from ..volume.write import write_volume
from .case_schema import LEFT_OUT, ROLES, ROLES_SCHEMA, SPLITS_SCHEMA, TRAINING, VALIDATION
from .checks import check_pair
from .folder import CARD_FILE, OWN_GROUP, case_folders, read_card
from .patients import patient_key
from .regions import is_cut_by_border, valid_region

__all__ = [
    "LEFT_OUT",
    "ROLES",
    "TRAINING",
    "VALIDATION",
    "CaseRecord",
    "NewCase",
    "add_case",
    "checksum",
    "existing_cases",
    "list_cases",
    "remove_case",
    "set_role",
    "split_problems",
    "suggest_roles",
    "write_roles",
]

ROLES_FILE, SPLITS_FILE = "roles.json", "splits.json"


@dataclass(frozen=True)
class CaseRecord:
    """What is known of a case without reading its voxels. ``patient`` is a hash, or a name given by a public data set;
    cases without one count as people of their own. ``sha256`` is '' where the card has none."""

    id: str
    folder: Path
    group: str
    role: str
    patient: str
    discs: tuple[str, ...]
    sha256: str
    info: dict[str, Any]

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(self.info.get("warnings", ()))


def list_cases(folder: str | Path) -> list[CaseRecord]:
    """The cases of a folder, by name. Raises ``InputError`` where there is none."""
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}. Choose the folder that holds the cases.")
    found = case_folders(folder)
    if not found:
        raise InputError(f"{folder} holds no case yet. Add one, or import images with their label maps.")
    roles = _read_roles(found[0].parent)
    return [_record(path, roles) for path in found]


def _record(folder: Path, roles: dict[str, str]) -> CaseRecord:
    return _record_of_card(folder, read_card(folder), roles)


def _record_of_card(folder: Path, card: dict[str, Any], roles: dict[str, str]) -> CaseRecord:
    return CaseRecord(
        id=folder.name,
        folder=folder,
        group=card.get("set", OWN_GROUP),
        role=roles.get(folder.name, TRAINING),
        patient=card.get("subject") or folder.name,
        discs=tuple(card.get("labelled_levels", ())),
        sha256=card.get("sha256", ""),
        info=card,
    )


def _read_roles(folder: Path) -> dict[str, str]:
    """Roles from ``roles.json``; where it says nothing, 'validation' for those that ``splits.json`` lists."""
    roles: dict[str, str] = {}
    if (folder / SPLITS_FILE).is_file():
        splits = read_json(folder / SPLITS_FILE)
        check(splits, SPLITS_SCHEMA, folder / SPLITS_FILE)
        roles |= dict.fromkeys(splits.get("validation", ()), VALIDATION)
    if (folder / ROLES_FILE).is_file():
        stored = read_json(folder / ROLES_FILE)
        check(stored, ROLES_SCHEMA, folder / ROLES_FILE)
        roles |= stored
    return roles


def set_role(records: Sequence[CaseRecord], case_id: str, role: str) -> list[str]:
    """Gives a case a role and writes it down. A patient is never on both sides: the patient's other cases in the same
    folder get the role, too. Returns the ids of the cases whose role changed."""
    if role not in ROLES:
        raise ValueError(f"unknown role {role!r}")
    chosen = next(record for record in records if record.id == case_id)
    folder = chosen.folder.parent
    changed = [case_id]
    if role != LEFT_OUT:
        same = (r for r in records if r.patient == chosen.patient and r.folder.parent == folder and r.id != case_id)
        changed += [other.id for other in same if other.role not in (role, LEFT_OUT)]
    roles = {r.id: r.role for r in records if r.folder.parent == folder} | dict.fromkeys(changed, role)
    write_json(folder / ROLES_FILE, roles)
    return changed


def split_problems(records: Iterable[CaseRecord]) -> list[str]:
    """What is wrong with the split, in words; empty where all is well."""
    used = [record for record in records if record.role != LEFT_OUT]
    problems = []
    for what, key in (("The same patient", lambda r: r.patient), ("The same image", lambda r: r.sha256)):
        sides: dict[str, dict[str, str]] = {}
        for record in used:
            if key(record):
                sides.setdefault(key(record), {})[record.role] = record.id
        for both in sides.values():
            if len(both) > 1:
                problems.append(
                    f"{what} is on both sides: {both[TRAINING]} (training) and {both[VALIDATION]} (validation). Give both "
                    "the same role."
                )
    return problems


def suggest_roles(records: Sequence[CaseRecord], share: float = 0.2) -> dict[str, str]:
    """Roles by patient: about ``share`` of the patients, at least one of two or more, for validation. Always the same."""
    patients = sorted({r.patient for r in records}, key=lambda text: hashlib.sha256(text.encode()).hexdigest())
    count = max(1, round(share * len(patients))) if len(patients) > 1 else 0
    held_out = set(patients[:count])
    return {r.id: VALIDATION if r.patient in held_out else TRAINING for r in records}


def write_roles(folder: str | Path, roles: dict[str, str]) -> None:
    write_json(Path(folder) / ROLES_FILE, roles)


def checksum(volume: Volume) -> str:
    """SHA-256 of the voxels (as float32) and their shape: the same scan is recognised whatever its file is called."""
    array = np.ascontiguousarray(volume.array, np.float32)
    return hashlib.sha256(f"{array.shape}".encode() + array.tobytes()).hexdigest()


@dataclass(frozen=True)
class NewCase:
    """What becomes a case.

    ``name`` is what the case is to be called, '' for 'case-001' …; it is written down, so it must not be a patient's.
    ``patient`` is any text that tells people apart (a patient ID), and is kept as a hash. ``valid``: 1 where the labels are
    complete; without it, the region around the annotated discs. ``provenance``: how the labels came about; plain data without
    names. ``group``: the data set that the case belongs to. ``known``: entries of the card that are known better than the label
    map tells.
    """

    image: Volume
    labels: Volume
    valid: Volume | None = None
    name: str = ""
    patient: str = ""
    group: str = OWN_GROUP
    levels_certain: bool = True
    provenance: dict[str, Any] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)


def add_case(folder: str | Path, case: NewCase, role: str = TRAINING) -> CaseRecord:
    """Adds a case, whole or not at all. A patient whose other scans have a role keeps that role.

    Raises ``InputError`` where the case cannot be used for training or is there already, ``OutputError`` where it
    cannot be written.
    """
    folder = make_folder(folder)
    warnings = check_pair(case.image, case.labels)
    digest = checksum(case.image)
    labels = case.labels.with_array(case.labels.array.astype(np.uint8))
    region = case.valid.array if case.valid is not None else valid_region(labels)
    with FolderLock(folder, f"Another program is adding a case to {folder}. Try again in a moment."):
        remove_leftovers(folder)
        others = existing_cases(folder)
        same_scan = next((record for record in others if record.sha256 == digest), None)
        if same_scan is not None:
            raise InputError(
                f"This scan is in the training set already, as {same_scan.id}. Remove that case to add another version."
            )
        case_id = _new_id(folder, case.name)
        card = _card(case_id, labels, case.levels_certain, warnings) | {
            "set": case.group,
            "subject": patient_key(case.patient),
            "sha256": digest,
            "added": {"by": _user(), "at": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "version": __version__},
            "provenance": case.provenance,
            **case.known,
        }
        # the role first: it means nothing without the case, but a case without its role could be on the wrong side
        of_patient = [r.role for r in others if card["subject"] and r.patient == card["subject"] and r.role != LEFT_OUT]
        roles = _read_roles(folder) | {case_id: of_patient[0] if of_patient and role != LEFT_OUT else role}
        write_roles(folder, roles)
        with whole_folder(folder / case_id) as new:
            write_volume(case.image, new / "image.nii.gz")
            write_volume(labels, new / "labels.nii.gz")
            write_volume(labels.with_array((region > 0).astype(np.uint8)), new / "valid.nii.gz")
            write_json(new / CARD_FILE, card)
    return _record_of_card(folder / case_id, card, roles)


def existing_cases(folder: str | Path) -> list[CaseRecord]:
    """Like ``list_cases``; an empty folder is no error."""
    found = case_folders(folder)
    roles = _read_roles(Path(folder))
    return [_record(path, roles) for path in found]


def remove_case(record: CaseRecord) -> None:
    """Deletes a case that was added here; cases of a public data set are only left out, never deleted."""
    if "added" not in record.info:
        raise InputError(f"{record.id} was not added by this program, so it is not deleted. Leave it out instead.")
    shutil.rmtree(record.folder)


def _card(case_id: str, labels: Volume, levels_certain: bool, warnings: tuple[str, ...]) -> dict[str, Any]:
    discs = list(disc_regions(labels).values())
    values = np.unique(labels.array)
    annotated = ["discs"]
    if ((values >= FIRST_VERTEBRA_LABEL) & (values < CANAL_LABEL)).any():
        annotated.append("vertebrae")
    if (values == CANAL_LABEL).any():
        annotated.append("canal")
    return {
        "id": case_id,
        "annotated": annotated,
        "labelled_levels": [level_of_label(disc.label) for disc in discs],
        "incomplete_discs": [level_of_label(disc.label) for disc in discs if is_cut_by_border(disc)],
        "level_uncertain": not levels_certain,
        "valid_region": {"type": "mask", "file": "valid.nii.gz"},
        "spacing": [round(s, 4) for s in labels.spacing_mm],
        "size_ijk": list(labels.size_ijk),
        "centres_mm_LPS": {level_of_label(d.label): [round(float(x), 2) for x in d.centre_mm_lps] for d in discs},
        "warnings": list(warnings),
    }


def _new_id(folder: Path, wanted: str) -> str:
    stem = re.sub(r"[^\w.-]+", "_", wanted).strip("._")[:60]
    if stem and not (folder / stem).exists():
        return stem
    number = 1
    while (folder / f"{stem or 'case'}-{number:03d}").exists():
        number += 1
    return f"{stem or 'case'}-{number:03d}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
