"""What leaves the tab Review: views, plots, snapshot, report, export, training set."""

from __future__ import annotations

import pytest


def test_views_and_plots(tab, monkeypatch):
    import slicer

    shown = []
    monkeypatch.setattr("IVDSegmentationLib.scene.plots.show_plot", shown.append)
    tab.ui.layoutButton.click()
    assert slicer.app.layoutManager().layout == 28301
    tab.ui.heightPlotButton.click()
    tab.ui.signalPlotButton.click()
    assert [chart.GetTitle() for chart in shown] == ["Disc height by level", "Disc signal by level"]
    assert shown[0].GetXAxisTitle() == "Level (0 = L5-S1 … 5 = T12-L1)"
    tab.ui.shiftUpButton.click()
    assert shown[0].GetXAxisTitle() == "Level (0 = L4-L5 … 5 = T11-T12)"


def test_snapshot_report_and_export(tab, tmp_path):
    from IVDSegmentationLib.panels.shared.file_dialogs import ExportChoice

    tab.ui.snapshotButton.click()
    assert (tmp_path / "discs.png").stat().st_size > 1000 and "snapshot was saved" in tab.messages.text
    tab.ui.reportButton.click()
    assert "L5-S1" in (tmp_path / "discs.html").read_text(encoding="utf-8")
    tab.ui.patientCheckBox.checked = True
    tab.ui.reportButton.click()
    assert "without patient data, because the volume has none" in tab.messages.text
    answers = tab.files.dialogs
    answers.choice = ExportChoice(str(tmp_path / "out"), labels=True, segmentation=True, centres=True, csv=True)
    tab.ui.exportButton.click()  # into a folder that is not there yet
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["centres.mrk.json", "labels.nii.gz", "measurements.csv", "segmentation.seg.nrrd"]
    assert "not loaded from DICOM" in answers.why_no_dicom
    answers.choice = ExportChoice(str(tmp_path / "out"), dicom=True, csv=True)
    tab.ui.exportButton.click()
    assert "not loaded from DICOM" in tab.messages.text and "Saved: measurements." in tab.messages.text
    answers.choice = None
    tab.ui.exportButton.click()
    assert tab.messages.text == ""


def test_the_export_dialog_has_save_and_cancel(tab):
    import qt
    from IVDSegmentationLib.panels.shared.file_dialogs import export_dialog

    for button, outcome in (("Save", 1), ("Cancel", 0)):
        dialog, _form = export_dialog("")
        (box,) = dialog.findChildren(qt.QDialogButtonBox)
        pressed = box.button(getattr(qt.QDialogButtonBox, button))
        assert pressed is not None and len(box.buttons()) == 2
        dialog.open()
        pressed.click()
        assert dialog.isHidden() and int(dialog.result()) == outcome


def test_the_export_form(tab):
    from IVDSegmentationLib.panels.shared.file_dialogs import ExportForm

    form = ExportForm("No exporter here.")
    assert not form.ui.dicomCheckBox.enabled and not form.choice.dicom
    assert form.ui.dicomLabel.text == "No exporter here."
    form.ui.csvCheckBox.checked = False
    assert form.choice.labels and not form.choice.csv and form.choice.folder


def test_patient_data_from_the_hierarchy(tab, tmp_path):
    from IVDSegmentationLib.scene.nodes import item_of, subject_hierarchy

    hierarchy = subject_hierarchy()
    patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "Döe")  # no letters of base64: pictures are
    hierarchy.SetItemAttribute(patient, "DICOM.PatientName", "Döe^Jane")
    hierarchy.SetItemParent(item_of(tab.session.nodes.volume), patient)
    tab.ui.reportButton.click()
    assert "Döe" not in (tmp_path / "discs.html").read_text(encoding="utf-8")
    tab.ui.patientCheckBox.checked = True
    tab.ui.reportButton.click()
    assert "Döe^Jane" in (tmp_path / "discs.html").read_text(encoding="utf-8")


def test_add_to_the_training_set(tab, tmp_path):
    assert not tab.ui.trainingSetButton.isHidden()
    tab.ui.trainingSetButton.click()
    assert "Added to the training set" in tab.messages.text
    assert len(list((tmp_path / "training").rglob("labels.nii.gz"))) == 1
    tab.ui.trainingSetButton.click()
    assert "in the training set already" in tab.messages.text


@pytest.mark.parametrize("stray", ["segmentation", "all", "folder"])
def test_a_result_lies_in_its_folder_after_a_scene_was_read(tab, stray):
    """Slicer puts nodes whose hierarchy item it cannot match at the top, and does so in the same event that we get."""
    import slicer
    from IVDSegmentationLib.scene.nodes import item_of, subject_hierarchy

    nodes, hierarchy = tab.session.nodes, subject_hierarchy()
    three, top = (nodes.segmentation, nodes.centres, nodes.table), hierarchy.GetSceneItemID()
    folder = nodes.folder
    slicer.mrmlScene.StartState(slicer.mrmlScene.ImportState)
    slicer.mrmlScene.EndState(slicer.mrmlScene.ImportState)
    if stray == "folder":
        hierarchy.SetItemParent(folder, top)
    for node in three[: {"segmentation": 1, "all": 3, "folder": 0}[stray]]:
        hierarchy.SetItemParent(item_of(node), top)
    slicer.app.processEvents()
    assert {hierarchy.GetItemParent(item_of(node)) for node in three} == {nodes.folder}
    assert nodes.folder == folder or stray == "all"
    assert hierarchy.GetItemParent(nodes.folder) == item_of(nodes.volume)


def test_what_the_user_moved_elsewhere_stays_there(tab):
    import slicer
    from IVDSegmentationLib.scene.nodes import item_of, subject_hierarchy

    nodes, hierarchy = tab.session.nodes, subject_hierarchy()
    own = hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), "mine")
    hierarchy.SetItemParent(item_of(nodes.table), own)
    slicer.mrmlScene.StartState(slicer.mrmlScene.ImportState)
    slicer.mrmlScene.EndState(slicer.mrmlScene.ImportState)
    slicer.app.processEvents()
    assert hierarchy.GetItemParent(item_of(nodes.table)) == own
    assert hierarchy.GetItemParent(item_of(nodes.segmentation)) == nodes.folder != own
