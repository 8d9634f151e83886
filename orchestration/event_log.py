"""Dagster's event log on SQLite, with connections that stay open.

Belongs here: how the event log's databases are opened. Does not: what is logged, or anything of our
own ledger (ledger.py).

Dagster's own class makes an engine, opens the file and closes it again for each of a night's 1,600
events, and each closing copies the log into the file and flushes it to disk: 25 CPU-s a night, more
than the data of a new day. Here each database is opened once. In SQLite's WAL mode `synchronous =
normal` cannot damage a file; a power cut may lose the last events of what Dagster shows, and no
data: what a night has done stands in the ledger, which flushes every fact.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

#: Databases held open: the index and the runs that are being written or looked at.
MOST_OPEN = 8
#: How long to wait for another process's write, in seconds.
BUSY_SECONDS = 60


class SteadyEventLog(SqliteEventLogStorage):
    """Dagster's event log; one connection to each database, used by one thread at a time."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Open nothing yet; make the index database where there is none."""
        self._engines: dict[str, Engine] = {}
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> SteadyEventLog:
        """Make the storage that ``dagster.yaml`` names."""
        return cls(inst_data=inst_data, **config_value)

    def has_table(self, table_name: str) -> bool:
        """Say whether the index has a table; one that was found is not looked for at each event."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def _engine(self, shard: str) -> Engine:
        if not Path(self.path_for_shard(shard)).exists():  # never made, or removed by another
            self._close(shard)
        if shard in self._engines:
            self._engines[shard] = self._engines.pop(shard)  # the last used is the last to go
            return self._engines[shard]
        while len(self._engines) >= MOST_OPEN:
            self._close(next(iter(self._engines)))
        engine = create_engine(
            self.conn_string_for_shard(shard),
            poolclass=StaticPool,
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        )
        event.listen(engine, "connect", _trust_the_log)
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        self._engines[shard] = engine
        return engine

    def _close(self, shard: str) -> None:
        engine = self._engines.pop(shard, None)
        if engine is not None:
            engine.dispose()
            self._initialized_dbs.discard(shard)

    def dispose(self) -> None:
        """Close every database."""
        with self._db_lock:
            for shard in list(self._engines):
                self._close(shard)
        super().dispose()


def _trust_the_log(connection: Any, _: Any) -> None:
    connection.execute("pragma synchronous = normal")
