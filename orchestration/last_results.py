"""What the gates of the last run found, kept whether the run published or stopped.

Belongs here: the file that a run leaves for those who ask afterwards. Does not: what is published
(records.py), which only a run that went through has.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import duckdb

from orchestration.durable import replacing
from orchestration.home import Home
from quality.gates import CheckResult, write_results


def keep_results(home: Home, results: Iterable[CheckResult]) -> None:
    """Keep what the gates found, in place of what the run before left."""
    with replacing(home.last_results) as temporary:
        write_results(results, temporary)


def last_results(home: Home) -> list[dict[str, Any]]:
    """The results of the last run that judged anything, stops first, then warnings."""
    if not home.last_results.exists():
        return []
    with duckdb.connect() as con:
        found = con.execute(
            "select * from read_parquet(?) order by passed, is_skipped,"
            " severity = 'warn' or is_waived, gate",
            [str(home.last_results)],
        )
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
