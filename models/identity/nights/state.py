"""What nights hand on from one to the next: the files that are read at first and written at last.

Belongs here: their shapes, last night's files as views, writing tonight's. Does not: what is kept
so that a night can be worked out in part (kept.py), nor anything of what they say.

Writing a large table costs more than working out what is new in it. So a night in part leaves a
file as it was last written whole, ``<table>.parquet``, and beside it ``<table>_changes.parquet``:
the rows of the keys that have changed since, and those keys once more for what is gone. Together
they are the table. Where changes are many it is written whole, and its changes are none.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from models.identity.arrays.sql import one_number, quoted_path
from models.identity.people.households import COLUMNS as GROUP_COLUMNS

if TYPE_CHECKING:
    import duckdb

#: The files, with the shape of an empty start.
FILES = {
    "identity_map": "identity_key varchar, customer_id varchar, match_rule varchar,"
    " match_probability double, evidence varchar, first_seen_at timestamp, known_at timestamp",
    # what is said of an identifier without its type is the rest of identity_key, and not written
    "bridge_identity": "source_system varchar, source_customer_id varchar, identifier_type varchar,"
    " customer_id varchar, match_rule varchar, match_probability double, evidence varchar,"
    " is_shared boolean, first_seen_at timestamp, last_seen_at timestamp, identity_key varchar",
    "customer": "customer_id varchar, created_on date",
    "identity_event": "event_id varchar, event_type varchar, customer_id varchar,"
    " previous_customer_id varchar, identity_key varchar, as_of_on date",
    "identity_trail": "identity_key varchar, customer_id varchar, known_at timestamp",
    "customer_group": GROUP_COLUMNS,
    "group_trail": GROUP_COLUMNS,
}
#: The key of which all rows of a table change together; a table without one is always whole.
KEYS = {
    "identity_map": "identity_key",
    "bridge_identity": "identity_key",
    "customer": "customer_id",
    "identity_event": "event_id",
    "customer_group": "kind, customer_id",
}
#: Tables with fewer rows are written whole, and those of which more than a share has changed.
FEW, MOST_CHANGED = 50_000, 0.1
#: Entries of a file: what it was kept with when it was written, and the whole that it changes.
MADE_WITH, OF = "kept", "of"


def table_sql(directory: Path, table: str) -> str | None:
    """SQL of a table as a directory has it; None where it has none.

    Changes of another file than the one beside them are left out: that one is newer, and whole.

    Raises:
        ValueError, OSError: A file cannot be read.
    """
    file, changes = directory / f"{table}.parquet", directory / f"{table}_changes.parquet"
    if not file.exists():
        return None
    whole = f"select * from read_parquet('{quoted_path(file)}') as whole"
    if not changes.exists() or _entries(changes).get(OF) != _entries(file).get(MADE_WITH):
        return whole
    changed = f"read_parquet('{quoted_path(changes)}')"
    return (
        f"{whole} anti join {changed} as changed using ({KEYS[table]})"
        f" union all by name select * exclude (is_gone) from {changed} where not is_gone"
    )


def open_last(con: duckdb.DuckDBPyConnection, state: Path) -> None:
    """Make a view ``last_<name>`` of each file of last night; empty where there is none."""
    for name, columns in FILES.items():
        con.execute(f"create temp table no_{name} ({columns})")
        last = table_sql(state, name)
        # by name: a file of an earlier version may have fewer columns
        also = f" union all by name ({last})" if last else ""
        con.execute(f"create temp view last_{name} as from no_{name}{also}")


def read_last(con: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of last night that naming needs (permanent.py), of everybody."""
    con.execute("create view old_map as select hash(identity_key) as key_h, customer_id, known_at"
                " from last_identity_map")  # fmt: skip
    con.execute("create view old_text as select hash(identity_key) as key_h, identity_key"
                " from last_identity_map")  # fmt: skip
    con.execute("create table old_customer as select *, hash(customer_id) as customer_h"
                " from last_customer")  # fmt: skip
    con.execute("create table old_trail as from last_identity_trail")
    con.execute("create table old_group as from last_customer_group")
    con.execute("create view old_group_trail as from last_group_trail")
    con.execute("create table outer_holder (customer_id varchar)")


#: Tonight's rows of each table: all of them in a full run, those of the part else.
_TONIGHT = {
    "identity_map": "identity_map",
    "bridge_identity": "held",
    "customer": "fresh_customer",
    "identity_event": "event",
    "identity_trail": "identity_trail",
    "customer_group": "customer_group",
    "group_trail": "group_trail",
}


def write_files(con: duckdb.DuckDBPyConnection, out: Path, made_with: str) -> None:
    """Write tonight's files whole, of a night that has worked out everything.

    On one thread, as what comes after is small: rows are read one after the other, and to hand them
    to a second thread to write takes up to twice the CPU and hardly less time.
    """
    con.execute("set threads = 1")
    for table in KEYS:
        also = f"from last_{table} union all " if _is_log(table) else ""
        _write(con, table, f"{also}from {_TONIGHT[table]}", out, made_with)
        con.execute(f"create temp table change as select *, false as is_gone from no_{table}")
        _write_changes(con, table, "change", out, made_with, made_with)
        con.execute("drop table change")
    _write_trails(con, out, made_with)


def _is_log(table: str) -> bool:
    """Whether rows of nights before stay as they are."""
    return table in ("customer", "identity_event")


def write_part(con: duckdb.DuckDBPyConnection, state: Path, out: Path, made_with: str) -> None:
    """Write what the part changes of last night's files.

    Needs the tables of tonight's rows and ``gone_<table>``, the keys whose rows they replace.
    """
    for table, key in KEYS.items():
        file, changes = state / f"{table}.parquet", state / f"{table}_changes.parquet"
        before = f"read_parquet('{quoted_path(changes)}')"
        gone = f"no_{table}" if _is_log(table) else f"gone_{table}"
        con.execute(
            f"create temp table change as select * from (from {before} where not is_gone)"
            f" anti join {gone} using ({key})"
            f" union all by name select *, false as is_gone from {_TONIGHT[table]}"
            f" union all by name (select {key}, true as is_gone from {gone}"
            f" union select {key}, is_gone from {before} where is_gone)"
        )
        n_changed = one_number(con, "select count(*) from change")
        if _is_whole_again(file, n_changed):
            as_now = (
                f"select * from read_parquet('{quoted_path(file)}') as whole"
                f" anti join change using ({key}) union all by name"
                " select * exclude (is_gone) from change where not is_gone"
            )
            _write(con, table, as_now, out, made_with)
            con.execute("delete from change")
            of = made_with
        else:
            _hand_on(file, out / file.name)
            of = _entries(file)[MADE_WITH]
        _write_changes(con, table, "change", out, made_with, of)
        con.execute("drop table change")
    _write_trails(con, out, made_with)


def _write_trails(con: duckdb.DuckDBPyConnection, out: Path, made_with: str) -> None:
    """Write what is always whole: few change hands."""
    for table in FILES.keys() - KEYS.keys():
        _write(con, table, f"from {_TONIGHT[table]}", out, made_with)


def _hand_on(file: Path, to: Path) -> None:
    """Give a file that is never written in place one more name; where that cannot be, copy it."""
    to.unlink(missing_ok=True)
    try:
        to.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, to)


def _is_whole_again(file: Path, n_changed: int) -> bool:
    from pyarrow import parquet

    n_rows = parquet.read_metadata(file).num_rows
    return n_rows < FEW or n_changed > MOST_CHANGED * n_rows


def _write(con: duckdb.DuckDBPyConnection, table: str, sql: str, out: Path, made_with: str) -> None:
    _copy(con, f"select {_listed(table)} from ({sql})", out / f"{table}.parquet",
          {MADE_WITH: made_with})  # fmt: skip


def _write_changes(
    con: duckdb.DuckDBPyConnection, table: str, source: str, out: Path, made_with: str, of: str
) -> None:
    _copy(con, f"select {_listed(table)}, is_gone from {source}",
          out / f"{table}_changes.parquet", {MADE_WITH: made_with, OF: of})  # fmt: skip


def _listed(table: str) -> str:
    return ", ".join(column.split()[0] for column in FILES[table].split(", "))


def _copy(con: duckdb.DuckDBPyConnection, sql: str, file: Path, entries: dict[str, str]) -> None:
    """Write a file in no order: nobody reads one, and sorting costs more than all else.

    What it holds is mostly keyed hashes, which no heavier compression makes smaller.
    """
    told = ", ".join(f"{name}: '{value}'" for name, value in entries.items())
    # never in its place: last night's may be read for it, or have the same file (_hand_on)
    part = file.with_name(f".{file.name}.part")
    con.execute(
        f"copy ({sql}) to '{quoted_path(part)}' (format parquet, compression zstd,"
        f" compression_level 1, dictionary_size_limit 1000, kv_metadata {{{told}}})"
    )
    part.replace(file)


def is_made_with(state: Path, name: str) -> bool:
    """Whether all of last night's files were written with what was kept as ``name``.

    Raises:
        ValueError, OSError: One cannot be read.
    """
    for table in FILES:
        told = _entries(state / f"{table}.parquet")
        if table in KEYS:
            whole, told = told, _entries(state / f"{table}_changes.parquet")
            if told.get(OF) != whole.get(MADE_WITH):
                return False
        if told.get(MADE_WITH) != name:
            return False
    return True


def _entries(file: Path) -> dict[str, str]:
    from pyarrow import parquet

    told = parquet.read_metadata(file).metadata or {}
    return {key.decode(): value.decode() for key, value in told.items() if key != b"ARROW:schema"}
