"""Draws the panel and the views with the result of the sample into PNG files, for the README and the catalogue.

    PYTHONPATH=Testing:IVDSegmentation python Testing/gui/screenshot.py Resources/Screenshots

writes segment.png (tab Segment beside the slice and 3D views) and review.png (tab Review); with the word ``train`` in place of
a volume, train_during.png and train_after.png (tab Train, a short run on phantoms). The widgets are those of the
module; Slicer's own (collapsible button, node selector, slider) are the host's stand-ins. The views are drawn by Slicer's own
displayable managers. An input volume after the folder is shown instead of the sample.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import host as slicer_host
import numpy as np

PANEL_WIDTH, HEIGHT = 480, 760
"""The panel is as high as its highest tab; what is cut off below is empty."""
TRAINING_HEIGHT = 2200
SAGITTAL_WIDTH, CORONAL_WIDTH, SMALL_WIDTH = 380, 200, 280


def draw(folder: Path, volume: Path | None = None) -> None:
    """Load, press the button, wait, draw."""
    running = slicer_host.start()
    import qt
    import slicer
    from host.rendering import write_png

    from gui.conftest import MODULE, wait_for

    slicer.app.setStyle("Fusion")
    font = qt.QFont("DejaVu Sans")
    font.setPixelSize(12)
    slicer.app.setFont(font)
    loaded = running.load_module(MODULE)
    tab = loaded.widget.tabs[0]
    if volume is None:
        tab.ui.sampleButton.click()
    else:
        _load(volume)
    tab.ui.segmentButton.click()
    wait_for(lambda: not tab.job.running, 300)
    folder.mkdir(parents=True, exist_ok=True)
    write_png(folder / "segment.png", np.hstack([_panel(loaded), _views(tab.session.nodes)]))
    for index, other in enumerate(loaded.widget.tabs):
        if other.title == "Review":
            loaded.widget.ui.tabWidget.currentIndex = index
            tab.session.disc_selected.emit(2)
            write_png(folder / "review.png", _panel(loaded))
    loaded.widget.cleanup()


def draw_training(folder: Path) -> None:
    """A training of some steps on three phantoms as cases, drawn while it runs and when it has ended."""
    running = slicer_host.start()
    from host.rendering import write_png
    from IVDSegmentationLib.cases.phantoms import write_phantom
    from IVDSegmentationLib.synthesis import synthesize

    from gui.conftest import MODULE, wait_for
    from gui.panel_pictures import use_slicers_look

    home = Path(tempfile.mkdtemp())
    os.environ["IVDSEG_MODELS"] = str(home / "models")
    for seed in (1, 2, 3):
        write_phantom(synthesize(seed), home / "cases" / f"case-{seed:03d}")
    use_slicers_look()
    loaded = running.load_module(MODULE)
    tab = loaded.widget.tabs[2]
    loaded.widget.ui.tabWidget.currentIndex = 2
    tab.settings._extra = {"phantoms": 2, "check_phantoms": 1, "advanced": {"steps": 24, "validate_every": 8}}
    tab.cases.open(str(home / "cases"))
    tab.cases._roles[0]._box.currentIndex = 1  # validation
    tab.ui.nameEdit.text = "our-scanner"
    tab.ui.casesButton.collapsed = True
    tab.ui.startButton.click()
    wait_for(lambda: tab.process.state.step >= 12 or not tab.process.works, 500)
    write_png(folder / "train_during.png", _panel(loaded, TRAINING_HEIGHT))
    wait_for(lambda: tab.ui.startButton.enabled, 500)
    write_png(folder / "train_after.png", _panel(loaded, TRAINING_HEIGHT))
    print(tab.process.state)
    loaded.widget.cleanup()


def _load(path: Path) -> None:
    from IVDSegmentationLib.scene.volumes import add_volume
    from IVDSegmentationLib.volume.read import read_volume

    add_volume(read_volume(path), "MR volume")


def _panel(loaded, height: int = HEIGHT) -> np.ndarray:
    """The panel as it is on the screen, no higher than its contents: rows x columns x 3, uint8."""
    import slicer
    import vtk
    from vtk.util.numpy_support import vtk_to_numpy

    loaded.panel.resize(PANEL_WIDTH, height)
    loaded.panel.show()
    for _ in range(20):
        slicer.app.processEvents()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "panel.png")
        loaded.panel.grab().save(path)
        reader = vtk.vtkPNGReader()
        reader.SetFileName(path)
        reader.Update()
    image = reader.GetOutput()
    columns, rows, _ = image.GetDimensions()
    picture = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(rows, columns, -1)[::-1][:height, :, :3].copy()
    if height == HEIGHT:
        return picture  # as high as the views beside it
    used = np.flatnonzero((picture != picture[-1, 0]).any(axis=(1, 2)))
    return picture[: used[-1] + 12]


def _views(nodes) -> np.ndarray:
    """The layout along the spine: sagittal, coronal, and 3D above axial."""
    import slicer
    from host.rendering import SliceView, ThreeDView
    from IVDSegmentationLib.scene import views

    upper = HEIGHT - HEIGHT // 3
    sagittal, coronal = SliceView("Yellow", (SAGITTAL_WIDTH, HEIGHT)), SliceView("Green", (CORONAL_WIDTH, HEIGHT))
    axial, solid = SliceView("Red", (SMALL_WIDTH, HEIGHT - upper)), ThreeDView((SMALL_WIDTH, upper))
    views.spine_layout(nodes)
    views.jump_to(nodes, 4, follow=True)
    sagittal.node.SetOrientation("Sagittal")
    coronal.fit()
    sagittal.zoom(185)
    axial.zoom(130)
    solid.look_from(slicer.vtkMRMLCameraNode.Left)
    return np.hstack([sagittal.picture(), coronal.picture(), np.vstack([solid.picture(), axial.picture()])])


if __name__ == "__main__":
    if sys.argv[2:] == ["train"]:
        draw_training(Path(sys.argv[1]))
    else:
        draw(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
    os._exit(0)  # stand-ins of MRML widgets are not taken down in order
