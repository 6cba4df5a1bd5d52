"""The nodes that one result consists of, and how they are found again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ResultNodes:
    """Nodes of one result. ``folder`` is the subject-hierarchy item that holds the three."""

    segmentation: Any
    centres: Any
    table: Any
    folder: int

    @property
    def volume(self) -> Any | None:
        """The volume node that was segmented; None where it was deleted."""
        raise NotImplementedError


def existing_results(volume_node: Any) -> list[ResultNodes]:
    """All results of a volume, oldest first."""
    raise NotImplementedError


def existing_result(volume_node: Any) -> ResultNodes | None:
    """The latest result of a volume."""
    raise NotImplementedError


def segment_of_label(nodes: ResultNodes, label: int) -> str | None:
    """Segment ID of the disc with this label value (1 L5-S1 …, 51 … unknown)."""
    raise NotImplementedError


def label_of_segment(nodes: ResultNodes, segment_id: str) -> int | None:
    """Label value of the disc in this segment; None where the segment is no disc of ours."""
    raise NotImplementedError


def label_of_point(nodes: ResultNodes, index: int) -> int | None:
    """Label value of the disc that this control point of ``centres`` belongs to."""
    raise NotImplementedError


def remove_result(nodes: ResultNodes) -> None:
    """Delete the nodes and their folder."""
    raise NotImplementedError
