"""Verdicts as results of gates: names, numbers and limits in the unit that people read.

Not here: the verdict (judge). A result holds numbers and names of columns, never a row's value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from quality.gates.baselines.expect import Floats
from quality.gates.baselines.names import GATE_KINDS, gate_name
from quality.gates.baselines.series import Series
from quality.gates.results import CheckResult

#: Days of the past that a result shows.
SHOWN_DAYS = 28
#: What one gate is about.
GATE_KEY = ["feed", "stream", "measure", "field"]


def told(
    frame: pd.DataFrame, series: Series, warn_after: int, overrides: Mapping[str, Mapping[str, Any]]
) -> list[CheckResult]:
    """A result a gate: of the shares of a column's values the one that is furthest off."""
    rank = {"stop": 2, "warn": 1, "ok": 0}
    # what came before and tonight is worth a line; a value of years ago is not
    frame = frame.assign(rank=frame["verdict"].map(rank), place=np.arange(len(frame)))
    frame = frame.sort_values(["rank", "is_judged", "off"], ascending=False, kind="stable")
    worst = frame.drop_duplicates(GATE_KEY).sort_values("place")
    history = series.value[:, -SHOWN_DAYS - 1 : -1]
    return [
        _result(row, history[int(row["place"])], warn_after, overrides)
        for row in worst.to_dict("records")
        if row["is_there"]
    ]


def _result(
    row: Mapping[Any, Any], history: Floats, warn_after: int, overrides: Mapping[str, Any]
) -> CheckResult:
    feed, stream, measure, field = row["feed"], row["stream"], row["measure"], row["field"]
    name = gate_name(feed, stream, measure, field)
    change = overrides.get(name, {})
    says = GATE_KINDS[measure].says.format(column=field or "row")
    says += f" ({field + ' ' if field else ''}{row['item']})" if row["item"] else ""
    observed = float(row["observed"])
    bounds = {side: float(row[side]) for side in
              ("warn_lower", "warn_upper", "stop_lower", "stop_upper")}  # fmt: skip
    verdict = str(row["verdict"])
    if {"min", "max"} & set(change):
        low, high = change.get("min", -np.inf), change.get("max", np.inf)
        verdict = "ok" if low <= observed <= high else "stop"
        bounds = {"warn_lower": low, "warn_upper": high, "stop_lower": low, "stop_upper": high}
    if change.get("severity") == "warn" and verdict == "stop":
        verdict = "warn"
    shown = _show(row["kind"])
    result = CheckResult(
        gate=name, layer="feeds", table_name=feed, column_name=field or None, expectation=says,
        observed=observed, limit="", n_rows=int(np.nan_to_num(row["n"])), n_failed=None,
        severity="warn" if verdict == "warn" or not row["can_stop"] else "stop",
        passed=verdict == "ok", is_skipped=False, message="",
        n_history=int(row["n_errors"]),
        history=json.dumps([None if np.isnan(v) else round(float(v), 6) for v in history]),
    )  # fmt: skip
    if not row["is_judged"]:
        needs = f"learning: {int(row['n_errors'])} of {warn_after} days that it needs"
        return replace(result, limit=needs, is_skipped=True, message=f"{name}: {needs}")
    limit = f"{shown(bounds['warn_lower'])} to {shown(bounds['warn_upper'])}"
    stops = f"; stops outside {shown(bounds['stop_lower'])} to {shown(bounds['stop_upper'])}"
    limit += stops if row["can_stop"] else ""
    message = (
        f"{name}: source {row['source']}: {shown(observed)} observed, {shown(row['expected'])}"
        f" expected, wanted {limit}: {says}"
    )
    known = {side: value if np.isfinite(value) else None for side, value in bounds.items()}
    return replace(
        result,
        limit=limit,
        message=message,
        expected=float(row["expected"]),
        warn_lower=known["warn_lower"],
        warn_upper=known["warn_upper"],
        stop_lower=known["stop_lower"],
        stop_upper=known["stop_upper"],
    )


def _show(kind: str) -> Any:
    if kind == "count":
        return lambda value: f"{value:,.0f}"
    if kind == "share":
        return lambda value: f"{100 * value:.3g} %"
    return lambda value: f"{value:.4g}"
