#!/usr/bin/env python3
"""How long a reader of a cohort waits in Slicer's tab: from one scan to the next, and for a click in a list of thousands.

    PYTHONPATH=Testing:IVDSegmentation python Testing/benchmark/cohort_reading.py COHORT [--look SECONDS]

COHORT is the folder of a cohort that is done; marks are set in it, so give a copy. Every scan without a mark is opened and
accepted, while the next one is read ahead during the seconds of looking. Prints a table in Markdown: seconds from the click
to the scan, and the longest time for which the window did not react, as wall clock and as processor time of the window's
thread alone, which other programs do not distort. The panel runs on stand-ins for Slicer's widgets (Testing/host); the scene
is real MRML.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import host as slicer_host

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))

HEARTBEAT_MS = 5
LIMIT_SECONDS = 120.0


@dataclass
class Wait:
    """``freeze``: the longest time between two heartbeats of the event loop."""

    what: str
    seconds: float
    freeze: float
    freeze_processor: float
    voxels: int = 0


class Heart:
    """Beats in the event loop; notes the longest pause."""

    def __init__(self) -> None:
        import qt

        self._timer = qt.QTimer()
        self._timer.setInterval(HEARTBEAT_MS)
        self._timer.connect("timeout()", self._beat)
        self.reset()
        self._timer.start()

    def reset(self) -> None:
        self.longest = self.longest_processor = 0.0
        self._last, self._last_processor = time.perf_counter(), time.thread_time()

    def _beat(self) -> None:
        now, processor = time.perf_counter(), time.thread_time()
        self.longest = max(self.longest, now - self._last)
        self.longest_processor = max(self.longest_processor, processor - self._last_processor)
        self._last, self._last_processor = now, processor


def until(condition: Callable[[], bool]) -> None:
    import slicer

    end = time.perf_counter() + LIMIT_SECONDS
    while not condition():
        if time.perf_counter() > end:
            raise TimeoutError("the scan did not come")
        slicer.app.processEvents()
        time.sleep(0.001)


def rest(seconds: float) -> None:
    end = time.perf_counter() + seconds
    until(lambda: time.perf_counter() > end)


def timed(what: str, heart: Heart, click: Callable[[], Any], done: Callable[[], bool] = lambda: True) -> Wait:
    """From the click until ``done``, and everything that is drawn after it."""
    import slicer

    heart.reset()
    start = time.perf_counter()
    click()
    until(done)
    seconds = time.perf_counter() - start
    for _ in range(3):
        slicer.app.processEvents()
        time.sleep(HEARTBEAT_MS / 1000)
    return Wait(what, seconds, heart.longest, heart.longest_processor)


def steps(tab: Any, heart: Heart, look: float) -> list[Wait]:
    """Accepts one scan after the other."""
    review, waits = tab.review, []

    def settled() -> bool:
        return not review.loading and not review.saving and review.current is not None

    waits.append(timed("first", heart, tab.ui.nextDoubtfulButton.click, settled))
    while True:
        scan = review.current.scan
        image = review.current.volume.GetImageData()
        waits[-1].voxels, waits[-1].what = image.GetNumberOfPoints(), scan
        rest(look)
        wait = timed("", heart, tab.bar_ui.acceptNextButton.click, lambda: settled() or bool(tab.messages.text))
        if review.current.scan == scan:
            return waits
        waits.append(wait)


def clicks(tab: Any, heart: Heart) -> list[Wait]:
    """The clicks in the list, each six times; the median."""
    until(lambda: tab.ui.scanTable.rowCount > 10)
    table, found = tab.ui.scanTable, []

    def choose(box: Any, index: int) -> None:
        box.currentIndex = index

    def search(text: str) -> None:
        tab.ui.searchEdit.text = text
        tab._fill()

    actions: dict[str, Callable[[int], Any]] = {
        "a row": lambda n: table.selectRow(3 + n),
        "filter by status": lambda n: choose(tab.ui.statusComboBox, (2, 0)[n % 2]),
        "filter by mark": lambda n: choose(tab.ui.markComboBox, (1, 0)[n % 2]),
        "part of a name": lambda n: search(("1", "11", "7", "2", "03", "")[n]),
        "Accept": lambda n: (table.selectRow(n), tab.ui.acceptButton.click()),
        "Remove mark": lambda n: (table.selectRow(n), tab.ui.clearButton.click()),
        "Exclude": lambda n: (table.selectRow(n), tab.ui.excludeButton.click()),
        "another cohort and back": lambda n: tab._attach(tab.run.folder),
    }
    for what, action in actions.items():
        waits = []
        for n in range(6):
            waits.append(timed(what, heart, lambda action=action, n=n: action(n)))
            until(lambda: not tab.list._without_picture)
            rest(0.1)
        waits.sort(key=lambda one: one.seconds)
        found.append(waits[len(waits) // 2])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cohort", type=Path)
    parser.add_argument("--look", type=float, default=2.0, help="seconds that the reader looks at each scan")
    parser.add_argument("--clicks", action="store_true", help="only the clicks in the list")
    args = parser.parse_args()
    running = slicer_host.start()
    from gui.conftest import MODULE

    panel = running.load_module(MODULE).widget
    tab = next(one for one in panel.tabs if one.title == "Cohort")
    tab._attach(args.cohort)
    heart = Heart()
    print("| what | wall clock (s) | longest freeze: wall clock (s) | processor (s) |\n|---|---|---|---|")
    waits = clicks(tab, heart) if args.clicks else steps(tab, heart, args.look)
    for wait in waits:
        size = f" ({wait.voxels / 1e6:.1f} million voxels)" if wait.voxels else ""
        print(f"| {wait.what}{size} | {wait.seconds:.3f} | {wait.freeze:.3f} | {wait.freeze_processor:.3f} |")
    if not args.clicks:
        later = waits[1:]
        print(f"| median of {len(later)} steps | {statistics.median(one.seconds for one in later):.2f} | | |")
    sys.stdout.flush()
    os._exit(0)  # stand-ins of MRML widgets are not taken down in order


if __name__ == "__main__":
    main()
