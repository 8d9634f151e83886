"""Suites of feeds, made from their contracts: one row a current key, required fields, ranges.

A feed is Parquet files, each written once; a row that a later version replaced stays and is named
in the feed's `superseded` files. Not here: judging single rows on their way in (validation), and
the suites of other layers (suites).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from quality.contracts import Contract
from quality.gates.suites import Gate, Suite, make_gates, rows_gate


def relation_of(rows_glob: str) -> str:
    """What to select from to read all stored rows of a feed."""
    return f"read_parquet('{quoted_path(rows_glob)}', union_by_name=true)"


def superseded_of(rows_glob: str) -> str:
    """What to select from to read which rows of the feed a later version replaced."""
    folder = Path(rows_glob).parent.parent / "superseded"
    return f"read_parquet('{quoted_path(str(folder / '*.parquet'))}', union_by_name=true)"


def quoted_path(text: str) -> str:
    """A path as it stands between the quotes of an SQL literal."""
    return text.replace("'", "''")


def feed_suite(
    contract: Contract, rows_glob: str, as_of: date, freshness_hours: int | None
) -> Suite:
    """The suite of one feed.

    Args:
        contract: Its contract.
        rows_glob: Its row files.
        as_of: Business date of the run.
        freshness_hours: Oldest that the newest row may be at the end of that date, or None.
    """
    prefix, layer = f"feeds.{contract.feed}", "feeds"
    gates = [rows_gate(layer, prefix, contract.feed, may_be_empty=contract.may_be_empty)]

    def add(**spec: object) -> None:
        gates.extend(make_gates(layer, prefix, contract.feed, spec))

    days = ["occurred_on"] if contract.kind == "event" else []
    add(not_null=["row_id", "record_hash", *days, *contract.required_names])
    # A row that closes a key which its source no longer has comes from no row of that source.
    failing = "source_row is null and not coalesce(is_deleted, false)"
    add(law="source_row_is_there", failing=failing, says="each row has its file and line")
    add(unique="row_id")
    gates.append(_one_current_row_a_key(contract, rows_glob))
    if not contract.may_be_empty:
        gates.append(_current_rows(contract, rows_glob))
    for column in contract.columns:
        if column.minimum is not None or column.maximum is not None:
            add(between=column.name, min=column.minimum, max=column.maximum)
    if contract.time_column and contract.kind == "event":
        floor = contract.column(contract.time_column).floor_year or 1900
        failing = f"extract(year from occurred_on) < {floor - 1}"
        add(law="no_time_before_floor", failing=failing, says=f"no row before {floor}")
    if freshness_hours is not None:
        gates.append(_freshness(contract, as_of, freshness_hours))
    return Suite(contract.feed, (contract.feed,), tuple(gates))


def _one_current_row_a_key(contract: Contract, rows_glob: str) -> Gate:
    key = ", ".join(contract.key)
    sql = (
        "select cast(coalesce(sum(n - 1), 0) as double) as observed from (select count(*) as n"
        " from {table} as t where t.row_id not in"
        f" (select row_id from {superseded_of(rows_glob)} where row_id is not null)"
        f" group by {key} having count(*) > 1) as repeated"
    )
    name = f"feeds.{contract.feed}.unique_current_key"
    says = f"one current row for each {key}"
    return Gate(name, "feeds", contract.feed, "unique_together", says, contract.key, sql)


def _current_rows(contract: Contract, rows_glob: str) -> Gate:
    """A snapshot without rows closes every key: the feed has rows then, and none that holds."""
    sql = (
        "select cast(count(*) as double) as observed from {table} as t"
        " where not coalesce(t.is_deleted, false) and t.row_id not in"
        f" (select row_id from {superseded_of(rows_glob)} where row_id is not null)"
    )
    name, says = f"feeds.{contract.feed}.current_rows", "has rows that are not deleted"
    return Gate(name, "feeds", contract.feed, "measure", says, sql=sql, minimum=1.0)


def _freshness(contract: Contract, as_of: date, hours: int) -> Gate:
    # Entity feeds tell no time of their own: a row is as new as its version, else as its arrival.
    newest = contract.time_column or "coalesce(version_at, received_at)"
    if contract.kind == "event":
        # A plan or promise for next year is no sign of life.
        newest = f"case when occurred_on <= date '{as_of}' then {newest} end"
    # Compared in UTC: zones are at most 14 hours off, well within any limit in days.
    end = f"(timestamp '{as_of} 00:00:00' + interval 1 day)"
    sql = (
        f"select cast(date_diff('minute', cast(max({newest}) as timestamp), {end}) as double) / 60"
        " as observed from {table} as t"
    )
    name, says = f"feeds.{contract.feed}.freshness", f"newest row at most {hours} hours old"
    return Gate(name, "feeds", contract.feed, "measure", says, sql=sql, maximum=float(hours))
