"""The table of a result: one row a disc, from below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import slicer
import slicer.util
import vtk

from ..measurement import COLUMNS, DiscMeasurements
from ..spine import Disc

FIRST_COLUMNS = ("Level", "Confidence")
LAST_COLUMNS = ("Volume (mm³)", "R (mm)", "A (mm)", "S (mm)", "L (mm)", "P (mm)", "Label", "Flags")
"""The centre is written in Slicer's RAS (R, A, S) and in DICOM's LPS (L, P, S). Flags stand last: they are long."""

MEASURED_COLUMNS = tuple(
    column for column in COLUMNS if column.key not in ("level", "volume_cm3") and not column.key.startswith("centre_")
)
"""Of the measurements' columns those that the table does not have otherwise."""

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
    for title, values, kind in (*_first_columns(discs), *_measured_columns(discs, measured), *_last_columns(discs)):
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


def _last_columns(discs: Sequence[Disc]) -> list[_Content]:
    centres = [disc.centre_mm_lps for disc in discs]
    values: tuple[tuple[list, type], ...] = (
        ([round(disc.volume_mm3, 1) for disc in discs], vtk.vtkDoubleArray),
        ([round(-x, 3) for x, _, _ in centres], vtk.vtkDoubleArray),
        ([round(-y, 3) for _, y, _ in centres], vtk.vtkDoubleArray),
        ([round(z, 3) for _, _, z in centres], vtk.vtkDoubleArray),
        ([round(x, 3) for x, _, _ in centres], vtk.vtkDoubleArray),
        ([round(y, 3) for _, y, _ in centres], vtk.vtkDoubleArray),
        ([disc.label for disc in discs], vtk.vtkIntArray),
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
