"""The content of a warehouse file as hashes, a table each: what two builds are compared by.

Belongs here: which columns are content and how rows are made canonical. Does not: comparing files
by their bytes (two equal databases differ in theirs).

Content leaves out lineage, ``meta``, run times and the identity event log, as the replay law says.
A double counts to nine significant digits: sums of doubles differ in the last with the plan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Set
from pathlib import Path

import duckdb

#: Columns that say how a row came, not what it says.
LINEAGE_COLUMNS = frozenset(
    {"batch", "run_id", "build_id", "received_at", "loaded_at", "published_at", "checked_at",
     "started_at_run", "file_id", "source_row", "line", "row_id"}
)  # fmt: skip
#: For reading a file once from end to end: pages that were read are let go, not gathered.
SCAN_MEMORY = "2GB"
#: Tables that are about the run, or the log of what ids were.
LINEAGE_SCHEMAS = frozenset({"meta", "quality"})
LINEAGE_TABLES = frozenset(
    {"core.fct_identity_event", "core.customer_alias", "ml.ml_model_registry", "ml.ml_monitor"}
)


def table_hashes(database: Path, without: Set[str] = frozenset()) -> dict[str, str]:
    """Hash the content of each table and view of a DuckDB file, but those in ``without``.

    Returns:
        ``schema.table`` → ``<rows>-<hex>``; the order of rows does not matter, their number does.
    """
    con = duckdb.connect(str(database), read_only=True)
    try:
        con.execute(f"set TimeZone = 'UTC'; set memory_limit = '{SCAN_MEMORY}'")
        columns: dict[str, list[tuple[str, str]]] = {}
        for schema, table, name, kind in con.execute(
            "select table_schema, table_name, column_name, data_type"
            " from information_schema.columns where table_catalog = current_database()"
            " order by all"
        ).fetchall():
            key = f"{schema}.{table}"
            if schema in LINEAGE_SCHEMAS or name in LINEAGE_COLUMNS:
                continue
            if key in LINEAGE_TABLES or key in without:
                continue
            columns.setdefault(key, []).append((name, kind))
        return {key: _hash(con, key, cols) for key, cols in sorted(columns.items())}
    finally:
        con.close()


def content_hash(database: Path) -> str:
    """Hash the content of a whole warehouse file: its tables' rows and its views' texts.

    Equal tables under equal views are equal content, and half of the rows need not be read twice.
    """
    digest = hashlib.sha256()
    con = duckdb.connect(str(database), read_only=True)
    try:
        views = dict(
            con.execute(
                "select schema_name || '.' || view_name, sql from duckdb_views()"
                " where not internal order by all"
            ).fetchall()
        )
    finally:
        con.close()
    for table, value in {**table_hashes(database, without=set(views)), **views}.items():
        digest.update(f"{table}={value}\n".encode())
    return digest.hexdigest()


def _hash(con: duckdb.DuckDBPyConnection, table: str, columns: list[tuple[str, str]]) -> str:
    parts = []
    for name, kind in sorted(columns):
        text = (
            f"printf('%.9g', \"{name}\")" if kind in ("DOUBLE", "FLOAT") else f'"{name}"::varchar'
        )
        parts.append(f"coalesce({text}, chr(1))")
    schema, _, name = table.partition(".")
    row = f"concat_ws(chr(2), {', '.join(parts)})"  # a chain of || copies the text at each link
    found = con.execute(
        f'select count(*), coalesce(sum(md5_number_lower({row})), 0) from "{schema}"."{name}"'
    ).fetchone()
    assert found is not None
    return f"{found[0]}-{int(found[1]):x}"
