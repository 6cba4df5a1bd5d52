"""What the panel offers is what the pipeline understands."""

from __future__ import annotations

import dataclasses


def test_panel_defaults_are_the_pipelines(panel):
    from IVDSegmentationLib.panels.shared.parameters import OPTION_OF_PARAMETER, options_of
    from IVDSegmentationLib.segmentation.options import Options

    fields = {field.name for field in dataclasses.fields(Options)}
    assert set(OPTION_OF_PARAMETER.values()) <= fields
    assert Options(**options_of(panel.session.parameters)) == Options()


def test_parameters_are_saved_with_the_scene(panel, tmp_path):
    import slicer

    panel.session.parameters.threshold = 0.4
    panel.session.parameters.smooth = True
    slicer.mrmlScene.SetURL(str(tmp_path / "scene.mrml"))
    assert slicer.mrmlScene.Commit()
    slicer.mrmlScene.Clear(0)
    assert panel.session.parameters.threshold == 0.5
    slicer.mrmlScene.Connect()
    panel.enter()
    assert (panel.session.parameters.threshold, panel.session.parameters.smooth) == (0.4, True)
    assert panel.tabs[0].ui.thresholdSlider.value == 0.4 and panel.tabs[0].ui.smoothCheckBox.checked


def test_a_model_that_is_not_here_falls_back_to_the_default(panel):
    panel.session.parameters.model = "somebody else's"
    panel.unbind()
    panel.bind()
    assert panel.session.parameters.model == "default"


def test_opening_the_panel_imports_no_torch():
    """In a process of its own, as other tests import torch."""
    import subprocess
    import sys

    from .conftest import MODULE, ROOT

    code = (
        "import sys, host; running = host.start(); running.load_module(sys.argv[1]); "
        "assert 'torch' not in sys.modules, 'torch was imported'; import os; os._exit(0)"
    )
    import os

    paths = os.pathsep.join([str(ROOT / "Testing"), str(ROOT / "IVDSegmentation")])
    done = subprocess.run(
        [sys.executable, "-c", code, str(MODULE)],
        env={**os.environ, "PYTHONPATH": paths, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
