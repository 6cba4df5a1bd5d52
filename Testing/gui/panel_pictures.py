"""Draws the panel in its states as PNG files, as wide as Slicer's module panel, to be looked at after a change.

    PYTHONPATH=Testing:IVDSegmentation python Testing/gui/panel_pictures.py FOLDER [WIDTH]

No network is needed: the worker is the stub's, the training is one that is written down. See ``screenshot.py`` for the
pictures of the README.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import host as slicer_host
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))

WIDTH = 390
"""Pixels of Slicer's module panel as it is at first."""


class Pictures:
    """Draws one panel into numbered files."""

    def __init__(self, folder: Path, panel, width: int) -> None:
        self.folder, self.panel, self.width, self.number = folder, panel, width, 0
        folder.mkdir(parents=True, exist_ok=True)

    def draw(self, name: str, widget=None) -> None:
        """As high as its contents ask for."""
        import slicer

        widget = self.panel if widget is None else widget
        widget.show()
        for _ in range(3):
            height = max(widget.sizeHint().height(), widget.layout().totalHeightForWidth(self.width))
            widget.resize(self.width, max(400, height))
            for _ in range(10):
                slicer.app.processEvents()
        self.number += 1
        widest = widget.minimumSizeHint().width()
        note = f"  (needs {widest} pixels)" if widest > self.width else ""
        print(f"{self.number:02d}-{name}{note}")
        widget.grab().save(str(self.folder / f"{self.number:02d}-{name}.png"))


def use_slicers_look() -> None:
    """Fusion and a font of 13 pixels, as Slicer has them on Linux."""
    import qt
    import slicer

    slicer.app.setStyle("Fusion")
    font = qt.QFont("DejaVu Sans")
    font.setPixelSize(13)
    slicer.app.setFont(font)


def draw_all(folder: Path, width: int = WIDTH) -> None:
    running = slicer_host.start()
    use_slicers_look()
    os.environ["IVDSEG_MODELS"] = tempfile.mkdtemp()
    from gui.conftest import MODULE, use_stub

    loaded = running.load_module(MODULE)
    use_stub(loaded.widget)
    pictures = Pictures(folder, loaded.panel, width)
    _dependencies(loaded.widget, pictures)
    _segment(loaded.widget, pictures)
    _review(loaded.widget, pictures)
    _train(loaded.widget, pictures)
    _cohort(loaded.widget, pictures)
    loaded.widget.cleanup()


def _dependencies(widget, pictures: Pictures) -> None:
    from IVDSegmentationLib.panels.shared.dependencies import Condition, TorchStatus

    dependencies = widget.session.dependencies
    fine = dependencies.status
    dependencies.status = TorchStatus(Condition.MISSING)
    widget.session.dependencies_changed.emit()
    pictures.draw("pytorch-missing")
    dependencies.status = TorchStatus(Condition.BROKEN, reason="The installation in /opt/torch is incomplete; missing: lib.")
    widget.session.dependencies_changed.emit()
    pictures.draw("pytorch-damaged")
    dependencies.status = fine
    widget.session.dependencies_changed.emit()


def _segment(widget, pictures: Pictures) -> None:
    import slicer

    from gui.conftest import add_volume, run_model, wait_for

    tab = widget.tabs[0]
    pictures.draw("segment-empty")
    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    pictures.draw("segment-ready")
    tab.ui.advancedButton.collapsed = False
    pictures.draw("segment-advanced")
    tab.ui.advancedButton.collapsed = True
    run_model(tab, "slow")
    wait_for(lambda: tab.ui.progressBar.value > 250)
    pictures.draw("segment-running")
    tab.ui.segmentButton.click()
    wait_for(lambda: not tab.job.running)
    pictures.draw("segment-cancelled")
    for model in ("none", "memory"):
        run_model(tab, model)
        wait_for(lambda: not tab.job.running)
        if model == "memory":
            tab.ui.detailsButton.click()
        pictures.draw(f"segment-{model}")
    run_model(tab, "quick")
    wait_for(lambda: not tab.job.running)
    pictures.draw("segment-result")
    volume.SetName("7: pd_tse_fs_sag KNEE")
    volume.SetAttribute("DICOM.instanceUIDs", "1.2.3")
    run_model(tab, "quick")
    wait_for(lambda: not tab.job.running)
    pictures.draw("segment-other-body-part")
    slicer.mrmlScene.Clear(0)


def _review(widget, pictures: Pictures) -> None:
    from known_result import spine_scan

    from gui.review.review_cases import filled_review_tab

    segment, review = widget.tabs[0], widget.tabs[1]
    widget.ui.tabWidget.currentIndex = 1
    pictures.draw("review-empty")
    filled_review_tab(widget, with_doubts(spine_scan((1.5, 1.5, 4.0))), Path(tempfile.mkdtemp()))
    review.ui.discTable.selectRow(review.list.row_of_label(2))
    pictures.draw("review-result")
    review.ui.addButton.checked = True
    pictures.draw("review-add")
    review.ui.addButton.checked = False
    review.ui.measurementsButton.collapsed = False
    review.ui.deleteButton.click()
    pictures.draw("review-measurements-and-warning")
    widget.ui.tabWidget.currentIndex = 0
    pictures.draw("segment-result-of-six")
    _ = segment
    from IVDSegmentationLib.panels.shared.file_dialogs import export_dialog

    for name, why in (("export", ""), ("export-without-dicom", "The volume was not loaded from DICOM.")):
        dialog, _form = export_dialog(why)
        pictures.draw(name, dialog)
        dialog.close()


def with_doubts(scan):
    """A scan's result with every flag on its lowest disc, one disc of unknown level on top, and every grade of outline."""
    from IVDSegmentationLib.spine import Flag, Grade, Outline

    result, image = scan
    lowest = replace(result.discs[0], flags=tuple(Flag), confidence=0.55)
    third = replace(result.discs[2], flags=(Flag.EDITED,))
    array = np.array(result.labels.array)
    array[array == result.discs[5].label] = 51
    top = replace(result.discs[5], label=51, confidence=0.0, flags=(Flag.CUT_OFF,))
    discs = (lowest, result.discs[1], third, *result.discs[3:5], top)
    grades = (Grade.POOR, Grade.GOOD, None, Grade.GOOD, Grade.GOOD, Grade.LOOK)
    outlines = [grade and Outline(grade, {"poor": 0.61, "look": 0.82, "good": 0.91}[grade.value], 0.5) for grade in grades]
    discs = tuple(replace(disc, outline=outline) for disc, outline in zip(discs, outlines))
    return replace(result, labels=result.labels.with_array(array), discs=discs), image


def _train(widget, pictures: Pictures) -> None:
    from tiny_training import make_cases

    from gui.conftest import wait_for

    tab = widget.tabs[2]
    widget.ui.tabWidget.currentIndex = 2
    pictures.draw("train-empty")
    folder = make_cases(Path(tempfile.mkdtemp()) / "cases")
    tab.cases.open(str(folder))
    wait_for(lambda: not tab.ui.caseTable.item(2, 0).icon().isNull())
    pictures.draw("train-cases")
    tab.ui.advancedButton.collapsed = False
    pictures.draw("train-advanced")
    tab.ui.advancedButton.collapsed = True
    for state in ("preparing", "training", "paused", "failed", "done"):
        _show_run(tab, state)
        pictures.draw(f"train-{state}")


def _show_run(tab, name: str) -> None:
    """A run's folder as the training process would have left it in this state."""
    from IVDSegmentationLib.runs.folder import RunFolder, RunState

    folder = RunFolder(tempfile.mkdtemp())
    state = RunState(name, steps=300, step=150, best=0.871, seconds_left=640.0, memory_bytes=1_600_000_000, pid=os.getpid())
    if name == "preparing":
        state = replace(state, step=0, best=-1.0, message="Phantoms: 7 of 24")
    if name == "failed":
        state = replace(state, message="case-002 cannot be used: No disc is labelled.")
    if name == "done":
        judgement = {
            "verdict": ["On the validation cases the new model is better: Dice 0.871 instead of 0.842 (case-003)."],
            "headings": ["model", "discs", "MLD mm", "within 2 mm", "Dice", "MAAD mm"],
            "table": [
                ["validation cases: ivd-discnet 1.3.0", "4", "0.91 ± 0.51", "100 %", "0.842 ± 0.031", "0.71 ± 0.12"],
                ["validation cases: my-model", "4", "0.72 ± 0.44", "100 %", "0.871 ± 0.022", "0.63 ± 0.10"],
            ],
            "worst": [{"case": "case-003", "dice_old": 0.81, "dice_new": 0.85, "missed": ["L1-L2"], "false": []}],
        }
        folder.judgement.write_text(json.dumps(judgement), encoding="utf-8")
        folder.model.write_bytes(b"")
    tab.process.folder, tab.process.state = folder, state
    tab.process._timer.stop()
    if name not in ("preparing", "failed"):
        _write_pictures(folder)
    tab._show_state(state)
    tab._show_progress()
    tab.outcome.show(folder)


def _cohort(widget, pictures: Pictures) -> None:
    """The list empty, filled, with a scan in the scene, corrected, and a run at work."""
    import qt
    import slicer
    from IVDSegmentationLib.panels.cohort.run import Phase, Progress
    from IVDSegmentationLib.panels.cohort.run_section import COHORT_SETTING

    from gui.cohort_cases import make_cohort
    from gui.conftest import wait_for

    tab = widget.tabs[3]
    slicer.mrmlScene.Clear(0)
    widget.ui.tabWidget.currentIndex = 3
    tab.ui.readerEdit.text = "A. Reader"
    pictures.draw("cohort-empty")
    values = (0.94, 0.8, 0.5, 0.5, 0.31, 0.3, 0.08, 0.02)
    doubts = {f"study-{0x3A51C0 + 7919 * n:08x}_3": doubt for n, doubt in enumerate(values)}
    reason = "study-0f.nii.gz cannot be read: the file ends early. Copy it again."
    study = make_cohort(Path(tempfile.mkdtemp()) / "spines", doubts, {"study-0f": reason})
    tab.run_section.attach(study)
    scans = list(doubts)
    for scan, mark in ((scans[1], "accepted"), (scans[3], "corrected"), (scans[6], "exclude"), (scans[7], "good")):
        tab.review.mark(scan, mark)
    wait_for(lambda: not tab.list.table._without_picture)
    tab.list.table.select(scans[0])
    tab._update_buttons()
    pictures.draw("cohort-list")
    running = Progress(Phase.RUNNING, total=2000, done=411, failed=3, per_minute=34.2, seconds_left=2780.0)
    tab.run._timer.stop()
    for name, progress in (("running", running), ("paused", Progress(Phase.PAUSED, 2000, 411, 3))):
        tab.run._show(progress)
        pictures.draw(f"cohort-{name}")
    tab.review.open_next()
    wait_for(lambda: tab.review.current is not None and not tab.review.loading)
    pictures.draw("cohort-review")
    widget.tabs[1].ui.discTable.selectRow(widget.tabs[1].list.row_of_label(3))
    widget.tabs[1].ui.deleteButton.click()
    pictures.draw("cohort-corrected")
    qt.QSettings().setValue(COHORT_SETTING, "")


def _write_pictures(folder) -> None:
    """Curves and a validation picture, wider than the panel."""
    from IVDSegmentationLib.runs.curves import read_curves, write_curves_png
    from PIL import Image

    for step in range(1, 151):
        folder.write_event({"event": "train", "step": step, "loss": 1.5 / step**0.5, "seconds": step * 2.0})
    for step in (50, 100, 150):
        folder.write_event({"event": "validation", "step": step, "dice": 0.8 + step / 2000, "distance_mm": 1.2 - step / 500})
    write_curves_png(read_curves(folder.log), folder.curves)
    folder.pictures.mkdir(exist_ok=True)
    Image.linear_gradient("L").resize((700, 800)).save(folder.pictures / "validation_000150.png")


if __name__ == "__main__":
    draw_all(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else WIDTH)
    os._exit(0)  # stand-ins of MRML widgets are not taken down in order
