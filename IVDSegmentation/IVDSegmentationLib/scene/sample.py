"""The phantom as sample data, so that the tutorial works without a network."""

from __future__ import annotations

from typing import Any

from .volumes import add_volume

SAMPLE_NAME = "Lumbar spine phantom"
CATEGORY = "IVDSegmentation"


def add_sample() -> Any:
    """Put the generated phantom into the scene and return its volume node. Takes about a second."""
    from ..synthesis import sample_phantom  # not at import: a panel that only opens needs none of it

    return add_volume(sample_phantom().image, SAMPLE_NAME)


def register_sample_data(icon: str = "") -> bool:
    """Offer the phantom in Slicer's Sample Data module; False where the module is missing.

    Call it at ``startupCompleted``. ``icon``: path of the thumbnail.
    """
    try:
        import SampleData
    except ImportError:
        return False
    logic = SampleData.SampleDataLogic
    sources = logic.sampleDataSourcesByCategory(CATEGORY) if hasattr(logic, "sampleDataSourcesByCategory") else []
    if any(source.sampleName == SAMPLE_NAME for source in sources):
        return True  # the module was reloaded
    logic.registerCustomSampleDataSource(
        category=CATEGORY,
        sampleName=SAMPLE_NAME,
        uris="",  # nothing is downloaded, but Slicer wants as many URIs as file names
        fileNames="",
        nodeNames=SAMPLE_NAME,
        customDownloader=_load,
        thumbnailFileName=icon or None,
    )
    return True


def _load(source: Any = None) -> list[Any]:
    """What a click in Sample Data does: make the phantom and show it."""
    import slicer.util

    node = add_sample()
    slicer.util.setSliceViewerLayers(background=node, fit=True)
    return [node]
