"""``python -m IVDSegmentationLib.worker``: the child process that Slicer talks to."""

from __future__ import annotations

from ..memory import keep_freed_memory
from .cohort_service import cohort_handlers
from .server import main
from .service import SegmentationService

if __name__ == "__main__":
    keep_freed_memory()
    main(SegmentationService().handlers() | cohort_handlers())
