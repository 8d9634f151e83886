"""The end of a run in words: rows in, gates, the experience in figures, how to open it.

Belongs here: reading the ledger and the published version for people. Does not: any arithmetic of
metrics (the marts do that).
"""

from __future__ import annotations

from typing import Any

import duckdb

from orchestration.home import Home
from orchestration.ledger import Ledger

#: Metrics that a summary shows, in this order; those that a company cannot have are left out.
SHOWN = (
    "nps", "csat_top2", "csat_mean", "ces_pct_agree", "ces_mean", "response_rate",
    "retention_rate", "churn_rate", "repeat_rate", "gross_revenue_retention_rate",
    "net_revenue_retention_rate", "fcr_7d_rate", "abandonment_rate", "aht_seconds",
)  # fmt: skip


def summarise(home: Home, ledger: Ledger, run_id: str) -> str:
    """Sum up a run that published."""
    lines = ["", "Sources", *source_lines(ledger, run_id)]
    con = duckdb.connect(str(home.current.resolve()), read_only=True)
    try:
        lines += ["", "Gates", *gate_lines(con)]
        lines += ["", "Experience (whole history; 95 % interval)", *metric_lines(con)]
        lines += ["", "Scores", *score_lines(con)]
        customers = con.execute("select count(*) from core.dim_customer").fetchone()
    finally:
        con.close()
    run = next(r for r in ledger.runs() if r.run_id == run_id)
    cpu = sum(step.cpu_seconds for step in ledger.steps(run_id))
    lines += [
        "",
        f"Published {run.version}, as of {run.as_of}, {(customers or [0])[0]:,} customers,"
        f" {cpu:.0f} CPU-seconds.",
        f"Open it: {home.current}",
        '         wholeview query "from marts.mart_nps limit 5"   (or any tool that reads DuckDB)',
    ]
    return "\n".join(lines)


def source_lines(ledger: Ledger, run_id: str) -> list[str]:
    """A line a source: rows in, accepted, quarantined."""
    nights = ledger.source_nights(run_id)
    lines = [f"  {'source':<24}{'status':<11}{'rows in':>12}{'accepted':>12}{'quarantined':>13}"]
    for night in nights:
        kept = night.n_parsed
        note = (
            f"   {night.message}" if night.message and night.status in ("stale", "skipped") else ""
        )
        lines.append(
            f"  {night.source:<24}{night.status:<11}{night.n_framed:>12,}{kept:>12,}"
            f"{night.n_quarantined:>13,}{note}"
        )
    return lines


def gate_lines(con: duckdb.DuckDBPyConnection) -> list[str]:
    """How many gates passed, and each that warns."""
    rows = con.execute(
        "select count(*) filter (passed and not is_skipped), count(*) filter (not is_skipped),"
        " count(*) filter (is_skipped) from quality.dq_check_result"
    ).fetchone()
    passed, checked, skipped = rows or (0, 0, 0)
    lines = [f"  {passed:,} of {checked:,} passed, {skipped:,} skipped (nothing to judge)"]
    warned = con.execute(
        "select gate, message from quality.dq_check_result"
        " where not passed and not is_skipped order by gate limit 10"
    ).fetchall()
    return lines + [f"  warning: {gate}: {message}" for gate, message in warned]


def metric_lines(con: duckdb.DuckDBPyConnection) -> list[str]:
    """A line a metric and survey, with n and interval; why, where there is no value."""
    rows = con.execute(
        "select metric_name, survey_id, program_type, value, ci_lower, ci_upper, n_valid, unit"
        " from marts.mart_metric where slice_name = 'all' and period_grain = 'all'"
        " and list_contains(?, metric_name)"
        " order by list_position(?, metric_name), survey_id, program_type",
        [list(SHOWN), list(SHOWN)],
    ).fetchall()
    lines = [_metric_line(row) for row in rows]
    absent = [name for name in SHOWN if name not in {row[0] for row in rows}]
    if absent:
        lines.append(f"  no data for: {', '.join(absent)}")
    return lines


def _metric_line(row: tuple[Any, ...]) -> str:
    name, survey, program, value, lower, upper, n, unit = row
    of = " · ".join(part for part in (survey, program) if part)
    if value is None:
        return f"  {name:<30}{'-':>10}  n {n or 0:,}, too few or censored   {of}"
    places = 4 if unit == "rate" else 2  # a rate runs from 0 to 1, points and seconds do not
    interval = "" if lower is None else f"  ({lower:,.{places}f} to {upper:,.{places}f})"
    return f"  {name:<30}{value:>10,.{places}f}{interval}  n {n:,}  {unit or ''}   {of}".rstrip()


def score_lines(con: duckdb.DuckDBPyConnection) -> list[str]:
    """A line a model: used or not, and why."""
    rows = con.execute(
        "select outcome, offer_id, status, status_reason, auc, n_scored"
        " from ml.ml_model_registry order by outcome, offer_id"
    ).fetchall()
    lines = []
    for outcome, offer, status, reason, auc, n_scored in rows:
        name = f"{outcome} {offer}" if offer else outcome
        figures = f"AUC {auc:.3f}, {n_scored or 0:,} scored; " if auc is not None else ""
        lines.append(
            f"  {name:<30}{status.replace('_', ' ')}: {figures}{reason or ''}".rstrip("; ")
        )
    return lines or ["  none"]
