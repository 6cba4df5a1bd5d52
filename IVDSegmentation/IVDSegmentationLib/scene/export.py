"""Results as files."""

from __future__ import annotations

from pathlib import Path

from .nodes import ResultNodes


def export_dicom_seg(nodes: ResultNodes, folder: str | Path) -> list[Path]:
    """DICOM SEG through Slicer's own exporter. ``OutputError`` says what is missing (extension, DICOM source)."""
    raise NotImplementedError


def export_label_map(nodes: ResultNodes, path: str | Path) -> Path:
    """Label map (.nii.gz, .nrrd, .mha) on the volume's grid, values of anatomy."""
    raise NotImplementedError


def export_centres(nodes: ResultNodes, path: str | Path) -> Path:
    """Markups file (.mrk.json, LPS)."""
    raise NotImplementedError


def export_csv(nodes: ResultNodes, path: str | Path) -> Path:
    """The table, as it stands, as CSV (UTF-8, decimal point)."""
    raise NotImplementedError
