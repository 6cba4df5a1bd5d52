"""Plots of height and signal by level. They read the result's table, so they follow every correction by themselves."""

from __future__ import annotations

from typing import Any

import slicer

from ..pictures.palette import fractions
from ..reporting.charts import HEIGHT, SIGNAL_TO_CSF, MeasurementChart
from .create import item_of
from .names import CHARTS_ROLE
from .nodes import ResultNodes, charts_of, subject_hierarchy
from .table import column_titles


def make_plots(nodes: ResultNodes) -> list[Any]:
    """The plot charts of a result: height, then signal. Made on the first call, found again later."""
    charts = charts_of(nodes)
    if charts:
        return charts
    for chart in (HEIGHT, SIGNAL_TO_CSF):
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


def _make_chart(nodes: ResultNodes, chart: MeasurementChart) -> Any:
    scene, owner = slicer.mrmlScene, nodes.segmentation.GetName()
    node = scene.AddNewNodeByClass("vtkMRMLPlotChartNode", f"{owner}: {chart.slicer_title}")
    node.SetTitle(chart.slicer_title)
    node.SetXAxisTitle("Level")
    node.SetYAxisTitle(chart.heading)
    made = [node]
    for one in chart.series:
        column = one.column_title
        if column not in column_titles(nodes.table):
            continue
        series = scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", column)
        series.SetAndObserveTableNodeID(nodes.table.GetID())
        series.SetPlotType(series.PlotTypeLine)
        series.SetYColumnName(column)
        series.SetLabelColumnName("Level")
        series.SetMarkerStyle(series.MarkerStyleCircle)
        series.SetColor(*fractions(one.colour))
        node.AddAndObservePlotSeriesNodeID(series.GetID())
        made.append(series)
    for part in made:
        subject_hierarchy().SetItemParent(item_of(part), nodes.folder)
    return node
