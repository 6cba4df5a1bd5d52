"""What a click into the views does: nothing, add a disc, mark a border, or drag a centre. One at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from ..shared.signal import guarded
from .actions import ReviewActions
from .marks import Marks
from .placing import Point, PointPlacer

ADD_COLOUR = (1.0, 0.85, 0.1)


class ClickModes:
    """Drives the four buttons that can be pressed down, and the hint below them.

    ``label`` gives the disc that is selected; ``on_point`` gets a point placed in a missed disc; ``before`` is called
    when a mode begins (tools of others are put down).
    """

    def __init__(
        self,
        ui: Any,
        actions: ReviewActions,
        label: Callable[[], int | None],
        on_point: Callable[[Point], None],
        before: Callable[[], None],
    ) -> None:
        self._ui, self._actions, self._label, self._before = ui, actions, label, before
        self.placer = PointPlacer(_("Missed disc"), ADD_COLOUR, on_point, self.show)
        self.marks = Marks(actions, label, lambda: ui.brushSpinBox.value, self.show)
        self._showing = False
        self._unlocked: Any | None = None
        ui.addButton.connect("toggled(bool)", guarded(self._add))
        ui.dragButton.connect("toggled(bool)", guarded(self._drag))
        ui.includeButton.connect("toggled(bool)", guarded(lambda on: self._mark(True, on)))
        ui.excludeButton.connect("toggled(bool)", guarded(lambda on: self._mark(False, on)))

    @property
    def dragging(self) -> bool:
        return bool(self._ui.dragButton.checked)

    def stop(self) -> None:
        """Clicks look around again; marks vanish, what they did stays."""
        self.placer.clear()
        self.marks.clear()
        self._set_dragging(False)
        self.show()

    def show(self) -> None:
        """Buttons and hint say what a click does now."""
        ui, placing = self._ui, self.marks.placing
        self._showing = True
        ui.addButton.checked = self.placer.active
        ui.includeButton.checked = placing is True
        ui.excludeButton.checked = placing is False
        self._showing = False
        hints = (
            (self.placer.active, _("Click the middle of the missed disc in any view.")),
            (placing is True, _("Click on tissue that belongs to the disc but lies outside its outline.")),
            (placing is False, _("Click on tissue inside the outline that does not belong to the disc.")),
            (self.dragging, _("Drag a green cross to the middle of its disc.")),
        )
        ui.hintLabel.text = next((hint for active, hint in hints if active), "")
        ui.hintLabel.setVisible(bool(ui.hintLabel.text))

    def _add(self, on: bool) -> None:
        if self._showing:
            return
        self._leave_others()
        if on:
            self.placer.start()
        self.show()

    def _mark(self, include: bool, on: bool) -> None:
        if self._showing:
            return
        self.placer.clear()
        self._set_dragging(False)
        if not on:
            self.marks.stop()
        elif self._label() is not None:
            self._before()
            self.marks.start(include)
        self.show()

    def _drag(self, on: bool) -> None:
        if self._showing:
            return
        self._leave_others(but_drag=on)
        self._set_dragging(on)
        self.show()

    def _leave_others(self, but_drag: bool = False) -> None:
        self.placer.clear()
        self.marks.clear()
        if not but_drag:
            self._set_dragging(False)
        self._before()

    def _set_dragging(self, on: bool) -> None:
        nodes = self._actions.session.nodes
        if self._unlocked is not None and self._unlocked.GetScene() is not None:
            self._unlocked.SetLocked(True)
        self._unlocked = nodes.centres if on and nodes is not None and nodes.in_scene else None
        if self._unlocked is not None:
            self._unlocked.SetLocked(False)
        self._showing = True
        self._ui.dragButton.checked = on
        self._showing = False
