"""The bar above the tabs: the scan of the cohort that is in the scene, and what a reader does with it."""

from __future__ import annotations

import slicer
from slicer.i18n import tr as _

from ...cohort.worklist import item_of
from ...errors import IVDError
from ...resources import resource_path
from .review import CohortReview
from .worklist import doubt_text, mark_text, status_texts


class ScanBar:
    """Shows what ``review`` has in the scene; hidden while that is nothing."""

    def __init__(self, review: CohortReview) -> None:
        self._review = review
        self.widget = slicer.util.loadUI(str(resource_path("UI", "CohortBar.ui")))
        self.ui = slicer.util.childWidgetVariables(self.widget)

    def show(self) -> None:
        """Bring it up to date."""
        review, ui = self._review, self.ui
        current = review.current if review.current is not None and review.current.in_scene else None
        waiting = bool(review.saving or review.loading)
        unsaved = current is not None and not review.session.writing and current.is_unsaved
        self.widget.setVisible(current is not None or waiting)
        ui.scanLabel.text = ui.scanLabel.toolTip = self._text(unsaved)
        ui.acceptNextButton.text = _("Save and next") if unsaved else _("Accept and next")
        ui.acceptNextButton.toolTip = (
            _("Write the corrections into the cohort and load the next doubtful scan.")
            if unsaved
            else _("Mark this scan as accepted and load the next doubtful one.")
        )
        for button in (ui.acceptNextButton, ui.excludeNextButton, ui.skipButton):
            button.enabled = current is not None and not waiting and not review.session.writing

    def _text(self, unsaved: bool) -> str:
        review = self._review
        if review.saving:
            return _("Saving the corrections …")
        if review.loading:
            return _("Opening {name} …").format(name=review.loading)
        if review.current is None or review.state is None:
            return ""
        scan = review.current.scan
        if unsaved:
            return f"{scan} · " + _("corrected, not saved")
        try:
            item = item_of(review.state, scan)
        except IVDError:  # the tab says what is wrong with the state
            item = None
        if item is None:
            return scan
        doubt = _("doubt {percent}").format(percent=doubt_text(item)) if doubt_text(item) else status_texts()[item.status]
        return " · ".join(filter(None, [scan, doubt, mark_text(item)]))
