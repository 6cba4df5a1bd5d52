"""The command line ``ivdseg``. Each verb is a module with ``add_arguments(parser)`` and ``run(args) -> exit code``."""

from .main import main

__all__ = ["main"]
