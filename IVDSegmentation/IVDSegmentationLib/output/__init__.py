"""The files that a segmentation is written to: label map, Slicer segmentation and markups, table, picture, report."""

from .folder import OUTPUT_NAMES, write_outputs
from .preview import preview_picture

__all__ = ["OUTPUT_NAMES", "preview_picture", "write_outputs"]
