"""Every correction of the tab Review as one step: result -> corrected result -> nodes, with undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from slicer.i18n import tr as _

from ... import correction
from ...errors import InputError, IVDError
from ...scene import history, volumes, write
from ...scene.centres import sync_centres
from ...scene.nodes import ResultNodes
from ...scene.result import result_of_nodes
from ...scene.segments import labels_of_segments
from ...segmentation.result import SegmentationResult
from ...volume import Volume
from ..shared.session import Session
from ..shared.signal import Signal


class ReviewActions:
    """Corrects ``session.result`` and its nodes. Nothing here knows of widgets.

    Signals: ``refused(message)``, where a correction cannot be done; ``done(name)``. While nodes are being written
    ``writing`` is True, so that whoever watches them for edits by hand looks away.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.refused = Signal()
        self.done = Signal()
        self.writing = False

    # --------------------------------------------------------------------- levels
    def shift(self, by: int) -> bool:
        name = _("Shift all levels up") if by > 0 else _("Shift all levels down")
        return self.apply(name, lambda result: correction.shift_levels(result, by))

    def set_level(self, label: int, level: str, others_follow: bool) -> bool:
        name = _("Set level {level}").format(level=level)
        return self.apply(name, lambda result: correction.set_level(result, label, level, others_follow))

    # ---------------------------------------------------------------------- discs
    def delete(self, label: int) -> bool:
        return self.apply(_("Delete disc"), lambda result: correction.remove_disc(result, label))

    def add(self, point_lps: Sequence[float]) -> bool:
        return self.apply(_("Add disc"), lambda result: correction.add_disc_at(result, point_lps, self.image()))

    def accept(self, label: int, accepted: bool = True) -> None:
        """Note that a person has looked at this disc and agrees. No step of its own to undo."""
        if self.session.nodes is not None:
            self.writing = True
            try:
                history.accept(self.session.nodes, label, accepted)
            finally:
                self.writing = False

    def move(self, label: int, point_lps: Sequence[float]) -> bool:
        return self.apply(_("Move centre"), lambda result: correction.move_centre(result, label, point_lps, self.image()))

    def refine(
        self,
        base: SegmentationResult,
        label: int,
        include: Sequence[Sequence[float]],
        exclude: Sequence[Sequence[float]],
        brush_mm: float,
    ) -> bool:
        """The border after these marks, counted from ``base``, the result before the first of them."""
        return self.apply(
            _("Adjust outline"),
            lambda _result: correction.refine_border(
                base, label, self.image(), np.reshape(include, (-1, 3)), np.reshape(exclude, (-1, 3)), brush_mm
            ),
        )

    # ------------------------------------------------------------------------ steps
    def undo(self) -> str | None:
        """Takes the last step back; its name."""
        return self._step(history.undo)

    def redo(self) -> str | None:
        return self._step(history.redo)

    def take_up_edits(self, nodes: ResultNodes) -> bool:
        """Somebody painted, renamed or deleted segments by hand: centre, volume and table follow. False where a result is
        being written: then they can be taken up later, see ``result.is_behind``."""
        if self.session.writing:
            return False
        self.writing = True
        try:
            result = write.refresh(nodes)
        finally:
            self.writing = False
        if self.session.nodes is not None and self.session.nodes.segmentation is nodes.segmentation:
            self.session.set_result(nodes, result)
        return True

    def apply(self, name: str, correct: Callable[[SegmentationResult], SegmentationResult]) -> bool:
        """One correction. False, after ``refused``, where it cannot be done: then nothing has changed."""
        nodes, result = self.session.nodes, self.session.result
        if nodes is None or result is None or not nodes.in_scene or self.session.writing:
            return False
        try:
            corrected = correct(result)
        except IVDError as error:
            self.refused.emit(str(error))
            return False
        if corrected is result:
            return False
        self.writing = True
        try:
            write.apply_result(nodes, corrected, name)
        except IVDError as error:
            self.refused.emit(str(error))
            return False
        finally:
            self.writing = False
        self.session.set_result(nodes, corrected)
        self.done.emit(name)
        return True

    def put_centres_back(self) -> None:
        """A drag was refused: every point returns to the centre of its disc."""
        nodes, result = self.session.nodes, self.session.result
        if nodes is None or result is None:
            return
        labels = labels_of_segments(nodes.segmentation)
        centres = {disc.label: disc.centre_mm_lps for disc in result.discs}
        positions = {segment_id: centres[label] for segment_id, label in labels.items() if label in centres}
        sync_centres(nodes.segmentation, nodes.centres, positions)

    def image(self) -> Volume:
        """The voxels that were segmented."""
        nodes = self.session.nodes
        if nodes is None or nodes.volume is None:
            raise InputError(_("The volume of this result was deleted, so discs cannot be segmented again."))
        return volumes.volume_of_node(nodes.volume)

    def _step(self, step: Callable[[Any], str | None]) -> str | None:
        nodes = self.session.nodes
        if nodes is None or not nodes.in_scene or self.session.writing:
            return None
        self.writing = True
        try:
            name = step(nodes)
        finally:
            self.writing = False
        if name is not None:
            self.session.set_result(nodes, result_of_nodes(nodes))
        return name
