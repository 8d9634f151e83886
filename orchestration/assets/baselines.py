"""The learnt gates as blocking asset checks of feeds: tonight against the nights before, charted.

Belongs here: the check and what it shows. Does not: what is learnt (quality.gates.baselines).
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.assets.common import NightResource
from orchestration.assets.door import told_safely
from orchestration.assets.feeds import feed_key
from orchestration.company import Company
from quality.contracts import load_contracts
from quality.gates import CheckResult

BASELINE = "baseline"
_BARS = "▁▂▃▄▅▆▇█"
_MOST_ROWS = 200


def baseline_checks(company: Company) -> dg.AssetChecksDefinition:
    """Make the check that judges every mapped feed by its past."""
    feeds = [feed for feed in load_contracts() if company.feeds.get(feed)]
    specs = [
        dg.AssetCheckSpec(
            BASELINE,
            asset=feed_key(feed),
            blocking=True,
            description=f"Tonight's {feed} against what the nights before make expect.",
        )
        for feed in feeds
    ]

    @dg.multi_asset_check(name="gate_baselines", specs=specs)
    @told_safely
    def gate(
        context: dg.AssetCheckExecutionContext, night: NightResource
    ) -> Iterator[dg.AssetCheckResult]:
        from orchestration.assets.checks import mapped_feeds
        from orchestration.baselines import judge_baselines
        from orchestration.build import is_idle
        from orchestration.waivers import waived

        tonight = night.of(context)
        with tonight.step("gate baselines") as step:
            # what was judged when it came is what serves
            found = [] if is_idle(tonight) else judge_baselines(tonight, mapped_feeds(tonight))
            results = waived(tonight, found)
            failed = sum(not r.passed and not r.is_skipped for r in results)
            step.notes.append(f"{len(results) - failed} of {len(results)} as usual")
        tonight.checks += results
        yield from report_baselines(feeds, results)

    return gate


def report_baselines(feeds: list[str], results: list[CheckResult]) -> Iterator[dg.AssetCheckResult]:
    """Give one result a feed: what is unlike the past first, each with its last four weeks."""
    of_feed: dict[str, list[CheckResult]] = defaultdict(list)
    for result in results:
        of_feed[result.table_name].append(result)
    for feed in feeds:
        mine = sorted(of_feed[feed], key=lambda r: (not r.stops, r.passed, r.is_skipped, r.gate))
        unlike = [r for r in mine if not r.passed and not r.is_skipped]
        stops = any(r.stops for r in mine)
        yield dg.AssetCheckResult(
            asset_key=feed_key(feed),
            check_name=BASELINE,
            passed=not unlike,
            severity=dg.AssetCheckSeverity.ERROR if stops else dg.AssetCheckSeverity.WARN,
            description="; ".join(r.message for r in unlike)[:1000] or None,
            metadata=_figures(mine, unlike),
        )


def _figures(mine: list[CheckResult], unlike: list[CheckResult]) -> dict[str, Any]:
    """Volumes first, which Dagster charts over nights, then a table with each gate's past."""
    volumes = {
        r.gate.split(".", 2)[2]: float(r.observed)
        for r in mine
        if r.gate.endswith(".volume") and r.observed is not None
    }
    rows = "\n".join(_row(r) for r in mine[:_MOST_ROWS])
    head = "| gate | tonight | expected | wanted | last four weeks | |\n|---|---|---|---|---|---|\n"
    return {
        **volumes,
        "judged": sum(not r.is_skipped for r in mine),
        "learning": sum(r.is_skipped for r in mine),
        "unlike_the_past": len(unlike),
        "gates": dg.MetadataValue.md(head + rows),
    }


def _row(result: CheckResult) -> str:
    verdict = "as usual" if result.passed else "STOPS" if result.stops else "warns"
    verdict = "learning" if result.is_skipped else verdict
    if result.is_waived:
        verdict = f"waived by {result.waived_by}"
    expected = "" if result.expected is None else f"{result.expected:,.4g}"
    observed = "" if result.observed is None else f"{result.observed:,.4g}"
    past = sparkline([*json.loads(result.history or "[]"), result.observed])
    return f"| {result.gate} | {observed} | {expected} | {result.limit} | {past} | {verdict} |"


def sparkline(values: list[float | None]) -> str:
    """Bars of the values, the last one tonight's; a dot where a day has none."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    steps = (len(_BARS) - 1) / (high - low) if high > low else 0.0
    return "".join("·" if v is None else _BARS[round((v - low) * steps)] for v in values)
