"""Plots of height and signal by level. They read the result's table, so they follow every correction by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import slicer

from .create import item_of
from .names import CHARTS_ROLE
from .nodes import ResultNodes, charts_of, subject_hierarchy
from .table import column_titles


@dataclass(frozen=True)
class _Chart:
    title: str
    axis: str
    columns: tuple[tuple[str, tuple[float, float, float]], ...]
    """Table column and colour of each series."""


_CHARTS = (
    _Chart(
        "Disc height by level",
        "Height (mm)",
        (
            ("Anterior height (mm)", (0.12, 0.47, 0.71)),
            ("Middle height (mm)", (0.17, 0.63, 0.17)),
            ("Posterior height (mm)", (1.0, 0.5, 0.05)),
        ),
    ),
    _Chart("Disc signal by level", "Signal / CSF", (("Signal / CSF", (0.58, 0.4, 0.74)),)),
)


def make_plots(nodes: ResultNodes) -> list[Any]:
    """The plot charts of a result: height, then signal. Made on the first call, found again later."""
    charts = charts_of(nodes)
    if charts:
        return charts
    for chart in _CHARTS:
        node = _make_chart(nodes, chart)
        nodes.segmentation.AddNodeReferenceID(CHARTS_ROLE, node.GetID())
        charts.append(node)
    return charts


def show_plot(chart: Any) -> None:
    """Show a chart in the plot view; where the layout has none, in one that has."""
    module = getattr(slicer.modules, "plots", None)
    if module is not None:
        module.logic().ShowChartInLayout(chart)
        return
    logic = slicer.app.applicationLogic()
    logic.GetSelectionNode().SetActivePlotChartID(chart.GetID())
    logic.PropagatePlotChartSelection()


def _make_chart(nodes: ResultNodes, chart: _Chart) -> Any:
    scene, owner = slicer.mrmlScene, nodes.segmentation.GetName()
    node = scene.AddNewNodeByClass("vtkMRMLPlotChartNode", f"{owner}: {chart.title}")
    node.SetTitle(chart.title)
    node.SetXAxisTitle("Level")
    node.SetYAxisTitle(chart.axis)
    made = [node]
    for column, colour in chart.columns:
        if column not in column_titles(nodes.table):
            continue
        series = scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", column)
        series.SetAndObserveTableNodeID(nodes.table.GetID())
        series.SetPlotType(series.PlotTypeLine)
        series.SetYColumnName(column)
        series.SetLabelColumnName("Level")
        series.SetMarkerStyle(series.MarkerStyleCircle)
        series.SetColor(*colour)
        node.AddAndObservePlotSeriesNodeID(series.GetID())
        made.append(series)
    for one in made:
        subject_hierarchy().SetItemParent(item_of(one), nodes.folder)
    return node
