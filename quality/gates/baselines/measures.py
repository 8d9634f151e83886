"""What rows hold, by stream and day: shares, means and moments out of one pass over the rows.

Not here: shares of single values (mixes), and which day a row counts for (numbers).
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from quality.contracts import Contract
from quality.gates.baselines.columns import FOLLOWERS, REFERENCES, looked_at, money_columns

_Given = tuple[str, str, str, str, str]  # measure, field, and SQL of n, total, squares


def insert_measures(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    relations: Mapping[str, str],
    filled: set[str],
    table: str,
) -> None:
    """All that one pass over the rows gives: a wide row a stream and day, unfolded into long."""
    moved = [
        _share("updated", "", "count(*) filter (not is_past)",
               "count(*) filter (not is_past and is_superseding and not is_closing)"),
        _share("closed", "", "count(*)", "count(*) filter (is_closing)"),
    ]  # fmt: skip
    _insert_wide(con, contract, moved, "looked", table)
    given, joins = _given(contract, relations, filled)
    fresh = f"(select *{''.join(f', {flag}' for flag in joins)} from looked where is_fresh)"
    _insert_wide(con, contract, given, fresh, table)
    money = [_level(column, value_of(column)) for column in money_columns(contract, filled)]
    if money:
        # sums of two currencies have no mean: each is judged in its own
        rows = "(select *, coalesce(currency, '') as kept_item from looked where is_fresh)"
        _insert_wide(con, contract, money, rows, table, item="kept_item")


def _given(
    contract: Contract, relations: Mapping[str, str], filled: set[str]
) -> tuple[list[_Given], list[str]]:
    """What is counted of fresh rows, and the flags that must be looked up in other feeds."""
    looked = looked_at(contract)
    given = _of_time(contract) if contract.kind == "event" else []
    given += [
        _share("filled", c, "count(*)", f'count("{c}")') for c in looked.optional if c in filled
    ]
    money = money_columns(contract, filled)
    for column in looked.numbers:
        if column in filled:
            given += [_share("negative", column, f'count("{column}")',
                             f'count(*) filter ("{column}" < 0)')]  # fmt: skip
            if column not in money:
                given.append(_level(column, value_of(column, is_plain=column in looked.plain)))
    content = [c for c in looked.content if c in filled]
    if len(content) > 2 and contract.kind == "event":
        listed = ", ".join(f'"{c}"' for c in content)
        given.append(
            _share("repeated", "", "count(*)", f"count(*) - count(distinct hash({listed}))")
        )
    if contract.is_person and contract.kind == "event":
        given.append(_share("persons", "", "count(identity_key)", "count(distinct identity_key)"))
    if contract.kind == "event":
        given.append(_density(contract))
    joins = []
    for number, (column, parent, key) in enumerate(REFERENCES.get(contract.feed, ())):
        if column in filled:
            joins.append(_lookup(f"known_{number}", column, parent, key, relations))
            total = f"count(*) filter (known_{number})"
            given.append(_share("known", column, f'count("{column}")', total))
    for number, (key, child, column) in enumerate(FOLLOWERS.get(contract.feed, ())):
        joins.append(_lookup(f"followed_{number}", key, child, column, relations))
        given.append(_share("followed", child, "count(*)", f"count(*) filter (followed_{number})"))
    return given, joins


def _insert_wide(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    given: list[_Given],
    rows: str,
    table: str,
    item: str = "''",
) -> None:
    """Aggregate rows to a wide row a stream and day, and unfold it into a long one a number."""
    structs = ", ".join(
        f"{{'measure': '{measure}', 'field': '{field}', 'n': cast({n} as double),"
        f" 'total': cast({total} as double), 'squares': cast({squares} as double)}}"
        for measure, field, n, total, squares in given
    )
    con.execute(
        f"insert into {table} select batch, is_past, '{contract.feed}', stream, source_name,"
        " u.measure, u.field, item, day, u.n, u.total, u.squares"
        f" from (select batch, is_past, stream, source_name, day, {item} as item,"
        f" unnest([{structs}]) as u from {rows} as l"
        " group by batch, is_past, stream, source_name, day, item) as told"
        " where u.n > 0"
    )


def _share(measure: str, field: str, n: str, total: str) -> _Given:
    return (measure, field, n, total, "null")


def _of_time(contract: Contract) -> list[_Given]:
    own = "filter (where local_at is not null and not is_late and not is_future)"
    hour = "extract(hour from local_at) + extract(minute from local_at) / 60"
    given = [
        # a row past midnight has come to another day: its hour would hide by how much
        ("hour", "", f"count(*) {own}", f"sum({hour}) {own}", f"sum(({hour}) * ({hour})) {own}"),
        ("last_hour", "", "1", f"max({hour})", "null"),
        _share("late", "", "count(*) filter (not is_past)", "count(*) filter (is_late)"),
    ]
    if not contract.column(str(contract.time_column)).may_be_future:
        given.append(_share("future", "", "count(*)", "count(*) filter (is_future)"))
    return given


def value_of(column: str, *, is_plain: bool = False) -> str:
    """A number as it is compared: on a scale as it is, else the logarithm of its size."""
    value = f'cast("{column}" as double)'
    return value if is_plain else f"ln(1 + abs({value}))"


def _level(column: str, value: str) -> _Given:
    return ("level", column, f'count("{column}")', f"sum({value})", f"sum(({value}) * ({value}))")


def _density(contract: Contract) -> _Given:
    """Running numbers in the last key column: how many of those between the ends came."""
    key = [c for c in contract.key if c not in ("source_system", "line_number", "question_id")][-1]
    number = (
        f"try_cast(regexp_extract(cast(\"{key}\" as varchar), '([0-9]{{1,15}})$', 1) as bigint)"
    )
    span = f"(max({number}) - min({number}) + 1)"
    # numbers with wide gaps are no running numbers: what comes of them tells nothing
    running = f"count(distinct {number}) >= 0.5 * {span}"
    n = f"case when count({number}) = count(*) and {running} then {span} end"
    return ("density", "", n, f"count(distinct {number})", "null")


def _lookup(flag: str, column: str, parent: str, key: str, relations: Mapping[str, str]) -> str:
    return (
        f'"{column}" in (select p."{key}" from {relations[parent]} as p'
        f' where p."{key}" is not null) as {flag}'
    )
