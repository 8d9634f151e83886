"""The gates: what must hold of feeds, core, marts and scores before anyone reads them.

Suites are data (feed contracts and `suites/*.yml`); Great Expectations runs them inside DuckDB and
gives back counts, never values. Not here: judging single rows while they are read (validation),
and stopping a night (orchestration). Importing this package does not import Great Expectations.
"""

from __future__ import annotations

from quality.gates.conservation import FeedFiles
from quality.gates.layers import (
    CORE_TABLES,
    MART_TABLES,
    SCORE_TABLES,
    check_core,
    check_feeds,
    check_marts,
    check_scores,
    gate_names,
)
from quality.gates.results import CheckResult, stopping, write_results
from quality.gates.suites import GateConfigError

__all__ = [
    "CORE_TABLES",
    "MART_TABLES",
    "SCORE_TABLES",
    "CheckResult",
    "FeedFiles",
    "GateConfigError",
    "check_core",
    "check_feeds",
    "check_marts",
    "check_scores",
    "gate_names",
    "stopping",
    "write_results",
]
