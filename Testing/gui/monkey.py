"""Presses buttons, clicks, drags and paints at random, and says after each step what is wrong.

The same seed does the same steps, as far as the processes in the background end at the same moments.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import qt
import slicer
import slicer.util
from IVDSegmentationLib.scene import history
from IVDSegmentationLib.scene.names import PROBABILITY_ROLE
from IVDSegmentationLib.scene.nodes import ResultNodes, charts_of, existing_results, subject_hierarchy
from IVDSegmentationLib.scene.result import result_of_nodes
from IVDSegmentationLib.scene.segments import labels_of_segments
from IVDSegmentationLib.scene.training_curves import CURVE_ATTRIBUTE

from .review.review_cases import ras, sagittal_view

OTHER_ACTIONS_SHARE = 0.4
"""Of the steps: what is no button."""
MAY_SELECT_ANOTHER = (
    "select", "Cohort.", "Review.next", "Review.previous", "Review.accept", "Segment.", "switch volume",
)  # fmt: skip
"""Steps after which another disc may be selected."""


@dataclass
class Monkey:
    panel: Any
    host: Any
    seed: int
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.tabs = {tab.title: tab for tab in self.panel.tabs}
        self.review = self.tabs["Review"]

    def run(self, steps: int) -> None:
        """Raises ``AssertionError`` with the last steps where an invariant is broken."""
        for number in range(steps):
            before, ids, busy = self._selected_segment(), self._segment_ids(), self.panel.session.busy
            name, act = self._next()
            start = time.perf_counter()
            act()
            self._settle()
            self.log.append(f"{number:3d}  {name:42s} {1000 * (time.perf_counter() - start):6.0f} ms  {self._state()}")
            wrong = self.host.take_failures()
            if not self.panel.session.writing:  # a result that is half written is nobody's yet; buttons may be pressed
                wrong += self._wrong()
                if not busy:  # the end of a run replaces all discs
                    wrong += self._wrong_selection(name, before, ids)
            assert not wrong, "\n".join(["", *wrong, f"seed {self.seed}, the last steps:", *self.log[-15:]])

    # ------------------------------------------------------------------ steps
    def _next(self) -> tuple[str, Callable[[], Any]]:
        others: list[tuple[str, Callable[[], Any]]] = [
            ("switch volume", self._switch_volume),
            ("choose a level", self._choose_level),
            ("wait", lambda: self._wait(0.35)),
        ]
        if self.panel.session.result is not None:
            others += [
                ("select a row", self._select),
                ("click near a disc", lambda: self._click(near=True)),
                ("click anywhere", lambda: self._click(near=False)),
                ("drag a centre", self._drag),
            ]
            if not self.panel.session.writing:  # nobody paints into nodes in the half second in which they are made
                others += [("paint by hand", self._paint), ("rename by hand", self._rename)]
        if self.random.random() < OTHER_ACTIONS_SHARE:
            return self.random.choice(others)
        buttons = [
            (f"{title}.{button.objectName.removesuffix('Button')}", button)
            for title, tab in self.tabs.items()
            for widget in (tab.widget, getattr(tab, "bar", None))
            if widget is not None
            for button in widget.findChildren(qt.QAbstractButton)
            if button.objectName and not button.objectName.startswith("qt_") and self._can_be_pressed(button)
        ]
        name, button = self.random.choice(sorted(buttons, key=lambda pair: pair[0]))
        self.panel.ui.tabWidget.currentIndex = list(self.tabs).index(name.split(".")[0])
        return name, (button.toggle if hasattr(button, "collapsed") else button.click)

    def _can_be_pressed(self, button: Any) -> bool:
        """As the user sees it: neither it nor what holds it is hidden or disabled (the tab itself may be behind another)."""
        if not button.isEnabled():
            return False
        tops = [tab.widget for tab in self.tabs.values()]  # the cohort's bar stands above all tabs
        while button is not None and button not in tops:
            if button.isHidden():
                return False
            button = button.parentWidget()
        return True

    def _select(self) -> None:
        label = self.random.choice(self.review.list.labels or [None])
        if label is None:
            return
        self.review.ui.discTable.selectRow(self.review.list.row_of_label(label))

    def _switch_volume(self) -> None:
        volumes = [node for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if not node.GetHideFromEditors()]
        self.tabs["Segment"].ui.volumeSelector.setCurrentNode(self.random.choice(volumes))

    def _choose_level(self) -> None:
        combo = self.review.ui.levelComboBox
        combo.setCurrentIndex(self.random.randrange(combo.count))

    def _click(self, near: bool) -> None:
        disc = self.random.choice(self.panel.session.result.discs or [None])
        if disc is None:
            return
        spread = 6.0 if near else 40.0
        point = np.add(disc.centre_mm_lps, [self.random.gauss(0, spread / 4)] + [self.random.gauss(0, spread) for _ in "yz"])
        sagittal_view().click(ras(point))

    def _drag(self) -> None:
        if not self.panel.session.result.discs:
            return
        start = self.random.choice(self.panel.session.result.discs).centre_mm_lps
        end = np.add(start, (0, self.random.gauss(0, 6), self.random.gauss(0, 6)))
        sagittal_view().drag(ras(start), ras(end))

    def _paint(self) -> None:
        """Grow, thin out or empty one segment, as with the Segment Editor."""
        nodes = self.panel.session.nodes
        segment_id = self.random.choice(list(labels_of_segments(nodes.segmentation)) or [None])
        if segment_id is None:
            return
        array = slicer.util.arrayFromSegmentBinaryLabelmap(nodes.segmentation, segment_id, nodes.volume).copy()
        if not array.any():
            return
        how = self.random.choice(["grow", "thin", "thin", "empty"])
        if how == "grow":
            array |= np.roll(array, 1, 1)
        elif how == "thin":
            array[:, :, :: self.random.choice([3, 5])] = 0
        else:
            array[:] = 0
        slicer.util.updateSegmentBinaryLabelmapFromArray(array, nodes.segmentation, segment_id, nodes.volume)

    def _rename(self) -> None:
        segmentation = self.panel.session.nodes.segmentation.GetSegmentation()
        ids = list(segmentation.GetSegmentIDs())
        if ids:
            name = self.random.choice(["L4-L5", "L2/L3", "L1-L2", "something else"])
            segmentation.GetSegment(self.random.choice(ids)).SetName(name)

    # --------------------------------------------------------------- waiting
    def _settle(self) -> None:
        """What is due after the events, and edits by hand at once instead of after a third of a second."""
        slicer.app.processEvents()
        self.review.watch.flush()
        slicer.app.processEvents()

    def _wait(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            slicer.app.processEvents()
            time.sleep(0.01)

    # ------------------------------------------------------------ invariants
    def _state(self) -> str:
        result = self.panel.session.result
        levels = " ".join(disc.name.replace("unknown ", "?") for disc in result.discs) if result else "no result"
        return f"{len(existing_results(None))} results; {levels}"

    def _selected_segment(self) -> tuple[Any, str] | None:
        nodes, label = self.panel.session.nodes, self.review.list.current
        if nodes is None or label is None:
            return None
        ids = [segment_id for segment_id, value in labels_of_segments(nodes.segmentation).items() if value == label]
        return (nodes.segmentation, ids[0]) if ids else None

    def _segment_ids(self) -> set[str]:
        nodes = self.panel.session.nodes
        return set() if nodes is None else set(nodes.segmentation.GetSegmentation().GetSegmentIDs())

    def _wrong_selection(self, step: str, before: tuple[Any, str] | None, ids: set[str]) -> list[str]:
        now, nodes = self._selected_segment(), self.panel.session.nodes
        if before is None or now == before or step.startswith(MAY_SELECT_ANOTHER):
            return []
        if nodes is None or nodes.segmentation is not before[0]:
            return []
        if now is not None and now[1] not in ids:
            return []  # a disc was added by a point
        label = labels_of_segments(nodes.segmentation).get(before[1])
        if now is None and label not in self.review.list.labels:
            return []  # the disc was deleted, or its segment emptied
        return [f"'{step}' moved the selection from {before[1]} to {now and now[1]}"]

    def _wrong(self) -> list[str]:
        wrong = []
        for nodes in existing_results(None):
            wrong += self._wrong_result(nodes)
        session, review = self.panel.session, self.review
        if session.nodes is not None:
            present = result_of_nodes(session.nodes)
            if session.nodes.volume is not session.volume:
                wrong.append("the result that is shown is of another volume than the one chosen")
            if not np.array_equal(present.labels.array, session.result.labels.array):
                wrong.append("the panel's label map is not that of the scene")
            names = [disc.name for disc in present.discs]
            if names != [disc.name for disc in session.result.discs]:
                wrong.append(f"the panel's levels are not those of the scene: {names}")
            if sorted(review.list.labels) != sorted(disc.label for disc in session.result.discs):
                wrong.append(f"the list of the tab Review shows {review.list.labels}")
            if sorted(self.tabs["Segment"].list.labels) != sorted(review.list.labels):
                wrong.append(f"the list of the tab Segment shows {self.tabs['Segment'].list.labels}")
            if bool(review.ui.undoButton.enabled) != history.can_undo(session.nodes):
                wrong.append("the button Undo is wrong")
            if bool(review.ui.redoButton.enabled) != history.can_redo(session.nodes):
                wrong.append("the button Redo is wrong")
        return wrong + self._wrong_modes() + self._orphans()

    def _wrong_result(self, nodes: ResultNodes) -> list[str]:
        name, discs = nodes.segmentation.GetName(), result_of_nodes(nodes).discs
        owners = [nodes.centres.GetNthControlPointDescription(n) for n in range(nodes.centres.GetNumberOfControlPoints())]
        wrong = []
        if len(discs) != len([owner for owner in owners if owner]) or len(discs) != nodes.table.GetNumberOfRows():
            wrong.append(f"{name}: {len(discs)} discs, {len(owners)} centres, {nodes.table.GetNumberOfRows()} table rows")
        if len({disc.name for disc in discs}) != len(discs):
            wrong.append(f"{name}: one name twice: {[disc.name for disc in discs]}")
        if nodes.table.GetTable().GetNumberOfColumns():
            rows = [nodes.table.GetCellText(row, 0) for row in range(nodes.table.GetNumberOfRows())]
            if rows != [disc.name for disc in discs]:
                wrong.append(f"{name}: the table says {rows}, the segments {[disc.name for disc in discs]}")
        return wrong

    def _wrong_modes(self) -> list[str]:
        ui = self.review.ui
        down = [b.objectName for b in (ui.addButton, ui.includeButton, ui.excludeButton, ui.dragButton) if b.checked]
        interaction = slicer.app.applicationLogic().GetInteractionNode()
        placing = interaction.GetCurrentInteractionMode() == interaction.Place
        wrong = [f"several modes at once: {down}"] if len(down) > 1 else []
        if placing != bool(down and down != ["dragButton"]):
            wrong.append(f"buttons that are down: {down}, place mode: {placing}")
        if self.panel.session.nodes is not None:
            locked = bool(self.panel.session.nodes.centres.GetLocked())
            if locked == ("dragButton" in down):
                wrong.append(f"centres locked: {locked}, buttons that are down: {down}")
        return wrong

    def _orphans(self) -> list[str]:
        results, modes = existing_results(None), self.review.modes
        known = [node for nodes in results for node in (nodes.segmentation, nodes.centres, nodes.table)]
        known += [nodes.segmentation.GetNodeReference(PROBABILITY_ROLE) for nodes in results]
        for chart in (chart for nodes in results for chart in charts_of(nodes)):
            known += [chart, *(chart.GetNthPlotSeriesNode(n) for n in range(chart.GetNumberOfPlotSeriesNodes()))]
        known += [modes.placer.node, *(placer.node for placer in modes.marks._placers.values())]
        kinds = ("Segmentation", "MarkupsFiducial", "Table", "PlotChart", "PlotSeries")
        found = [node for kind in kinds for node in slicer.util.getNodesByClass(f"vtkMRML{kind}Node")]
        found += [n for n in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if n.GetHideFromEditors()]
        orphans = [node.GetName() for node in found if node not in known and not node.GetAttribute(CURVE_ATTRIBUTE)]
        hierarchy, items = subject_hierarchy(), vtk_ids()
        hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), items, True)
        for item in (items.GetId(n) for n in range(items.GetNumberOfIds())):
            if hierarchy.GetItemDataNode(item) is None and not hierarchy.GetNumberOfItemChildren(item):
                orphans.append(f"item '{hierarchy.GetItemName(item)}' of the hierarchy")
        return [f"left behind: {orphans}"] if orphans else []


def vtk_ids() -> Any:
    import vtk

    return vtk.vtkIdList()
