"""What a night tells of itself: books, loads, quarantine, snapshot and dictionary, as Parquet.

Belongs here: shaping the ledger and the quarantine's counts into the files that dbt publishes.
Does not: the figures' making. Codes and counts only, no raw text.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from orchestration import settings
from orchestration.books_frame import BOOK_TYPES, books_frame
from orchestration.kept_aside import QUARANTINE_TYPES, quarantine_frame
from orchestration.night import Night
from orchestration.sql_text import name
from quality.contracts import load_contracts

#: Folders of the dbt project whose models are published in the warehouse file.
PUBLISHED_SCHEMAS = ("core", "marts", "ml", "loop", "quality", "meta")

_SOURCE_LOAD = (
    "source", "status", "reason", "message", "n_files", "n_framed", "n_parsed", "n_quarantined",
    "n_blank", "data_through_at",
)  # fmt: skip


def write_records(night: Night, manifest: dict[str, Any]) -> dict[str, int]:
    """Write the six files of the night's records; give the rows of each by ``folder/name``."""
    from quality.gates import write_results

    build = night.build
    write_results(night.checks, build / "quality" / "check_result.parquet")
    counts = {"quality/check_result": len(night.checks)}
    through = data_through(night)
    loads = [
        dataclasses.asdict(n) | {"data_through_at": through.get(n.source)}
        for n in night.ledger.source_nights(night.run_id)
    ]
    types = {"data_through_at": "timestamptz"} | dict.fromkeys(
        ("n_files", "n_framed", "n_parsed", "n_quarantined", "n_blank"), "bigint"
    )
    frames = {
        "quality/source_load": (
            pd.DataFrame(loads, columns=[*_SOURCE_LOAD]),
            {name: types.get(name, "varchar") for name in _SOURCE_LOAD},
        ),
        "quality/conservation": (
            books_frame(night.ledger, night.company),
            BOOK_TYPES,
        ),
        "quality/quarantine_summary": (
            quarantine_frame(night.home, night.ledger, night.company),
            QUARANTINE_TYPES,
        ),
        "meta/snapshot": (_snapshot(night), _SNAPSHOT_TYPES),
        "meta/data_dictionary": (_dictionary(manifest), _DICTIONARY_TYPES),
    }
    for record, (frame, kinds) in frames.items():
        _write(frame, kinds, build / f"{record}.parquet")
        counts[record] = len(frame)
    return counts


def _write(frame: pd.DataFrame, types: dict[str, str], target: Path) -> None:
    """Write a frame with declared column types, so that an empty one has them too."""
    con = duckdb.connect()
    try:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in types.items())
        con.execute(f"create table record ({columns})")
        if len(frame):
            con.register("given", frame)
            names = ", ".join(f'"{name}"' for name in types)
            con.execute(f"insert into record ({names}) select {names} from given")
        con.execute("copy record to $path (format parquet)", {"path": str(target)})
    finally:
        con.close()


def data_through(night: Night) -> dict[str, dt.datetime]:
    """Give the last moment, up to the night's date, that each source tells of an event.

    Sources that fill no event feed are not there.
    """
    last: dict[str, dt.datetime] = {}
    for contract in load_contracts().values():
        if contract.kind != "event":
            continue
        time = name(str(contract.time_column))
        rows = duckdb.execute(
            f"select source_name, epoch_us(max({time}::timestamptz))"
            " from read_parquet(?, union_by_name = true) where occurred_on <= ? group by all",
            [str(night.home.feed_rows(contract.feed) / "*.parquet"), night.as_of_date],
        ).fetchall()
        for source, micros in rows:
            at = dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=micros)
            last[source] = max(at, last.get(source, at))
    return last


_SNAPSHOT_TYPES = {
    "version": "varchar", "build_id": "varchar", "as_of_on": "date", "published_at": "timestamptz",
    "code_revision": "varchar", "input_manifest_sha256": "varchar",
}  # fmt: skip


def _snapshot(night: Night) -> pd.DataFrame:
    row = (
        night.version, night.build_id, night.as_of_date, settings.utc_now(), code_revision(),
        night.fingerprint,
    )  # fmt: skip
    return pd.DataFrame([row], columns=list(_SNAPSHOT_TYPES))


def code_revision() -> str:
    """Give the commit that runs, else the hash of the code that shapes content."""
    if (settings.PROJECT / ".git").exists():  # not one that some folder above happens to have
        with contextlib.suppress(OSError):
            call = subprocess.run(  # noqa: S603 - a constant command
                ["git", "-C", str(settings.PROJECT), "rev-parse", "HEAD"],  # noqa: S607
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            if call.returncode == 0:
                return call.stdout.strip()
    return "".join(settings.code_digest(part)[:8] for part in settings.SHAPING_CODE)


_DICTIONARY_TYPES = {
    "schema_name": "varchar", "table_name": "varchar", "table_description": "varchar",
    "position": "bigint", "column_name": "varchar", "data_type": "varchar",
    "description": "varchar",
}  # fmt: skip


def _dictionary(manifest: dict[str, Any]) -> pd.DataFrame:
    """Give every published column with its description, from the models' own declarations."""
    rows = []
    for node in manifest["nodes"].values():
        schema = node["config"].get("schema")
        if node["resource_type"] not in ("model", "seed") or schema not in PUBLISHED_SCHEMAS:
            continue
        for position, column in enumerate(node["columns"].values(), start=1):
            rows.append(
                (schema, node["name"], node["description"].strip(), position, column["name"],
                 column.get("data_type"), column["description"].strip())
            )  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(_DICTIONARY_TYPES))
    return frame.sort_values(["schema_name", "table_name", "position"], ignore_index=True)
