"""A vendor's own figure of a metric, to take apart where ours differs: an entry of `controls:`.

What belongs here: the shape of such an entry and judging what the file says. What does not: totals
that are compared day by day (controls), reading the figures (`orchestration.reconciliation`) or
taking differences apart (`transforms/models/marts/reconciliation`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from orchestration.company.document import Node
    from orchestration.company.reader import Reader

KEYS = (
    "metric", "survey", "from", "where", "period", "grain", "figure", "answers", "vendor",
    "tolerance",
)  # fmt: skip
METRICS = ("nps", "csat_top2", "csat_mean")
GRAINS = ("day", "week", "month", "quarter", "year")
#: What a vendor does its own way: rule -> what may be said of it.
RULES: dict[str, tuple[str, ...]] = {
    "answers": ("latest", "all"),
    "incomplete": ("counted", "left_out"),
    "dismissed": ("counted", "left_out"),
    "tests": ("counted", "left_out"),
    "date": ("answered", "sent", "received"),
}
TIMEZONE = "timezone"


@dataclass(frozen=True)
class Figure:
    """A figure that a vendor states, and how the vendor works it out.

    Attributes:
        name: Its name.
        metric: One of METRICS, by our definition of its points.
        survey: The survey that it is about (`survey_id`).
        from_: Source that holds the figures, a row a period.
        period: Its column of the period: a first day, 2026, 2026-03 or 2026-Q1.
        grain: How long a period is.
        figure: Its column of the figure, in our unit (points, 0 to 100, or of the scale).
        where: SQL condition of the source's rows that are meant, or None for all.
        answers: Its column of the number of answers, or None.
        rules: What the vendor does otherwise, by the keys of RULES; what is not named is as ours.
        timezone: Zone of the vendor's days, or None for the company's.
        tolerance: What of the difference may stay unexplained, in the unit of the figure.
    """

    name: str
    metric: str
    survey: str
    from_: str
    period: str
    grain: str
    figure: str
    where: str | None
    answers: str | None
    rules: Mapping[str, str]
    timezone: str | None
    tolerance: float

    @property
    def gate(self) -> str:
        """The name of the gate that says whether the figures can be read."""
        return f"feeds.survey_responses.control_{self.name}"


def read_figure(
    reader: Reader, name: str, field: str, entry: Node, sources: list[str]
) -> Figure | None:
    """An entry of `controls:` that names a metric; None where it is wrong (each a problem)."""
    given = reader.entries(entry, field, KEYS)
    for key in ("metric", "survey", "from", "period", "grain", "figure"):
        if key not in given:
            reader.problem(entry.line, field, f"{key} is missing", f"add {key}")
    rules, zone = _vendor(reader, given.get("vendor"), f"{field}.vendor")
    figure = Figure(
        name=name,
        metric=reader.choice(given.get("metric"), f"{field}.metric", METRICS) or "",
        survey=reader.text(given.get("survey"), f"{field}.survey") or "",
        from_=reader.choice(given.get("from"), f"{field}.from", sources) or "",
        period=reader.text(given.get("period"), f"{field}.period") or "",
        grain=reader.choice(given.get("grain"), f"{field}.grain", GRAINS) or "",
        figure=reader.text(given.get("figure"), f"{field}.figure") or "",
        where=reader.text(given.get("where"), f"{field}.where"),
        answers=reader.text(given.get("answers"), f"{field}.answers"),
        rules=rules,
        timezone=zone,
        tolerance=reader.number(given.get("tolerance"), f"{field}.tolerance", 0, 200) or 0.0,
    )
    is_whole = all((figure.metric, figure.survey, figure.from_, figure.period, figure.grain))
    return figure if is_whole and figure.figure else None


def _vendor(reader: Reader, node: Node | None, field: str) -> tuple[dict[str, str], str | None]:
    """The vendor's rules and zone."""
    given = reader.entries(node, field, (*RULES, TIMEZONE))
    rules: dict[str, str] = {}
    for rule, options in RULES.items():
        said = reader.choice(given.get(rule), f"{field}.{rule}", options)
        if said is not None:
            rules[rule] = said
    zone = reader.text(given.get(TIMEZONE), f"{field}.{TIMEZONE}")
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            node_of = given[TIMEZONE]
            fix = "write an IANA zone, such as UTC or Europe/Berlin"
            reader.problem(node_of.line, f"{field}.{TIMEZONE}", "no time zone", fix)
            zone = None
    return rules, zone
