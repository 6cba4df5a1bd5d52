"""Results as files: what the command line writes, and DICOM SEG."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
from dataclasses import replace
from pathlib import Path

import slicer

from ..errors import InputError, OutputError
from ..files import make_folder, write_json, write_text
from ..output.dicom_seg import highdicom_is_installed, write_dicom_seg
from ..output.markups import centres_markups
from ..output.measurements import measurements_csv
from ..output.segmentation import write_segmentation
from ..volume.write import write_volume
from .geometry import ijk_to_ras_of_node, volume_from_ras
from .nodes import ResultNodes, item_of, subject_hierarchy
from .result import labels_of_nodes, result_of_nodes
from .volumes import DICOM_UIDS, volume_of_node

_SLICERS_EXPORTER = "DICOMSegmentationPlugin"
"""Module of Slicer's exporter: of the extension QuantitativeReporting, in the core from 5.12 on."""
_FIRST_WITH_HIGHDICOM = (5, 12)
_PATIENT_FIELDS = (
    ("DICOM.PatientName", "Name"),
    ("DICOM.PatientID", "Patient ID"),
    ("DICOM.PatientBirthDate", "Born"),
    ("DICOM.StudyDate", "Study date"),
)
"""Attribute of the subject hierarchy, heading in a report."""


def why_no_dicom_seg(nodes: ResultNodes) -> str:
    """Why DICOM SEG cannot be written, as a sentence with what to do; '' where it can."""
    if not highdicom_is_installed() and importlib.util.find_spec(_SLICERS_EXPORTER) is None:
        if _slicer_version() < _FIRST_WITH_HIGHDICOM:
            return (
                "This version of Slicer writes DICOM SEG with the extension QuantitativeReporting, which is not installed. "
                "Install it with the Extensions Manager, restart Slicer and export again."
            )
        return (
            "DICOM SEG cannot be written, because the Python package highdicom is missing in this Slicer. Install it in the "
            "Python console with slicer.util.pip_install('highdicom') and export again."
        )
    if nodes.volume is None or not nodes.volume.GetAttribute(DICOM_UIDS):
        return (
            "DICOM SEG refers to the slices it was made from, and this volume was not loaded from DICOM. Import the "
            "DICOM series with the DICOM module and segment it there, or export a label map instead."
        )
    return ""


def export_dicom_seg(nodes: ResultNodes, folder: str | Path) -> list[Path]:
    """Write DICOM SEG into a folder; returns the new files.

    By highdicom, which is part of Slicer 5.12 and newer; before, by the exporter of the extension QuantitativeReporting.
    ``OutputError`` says what is missing or went wrong.
    """
    obstacle = why_no_dicom_seg(nodes)
    if obstacle:
        raise OutputError(obstacle)
    folder = make_folder(folder)
    if highdicom_is_installed():
        return [_export_with_highdicom(nodes, folder)]
    return _export_with_slicer(nodes, folder)


def _export_with_highdicom(nodes: ResultNodes, folder: Path) -> Path:
    database = getattr(slicer, "dicomDatabase", None)
    if database is None or not database.isOpen:
        raise OutputError("The DICOM database is not open. Open the DICOM module once, then export again.")
    files = [database.fileForInstance(uid) for uid in nodes.volume.GetAttribute(DICOM_UIDS).split()]  # type: ignore[union-attr]
    if not all(files):
        raise OutputError(
            "Some DICOM files of the volume are no longer in the DICOM database. Import the series again, then export."
        )
    result = result_of_nodes(nodes)
    # the slices know nothing of a transform that the volume was put under since
    labels = volume_from_ras(result.labels.array, ijk_to_ras_of_node(nodes.volume))
    name = nodes.segmentation.GetName()
    path = _unused_path(folder, "discs.SEG.dcm")
    write_dicom_seg(replace(result, labels=labels), files, path, name)
    database.insert(str(path))
    return path


def _unused_path(folder: Path, name: str) -> Path:
    """A file name in a folder that is not taken: a DICOM object is never overwritten."""
    stem, _dot, ending = name.partition(".")
    paths = (folder / (f"{stem}-{number}.{ending}" if number > 1 else name) for number in itertools.count(1))
    return next(path for path in paths if not path.exists())


def _export_with_slicer(nodes: ResultNodes, folder: Path) -> list[Path]:
    before = set(folder.iterdir())
    # The editor may have chosen another geometry since; the exporter takes the DICOM files of the reference volume.
    nodes.segmentation.SetReferenceImageGeometryParameterFromVolumeNode(nodes.volume)
    exporter = importlib.import_module(_SLICERS_EXPORTER).DICOMSegmentationPluginClass()
    exportables = exporter.examineForExport(item_of(nodes.segmentation))
    if not exportables:
        raise OutputError(
            "Slicer's DICOM exporter did not accept the segmentation. Check that the DICOM files of the volume are "
            "still in the DICOM database."
        )
    for exportable in exportables:
        exportable.directory = str(folder)
    error = exporter.export(exportables)
    if error:
        raise OutputError(f"DICOM SEG could not be written: {error}")
    return sorted(set(folder.iterdir()) - before)


def _slicer_version() -> tuple[int, int]:
    return (int(slicer.app.majorVersion), int(slicer.app.minorVersion))


def export_label_map(nodes: ResultNodes, path: str | Path) -> Path:
    """Label map (.nii.gz, .nrrd, .mha) on the volume's grid, values of ``anatomy``."""
    write_volume(labels_of_nodes(nodes), path)
    return Path(path)


def export_segmentation(nodes: ResultNodes, path: str | Path) -> Path:
    """Slicer segmentation (.seg.nrrd), one segment a disc, named, coloured, coded."""
    write_segmentation(result_of_nodes(nodes), path)
    return Path(path)


def export_centres(nodes: ResultNodes, path: str | Path) -> Path:
    """Markups file (.mrk.json, LPS)."""
    write_json(path, centres_markups(result_of_nodes(nodes).discs))
    return Path(path)


def export_csv(nodes: ResultNodes, path: str | Path) -> Path:
    """Discs and measurements as CSV (UTF-8, decimal point), the columns of the command line."""
    try:
        image = volume_of_node(nodes.volume)
    except InputError:  # deleted: all but the signal can be measured
        image = None
    write_text(path, measurements_csv(result_of_nodes(nodes), image))
    return Path(path)


def patient_data(nodes: ResultNodes) -> dict[str, str]:
    """Heading -> text of what DICOM said about the patient and study; empty where the volume came from elsewhere."""
    hierarchy = subject_hierarchy()
    found = {}
    item = item_of(nodes.segmentation)
    while item and item != hierarchy.GetSceneItemID():
        for attribute, heading in _PATIENT_FIELDS:
            value = hierarchy.GetItemAttribute(item, attribute)
            if value and heading not in found:
                found[heading] = value
        item = hierarchy.GetItemParent(item)
    return {heading: found[heading] for _attribute, heading in _PATIENT_FIELDS if heading in found}
