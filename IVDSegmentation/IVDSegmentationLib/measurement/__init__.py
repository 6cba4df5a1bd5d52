"""Size, shape and signal of each disc. Definitions with sources: docs/MEASUREMENTS.md."""

from .disc_frame import DiscFrame
from .discs import DiscMeasurements, lordosis_l1_s1_deg, measure_discs
from .shape import Endplate
from .table import COLUMNS, Column, measurement_rows, write_csv

__all__ = [
    "COLUMNS",
    "Column",
    "DiscFrame",
    "DiscMeasurements",
    "Endplate",
    "lordosis_l1_s1_deg",
    "measure_discs",
    "measurement_rows",
    "write_csv",
]
