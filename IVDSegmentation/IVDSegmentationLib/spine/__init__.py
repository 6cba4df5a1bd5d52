"""What a disc is, where its voxels lie, how discs form a chain, and what the reader is told about them.

``disc``    Disc, its flags, and how sure a level must be
``region``  the voxels of a label: crop, centroid, volume, border, normal, thickness
"""

from .disc import KNOWN_CONFIDENCE, SURE_CONFIDENCE, Disc, Flag
from .region import Region, disc_regions, region_of

__all__ = ["KNOWN_CONFIDENCE", "SURE_CONFIDENCE", "Disc", "Flag", "Region", "disc_regions", "region_of"]
