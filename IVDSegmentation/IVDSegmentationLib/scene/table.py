"""The table of a result: one row a disc, from below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import slicer
import slicer.util
import vtk

from ..measurement import DiscMeasurements
from ..measurement.table import MEASURES, not_measured
from ..spine import Disc

FIRST_COLUMNS = ("Level", "Confidence")
LAST_COLUMNS = ("Volume (mm³)", "R (mm)", "A (mm)", "S (mm)", "L (mm)", "P (mm)", "Label", "Not measured", "Flags")
"""The centre is written in Slicer's RAS (R, A, S) and in DICOM's LPS (L, P, S). The two long ones stand last: why cells are
empty, and the flags."""

TEXT_COLUMNS = {f"{column.heading} ±": column for column in MEASURES}
"""Title -> measure of the columns for readers: '8.2 ± 0.9 mm', '–' where nothing was measured."""
MEASURED_COLUMNS = tuple(column for column in MEASURES if column.key != "volume_cm3")
"""Measures as plain numbers, for plots and other modules. The volume stands in mm³ already."""
NUMBERS_OF_TEXTS = frozenset({column.title for column in MEASURED_COLUMNS} | {"Volume (mm³)"})
"""Titles of the columns that a reader has as texts, too."""

_Content = tuple[str, list, type]
"""Title, values, class of the column."""


def make_table(name: str) -> Any:
    table = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", name)
    table.SetLocked(True)  # it follows the segments, not the other way round
    table.SetUseColumnTitleAsColumnHeader(True)
    table.SetUseFirstColumnAsRowHeader(True)  # the level stays in view while the table is scrolled sideways
    return table


def write_table(table: Any, discs: Sequence[Disc], measured: Mapping[int, DiscMeasurements]) -> None:
    """Replace the rows by these discs. ``measured``: label value -> measurements; what is missing there stays empty."""
    content = vtk.vtkTable()
    columns = (_first_columns(discs), _text_columns(discs, measured), _measured_columns(discs, measured))
    for title, values, kind in (*(one for part in columns for one in part), *_last_columns(discs, measured)):
        column = kind()
        column.SetName(title)
        for value in values:
            column.InsertNextValue(value)
        content.AddColumn(column)
    with slicer.util.NodeModify(table):
        table.SetAndObserveTable(content)


def column_titles(table: Any) -> list[str]:
    return [table.GetColumnName(index) for index in range(table.GetNumberOfColumns())]


def column_values(table: Any, title: str) -> list[float | str]:
    array = table.GetTable().GetColumnByName(title)
    return [array.GetValue(row) for row in range(array.GetNumberOfValues())] if array else []


def _first_columns(discs: Sequence[Disc]) -> list[_Content]:
    values: tuple[tuple[list, type], ...] = (
        ([disc.name for disc in discs], vtk.vtkStringArray),
        ([round(disc.confidence, 3) for disc in discs], vtk.vtkDoubleArray),
    )
    return [(title, column, kind) for title, (column, kind) in zip(FIRST_COLUMNS, values, strict=True)]


def _text_columns(discs: Sequence[Disc], measured: Mapping[int, DiscMeasurements]) -> list[_Content]:
    columns: list[_Content] = []
    for title, column in TEXT_COLUMNS.items():
        found = (
            column.text_with_error(measured[disc.label], disc.outline, unit=True) if disc.label in measured else ""
            for disc in discs
        )
        columns.append((title, [text or "–" for text in found], vtk.vtkStringArray))
    return columns


def _why_empty(one: DiscMeasurements | None) -> str:
    """'AP width: …; Height index: …'."""
    if one is None:
        return ""
    headings = {column.key: column.heading for column in MEASURES}
    return "; ".join(f"{headings[key]}: {why}" for key, why in not_measured(one).items())


def _last_columns(discs: Sequence[Disc], measured: Mapping[int, DiscMeasurements]) -> list[_Content]:
    centres = [disc.centre_mm_lps for disc in discs]
    values: tuple[tuple[list, type], ...] = (
        ([round(disc.volume_mm3, 1) for disc in discs], vtk.vtkDoubleArray),
        ([round(-x, 3) for x, _, _ in centres], vtk.vtkDoubleArray),
        ([round(-y, 3) for _, y, _ in centres], vtk.vtkDoubleArray),
        ([round(z, 3) for _, _, z in centres], vtk.vtkDoubleArray),
        ([round(x, 3) for x, _, _ in centres], vtk.vtkDoubleArray),
        ([round(y, 3) for _, y, _ in centres], vtk.vtkDoubleArray),
        ([disc.label for disc in discs], vtk.vtkIntArray),
        ([_why_empty(measured.get(disc.label)) for disc in discs], vtk.vtkStringArray),
        (["; ".join(disc.remarks) for disc in discs], vtk.vtkStringArray),
    )
    return [(title, column, kind) for title, (column, kind) in zip(LAST_COLUMNS, values, strict=True)]


def _measured_columns(discs: Sequence[Disc], measured: Mapping[int, DiscMeasurements]) -> list[_Content]:
    columns: list[_Content] = []
    for column in MEASURED_COLUMNS:
        found = (column.value(measured[disc.label]) if disc.label in measured else None for disc in discs)
        values = [float("nan") if value is None else round(float(value), column.digits + 1) for value in found]
        columns.append((column.title, values, vtk.vtkDoubleArray))
    return columns
