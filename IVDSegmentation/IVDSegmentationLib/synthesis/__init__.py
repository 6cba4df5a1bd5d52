"""Spine phantom: labelled MR volumes from anatomy, seeded and endless."""

from .exact import KnownDisc, phantom_of_known_size
from .gallery import gallery
from .negatives import NEGATIVES, synthesize_negative
from .phantom import sample_phantom, synthesize
from .settings import CONTRASTS, KINDS, PLANES, REGIONS, Phantom, PhantomSettings

__all__ = [
    "CONTRASTS",
    "KINDS",
    "NEGATIVES",
    "PLANES",
    "REGIONS",
    "KnownDisc",
    "Phantom",
    "PhantomSettings",
    "gallery",
    "phantom_of_known_size",
    "sample_phantom",
    "synthesize",
    "synthesize_negative",
]
