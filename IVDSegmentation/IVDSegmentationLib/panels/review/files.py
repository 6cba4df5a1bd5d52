"""Snapshot, report and export: where to, what, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from ...errors import InputError, IVDError
from ...files import make_folder
from ...reporting import write_report_page
from ...scene import export, snapshot, volumes
from ...scene.measurements import measure
from ...scene.nodes import ResultNodes
from ...segmentation.result import SegmentationResult
from ..shared.file_dialogs import FileDialogs


class ReviewFiles:
    """Writes what the user asks for. Each returns a sentence for the panel, '' where the user cancels; raises
    ``IVDError`` with a sentence where it failed."""

    def __init__(self, dialogs: FileDialogs) -> None:
        self.dialogs = dialogs

    def snapshot(self, nodes: ResultNodes) -> str:
        path = self.dialogs.save_as(_("Save snapshot"), "discs.png", _("Pictures (*.png)"))
        if not path:
            return ""
        snapshot.snapshot(nodes, _ending(path, ".png"))
        return _("The snapshot was saved: {path}").format(path=_ending(path, ".png"))

    def report(self, nodes: ResultNodes, result: SegmentationResult, with_patient: bool) -> str:
        path = self.dialogs.save_as(_("Save report"), "discs.html", _("Web pages (*.html)"))
        if not path:
            return ""
        if nodes.volume is None:
            raise InputError(_("The volume of this result was deleted, so there is nothing to draw the discs on."))
        path = _ending(path, ".html")
        image = volumes.volume_of_node(nodes.volume)
        patient = export.patient_data(nodes) if with_patient else None
        write_report_page(path, result, image, list(measure(nodes, result).values()), patient)
        if with_patient and not patient:
            return _("The report was saved without patient data, because the volume has none: {path}").format(path=path)
        return _("The report was saved: {path}").format(path=path)

    def export(self, nodes: ResultNodes) -> str:
        choice = self.dialogs.export(export.why_no_dicom_seg(nodes))
        if choice is None:
            return ""
        folder = make_folder(choice.folder)
        steps: list[tuple[bool, Callable[[], Any], str]] = [
            (choice.labels, lambda: export.export_label_map(nodes, folder / "labels.nii.gz"), _("label map")),
            (
                choice.segmentation,
                lambda: export.export_segmentation(nodes, folder / "segmentation.seg.nrrd"),
                _("segmentation"),
            ),
            (choice.centres, lambda: export.export_centres(nodes, folder / "centres.mrk.json"), _("centres")),
            (choice.csv, lambda: export.export_csv(nodes, folder / "measurements.csv"), _("measurements")),
            (choice.dicom, lambda: export.export_dicom_seg(nodes, folder), "DICOM SEG"),
        ]
        done, failed = [], []
        for wanted, write, name in steps:
            if not wanted:
                continue
            try:
                write()
                done.append(name)
            except IVDError as error:
                failed.append(str(error))
        if failed:
            saved = _("Saved: {names}.").format(names=", ".join(done)) if done else _("Nothing was saved.")
            raise InputError(" ".join([*failed, saved]))
        if not done:
            return _("No file type was selected, so nothing was saved.")
        return _("Saved in {folder}: {names}.").format(folder=folder, names=", ".join(done))


def _ending(path: str, ending: str) -> str:
    return path if path.lower().endswith(ending) else path + ending
