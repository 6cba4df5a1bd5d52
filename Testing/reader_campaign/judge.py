"""Reads damaged files in a process of its own, and says what came of it.

The process is told one file a line (JSON) on its standard input, and answers with one line. It is ended where it takes too
long; its memory is watched from within.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import traceback
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SECONDS = 120.0
"""A file of a few MB that takes longer hangs, also on a busy machine: the first one waits for the process to start."""
SLACK_BYTES = 24 << 20
"""Memory that the interpreter, its modules and small buffers may take beside the voxels."""


@dataclass(frozen=True)
class Verdict:
    """``kind``: refused, read, traceback, crash, hang. The rest belongs to what was read, compared with the whole file:
    ``moved_mm`` is the largest distance of a corner."""

    kind: str
    text: str = ""
    warned: bool = False
    same_shape: bool = True
    same_type: bool = True
    same_values: bool = True
    same_spacing: bool = True
    moved_mm: float = 0.0
    one_form: bool = False
    """Whether only one of a NIfTI file's two forms is in use, so that nothing contradicts it."""
    extra_bytes: int = 0
    """Beyond the voxels, their tenth and what the whole file needs."""


class Judge:
    """A child process that reads files; started again where it ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str] = queue.Queue()

    def __enter__(self) -> Judge:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def read(self, path: Path, whole: Path, seconds: float = SECONDS) -> Verdict:
        """``whole``: a .npz file that ``describe`` wrote for the undamaged seed."""
        if self._process is None:
            self._start()
        process = self._process
        assert process is not None and process.stdin is not None
        try:
            process.stdin.write(json.dumps({"path": str(path), "whole": str(whole)}) + "\n")
            process.stdin.flush()
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            self._stop()
            return Verdict("hang", f"no answer in {seconds:g} s")
        except OSError:
            line = ""
        if not line:
            code = process.wait()
            self._stop()
            return Verdict("crash", f"exit code {code}")
        return Verdict(**json.loads(line))

    def _start(self) -> None:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
        process = subprocess.Popen(
            [sys.executable, "-c", "from reader_campaign.judge import answer; answer()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        answers: queue.Queue[str] = queue.Queue()

        def listen() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                answers.put(line)
            answers.put("")

        threading.Thread(target=listen, daemon=True).start()
        self._process, self._answers = process, answers

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    stream.close()
            self._process = None


def describe(path: Path, whole: Path) -> None:
    """Notes what an undamaged file holds."""
    from IVDSegmentationLib.volume.read import read_volume

    volume = read_volume(path)
    np.savez(whole, array=volume.array, matrix=volume.ijk_to_lps, spacing=volume.spacing_mm)


def answer() -> None:
    """The child process."""
    from IVDSegmentationLib.errors import InputError
    from IVDSegmentationLib.volume.read import read_volume

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever libraries print
    for line in sys.stdin:
        task = json.loads(line)
        with np.load(task["whole"]) as known:
            whole = {name: known[name] for name in known.files}
        _forget_peak()
        before = _peak_bytes()
        read_bytes = 0
        result: dict[str, object]
        try:
            volume = read_volume(task["path"])
        except InputError as error:
            result = {"kind": "refused", "text": str(error)}
        except BaseException:
            result = {"kind": "traceback", "text": traceback.format_exc()}
        else:
            result = {"kind": "read", "text": "\n".join(volume.warnings), **_compared(volume, whole)}
            read_bytes = volume.array.nbytes
        allowed = 1.1 * max(read_bytes, whole["array"].nbytes) + SLACK_BYTES
        result["extra_bytes"] = max(0, int(_peak_bytes() - before - allowed))
        answers.write(json.dumps(result) + "\n")
        answers.flush()


def _compared(volume: object, whole: dict[str, np.ndarray]) -> dict[str, object]:
    array, matrix = volume.array, volume.ijk_to_lps  # type: ignore[attr-defined]
    forms = volume.forms  # type: ignore[attr-defined]
    same_shape = array.shape == whole["array"].shape
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in reversed(whole["array"].shape)], [1])).reshape(4, -1)
    moved = np.linalg.norm(((matrix - whole["matrix"]) @ corners)[:3], axis=0).max()
    return {
        "warned": bool(volume.warnings),  # type: ignore[attr-defined]
        "same_shape": same_shape,
        "same_type": array.dtype == whole["array"].dtype,
        "same_values": same_shape and bool(np.array_equal(array, whole["array"])),
        "same_spacing": bool(np.allclose(volume.spacing_mm, whole["spacing"], rtol=0.02)),  # type: ignore[attr-defined]
        "moved_mm": float(moved),
        "one_form": bool(forms and min(forms.qform_code, forms.sform_code) <= 0),
    }


def _forget_peak() -> None:
    """Linux: lets the peak of the memory be counted anew."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_bytes() -> int:
    try:
        words = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        return int(words["VmHWM"].split()[0]) * 1024
    except (OSError, KeyError):
        return 0
