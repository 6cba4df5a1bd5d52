"""Silence for ITK's readers, which print to the process's stderr what we say in a sentence of our own."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import SimpleITK as sitk

_LOCK = threading.Lock()


@contextmanager
def quiet_itk() -> Iterator[None]:
    """Keeps ITK's warnings and the C libraries' messages off the terminal while the block runs.

    MetaIO and GDCM write to file descriptor 2 past every switch of ITK's, so the descriptor itself is turned away.
    Where there is none (a Windows application without a console) nothing needs turning.
    """
    before = sitk.ProcessObject.GetGlobalWarningDisplay()
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    with _LOCK:
        saved = None
        try:
            with suppress(Exception):
                sys.stderr.flush()
            try:
                saved = os.dup(2)
                sink = os.open(os.devnull, os.O_WRONLY)
                os.dup2(sink, 2)
                os.close(sink)
            except OSError:
                pass
            yield
        finally:
            if saved is not None:
                os.dup2(saved, 2)
                os.close(saved)
            sitk.ProcessObject.SetGlobalWarningDisplay(before)
