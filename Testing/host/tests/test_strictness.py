"""What Slicer does not forgive is an error here."""
import pytest
import slicer
import vtk
from host import strictness
from host.rendering import SliceView


def markups():
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "points")
    node.CreateDefaultDisplayNodes()
    return node


def place_mode(node) -> None:
    logic = slicer.app.applicationLogic()
    logic.GetSelectionNode().SetReferenceActivePlaceNodeClassName(node.GetClassName())
    logic.GetSelectionNode().SetActivePlaceNodeID(node.GetID())
    logic.GetInteractionNode().SetCurrentInteractionMode(logic.GetInteractionNode().Place)


def test_a_click_in_place_mode_sends_what_slicer_sends(host):
    node, view, events = markups(), SliceView("Red"), []
    for name in ("PointAddedEvent", "PointPositionDefinedEvent", "PointStartInteractionEvent", "PointEndInteractionEvent"):
        node.AddObserver(getattr(node, name), lambda caller, event, name=name: events.append(name))
    place_mode(node)
    view.click((10.0, -20.0, 0.0))
    assert events == ["PointAddedEvent", "PointPositionDefinedEvent"]
    assert node.GetNthControlPointPositionWorld(0) == pytest.approx((10.0, -20.0, 0.0), abs=1.0)
    view.drag((10.0, -20.0, 0.0), (30.0, 0.0, 0.0))
    assert events[2:] == ["PointStartInteractionEvent", "PointEndInteractionEvent"]
    assert node.GetNthControlPointPositionWorld(0) == pytest.approx((30.0, 0.0, 0.0), abs=1.0)


@pytest.mark.parametrize("what", ["remove the node", "clear its points", "remove another node"])
def test_nothing_is_removed_inside_an_event_of_a_node(host, what):
    node, other, view = markups(), markups(), SliceView("Red")

    def remove(caller, event):
        if what == "clear its points":
            node.RemoveAllControlPoints()
        else:
            slicer.mrmlScene.RemoveNode(node if what == "remove the node" else other)

    node.AddObserver(node.PointPositionDefinedEvent, remove)
    place_mode(node)
    view.click((10.0, -20.0, 0.0))
    (failure,) = host.take_failures()
    assert "inside PointPositionDefinedEvent" in failure and "singleShot" in failure
    assert node.GetNumberOfControlPoints() == 1 and node.GetScene() is other.GetScene()
    slicer.mrmlScene.RemoveNode(node)  # outside of any event it may go


def test_the_end_of_a_drag_carries_no_call_data(host):
    node, view = markups(), SliceView("Red")
    node.AddControlPointWorld((0.0, 0.0, 0.0))

    @vtk.calldata_type(vtk.VTK_INT)
    def dropped(caller, event, index):
        raise AssertionError("never gets so far")

    node.AddObserver(node.PointEndInteractionEvent, dropped)
    view.drag((0.0, 0.0, 0.0), (20.0, 0.0, 0.0))
    (failure,) = host.take_failures()
    assert "missing 1 required positional argument: 'index'" in failure


def test_a_test_cannot_send_events_of_its_own(host):
    with pytest.raises(NotImplementedError, match="PointEndInteractionEvent is sent by C"):
        node = markups()
        node.InvokeEvent(node.PointEndInteractionEvent, 0)


def test_exceptions_in_observers_slots_timers_and_logs_are_kept(host):
    import logging

    import qt

    def fail(*_):
        raise ValueError("here")

    node, button = markups(), qt.QPushButton()
    node.AddObserver("ModifiedEvent", fail)
    node.Modified()
    button.connect("clicked()", fail)
    button.click()
    qt.QTimer.singleShot(0, fail)
    slicer.app.processEvents()
    try:
        fail()
    except ValueError:
        logging.exception("logged and forgotten")
    assert [failure.split("\n")[0] for failure in host.take_failures()] == [
        "observer of ModifiedEvent",
        "slot",
        "QTimer.singleShot",
        "logged: logged and forgotten",
    ]


def test_observers_are_listed(host):
    node = markups()
    node.AddObserver(node.PointAddedEvent, print)
    (observer,) = [one for one in strictness.observers if one.event == "PointAddedEvent"]
    assert (observer.subject, observer.handler, observer.deferred) == ("vtkMRMLMarkupsFiducialNode", "print", False)


def test_enums_are_ints_in_constructors(host):
    import qt

    with pytest.raises(TypeError, match="enums are ints in PythonQt"):
        qt.QDialogButtonBox(qt.QDialogButtonBox.Save | qt.QDialogButtonBox.Cancel)
    buttons = qt.QDialogButtonBox()
    buttons.setStandardButtons(qt.QDialogButtonBox.Save | qt.QDialogButtonBox.Cancel)
    assert len(buttons.buttons()) == 2
    timer = qt.QTimer()
    timer.singleShot = True
    assert timer.singleShot is True
