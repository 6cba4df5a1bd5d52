"""The demo module on this host: binding both ways, Apply, closing and restoring the scene."""
import numpy
import pytest
import slicer
from host.slicer_modules import dialogs


def add_volume(name="In"):
    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    slicer.util.updateVolumeFromArray(volume, numpy.arange(120, dtype=numpy.int16).reshape(4, 5, 6))
    return volume


def test_apply_needs_a_volume(demo):
    assert not demo.ui.applyButton.enabled
    volume = add_volume()
    assert demo.ui.volumeSelector.currentNode() is volume
    assert demo.ui.applyButton.enabled


def test_widgets_write_parameters(demo):
    demo.ui.thresholdSlider.value = 60
    demo.ui.sideComboBox.setCurrentText("left")
    demo.ui.keepCheckBox.click()
    parameters = demo.parameters
    assert (parameters.threshold, parameters.side, parameters.keep) == (60.0, "left", True)


def test_parameters_write_widgets(demo):
    volume = add_volume()
    demo.parameters.volume = volume
    demo.parameters.smoothing = 5
    assert demo.ui.volumeSelector.currentNode() is volume
    assert demo.ui.smoothingSpinBox.value == 5


def test_disconnected_widgets_are_left_alone(demo):
    demo.parameters.disconnectGui(demo.guiTag)
    demo.ui.thresholdSlider.value = 5
    assert demo.parameters.threshold == 50.0


def test_apply_makes_a_segment(demo):
    volume = add_volume()
    demo.parameters.threshold = 60
    demo.ui.applyButton.click()
    segmentation = demo.parameters.segmentation
    mask = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, "Bright", volume)
    assert mask.sum() == 59
    assert demo.ui.segmentationSelector.currentNode() is segmentation


def test_a_failure_is_shown(demo, monkeypatch):
    add_volume()
    monkeypatch.setattr(demo.logic, "run", lambda parameters: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        demo.onApply(True)
    assert dialogs.shown == [("errorDisplay", "Failed.\n\ndivision by zero")]


def test_closing_the_scene_brings_the_defaults_back(demo):
    add_volume()
    demo.parameters.threshold = 60
    slicer.mrmlScene.Clear(0)
    assert demo.parameters.threshold == 50.0
    assert demo.ui.volumeSelector.currentNode() is None
    assert not demo.ui.applyButton.enabled


def test_a_saved_scene_restores_the_parameters(demo, tmp_path):
    demo.parameters.threshold, demo.parameters.segmentName = 61.5, "Wirbelkörper"
    slicer.mrmlScene.SetURL(str(tmp_path / "scene.mrml"))
    assert slicer.mrmlScene.Commit()
    slicer.mrmlScene.Clear(0)
    slicer.mrmlScene.Connect()
    demo.enter()
    assert (demo.parameters.threshold, demo.parameters.segmentName) == (61.5, "Wirbelkörper")
    assert demo.ui.thresholdSlider.value == 61.5


def test_collapsed_section(demo):
    assert demo.ui.outputs.collapsed and not demo.ui.inputs.collapsed
    demo.parent.show()
    assert not demo.ui.nameLineEdit.isVisibleTo(demo.ui.outputs)
    demo.ui.outputs.collapsed = False
    assert demo.ui.nameLineEdit.isVisibleTo(demo.ui.outputs)
