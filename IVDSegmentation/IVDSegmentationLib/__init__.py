"""Finds, outlines, names and measures the intervertebral discs in spine MR volumes.

Floors, an import never goes up: anatomy < volume < network, measurement, evaluation < segmentation, synthesis <
correction, cases < runs < training < worker, cli < scene < panels. Only ``scene`` and ``panels`` may import slicer, qt or ctk.
"""

__version__ = "0.1.0"
