"""A gate as Great Expectations asks it, and what its answer says in counts.

Not here: connections and suites (runner). Great Expectations is imported at the first call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quality.gates.suites import ROW_KINDS, Gate

#: Counts only: no list of values, no rows.
COUNTS = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "include_unexpected_rows": False,
}
#: Parts of an engine's message that name tables and columns, which are ours, never values.
SAFE_CAUSES = (
    r'The column "[\w.]+" in BatchData does not exist',
    r"Table with name \w+ does not exist",
    r'Referenced column "\w+" not found',
    r"No files found that match the pattern",
    r"Out of Memory Error",
)


@dataclass(frozen=True)
class Found:
    """What Great Expectations said of one gate."""

    passed: bool
    observed: float | None
    n_failed: int | None
    cause: str = ""  # why it could not be worked out, where it could not


def expectation_of(gate: Gate) -> Any:
    """The Great Expectations expectation that asks what the gate asks."""
    import great_expectations as gx

    expect: Any = gx.expectations

    meta = {"gate": gate.name}
    if gate.kind == "rows":
        return expect.ExpectTableRowCountToBeBetween(
            min_value=gate.minimum, max_value=gate.maximum, meta=meta
        )
    if gate.kind == "not_null":
        return expect.ExpectColumnValuesToNotBeNull(column=gate.columns[0], meta=meta)
    if gate.kind == "unique":
        return expect.ExpectColumnValuesToBeUnique(column=gate.columns[0], meta=meta)
    if gate.kind == "between":
        return expect.ExpectColumnValuesToBeBetween(
            column=gate.columns[0], min_value=gate.minimum, max_value=gate.maximum, meta=meta
        )
    if gate.kind == "within":
        return expect.ExpectColumnValuesToBeInSet(
            column=gate.columns[0], value_set=list(gate.values), meta=meta
        )
    low, high = (None, gate.allow) if gate.counts_rows else (gate.minimum, gate.maximum)
    return expect.ExpectColumnMaxToBeBetween(
        column=measured_column(gate), min_value=low, max_value=high, meta=meta
    )


def measured_column(gate: Gate) -> str:
    """The column in which a gate's own number is handed to Great Expectations."""
    return "observed_" + re.sub(r"\W", "_", gate.name)


def found_by(gate: Gate, result: Any) -> Found:
    """What an expectation's result says of its gate: counts, or why there are none."""
    said: Mapping[str, Any] = result.result or {}
    trouble = str(result.exception_info or "")
    if "'raised_exception': True" in trouble:
        return Found(False, None, None, cause_of(trouble))
    if gate.kind in ROW_KINDS:
        # Of an empty table nothing is counted; that it is empty is the row count's affair.
        n_failed = int(said["unexpected_count"]) if said.get("element_count") else 0
        return Found(n_failed <= gate.allow, float(n_failed), n_failed)
    observed = said.get("observed_value")
    if observed is None:
        return Found(False, None, None, "there is nothing to compare")
    n_failed_rows = int(observed) if gate.counts_rows else None
    return Found(bool(result.success), float(observed), n_failed_rows)


def cause_of(trouble: str) -> str:
    """Why a gate could not be worked out: the part of a message that can hold no value."""
    for pattern in SAFE_CAUSES:
        found = re.search(pattern, trouble)
        if found:
            return found.group(0)
    kind = re.search(r"\b(\w+(?:Error|Exception))\b", trouble)
    return kind.group(1) if kind else "unknown error"
