"""The `gates:` section: what a company changes in single gates.

What belongs here: judging names and fields. What does not: the gates themselves (`quality.gates`).
A name that no gate has is an error: otherwise a slip would leave the gate as it was, unseen.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.company.problems import echo, suggestion
from quality.contracts import load_contracts

if TYPE_CHECKING:
    from orchestration.company.document import Node
    from orchestration.company.reader import Reader

GATE_KEYS = ("min", "max", "allow", "severity")
_LARGEST = 1e15


@cache
def gate_names() -> frozenset[str]:
    """Names of all gates that there can be, of every layer."""
    from quality.gates.conservation import FeedFiles, conservation_gates
    from quality.gates.feeds import books_suite, feed_suite
    from quality.gates.suites import load_suites

    contracts = load_contracts()
    # Paths and days go into the gates' SQL, not into their names.
    day, files = date(2000, 1, 1), FeedFiles(Path("feeds"), date(2000, 1, 1))
    suites = [suite for layer in ("core", "marts", "scores") for suite in load_suites(layer)]
    gates = [gate for suite in suites for gate in suite.gates]
    for suite in suites:
        if suite.conserves:
            gates += conservation_gates(suite, contracts[suite.conserves], files)
    for contract in contracts.values():
        gates += feed_suite(contract, "rows/*.parquet", day, 24).gates
    gates += books_suite().gates
    return frozenset(gate.name for gate in gates)


def read_gates(reader: Reader, node: Node | None) -> dict[str, dict[str, Any]]:
    """For each gate that the company changes: `min`, `max`, `allow` and `severity` as given."""
    found: dict[str, dict[str, Any]] = {}
    for name, entry in reader.entries(node, "gates").items():
        field = f"gates.{echo(name)}"
        if name not in gate_names():
            line = node.key_lines[name] if node is not None else entry.line
            near = suggestion(name, sorted(gate_names()))
            fix = near if near.startswith("did") else "take a name that wholeview status shows"
            reader.problem(line, field, "no gate has this name", fix)
        given = reader.entries(entry, field, GATE_KEYS)
        values: dict[str, Any] = {
            "min": reader.number(given.get("min"), f"{field}.min", -_LARGEST, _LARGEST),
            "max": reader.number(given.get("max"), f"{field}.max", -_LARGEST, _LARGEST),
            "allow": reader.integer(given.get("allow"), f"{field}.allow"),
            "severity": reader.choice(given.get("severity"), f"{field}.severity", ("stop", "warn")),
        }
        found[name] = {key: value for key, value in values.items() if value is not None}
    return found
