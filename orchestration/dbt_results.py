"""What a dbt process says of its models and tests, kept while its events pass by.

Belongs here: how many ran, which failed and why, in one line. Does not: starting dbt
(assets/warehouse.py). dbt's own file of results is not written: it costs 2 CPU-s a process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestration.sql_text import safe_report

#: The longest reason that is kept, in characters.
LONGEST = 300


@dataclass
class DbtResults:
    """The results of one dbt process. ``failed`` is the unique id → the reason, as they came."""

    n_nodes: int | None = None
    failed: dict[str, str] = field(default_factory=dict)

    def note(self, event: Mapping[str, Any]) -> None:
        """Take one of dbt's structured events into account."""
        data, name = event["data"], event["info"]["name"]
        node = str(data.get("node_info", {}).get("unique_id", ""))
        if name == "LogTestResult" and data.get("status") == "fail":
            self.failed[node] = f"{data.get('num_failures')} rows against 0 allowed"
        elif name == "RunResultError" and node:
            self.failed.setdefault(node, shortened(str(data.get("msg"))))
        elif name == "StatsLine":
            self.n_nodes = int(data["stats"]["total"])

    def failure(self, run: str, error: Exception | None) -> str | None:
        """Say which models or tests failed, names and counts only; None where all went well.

        Args:
            run: Name of the dbt run, for the message.
            error: What the process ended with, for where no model or test failed.
        """
        if self.failed:
            (node, reason), more = next(iter(self.failed.items())), len(self.failed) - 1
            kind, _, name = node.split(".")[:3]
            others = f" (and {more} more)" if more else ""
            return f"dbt {run}: {kind} {name}: {reason}{others}"
        if error is not None or not self.n_nodes:
            return f"dbt {run} did not run: {shortened(str(error))}"
        return None


def shortened(text: str) -> str:
    """Give a text in one line of bearable length, without any value of the data."""
    return safe_report(text)[:LONGEST]
