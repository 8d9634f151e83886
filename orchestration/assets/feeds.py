"""An asset for each feed of the contract, and the point where the night learns its date.

Belongs here: mapping as assets. Does not: mapping and validation (feeds/), or judging (checks.py).
"""

from collections.abc import Iterator

import dagster as dg
import duckdb

from orchestration.assets.common import A_NIGHT_A_RUN, BUILD, OWNERS, NightResource, counted
from orchestration.assets.door import told_safely
from orchestration.assets.skipping import end_unchanged
from orchestration.assets.sources import source_key
from orchestration.build import is_new, start_build, touched_days
from orchestration.company import Company
from orchestration.feeds import used_sources
from orchestration.ingest import settle, write
from orchestration.night import Night
from quality.contracts import load_contracts


def feed_key(feed: str) -> dg.AssetKey:
    """Give the asset key of a feed; the dbt sources name the same."""
    return dg.AssetKey(["feeds", feed])


def feed_assets(company: Company, nights: dg.PartitionsDefinition) -> list[dg.AssetsDefinition]:
    """Make an asset for each feed, mapped or not, and the one that starts the build."""
    feeds = [_feed_asset(company, feed, nights) for feed in load_contracts()]
    return [*feeds, _start_asset(nights)]


def _feed_asset(
    company: Company, feed: str, nights: dg.PartitionsDefinition
) -> dg.AssetsDefinition:
    contract = load_contracts()[feed]
    is_mapped = bool(company.feeds.get(feed))
    note = "" if is_mapped else " Not mapped by this company: it stays empty."

    @dg.asset(
        key=feed_key(feed),
        group_name="feeds",
        deps=[source_key(name) for name in used_sources(company, feed)],
        partitions_def=nights,
        backfill_policy=A_NIGHT_A_RUN,
        owners=OWNERS,
        kinds={"parquet"},
        description=f"{contract.description}{note}",
    )
    @told_safely
    def rows(context: dg.AssetExecutionContext, night: NightResource) -> dg.MaterializeResult:
        tonight = night.of(context)
        result = write(tonight, feed)
        return dg.MaterializeResult(
            metadata=counted(
                stored_rows(tonight, feed),
                status=result.status if is_mapped else "not mapped",
                mapped=result.n_mapped,
                not_selected=result.n_not_selected,
                new=result.n_new,
                updated=result.n_updated,
                duplicate=result.n_duplicate,
                older=result.n_older,
                quarantined=result.n_quarantined,
                coerced=result.n_coerced,
                message=result.message or None,
                **{f"reason {code}": n for code, n in result.reasons.items()},
            )
        )

    return rows


def stored_rows(night: Night, feed: str) -> int:
    """Count the rows that a feed holds, older versions of a row included (Parquet footers only)."""
    files = str(night.home.feed_rows(feed) / "*.parquet")
    found = duckdb.execute("select sum(num_rows) from parquet_file_metadata(?)", [files]).fetchone()
    return int(found[0]) if found else 0


def _start_asset(nights: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    @dg.asset(
        key=BUILD,
        group_name="feeds",
        deps=[feed_key(feed) for feed in load_contracts()],
        partitions_def=nights,
        backfill_policy=A_NIGHT_A_RUN,
        owners=OWNERS,
        output_required=False,
        kinds={"duckdb"},
        description="The build that this night brings forward; nothing where nothing is new.",
    )
    @told_safely
    def start(
        context: dg.AssetExecutionContext, night: NightResource
    ) -> Iterator[dg.MaterializeResult]:
        tonight = night.of(context)
        settle(tonight)
        if not is_new(tonight):
            last = tonight.ledger.versions()[-1]
            end_unchanged(tonight, f"nothing new since {last.version}; it serves on")
            context.log.info("nothing new: the last version serves on, the rest is skipped")
            return
        with tonight.step("start build") as step:
            start_build(tonight)
            step.notes.append("from the start" if tonight.is_full_refresh else "brought forward")
        yield dg.MaterializeResult(
            metadata=counted(
                None,
                as_of=str(tonight.as_of_date),
                build=tonight.build_id,
                from_the_start=tonight.is_full_refresh,
                days_to_work_out=touched_days(tonight),
            )
        )

    return start
