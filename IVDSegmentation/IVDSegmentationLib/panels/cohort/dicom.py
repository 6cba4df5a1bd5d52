"""The studies selected in Slicer's DICOM browser, as a list that ``ivdseg cohort`` takes as its source."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import slicer
from slicer.i18n import tr as _

from ...errors import InputError
from ...files import make_folder, write_text

LIST_FILE = "dicom-studies.csv"


class DicomDatabase(Protocol):
    """What is asked of Slicer's DICOM module."""

    def selected_studies(self) -> Sequence[str]:
        """UIDs of the studies that are selected in the DICOM browser, or that the selected patients or series belong to."""

    def folders_of_study(self, study: str) -> Sequence[Path]:
        """The folders that hold the files of a study."""


class SlicerDicomDatabase:
    """The real one."""

    def selected_studies(self) -> Sequence[str]:
        database, tables = self._database(), self._tables()
        studies = list(tables.currentStudiesSelection())
        if not studies:
            studies = [study for patient in tables.currentPatientsSelection() for study in database.studiesForPatient(patient)]
        return studies

    def folders_of_study(self, study: str) -> Sequence[Path]:
        database = self._database()
        series = database.seriesForStudy(study)
        return sorted({Path(file).parent for one in series for file in database.filesForSeries(one)})

    @staticmethod
    def _database() -> Any:
        database = getattr(slicer, "dicomDatabase", None)
        if database is None or not database.isOpen:
            raise InputError(_("The DICOM database is not open. Open the DICOM module once, then try again."))
        return database

    @staticmethod
    def _tables() -> Any:
        try:
            browser = slicer.modules.dicom.widgetRepresentation().self().browserWidget.dicomBrowser
            return browser.dicomTableManager()
        except AttributeError as error:
            raise InputError(_("The DICOM browser cannot be asked. Choose the folder of the DICOM files instead.")) from error


def write_study_list(database: DicomDatabase, folder: Path) -> Path:
    """Writes the list of the selected studies into a cohort's folder. Raises ``InputError`` where none is selected."""
    studies = database.selected_studies()
    if not studies:
        raise InputError(_("No study is selected. Select one or more in the DICOM module, then come back and try again."))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("path", "study"))
    writer.writerows((place, study) for study in studies for place in database.folders_of_study(study))
    path = make_folder(folder) / LIST_FILE
    write_text(path, out.getvalue())
    return path
