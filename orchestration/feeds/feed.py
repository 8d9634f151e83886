"""A feed brought up to a batch: what is due, what must be mapped anew, what is there already.

Belongs here: deciding which batches are written. Does not: how one is written (batch).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import duckdb

from orchestration.company import Company, mapping_digest, mapping_sources
from orchestration.feeds import sources, state
from orchestration.feeds.batch import BatchJob, Say, write_batch
from orchestration.feeds.results import EMPTY, UNCHANGED, FeedResult, combined
from orchestration.home import Home
from orchestration.landing import mended_digests
from orchestration.ledger import Ledger
from orchestration.progress import silent
from orchestration.sql_text import literal
from quality.contracts import load_contracts

#: Raised whenever the rules of mapping, validation or versions give other rows than before.
RULES_VERSION = 2


def feed_digest(company: Company, feed: str, key: bytes) -> str:
    """sha256 (hex) of what makes a feed's rows of landed ones: mappings, contract, rules and key.

    Of the key only a keyed hash of a constant goes in.
    """
    settings = company.settings
    parts = [
        RULES_VERSION,
        mapping_digest(company, feed),
        hmac.new(key, b"feed digest", hashlib.sha256).hexdigest(),
        sorted(settings.publish_source_ids),
        settings.quarantine_ratio,
        settings.lateness_days,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def used_sources(company: Company, feed: str) -> tuple[str, ...]:
    """Sources that a feed's mappings read."""
    mappings = company.feeds.get(feed, [])
    return tuple(dict.fromkeys(s for m in mappings for s in mapping_sources(company, m)))


def _with_mended(home: Home, used: Iterable[str], digest: str) -> str:
    """A feed's digest with the corrections of the sources that it reads, where there are any."""
    mended = [(source, files) for source in used if (files := mended_digests(home, source))]
    return hashlib.sha256(json.dumps([digest, mended]).encode()).hexdigest() if mended else digest


def _inputs(ledger: Ledger, used: Iterable[str], batch: int) -> str:
    """Digest of the files that a batch of a feed is made of."""
    files = [
        [a.source, a.name, a.file_id, a.batch, a.status, a.rows_sha256]
        for source in used
        for a in ledger.arrivals(source, batch)
        if a.status in sources.HELD
    ]
    return hashlib.sha256(json.dumps(files).encode()).hexdigest()


def write_feed(
    home: Home,
    ledger: Ledger,
    company: Company,
    feed: str,
    batch: int,
    key: bytes,
    progress: Say = silent,
) -> FeedResult:
    """Bring a feed up to a batch.

    A feed whose mapping, contract or rules changed, or that lacks an earlier batch, is mapped anew
    from landing: all its batches are written again in order. A batch that is there already, made of
    the same files, is not written again. Bad input does not raise: the result says what is wrong.

    Args:
        home: a prepared HOME.
        ledger: its ledger, with the arrivals of the batch.
        company: the company file.
        feed: name of the feed.
        batch: batch to bring it to.
        key: key for pseudonyms.
        progress: told what is done, in lines.

    Raises:
        orchestration.feeds.books.BooksError: rows were lost: a fault of the program.
        orchestration.landing.LandingDamaged: landing no longer holds what was received.
    """
    contract = load_contracts()[feed]
    known = state.read_state(home, feed)
    if feed not in company.feeds:
        touched = _touched(home, feed)
        if known.digest is not None:
            _forget(home, ledger, feed)
        return FeedResult(feed, EMPTY, touched=touched, is_rebuilt=bool(touched))
    used = used_sources(company, feed)
    due = sources.due_batches(ledger, used, batch)
    digest = _with_mended(home, used, feed_digest(company, feed, key))
    earlier = [number for number in due if number < batch]
    job = BatchJob(home, ledger, company, contract, batch, key, progress)
    if known.digest != digest or any(number not in known.batches for number in earlier):
        return _replay(job, used, due, digest)
    if batch not in due:
        status = UNCHANGED if any(known.batches) else EMPTY
        return FeedResult(feed, status)
    return _one(job, used, digest)


def _one(job: BatchJob, used: Iterable[str], digest: str) -> FeedResult:
    """Write one batch, unless it is there already and made of the same files."""
    known = state.read_state(job.home, job.feed)
    inputs = _inputs(job.ledger, used, job.batch)
    entry = known.batches.get(job.batch)
    if entry and entry["inputs"] == inputs:
        return FeedResult.from_json(entry["result"])
    result = write_batch(job)
    if result.is_good:
        known.digest = digest
        known.batches[job.batch] = {"inputs": inputs, "result": result.to_json()}
        state.write_state(job.home, job.feed, known)
    return result


def _replay(job: BatchJob, used: Iterable[str], due: list[int], digest: str) -> FeedResult:
    """Map a feed anew from landing, batch by batch in the ledger's order."""
    old_days = _touched(job.home, job.feed)
    had_rows = state.read_state(job.home, job.feed).digest is not None
    if had_rows:
        job.progress(f"  {job.feed}: what makes it changed, mapping it anew from landing")
    _forget(job.home, job.ledger, job.feed)
    results = []
    for number in due:
        results.append(_one(replace(job, batch=number), used, digest))
        if not results[-1].is_good:
            break
    result = combined(job.feed, results)
    days = tuple(sorted({*result.touched, *old_days}))
    return replace(result, touched=days, is_rebuilt=had_rows) if result.is_good else result


def _forget(home: Home, ledger: Ledger, feed: str) -> None:
    state.clear(home, feed)
    for batch in {book.batch for book in ledger.books(feed=feed)}:
        ledger.replace_books(batch, feed, [])


def _touched(home: Home, feed: str) -> tuple[date, ...]:
    """All days that a feed's batches ever touched."""
    paths = sorted((home.feed_dir(feed) / "touched").glob("b*.parquet"))
    if not paths:
        return ()
    listed = ", ".join(literal(str(path)) for path in paths)
    with duckdb.connect(":memory:") as connection:
        days = connection.execute(
            f"select distinct occurred_on from read_parquet([{listed}]) order by 1"
        ).fetchall()
    return tuple(day for (day,) in days)


def rebuild_feeds(
    home: Home,
    ledger: Ledger,
    company: Company,
    batch: int,
    key: bytes,
    progress: Say = silent,
    feeds: Iterable[str] | None = None,
) -> list[FeedResult]:
    """Drop feeds and their quarantine and make them anew, batch by batch, from landing.

    The content is what the nights gave. Stops with the first feed that cannot be made.

    Args:
        home: a prepared HOME.
        ledger: its ledger.
        company: the company file.
        batch: batch to bring the feeds to.
        key: key for pseudonyms.
        progress: told what is done, in lines.
        feeds: names of the feeds; all by default.
    """
    results = []
    for feed in feeds if feeds is not None else load_contracts():
        old_days = _touched(home, feed)
        _forget(home, ledger, feed)
        result = write_feed(home, ledger, company, feed, batch, key, progress)
        if result.is_good:
            days = tuple(sorted({*result.touched, *old_days}))
            result = replace(result, touched=days, is_rebuilt=True)
        results.append(result)
        if not result.is_good:
            break
    return results
