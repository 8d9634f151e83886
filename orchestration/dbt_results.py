"""What a dbt process says of its models and tests, kept while its events pass by.

Belongs here: how many ran, which failed and why, in one line, and which of dbt's lines are shown.
Does not: starting dbt (assets/warehouse.py). dbt's own files of results and events are not written:
they cost 2 CPU-s a process, and an error that they hold may quote the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestration.safe_errors import safe_report

#: The events whose lines are shown: they name nodes, count rows and tell the time.
SHOWN = frozenset({
    "MainReportVersion", "FoundStats", "ConcurrencyLine", "LogStartLine", "LogModelResult",
    "LogSeedResult", "LogTestResult", "LogSkipBecauseError", "FinishedRunningStats", "StatsLine",
})  # fmt: skip


@dataclass
class DbtResults:
    """The results of one dbt process. ``failed`` is the unique id → the reason, as they came."""

    n_nodes: int | None = None
    failed: dict[str, str] = field(default_factory=dict)
    trouble: str = ""

    def note(self, event: Mapping[str, Any]) -> None:
        """Take one of dbt's structured events into account."""
        data, name = event["data"], event["info"]["name"]
        node = str(data.get("node_info", {}).get("unique_id", ""))
        if name == "LogTestResult" and data.get("status") == "fail":
            self.failed[node] = f"{data.get('num_failures')} rows against 0 allowed"
        elif name == "RunResultError" and node:
            self.failed.setdefault(node, reason_of(str(data.get("msg"))))
        elif name == "StatsLine":
            self.n_nodes = int(data["stats"]["total"])
        elif event["info"].get("level") == "error" and not self.trouble:
            self.trouble = safe_report(str(data.get("exc") or data.get("msg") or ""))

    def failure(self, run: str, error: Exception | None) -> str | None:
        """Say which models or tests failed, names and counts only; None where all went well.

        Args:
            run: Name of the dbt run, for the message.
            error: What the process ended with; that it did is enough, its text may quote data.
        """
        if self.failed:
            (node, reason), more = next(iter(self.failed.items())), len(self.failed) - 1
            kind, _, name = node.split(".")[:3]
            others = f" (and {more} more)" if more else ""
            return f"dbt {run}: {kind} {name}: {reason}{others}"
        if error is not None or not self.n_nodes:
            why = self.trouble or safe_report(str(error)) or "it gave no reason"
            return f"dbt {run} did not run: {why}"
        return None


def reason_of(message: str) -> str:
    """Give dbt's message on a failed node in one line, without any value of the data."""
    return safe_report(message) or "an error that may quote the data, so that it is not told"


def shown_line(event: Mapping[str, Any]) -> str | None:
    """Give the line of an event that may be shown; None of all others, which may quote the data.

    Dagster keeps a step's standard output in a file.
    """
    return str(event["info"]["msg"]) if event["info"]["name"] in SHOWN else None
