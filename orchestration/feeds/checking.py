"""Mapped rows judged by the feed's contract: tables of typed rows with their reasons.

Belongs here: what validation needs beside the texts (file, line, receipt, telephone numbers), and
the tables `_checked` (all rows) and `_keyed` (their keys and hashes). Does not: the rules
(quality.validation) or what the feed already has (versions).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import duckdb

from orchestration.company import Company, Mapping
from orchestration.feeds.mapping import Mapped
from orchestration.feeds.sources import ARRIVALS
from orchestration.sql_text import literal, name
from quality.contracts import Contract
from quality.identifiers import phone_numbers, placeholder_sql, region_or
from quality.rule_model import RowContext, blank_to_null
from quality.validation import CARRIED, validation_sql

CHECKED, KEYED = "_checked", "_keyed"
_LINEAGE = (*CARRIED, "occurred_on", "_identifier", "_is_bad", "_details", "_fields", "_raw",
            "_mapping", "_source")  # fmt: skip


@dataclass
class Checked:
    """What the tables hold: columns that some mapping gives, and the counted notes."""

    present: list[str] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)


def check_rows(
    connection: duckdb.DuckDBPyConnection,
    company: Company,
    contract: Contract,
    mapping: Mapping,
    mapped: Mapped,
    into: Checked,
) -> None:
    """Judge the rows of one mapping into the table `_checked_<index>`."""
    given = list(dict.fromkeys([*mapped.present, "source_system"]))
    into.present += [column for column in given if column not in into.present]
    relation = _with_lineage(mapping, mapped, given)
    if "phone" in given:
        relation = _with_phones(connection, company, relation, "country" in given)
    source = company.sources[mapping.from_]
    context = RowContext(
        timezone=company.timezone,
        source_timezone=source.timezone,
        currency=company.currency,
        decimal=source.decimal,
        typed=mapped.typed | frozenset(mapping.set),
        unread=mapped.unread,
        lateness_days=company.settings.lateness_days,
    )
    validation = validation_sql(contract, relation, given, context)
    table = f"{CHECKED}_{mapping.index}"
    connection.execute(
        f"create or replace table {table} as select *, {mapping.index}::bigint as _mapping,"
        f" {literal(mapping.from_)} as _source from ({validation.sql})"
    )
    _count_notes(connection, table, validation.notes, into)


def _count_notes(
    connection: duckdb.DuckDBPyConnection, table: str, notes: dict[str, str], into: Checked
) -> None:
    if not notes:
        return
    sums = ", ".join(f"count(*) filter ({column})" for column in notes)
    counts = connection.execute(f"select {sums} from {table} where not _is_bad").fetchone()
    for detail, count in zip(notes.values(), counts or (), strict=True):
        if count:
            into.notes[detail] = into.notes.get(detail, 0) + count


def _with_lineage(mapping: Mapping, mapped: Mapped, given: list[str]) -> str:
    columns = {column: f"r_{column}" for column in given}
    system = literal(mapping.from_)
    columns["source_system"] = (
        f"coalesce({blank_to_null('r_source_system')}, {system})"
        if "source_system" in mapped.present
        else system
    )
    texts = ", ".join(
        [f"{expression} as r_{column}" for column, expression in columns.items()]
        + [f"given_{column}" for column in sorted(mapped.unread)]
    )
    return (
        f"select _row, _ordinal, {texts}, split_part(_row, ':', 1) as _file_id,"
        " try_cast(split_part(_row, ':', 2) as bigint) as _line, a.received_at as _received_at,"
        f" a.batch as _arrival, a.is_first as _is_first from ({mapped.sql}) m"
        f" left join {ARRIVALS} a on a.source = {system} and a.file_id = split_part(_row, ':', 1)"
    )


def with_line_numbers(mapped: Mapped) -> Mapped:
    """Number the lines of a transaction by their order in the file where the source does not."""
    has_own = "line_number" in mapped.present
    own = blank_to_null("r_line_number") if has_own else "null"
    system = "r_source_system" if "source_system" in mapped.present else "null"
    place = (
        f"row_number() over (partition by split_part(_row, ':', 1), {system}, r_transaction_id"
        " order by try_cast(split_part(_row, ':', 2) as bigint), _ordinal)"
    )
    kept = "* exclude (r_line_number)" if has_own else "*"
    sql = f"select {kept}, coalesce({own}, cast({place} as varchar)) as r_line_number"
    mapped.sql = f"{sql} from ({mapped.sql})"
    mapped.present = list(dict.fromkeys([*mapped.present, "line_number"]))
    return mapped


def _with_phones(
    connection: duckdb.DuckDBPyConnection, company: Company, relation: str, has_country: bool
) -> str:
    """Join E.164 to the rows by way of the distinct numbers: the library costs 0.1 ms a number.

    A number without a country code is of the row's own country; the company's where the row has
    none that the library knows.
    """
    clean = blank_to_null("r_phone")
    home = literal(company.country)
    region = f"coalesce(upper({blank_to_null('r_country')}), {home})" if has_country else home
    region = f"case when starts_with({clean}, '+') then {home} else {region} end"
    distinct = connection.execute(
        f"select distinct p, region, {placeholder_sql('phone', 'p')} from (select {clean} as p,"
        f" {region} as region from ({relation})) where p is not null"
    ).fetchall()
    rows = []
    by_region: dict[str, list[str]] = {}  # as many as the column has words: gone through once
    for text, own, is_placeholder in distinct:
        if is_placeholder:
            rows.append((text, own, text, True))
        else:
            by_region.setdefault(own, []).append(text)
    for own, texts in by_region.items():
        numbers = phone_numbers(texts, region_or(own, company.country))
        rows += [(text, own, e164, False) for text, e164 in numbers]
    connection.execute(
        "create or replace table _phones"
        " (written varchar, region varchar, e164 varchar, made_up boolean)"
    )
    _insert_phones(connection, rows)
    return (
        "select r.*, case when not n.made_up then n.e164 end as phone_e164,"
        f" coalesce(n.made_up, false) as phone_is_placeholder from ({relation}) r"
        f" left join _phones n on n.written = {clean} and n.region = {region}"
    )


def _insert_phones(
    connection: duckdb.DuckDBPyConnection, rows: Iterable[tuple[str, str, str, bool]]
) -> None:
    import pyarrow as pa

    written, region, e164, made_up = zip(*rows, strict=True) if rows else ((), (), (), ())
    numbers = pa.table(
        {
            "written": pa.array(written, pa.string()),
            "region": pa.array(region, pa.string()),
            "e164": pa.array(e164, pa.string()),
            "made_up": pa.array(made_up, pa.bool_()),
        }
    )
    connection.register("_phone_rows", numbers)
    connection.execute("insert into _phones select * from _phone_rows")
    connection.unregister("_phone_rows")


def gather(
    connection: duckdb.DuckDBPyConnection, contract: Contract, mappings: list[Mapping]
) -> None:
    """Make `_checked` of the tables of the mappings: the longest, and the others put to it."""
    tables = [f"{CHECKED}_{mapping.index}" for mapping in mappings]
    sizes = {
        table: connection.execute(f"select count(*) from {table}").fetchone() or (0,)
        for table in tables
    }
    longest = max(tables, key=lambda table: int(sizes[table][0]))
    connection.execute(f"alter table {longest} rename to {CHECKED}")
    columns = ", ".join((*map(name, contract.column_names), *_LINEAGE))
    for table in tables:
        if table != longest:
            connection.execute(f"insert into {CHECKED} ({columns}) select {columns} from {table}")
            connection.execute(f"drop table {table}")


def key_sql(contract: Contract, alias: str, identity: str) -> str:
    """SQL of a row's key as one text; NULL in a key column counts as a value of its own."""
    parts = []
    for column in contract.key:
        if column == "identity_key":
            parts.append(f"coalesce({identity}, '')")
            continue
        parts.append(f"coalesce({_as_text(contract, column, alias)}, '')")
    return " || chr(31) || ".join(parts)


def _as_text(contract: Contract, column: str, alias: str) -> str:
    value = f"{alias}.{name(column)}"
    if contract.column(column).type == "timestamp":
        return f"cast(epoch_us({value}) as varchar)"
    return f"cast({value} as varchar)"


def hash_sql(contract: Contract, present: list[str], alias: str) -> str:
    """SQL of a row's content hash: md5 of its columns that are not NULL, with their names.

    Columns without a value leave no trace, so that equal content from two mappings has one hash.
    """
    parts = []
    for column in contract.column_names:
        if column == "is_deleted":
            parts.append(f"case when {alias}.is_deleted then 'is_deleted' end")
        elif column in present or column == "time_precision":
            parts.append(f"'{column}=' || {_as_text(contract, column, alias)}")
    return f"md5(concat_ws(chr(31), {', '.join(parts)}))"


def key_rows(
    connection: duckdb.DuckDBPyConnection, contract: Contract, checked: Checked, batch: int
) -> None:
    """Make `_keyed`: rid, row_key, record_hash, row_id, identity_key and what versions need."""
    connection.execute(
        "create table _identity as select t, identifier_key(t) as identity_key"
        f" from (select distinct _identifier as t from {CHECKED} where _identifier is not null)"
    )
    row_id = (
        f"md5(concat_ws('|', {literal(contract.feed)}, c._mapping, c._row, c._ordinal, {batch}))"
    )
    connection.execute(
        f"create table {KEYED} as select c.rowid as rid,"
        f" {key_sql(contract, 'c', 'i.identity_key')} as row_key,"
        f" {hash_sql(contract, checked.present, 'c')} as record_hash, {row_id} as row_id,"
        " i.identity_key, c.updated_at as version_at, c._arrival as arrival, c._file_id as file_id,"
        " c._row as source_row, c._mapping as mapping_index, c._source as source_name,"
        " c.occurred_on, c._is_bad as is_bad"
        f" from {CHECKED} c left join _identity i on i.t = c._identifier"
    )
