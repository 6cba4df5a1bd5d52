"""Pictures without a window or OpenGL: cuts along the spine with outlines, charts, PNG files. Pillow draws."""

from .canvas import Canvas, png_bytes, write_png
from .chart import Chart, Series, chart_picture, chart_svg
from .cut import CORONAL, SAGITTAL, SpineCut
from .spine import DiscMark, coronal_picture, sagittal_picture, thumbnail

__all__ = [
    "CORONAL",
    "SAGITTAL",
    "Canvas",
    "Chart",
    "DiscMark",
    "Series",
    "SpineCut",
    "chart_picture",
    "chart_svg",
    "coronal_picture",
    "png_bytes",
    "sagittal_picture",
    "thumbnail",
    "write_png",
]
