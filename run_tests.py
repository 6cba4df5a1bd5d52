#!/usr/bin/env python3
"""Sets everything up (once) and runs all checks: ruff, mypy, then pytest, fast tests first.

    python3 run_tests.py                        everything
    python3 run_tests.py -m "not slow"          arguments go to pytest

The tests on real scans run where the environment variable IVD_REAL_DATA names their folder (see CONTRIBUTING.md).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "tools"))
from environment import SetupError, call, environment, say  # noqa: E402


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
    code = call(python, "-m", "pytest", *sys.argv[1:])
    if failed:
        say(f"pytest has ended; {' and '.join(failed)} found something as well, see above.")
    return code or bool(failed)


if __name__ == "__main__":
    sys.exit(main())
