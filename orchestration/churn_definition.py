"""What churn means for a company that leaves it to us: worked out once, then kept.

Belongs here: the kind (contractual or not) and the horizon in days, and their note in the state.
Does not: labels or models. A definition that changed by itself would change every number's meaning,
so it is stored with the first night and stays, whatever later data would suggest.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import duckdb

from orchestration.durable import write_durably
from orchestration.night import Night

#: Bounds of a horizon that is worked out, in days: a month to a year.
SHORTEST, LONGEST, WITHOUT_DATA = 30, 365, 180


@dataclass(frozen=True)
class ChurnDefinition:
    """The kind and the horizon in days, as used by labels, features and marts."""

    kind: str
    horizon_days: int


def churn_definition(night: Night) -> ChurnDefinition:
    """Give the company's definition: as declared, else as noted, else worked out and noted.

    Worked out, churn is contractual where the company has subscriptions; the horizon is the 90th
    percentile of the days between a customer's purchases (definitions: non-contractual churn), or
    30 days where it is contractual. Rows after the night's date are not there yet.
    """
    declared = night.company.churn
    if declared.kind != "auto" and declared.horizon_days:
        return ChurnDefinition(declared.kind, declared.horizon_days)
    note = night.home.root / "state" / "churn.json"
    if note.exists():
        kept = ChurnDefinition(**json.loads(note.read_text()))
        if declared.kind in ("auto", kept.kind):
            return ChurnDefinition(kept.kind, declared.horizon_days or kept.horizon_days)
    kind = declared.kind
    if kind == "auto":
        kind = "contractual" if _has_rows(night, "subscriptions") else "non_contractual"
    found = ChurnDefinition(kind, declared.horizon_days or _horizon(night, kind))
    write_durably(note, json.dumps(asdict(found)).encode())
    return found


def _has_rows(night: Night, feed: str) -> bool:
    found = duckdb.execute(
        "select count(*) from read_parquet(?) where occurred_on <= ?",
        [str(night.home.feed_rows(feed) / "*.parquet"), night.as_of_date],
    ).fetchone()
    return bool(found and found[0])


def _horizon(night: Night, kind: str) -> int:
    if kind == "contractual":
        return SHORTEST
    feed = "orders" if _has_rows(night, "orders") else "transactions"
    found = duckdb.execute(
        """
        select quantile_cont(days, 0.9) from (
            select occurred_on - lag(occurred_on) over (
                partition by identity_key order by occurred_on, row_id) as days
            from read_parquet(?) where identity_key is not null and occurred_on <= ?)
        where days > 0
        """,
        [str(night.home.feed_rows(feed) / "*.parquet"), night.as_of_date],
    ).fetchone()
    if not found or found[0] is None:
        return WITHOUT_DATA
    return int(min(max(round(found[0]), SHORTEST), LONGEST))
