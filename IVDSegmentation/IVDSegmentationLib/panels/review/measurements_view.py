"""The measurements in the tab Review: the table node of the result in a qMRMLTableView."""

from __future__ import annotations

from typing import Any

from ...scene.nodes import ResultNodes

WIDEST_COLUMN = 160
"""Pixels. Longer flags are elided; the whole text is in the table node and in the list above."""


def show_measurements(view: Any, nodes: ResultNodes | None) -> None:
    """Shows the table of a result; nothing for None. The view fits columns to their contents whenever it gets a node."""
    view.setMRMLTableNode(nodes.table if nodes is not None else None)
    model = view.model()
    for column in range(model.columnCount() if model is not None else 0):
        if view.columnWidth(column) > WIDEST_COLUMN:
            view.setColumnWidth(column, WIDEST_COLUMN)
