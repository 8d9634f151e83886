"""What a company would gain by mapping one more column or feed.

Belongs here: the gains, as data, and which of them a company lacks. Does not: problems
(`orchestration.check`).
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass


@dataclass(frozen=True)
class Gain:
    """Something that one more column of a feed (or the feed, where none is named) would give."""

    feed: str
    columns: tuple[str, ...]
    gain: str


COLUMN_GAINS: tuple[Gain, ...] = (
    Gain("survey_responses", ("submission_id",), "key drivers"),
    Gain("survey_responses", ("order_id",), "scores by order status and by delivery"),
    Gain("survey_responses", ("touchpoint",), "scores by touchpoint"),
    Gain("survey_responses", ("program_type",), "relationship and transactional scores apart"),
    Gain("survey_responses", ("comment",), "what customers say, by topic"),
    Gain("orders", ("promised_on", "promised_at"), "late and on-time deliveries"),
    Gain("orders", ("delivered_at",), "late and on-time deliveries"),
    Gain("orders", ("status",), "revenue without cancelled orders"),
    Gain("orders", ("channel",), "orders by channel"),
    Gain("transactions", ("order_id",), "lines joined to their orders"),
    Gain("transactions", ("product_id",), "the propensity to buy each category"),
    Gain("transactions", ("cost_amount",), "lifetime value by margin, not by revenue"),
    Gain("products", ("category",), "the propensity to buy each category"),
    Gain("interactions", ("handle_seconds", "talk_seconds"), "average handling time"),
    Gain("interactions", ("outcome",), "the rate of abandoned contacts"),
    Gain("interactions", ("reason",), "first contact resolution by reason"),
    Gain("interactions", ("wait_seconds",), "the service level"),
    Gain("subscriptions", ("monthly_amount",), "gross and net revenue retention"),
    Gain("subscriptions", ("end_reason",), "voluntary and involuntary churn apart"),
    Gain("customer_records", ("email", "phone", "known_person_id", "loyalty_id", "national_id"),
         "one view of people who are in several systems"),
    Gain("survey_invitations", ("disposition",), "response rates by AAPOR's definitions"),
    Gain("case_events", ("agent_id",), "first response and resolution by agent"),
)  # fmt: skip
FEED_GAINS: tuple[Gain, ...] = (
    Gain("transactions", (), "retention, churn and lifetime value"),
    Gain("survey_responses", (), "NPS, CSAT and CES"),
    Gain("survey_invitations", (), "response rates"),
    Gain("interactions", (), "service metrics and the whole journey"),
    Gain("case_events", (), "first response and resolution times"),
    Gain("customer_records", (), "the golden record of each customer"),
)
IDENTIFIED = ("interactions", "orders", "transactions", "survey_responses")


def missing_gains(
    mapped: Mapping[str, Set[str]], identifiers: Set[str]
) -> list[tuple[str, str, str]]:
    """The gains that a company's mappings leave out.

    Args:
        mapped: For each mapped feed the columns that some mapping gives.
        identifiers: Columns that identify a person.

    Returns:
        (feed, what to add, what it gives), columns of mapped feeds first.
    """
    found: list[tuple[str, str, str]] = []
    for gain in COLUMN_GAINS:
        if gain.feed in mapped and not mapped[gain.feed] & set(gain.columns):
            found.append((gain.feed, " or ".join(gain.columns), gain.gain))
    for feed in IDENTIFIED:
        if feed in mapped and not mapped[feed] & identifiers:
            what = "an identifier of the person (source_customer_id, email, …)"
            found.append((feed, what, "rows that belong to a customer"))
    for gain in FEED_GAINS:
        if gain.feed not in mapped:
            found.append((gain.feed, f"the feed {gain.feed}", gain.gain))
    return found
