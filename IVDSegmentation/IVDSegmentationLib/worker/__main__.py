"""``python -m IVDSegmentationLib.worker``: the child process that Slicer talks to."""

from __future__ import annotations

from ..memory import keep_freed_memory
from .server import main
from .service import SegmentationService

if __name__ == "__main__":
    keep_freed_memory()
    main(SegmentationService().handlers())
