"""Options of a source for rows as people export them: other names, fields of the first line only.

What belongs here: judging these keys. What does not: the other keys of a source (`sources`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.company.model import FillDown
from orchestration.company.problems import echo

if TYPE_CHECKING:
    from orchestration.company.document import Node
    from orchestration.company.reader import Reader


def read_aliases(reader: Reader, node: Node | None, field: str) -> dict[str, list[str]]:
    """Other names of columns; none of them may mean two columns."""
    found: dict[str, list[str]] = {}
    seen: dict[str, str] = {}
    for name, entry in reader.entries(node, field).items():
        found[name] = reader.texts(entry, f"{field}.{echo(name)}")
        for other in found[name]:
            if seen.setdefault(other.lower(), name) != name:
                fix = "give it to one of the two"
                reader.problem(entry.line, f"{field}.{echo(name)}", "a name of two columns", fix)
    return found


def read_fill_down(reader: Reader, node: Node | None, field: str) -> FillDown | None:
    """Which columns a row has from the row above of the same group."""
    if node is None:
        return None
    given = reader.entries(node, field, ("by", "columns"))
    by = reader.texts(given.get("by"), f"{field}.by")
    columns = reader.texts(given.get("columns"), f"{field}.columns")
    if not by or not columns:
        fix = "write fill_down: {by: [the order's number], columns: [its date, ...]}"
        reader.problem(node.line, field, "by and columns are both needed", fix)
        return None
    return FillDown(by, columns)
