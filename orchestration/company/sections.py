"""The sections beside sources and feeds: company, settings, slices, and the extensions.

What belongs here: judging those sections. What does not: what is done with them.
"""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from orchestration.company.model import Churn, Settings
from orchestration.company.problems import echo
from orchestration.company.sources import read_timezone
from quality.currencies import CURRENCIES

if TYPE_CHECKING:
    from orchestration.company.document import Node
    from orchestration.company.reader import Reader

COMPANY_KEYS = ("name", "timezone", "currency", "country", "as_of", "churn")
CHURN_KINDS = ("auto", "contractual", "non_contractual")
# The slices that metrics can be cut by; the warehouse's macro `slice_columns` holds the same list.
SLICES = (
    "touchpoint", "channel", "store_id", "team", "agent_id", "region", "country", "language",
    "order_status", "delivery", "category", "plan", "reason",
)  # fmt: skip
_CURRENCY = re.compile(r"[A-Z]{3}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_MEMORY = re.compile(r"[0-9]{1,6}(\.[0-9]+)?\s?(MB|GB|TB|MiB|GiB|TiB)")


def read_company(reader: Reader, node: Node | None, line: int) -> dict[str, Any]:
    """The company's own facts, each None where it is missing or wrong."""
    given = reader.entries(node, "company", COMPANY_KEYS)
    fixes = {
        "name": "add name: the company's name",
        "timezone": "add timezone: an IANA name such as Europe/Berlin",
        "currency": "add currency: an ISO 4217 code such as EUR",
        "country": "add country: an ISO 3166-1 code such as DE",
    }
    for key, fix in fixes.items():
        if key not in given:
            at = line if node is None else node.line
            reader.problem(at, f"company.{key}", "missing", fix)
    return {
        "name": reader.text(given.get("name"), "company.name"),
        "timezone": read_timezone(reader, given.get("timezone"), "company.timezone"),
        "currency": _read_currency(reader, given.get("currency")),
        "country": reader.pattern(
            given.get("country"), "company.country", _COUNTRY,
            "write two capital letters (ISO 3166-1), such as DE",
        ),
        "as_of": reader.choice(given.get("as_of"), "company.as_of", ("yesterday", "latest_data")),
        "churn": _read_churn(reader, given.get("churn")),
    }  # fmt: skip


def _read_currency(reader: Reader, node: Node | None) -> str | None:
    fix = "write three capital letters (ISO 4217), such as EUR"
    code = reader.pattern(node, "company.currency", _CURRENCY, fix)
    if node is not None and code is not None and code not in CURRENCIES:
        reader.problem(node.line, "company.currency", f"{echo(node.shown)} is no currency", fix)
    return code


def _read_churn(reader: Reader, node: Node | None) -> Churn:
    if node is not None and node.kind == "scalar":
        return Churn(kind=reader.choice(node, "company.churn", CHURN_KINDS) or "auto")
    given = reader.entries(node, "company.churn", ("kind", "horizon_days"))
    kind = reader.choice(given.get("kind"), "company.churn.kind", CHURN_KINDS)
    horizon = reader.integer(given.get("horizon_days"), "company.churn.horizon_days", 1, 3650)
    return Churn(kind=kind or "auto", horizon_days=horizon)


def read_settings(reader: Reader, node: Node | None) -> Settings:
    """The settings, defaults where nothing is given."""
    known = {entry.name: entry for entry in fields(Settings)}
    given = reader.entries(node, "settings", known)
    values: dict[str, Any] = {}
    for name, value in given.items():
        field = f"settings.{name}"
        limits = known[name].metadata
        if name in ("publish_source_ids", "attribute_trust"):
            values[name] = tuple(reader.texts(value, field))
        elif name == "memory_limit":
            values[name] = reader.pattern(value, field, _MEMORY, "write an amount such as 4GB")
        elif isinstance(limits["low"], float):
            values[name] = reader.number(value, field, limits["low"], limits["high"])
        else:
            values[name] = reader.integer(value, field, limits["low"], limits["high"])
    return Settings(**{name: value for name, value in values.items() if value is not None})


def read_slices(reader: Reader, node: Node | None) -> dict[str, Any]:
    """`by`: names of slices, `pairs`: pairs of names; only what is given is in the result."""
    given = reader.entries(node, "slices", ("by", "pairs"))
    slices: dict[str, Any] = {}
    if "by" in given:
        slices["by"] = _slice_names(reader, given["by"], "slices.by")
    if "pairs" in given:
        pairs_node = given["pairs"]
        items = pairs_node.items if pairs_node.kind == "list" else []
        if not items:
            fix = "write pairs: [[one, other], …]"
            reader.problem(pairs_node.line, "slices.pairs", "not a list of pairs", fix)
        slices["pairs"] = []
        for place, item in enumerate(items):
            field = f"slices.pairs[{place}]"
            pair = _slice_names(reader, item, field)
            if len(item.items) != 2 or len(set(pair)) != len(pair):
                reader.problem(item.line, field, "not a pair", "write two different slices")
            slices["pairs"].append(pair)
    return slices


def _slice_names(reader: Reader, node: Node, field: str) -> list[str]:
    if node.kind != "list":
        reader.problem(node.line, field, "not a list", "write it as [channel, region]")
        return []
    names = [
        reader.choice(item, f"{field}[{place}]", SLICES) for place, item in enumerate(node.items)
    ]
    return [name for name in names if name is not None]


def read_named(reader: Reader, node: Node | None, section: str) -> dict[str, Any]:
    """A section of named mappings (metrics, controls, exports), as written."""
    found: dict[str, Any] = {}
    for name, entry in reader.entries(node, section).items():
        if entry.kind != "mapping":
            fix = "write `name: {key: value}`"
            reader.problem(entry.line, f"{section}.{echo(name)}", "not a mapping", fix)
            continue
        found[name] = entry.plain()
    return found
