"""The scan of a cohort that is in the scene, and whether it has edits that are not saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...scene import volumes
from ...scene.nodes import ResultNodes, existing_result, existing_results, remove_result
from ...scene.result import fingerprints
from .loading import Fetched


@dataclass
class Loaded:
    """The scan in the scene. ``content``: what its result held when it was loaded or saved, None without a result.
    ``discarded``: what it held when the user chose not to keep it."""

    fetched: Fetched
    volume: Any
    content: dict | None
    discarded: dict | None = None

    @property
    def scan(self) -> str:
        return self.fetched.scan

    @property
    def in_scene(self) -> bool:
        return self.volume.GetScene() is not None

    @property
    def nodes(self) -> ResultNodes | None:
        """The latest result of the volume: the one loaded, or one that was segmented since."""
        return existing_result(self.volume) if self.in_scene else None

    @property
    def is_unsaved(self) -> bool:
        nodes = self.nodes
        return nodes is not None and (self.content is None or fingerprints(nodes) != self.content)

    @property
    def has_to_be_asked_about(self) -> bool:
        """Whether there are edits about which the user has not decided yet."""
        nodes = self.nodes
        return nodes is not None and self.is_unsaved and fingerprints(nodes) != self.discarded

    def discard(self) -> None:
        """The next scan may replace this one as it is now."""
        self.discarded = fingerprints(self.nodes) if self.nodes is not None else None

    def unload(self) -> None:
        """Takes scan and results out of the scene and removes the files it came with."""
        if self.in_scene:
            for nodes in existing_results(self.volume):
                remove_result(nodes)
            volumes.remove_volume(self.volume)
        self.fetched.remove()
