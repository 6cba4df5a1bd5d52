"""Work done ahead of its use, by a thread or by several processes. The processes end with the one that started them, even
when it is killed."""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from torch.utils.data import DataLoader, Dataset

from ..errors import InputError, IVDError
from ..memory import keep_freed_memory
from ..threads import environment_of_children

AHEAD = 2
"""Results that each process keeps ready: one is being used while the next is made."""
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
SECONDS_TO_END = 10.0
"""How long the end waits for what is being made."""


def made_ahead(
    function: Callable[[Any], Any], items: Sequence[Any], workers: int, *, pin: bool = False, fresh: bool = False
) -> Iterator[Any]:
    """The function's result for each item, in order, made by so many processes (0: by a thread).

    ``pin``: results have ``pin_memory``, which puts them where a GPU reads without waiting. ``fresh``: processes that share
    nothing with this one and do linear algebra with one thread each; sixteen that use sixteen threads each take minutes for
    what one does in seconds. Without it they start as the system likes best (forked on Linux, so that cases are not copied).
    Function and items must be picklable. Raises what the function raises, and ``InputError`` where a process was killed.
    """
    if not workers or not items:
        return _by_thread(map(function, items), pin)
    loader = DataLoader(
        _Mapped(function),
        batch_size=None,
        sampler=items,
        num_workers=min(workers, len(items)),
        prefetch_factor=AHEAD,
        collate_fn=_as_is,  # type: ignore[arg-type]  # the stubs know lists only
        worker_init_fn=_start_worker,
        multiprocessing_context="spawn" if fresh else None,
    )
    return _by_thread(_with_one_thread_each(loader) if fresh else loader, pin)


def _with_one_thread_each(loader: DataLoader) -> Iterator[Any]:
    """Libraries of linear algebra read these variables when they are loaded."""
    with environment_of_children(dict.fromkeys(THREAD_VARIABLES, "1")):
        results = iter(loader)  # starts the processes
    yield from results


def _by_thread(source: Iterable[Any], pin: bool) -> Iterator[Any]:
    """What an iterable gives, asked for by a thread. PyTorch then reports a worker that was killed here, where its result is
    missing; in the main thread it would interrupt whatever is going on (its handler of SIGCHLD)."""
    ready: queue.Queue = queue.Queue(maxsize=AHEAD)
    stop = threading.Event()

    def put(result: Any, error: BaseException | None = None, ended: bool = False) -> bool:
        while not stop.is_set():
            try:
                ready.put((result, error, ended), timeout=0.2)
                return True
            except queue.Full:
                continue
        return False

    def produce() -> None:
        try:
            for result in source:
                if not put(result.pin_memory() if pin and not isinstance(result, IVDError) else result):
                    return
            put(None, ended=True)
        except BaseException as error:  # raised where the result is asked for
            put(None, error)

    thread = threading.Thread(target=produce, daemon=True)
    thread.start()
    try:
        while True:
            result, error, ended = ready.get()
            if ended:
                return
            if error is not None:
                raise _explained(error)
            if isinstance(result, IVDError):
                raise result
            yield result
    finally:
        stop.set()
        thread.join(SECONDS_TO_END)


def _explained(error: BaseException) -> BaseException:
    lost = isinstance(error, (ConnectionError, EOFError))  # a result whose maker is gone cannot be fetched any more
    if not lost and not (isinstance(error, RuntimeError) and "DataLoader worker" in str(error)):
        return error
    explained = InputError(
        "A process that prepares batches was ended by the system, mostly because memory ran out. Set a lower number of "
        "'workers' (0: none) under \"advanced\" in the settings."
    )
    explained.__cause__ = error
    return explained


@dataclass(frozen=True)
class _Mapped(Dataset):
    function: Callable[[Any], Any]

    def __getitem__(self, item: Any) -> Any:
        try:
            return self.function(item)
        except IVDError as error:  # as it is: PyTorch would put a worker's trace into its sentence
            return error


def _as_is(result: Any) -> Any:
    return result


def _start_worker(number: int) -> None:
    """Ctrl-C is for the process that trains; it ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    keep_freed_memory()
