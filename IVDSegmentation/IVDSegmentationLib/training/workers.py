"""Work given to several processes, in order; they end with the process that started them, even when it is killed."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch.utils.data import DataLoader, Dataset

from ..errors import InputError

AHEAD = 2
"""Results that each process keeps ready: one is being used while the next is made."""


def in_workers(function: Callable[[Any], Any], items: Sequence[Any], workers: int, pin: bool = False) -> Iterator[Any]:
    """The function's result for each item, in order, by so many processes (0: here). ``pin``: what has ``pin_memory`` is put
    into memory that a GPU reads without waiting. Function and items must be picklable where processes are not forked."""
    if not workers or not items:
        yield from map(function, items)
        return
    yield from DataLoader(
        _Mapped(function),
        batch_size=None,
        sampler=items,
        num_workers=min(workers, len(items)),
        prefetch_factor=AHEAD,
        collate_fn=_as_is,
        pin_memory=pin,
        worker_init_fn=_start_worker,
    )


@dataclass(frozen=True)
class _Mapped(Dataset):
    function: Callable[[Any], Any]

    def __getitem__(self, item: Any) -> Any:
        return self.function(item)


def _as_is(result: Any) -> Any:
    return result


def _start_worker(number: int) -> None:
    """Ctrl-C is for the process that trains; it ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextmanager
def worker_errors() -> Iterator[None]:
    """Around the use of ``in_workers``: ``InputError`` where a worker was killed, which PyTorch reports by an error in
    whatever the process happens to be doing."""
    try:
        yield
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        error.__traceback__ = None  # its frames keep the other workers alive
    else:
        return
    raise InputError(
        "A process that prepares batches was ended by the system, mostly because memory ran out. Set a lower number of "
        "'workers' (0: none) under \"advanced\" in the settings."
    )
