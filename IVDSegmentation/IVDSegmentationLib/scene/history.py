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

from .names import ORIGINAL_ATTRIBUTE, PROBABILITY_ROLE, RUN_ATTRIBUTE
from .nodes import PerResult, ResultNodes, is_reviewed, segment_of_label, set_reviewed
from .result import fingerprints, snapshot_of

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
    states: list[_State] = field(default_factory=list)
    present: int = -1


_histories: PerResult[_History] = PerResult(_History)


def record(nodes: ResultNodes, name: str = BY_HAND) -> bool:
    """Note the present state as a step called ``name``. False where nothing was changed since the last one."""
    history = _histories.of(nodes)
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
    history = _histories.of(nodes)
    if history.present < 1:
        return None
    name = history.states[history.present].name
    history.present -= 1
    _put(nodes, history.states[history.present])
    return name


def redo(nodes: ResultNodes) -> str | None:
    """Take the last undone step again; its name, or None where there was none."""
    record(nodes)
    history = _histories.of(nodes)
    if history.present + 1 >= len(history.states):
        return None
    history.present += 1
    _put(nodes, history.states[history.present])
    return history.states[history.present].name


def restore(nodes: ResultNodes) -> None:
    """Back to the present state, after a change that was not finished."""
    history = _histories.of(nodes)
    if history.states:
        _put(nodes, history.states[history.present])


def accept(nodes: ResultNodes, label: int, accepted: bool = True) -> None:
    """Note that a person has accepted a disc, or takes it back. No step of its own: undo and redo leave it as long as the
    outline is the one that was accepted."""
    set_reviewed(nodes, label, accepted)
    history, segment_id = _histories.of(nodes), segment_of_label(nodes, label)
    if history.states and segment_id is not None:
        segment, logic = nodes.segmentation.GetSegmentation().GetSegment(segment_id), slicer.vtkSlicerSegmentationsModuleLogic
        noted = history.states[history.present].segmentation.GetSegment(segment_id)
        if noted is not None:
            logic.SetSegmentStatus(noted, logic.GetSegmentStatus(segment))


def can_undo(nodes: ResultNodes) -> bool:
    """Whether ``undo`` has a recorded step to take back. Cheap: edits not yet recorded are not looked for."""
    return _histories.of(nodes).present > 0


def can_redo(nodes: ResultNodes) -> bool:
    history = _histories.of(nodes)
    return history.present + 1 < len(history.states)


def step_name(nodes: ResultNodes) -> str:
    """Name of the step that ``undo`` would take back; '' where there is none."""
    history = _histories.of(nodes)
    return history.states[history.present].name if history.present > 0 else ""


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
    accepted = _accepted_by_outline(nodes)
    table = vtk.vtkTable()
    table.DeepCopy(state.table)
    with slicer.util.NodeModify(nodes.segmentation), slicer.util.NodeModify(nodes.centres):
        nodes.segmentation.GetSegmentation().DeepCopy(state.segmentation)
        locked = nodes.centres.GetLocked()
        counted = nodes.centres.GetLastUsedControlPointNumber()
        nodes.centres.CopyContent(state.centres)
        nodes.centres.SetLastUsedControlPointNumber(counted)  # the copy counts from 1 again, and IDs would come twice
        nodes.centres.SetLocked(locked)
        for key, value in state.attributes.items():
            nodes.segmentation.SetAttribute(key, value)
        node = nodes.segmentation.GetNodeReference(PROBABILITY_ROLE)
        if node is not None and state.probability is not None:
            node.SetAndObserveImageData(state.probability[0])
            node.SetIJKToRASMatrix(state.probability[1])
        nodes.table.SetAndObserveTable(table)
        for label, outline in snapshot_of(nodes).voxels.items():
            if outline in accepted:
                set_reviewed(nodes, label, accepted[outline])


def _accepted_by_outline(nodes: ResultNodes) -> dict[str, bool]:
    """Hash of a disc's voxels -> whether a person has accepted it."""
    return {outline: is_reviewed(nodes, label) for label, outline in snapshot_of(nodes).voxels.items()}
