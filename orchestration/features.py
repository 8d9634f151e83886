"""Which days the customers are looked at from, for this night.

Belongs here: asking the estimators for cut-offs, from what the feeds hold. Does not: choosing them.
"""

from __future__ import annotations

import datetime as dt

import duckdb

from orchestration.churn_definition import churn_definition
from orchestration.night import Night

#: Feeds that show a customer's behaviour, and so where history begins.
BEHAVIOUR = ("orders", "transactions", "subscriptions", "interactions")


def cutoffs(night: Night) -> list[dt.date]:
    """Give the night's cut-offs, oldest first, its own date last."""
    from models.scoring.night import cutoffs_for_night

    first = first_behaviour_on(night)
    if first is None or first > night.as_of_date:
        return [night.as_of_date]
    churn = churn_definition(night)
    return cutoffs_for_night(
        night.home.root / "state" / "models",
        first,
        night.as_of_date,
        churn_kind=churn.kind,
        horizon_days=churn.horizon_days,
    )


def first_behaviour_on(night: Night) -> dt.date | None:
    """Give the first day with behaviour in the feeds; None where there is none."""
    firsts = []
    for feed in BEHAVIOUR:
        files = str(night.home.feed_rows(feed) / "*.parquet")
        found = duckdb.execute("select min(occurred_on) from read_parquet(?)", [files]).fetchone()
        firsts += [found[0]] if found and found[0] else []
    return min(firsts, default=None)
