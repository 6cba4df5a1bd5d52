"""Measurements as a table node and plot nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .nodes import ResultNodes


def show_measurements(nodes: ResultNodes, measurements: Sequence[Any]) -> Any:
    """Write DiscMeasurements into the table and the plots of height and signal by level; returns the plot chart node."""
    raise NotImplementedError
