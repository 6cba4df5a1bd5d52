"""The table of a result: one row a disc, from below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer
import slicer.util
import vtk

from ..segmentation.result import FLAG_WORDS, Disc
from .segments import name_of_label

BASE_COLUMNS = ("Level", "Label", "Confidence", "Flags", "Volume mm3", "R mm", "A mm", "S mm", "L mm", "P mm")
"""The centre is written in Slicer's RAS (R, A, S) and in DICOM's LPS (L, P, S)."""


def make_table(name: str) -> Any:
    table = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", name)
    table.SetLocked(True)  # it follows the segments, not the other way round
    table.SetUseColumnTitleAsColumnHeader(True)
    return table


def write_table(table: Any, discs: Sequence[Disc]) -> None:
    """Replace the rows by these discs. Columns that others added keep their values for the levels that stay."""
    columns = _base_columns(discs)
    kept = _other_columns(table, [name_of_label(disc.label) for disc in discs])
    content = vtk.vtkTable()
    for column in (*columns, *kept):
        content.AddColumn(column)
    with slicer.util.NodeModify(table):
        table.SetAndObserveTable(content)


def set_columns(table: Any, columns: Sequence[tuple[str, Sequence[float | str]]]) -> None:
    """Add or replace columns (title, one value a row)."""
    content = vtk.vtkTable()
    content.DeepCopy(table.GetTable())
    with slicer.util.NodeModify(table):
        for title, values in columns:
            content.RemoveColumnByName(title)
            content.AddColumn(_column(title, values))
        table.SetAndObserveTable(content)


def column_titles(table: Any) -> list[str]:
    return [table.GetColumnName(index) for index in range(table.GetNumberOfColumns())]


def column_values(table: Any, title: str) -> list[float | str]:
    array = table.GetTable().GetColumnByName(title)
    return [array.GetValue(row) for row in range(array.GetNumberOfValues())] if array else []


def _base_columns(discs: Sequence[Disc]) -> list[vtk.vtkAbstractArray]:
    centres = [disc.centre_mm_lps for disc in discs]
    values: tuple[Sequence[float | str], ...] = (
        [name_of_label(disc.label) for disc in discs],
        [disc.label for disc in discs],
        [round(disc.confidence, 3) for disc in discs],
        ["; ".join(FLAG_WORDS.get(flag, flag) for flag in disc.flags) for disc in discs],
        [round(disc.volume_mm3, 1) for disc in discs],
        [round(-x, 3) for x, _, _ in centres],
        [round(-y, 3) for _, y, _ in centres],
        [round(z, 3) for _, _, z in centres],
        [round(x, 3) for x, _, _ in centres],
        [round(y, 3) for _, y, _ in centres],
    )
    columns = [_column(title, column) for title, column in zip(BASE_COLUMNS, values, strict=True)]
    if not discs:  # without rows the kind of a column cannot be told from its values
        columns = [_column(title, (), text=title in ("Level", "Flags")) for title in BASE_COLUMNS]
    return columns


def _other_columns(table: Any, levels: Sequence[str]) -> list[vtk.vtkAbstractArray]:
    rows = {level: row for row, level in enumerate(column_values(table, "Level"))}
    columns = []
    for title in column_titles(table):
        if title in BASE_COLUMNS:
            continue
        old = column_values(table, title)
        text = isinstance(table.GetTable().GetColumnByName(title), vtk.vtkStringArray)
        missing: float | str = "" if text else float("nan")
        columns.append(_column(title, [old[rows[level]] if level in rows else missing for level in levels], text=text))
    return columns


def _column(title: str, values: Sequence[float | str], text: bool | None = None) -> vtk.vtkAbstractArray:
    if text is None:
        text = any(isinstance(value, str) for value in values)
    whole = not text and bool(values) and all(isinstance(value, int) for value in values)
    column = vtk.vtkStringArray() if text else vtk.vtkIntArray() if whole else vtk.vtkDoubleArray()
    column.SetName(title)
    for value in values:
        column.InsertNextValue(value)
    return column
