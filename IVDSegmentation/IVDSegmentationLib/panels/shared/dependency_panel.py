"""The panel of the first use: what is missing, why, how large; installs it; shows pip's output and a report."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from ...resources import resource_path
from .dependencies import Condition
from .session import Session
from .signal import guarded


class DependencyPanel:
    """Visible only while PyTorch is missing, broken or too old, or right after a failed installation."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.widget = slicer.util.loadUI(str(resource_path("UI", "DependencyPanel.ui")))
        self.ui = slicer.util.childWidgetVariables(self.widget)
        self.ui.installButton.connect("clicked()", guarded(self._on_install))
        self.ui.reportButton.connect("clicked()", guarded(self._on_report))
        session.dependencies_changed.connect(self.show_status)
        self.show_status()

    def cleanup(self) -> None:
        self._session.dependencies_changed.disconnect(self.show_status)

    def refresh(self) -> None:
        """Look again, as PyTorch may have been installed elsewhere meanwhile."""
        before = self._session.dependencies.status
        if self._session.dependencies.refresh() != before:
            self._session.dependencies_changed.emit()

    def show_status(self) -> None:
        status = self._session.dependencies.status
        self.widget.setVisible(not status.is_fine)
        titles = {
            Condition.MISSING: _("PyTorch has to be installed"),
            Condition.BROKEN: _("PyTorch is damaged"),
            Condition.OLD: _("PyTorch is too old"),
        }
        is_missing = status.condition is Condition.MISSING
        self.ui.titleLabel.text = titles.get(status.condition, "")
        self.ui.reasonLabel.text = status.reason
        self.ui.reasonLabel.setVisible(bool(status.reason))
        self.ui.installButton.text = _("Install PyTorch") if is_missing else _("Repair PyTorch")
        self.ui.outputText.setVisible(bool(self._session.dependencies.output))
        self.ui.reportButton.setVisible(bool(self._session.dependencies.output) or not is_missing)

    def _on_install(self) -> None:
        dependencies = self._session.dependencies
        self._session.worker.stop()  # a worker that uses the old PyTorch would hold its files
        self.ui.installButton.enabled = False
        self.ui.installButton.text = _("Installing …")
        self.ui.outputText.clear()
        self.ui.outputText.setVisible(True)
        self.ui.errorLabel.setVisible(False)
        qt.QApplication.setOverrideCursor(qt.Qt.BusyCursor)
        try:
            succeeded = dependencies.install(self._on_line)
        finally:
            qt.QApplication.restoreOverrideCursor()
            self.ui.installButton.enabled = True
        self._session.dependencies_changed.emit()
        if not succeeded:
            text = _("The installation failed: {error} Check the internet connection and the free disk space, then try again.")
            self.ui.errorLabel.text = text.format(error=_sentence(dependencies.error))
            self.ui.errorLabel.setVisible(True)

    def _on_line(self, line: str) -> None:
        self.ui.outputText.appendPlainText(line)
        slicer.app.processEvents()

    def _on_report(self) -> None:
        qt.QApplication.clipboard().setText(self._session.dependencies.report())
        self.ui.reportButton.text = _("Report copied")


def _sentence(text: str) -> Any:
    text = text.strip()
    return text if text.endswith((".", "!")) else f"{text}."
