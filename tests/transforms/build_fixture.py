"""A tiny company for tests of the dbt project: Parquet feeds as the nights leave them, then dbt.

Use::

    company = SmallCompany(tmp_path)                      # an empty home and build directory
    company.rows("orders", [{"person": "ana", "order_id": "o1", "ordered_at": "2024-03-01 10:00"}])
    company.night(1, "2024-03-31")                        # rows given after this are of batch 2
    company.build("staging", "identity", "core")          # or "marts", "features", "published"
    company.query("select * from core.fct_order")         # list of dictionaries

A row names its columns by the contract; `person` gives it an identity key and a
source_customer_id (`email` alone gives an e-mail key). What is left out is NULL, `source_system`
is "shop". A second row of the same key supersedes the first. Everyone is a customer of their own
(`cust-<person>`) unless `company.same_person("email:x", "ana")` says otherwise. Python-made
Parquet (scores, gates, ...) is written by `company.built("scores", "churn_score", sql)`.
`first_batch` false in `night` is a later night: known_at is then the end of the night.

Not here: what the feeds' own code decides (validation, mapping); it has tests of its own.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow.parquet as pq

from models.scoring.outputs import SCHEMAS
from orchestration.reconciliation import FIGURES, LEFT_OUT
from quality.contracts import load_contracts, stored_columns
from quality.gates.results import COLUMNS

PROJECT = Path(__file__).resolve().parents[2] / "transforms"
ZONE = ZoneInfo("Europe/Berlin")
LINKS = (
    "identity_key varchar, identifier_type varchar, identifier_key varchar, source_system varchar,"
    " source_customer_id varchar, feed varchar, is_placeholder boolean,"
    " first_seen_at timestamptz, last_seen_at timestamptz, known_at timestamptz,"
    " source_name varchar, n_rows bigint, row_occurred_on date, batch bigint"
)
BATCHES = (
    "source varchar, batch bigint, night_on date, night_end_at timestamptz, is_first boolean,"
    " lag_seconds bigint"
)
#: What Python steps write for the published layer, scores apart, by folder and name.
RECORDS: dict[tuple[str, str], dict[str, str]] = {
    ("quality", "check_result"): {f'"{name}"': kind for name, kind in COLUMNS.items()},
    ("quality", "source_load"): {
        **dict.fromkeys(("source", "status", "reason", "message"), "varchar"),
        **dict.fromkeys(("n_files", "n_framed", "n_parsed", "n_quarantined", "n_blank"), "bigint"),
        "data_through_at": "timestamptz",
    },
    ("quality", "quarantine_summary"): {
        **dict.fromkeys(("source", "feed", "stage", "reason_code", "handling"), "varchar"),
        "n_rows": "bigint",
    },
    ("quality", "conservation"): {
        "batch": "bigint",
        **dict.fromkeys(("source", "file_id", "feed"), "varchar"),
        "mapping_index": "bigint",
        **dict.fromkeys(("stage", "measure"), "varchar"),
        "value": "bigint",
    },
    ("meta", "snapshot"): {
        **dict.fromkeys(("version", "build_id"), "varchar"),
        "as_of_on": "date",
        "published_at": "timestamptz",
        **dict.fromkeys(("code_revision", "input_manifest_sha256"), "varchar"),
    },
    ("meta", "data_dictionary"): {
        **dict.fromkeys(("schema_name", "table_name", "table_description"), "varchar"),
        "position": "bigint",
        **dict.fromkeys(("column_name", "data_type", "description"), "varchar"),
    },
}


class SmallCompany:
    """Feeds, identities and build directory of one small company under a temporary folder."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.build_dir = root / "build"
        self.build_dir.mkdir(parents=True)
        self.batch = 1
        self.as_of = "2024-03-31"
        self.previous_as_of = ""
        self.nights: list[dict[str, Any]] = []
        self.stored: dict[str, list[dict[str, Any]]] = {name: [] for name in load_contracts()}
        self.current: dict[tuple[Any, ...], dict[str, Any]] = {}
        self.superseded: dict[str, list[tuple[Any, ...]]] = {name: [] for name in load_contracts()}
        self.touched: set[tuple[str, str, int]] = set()
        self.people: dict[str, str] = {}
        self.events: list[tuple[Any, ...]] = []
        self.groups: list[tuple[Any, ...]] = []
        self.trail: list[tuple[Any, ...]] = []

    def rows(self, feed: str, rows: list[dict[str, Any]]) -> None:
        """Add rows to a feed in the batch of the coming night, newest version last."""
        contract = load_contracts()[feed]
        for given in rows:
            row = dict(given)
            person = row.pop("person", None)
            row.setdefault("source_system", "shop")
            if person:
                row.setdefault("source_customer_id", person)
            if contract.is_person and person:
                row["identity_key"] = f"source_customer_id:{person}"
            elif contract.is_person and row.get("email"):
                row["identity_key"] = f"email:{row['email']}"
            key = (feed, *(str(row.get(name)) for name in contract.key))
            day = None
            if contract.time_column:
                day = local_day(str(row[contract.time_column]))
            old = self.current.get(key)
            row |= {
                "row_id": digest(feed, key, len(self.stored[feed])),
                "record_hash": digest(sorted(map(str, row.items()))),
                "occurred_on": day,
                "version_at": row.get("updated_at"),
                "is_superseding": old is not None,
                "source_name": "shop",
                "mapping_index": 0,
                "received_at": "2024-03-31 23:00:00+00",
                "batch": self.batch,
            }
            if old is not None:
                version_on = local_day(row["updated_at"]) if row.get("updated_at") else None
                self.superseded[feed].append((old["row_id"], version_on, self.batch))
            for touched in {day, old["occurred_on"] if old else None} - {None}:
                self.touched.add((feed, str(touched), self.batch))
            self.current[key] = row
            self.stored[feed].append(row)
            if row.get("identity_key"):
                self.people.setdefault(row["identity_key"], f"cust-{person or row.get('email')}")

    def same_person(self, identity_key: str, person: str) -> None:
        """Say that a key is of a person who is known by another."""
        self.people[identity_key] = f"cust-{person}"

    def night(self, batch: int, night_on: str, *, is_first: bool | None = None) -> None:
        """Close a batch: its night, its as-of date; rows that follow are of the next batch."""
        end = dt.datetime.fromisoformat(night_on) + dt.timedelta(days=1)
        first = batch == 1 if is_first is None else is_first
        self.nights.append(
            {
                "source": "shop",
                "batch": batch,
                "night_on": night_on,
                "night_end_at": end.replace(tzinfo=ZONE).astimezone(dt.UTC).isoformat(),
                "is_first": first,
                "lag_seconds": 0,
            }
        )
        if batch > 1:
            self.previous_as_of = self.as_of
        self.as_of = night_on
        self.batch = batch + 1

    def built(self, folder: str, name: str, sql: str) -> None:
        """Write a Parquet file that a Python step would have made, from a query."""
        target = self.build_dir / folder / f"{name}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        with connect() as con:
            con.sql(sql).write_parquet(str(target))

    def record(self) -> None:
        """Write what the Python steps before publishing leave, with nothing in it.

        Scores, results of gates, books and dictionary are empty; the snapshot has its one row.
        """
        for (folder, name), schema in RECORDS.items():
            parts = [f"cast(null as {kind}) as {column}" for column, kind in schema.items()]
            empty = "" if name == "snapshot" else " where false"
            self.built(folder, name, f"select {', '.join(parts)}{empty}")
        for name, shape in SCHEMAS.items():
            target = self.build_dir / "scores" / f"{name}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(shape.empty_table(), target)

    def write(self) -> None:
        """Write what dbt reads: feeds, batches, identifiers, identities, touched days."""
        with connect() as con:
            for feed, contract in load_contracts().items():
                self._write_feed(con, feed, stored_columns(contract), contract.kind == "event")
            self._write_identity(con)
            fill(con, BATCHES, [list(night.values()) for night in self.nights])
            save(con, self.home / "feeds" / "_batch" / "batch.parquet")
            fill(con, "feed varchar, occurred_on date", self._days_since_last_build())
            save(con, self.build_dir / "changes" / "touched_day.parquet")
            for table, schema in (("vendor_figure", FIGURES), ("left_out_answer", LEFT_OUT)):
                fill(con, schema, [])
                save(con, self.build_dir / "reconciliation" / f"{table}.parquet")

    def _days_since_last_build(self) -> list[tuple[str, str]]:
        days = {(feed, day) for feed, day, batch in self.touched if batch >= self.batch - 1}
        entering = {
            (feed, str(row["occurred_on"]))
            for feed, rows in self.stored.items()
            for row in rows
            if row["occurred_on"]
            and self.previous_as_of
            and self.previous_as_of < str(row["occurred_on"]) <= self.as_of
        }
        return sorted(days | entering)

    def _write_feed(
        self, con: duckdb.DuckDBPyConnection, feed: str, columns: list[tuple[str, str]], event: bool
    ) -> None:
        folder = self.home / "feeds" / feed
        schema = ", ".join(f"{name} {kind}" for name, kind in columns)
        values = [[row.get(name) for name, _ in columns] for row in self.stored[feed]]
        fill(con, schema, values)
        save(con, folder / "rows" / "b000001.parquet")
        fill(con, "row_id varchar, version_on date, batch bigint", self.superseded[feed])
        save(con, folder / "superseded" / "b000001.parquet")
        if event:
            days = sorted((day, batch) for name, day, batch in self.touched if name == feed)
            fill(con, "occurred_on date, batch bigint", days)
            save(con, folder / "touched" / "b000001.parquet")

    def _save_whole(self, con: duckdb.DuckDBPyConnection, table: str) -> None:
        """Leave ``t`` as a file of identity, and no changes of it since."""
        folder = self.build_dir / "identity"
        save(con, folder / f"{table}.parquet")
        changes = str(folder / f"{table}_changes.parquet").replace("'", "''")
        con.execute(f"copy (select *, false as is_gone from t limit 0) to '{changes}'")

    def _write_identity(self, con: duckdb.DuckDBPyConnection) -> None:
        links, seen = [], dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
        for key in self.people:
            kind, value = key.split(":", 1)
            own = value if kind == "source_customer_id" else None
            links.append(
                (key, kind, key, "shop", own, "orders", False, seen, seen, None, "shop", 1, None, 1)
            )
        fill(con, LINKS, links)
        save(con, self.home / "feeds" / "_identifier" / "rows" / "b000001.parquet")
        people = [(key, customer) for key, customer in sorted(self.people.items())]
        folder = self.build_dir / "identity"
        fill(con, "identity_key varchar, customer_id varchar", people)
        con.execute(
            "create or replace table t as select identity_key, customer_id, 'own_record' as"
            " match_rule, cast(null as double) as match_probability,"
            " cast(null as varchar) as evidence, timestamp '2024-01-01' as"
            " first_seen_at, timestamp '2024-01-01' as known_at from t"
        )
        self._save_whole(con, "identity_map")
        con.execute(
            "create or replace table t as select 'shop' as source_system, split_part(identity_key,"
            " ':', 2) as source_customer_id, split_part(identity_key, ':', 1) as identifier_type,"
            " customer_id, match_rule, match_probability, evidence, false as is_shared,"
            " first_seen_at, first_seen_at as last_seen_at, identity_key from t"
        )
        self._save_whole(con, "bridge_identity")
        fill(
            con,
            "event_id varchar, event_type varchar, customer_id varchar,"
            " previous_customer_id varchar, identity_key varchar, as_of_on date",
            self.events,
        )
        self._save_whole(con, "identity_event")
        fill(
            con, "labels varchar, measure varchar, n_good double, n_all bigint, n_people bigint", []
        )
        save(con, folder / "identity_benchmark.parquet")
        fill(con, "kind varchar, customer_id varchar, group_id varchar", self.groups)
        self._save_whole(con, "customer_group")
        fill(con, "identity_key varchar, customer_id varchar, known_at timestamp", self.trail)
        save(con, folder / "identity_trail.parquet")

    def build(
        self,
        *layers: str,
        full: bool = True,
        tests: bool = True,
        select: list[str] | None = None,
        **variables: Any,
    ) -> str:
        """Write the inputs and run `dbt build` on layers (or on `select`); returns its output.

        `full=False` carries the last build forward by the days touched since; `tests=False` leaves
        the dbt tests out.

        Raises:
            AssertionError: A model or a test failed; the message is what dbt printed.
        """
        self.write()
        chosen = select or [f"path:models/{layer}" for layer in layers]
        values = {
            "as_of": self.as_of,
            "previous_as_of": "" if full else self.previous_as_of,
            "timezone": str(ZONE),
            "reporting_currency": "EUR",
            **variables,
        }
        extra = ["--full-refresh"] if full else []
        what = ["build", "--exclude-resource-type", "unit_test"] if tests else ["run"]
        command = [*what, "--select", *chosen, *extra]
        done = dbt(self, *command, "--vars", json.dumps(values))
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        return done.stdout

    def query(self, sql: str, database: str = "warehouse") -> list[dict[str, Any]]:
        """Rows of a query on one of the build's databases, read-only."""
        with duckdb.connect(str(self.build_dir / f"{database}.duckdb"), read_only=True) as con:
            con.execute("set TimeZone = 'UTC'")
            found = con.execute(sql)
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def dbt(company: SmallCompany, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run dbt on a company's home and build directory in a process of its own."""
    command = [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", *arguments]
    command += ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    command += ["--target-path", str(company.build_dir / "target")]
    command += ["--log-path", str(company.build_dir / "logs")]
    places = {"WHOLEVIEW_HOME": str(company.home), "WHOLEVIEW_BUILD": str(company.build_dir)}
    return subprocess.run(
        command, env={**os.environ, **places}, capture_output=True, text=True, check=False
    )


def connect() -> duckdb.DuckDBPyConnection:
    """A connection in memory whose times without an offset are UTC."""
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    return con


def fill(con: duckdb.DuckDBPyConnection, schema: str, rows: Any) -> None:
    """Make table `t` of a schema, with rows."""
    con.execute(f"create or replace table t ({schema})")
    if rows:
        con.executemany(f"insert into t values ({', '.join('?' * len(rows[0]))})", rows)


def save(con: duckdb.DuckDBPyConnection, target: Path) -> None:
    """Write table `t` as Parquet."""
    target.parent.mkdir(parents=True, exist_ok=True)
    con.table("t").write_parquet(str(target))


def local_day(moment: str) -> str:
    """Business-zone day of an ISO 8601 time (UTC where it has no offset) or of a date."""
    if len(moment) == 10:
        return moment
    at = dt.datetime.fromisoformat(moment)
    return str((at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(ZONE).date())


def digest(*parts: Any) -> str:
    """md5 of the parts as text."""
    return hashlib.md5(repr(parts).encode()).hexdigest()
