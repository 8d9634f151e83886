"""The page of feeds for people, made from the contracts.

What belongs here: contracts to Markdown. What does not: the dbt sources (`render_sources`), or
where the page is kept and written (`__main__`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quality.contracts.load import load_contracts, vocabulary_entries
from quality.contracts.model import Column, Contract

NOTICE = "Made from quality/contracts by `python -m quality.contracts`; do not edit."
_INTRODUCTION = """\
What a company can send. A mapping in the company file says how raw rows become rows of a feed;
each value is checked as text before it is cast. A row without a required value is put in
quarantine; a bad optional value becomes NULL, with its reason and its raw text kept.
"""


def _limits(column: Column) -> str:
    parts = []
    if column.vocabulary:
        parts.append(f"[{column.vocabulary}](#{column.vocabulary})")
    if column.format:
        parts.append(column.format)
    if column.minimum is not None:
        parts.append(f"≥ {column.minimum:g}")
    if column.maximum is not None:
        parts.append(f"≤ {column.maximum:g}")
    if column.floor_year is not None:
        parts.append(f"from {column.floor_year}")
    if column.stand_ins:
        parts.append(f"not {' nor '.join(column.stand_ins)}")
    if column.not_before:
        parts.append(f"not before `{column.not_before}`")
    if column.may_be_future:
        parts.append("may lie ahead")
    return ", ".join(parts)


def _row(column: Column) -> str:
    flags = [
        word
        for word, holds in (("required", column.required), ("personal", column.personal))
        if holds
    ]
    cells = [f"`{column.name}`", column.type, ", ".join(flags), _limits(column), column.description]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _feed_section(contract: Contract, common: Mapping[bool, frozenset[str]]) -> list[str]:
    facts = [f"Key: {', '.join(f'`{name}`' for name in contract.key)}."]
    facts.append(
        f"Stored by the day of `{contract.time_column}`."
        if contract.time_column
        else "The newest version of each key holds."
    )
    facts.append("About customers." if contract.is_person else "Not about customers.")
    if contract.needs_person:
        facts.append("At least one of the person's identifiers is required.")
    if contract.may_be_empty:
        facts.append("May be empty.")
    own = [c for c in contract.columns if c.name not in common[contract.is_person] or c.required]
    table = ["| column | type | | limits | meaning |", "|---|---|---|---|---|", *map(_row, own)]
    return [f"## {contract.feed}", "", contract.description, "", " ".join(facts), "", *table, ""]


def _common_names() -> dict[bool, frozenset[str]]:
    names: dict[bool, frozenset[str]] = {}
    for about_customers in (True, False):
        sets = [
            frozenset(contract.column_names)
            for contract in load_contracts().values()
            if contract.is_person is about_customers
        ]
        names[about_customers] = frozenset.intersection(*sets)
    return names


def _common_section(common: Mapping[bool, frozenset[str]]) -> list[str]:
    sample = next(contract for contract in load_contracts().values() if contract.is_person)
    rows = [_row(column) for column in sample.columns if column.name in common[True]]
    few = ", ".join(f"`{c}`" for c in sample.column_names if c in common[False])
    return [
        "## Columns of every feed",
        "",
        f"Feeds about customers take all of these; the others take {few}.",
        "",
        "| column | type | | limits | meaning |",
        "|---|---|---|---|---|",
        *rows,
        "",
    ]


def _vocabulary_section(name: str, entry: Mapping[str, Any]) -> list[str]:
    lines = [f"### {name}", "", entry["description"], "", "| value | meaning | marks |"]
    lines.append("|---|---|---|")
    for value, marks in entry["values"].items():
        marked = ", ".join(
            f"{key}: {str(mark).lower() if isinstance(mark, bool) else mark}"
            for key, mark in marks.items()
            if key != "description"
        )
        lines.append(f"| `{value}` | {marks['description']} | {marked} |")
    return [*lines, ""]


def render_docs() -> str:
    """The page of feeds for people: every feed, column, limit and vocabulary, as Markdown."""
    common = _common_names()
    lines = [f"<!-- {NOTICE} -->", "", "# Feeds", "", _INTRODUCTION]
    lines += _common_section(common)
    for contract in load_contracts().values():
        lines += _feed_section(contract, common)
    lines += ["## Vocabularies", ""]
    for name, entry in vocabulary_entries().items():
        lines += _vocabulary_section(name, entry)
    return "\n".join(lines).rstrip("\n") + "\n"
