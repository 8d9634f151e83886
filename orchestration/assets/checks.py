"""The gates as blocking asset checks: their figures are charted, and a stop stops what follows.

Belongs here: calling the gates after feeds, core, marts and scores, and reporting them. Does not:
any expectation or limit (quality/gates).
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg

from orchestration.assets.common import NightResource
from orchestration.assets.door import told_safely
from orchestration.assets.feeds import feed_key
from orchestration.assets.layers import model_key
from orchestration.build import is_idle
from orchestration.company import Company
from orchestration.night import Night
from orchestration.waivers import waived
from quality.contracts import load_contracts
from quality.gates import CheckResult

Judge = Callable[[Night], list[CheckResult]]
GATE = "gate"


def gate_checks(company: Company, manifest: dict[str, Any]) -> list[dg.AssetChecksDefinition]:
    """Make the four gates of the night."""
    from quality.gates.layers import CORE_TABLES, MART_TABLES, SCORE_TABLES

    models = {
        f"{node['config']['schema']}.{node['name']}": model_key(node)
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    feeds = {feed: feed_key(feed) for feed in load_contracts() if company.feeds.get(feed)}
    scores = {table: dg.AssetKey(["scores", _score_file(table)]) for table in SCORE_TABLES}
    return [
        _gate("feeds", feeds, _judge_feeds),
        _gate("core", {t: models[t] for t in CORE_TABLES if t in models}, _judge_core),
        _gate("marts", {t: models[t] for t in MART_TABLES if t in models}, _judge_marts),
        _gate("scores", scores, _judge_scores),
    ]


def _gate(layer: str, tables: dict[str, dg.AssetKey], judge: Judge) -> dg.AssetChecksDefinition:
    specs = [
        dg.AssetCheckSpec(
            GATE, asset=key, blocking=True,
            description=f"Great Expectations on {table}, pushed down to DuckDB.",
        )
        for table, key in tables.items()
    ]  # fmt: skip

    @dg.multi_asset_check(name=f"gate_{layer}", specs=specs)
    @told_safely
    def gate(
        context: dg.AssetCheckExecutionContext, night: NightResource
    ) -> Iterator[dg.AssetCheckResult]:
        tonight = night.of(context)
        with tonight.step(f"gate {layer}") as step:
            results = waived(tonight, judge(tonight))
            step.notes.append(in_words(results))
        tonight.checks += results
        yield from report(tables, results)

    return gate


def in_words(results: list[CheckResult]) -> str:
    """How many of those that were judged passed; a gate that judged nothing has not passed it."""
    judged = [r for r in results if not r.is_skipped]
    if not judged:
        return "nothing to judge"
    said = f"{sum(r.passed for r in judged)} of {len(judged)} passed"
    skipped = len(results) - len(judged)
    return f"{said}, {skipped} skipped" if skipped else said


def report(
    tables: dict[str, dg.AssetKey], results: list[CheckResult]
) -> Iterator[dg.AssetCheckResult]:
    """Give one result a table, with each figure; what belongs to no table goes to the first."""
    of_table: dict[str, list[CheckResult]] = defaultdict(list)
    first = next(iter(tables), "")
    for result in results:
        of_table[result.table_name if result.table_name in tables else first].append(result)
    for table, key in tables.items():
        mine = of_table[table]
        stopped = [r for r in mine if r.stops]
        warned = [r for r in mine if not r.passed and not r.is_skipped and not r.stops]
        severity = dg.AssetCheckSeverity.ERROR if stopped else dg.AssetCheckSeverity.WARN
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=GATE,
            passed=not stopped and not warned,
            severity=severity,
            description="; ".join(r.message for r in (*stopped, *warned))[:1000] or in_words(mine),
            metadata=_figures(mine),
        )


def _figures(results: list[CheckResult]) -> dict[str, Any]:
    """Charted numbers first, then a table of all that was looked at."""
    charted: dict[str, Any] = {
        "checked": sum(not r.is_skipped for r in results),
        "failed": sum(not r.passed and not r.is_skipped for r in results),
    }
    rows = "\n".join(
        f"| {r.gate} | {'skipped' if r.is_skipped else 'passed' if r.passed else 'FAILED'} |"
        f" {'' if r.observed is None else f'{r.observed:,.6g}'} | {r.limit} | {r.severity} |"
        for r in results
    )
    table = "| gate | result | observed | limit | severity |\n|---|---|---|---|---|\n" + rows
    observed = {r.gate.split(".")[-1]: float(r.observed) for r in results if r.observed is not None}
    return {**observed, **charted, "gates": dg.MetadataValue.md(table)}


def mapped_feeds(night: Night) -> set[str]:
    """Give the feeds to judge: those that are mapped from a source that ever came.

    A source that need not be there has not stopped the night; its feed's emptiness must not either.
    """
    came = {a.source for a in night.ledger.arrivals() if a.status == "loaded"}
    return {
        feed
        for feed, mappings in night.company.feeds.items()
        if any(mapping.from_ in came for mapping in mappings)
    }


def _judge_feeds(night: Night) -> list[CheckResult]:
    from orchestration.books_frame import books_frame
    from orchestration.controls import judge_controls
    from orchestration.reconciliation import judge_figures
    from quality.gates import check_feeds

    if is_idle(night):
        return []  # what was judged when it came is what serves
    contracts = load_contracts()
    own = [*judge_controls(night), *judge_figures(night)]
    return own + check_feeds(
        contracts=contracts,
        mapped_feeds=mapped_feeds(night),
        feed_paths={feed: str(night.home.feed_rows(feed) / "*.parquet") for feed in contracts},
        as_of=night.as_of or night.night_on,
        freshness_hours=freshness_hours(night),
        books=books_frame(night.ledger, night.company),
        overrides=night.company.gates,
    )


def freshness_hours(night: Night) -> dict[str, int] | None:
    """Give the oldest that each feed may be, from its driving sources; none for latest_data."""
    if night.company.as_of == "latest_data":
        return None
    limits: dict[str, int] = {}
    for feed, mappings in night.company.feeds.items():
        hours = [night.company.sources[m.from_].max_age_hours for m in mappings]
        known = [h for h in hours if h is not None]
        if known:
            limits[feed] = min(known)
    return limits


def _judge_core(night: Night) -> list[CheckResult]:
    from quality.gates import check_core
    from quality.gates.conservation import FeedFiles

    return check_core(
        night.build / "warehouse.duckdb",
        mapped_feeds=mapped_feeds(night),
        files=FeedFiles(night.home.feeds, night.as_of_date, night.company.timezone),
        overrides=night.company.gates,
    )


def _judge_marts(night: Night) -> list[CheckResult]:
    from quality.gates import check_marts

    return check_marts(
        night.build / "warehouse.duckdb",
        mapped_feeds=mapped_feeds(night),
        overrides=night.company.gates,
    )


def _judge_scores(night: Night) -> list[CheckResult]:
    from quality.gates import check_scores

    return check_scores(night.build / "scores", overrides=night.company.gates)


def _score_file(table: str) -> str:
    """Name the Parquet file that a table of scores will be made of."""
    from quality.gates.suites import load_suites

    return next(str(suite.file) for suite in load_suites("scores") if suite.table == table)
