"""The `controls:` section: totals that a source itself states, to reconcile what was taken in with.

What belongs here: the shape of a control and judging what the file says; an entry with a `metric`
is a vendor's figure (figures). What does not: comparing (`orchestration.controls`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.company.figures import Figure, read_figure
from orchestration.company.problems import echo, suggestion
from quality.contracts import load_contracts

if TYPE_CHECKING:
    from orchestration.company.document import Node
    from orchestration.company.reader import Reader

KEYS = ("feed", "measure", "from", "day", "total", "format", "sources", "tolerance", "severity")
ROWS = "rows"
_NUMBERS = ("integer", "decimal", "number")


@dataclass(frozen=True)
class Control:
    """A total that a source states.

    Attributes:
        name: Its name, part of the gate's.
        feed: Feed whose current rows it is about.
        measure: Column that is summed, or "rows".
        from_: Source that states the totals, a row a day.
        day: Its column of the day, ISO or as `format` says.
        total: Its column of the total.
        format: strptime format of the day, or None.
        sources: Sources of the feed whose rows are counted; empty for all.
        tolerance: Share of the stated total that may differ.
        severity: "stop" or "warn".
    """

    name: str
    feed: str
    measure: str
    from_: str
    day: str
    total: str
    format: str | None = None
    sources: tuple[str, ...] = ()
    tolerance: float = 0.0
    severity: str = "stop"

    @property
    def gate(self) -> str:
        """The name of its gate."""
        return f"feeds.{self.feed}.control_{self.name}"


def read_controls(
    reader: Reader, node: Node | None, sources: Iterable[str]
) -> tuple[dict[str, Control], dict[str, Figure]]:
    """The controls of the file by name, totals and figures; each wrong one is a problem."""
    known = list(sources)
    found: dict[str, Control] = {}
    figures: dict[str, Figure] = {}
    for name, entry in reader.entries(node, "controls").items():
        field = f"controls.{echo(name)}"
        if entry.kind != "mapping":
            reader.problem(entry.line, field, "not a mapping", "write `name: {key: value}`")
            continue
        if "metric" in entry.entries:
            figure = read_figure(reader, name, field, entry, known)
            if figure is not None:
                figures[name] = figure
            continue
        found[name] = _control(reader, name, field, entry, known)
    return found, figures


def _control(reader: Reader, name: str, field: str, entry: Node, known: list[str]) -> Control:
    """A total that a source states."""
    given = reader.entries(entry, field, KEYS)
    for key in ("feed", "measure", "from", "day", "total"):
        if key not in given:
            reader.problem(entry.line, field, f"{key} is missing", f"add {key}")
    feed = reader.choice(given.get("feed"), f"{field}.feed", tuple(load_contracts()))
    measure = reader.text(given.get("measure"), f"{field}.measure")
    if feed and measure and measure not in _measures(feed):
        fix = suggestion(measure, _measures(feed))
        reader.problem(given["measure"].line, f"{field}.measure", "not a number", fix)
    counted = reader.texts(given.get("sources"), f"{field}.sources")
    from_ = reader.choice(given.get("from"), f"{field}.from", known)
    for source in counted:
        if source not in known:
            fix = suggestion(source, known)
            reader.problem(given["sources"].line, f"{field}.sources", "no source", fix)
    return Control(
        name=name,
        feed=feed or "",
        measure=measure or "",
        from_=from_ or "",
        day=reader.text(given.get("day"), f"{field}.day") or "",
        total=reader.text(given.get("total"), f"{field}.total") or "",
        format=reader.text(given.get("format"), f"{field}.format"),
        sources=tuple(counted),
        tolerance=reader.number(given.get("tolerance"), f"{field}.tolerance", 0, 1) or 0.0,
        severity=reader.choice(
            given.get("severity"), f"{field}.severity", ("stop", "warn")
        ) or "stop",
    )  # fmt: skip


def _measures(feed: str) -> list[str]:
    columns = load_contracts()[feed].columns
    return [ROWS, *(column.name for column in columns if column.type in _NUMBERS)]
