"""Processes that outlive the panel and Slicer: trainings, cohorts."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .interpreter import Command


def launch(command: Command, arguments: Sequence[str], output: Path) -> Any:
    """Starts a process that goes on when Slicer ends, at lower priority, so that Slicer stays responsive."""
    line = [command.program, "-m", "IVDSegmentationLib", *arguments]
    options: dict[str, Any] = {}
    if os.name == "nt":
        flags = ("CREATE_NEW_PROCESS_GROUP", "DETACHED_PROCESS", "BELOW_NORMAL_PRIORITY_CLASS")
        options["creationflags"] = sum(getattr(subprocess, flag) for flag in flags)
    else:
        options["start_new_session"] = True
        if shutil.which("nice"):
            line = ["nice", "-n", "5", *line]
    with open(output, "wb") as file:
        return subprocess.Popen(
            line, env=dict(command.environment), stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, **options
        )
