"""Sources that are no files: Postgres tables and endpoints of a service, judged and defaulted.

What belongs here: the keys of a `postgres` or `rest` source, and one source made of each table or
endpoint. What does not: connecting to either (`orchestration.fetching`).
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from orchestration.company.model import Endpoint, Source
from orchestration.company.problems import echo

if TYPE_CHECKING:
    from orchestration.company.document import Node
    from orchestration.company.reader import Reader

POSTGRES_KEYS = ("postgres", "tables", "cursor", "overlap", "timeout", "on_type_change")
REST_KEYS = ("rest", "token", "cursor", "overlap", "timeout")
TABLE_KEYS = ("cursor", "overlap", "key", "mode")
ON_TYPE_CHANGE = ("refuse", "accept")
AUTH = ("bearer", "basic", "header", "none")
PAGES_BY = ("none", "page", "offset", "cursor", "link", "next_url")
_REST_KEYS = ("base_url", "endpoints", "hosts", "auth", "header")
_ENDPOINT_KEYS = (
    "name", "path", "params", "data", "pages", "total", "since", "cursor", "overlap", "key",
    "mode",
)  # fmt: skip
_PAGES_KEYS = ("by", "param", "start", "size", "size_param", "at", "more")
_LENGTH = re.compile(r"([0-9]{1,9})\s*(s|m|h|d)?")
_SECONDS = {None: 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_TABLE = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_$]{0,62}\.)?[A-Za-z_][A-Za-z0-9_$]{0,62}")
_PART = re.compile(r"[a-z][a-z0-9_]{0,40}")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def seconds_of(reader: Reader, node: Node | None, field: str) -> int | None:
    """A length of time such as 90m in seconds; a bare number is itself."""
    text = reader.text(node, field)
    if node is None or text is None:
        return None
    match = _LENGTH.fullmatch(text.strip())
    if match is None:
        fix = "write a length of time such as 90m, 36h or 2d"
        reader.problem(node.line, field, f"{echo(node.shown)} is not right", fix)
        return None
    return int(match[1]) * _SECONDS[match[2]]


def remote_sources(
    reader: Reader, field: str, given: dict[str, Node], base: Source
) -> dict[str, Source]:
    """The sources of one entry: its own name, or `name__part` where it has several parts.

    Args:
        reader: Notes what is wrong.
        field: Path of the entry.
        given: Its keys; one of them is `postgres` or `rest`.
        base: The source with what holds for every kind.
    """
    common: dict[str, Any] = {
        "cursor": reader.text(given.get("cursor"), f"{field}.cursor"),
        "overlap": seconds_of(reader, given.get("overlap"), f"{field}.overlap"),
        "timeout_seconds": seconds_of(reader, given.get("timeout"), f"{field}.timeout"),
        "group": base.name,
    }
    allowed = POSTGRES_KEYS if base.kind == "postgres" else REST_KEYS
    for key in sorted({*POSTGRES_KEYS, *REST_KEYS} - {*allowed} & {*given}):
        if key in given:
            fix = "remove it"
            reader.problem(
                given[key].line, f"{field}.{key}", f"not a key of a {base.kind} source", fix
            )
    known = {key: value for key, value in common.items() if value is not None}
    base = dataclasses.replace(base, **known)
    parts = _tables if base.kind == "postgres" else _endpoints
    found = parts(reader, field, given, base)
    if not found:  # said already; its mappings need not be wrong for it
        return {base.name: base}
    several = len(found) > 1
    sources = {}
    for part, source in found.items():
        name = f"{base.name}__{part}" if several else base.name
        sources[name] = _settled(reader, field, dataclasses.replace(source, name=name), given)
    return sources


def _settled(reader: Reader, field: str, source: Source, given: dict[str, Node]) -> Source:
    """The mode that follows from the cursor, where none was given."""
    if source.mode != "snapshot" and not source.cursor:
        fix = "add cursor: the column that is read on from, or leave mode out"
        reader.problem(source.line, field, f"mode {source.mode} without a cursor", fix)
    if source.mode == "snapshot" and source.cursor and "mode" in given:
        fix = "remove one of the two: a snapshot is read whole each night"
        reader.problem(given["mode"].line, f"{field}.mode", "a cursor and mode snapshot", fix)
    return source


def _with_mode(source: Source, mode: str | None, key: list[str]) -> Source:
    """A cursor brings changed rows again, so the newest of each key counts."""
    settled = mode or ("upsert" if source.cursor else "snapshot")
    return dataclasses.replace(source, mode=settled, key=key or source.key)


# postgres -------------------------------------------------------------------------------------
def _tables(reader: Reader, field: str, given: dict[str, Node], base: Source) -> dict[str, Source]:
    dsn = reader.text(given["postgres"], f"{field}.postgres")
    policy = reader.choice(given.get("on_type_change"), f"{field}.on_type_change", ON_TYPE_CHANGE)
    base = dataclasses.replace(base, dsn=dsn or "", on_type_change=policy or "refuse")
    node = given.get("tables")
    if node is None or not (node.items or node.entries or node.kind == "scalar"):
        reader.problem(given["postgres"].line, field, "no tables", "add tables: [name, …]")
        return {}
    entries: dict[str, Node | None] = dict(node.entries)
    if node.kind != "mapping":
        entries = dict.fromkeys(reader.texts(node, f"{field}.tables"))
    found: dict[str, Source] = {}
    for table, entry in entries.items():
        place = f"{field}.tables.{echo(table)}"
        part = table.rpartition(".")[2].lower()
        if not _TABLE.fullmatch(table) or not _PART.fullmatch(part) or part in found:
            fix = "write table or schema.table, each once; make a view of another name for others"
            reader.problem(node.line, place, "not a name of a table that can be used", fix)
            continue
        own = _own(reader, place, entry, TABLE_KEYS, base)
        found[part] = dataclasses.replace(own, tables=[table])
    return found


def _own(
    reader: Reader, place: str, entry: Node | None, keys: tuple[str, ...], base: Source
) -> Source:
    """A part's own cursor, overlap, key and mode over those of the whole source."""
    own = reader.entries(entry, place, keys)
    cursor = reader.text(own.get("cursor"), f"{place}.cursor") or base.cursor
    overlap = seconds_of(reader, own.get("overlap"), f"{place}.overlap")
    mode = reader.choice(own.get("mode"), f"{place}.mode", ("append", "upsert", "snapshot"))
    mode = mode or (base.mode if base.mode != "" else None)
    if mode == "snapshot" and "cursor" not in own:
        cursor = None  # a part that is read whole, beside others with a cursor
    source = dataclasses.replace(
        base, cursor=cursor, overlap=base.overlap if overlap is None else overlap
    )
    return _with_mode(source, mode, reader.texts(own.get("key"), f"{place}.key"))


# rest -----------------------------------------------------------------------------------------
def _endpoints(
    reader: Reader, field: str, given: dict[str, Node], base: Source
) -> dict[str, Source]:
    place = f"{field}.rest"
    rest = reader.entries(given["rest"], place, _REST_KEYS)
    url = _base_url(reader, rest.get("base_url"), given["rest"], place)
    auth = reader.choice(rest.get("auth"), f"{place}.auth", AUTH)
    header = reader.text(rest.get("header"), f"{place}.header")
    token = reader.text(given.get("token"), f"{field}.token")
    auth = auth or ("header" if header else "bearer" if token else "none")
    if auth != "none" and not token:
        fix = 'add token: "${NAME}", and set NAME in the environment'
        reader.problem(given["rest"].line, field, "no token", fix)
    if auth == "header" and not header:
        fix = "add header: the header that the token goes into"
        reader.problem(given["rest"].line, f"{place}.auth", "no header", fix)
    hosts = [host.lower() for host in reader.texts(rest.get("hosts"), f"{place}.hosts")]
    base = dataclasses.replace(base, token=token or "")
    shared = Endpoint(base_url=url, auth=auth, header=header, hosts=tuple(hosts))
    node = rest.get("endpoints")
    if node is None or node.kind != "list" or not node.items:
        fix = "add endpoints: [{name: …, path: …, data: …, pages: {by: …}}]"
        reader.problem(given["rest"].line, f"{place}.endpoints", "no endpoints", fix)
        return {}
    found: dict[str, Source] = {}
    for number, item in enumerate(node.items):
        part, source = _endpoint(reader, f"{place}.endpoints[{number}]", item, base, shared)
        if part in found:
            fix = "give each endpoint a name of its own"
            reader.problem(item.line, f"{place}.endpoints[{number}].name", "a name twice", fix)
        found[part] = source
    return found


def _base_url(reader: Reader, node: Node | None, rest: Node, place: str) -> str:
    url = reader.text(node, f"{place}.base_url") or ""
    parts = urlsplit(url)
    is_local = parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and is_local)):
        fix = "write rest: {base_url: https://…, endpoints: [...]}"
        reader.problem((node or rest).line, place, "no https base_url", fix)
    elif parts.username or parts.password or parts.query:
        fix = "give the token with token:, and parameters with params:"
        reader.problem((node or rest).line, place, "a user or parameters in base_url", fix)
    return url


def _endpoint(
    reader: Reader, place: str, node: Node, base: Source, shared: Endpoint
) -> tuple[str, Source]:
    own = reader.entries(node, place, _ENDPOINT_KEYS)
    path = reader.text(own.get("path"), f"{place}.path") or ""
    name = reader.text(own.get("name"), f"{place}.name") if "name" in own else None
    part = name or re.sub(r"\W+", "_", path.rpartition("/")[2]).lower()
    if not path or "://" in path or not _PART.fullmatch(part):
        fix = "write a path below base_url, and a name of lower-case letters, digits and _"
        reader.problem(node.line, place, "path or name are not right", fix)
    source = _own(
        reader,
        place,
        dataclasses.replace(node, entries={k: v for k, v in own.items() if k in TABLE_KEYS}),
        TABLE_KEYS,
        base,
    )
    since = reader.text(own.get("since"), f"{place}.since") if "since" in own else None
    if bool(since) != bool(source.cursor):
        fix = "give both: cursor, a field of the rows, and since, the parameter that takes it"
        reader.problem(node.line, place, "cursor and since go together", fix)
    if source.mode == "upsert" and not source.key:
        fix = "add key: [the fields that identify a row]"
        reader.problem(node.line, place, "a cursor without a key", fix)
    endpoint = dataclasses.replace(
        shared,
        path=path,
        params={
            key: reader.text(value, f"{place}.params.{echo(key)}") or ""
            for key, value in reader.entries(own.get("params"), f"{place}.params").items()
        },
        data=reader.text(own.get("data"), f"{place}.data") if "data" in own else None,
        total=reader.text(own.get("total"), f"{place}.total") if "total" in own else None,
        since=since,
        **_pages(reader, own.get("pages"), f"{place}.pages"),
    )
    return part, dataclasses.replace(source, endpoint=endpoint)


_NEEDED = {"cursor": ("at", "param"), "next_url": ("at",), "offset": ("size",), "page": ()}


def _pages(reader: Reader, node: Node | None, place: str) -> dict[str, Any]:
    own = reader.entries(node, place, _PAGES_KEYS)
    by = reader.choice(own.get("by"), f"{place}.by", PAGES_BY) or "none"
    for key in _NEEDED.get(by, ()):
        if node is not None and key not in own:
            fix = f"add {key}; see the page of the company file"
            reader.problem(node.line, f"{place}.{key}", f"missing for pages by {by}", fix)
    texts = {
        f"page_{key}": reader.text(own.get(key), f"{place}.{key}")
        for key in ("param", "size_param", "at", "more")
    }
    return {
        "pages_by": by,
        "page_start": reader.integer(own.get("start"), f"{place}.start", 0, 1_000_000),
        "page_size": reader.integer(own.get("size"), f"{place}.size", 1, 100_000),
        **texts,
    }
