"""Node attributes, reference roles, segment tags: every name that this package writes into a scene.

Once a scene was saved with them they may not change.
"""

from __future__ import annotations

PREFIX = "IVDSegmentation."

VOLUME_ROLE = PREFIX + "Volume"
"""Of the segmentation: the volume that was segmented. Slicer's own reference geometry may be changed by its editor."""
CENTRES_ROLE = PREFIX + "Centres"
TABLE_ROLE = PREFIX + "Table"
PROBABILITY_ROLE = PREFIX + "Probability"
OWNER_ROLE = PREFIX + "Segmentation"
"""Of centres and table: the segmentation they belong to. A copy of a segmentation refers to them, but not they to it."""
CHARTS_ROLE = PREFIX + "Charts"

RUN_ATTRIBUTE = PREFIX + "Run"
"""Of the segmentation: model, device, times, warnings as JSON. Its presence marks a segmentation as one of ours."""
ORIGINAL_ATTRIBUTE = PREFIX + "Original"
"""Of the segmentation: fingerprint of what the network gave, as JSON."""

LABEL_TAG = PREFIX + "Label"
CONFIDENCE_TAG = PREFIX + "Confidence"
PROBABILITY_TAG = PREFIX + "Probability"
FLAGS_TAG = PREFIX + "Flags"
OUTLINE_TAG = PREFIX + "Outline"
VOXELS_TAG = PREFIX + "Voxels"
"""Fingerprint of the voxels when centre and table were last brought to them."""

DICOM_ALGORITHM_TYPE_TAG = "DICOM.SegmentAlgorithmType"
DICOM_ALGORITHM_NAME_TAG = "DICOM.SegmentAlgorithmName"
"""These two are the DICOM SEG exporter's."""

PROJECTION_ATTRIBUTE = PREFIX + "Projection"
"""Of the second display node of the centres, which projects them into the sagittal and coronal views."""
