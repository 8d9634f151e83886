"""From sources to feeds: landing, writing feeds, and settling what day it is.

Belongs here: the order of these steps and what a failed source does to the night. Does not: reading
(landing/), mapping (feeds/) or judging rows (quality/).
"""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

from orchestration import settings
from orchestration.feeds import (
    ensure_empty_feeds,
    latest_business_date,
    rebuild_feeds,
    write_batch_table,
    write_feed,
)
from orchestration.fetching import fetch, is_remote
from orchestration.fetching import settle as settle_fetched
from orchestration.landing import land_source
from orchestration.ledger import SourceNight
from orchestration.night import Night, NightStopped
from quality.contracts import load_contracts


def land(night: Night, name: str) -> Any:
    """Land a source once a night.

    Raises:
        NightStopped: Where the source failed and its policy is to stop.
    """
    if name in night.sources:
        return night.sources[name]
    source = night.company.sources[name]
    with night.step(f"land {name}") as step:
        waiting = [a.batch for a in night.ledger.new_arrivals(night.started_at)]
        fetched = fetch(night.home, night.ledger, source, night.say) if is_remote(source) else None
        result = land_source(
            night.home, night.ledger, night.company, name, night.batch, night.started_at,
            night.say, since_batch=min([*waiting, night.batch]),
            fetched=fetched.found if fetched else None,
            refusal=fetched.refusal if fetched else None,
            unchanged=fetched.unchanged if fetched else (),
        )  # fmt: skip
        if fetched:
            settle_fetched(night.home, night.ledger, source, fetched)
        step.rows = result.n_parsed
        step.notes.append(result.status)
        if result.n_loaded > 1:
            step.notes.append(f"{result.n_loaded:,} files")
    status = str(result.status)
    message = result.message and result.message.removeprefix(f"{name}: ")
    if status == "failed" and (not source.required or source.on_failure != "stop"):
        had = any(a.status == "loaded" for a in night.ledger.arrivals(name))
        status = "stale" if had and source.on_failure != "skip" else "skipped"
    night.ledger.put_source_night(
        SourceNight(
            night.run_id, name, status, result.reason_code, message, result.n_files,
            result.n_framed, result.n_parsed, result.n_quarantined, result.n_blank,
        )
    )  # fmt: skip
    if status == "failed":
        raise NightStopped(f"source {name}: {message}")
    night.sources[name] = result
    return result


def write(night: Night, feed: str) -> Any:
    """Write a feed once a night; an unmapped one stays empty, or becomes so.

    Raises:
        NightStopped: Where the feed was refused or its mapping failed.
    """
    if feed in night.feeds:
        return night.feeds[feed]
    if not night.feeds:
        ensure_empty_feeds(night.home, load_contracts())
    is_mapped = bool(night.company.feeds.get(feed))
    place = (night.home, night.ledger, night.company)
    with night.step(f"feed {feed}") if is_mapped else contextlib.nullcontext() as step:
        if night.full:
            (result,) = rebuild_feeds(
                *place, night.batch, night.home.key(), night.say, feeds=[feed]
            )
        else:
            result = write_feed(*place, feed, night.batch, night.home.key(), night.say)
        if step is not None:
            step.rows = result.n_mapped
            step.notes.append(result.status)
    if not result.is_good:
        raise NightStopped(f"feed {feed}: {result.message}")
    if result.is_rebuilt:
        night.rebuilt_feeds.add(feed)
    night.feeds[feed] = result
    return result


def business_date(night: Night) -> dt.date:
    """Give the business date that the night is for.

    By name or by the schedule it is the night's own date; with ``as_of: latest_data`` it is the
    last business date in the feeds, but never after the night's own.

    Raises:
        NightStopped: Where no feed has an event that could say it.
    """
    if night.company.as_of != "latest_data" or night.is_exact:
        return night.night_on
    latest = latest_business_date(night.home, load_contracts())
    if latest is None:
        raise NightStopped("the feeds hold no event, so there is no latest business date")
    return min(latest, night.night_on)


def settle(night: Night) -> None:
    """Say which business date the night is for, and close its batch."""
    night.as_of = business_date(night)
    if any(a.batch == night.batch for a in night.ledger.arrivals()):
        ends = settings.end_of_day(night.as_of, night.company.timezone)
        night.ledger.finish_batch(night.batch, night.as_of, ends)
    write_batch_table(night.home, night.ledger, night.company)
