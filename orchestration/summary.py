"""The end of a run in words: rows in, gates, the experience in figures, how to open it.

Belongs here: reading the ledger and the published version for people. Does not: any arithmetic of
metrics (the marts do that).
"""

from __future__ import annotations

import shlex
from typing import Any

import duckdb

from orchestration import settings
from orchestration.home import Home
from orchestration.ledger import Ledger

#: Metrics that a summary shows, in this order, each with the feeds that give it.
SHOWN = {
    "nps": "survey_responses", "csat_top2": "survey_responses", "csat_mean": "survey_responses",
    "ces_pct_agree": "survey_responses", "ces_mean": "survey_responses",
    "response_rate": "survey_invitations", "retention_rate": "transactions or subscriptions",
    "churn_rate": "transactions or subscriptions", "repeat_rate": "transactions or orders",
    "gross_revenue_retention_rate": "subscriptions",
    "net_revenue_retention_rate": "subscriptions", "fcr_7d_rate": "interactions",
    "abandonment_rate": "interactions", "aht_seconds": "interactions",
}  # fmt: skip
#: Why a metric has no value, in words.
_WHY_NULL = {
    "censored": "no period whose horizon has passed yet",
    "suppressed": "too few to show (settings: minimum_n)",
    "undefined": "nothing to divide by",
}
_MOST_KEPT = 12


def summarise(home: Home, ledger: Ledger, run_id: str) -> str:
    """Sum up a run that published."""
    lines = ["", "Sources", *source_lines(ledger, run_id)]
    where = "" if home.root == settings.default_home() else f" --home {shlex.quote(str(home.root))}"
    con = duckdb.connect(str(home.current.resolve()), read_only=True)
    try:
        lines += kept_aside_lines(con, where)
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
        f'         wholeview query "from marts.mart_nps limit 5"{where}   (or any tool that reads'
        " DuckDB)",
    ]
    return "\n".join(lines)


def source_lines(ledger: Ledger, run_id: str) -> list[str]:
    """A line a source: rows in, accepted by its feeds, quarantined by the reader or a feed."""
    nights = ledger.source_nights(run_id)
    judged = _judged_rows(ledger, run_id)
    lines = [f"  {'source':<24}{'status':<11}{'rows in':>12}{'accepted':>12}{'quarantined':>13}"]
    is_plain = True
    for night in nights:
        n_in = night.n_framed - night.n_blank
        accepted, quarantined = (night.n_parsed, 0) if n_in else (0, 0)
        if n_in and night.source in judged:
            accepted, quarantined = judged[night.source]
        quarantined += night.n_quarantined
        is_plain &= accepted + quarantined == n_in
        note = f"   {night.message}" if night.message and night.status != "failed" else ""
        lines.append(
            f"  {night.source:<24}{night.status:<11}{n_in:>12,}{accepted:>12,}{quarantined:>13,}"
            + note
        )
    if not is_plain:
        lines.append(
            "  One row in may be several rows of feeds (a survey's questions), or none (left out by"
            " a mapping)."
        )
    return lines


def _judged_rows(ledger: Ledger, run_id: str) -> dict[str, tuple[int, int]]:
    """Rows that feeds accepted and quarantined, by source, of the files that are new in a run."""
    run = next(r for r in ledger.runs() if r.run_id == run_id)
    arrivals = ledger.new_arrivals(run.started_at)
    new = {(a.source, a.file_id) for a in arrivals}
    last: dict[tuple[Any, ...], int] = {}  # of a file that was looked at again, the last look
    for batch in sorted({a.batch for a in arrivals}):
        for book in ledger.books(batch):
            if book.stage == "validation" and (book.source, book.file_id) in new:
                of = (book.source, book.file_id, book.feed, book.mapping_index, book.measure)
                last[of] = book.value
    found: dict[str, tuple[int, int]] = {}
    for (source, *_, measure), value in last.items():
        accepted, quarantined = found.get(source, (0, 0))
        if measure == "accepted":
            accepted += value
        elif measure in ("quarantined", "refused"):
            quarantined += value
        found[source] = (accepted, quarantined)
    return found


def kept_aside_lines(con: duckdb.DuckDBPyConnection, where: str) -> list[str]:
    """What stands aside: a line a source and feed, with the reasons; nothing if nothing."""
    rows = con.execute(
        "select source, feed, stage, string_agg(reason_code || ' ' || n_rows, ', ' order by n_rows"
        " desc, reason_code) from quality.quarantine_summary group by source, feed, stage"
        " order by source, feed nulls first, stage desc"
    ).fetchall()
    if not rows:
        return []
    what = {"line": "lines that cannot be read", "row": "rows", "field": "fields made empty"}
    lines = ["", "Kept aside"]
    for source, feed, stage, reasons in rows[:_MOST_KEPT]:
        of = f"{source} to {feed}" if feed else source
        lines.append(f"  {of:<40}  {what.get(stage, stage)}: {reasons}")
    if len(rows) > _MOST_KEPT:
        lines.append(f"  and {len(rows) - _MOST_KEPT} more")
    return [*lines, f'  wholeview query "from quality.quarantine_summary"{where}']


def gate_lines(con: duckdb.DuckDBPyConnection) -> list[str]:
    """How many gates passed, and each that warns."""
    rows = con.execute(
        "select count(*) filter (passed and not is_skipped), count(*) filter (not is_skipped),"
        " count(*) filter (is_skipped) from quality.dq_check_result"
    ).fetchone()
    passed, checked, skipped = rows or (0, 0, 0)
    lines = [f"  {passed:,} of {checked:,} passed, {skipped:,} skipped (nothing to judge)"]
    warned = con.execute(
        "select message from quality.dq_check_result"
        " where not passed and not is_skipped order by gate limit 10"
    ).fetchall()
    return lines + [f"  warning: {message}" for (message,) in warned]


def metric_lines(con: duckdb.DuckDBPyConnection) -> list[str]:
    """A line a metric and survey, with n and interval; why, where there is no value."""
    rows = con.execute(
        "select metric_name, survey_id, program_type, value, ci_lower, ci_upper, n_valid, unit,"
        " null_reason from marts.mart_metric where slice_name = 'all' and period_grain = 'all'"
        " and list_contains(?, metric_name)"
        " order by list_position(?, metric_name), survey_id, program_type",
        [[*SHOWN], [*SHOWN]],
    ).fetchall()
    lines = [_metric_line(row) for row in rows]
    absent = [name for name in SHOWN if name not in {row[0] for row in rows}]
    return lines + _absent_lines(con, absent)


def _absent_lines(con: duckdb.DuckDBPyConnection, absent: list[str]) -> list[str]:
    """Why metrics are not there: a line for each feed that would give them."""
    found = con.execute(
        "select distinct feed from quality.conservation"
        " where stage = 'validation' and measure = 'accepted' and value > 0"
    ).fetchall()
    filled = {feed for (feed,) in found}
    by_feeds: dict[str, list[str]] = {}
    for name in absent:
        by_feeds.setdefault(SHOWN[name], []).append(name)
    lines = []
    for feeds, names in by_feeds.items():
        why = "has nothing of the kind" if filled & set(feeds.split(" or ")) else "is not filled"
        lines.append(f"  absent, as {feeds} {why}: {', '.join(names)}")
    return lines


def _metric_line(row: tuple[Any, ...]) -> str:
    name, survey, program, value, lower, upper, n, unit, why = row
    of = " · ".join(part for part in (survey, program) if part)
    if value is None:
        said = _WHY_NULL.get(why, why)
        return f"  {name:<30}{'-':>10}  n {n or 0:,}: {said}   {of}".rstrip()
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
        said = status.replace("_", " ")
        if reason and reason.startswith("not enough"):
            said, reason = reason, ""
        figures = f"AUC {auc:.3f}, {n_scored or 0:,} scored; " if auc is not None else ""
        lines.append(f"  {name:<30}{said}: {figures}{reason or ''}".rstrip(":; "))
    return lines or ["  none"]
