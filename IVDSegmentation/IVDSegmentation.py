"""IVDSegmentation: finds, outlines, names and measures the intervertebral discs in spine MR volumes.

This file is the entry for Slicer only; what it does lives in IVDSegmentationLib.
"""

import logging
import sys
import time

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

LIBRARY = "IVDSegmentationLib"
REST_MINUTES = 15
"""How long the worker stays warm, and keeps its memory, after the user went to another module."""


class IVDSegmentation(ScriptedLoadableModule):
    """What Slicer shows about the module; registers sample data and terminology once Slicer is up."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("IVD Segmentation")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = []
        self.parent.contributors = ["IVD Segmentation contributors"]
        self.parent.helpText = _(
            "Finds, outlines and names the intervertebral discs in MR volumes of the spine. Choose a volume on the "
            "Segment tab and press 'Segment discs'. Everything is computed on this computer."
        )
        self.parent.helpText += self.getDefaultModuleDocumentationLink()
        self.parent.acknowledgementText = _(
            "Based on Chen, Dou, Wang, Qin, Cheng, Heng: 3D fully convolutional networks for intervertebral disc "
            "localization and segmentation (MIAR 2016). Research use only, not for clinical decisions."
        )
        slicer.app.connect("startupCompleted()", self.onStartupCompleted)

    def onStartupCompleted(self):
        from IVDSegmentationLib.scene.sample import register_sample_data
        from IVDSegmentationLib.scene.terminology import load_terminology

        load_terminology()
        register_sample_data(self.resourcePath("Icons/IVDSegmentation.png"))


class IVDSegmentationWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The shell of the panel: parameter node, scene events, tabs."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.session = None
        self.tabs = []
        self.dependencyPanel = None
        self.chooseTimer = None
        self.restTimer = None

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        import qt
        from IVDSegmentationLib.panels.shared.dependencies import Dependencies
        from IVDSegmentationLib.panels.shared.dependency_panel import DependencyPanel
        from IVDSegmentationLib.panels.shared.questions import MessageBoxes
        from IVDSegmentationLib.panels.shared.session import Session
        from IVDSegmentationLib.panels.shared.signal import guarded, unexpected
        from IVDSegmentationLib.panels.tabs import create_tabs, show_tabs

        shell = slicer.util.loadUI(self.resourcePath("UI/IVDSegmentation.ui"))
        self.layout.addWidget(shell)
        self.ui = slicer.util.childWidgetVariables(shell)
        shell.setMRMLScene(slicer.mrmlScene)
        self.logic = IVDSegmentationLogic()
        self.session = Session(self.logic.worker, Dependencies(), MessageBoxes())
        self.dependencyPanel = DependencyPanel(self.session)
        self.ui.dependencyArea.layout().addWidget(self.dependencyPanel.widget)
        self.tabs = create_tabs(self.session)
        show_tabs(self.ui.tabWidget, self.tabs)
        for tab in self.tabs:
            if hasattr(tab, "bar"):
                self.ui.cohortArea.layout().addWidget(tab.bar)
        unexpected.connect(self.onUnexpectedError)
        self.session.tab_wanted.connect(self.onTabWanted)
        self.chooseTimer = qt.QTimer()
        self.chooseTimer.setSingleShot(True)
        self.chooseTimer.connect("timeout()", self.chooseVolume)
        self.restTimer = qt.QTimer()
        self.restTimer.setSingleShot(True)
        self.restTimer.setInterval(REST_MINUTES * 60 * 1000)
        self.restTimer.connect("timeout()", self.restWorker)
        scene = slicer.mrmlScene
        for event, method in (
            (scene.StartCloseEvent, self.onSceneStartClose),
            (scene.EndCloseEvent, self.onSceneEndClose),
            (scene.EndImportEvent, self.onSceneEndImport),
            (scene.NodeAddedEvent, self.onNodeAdded),
        ):
            self.addObserver(scene, event, guarded(method))
        self.bind()

    def cleanup(self):
        from IVDSegmentationLib.panels.shared.signal import unexpected

        unexpected.disconnect(self.onUnexpectedError)
        self.removeObservers()
        self.chooseTimer.stop()
        self.restTimer.stop()
        self.unbind()
        for tab in self.tabs:
            tab.cleanup()
        self.dependencyPanel.cleanup()
        self.logic.worker.stop()

    def enter(self):
        self.restTimer.stop()
        self.bind()
        self.dependencyPanel.refresh()
        for tab in self.tabs:
            tab.enter()

    def exit(self):
        for tab in self.tabs:
            tab.exit()
        self.restTimer.start()

    def restWorker(self):
        """The module has not been shown for long: free the worker's memory, unless it is busy."""
        if self.session.busy:
            self.restTimer.start()
        else:
            self.logic.worker.stop()

    def onReload(self):
        """Drop the library from memory, so that edits of its files are seen too."""
        for name in [name for name in sys.modules if name.split(".")[0] == LIBRARY]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)

    def bind(self):
        if self.session.parameters is None:
            self.session.parameters = self.logic.getParameterNode()
            for tab in self.tabs:
                tab.bind(self.session.parameters)

    def unbind(self):
        if self.session.parameters is not None:
            for tab in self.tabs:
                tab.unbind()
            self.session.parameters = None
            self.session.forget()

    def onSceneStartClose(self, caller, event):
        self.unbind()

    def onSceneEndClose(self, caller, event):
        self.bind()

    def onSceneEndImport(self, caller, event):
        import qt
        from IVDSegmentationLib.panels.shared.signal import guarded

        self.unbind()
        self.bind()
        qt.QTimer.singleShot(0, guarded(self.checkFolders))  # Slicer completes its hierarchy in the same event

    def checkFolders(self):
        """After a scene was read, each result lies in its folder again."""
        from IVDSegmentationLib.scene.nodes import existing_results, put_into_folder

        for nodes in existing_results(None):
            put_into_folder(nodes)

    def onNodeAdded(self, caller, event):
        """A node has no voxels yet when it is added: look once the event loop is back."""
        if self.session.parameters is not None and self.session.parameters.volume is None:
            self.chooseTimer.start()

    def chooseVolume(self):
        for tab in self.tabs:
            if hasattr(tab, "choose_volume"):
                tab.choose_volume()

    def onTabWanted(self, title):
        """A tab asks for another one to be shown."""
        titles = [tab.title for tab in self.tabs]
        if title in titles:
            self.ui.tabWidget.currentIndex = titles.index(title)

    def onUnexpectedError(self, error, details):
        """An exception where Slicer would only write to its log: the user sees it in the tab that is open."""
        from IVDSegmentationLib.panels.shared.message_area import Kind

        message = _("An unexpected error occurred: {error}").format(error=f"{type(error).__name__}: {error}")
        self.tabs[self.ui.tabWidget.currentIndex].messages.show(Kind.ERROR, [message], details)


class IVDSegmentationLogic(ScriptedLoadableModuleLogic):
    """For scripts: ``slicer.modules.ivdsegmentation.widgetRepresentation()`` is not needed to segment a volume."""

    def __init__(self):
        ScriptedLoadableModuleLogic.__init__(self)
        from IVDSegmentationLib.panels.shared.worker_process import WorkerProcess

        self.worker = WorkerProcess()
        self.worker.logged.connect(self.onWorkerLog)
        self.worker.failed.connect(self.onWorkerError)

    def onWorkerLog(self, event):
        """What the worker prints goes to Slicer's log, where bug reports look for it."""
        logging.info("IVDSegmentation worker: %s", event.text)

    def onWorkerError(self, event):
        if event.kind != "Cancelled":
            logging.warning("IVDSegmentation worker: %s: %s\n%s", event.kind, event.message, event.details)

    def getParameterNode(self):
        from IVDSegmentationLib.panels.shared.parameters import IVDSegmentationParameters

        return IVDSegmentationParameters(super().getParameterNode())

    def segment(self, volumeNode, model="default", device="auto", threads=None, timeoutSeconds=600.0, **options):
        """Segment a volume and wait for it; the event loop stays alive meanwhile.

        ``options`` are fields of ``IVDSegmentationLib.segmentation.pipeline.Options``.
        Returns (nodes, result): nodes has ``segmentation``, ``centres``, ``table``; None where no disc was found.
        Raises RuntimeError with the reason otherwise. An earlier result that was edited is kept.
        """
        from IVDSegmentationLib.panels.segment.job import MRMLSceneWriter, SegmentJob, Settings
        from IVDSegmentationLib.panels.shared.questions import Decision

        class KeepEdited:
            def about_edited_result(self, name):
                return Decision.KEEP_BOTH

        outcome = []
        job = SegmentJob(self.worker, MRMLSceneWriter(), KeepEdited())
        job.finished.connect(lambda nodes, result: outcome.append((nodes, result)))
        job.failed.connect(lambda kind, message, details: outcome.append(RuntimeError(f"{message}\n{details}".strip())))
        job.cancelled.connect(lambda: outcome.append(RuntimeError("Cancelled.")))
        job.start(volumeNode, Settings(model, device, threads, options))
        deadline = time.monotonic() + timeoutSeconds
        while not outcome:
            slicer.app.processEvents()
            time.sleep(0.01)
            if time.monotonic() > deadline:
                job.cancel()
                deadline = float("inf")  # the cancellation ends the loop
        job.disconnect()
        if isinstance(outcome[0], Exception):
            raise outcome[0]
        return outcome[0]


class IVDSegmentationTest(ScriptedLoadableModuleTest):
    """The whole job on the generated sample, offline: volume, worker, network, nodes."""

    def setUp(self):
        slicer.mrmlScene.Clear(0)

    def runTest(self):
        from IVDSegmentationLib.panels.shared.dependencies import torch_status

        self.setUp()
        if not torch_status().is_fine:
            self.delayDisplay(_("PyTorch is not installed, so the network cannot be tested. Open the module first."))
            return
        self.test_sample()
        self.setUp()

    def test_sample(self):
        from IVDSegmentationLib.scene.sample import add_sample

        self.delayDisplay(_("Segmenting the sample"))
        volume = add_sample()
        logic = IVDSegmentationLogic()
        try:
            nodes, result = logic.segment(volume)
        finally:
            logic.worker.stop()
        self.assertIsNotNone(nodes, "no disc was found in the sample")
        names = [disc.level for disc in result.discs]
        self.assertEqual(names[:5], ["L5-S1", "L4-L5", "L3-L4", "L2-L3", "L1-L2"])
        segmentation = nodes.segmentation.GetSegmentation()
        self.assertEqual(segmentation.GetNumberOfSegments(), len(result.discs))
        self.assertEqual(nodes.centres.GetNumberOfControlPoints(), len(result.discs))
        self.assertEqual(nodes.table.GetNumberOfRows(), len(result.discs))
        self.delayDisplay(_("Test passed: {count} discs").format(count=len(result.discs)))
