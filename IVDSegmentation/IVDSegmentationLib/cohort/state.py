"""The state of a cohort in one SQLite file: which scans there are, and how far each of them is.

Only the coordinating process writes. Every change is one transaction in write-ahead-log mode, so that the file is whole after
a kill or a power cut; what was running then is queued again at the next start.
"""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import InputError, OutputError
from ..files import atomic_file
from .scans import FINISHED, LeftOut, Record, Source, Status

FILE_NAME = "cohort.sqlite"
SCHEMA_VERSION = 1
BUSY_SECONDS = 5.0
"""How long to wait for another process (Slicer's tab, a backup) that holds the file."""

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE scan (
  id TEXT PRIMARY KEY, path TEXT NOT NULL, series TEXT NOT NULL DEFAULT '', frame INTEGER,
  name TEXT NOT NULL, subject TEXT NOT NULL DEFAULT '', session TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT 'queued', message TEXT NOT NULL DEFAULT '',
  checksum TEXT NOT NULL DEFAULT '', fingerprint TEXT NOT NULL DEFAULT '', model TEXT NOT NULL DEFAULT '',
  options TEXT NOT NULL DEFAULT '', software TEXT NOT NULL DEFAULT '', seconds REAL NOT NULL DEFAULT 0,
  worker TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0, doubt REAL NOT NULL DEFAULT 0,
  summary TEXT NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX scan_source ON scan (path, series, COALESCE(frame, -1));
CREATE TABLE left_out (path TEXT PRIMARY KEY, reason TEXT NOT NULL);
CREATE TABLE mark (scan TEXT PRIMARY KEY, mark TEXT NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL);
"""
_JOURNAL = "PRAGMA journal_mode=WAL"
_INDEXES = (
    "CREATE INDEX IF NOT EXISTS scan_order ON scan (status, doubt, id)",
    "CREATE INDEX IF NOT EXISTS scan_queue ON scan (status, attempts)",
)
"""Hold all that lists of scans are sorted and filtered by, and the order of the queue, so that the summaries need not be read:
3 ms instead of 50 for a list of 10,000 scans, less than 1 ms instead of 18 for the next one of the queue."""


class StateBusy(InputError):
    """Another process holds the state file; a moment later it is free again."""


class State:
    """The state file of one cohort folder (or of one shard of it).

    Raises ``InputError`` for a file that is locked (``StateBusy``), damaged or written by a newer version, ``OutputError``
    where it cannot be written.
    """

    def __init__(self, path: str | Path, *, create: bool = True, busy_seconds: float | None = None) -> None:
        self.path = Path(path)
        if not create and not self.path.is_file():
            raise InputError(f"{self.path} does not exist. Give the folder of a cohort.")
        with self._translated():
            if create and not self.path.exists():
                _create(self.path)
            timeout = BUSY_SECONDS if busy_seconds is None else busy_seconds
            self._connection = sqlite3.connect(self.path, timeout=timeout, isolation_level=None)
            self._connection.row_factory = sqlite3.Row
            self._connection.execute(_JOURNAL)
            self._connection.execute("PRAGMA synchronous=FULL")
            self._check_schema()

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> State:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------------ what there is to do
    def add(self, sources: Sequence[Source], left_out: Sequence[LeftOut] = ()) -> int:
        """Adds the sources that are new and returns their number; scans that are known keep their id and status."""
        new = 0
        with self._transaction() as db:
            taken = {row["id"].casefold() for row in db.execute("SELECT id FROM scan")}
            for source in sources:
                known = db.execute(
                    "SELECT 1 FROM scan WHERE path=? AND series=? AND COALESCE(frame, -1)=?",
                    (source.path, source.series or "", -1 if source.frame is None else source.frame),
                ).fetchone()
                if known:
                    continue
                name = source.distinct_name if source.name.casefold() in taken else source.name
                taken.add(name.casefold())
                db.execute(
                    "INSERT INTO scan (id, path, series, frame, name, subject, session) VALUES (?,?,?,?,?,?,?)",
                    (name, source.path, source.series or "", source.frame, source.name, source.subject, source.session),
                )
                new += 1
            db.execute("DELETE FROM left_out")
            db.executemany("INSERT OR REPLACE INTO left_out VALUES (?, ?)", [(one.path, one.reason) for one in left_out])
        return new

    def requeue(self, ids: Iterable[str]) -> None:
        """Puts scans back into the queue, with a clean slate."""
        with self._transaction() as db:
            db.executemany(
                "UPDATE scan SET status='queued', message='', attempts=0, worker='' WHERE id=?", [(one,) for one in ids]
            )

    def requeue_running(self) -> int:
        """What an earlier run left unfinished when it was ended; only for the process that holds the folder's lock."""
        with self._transaction() as db:
            return db.execute("UPDATE scan SET status='queued', worker='' WHERE status='running'").rowcount

    def claim(self, worker: str) -> Record | None:
        """The next scan of the queue, now running; None where the queue is empty."""
        with self._transaction() as db:
            row = db.execute("SELECT * FROM scan WHERE status='queued' ORDER BY attempts, rowid LIMIT 1").fetchone()
            if row is None:
                return None
            record = _record(row)
            taken = replace(record, status=Status.RUNNING, worker=worker, attempts=record.attempts + 1)
            self._write(db, taken)
            return taken

    def store(self, record: Record) -> None:
        """Writes what became of a scan."""
        with self._transaction() as db:
            self._write(db, record)

    # ------------------------------------------------------------------------ what is known
    def records(self, *statuses: Status) -> list[Record]:
        """All scans, or those with one of these statuses, in the order they were added."""
        marks = ",".join("?" * len(statuses))
        where = f"WHERE status IN ({marks})" if statuses else ""
        with self._translated():
            rows = self._connection.execute(f"SELECT * FROM scan {where} ORDER BY rowid", [s.value for s in statuses])
            return [_record(row) for row in rows]

    def record(self, scan_id: str) -> Record | None:
        with self._translated():
            row = self._connection.execute("SELECT * FROM scan WHERE id=?", (scan_id,)).fetchone()
        return None if row is None else _record(row)

    def counts(self) -> dict[Status, int]:
        """Status -> number of scans; every status is a key."""
        with self._translated():
            rows = self._connection.execute("SELECT status, COUNT(*) AS n FROM scan GROUP BY status").fetchall()
        found = {row["status"]: row["n"] for row in rows}
        return {status: found.get(status.value, 0) for status in Status}

    def left_out(self) -> list[LeftOut]:
        with self._translated():
            return [LeftOut(*row) for row in self._connection.execute("SELECT path, reason FROM left_out ORDER BY path")]

    def mean_seconds(self) -> float | None:
        """Mean time of the scans that were done; None where none was."""
        finished = ",".join(f"'{status.value}'" for status in FINISHED)
        with self._translated():
            query = f"SELECT AVG(seconds) FROM scan WHERE status IN ({finished}) AND seconds > 0"
            return self._connection.execute(query).fetchone()[0]

    # ------------------------------------------------------------------------ marks, requests
    def mark(self, scan_id: str, mark: str, who: str, at: str = "") -> None:
        """Notes a reader's mark on a scan, set now or at a UTC time; an empty mark removes it."""
        self.mark_all([(scan_id, mark, who)], at)

    def mark_all(self, marks: Iterable[tuple[str, str, str]], at: str = "") -> None:
        """``mark`` for many scans in one transaction: (scan, mark, who)."""
        at = at or time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with self._transaction() as db:
            for scan_id, mark, who in marks:
                if mark:
                    db.execute("INSERT OR REPLACE INTO mark VALUES (?,?,?,?)", (scan_id, mark, who, at))
                else:
                    db.execute("DELETE FROM mark WHERE scan=?", (scan_id,))

    def marks(self) -> dict[str, tuple[str, str, str]]:
        """Scan -> (mark, who, UTC time)."""
        with self._translated():
            return {row[0]: (row[1], row[2], row[3]) for row in self._connection.execute("SELECT * FROM mark")}

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """The rows of a query that only reads."""
        with self._translated():
            return self._connection.execute(sql, values).fetchall()

    def version(self) -> int:
        """Another number whenever another process has written."""
        return int(self.query("PRAGMA data_version")[0][0])

    def get(self, key: str, default: str = "") -> str:
        with self._translated():
            row = self._connection.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
        return default if row is None else row[0]

    def set(self, key: str, value: str) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def check_whole(self) -> None:
        """Raises ``InputError`` where the file is damaged. Reads all of it."""
        with self._translated():
            problem = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if problem != "ok":
            raise self._damaged()

    # --------------------------------------------------------------------------------- inside
    def _check_schema(self) -> None:
        tables = {row[0] for row in self._connection.execute("SELECT name FROM sqlite_master WHERE type='table'")}
        if not {"meta", "scan", "mark", "left_out"} <= tables:
            raise self._damaged()
        version = self.get("schema")
        if not version.isdigit() or int(version) > SCHEMA_VERSION:
            raise InputError(
                f"{self.path} was written by a newer version of this program (layout {version or 'unknown'}, known up to "
                f"{SCHEMA_VERSION}). Update this program, or choose another output folder."
            )
        self._add_indexes()

    def _add_indexes(self) -> None:
        for statement in _INDEXES:
            self._connection.execute(statement)

    def _damaged(self) -> InputError:
        return InputError(
            f"{self.path} is damaged. Nothing is lost: 'ivdseg cohort rebuild {self.path.parent}' makes it again from the "
            "result folders."
        )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            text = str(error).lower()
            if "locked" in text or "busy" in text:
                raise StateBusy(
                    f"{self.path} is in use by another program. Close it, or wait until the other run has ended."
                ) from error
            if "full" in text:
                raise OutputError(f"{self.path} could not be written: the disk is full. Free some space.") from error
            if "unable to open" in text or "readonly" in text or "disk i/o" in text:
                raise OutputError(
                    f"{self.path} cannot be opened or written ({error}). Check that the folder exists and may be written."
                ) from error
            raise self._damaged() from error
        except sqlite3.DatabaseError as error:
            raise self._damaged() from error

    @staticmethod
    def _write(db: sqlite3.Connection, record: Record) -> None:
        db.execute(
            "UPDATE scan SET status=?, message=?, checksum=?, fingerprint=?, model=?, options=?, software=?, seconds=?,"
            " worker=?, attempts=?, doubt=?, summary=? WHERE id=?",
            (
                record.status.value,
                record.message,
                record.checksum,
                record.fingerprint,
                record.model,
                record.options,
                record.software,
                record.seconds,
                record.worker,
                record.attempts,
                record.doubt,
                json.dumps(record.summary, ensure_ascii=False),
                record.id,
            ),
        )


def _create(path: Path) -> None:
    """A new file has its tables when it appears: Slicer's tab looks into the folder at any moment."""
    with atomic_file(path) as new, closing(sqlite3.connect(new, isolation_level=None)) as db:
        db.executescript(f"BEGIN; {_SCHEMA} {'; '.join(_INDEXES)};")
        meta = {"schema": str(SCHEMA_VERSION), "cohort": uuid.uuid4().hex}
        db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        db.execute("COMMIT")
        db.execute(_JOURNAL)


def _record(row: sqlite3.Row) -> Record:
    source = Source(row["path"], row["name"], row["series"] or None, row["frame"], row["subject"], row["session"])
    names = ["message", "checksum", "fingerprint", "model", "options", "software", "seconds", "worker", "attempts", "doubt"]
    values: dict[str, Any] = {name: row[name] for name in names}
    return Record(row["id"], source, Status(row["status"]), summary=json.loads(row["summary"]), **values)
