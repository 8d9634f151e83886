"""Digests of a company file: what tells that it, or one feed's mapping, has changed.

What belongs here: canonical text and its sha256. What does not: comparing with the last run
(`orchestration.build`, `orchestration.feeds`).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from orchestration.company.sources import SECRET_KEYS
from quality.contracts import load_contracts, vocabulary_entries

if TYPE_CHECKING:
    from orchestration.company.document import Node
    from orchestration.company.model import Company, Mapping

# What a source says about nights, not about the meaning of its rows.
_NIGHT_ONLY = frozenset(
    {
        "line", "files", "required", "max_age_hours", "on_failure", "dsn", "token", "endpoint",
        "tables", "cursor", "overlap", "timeout_seconds", "on_type_change", "group",
        "settle_seconds",
    }
)  # fmt: skip


def _sha256(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, default=list)
    return hashlib.sha256(text.encode()).hexdigest()


def _without_connections(value: Any) -> Any:
    if not isinstance(value, dict) or not isinstance(value.get("sources"), dict):
        return value
    sources = {
        name: {key: item for key, item in source.items() if key not in SECRET_KEYS}
        if isinstance(source, dict)
        else source
        for name, source in value["sources"].items()
    }
    return {**value, "sources": sources}


def file_digest(root: Node) -> str:
    """sha256 (hex) of what a company file says.

    Connections and tokens are left out: a new password is no new input. Comments, order of keys
    and layout do not matter.
    """
    return _sha256(_without_connections(root.plain()))


def mapping_sources(company: Company, mapping: Mapping) -> tuple[str, ...]:
    """Names of the sources that a mapping reads: its driving one, and any that its SQL names."""
    words = set(re.findall(r"\w+", mapping.sql or "")) | {mapping.from_}
    return tuple(name for name in company.sources if name in words)


def mapping_digest(company: Company, feed: str) -> str:
    """sha256 (hex) of all that decides how a feed's rows are made from landed files.

    That is its mappings, how the sources that they read are to be understood, the company's zone,
    currency and country, and the feed's contract: where it changes, the feed is mapped anew.
    """
    contract = load_contracts()[feed]
    mappings = company.feeds.get(feed, [])
    used = {name for mapping in mappings for name in mapping_sources(company, mapping)}
    vocabularies = sorted({c.vocabulary for c in contract.columns if c.vocabulary is not None})
    return _sha256(
        {
            "mappings": [
                {k: v for k, v in dataclasses.asdict(mapping).items() if k != "line"}
                for mapping in mappings
            ],
            "sources": {
                name: {
                    k: v
                    for k, v in dataclasses.asdict(company.sources[name]).items()
                    if k not in _NIGHT_ONLY
                }
                for name in sorted(used)
            },
            "company": [company.timezone, company.currency, company.country],
            "contract": dataclasses.asdict(contract),
            "vocabularies": {n: list(vocabulary_entries()[n]["values"]) for n in vocabularies},
        }
    )
