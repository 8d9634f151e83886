"""The ledger: what arrived, what became of it, which runs and versions there were.

Here: the SQLite file of HOME's state, one table for each kind of fact (ledger_records) and one
transaction for each fact. Not here: decisions; what a fact means is for those who write and read
it. Times are aware datetimes and are stored as ISO 8601 text in UTC, dates as ISO text.
"""

from __future__ import annotations

import contextlib
import dataclasses
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from orchestration.durable import make_directory
from orchestration.ledger_records import (
    Arrival,
    Batch,
    Book,
    FileStat,
    IdentityDecision,
    Run,
    SourceNight,
    Step,
    Version,
    Waiver,
)  # fmt: skip

__all__ = [
    "Arrival", "Batch", "Book", "FileStat", "IdentityDecision", "Ledger", "Run", "SourceNight",
    "Step", "Version", "Waiver",
]  # fmt: skip

Record = TypeVar(
    "Record", Batch, Arrival, Book, SourceNight, Step, Run, Version, FileStat, Waiver,
    IdentityDecision,
)  # fmt: skip

_KEYS: dict[type, tuple[str, ...]] = {
    Batch: ("batch",),
    Arrival: ("seq",),
    Book: ("batch", "source", "file_id", "feed", "mapping_index", "stage", "measure"),
    SourceNight: ("run_id", "source"),
    Step: ("run_id", "name", "started_at"),
    Run: ("run_id",),
    Version: ("version",),
    FileStat: ("path",),
    Waiver: ("gate", "night_on", "waived_at"),
    IdentityDecision: ("left_ref", "right_ref", "decided_at"),
}
_TABLES: dict[type, str] = {
    Batch: "batch",
    Arrival: "arrival",
    Book: "books",
    SourceNight: "source_night",
    Step: "step",
    Run: "run",
    Version: "version",
    FileStat: "file_stat",
    Waiver: "waiver",
    IdentityDecision: "identity_decision",
}


def _columns(kind: type) -> list[str]:
    return [f.name for f in dataclasses.fields(kind)]


def _to_text(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time in the ledger needs its offset")
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value


def _times_of(kind: type) -> list[tuple[int, Callable[[str], Any]]]:
    """Which fields of a record are stored as text of a time or date, and how that is read."""
    declared = [str(f.type) for f in dataclasses.fields(kind)]
    return [
        (place, datetime.fromisoformat if name.startswith("datetime") else date.fromisoformat)
        for place, name in enumerate(declared)
        if name.startswith("date")
    ]


def _from_row(row: tuple[Any, ...], times: list[tuple[int, Callable[[str], Any]]]) -> list[Any]:
    values = [*row]
    for place, read in times:
        if values[place] is not None:
            values[place] = read(values[place])
    return values


def _create_statements() -> Iterator[str]:
    sql_types = {"int": "INTEGER", "float": "REAL"}
    for kind, table in _TABLES.items():
        columns = []
        for field in dataclasses.fields(kind):
            declared = sql_types.get(str(field.type).split(" ")[0], "TEXT")
            if field.name == "seq":
                declared = "INTEGER PRIMARY KEY AUTOINCREMENT"
            columns.append(f'"{field.name}" {declared}')
        if kind is not Arrival:
            columns.append(f"PRIMARY KEY ({', '.join(_KEYS[kind])})")
        yield f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(columns)})"


class Ledger:
    """The facts of one HOME. Use as a context manager, or `close` it."""

    def __init__(self, path: Path) -> None:
        make_directory(path.parent)
        self._mutex = threading.RLock()
        self._connection = sqlite3.connect(
            path, timeout=60, isolation_level=None, check_same_thread=False
        )
        path.chmod(0o600)
        # No WAL: one file, whole after any crash, and nothing beside it that a backup could miss.
        self._connection.execute("PRAGMA journal_mode=DELETE")
        self._connection.execute("PRAGMA synchronous=FULL")
        with self._transaction():
            for statement in _create_statements():
                self._connection.execute(statement)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; further calls raise sqlite3.ProgrammingError."""
        self._connection.close()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._mutex:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _put(self, record: Any) -> int | None:
        kind = type(record)
        names = _columns(kind)
        marks = ", ".join("?" for _ in names)
        return self._connection.execute(
            f"INSERT OR REPLACE INTO {_TABLES[kind]} ({', '.join(names)}) VALUES ({marks})",
            [_to_text(getattr(record, name)) for name in names],
        ).lastrowid

    def _read(self, kind: type[Record], tail: str = "", values: Iterable[Any] = ()) -> list[Record]:
        names, times = ", ".join(_columns(kind)), _times_of(kind)
        with self._mutex:
            found = self._connection.execute(
                f"SELECT {names} FROM {_TABLES[kind]} {tail}", [_to_text(v) for v in values]
            ).fetchall()
        return [kind(*_from_row(row, times)) for row in found]

    # batches ------------------------------------------------------------------------------------
    def open_batch(self, run_id: str, received_at: datetime) -> int:
        """The number of the open batch, which a crashed or refused night left, else a new one."""
        with self._transaction():
            batches = self._read(Batch, "ORDER BY batch DESC LIMIT 1")
            if batches and batches[0].status == "open":
                return batches[0].batch
            number = batches[0].batch + 1 if batches else 1
            self._put(Batch(number, run_id, received_at))
            return number

    def finish_batch(self, batch: int, night_on: date, night_end_at: datetime) -> None:
        """Close a batch: what comes next belongs to the next one. Twice is once."""
        with self._transaction():
            (found,) = self._read(Batch, "WHERE batch = ?", [batch])
            self._put(
                dataclasses.replace(
                    found, night_on=night_on, night_end_at=night_end_at, status="done"
                )
            )

    def batches(self) -> list[Batch]:
        """All batches in order."""
        return self._read(Batch, "ORDER BY batch")

    # arrivals -----------------------------------------------------------------------------------
    def add_arrival(self, arrival: Arrival) -> Arrival:
        """Keep one arrival, or replace the one whose `seq` it has; return it with its `seq`."""
        with self._transaction():
            seq = self._put(arrival)
        return dataclasses.replace(arrival, seq=seq)

    def arrivals(
        self, source: str | None = None, through_batch: int | None = None
    ) -> list[Arrival]:
        """Arrivals in order, of one source or of all, up to a batch."""
        return self._read(
            Arrival,
            "WHERE (?1 IS NULL OR source = ?1) AND (?2 IS NULL OR batch <= ?2) ORDER BY seq",
            [source, through_batch],
        )

    def new_arrivals(self, run_began_at: datetime) -> list[Arrival]:
        """What a run brings into a version: arrivals up to it that no version before it holds.

        More than the run's own where those before it were stopped after they had landed.
        """
        served = [v.published_at for v in self.versions() if v.published_at < run_began_at]
        since = max(served, default=None)
        return [
            a
            for a in self.arrivals()
            if a.received_at <= run_began_at and (since is None or a.received_at > since)
        ]

    def file_stat(self, path: str) -> FileStat | None:
        """What is remembered of a path."""
        found = self._read(FileStat, "WHERE path = ?", [path])
        return found[0] if found else None

    def remember_stat(self, stat: FileStat) -> None:
        """Remember what was read at a path, so that the same is not read again."""
        with self._transaction():
            self._put(stat)

    # books --------------------------------------------------------------------------------------
    def replace_books(self, batch: int, feed: str, books: Iterable[Book]) -> None:
        """Write the books of a feed in a batch anew, all of them in one transaction."""
        with self._transaction():
            self._connection.execute(
                "DELETE FROM books WHERE batch = ? AND feed = ?", [batch, feed]
            )
            for book in books:
                if (book.batch, book.feed) != (batch, feed):
                    raise ValueError("a book of another batch or feed")
                self._put(book)

    def books(self, batch: int | None = None, feed: str | None = None) -> list[Book]:
        """Books in the order of their key, of a batch and feed or of all."""
        return self._read(
            Book,
            "WHERE (?1 IS NULL OR batch = ?1) AND (?2 IS NULL OR feed = ?2)"
            f" ORDER BY {', '.join(_KEYS[Book])}",
            [batch, feed],
        )

    # runs ---------------------------------------------------------------------------------------
    def put_run(self, run: Run) -> None:
        """Begin or end a run: the same `run_id` is written over."""
        with self._transaction():
            self._put(run)

    def runs(self) -> list[Run]:
        """All runs, oldest first."""
        return self._read(Run, "ORDER BY started_at, run_id")

    def put_source_night(self, night: SourceNight) -> None:
        """Keep what became of a source in a run."""
        with self._transaction():
            self._put(night)

    def source_nights(self, run_id: str) -> list[SourceNight]:
        """What became of the sources in a run, by name."""
        return self._read(SourceNight, "WHERE run_id = ? ORDER BY source", [run_id])

    def add_step(self, step: Step) -> None:
        """Keep a timed step."""
        with self._transaction():
            self._put(step)

    def steps(self, run_id: str) -> list[Step]:
        """The steps of a run in order."""
        return self._read(Step, "WHERE run_id = ? ORDER BY started_at, name", [run_id])

    def add_version(self, version: Version) -> None:
        """Keep a published version."""
        with self._transaction():
            self._put(version)

    def versions(self) -> list[Version]:
        """Published versions, oldest first."""
        return self._read(Version, "ORDER BY published_at, version")

    # waivers ------------------------------------------------------------------------------------
    def add_waiver(self, waiver: Waiver) -> None:
        """Keep that a person lets a gate pass."""
        with self._transaction():
            self._put(waiver)

    def waivers(self) -> list[Waiver]:
        """All waivers, oldest first."""
        return self._read(Waiver, "ORDER BY waived_at, gate")

    # decisions ----------------------------------------------------------------------------------
    def add_decision(self, decision: IdentityDecision) -> None:
        """Keep what a person decided, or took back; nothing is ever removed."""
        with self._transaction():
            self._put(decision)

    def decisions(self) -> list[IdentityDecision]:
        """All decisions, oldest first."""
        return self._read(IdentityDecision, "ORDER BY decided_at, left_ref, right_ref")
