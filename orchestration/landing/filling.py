"""Order fields on the first line only: rows that take what they lack from the row above.

Here: `fill_down` of a source as SQL. Not here: the source's rows (relation).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.sql_text import name as identifier

if TYPE_CHECKING:
    from orchestration.company import FillDown


def filled_down(sql: str, fill: FillDown | None) -> str:
    """A relation with `_file` and `_line` whose NULLs are filled from above.

    Each of `fill.columns` that is NULL takes the value of the nearest line above it in the same
    file with the same `fill.by`; a value never crosses into another file or group.
    """
    if fill is None:
        return sql
    by = ", ".join(identifier(column) for column in fill.by)
    values = ", ".join(
        f"last_value({identifier(column)} ignore nulls) over above as {identifier(column)}"
        for column in fill.columns
    )
    return (
        f"select * replace ({values}) from ({sql}) as lines"
        f" window above as (partition by _file, {by} order by _line"
        " rows between unbounded preceding and current row)"
    )
