"""The `gates:` section: what a company changes in single gates.

What belongs here: judging names and fields. What does not: the gates themselves (`quality.gates`).
A name that no gate has is an error: otherwise a slip would leave the gate as it was, unseen.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from orchestration.company.problems import echo, suggestion
from quality.contracts import load_contracts
from quality.gates.baselines.names import is_learnt

if TYPE_CHECKING:
    from orchestration.company.document import Node
    from orchestration.company.reader import Reader

GATE_KEYS = ("min", "max", "allow", "severity")
_LARGEST = 1e15


@cache
def gate_names() -> frozenset[str]:
    """Names of the gates of all tables and feeds, without those that a run makes of its books."""
    from quality.gates.feeds import feed_suite
    from quality.gates.suites import load_suites

    suites = [suite for layer in ("core", "marts", "scores") for suite in load_suites(layer)]
    # Paths and days go into the gates' SQL, not into their names.
    day, rows = date(2000, 1, 1), "rows/*.parquet"
    suites += [feed_suite(contract, rows, day, 24) for contract in load_contracts().values()]
    return frozenset(gate.name for suite in suites for gate in suite.gates)


def is_gate(name: str) -> bool:
    """Whether a gate may have this name: conservation and the books are named as a run needs."""
    table = name.rpartition(".")[0]
    if name.endswith("_conserved"):
        return any(known.startswith(f"{table}.") for known in gate_names())
    if table.startswith("feeds.") and name.rpartition(".")[2].startswith("control_"):
        return table.removeprefix("feeds.") in load_contracts()
    return table == "feeds.books" or name in gate_names() or is_learnt(name)


def read_gates(reader: Reader, node: Node | None) -> dict[str, dict[str, Any]]:
    """For each gate that the company changes: `min`, `max`, `allow` and `severity` as given."""
    found: dict[str, dict[str, Any]] = {}
    for name, entry in reader.entries(node, "gates").items():
        field = f"gates.{echo(name)}"
        if not is_gate(name):
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
