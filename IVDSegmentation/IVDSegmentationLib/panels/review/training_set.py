"""'Add to training set': the corrected case goes to the folder that the tab Training learns from."""

from __future__ import annotations

import qt
from slicer.i18n import tr as _

from ...cases.store import NewCase, add_case
from ...correction import edited_discs
from ...errors import InputError
from ...scene import export, volumes
from ...scene.nodes import ResultNodes, is_reviewed
from ...segmentation.result import SegmentationResult
from ..shared.file_dialogs import FOLDER_SETTING, FileDialogs


class TrainingSet:
    """Hands the present result to the store of training cases."""

    def __init__(self, dialogs: FileDialogs) -> None:
        self._dialogs = dialogs

    def add(self, nodes: ResultNodes, result: SegmentationResult | None) -> str:
        """Saves volume, labels, origin, who and when; a sentence that says where, '' where the user cancels.
        The patient ID is kept as a hash only. Raises ``IVDError`` where it cannot be saved."""
        if result is None or nodes.volume is None:
            raise InputError(_("The volume of this result was deleted, so it cannot be used for training."))
        folder = self._dialogs.folder(_("Training folder"), str(qt.QSettings().value(FOLDER_SETTING) or ""))
        if not folder:
            return ""
        qt.QSettings().setValue(FOLDER_SETTING, folder)
        uncertain = [d for d in result.discs if not d.is_level_sure]
        case = NewCase(
            volumes.volume_of_node(nodes.volume),
            result.labels,
            patient=export.patient_data(nodes).get("Patient ID", ""),
            levels_certain=not uncertain,
            provenance={
                "made_by": "reviewed in 3D Slicer",
                "model": {"name": result.model.name, "version": result.model.version, "sha256": result.model.sha256},
                "edited": [disc.level for disc in edited_discs(result)],
                "accepted": [disc.level for disc in result.discs if is_reviewed(nodes, disc.label)],
            },
        )
        record = add_case(folder, case)
        return _("Added to the training set as {name}: {folder}").format(name=record.id, folder=record.folder)
