"""Shares of the values of columns, parts of the day and sizes of money, by stream and day.

Not here: shares that a row has or has not (measures), and which day a row counts for (numbers).
"""

from __future__ import annotations

import duckdb

from quality.contracts import Contract
from quality.gates.baselines.columns import looked_at, money_columns

#: Values of a column beyond this many a batch are counted together.
MOST_ITEMS = 40
OTHERS = "(others)"
_HOURS_A_PART = 3


def add_mixes(con: duckdb.DuckDBPyConnection, contract: Contract, filled: set[str]) -> None:
    """Count the values of columns, of hours and of sizes in `looked`, out of one pass."""
    parts, _ = _parts(contract, filled)
    if not parts:
        return
    selected = ", ".join(f"{sql} as {name}" for name, sql in parts.items())
    sets = ", ".join(f"(batch, is_past, stream, source_name, day, {name})" for name in parts)
    counted = (
        f"select batch, is_past, stream, source_name, day,"
        f" {', '.join(parts)}, grouping({', '.join(parts)}) as which, count(*) as many"
        f" from (select batch, is_past, stream, source_name, day, {selected} from looked"
        " where is_fresh) as l"
        f" group by grouping sets ({sets})"
    )
    con.execute(f"create temp table if not exists mixed as from ({counted}) limit 0")
    con.execute(f"insert into mixed {counted}")


def insert_mixes(
    con: duckdb.DuckDBPyConnection, contract: Contract, filled: set[str], table: str
) -> None:
    """Shares of the values that `add_mixes` has counted."""
    parts, kinds = _parts(contract, filled)
    if not parts:
        return
    everyone = (1 << len(parts)) - 1
    for place, name in enumerate(parts):
        bit = everyone & ~(1 << (len(parts) - 1 - place))
        measure, field = kinds[name]
        con.execute(
            f"insert into {table}"
            f" with counted as (select * from mixed where which = {bit} and {name} is not null),"
            f" often as (select {name} from counted group by {name}"
            f" order by sum(many) desc, {name} limit {MOST_ITEMS})"
            f" select batch, is_past, '{contract.feed}', stream, source_name, '{measure}',"
            f" '{field}',"
            f" case when {name} in (from often) then {name} else '{OTHERS}' end as item, day,"
            " sum(sum(many)) over (partition by batch, stream, day), sum(many), null"
            " from counted group by batch, is_past, stream, source_name, day, item"
        )
    con.execute("drop table mixed")


def _parts(
    contract: Contract, filled: set[str]
) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """What falls into values: SQL of the value, and measure and column, each by a name."""
    looked = looked_at(contract)
    columns = [c for c in looked.categories if c in filled]
    columns += [c for c in looked.plain if c in filled]
    parts = {f"mix_{number}": f'cast("{name}" as varchar)' for number, name in enumerate(columns)}
    kinds = {f"mix_{number}": ("mix", name) for number, name in enumerate(columns)}
    for number, column in enumerate(money_columns(contract, filled)):
        # e-folds: what is a cent or a thousand times too much is in a part of its own
        size = f'cast(floor(ln(1 + abs(cast("{column}" as double)))) as integer)'
        parts[f"sizes_{number}"] = f"coalesce(currency, '') || ' e' || {size}"
        kinds[f"sizes_{number}"] = ("sizes", column)
    if contract.kind == "event":
        hour = "extract(hour from local_at)"
        parts["hours"] = f"cast(floor({hour} / {_HOURS_A_PART}) as varchar)"
        kinds["hours"] = ("hours", "")
        # a row past midnight has come to another day, and says nothing of this one's hours
        parts["profile"] = (
            f"case when not is_late and not is_future then cast({hour} as varchar) end"
        )
        kinds["profile"] = ("profile", "")
    return parts, kinds
