"""The program ``ivdseg``; ``python -m IVDSegmentationLib`` is the same."""

import os
import signal
import sys

from .threads import limit_blas_threads

limit_blas_threads(os.environ)  # before anything imports numpy
if "__mp_main__" not in sys.modules:  # not in the worker processes of ``ivdseg cohort``
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until something has begun, Ctrl-C simply ends the program


def run() -> int:
    """Runs the command of ``sys.argv``; returns the exit code."""
    from .cli.supervisor import SUPERVISED, supervise

    arguments = sys.argv[1:]
    verb = next((word for word in arguments if not word.startswith("-")), None)
    if verb in SUPERVISED and not {"-h", "--help"} & set(arguments):
        return supervise(arguments)
    from .cli import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
