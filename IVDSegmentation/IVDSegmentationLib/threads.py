"""Threads of numpy's linear algebra: one. It is to be told before numpy is imported, by a variable of the environment."""

from __future__ import annotations

from collections.abc import MutableMapping

BLAS_VARIABLES = ("OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""Those of numpy and scipy on Linux and Windows, and on macOS. Not MKL's: PyTorch takes its own number of threads from it."""


def limit_blas_threads(environment: MutableMapping[str, str]) -> None:
    """One thread, where the user has not chosen another number. Our problems are small, and after each one OpenBLAS' threads
    keep the cores busy for a while that the network needs: on two cores a slab of 0.4 million voxels takes 0.16 s with as many
    threads as cores, and 0.10 s with one."""
    for name in BLAS_VARIABLES:
        environment.setdefault(name, "1")
