"""The measurements in the tab Review: the table node of the result in a qMRMLTableView."""

from __future__ import annotations

from typing import Any

import qt

from ...scene.nodes import ResultNodes
from ...scene.table import NUMBERS_OF_TEXTS

WIDEST_COLUMN = 160
"""Pixels. Longer flags are elided; the whole text is in the table node and in the list above."""


def show_measurements(view: Any, nodes: ResultNodes | None) -> None:
    """Shows the table of a result; nothing for None. Values are shown with their errors; the plain numbers of the same columns
    are hidden. The view fits columns to their contents whenever it gets a node."""
    view.setMRMLTableNode(nodes.table if nodes is not None else None)
    model = view.model()
    for column in range(model.columnCount() if model is not None else 0):
        title = model.headerData(column, qt.Qt.Horizontal)
        view.setColumnHidden(column, title in NUMBERS_OF_TEXTS)
        if view.columnWidth(column) > WIDEST_COLUMN:
            view.setColumnWidth(column, WIDEST_COLUMN)
