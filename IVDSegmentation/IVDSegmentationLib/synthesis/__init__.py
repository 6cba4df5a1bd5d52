"""Spine phantom: labelled MR volumes from anatomy, seeded and endless."""

from .exact import KnownDisc, phantom_of_known_size
from .gallery import gallery
from .phantom import sample_phantom, synthesize, write_phantoms
from .settings import CONTRASTS, KINDS, Phantom, PhantomSettings

__all__ = [
    "CONTRASTS",
    "KINDS",
    "KnownDisc",
    "Phantom",
    "PhantomSettings",
    "gallery",
    "phantom_of_known_size",
    "sample_phantom",
    "synthesize",
    "write_phantoms",
]
