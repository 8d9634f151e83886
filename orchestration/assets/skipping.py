"""A night with nothing new: what follows the feeds is skipped, and that is no news.

Belongs here: ending such a night and keeping Dagster from warning of what it was told to do. Does
not: deciding that nothing is new (build.py).

A step that yields no output has what follows skipped; it cannot be declared that the blocking
checks among that are then not to be waited for. So for each of them and each step behind it Dagster
logs a warning, of a gate that "emitted no result": some hundred lines on a night that went well.
"""

import logging

from orchestration.night import Night, open_nights

#: Where Dagster decides which steps are skipped; it has no setting for what it says.
_PLANNER = logging.getLogger("dagster._core.execution.plan.active")


def end_unchanged(night: Night, why: str) -> None:
    """End a night that publishes nothing, for Dagster to skip the rest of it without a word."""
    night.is_unchanged = True
    night.end("unchanged", why)
    _PLANNER.addFilter(_is_news)  # the same filter twice is there once


def _is_news(record: logging.LogRecord) -> bool:
    """Say whether a line is to be kept: all are, but for gates without a result on such a night."""
    is_of_gates = "emitted no result" in str(record.msg)
    return not (is_of_gates and any(night.is_unchanged for night in open_nights()))
