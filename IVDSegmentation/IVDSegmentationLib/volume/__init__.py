"""Array and geometry: reorient, resample, read and write."""

from .frame import NETWORK_SPACING_MM, NetworkFrame
from .volume import Volume

__all__ = ["NETWORK_SPACING_MM", "NetworkFrame", "Volume"]
