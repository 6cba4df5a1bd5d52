"""Spine phantom: labelled MR volumes from anatomy, seeded and endless."""

from .exact import phantom_of_known_size
from .phantom import sample_phantom, synthesize, write_phantoms
from .settings import CONTRASTS, KINDS, Phantom, PhantomSettings

__all__ = [
    "CONTRASTS",
    "KINDS",
    "Phantom",
    "PhantomSettings",
    "phantom_of_known_size",
    "sample_phantom",
    "synthesize",
    "write_phantoms",
]
