"""Curves of a training as Slicer plots: a table for each curve, a series, a chart; filled again as the run goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import slicer
import slicer.util
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from ..pictures.palette import AXIS, fractions
from ..runs.curves import COLOURS
from .names import PREFIX

CURVE_ATTRIBUTE = PREFIX + "TrainingCurve"
"""Of table, series and chart: which curve they belong to."""


def show_curve(name: str, title: str, steps: Sequence[float], values: Sequence[float]) -> Any:
    """The chart of a curve, made on the first call and filled with the points."""
    table = _node("vtkMRMLTableNode", name, f"Training: {title} (table)")
    columns = vtk.vtkTable()
    for heading, numbers in (("Step", steps), (title, values)):
        column = numpy_to_vtk(np.asarray(numbers, float), deep=True)
        column.SetName(heading)
        columns.AddColumn(column)
    table.SetAndObserveTable(columns)
    chart = _node("vtkMRMLPlotChartNode", name, f"Training: {title}")
    if chart.GetNumberOfPlotSeriesNodes() == 0:
        series = _node("vtkMRMLPlotSeriesNode", name, title)
        series.SetAndObserveTableNodeID(table.GetID())
        series.SetPlotType(series.PlotTypeScatter)
        series.SetXColumnName("Step")
        series.SetYColumnName(title)
        series.SetMarkerStyle(series.MarkerStyleCircle if name != "loss" else series.MarkerStyleNone)
        series.SetColor(*fractions(COLOURS.get(name, AXIS)))
        chart.SetTitle(title)
        chart.SetXAxisTitle("Step")
        chart.SetYAxisTitle(title)
        chart.SetLegendVisibility(False)
        chart.AddAndObservePlotSeriesNodeID(series.GetID())
    return chart


def _node(class_name: str, curve: str, title: str) -> Any:
    for node in slicer.util.getNodesByClass(class_name):
        if node.GetAttribute(CURVE_ATTRIBUTE) == curve:
            return node
    node = slicer.mrmlScene.AddNewNodeByClass(class_name, title)
    node.SetAttribute(CURVE_ATTRIBUTE, curve)
    node.SetSaveWithScene(False)  # the run's folder keeps them
    return node
