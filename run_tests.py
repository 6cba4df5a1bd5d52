#!/usr/bin/env python3
"""Sets everything up (once) and runs all checks: ruff, mypy, then pytest, fast tests first.

    python3 run_tests.py                        everything
    python3 run_tests.py -m "not slow"          arguments go to pytest
    python3 run_tests.py -n 0                   in one process instead of one a core

The tests on real scans run where the environment variable IVD_REAL_DATA names their folder (see CONTRIBUTING.md).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "tools"))
from environment import SetupError, call, environment, say  # noqa: E402

MOST_PROCESSES = 4
"""Each loads PyTorch, VTK and Qt: about 1.5 GB."""


def main() -> int:
    if {"-h", "--help"} & set(sys.argv[1:]):
        say(__doc__ or "")
        return 0
    try:
        python = environment(tests=True)
    except SetupError as error:
        say(str(error))
        return 2
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    failed = []
    for name, arguments in (("ruff", ("check", ".")), ("mypy", ())):
        say(f"{name} …")
        if call(python, "-m", name, *arguments):
            failed.append(name)
    code = call(python, "-m", "pytest", *spread(sys.argv[1:]), *sys.argv[1:])
    if failed:
        say(f"pytest has ended; {' and '.join(failed)} found something as well, see above.")
    return code or bool(failed)


def spread(arguments: list[str]) -> list[str]:
    """What makes pytest-xdist share the tests between processes, one a core; a debugger needs them in one process."""
    cores = os.cpu_count() or 1
    if cores < 2 or any(one.startswith(("--pdb", "--trace")) for one in arguments):
        return []
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    return ["-n", str(min(cores, MOST_PROCESSES)), "--dist", "worksteal"]


if __name__ == "__main__":
    sys.exit(main())
