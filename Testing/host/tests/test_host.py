"""Dialogs, packages, settings, layout and reset of the host."""
import slicer
from host.slicer_modules import dialogs, packaging


def test_dialogs_are_noted(host):
    slicer.util.errorDisplay("Something failed")
    assert dialogs.shown == [("errorDisplay", "Something failed")]


def test_confirmation_answers_as_told(host):
    dialogs.answer = lambda text: "replace" in text
    assert slicer.util.confirmYesNoDisplay("replace it?")
    assert not slicer.util.confirmOkCancelDisplay("delete it?")


def test_nothing_is_installed(host):
    slicer.packaging.pip_ensure(["torch>=2"], requester="Demo")
    assert packaging.requests == [("pip_ensure", ("torch>=2",))]


def test_settings_have_defaults(host):
    assert slicer.util.settingsValue("HostDemo/unset", 4, converter=int) == 4


def test_slice_views_have_real_logics(host):
    manager = slicer.app.layoutManager()
    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    assert manager.layouts == [slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView]
    assert manager.sliceWidget("Yellow").mrmlSliceNode().GetOrientation() == "Sagittal"


def test_segments_table_follows_the_segmentation(host):
    segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    table = slicer.qMRMLSegmentsTableView()
    table.setSegmentationNode(segmentation)
    segmentation.GetSegmentation().AddEmptySegment("a", "L4-L5")
    table.setSelectedSegmentIDs(["a"])
    assert (table.segmentCount, table.selectedSegmentIDs()) == (1, ("a",))


def test_the_panel_knows_whether_it_is_entered(host, demo):
    panel = slicer.modules.hostdemo.widgetRepresentation()
    assert not panel.isEntered
    panel.enter()
    assert panel.isEntered
    assert slicer.util.getModuleWidget("HostDemo") is demo


def test_reset_unloads_modules_and_closes_the_scene(host, demo):
    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTextNode")
    host.reset()
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLTextNode") == 0
    assert not hasattr(slicer.modules, "HostDemoWidget")


def test_calls_that_return_nothing_do_not_use_None_up(host):
    """A long test run would otherwise abort the interpreter, mostly at its very end."""
    import sys

    if sys.version_info < (3, 12):
        assert sys.getrefcount(None) > 1 << 39
