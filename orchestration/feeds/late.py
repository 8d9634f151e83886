"""Late rows: those of days that an earlier night had closed when they came.

Belongs here: counting them and naming the days, which are worked out again. Does not: working them
out (the warehouse, by the feed's touched days), or refusing what is past the window (validation).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from orchestration.company import Company
from orchestration.feeds.checking import CHECKED
from orchestration.feeds.sources import ARRIVALS
from orchestration.feeds.versions import OUTCOME
from orchestration.sql_text import literal


@dataclass(frozen=True)
class Late:
    """How many new rows of a batch came late, and the first and last day that they belong to."""

    n: int = 0
    first_on: date | None = None
    last_on: date | None = None

    @property
    def said(self) -> str:
        """The restatement in one line."""
        return f"late: {self.n:,} rows of {self.first_on} to {self.last_on}; days worked out again"

    @property
    def reasons(self) -> dict[str, int]:
        """The count by its reason code; nothing where none came late."""
        return {"late": self.n} if self.n else {}


def find_late(connection: duckdb.DuckDBPyConnection, company: Company, feed: str) -> Late:
    """Find the new rows of days that were closed when they came: taken, and told.

    A night that is received on one day closes the day before; a source's lag moves that back. The
    first batch of a source brings its past, and is not late.
    """
    zone = literal(company.timezone)
    found = []
    for source in sorted({mapping.from_ for mapping in company.feeds[feed]}):
        lag = company.sources[source].lag_seconds
        found.append(
            connection.execute(
                f"""select count(*), min(o.occurred_on), max(o.occurred_on)
                from {OUTCOME} o join {CHECKED} c on c.rowid = o.rid
                join {ARRIVALS} a on a.source = o.source_name and a.file_id = o.file_id
                where o.source_name = ? and o.class = 'new' and not a.is_first
                  and o.occurred_on + 1
                    < cast(timezone({zone}, c._received_at - to_seconds({lag})) as date)""",
                [source],
            ).fetchone()
            or (0, None, None)
        )
    days = [day for _, *span in found for day in span if day is not None]
    return Late(sum(int(n) for n, *_ in found), min(days, default=None), max(days, default=None))
