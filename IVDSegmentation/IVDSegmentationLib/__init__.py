"""Finds, outlines, names and measures the intervertebral discs in spine MR volumes.

The packages lie in layers and an import never goes up: CONTRIBUTING.md lists them. Only ``scene`` and ``panels`` may
import slicer, qt or ctk.
"""

__version__ = "0.1.0"
