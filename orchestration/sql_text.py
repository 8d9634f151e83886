"""Text of SQL made from names, values and paths.

Belongs here: quoting. Does not: any statement, or what errors may say (safe_errors.py). Whatever
goes into SQL as text goes through here, or as a parameter: a path may hold a quote, and so may a
column.
"""

from __future__ import annotations

import re
from pathlib import Path


def literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def name(identifier: str) -> str:
    """A quoted SQL name."""
    return '"' + identifier.replace('"', '""') + '"'


def one_path(path: Path) -> str:
    """A path as a literal in which DuckDB finds nothing wild."""
    return literal(re.sub(r"[*?\[]", lambda wild: f"[{wild[0]}]", str(path)))
