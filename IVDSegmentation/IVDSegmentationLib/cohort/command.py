"""What ``ivdseg cohort`` and Slicer's tab do: find the scans, run them, write the tables and the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import OutputError
from ..files import make_folder
from ..locks import LOCK_NAME, FolderLock
from .engine import DaskEngine, Engine, LocalEngine
from .marks import apply_marks
from .overview import write_overview
from .run import Progress, Run, expected_bytes, expected_seconds, requeue_changed
from .scans import Record, Status, with_distinct_names
from .settings import Part, Settings, state_name
from .sources import Choice, find_scans
from .state import State


@dataclass(frozen=True)
class Plan:
    """What a run would do. ``seconds`` and ``size_bytes`` are None where no scan has been done yet."""

    queued: int
    again: list[Record]
    skipped: int
    left_out: int
    seconds: float | None
    size_bytes: int | None


@dataclass
class Cohort:
    """The output folder of a cohort with its state. Use as a context; only one process at a time can hold it."""

    folder: Path
    settings: Settings
    part: Part | None = None
    scheduler: str | None = None
    _state: State | None = field(default=None, init=False)
    _lock: FolderLock | None = field(default=None, init=False)

    def __enter__(self) -> Cohort:
        make_folder(self.folder)
        taken = f"Another run is working in {self.folder}. Wait for it, or stop it, or choose another folder."
        name = LOCK_NAME if self.part is None else f"{LOCK_NAME}-{self.part.name}"
        self._lock = FolderLock(self.folder, taken, name)
        self._lock.__enter__()
        try:
            self._state = State(self.folder / state_name(self.part))
            self._state.requeue_running()
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._state is not None:
            self._state.close()
        self._release()

    @property
    def state(self) -> State:
        assert self._state is not None, "use the cohort as a context"
        return self._state

    def prepare(
        self,
        source: str | Path,
        *,
        include: str | None = None,
        path_names: bool = False,
        retry_failed: bool = False,
        marks: Path | None = None,
    ) -> Plan:
        """Finds the scans of a source and queues what is new, has changed or is marked to be done again."""
        found = find_scans(source, Choice(self.folder.absolute(), include, path_names))
        scans = with_distinct_names(found.scans)
        if self.part is not None:
            scans = [one for position, one in enumerate(scans) if self.part.holds(position, one)]
        self._note_arguments(Path(source).absolute(), include, path_names)
        self.state.add(scans, found.left_out)
        model = _model_checksum(self.settings.model)
        again = requeue_changed(self.state, self.settings, model, retry_failed, found.files_of)
        if marks is not None:
            again += apply_marks(self.state, marks)
        counts = self.state.counts()
        queued = counts[Status.QUEUED]
        done = self.state.records(Status.DONE)
        return Plan(
            queued,
            again,
            sum(counts.values()) - queued,
            len(found.left_out),
            expected_seconds(self.state, queued, self.settings.job_count()),
            expected_bytes(self.folder, (record.id for record in done), queued),
        )

    def run(self, report: Callable[[Progress], None], stop: Callable[[Run], None] = lambda run: None) -> Progress:
        """Segments what is queued. ``stop`` receives the run, to set its ``stopping``. Tables and page are written at the end,
        however it ends. Raises ``OutputError`` where it could not go on."""
        engine: Engine
        if self.scheduler:
            engine = DaskEngine(self.scheduler)
        else:
            jobs = self.settings.job_count()
            engine = LocalEngine(jobs, self.settings.time_limit_seconds, self.settings.threads_per_job(jobs))
        run = Run(self.folder, self.state, self.settings, engine, report)
        stop(run)
        try:
            progress = run.run()
        finally:
            engine.close()
            self.state.requeue_running()
            if self.part is None and not run.trouble:
                self.write_overview()
        if run.trouble:
            raise OutputError(
                f"The run ended early, because every further scan would fail as well: {run.trouble} Then start it again: "
                "it goes on where it stopped."
            )
        return progress

    def write_overview(self) -> list[Path]:
        """The tables over all scans, and the page."""
        return write_overview(self.folder, self.state)

    def _note_arguments(self, source: Path, include: str | None, path_names: bool) -> None:
        """What this run was started with, so that Slicer can start it again in the same way."""
        settings = self.settings
        values = {
            "--include": include,
            "--model": settings.model,
            "--device": settings.device,
            "--jobs": settings.jobs,
            "--threads": settings.threads,
            "--time-limit": round(settings.time_limit_seconds),
            "--scheduler": self.scheduler,
        }
        options = [word for name, value in values.items() if value is not None for word in (name, str(value))]
        self.state.set("source", str(source))
        self.state.set("arguments", json.dumps(options + ["--path-names"] * path_names))

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.__exit__(None, None, None)


def arguments_of_last_run(state: State) -> list[str]:
    """The options of ``ivdseg cohort`` that the last run of this folder was started with; empty where there was none."""
    return list(json.loads(state.get("arguments") or "[]"))


def _model_checksum(model: str) -> str:
    from ..network.weights import find_model, read_card

    return read_card(find_model(model)).sha256
