"""Names of source columns that reach into nested JSON: `device->id`, `articles->0->version`.

What belongs here: taking such a name apart, and the SQL of its value. What does not: which columns
a source has.

The arrow is that of SQL; a plain dot would not do, since flattened exports have dots in the names
of their columns.
"""

from __future__ import annotations

from orchestration.sql_text import literal

ARROW = "->"


def head_and_path(column: str) -> tuple[str, tuple[str, ...]]:
    """The source's own column, and the keys to follow inside it (none for a plain name)."""
    head, *path = (part.strip() for part in column.split(ARROW))
    return head, tuple(path)


def nested_sql(expression: str, path: tuple[str, ...]) -> str:
    """SQL of the value below a column's JSON text, as text: NULL where there is none.

    A number among the keys is a place in a list, from 0; elsewhere a key of that name.
    """
    steps = "".join(f"[{key}]" if key.isdigit() else f'."{key}"' for key in path)
    # What is no JSON has nothing inside it; the function would stop the night for it.
    return (
        f"case when json_valid({expression})"
        f" then json_extract_string({expression}, {literal('$' + steps)}) end"
    )
