"""Undo and redo of changes to a result.

Each result has a history of its own. MRML's scene-wide undo was tried and left: it takes every undoable node of the
scene back together, so undoing an edit of one patient's result would also delete a result that was made since for
another; and it cannot name its steps. Here a step is recorded *after* a change, from the nodes as they are: whatever
painted, dragged or renamed, ``record`` notes it, and nothing can be forgotten before a change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import slicer
import slicer.util
import vtk

from .edits import fingerprints
from .names import ORIGINAL_ATTRIBUTE, PROBABILITY_ROLE, RUN_ATTRIBUTE
from .nodes import ResultNodes

MOST_STEPS = 30
"""A state takes 1 to 3 MB: the box around the discs, their surfaces, centres and table."""
BY_HAND = "Edit by hand"

_ATTRIBUTES = (RUN_ATTRIBUTE, ORIGINAL_ATTRIBUTE)


@dataclass
class _State:
    """A copy of all that a step may change. ``name`` is the step that led here."""

    name: str
    key: tuple
    segmentation: Any
    centres: Any
    table: Any
    attributes: dict[str, str | None]
    probability: tuple[Any, vtk.vtkMatrix4x4] | None


@dataclass
class _History:
    node: vtk.vtkWeakReference
    states: list[_State] = field(default_factory=list)
    present: int = -1


_histories: dict[str, _History] = {}


def record(nodes: ResultNodes, name: str = BY_HAND) -> bool:
    """Note the present state as a step called ``name``. False where nothing was changed since the last one."""
    history = _history(nodes)
    key = _key(nodes)
    if history.states and history.states[history.present].key == key:
        return False
    del history.states[history.present + 1 :]
    history.states.append(_take(nodes, name, key))
    del history.states[: max(0, len(history.states) - 1 - MOST_STEPS)]
    history.present = len(history.states) - 1
    return True


def undo(nodes: ResultNodes) -> str | None:
    """Take the last step back; its name, or None where there was none. Edits not yet recorded are the last step."""
    record(nodes)
    history = _history(nodes)
    if history.present < 1:
        return None
    name = history.states[history.present].name
    history.present -= 1
    _put(nodes, history.states[history.present])
    return name


def redo(nodes: ResultNodes) -> str | None:
    """Take the last undone step again; its name, or None where there was none."""
    record(nodes)
    history = _history(nodes)
    if history.present + 1 >= len(history.states):
        return None
    history.present += 1
    _put(nodes, history.states[history.present])
    return history.states[history.present].name


def can_undo(nodes: ResultNodes) -> bool:
    """Whether ``undo`` has a recorded step to take back. Cheap: edits not yet recorded are not looked for."""
    return _history(nodes).present > 0


def can_redo(nodes: ResultNodes) -> bool:
    history = _history(nodes)
    return history.present + 1 < len(history.states)


def step_name(nodes: ResultNodes) -> str:
    """Name of the step that ``undo`` would take back; '' where there is none."""
    history = _history(nodes)
    return history.states[history.present].name if history.present > 0 else ""


def _history(nodes: ResultNodes) -> _History:
    """The history of a result. Node IDs return when a scene is closed and another opened, nodes do not."""
    for node_id in [node_id for node_id, history in _histories.items() if history.node.Get() is None]:
        del _histories[node_id]
    node_id = nodes.segmentation.GetID()
    history = _histories.get(node_id)
    if history is None or history.node.Get() is not nodes.segmentation:
        reference = vtk.vtkWeakReference()
        reference.Set(nodes.segmentation)
        history = _histories[node_id] = _History(reference)
    return history


def _key(nodes: ResultNodes) -> tuple:
    """What makes two states different: voxels, centres, names, tags. Colours and display are not undone."""
    segmentation = nodes.segmentation.GetSegmentation()
    names = tuple((i, segmentation.GetSegment(i).GetName()) for i in segmentation.GetSegmentIDs())
    points = tuple(
        (nodes.centres.GetNthControlPointLabel(i), tuple(nodes.centres.GetNthControlPointPosition(i)))
        for i in range(nodes.centres.GetNumberOfControlPoints())
    )
    return (names, points, tuple(fingerprints(nodes).items()), nodes.segmentation.GetAttribute(RUN_ATTRIBUTE))


def _take(nodes: ResultNodes, name: str, key: tuple) -> _State:
    segmentation = slicer.vtkSegmentation()
    segmentation.DeepCopy(nodes.segmentation.GetSegmentation())
    centres = slicer.vtkMRMLMarkupsFiducialNode()
    centres.CopyContent(nodes.centres)
    table = vtk.vtkTable()
    table.DeepCopy(nodes.table.GetTable())
    attributes = {key: nodes.segmentation.GetAttribute(key) for key in _ATTRIBUTES}
    return _State(name, key, segmentation, centres, table, attributes, _take_probability(nodes.segmentation))


def _take_probability(segmentation: Any) -> tuple[Any, vtk.vtkMatrix4x4] | None:
    """Image and geometry. The image is not copied: a new run brings a new one."""
    node = segmentation.GetNodeReference(PROBABILITY_ROLE)
    if node is None:
        return None
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return (node.GetImageData(), matrix)


def _put(nodes: ResultNodes, state: _State) -> None:
    """Bring the nodes to a state, in place: they keep their IDs, display and observers."""
    table = vtk.vtkTable()
    table.DeepCopy(state.table)
    with slicer.util.NodeModify(nodes.segmentation), slicer.util.NodeModify(nodes.centres):
        nodes.segmentation.GetSegmentation().DeepCopy(state.segmentation)
        locked = nodes.centres.GetLocked()
        nodes.centres.CopyContent(state.centres)
        nodes.centres.SetLocked(locked)
        for key, value in state.attributes.items():
            nodes.segmentation.SetAttribute(key, value)
        node = nodes.segmentation.GetNodeReference(PROBABILITY_ROLE)
        if node is not None and state.probability is not None:
            node.SetAndObserveImageData(state.probability[0])
            node.SetIJKToRASMatrix(state.probability[1])
        nodes.table.SetAndObserveTable(table)
