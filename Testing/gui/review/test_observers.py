"""Every VTK observer of the module: what its event carries in Slicer's C++ code, and whether its handler waits.

An event is sent while C++ code still uses the node. A handler that changes nodes acts after the event (``deferred``); one
that runs inside it takes a note at most. Call data is read nowhere: most of it exists for some senders only.
"""

from __future__ import annotations

import ast

from ..conftest import ROOT
from .review_cases import choose

OBSERVED = {
    # event: (class, handler, call data in C++, deferred)
    "StartCloseEvent": ("vtkMRMLScene", "onSceneStartClose", "none", False),
    "EndCloseEvent": ("vtkMRMLScene", "onSceneEndClose", "none", False),
    "EndImportEvent": ("vtkMRMLScene", "onSceneEndImport", "none", False),
    "NodeAddedEvent": ("vtkMRMLScene", "onNodeAdded", "the node", False),
    "SegmentAdded": ("vtkSegmentation", "_edited", "segment ID", False),
    "SegmentRemoved": ("vtkSegmentation", "_edited", "segment ID", False),
    "SegmentModified": ("vtkSegmentation", "_edited", "segment ID", False),
    "SourceRepresentationModified": ("vtkSegmentation", "_edited", "none", False),
    "PointEndInteractionEvent": ("vtkMRMLMarkupsFiducialNode", "_dragged", "none", True),
    "PointPositionDefinedEvent": ("vtkMRMLMarkupsFiducialNode", "_point_placed", "index of the point", True),
    "InteractionModeChangedEvent": ("vtkMRMLInteractionNode", "_mode_changed", "none", True),
}
"""Sources: vtkMRMLScene::StartState, ::EndState, ::AddNodeNoNotify; vtkSegmentation::AddSegment, ::RemoveSegment,
::OnSegmentModified, ::OnSourceRepresentationModified; vtkSlicerMarkupsWidget::EndWidgetInteraction (and ::PlacePoint for the
two after it); vtkMRMLMarkupsNode::SetNthControlPointPosition; vtkMRMLInteractionNode::SetCurrentInteractionMode.
The handlers that are not deferred: the scene is being closed, read or added to (the parameter node must be let go before
the nodes go), or a timer is started."""


def test_all_observers_are_known_and_read_no_call_data(tab):
    from host import strictness

    tab.ui.addButton.checked = True
    choose(tab, 2)
    tab.ui.includeButton.checked = True
    ours = [one for one in strictness.observers if one.module.startswith("IVDSegmentation")]
    found = {one.event: (one.subject, one.handler.split(".")[-1], one.deferred) for one in ours}
    assert found == {event: (cls, handler, later) for event, (cls, handler, _data, later) in OBSERVED.items()}
    assert not any(one.call_data for one in ours)


def test_observers_are_added_in_two_places_only():
    """By ``Observers`` of the panels, and by the shell's VTKObservationMixin: both report exceptions."""
    found = set()
    for path in (ROOT / "IVDSegmentation").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr.lower() == "addobserver":
                found.add(path.name)
    assert found == {"observers.py", "IVDSegmentation.py"}
