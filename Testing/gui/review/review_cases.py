"""What the tests of the tab Review share: a tab with a result of six discs, and what the user would see of it."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

import numpy as np

from ..conftest import wait_for

sys.path.insert(0, str(Path(__file__).parents[2] / "unit"))
from known_result import dice, spine_scan, spoiled, three_marks  # noqa: E402, F401 (for the tests)

NAMES = ["L5-S1", "L4-L5", "L3-L4", "L2-L3", "L1-L2", "T12-L1"]


class Answers:
    """Stands for the dialogs."""

    def __init__(self, folder: Path) -> None:
        self.root, self.choice = folder, None

    def save_as(self, title: str, name: str, kinds: str) -> str:
        return str(self.root / name) if self.root else ""

    def folder(self, title: str, start: str) -> str:
        return str(self.root / "training") if self.root else ""

    def export(self, why_no_dicom: str):
        self.why_no_dicom = why_no_dicom
        return self.choice


def filled_review_tab(panel, scan, folder: Path, measured=None):
    """The panel's tab Review with a result of six discs; dialogs answer with places in ``folder``. ``measured``: its
    measurements, where they were made already."""
    from IVDSegmentationLib.scene.volumes import add_volume
    from IVDSegmentationLib.scene.write import add_result

    result, image = scan
    volume = add_volume(image, "T2 sagittal")
    wait_for(lambda: panel.session.volume is volume)
    nodes = add_result(volume, result, measured)
    panel.session.set_result(nodes, result)
    (review,) = (one for one in panel.tabs if one.title == "Review")
    review.files.dialogs = review.training_set._dialogs = Answers(folder)
    panel.ui.tabWidget.currentIndex = panel.tabs.index(review)
    return review


def choose(tab, label: int) -> None:
    """The user selects the row of a disc."""
    tab.ui.discTable.selectRow(tab.list.row_of_label(label))
    assert tab.list.current == label


def shown_levels(tab) -> list[str]:
    """Levels in the list, from below."""
    table = tab.ui.discTable
    rows = [tab.list.row_of_label(label) for label in reversed(tab.list.labels)]
    return [table.item(row, 1).text().removesuffix(" ✎") for row in rows]


def in_the_scene(tab) -> list[str]:
    """Levels of the segments from below; centres, table, codes and colours must agree with them."""
    from IVDSegmentationLib.anatomy import code_of_label, colour_of_label
    from IVDSegmentationLib.scene.centres import point_of_segment
    from IVDSegmentationLib.scene.result import result_of_nodes
    from IVDSegmentationLib.scene.segments import get_tag, labels_of_segments
    from IVDSegmentationLib.scene.table import column_values

    nodes = tab.session.nodes
    result = result_of_nodes(nodes)
    segmentation = nodes.segmentation.GetSegmentation()
    for segment_id, label in labels_of_segments(nodes.segmentation).items():
        segment = segmentation.GetSegment(segment_id)
        assert np.allclose(np.array(segment.GetColor()) * 255, colour_of_label(label), atol=0.6)
        assert code_of_label(label)[1] in get_tag(segment, "TerminologyEntry")
        index = point_of_segment(segment_id, nodes.centres)
        assert nodes.centres.GetNthControlPointLabel(index) == segment.GetName()
    names = [disc.level for disc in result.discs]
    assert [name.split(" ")[0] for name in column_values(nodes.table, "Level")] == names
    assert [disc.level for disc in tab.session.result.discs] == names == shown_levels(tab)
    return names


@functools.cache
def slice_view():
    """A sagittal slice view with Slicer's own interaction; one for all tests, as its nodes outlive a scene."""
    from host.rendering import SliceView

    return SliceView("Yellow")


def sagittal_view():
    """The view as it is shown first: slices that follow the spine have turned it."""
    view = slice_view()
    view.node.SetOrientation("Sagittal")
    view.zoom(300)
    return view


def ras(point_lps) -> list[float]:
    return [-float(point_lps[0]), -float(point_lps[1]), float(point_lps[2])]


def place(tab, point_lps) -> None:
    """A click into the sagittal view."""
    import slicer

    sagittal_view().click(ras(point_lps))
    slicer.app.processEvents()  # what is done after the event


def drag(tab, start_lps, end_lps) -> None:
    """A drag in the sagittal view; ``end_lps`` is projected onto the slice of the start."""
    import slicer

    sagittal_view().drag(ras(start_lps), ras(end_lps))
    slicer.app.processEvents()
