"""Memory of this process, as the operating system reports it."""

from __future__ import annotations

import sys
from pathlib import Path


def peak_memory_bytes() -> int:
    """Largest resident memory of this process so far; 0 where the system does not report it."""
    if sys.platform == "win32":
        return _windows_peak()
    status = Path("/proc/self/status")
    if status.exists():  # Linux; getrusage there starts from the size of the program that started this one
        fields = [line.split() for line in status.read_text(encoding="ascii", errors="replace").splitlines()]
        found = [int(field[1]) * 1024 for field in fields if field and field[0] == "VmHWM:"]
        if found:
            return found[0]
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def resident_memory_bytes() -> int:
    """Resident memory of this process now; 0 where the system does not report it."""
    status = Path("/proc/self/statm")
    if not status.exists():
        return 0
    import os

    return int(status.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def available_memory_bytes() -> int:
    """Memory that new processes can take without swapping; 0 where the system does not report it."""
    status = Path("/proc/meminfo")
    if not status.exists():
        return 0
    for line in status.read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def keep_freed_memory() -> None:
    """Tells glibc to keep large freed blocks for the next layer instead of giving them back to the system.

    Each layer of the network frees and asks for some hundred megabytes; fetching fresh pages took a third of the time.
    For processes that exist to run the network (worker, command line). Without effect where there is no glibc.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    no_mmap, trim_threshold = -4, -1  # M_MMAP_MAX, M_TRIM_THRESHOLD of malloc.h
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return
    mallopt(no_mmap, 0)
    mallopt(trim_threshold, 2**31 - 1)


def _windows_peak() -> int:
    import ctypes
    from ctypes import wintypes

    class Counters(ctypes.Structure):
        _fields_ = [("cb", wintypes.DWORD), ("faults", wintypes.DWORD)] + [
            (name, ctypes.c_size_t)
            for name in ("peak", "now", "peak_paged", "paged", "peak_other", "other", "page_file", "peak_page_file")
        ]

    counters = Counters()
    counters.cb = ctypes.sizeof(counters)
    process = ctypes.windll.kernel32.GetCurrentProcess()  # type: ignore[attr-defined]
    done = ctypes.windll.psapi.GetProcessMemoryInfo(process, ctypes.byref(counters), counters.cb)  # type: ignore[attr-defined]
    return int(counters.peak) if done else 0
