"""What the user sees, drawn by Slicer's own displayable managers off-screen."""

from __future__ import annotations

import numpy as np
import pytest
import slicer.util
from IVDSegmentationLib import anatomy
from IVDSegmentationLib.scene import history, views, volumes, write
from scene_cases import box_labels, result_of, small_volume

pytestmark = pytest.mark.slow


@pytest.fixture
def made(scene):
    node = volumes.add_volume(small_volume(), "Spine")
    return write.add_result(node, result_of(box_labels(small_volume())))


@pytest.fixture
def sagittal(made):
    rendering = pytest.importorskip("host.rendering")
    view = rendering.SliceView("Yellow", (360, 420))
    views.spine_layout(made)
    return view


def looks_like(picture, colour, tolerance=45):
    """Number of pixels near a colour; outlines are drawn with half-transparent edges."""
    return int((np.abs(picture.astype(int) - np.array(colour)).max(axis=2) < tolerance).sum())


def test_discs_are_outlined_in_the_colours_of_their_levels(made, sagittal):
    picture = sagittal.picture()
    for label in (1, 2, 3):
        assert looks_like(picture, anatomy.colour_of_label(label)) > 15
    assert looks_like(picture, anatomy.colour_of_label(7)) == 0


def test_colours_follow_a_level_change_and_its_undo(made, sagittal):
    lut = np.arange(256, dtype=np.uint8)
    lut[1] = 7
    write.apply_result(made, result_of(box_labels(small_volume()).with_array(lut[box_labels(small_volume()).array])))
    assert looks_like(sagittal.picture(), anatomy.colour_of_label(7)) > 15
    history.undo(made)
    assert looks_like(sagittal.picture(), anatomy.colour_of_label(7)) == 0


def test_a_hidden_disc_is_not_drawn(made, sagittal):
    views.set_visible(made, 2, False)
    assert looks_like(sagittal.picture(), anatomy.colour_of_label(2)) == 0


def test_crosses_and_labels_are_drawn(made, sagittal):
    before = looks_like(sagittal.picture(), (26, 217, 51))
    made.centres.GetDisplayNode().SetVisibility(False)
    made.centres.GetNthDisplayNode(1).SetVisibility(False)
    assert before - looks_like(sagittal.picture(), (26, 217, 51)) > 40


def test_the_surfaces_stand_in_the_3d_view(made):
    rendering = pytest.importorskip("host.rendering")
    made.centres.GetDisplayNode().SetVisibility(False)
    view = rendering.ThreeDView((300, 300))
    view.look_from(slicer.vtkMRMLCameraNode.Left)
    full = view.picture()
    made.segmentation.GetDisplayNode().SetVisibility(False)
    assert (full != view.picture()).any(axis=2).sum() > 1500
