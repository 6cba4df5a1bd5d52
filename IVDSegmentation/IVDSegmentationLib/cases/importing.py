"""Images with their label maps in a folder of any origin: found in pairs, checked, and added to the cases."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ..errors import InputError, IVDError
from ..files import list_folder
from ..volume.read import read_volume
from .folder import OWN_GROUP, case_folders, load_real_case
from .labelmaps import read_label_map
from .store import CaseRecord, NewCase, add_case, existing_cases, suggest_roles, write_roles

ENDINGS = (".seg.nrrd", ".nii.gz", ".nii", ".nrrd", ".mha", ".mhd")
_LABEL_WORD = re.compile(r"[-_ .]*(labels?|labelmap|seg|segmentation|mask|gt)$", re.I)
_IMAGE_WORD = re.compile(r"[-_ .]*(image|img|0000)$", re.I)
LABEL_FOLDERS = ("labels", "labelsTr", "masks", "segmentations")
IMAGE_FOLDERS = ("images", "imagesTr", "volumes", ".")


@dataclass(frozen=True)
class Pair:
    name: str
    image: Path
    labels: Path


@dataclass
class ImportReport:
    """``refused``: (name, reason)."""

    added: list[CaseRecord] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)

    def text(self) -> str:
        lines = [f"{len(self.added)} added, {len(self.refused)} refused."]
        lines += [f"{record.id}: {'; '.join(record.warnings)}" for record in self.added if record.warnings]
        lines += [f"{name} was refused: {reason}" for name, reason in self.refused]
        return "\n".join(lines)


def find_pairs(folder: str | Path) -> list[Pair]:
    """Images and label maps that belong together.

    Understood: 'x.nii.gz' beside 'x_labels.nii.gz' (also -label, _seg, _mask, .seg.nrrd), the folders 'images' and 'labels'
    (also nnU-Net's imagesTr and labelsTr), and a folder for each case with an 'image' and a 'labels' or 'segmentation'.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}. Choose the folder with the images and label maps.")
    places = [(folder, folder)]
    places += [
        (folder / a, folder / b)
        for a in IMAGE_FOLDERS
        for b in LABEL_FOLDERS
        if (folder / a).is_dir() and (folder / b).is_dir()
    ]
    places += [(sub, sub) for sub in list_folder(folder) if sub.is_dir()]
    pairs: dict[Path, Pair] = {}
    for images, labels in places:
        for pair in _pairs_between(images, labels, in_root=images == folder):
            pairs.setdefault(pair.image, pair)
    if not pairs:
        raise InputError(
            f"{folder} holds no image with a label map. Name them alike, for example 'scan1.nii.gz' and 'scan1_labels.nii.gz'."
        )
    return sorted(pairs.values(), key=lambda pair: pair.name)


def _pairs_between(images: Path, labels: Path, in_root: bool) -> list[Pair]:
    found: dict[str, Path] = {}
    maps: dict[str, Path] = {}
    apart = images != labels
    for path in _volumes(images):
        stem = _stem(path)
        if apart or not (_LABEL_WORD.search(stem) or path.name.lower().endswith(".seg.nrrd")):
            found[_IMAGE_WORD.sub("", stem)] = path
    for path in _volumes(labels):
        stem = _stem(path)
        if apart or _LABEL_WORD.search(stem) or path.name.lower().endswith(".seg.nrrd"):
            maps.setdefault(_LABEL_WORD.sub("", stem), path)
    return [
        Pair(
            stem or images.name if in_root or apart else images.name if len(found) == 1 else stem,
            found[stem],
            maps[stem],
        )
        for stem in found
        if stem in maps
    ]


def _volumes(folder: Path) -> list[Path]:
    return [path for path in list_folder(folder) if path.is_file() and path.name.lower().endswith(ENDINGS)]


def _stem(path: Path) -> str:
    name = path.name
    ending = next(e for e in ENDINGS if name.lower().endswith(e))
    return name[: -len(ending)]


def import_folder(
    source: str | Path,
    target: str | Path,
    *,
    values: Mapping[int, int] | None = None,
    keep_names: bool = False,
    progress: Callable[[int, int, str], None] = lambda done, count, name: None,
) -> ImportReport:
    """Adds every pair of ``source`` to the cases in ``target``; what cannot be used is refused with its reason and does not
    stop the rest. Then about a fifth of the patients is kept for validation, unless roles had been given before.

    ``values``: value in the files -> ours. Pairs of one patient: those that share the part of the name before the first '_'
    or blank. Folders in our own layout keep their valid region.
    """
    source, target = Path(source), Path(target)
    report = ImportReport()
    cases = [path for path in case_folders(source) if path != source] if source.is_dir() else []
    pairs = [] if cases else find_pairs(source)
    had_roles = (target / "roles.json").is_file()
    patient = _patient_by_name([pair.name for pair in pairs])
    count = len(cases) + len(pairs)
    for done, case in enumerate(cases):
        progress(done, count, case.name)
        _attempt(report, case.name, partial(_add_case_folder, case, target, keep_names))
    for done, pair in enumerate(pairs):
        progress(done, count, pair.name)

        def add(pair: Pair = pair) -> CaseRecord:
            return _add_pair(pair, target, values, keep_names, patient(pair.name))

        _attempt(report, pair.name, add)
    progress(count, count, "")
    if report.added and not had_roles:
        write_roles(target, suggest_roles(existing_cases(target)))
        report.added = [r for r in existing_cases(target) if r.id in {a.id for a in report.added}]
    return report


def _attempt(report: ImportReport, name: str, add: Callable[[], CaseRecord]) -> None:
    try:
        report.added.append(add())
    except IVDError as error:
        report.refused.append((name, str(error)))


def _add_pair(pair: Pair, target: Path, values: Mapping[int, int] | None, keep_names: bool, patient: str) -> CaseRecord:
    image = read_volume(pair.image)
    labels = read_label_map(pair.labels, image, values)
    provenance = {"source": "import", "format": "".join(pair.labels.suffixes[-2:])}
    name = pair.name if keep_names else ""
    return add_case(target, NewCase(image, labels, name=name, patient=patient, provenance=provenance))


def _add_case_folder(folder: Path, target: Path, keep_names: bool) -> CaseRecord:
    case = load_real_case(folder)
    assert case.image is not None
    kept = {k: v for k, v in case.info.items() if k in ("source", "licence", "sequence", "label_kind", "notes")}
    # what was annotated is known better there than from the values alone
    annotated = case.info.get("annotated")
    known = {} if annotated is None else {"annotated": annotated, "incomplete_discs": list(case.incomplete_discs)}
    new = NewCase(
        case.image,
        case.labels,
        case.valid,
        name=folder.name if keep_names else "",
        patient=str(case.info.get("subject", "")),
        group=str(case.info.get("set", OWN_GROUP)),
        levels_certain=case.levels_certain,
        provenance={"source": "import of a case folder"} | kept,
        known=known,
    )
    return add_case(target, new)


def _patient_by_name(names: list[str]) -> Callable[[str], str]:
    starts = [re.split(r"[_ ]", name)[0] for name in names]
    # names such as case_1, case_2 tell no patients: a start that all share is no patient
    shared = {start for start in starts if starts.count(start) > 1} if len(set(starts)) > 1 else set()
    return lambda name: start if (start := re.split(r"[_ ]", name)[0]) in shared else name
