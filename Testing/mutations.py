#!/usr/bin/env python3
"""Breaks the code on purpose, one line at a time, and tells which breaks the fast tests do not notice.

    python Testing/mutations.py               all mutants; exit code 1 where one survives
    python Testing/mutations.py spine/ decay  those whose name or file contains one of the words
    python Testing/mutations.py --list        the names

Each mutant replaces one piece of text in one file of a scratch copy and runs the tests that belong to it. A mutant whose text
is no longer in its file is an error: the list has to follow the code (``test_mutations.py`` checks it in every run).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from mutation.catalogue import MUTANTS  # noqa: E402
from mutation.mutant import LIBRARY, Mutant  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
TIME_LIMIT_SECONDS = 300
"""Longest that the tests of one mutant may take; a mutant that makes them hang is noticed."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", help="only mutants whose name or file contains one of these words")
    parser.add_argument("--list", action="store_true", help="print the names and end")
    args = parser.parse_args()
    chosen = [one for one in MUTANTS if not args.words or any(word in one.name or word in one.file for word in args.words)]
    if args.list:
        print("\n".join(one.name for one in chosen))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        scratch = copy_of_sources(Path(folder) / "scratch")
        tests = tuple(sorted({test for one in chosen for test in one.tests}))
        failing = [test for test in tests if run_tests(scratch, (test,))] if run_tests(scratch, tests) else []
        if failing:
            print(f"These tests fail without any mutant: {', '.join(failing)}. Mend them first.")
            return 2
        survivors = [one for one in chosen if survives(one, scratch)]
    print(f"{len(chosen)} mutants, {len(survivors)} survived" + "".join(f"\n  {one.name}" for one in survivors))
    return bool(survivors)


def copy_of_sources(target: Path) -> Path:
    """The files that git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    return target


def survives(mutant: Mutant, scratch: Path) -> bool:
    path = scratch / LIBRARY / mutant.file
    before = path.read_text(encoding="utf-8")
    if before.count(mutant.old) != 1:
        raise SystemExit(f"{mutant.name}: its text stands {before.count(mutant.old)} times in {mutant.file}, not once.")
    start = time.monotonic()
    path.write_text(before.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        survived = not run_tests(scratch, mutant.tests)
    finally:
        path.write_text(before, encoding="utf-8")
    print(f"{'SURVIVED' if survived else 'killed  '} {mutant.name} ({time.monotonic() - start:.0f} s)", flush=True)
    return survived


def run_tests(scratch: Path, tests: tuple[str, ...]) -> bool:
    """Whether one of the fast tests in these files fails."""
    words = [sys.executable, "-m", "pytest", "-x", "-q", "-m", "not slow", "-p", "no:cacheprovider"]
    environment = os.environ | {
        "PYTHONPATH": str(scratch / "IVDSegmentation"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "QT_QPA_PLATFORM": "offscreen",
    }
    try:
        done = subprocess.run(
            [*words, *(f"Testing/{test}" for test in tests)],
            cwd=scratch,
            env=environment,
            capture_output=True,
            timeout=TIME_LIMIT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


if __name__ == "__main__":
    sys.exit(main())
