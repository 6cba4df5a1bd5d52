"""Draws the panel with the result of the sample into a PNG, for the README and the catalogue.

    PYTHONPATH=Testing:IVDSegmentation python Testing/gui/screenshot.py Resources/Screenshots/panel.png

The widgets are those of the module; Slicer's own (collapsible button, node selector, slider) are the host's stand-ins.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import host as slicer_host


def draw(path: Path, width: int = 480, height: int = 640) -> None:
    """Press the button on the sample, wait, draw."""
    running = slicer_host.start()
    import qt
    import slicer

    from gui.conftest import MODULE, wait_for

    slicer.app.setStyle("Fusion")
    font = qt.QFont("DejaVu Sans")
    font.setPixelSize(12)
    slicer.app.setFont(font)
    loaded = running.load_module(MODULE)
    tab = loaded.widget.tabs[0]
    tab.ui.sampleButton.click()
    tab.ui.segmentButton.click()
    wait_for(lambda: not tab.job.running, 300)
    loaded.panel.resize(width, height)
    loaded.panel.show()
    for _ in range(20):
        slicer.app.processEvents()
    path.parent.mkdir(parents=True, exist_ok=True)
    loaded.panel.grab().save(str(path))
    loaded.widget.cleanup()


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
    os._exit(0)  # stand-ins of MRML widgets are not taken down in order
