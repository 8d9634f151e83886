"""The scorecard as a table of rows, printed and as a page.

Belongs here: how results are shown. Does not: how they are worked out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: How a row stands against its target; None where there is no target or nothing to hold against it.
WORDS = {True: "met", False: "MISSED", None: ""}


@dataclass(frozen=True)
class Row:
    """One line of the card.

    Attributes:
        part: The section that it belongs to.
        what: What was measured.
        seed: The world.
        n: On how many (records, cells, customers), in words.
        value: What the pipeline gets.
        target: What it should get.
        is_met: Whether it does; None where there is no target, or nothing is published to judge.
        naive: What a naive method gets.
    """

    part: str
    what: str
    seed: int
    n: str
    value: str
    target: str
    is_met: bool | None
    naive: str


def verdict(row: Row) -> str:
    """One word for people."""
    return WORDS[row.is_met]


def page(rows: Iterable[Row], command: str, notes: dict[str, str], lead: str) -> str:
    """Write the card as Markdown: a section a part, a table in it, its note before the table."""
    found = list(rows)
    judged = [row for row in found if row.is_met is not None]
    missed = [row for row in judged if not row.is_met]
    lines = ["# Scorecard", "", lead, "", f"    {command}", ""]
    lines += [f"{len(judged) - len(missed)} of {len(judged)} targets met.", ""]
    lines += [f"- MISSED: {r.part}, {r.what}, seed {r.seed}: {r.value}" for r in missed]
    for part in dict.fromkeys(row.part for row in found):
        lines += ["", f"## {part}", "", notes.get(part, ""), ""]
        lines += [
            "| what | seed | n | pipeline | target | | naive |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {r.what} | {r.seed} | {r.n} | {r.value} | {r.target} | {verdict(r)} | {r.naive} |"
            for r in sorted((r for r in found if r.part == part), key=lambda r: r.what)
        ]
    return "\n".join(lines) + "\n"


def lines(rows: Iterable[Row]) -> list[str]:
    """The card for a terminal, one line a row."""
    return [
        f"{row.part:<12} {row.what:<52} seed {row.seed}  {row.value:<34} {row.target:<22}"
        f" {verdict(row):<7} {row.naive}"
        for row in rows
    ]
