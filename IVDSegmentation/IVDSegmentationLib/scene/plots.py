"""Plots of height and signal by level. They read the result's table, so they follow every correction by themselves."""

from __future__ import annotations

from typing import Any

import slicer
import slicer.util

from ..anatomy import LEVEL_BY_NAME
from ..pictures.palette import fractions
from ..reporting.charts import HEIGHT, SIGNAL_TO_CSF, MeasurementChart
from .names import CHARTS_ROLE
from .nodes import ResultNodes, charts_of, item_of, subject_hierarchy
from .table import column_titles, column_values


def make_plots(nodes: ResultNodes) -> list[Any]:
    """The plot charts of a result: height, then signal. Made on the first call, found again later and completed: a chart
    that was on the screen while its scene was saved may come back with fewer series."""
    found = {chart.GetTitle(): chart for chart in charts_of(nodes)}
    charts = []
    for chart in (HEIGHT, SIGNAL_TO_CSF):
        node = found.get(chart.slicer_title)
        if node is None:
            node = _make_chart(nodes, chart)
            nodes.segmentation.AddNodeReferenceID(CHARTS_ROLE, node.GetID())
        _complete_series(nodes, chart, node)
        charts.append(node)
    name_levels(nodes)
    return charts


def name_levels(nodes: ResultNodes) -> None:
    """Brings the levels on the axis of the charts to those of the table. Slicer's plot view draws numbers even where a
    column of names is given, so the title of the axis says which number is which level."""
    title = axis_title([str(level) for level in column_values(nodes.table, "Level")])
    for chart in charts_of(nodes):
        if chart.GetXAxisTitle() != title:
            chart.SetXAxisTitle(title)


def axis_title(levels: list[str]) -> str:
    """'Level (0 = L5-S1 … 6 = T11-T12)'; all levels one by one where one is missing or unknown in between."""
    if not levels:
        return "Level"
    known = [LEVEL_BY_NAME[level].label for level in levels if level in LEVEL_BY_NAME]
    is_chain = len(known) == len(levels) > 2 and known == list(range(known[0], known[0] + len(known)))
    if is_chain:
        return f"Level (0 = {levels[0]} … {len(levels) - 1} = {levels[-1]})"
    return "Level (" + ", ".join(f"{number} = {level}" for number, level in enumerate(levels)) + ")"


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
    """A chart without series, in the result's folder."""
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLPlotChartNode", f"{nodes.segmentation.GetName()}: {chart.slicer_title}")
    node.SetTitle(chart.slicer_title)
    node.SetYAxisTitle(chart.heading)
    subject_hierarchy().SetItemParent(item_of(node), nodes.folder)
    return node


def _complete_series(nodes: ResultNodes, chart: MeasurementChart, node: Any) -> None:
    """Adds the series that the chart lacks: those still in the scene, else new ones."""
    in_chart = [node.GetNthPlotSeriesNode(n) for n in range(node.GetNumberOfPlotSeriesNodes())]
    present = {series.GetYColumnName() for series in in_chart if series is not None and series.GetTableNode() is nodes.table}
    for one in chart.series:
        column = one.column_title
        if column in present or column not in column_titles(nodes.table):
            continue
        series = _find_series(nodes, column) or _make_series(nodes, column, fractions(one.colour))
        node.AddAndObservePlotSeriesNodeID(series.GetID())


def _find_series(nodes: ResultNodes, column: str) -> Any | None:
    for series in slicer.util.getNodesByClass("vtkMRMLPlotSeriesNode"):
        if series.GetTableNode() is nodes.table and series.GetYColumnName() == column:
            return series
    return None


def _make_series(nodes: ResultNodes, column: str, colour: tuple[float, float, float]) -> Any:
    series = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", column)
    series.SetAndObserveTableNodeID(nodes.table.GetID())
    series.SetPlotType(series.PlotTypeLine)
    series.SetYColumnName(column)
    series.SetLabelColumnName("Level")
    series.SetMarkerStyle(series.MarkerStyleCircle)
    series.SetColor(*colour)
    subject_hierarchy().SetItemParent(item_of(series), nodes.folder)
    return series
