"""How many threads libraries use. They read it from the environment when they are loaded."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager

BLAS_VARIABLES = ("OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""Those of numpy and scipy on Linux and Windows, and on macOS. Not MKL's: PyTorch takes its own number of threads from it."""


def limit_blas_threads(environment: MutableMapping[str, str]) -> None:
    """One thread for numpy's linear algebra, where the user has not chosen another number. To be called before numpy is
    imported. Our problems are small, and after each one OpenBLAS' threads keep the cores busy for a while that the network
    needs: on two cores a slab of 0.4 million voxels takes 0.16 s with as many threads as cores, and 0.10 s with one."""
    for name in BLAS_VARIABLES:
        environment.setdefault(name, "1")


@contextmanager
def environment_of_children(values: Mapping[str, str]) -> Iterator[None]:
    """Variables that processes started meanwhile have, too; afterwards all are as before."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
