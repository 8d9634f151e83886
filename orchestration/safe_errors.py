"""An error of data work as what may be told of it: kind, cause, column and place, never a value.

Belongs here: which parts of an exception may reach a log, Dagster, the ledger or a terminal. Does
not: catching exceptions (assets/door.py) or how a night ends (night.py).

Cutting values out of a message does not work: DuckDB does not escape what it quotes, so that a name
with an apostrophe ends the quotation for whoever reads it, and some messages quote nothing and hold
a value all the same. So a message is not cleaned but recognised: what is known to hold names of
types and columns alone is told, and of everything else its kind.
"""

from __future__ import annotations

import re
import traceback
from pathlib import Path

import duckdb

_ROOT = Path(__file__).resolve().parents[1]
_OUR_ROOMS = ("orchestration", "quality", "models")
#: Kinds of DuckDB's and dbt's messages that quote the SQL, which is the project's or the company's.
_ABOUT_SQL = ("Binder", "Catalog", "Parser", "Compilation", "Parsing")
#: The other kinds, as their messages begin.
_ABOUT_DATA = (
    "Conversion", "Constraint", "Invalid Input", "Out of Range", "Out of Memory", "IO",
    "Not implemented", "Mismatch Type", "TransactionContext", "Serialization", "Permission",
    "Dependency", "Interrupt", "INTERRUPT", "INTERNAL", "FATAL", "Invalid Configuration",
)  # fmt: skip
_KIND = re.compile(rf"\s*({'|'.join((*_ABOUT_SQL, *_ABOUT_DATA))}) Error:? ?(.*)", re.DOTALL)
#: How messages begin that say something, each without what may follow.
_CAUSES = re.compile(
    r"Could not convert string|invalid date field|invalid timestamp field|Could not parse string"
    r"|Malformed JSON|Type [A-Z]+ with value|CSV Error on Line: \d+|Duplicate key"
    r"|PRIMARY KEY or UNIQUE constraint violat(?:ed|ion): duplicate key"
    r"|NOT NULL constraint failed: \w+\.\w+|CHECK constraint failed on table \w+"
    r"|Overflow in \w+ of \w+|More than one row returned by a subquery used as an expression"
    r"|No files found that match the pattern|Could not set lock on file|Cannot open file"
    r"|[Ff]ailed to (?:allocate|pin|offload)|could not (?:allocate|write) "
)
#: How messages end that say something: a type, a column of the statement.
_TO_TYPE = re.compile(
    r" to (?:the destination type )?([A-Z][A-Z0-9_]*(?:\([\d,]+\))?(?:\[\])*)"
    r"(?: when casting from source column \w+)?\.?$"
)
_OF_COLUMN = re.compile(r" when casting from source column (\w+)$")
_VIOLATES = re.compile(r" violates ((?:primary key|unique) constraint)\.?")
_FULL_DISK = re.compile(r"\bNo space left on device\b")
#: The line of the SQL that DuckDB adds, and what dbt adds to that.
_WHERE_IN_SQL = re.compile(
    r"\n\s*(?:LINE \d+: (?!.*\n\s*LINE \d+: )|compiled code at ).*", re.DOTALL
)
#: Names of columns that may be told as what was perhaps meant. They come from a file's first line,
#: and where a file has lost its header that is a row of data: e-mails, numbers, names of people.
_PLAIN_NAME = re.compile(r"\"[a-z]+(?:_[a-z0-9]+)*\"")
#: dbt's first line of a failure, and the longest that is told of anything.
_DBT_NODE = re.compile(r"\s*(?:Runtime|Database) Error(?: in [^\n]*)?\n(.*)", re.DOTALL)
LONGEST = 300


def safe_message(error: BaseException) -> str:
    """Tell of any exception what may be told, in one line.

    Our own errors are told whole: they are made of names, numbers and codes. The system's name
    files. Of others it is the kind, and of DuckDB's what is known to hold no value.
    """
    if isinstance(error, duckdb.Error):
        return safe_report(str(error)) or type(error).__name__
    if is_ours(error):
        return " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, OSError) and error.strerror and error.errno:
        named = f": {error.filename}" if error.filename else ""
        return f"{type(error).__name__}: {error.strerror}{named}"
    return type(error).__name__


def is_ours(error: BaseException) -> bool:
    """Say whether an exception is of a class of ours, whose words we have chosen."""
    is_of_us = type(error).__module__.partition(".")[0] in _OUR_ROOMS
    return is_of_us and not getattr(error, "may_quote_data", False)


def safe_report(report: str) -> str:
    """Tell of an engine's or dbt's message what may be told, in one line; "" where nothing is."""
    within = _DBT_NODE.match(report)
    found = _KIND.match(within.group(1) if within else report)
    if not found:
        return ""
    kind, text = found.groups()
    if kind in _ABOUT_SQL:
        return f"{kind} Error: {_about_sql(text)}"[:LONGEST]
    return f"{kind} Error{_about_data(text)}"


def place_of(error: BaseException) -> str:
    """Name the last line of our code that an exception came through: ``file.py:12``; "" if none."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(_ROOT) and path.relative_to(_ROOT).parts[0] in _OUR_ROOMS:
            return f"{path.relative_to(_ROOT)}:{frame.lineno}"
    return ""


def _about_sql(text: str) -> str:
    """The first line, and what was perhaps meant as far as it is a plain name."""
    said, _, bindings = text.strip().partition("Candidate bindings:")
    lines = [" ".join(line.split()) for line in said.splitlines()] or [""]
    parts = [lines[0], *[line for line in lines[1:] if line.startswith("Did you mean")][:1]]
    if names := _PLAIN_NAME.findall(bindings.partition("\n")[0]):
        parts.append(f"Candidate bindings: {', '.join(names)}")
    return " ".join(parts)


def _about_data(text: str) -> str:
    """The known beginning and end of a message, each after a colon or comma."""
    text = _WHERE_IN_SQL.sub("", text).strip()
    if _FULL_DISK.search(text):
        return ": no space left on the disk"
    cause = _CAUSES.match(text)
    if not cause:
        return ""
    parts = [cause.group(0).strip()]
    if kind := _TO_TYPE.search(text):
        parts.append(f"to {kind.group(1)}")
    if column := _OF_COLUMN.search(text):
        parts.append(f"in column {column.group(1)}")
    if broken := _VIOLATES.search(text):
        parts.append(broken.group(1))
    return f": {', '.join(parts)}"
