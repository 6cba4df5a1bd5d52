"""The files that a segmentation is written to: label map, Slicer segmentation and markups, table, picture, report."""

from .destination import Destination, input_fingerprint
from .folder import OUTPUT_NAMES, write_outputs
from .preview import preview_picture

__all__ = ["OUTPUT_NAMES", "Destination", "input_fingerprint", "preview_picture", "write_outputs"]
