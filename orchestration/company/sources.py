"""The `sources:` section: where raw data is, how it is read, what a missing one does to a night.

What belongs here: judging and defaulting the keys of a source. What does not: opening a file
(`orchestration.landing`, `orchestration.check`).
"""

from __future__ import annotations

import codecs
import contextlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from orchestration.company.model import Source
from orchestration.company.odd_rows import read_aliases, read_fill_down
from orchestration.company.problems import echo
from orchestration.company.remote import remote_sources

if TYPE_CHECKING:
    from orchestration.company.document import Node
    from orchestration.company.reader import Reader

FORMATS = ("csv", "jsonl", "parquet", "xlsx")
MODES = ("append", "upsert", "snapshot")
ON_FAILURE = ("stop", "use_last", "skip")
HEADER_NAMES = ("joined", "first")
_KINDS = ("files", "postgres", "rest")
_NIGHT_KEYS = (
    "timezone", "required", "max_age_hours", "on_failure", "lag", "mode", "key", "fill_down",
    "aliases", "frozen",
)  # fmt: skip
_FILE_KEYS = (
    "files", "format", "delimiter", "encoding", "decimal", "quote", "null_values", "header_row",
    "snapshot_on", "sheet", "header_rows", "header_names", "totals", "trailer",
    "settle_seconds",
)  # fmt: skip
_OTHER_KEYS = (
    "postgres", "tables", "cursor", "overlap", "timeout", "on_type_change", "rest", "token",
)  # fmt: skip
SOURCE_KEYS = (*_FILE_KEYS, *_OTHER_KEYS, *_NIGHT_KEYS)
# Connections and tokens: read from the environment, kept out of digests and of what is shown.
SECRET_KEYS = frozenset({"postgres", "token", "rest"})

STORES = ("s3", "gs", "az")
_OBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/.*")

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_LAG = re.compile(r"([0-9]{1,6})\s*(s|m|h|d)?")
_SECONDS = {None: 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
# Words that DuckDB does not take for a table's name; a source's name is one.
_RESERVED = frozenset(
    "all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by "  # noqa: SIM905
    "case cast check collate collation column columns concurrently constraint create cross default "
    "deferrable desc describe distinct do else end except false fetch for foreign freeze from full "
    "generated glob group having ilike in initially inner intersect into is isnull join lambda "
    "lateral leading left like limit map natural not notnull null offset on only or order outer "
    "overlaps pivot pivot_longer pivot_wider placing positional primary qualify references "
    "returning right select semi show similar some struct summarize symmetric table tablesample "
    "then to trailing true try_cast union unique unpack unpivot using variadic verbose when where "
    "window with".split()
)


def is_glob(pattern: str) -> bool:
    """Whether a path names many files; `[` does not count, since real file names hold brackets."""
    return "*" in pattern or "?" in pattern


def is_timezone(name: str) -> bool:
    """Whether a name is a known IANA time zone."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return False
    return True


def read_timezone(reader: Reader, node: Node | None, field: str) -> str | None:
    """A time zone's name, checked."""
    name = reader.text(node, field)
    if node is None or name is None or is_timezone(name):
        return name
    fix = "write an IANA name such as America/Sao_Paulo or Europe/Berlin"
    reader.problem(node.line, field, f"{echo(node.shown)} is no known time zone", fix)
    return None


def read_sources(
    reader: Reader, node: Node | None, base_dir: Path, timezone: str
) -> dict[str, Source]:
    """The sources by name; problems are noted in the reader."""
    sources: dict[str, Source] = {}
    for name, entry in reader.entries(node, "sources").items():
        field = f"sources.{echo(name)}"
        line = node.key_lines[name] if node is not None else entry.line
        if not _NAME.fullmatch(name):
            fix = "use lower-case letters, digits and _, beginning with a letter"
            reader.problem(line, field, "a source's name is the name of a table", fix)
        elif name in _RESERVED:
            reader.problem(line, field, f"{name} is a word of SQL", f"call it {name}_file")
        made = _read_source(reader, name, entry, line, base_dir, timezone)
        for one in sorted({*made} & {*sources}):
            fix = "give one of the two another name"
            reader.problem(line, field, f"gives a table {one}, which is there already", fix)
        sources |= made
    return sources


def _read_source(
    reader: Reader, name: str, node: Node, line: int, base_dir: Path, timezone: str
) -> dict[str, Source]:
    """The source of an entry; several where it has several tables or endpoints."""
    field = f"sources.{echo(name)}"
    given = reader.entries(node, field, SOURCE_KEYS)
    kinds = [kind for kind in _KINDS if kind in given]
    if len(kinds) != 1:
        found = "nothing says where it is" if not kinds else f"{' and '.join(kinds)} at once"
        reader.problem(line, field, found, "give one of files, postgres, rest")
        return {name: Source(name=name, kind="files", timezone=timezone, line=line)}
    values = _night_values(reader, field, given)
    values["timezone"] = read_timezone(reader, given.get("timezone"), f"{field}.timezone")
    values["timezone"] = values["timezone"] or timezone
    if kinds[0] == "files":
        values |= _file_values(reader, field, given, base_dir, line)
        if values.get("mode") == "upsert" and not values["key"]:
            fix = "add key: [the columns that identify a row]"
            reader.problem(line, field, "mode upsert without a key", fix)
    else:
        _refuse_file_keys(reader, field, given, kinds[0])
        values["mode"] = values.get("mode") or ""
    known = {key: value for key, value in values.items() if value is not None}
    source = Source(name=name, kind=kinds[0], line=line, **known)
    if kinds[0] == "files":
        return {name: source}
    return remote_sources(reader, field, given, source)


def _refuse_file_keys(reader: Reader, field: str, given: dict[str, Node], kind: str) -> None:
    for key in _FILE_KEYS:
        if key in given:
            found = f"not a key of a {kind} source"
            reader.problem(given[key].line, f"{field}.{key}", found, "remove it")


def _night_values(reader: Reader, field: str, given: dict[str, Node]) -> dict[str, Any]:
    """What holds for every kind of source; None stands for "not given"."""
    lag = given.get("lag")
    lag_text = reader.text(lag, f"{field}.lag")
    lag_seconds = None
    if lag is not None and lag_text is not None:
        match = _LAG.fullmatch(lag_text.strip())
        if match is None:
            fix = "write a length of time such as 90m, 36h or 2d"
            reader.problem(lag.line, f"{field}.lag", f"{echo(lag.shown)} is not right", fix)
        else:
            lag_seconds = int(match[1]) * _SECONDS[match[2]]
    return {
        "required": reader.boolean(given.get("required"), f"{field}.required"),
        "max_age_hours": reader.integer(
            given.get("max_age_hours"), f"{field}.max_age_hours", 1, 100_000
        ),
        "on_failure": reader.choice(given.get("on_failure"), f"{field}.on_failure", ON_FAILURE),
        "mode": reader.choice(given.get("mode"), f"{field}.mode", MODES),
        "key": reader.texts(given.get("key"), f"{field}.key"),
        "lag_seconds": lag_seconds,
        "aliases": read_aliases(reader, given.get("aliases"), f"{field}.aliases"),
        "frozen": reader.boolean(given.get("frozen"), f"{field}.frozen"),
        "fill_down": read_fill_down(reader, given.get("fill_down"), f"{field}.fill_down"),
    }


def _file_values(
    reader: Reader, field: str, given: dict[str, Node], base_dir: Path, line: int
) -> dict[str, Any]:
    for key in _OTHER_KEYS:
        if key in given:
            fix = "remove it, or name the database or service instead of files"
            reader.problem(given[key].line, f"{field}.{key}", "not a key of a file source", fix)
    patterns = reader.texts(given["files"], f"{field}.files")
    if not patterns and given["files"].kind == "list":
        reader.problem(line, f"{field}.files", "an empty list", "name at least one file")
    files = [
        pattern
        if "://" in pattern
        else str(base_dir / pattern) + ("/" if pattern.endswith("/") else "")
        for pattern in patterns
    ]
    values: dict[str, Any] = {
        "files": files,
        "format": reader.choice(given.get("format"), f"{field}.format", FORMATS),
        "decimal": reader.choice(given.get("decimal"), f"{field}.decimal", (".", ",")),
        "header_row": reader.integer(given.get("header_row"), f"{field}.header_row", 1, 10_000),
        "header_rows": reader.integer(given.get("header_rows"), f"{field}.header_rows", 1, 10),
        "header_names": reader.choice(
            given.get("header_names"), f"{field}.header_names", HEADER_NAMES
        ),
        "totals": reader.texts(given.get("totals"), f"{field}.totals"),
        "trailer": _trailer(reader, given.get("trailer"), f"{field}.trailer"),
        "settle_seconds": reader.integer(
            given.get("settle_seconds"), f"{field}.settle_seconds", 0, 86_400
        ),
        "snapshot_on": reader.text(given.get("snapshot_on"), f"{field}.snapshot_on"),
        "sheet": reader.text(given.get("sheet"), f"{field}.sheet"),
        "encoding": _encoding(reader, given.get("encoding"), f"{field}.encoding"),
        "delimiter": _character(reader, given.get("delimiter"), f"{field}.delimiter"),
        "quote": _character(reader, given.get("quote"), f"{field}.quote"),
    }
    if "null_values" in given:
        values["null_values"] = reader.texts(
            given["null_values"], f"{field}.null_values", may_be_blank=True
        )
    if "mode" not in given:
        values["mode"] = _default_mode(files)
    _judge_stores(reader, field, given["files"].line, patterns)
    return values


def _default_mode(files: list[str]) -> str:
    """Append for what grows (globs, directories, several files), snapshot for a single file."""
    if len(files) != 1:
        return "append"
    path = files[0]
    # a path that is too long to be one says so when it is looked for
    grows = is_glob(path) or path.endswith("/") or os.path.isdir(path)  # noqa: PTH112
    return "append" if grows else "snapshot"


def _judge_stores(reader: Reader, field: str, line: int, patterns: list[str]) -> None:
    """Objects are of one store, named by bucket and key."""
    schemes = {pattern.partition("://")[0] if "://" in pattern else "" for pattern in patterns}
    if len(schemes) > 1:
        fix = "make a source of each"
        reader.problem(line, f"{field}.files", "files of several places at once", fix)
    if schemes - {"", *STORES}:
        fix = f"use one of {', '.join(f'{known}://' for known in STORES)}, or rest: for a service"
        reader.problem(line, f"{field}.files", "this is no store of objects", fix)
    for pattern in patterns:
        if "://" in pattern and not _OBJECT.fullmatch(pattern.partition("://")[2]):
            fix = "write s3://bucket/prefix/*.csv; keys come from the environment"
            reader.problem(line, f"{field}.files", "no bucket and key", fix)


def _character(reader: Reader, node: Node | None, field: str) -> str | None:
    """One character; the word "tab" or a backslash and t are taken for a tab."""
    if node is None:
        return None
    text = {"tab": "\t", "\\t": "\t"}.get(node.text, node.text)
    if node.kind == "scalar" and len(text) == 1 and text not in "\r\n":
        return text
    reader.problem(node.line, field, "not one character", 'write it in quotes, such as ";"')
    return None


def _trailer(reader: Reader, node: Node | None, field: str) -> str | None:
    text = reader.text(node, field)
    if node is None or text is None or text.count("{rows}") == 1:
        return text
    fix = 'write the last line with {rows} for the count and * for anything, as in "T;{rows};*"'
    reader.problem(node.line, field, "does not say where the count of rows is", fix)
    return None


def _encoding(reader: Reader, node: Node | None, field: str) -> str | None:
    name = reader.text(node, field)
    if node is None or name is None:
        return None
    try:
        with contextlib.suppress(UnicodeError):
            b"text".decode(name)  # refuses codecs of bytes to bytes (hex, zip)
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        fix = "write a name such as utf-8, latin-1 or cp1252"
        reader.problem(node.line, field, f"{echo(node.shown)} is no known encoding", fix)
        return None
