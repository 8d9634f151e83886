"""The numbers that learnt gates judge by: kept from night to night, counted where they are missing.

Belongs here: which batches a night's numbers are of, and the file that keeps them. Does not: the
counting and judging (quality.gates.baselines), or stopping a night (assets).

History is what batches of finished nights brought. The batch of a stopped night stays open, so what
a gate has caught teaches nothing; what a person has waived is finished, and does.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb

from orchestration import settings
from orchestration.durable import make_directory, replacing
from orchestration.ingest import business_date
from orchestration.night import Night
from orchestration.sql_text import literal
from quality.contracts import load_contracts
from quality.gates import CheckResult
from quality.gates.baselines.judge import judge
from quality.gates.baselines.numbers import COLUMNS, VOLUME_DAYS, Window, collect, create_numbers

#: Nights of experience before a source that sends no file may stop a night.
_QUIET_AFTER = 28


def judge_baselines(night: Night, feeds: set[str]) -> list[CheckResult]:
    """Judge what each source brought tonight by what it brought before.

    Args:
        night: The night; its batch is still open.
        feeds: Feeds to judge.
    """
    day = business_date(night)
    company, arrivals = night.company, night.ledger.arrivals()
    began: dict[str, int] = {}
    for arrival in arrivals:
        if arrival.status == "loaded":
            began.setdefault(arrival.source, arrival.batch)
    came = {a.source for a in arrivals if a.batch == night.batch and a.status == "loaded"}
    sources = company.sources.values()
    n_nights = sum(batch.status == "done" for batch in night.ledger.batches())
    # nobody has seen yet how often a young company's sources come
    quiet = {s.name for s in sources if s.name not in came} if n_nights < _QUIET_AFTER else set()
    with _numbers(night, feeds, day, began) as con:
        return judge(
            con,
            "number",
            day,
            country=company.country,
            only_warn={s.name for s in sources if not s.required or s.on_failure != "stop"} | quiet,
            is_first={source for source, batch in began.items() if batch == night.batch},
            growing={s.name for s in sources if s.mode != "append"},
            overrides=company.gates,
        )


@contextlib.contextmanager
def _numbers(
    night: Night, feeds: set[str], day: dt.date, began: Mapping[str, int]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the table `number`: history and tonight; what is new in it is kept."""
    kept = night.home.numbers(_digest(night))
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "temp_directory": str(make_directory(night.home.root / "tmp")),
        "memory_limit": night.company.settings.memory_limit,
    }
    with duckdb.connect(config=config) as con:
        con.execute("set TimeZone = 'UTC'")
        create_numbers(con)
        done = {batch.batch for batch in night.ledger.batches() if batch.status == "done"}
        known = _load(con, kept, done - {night.batch}) if not night.rebuilt_feeds else set()
        wanted = (done | {night.batch}) - known
        spans = _spans(night, day)
        for feed in sorted(feeds):
            sources = {mapping.from_ for mapping in night.company.feeds[feed]}
            windows = [
                Window(batch, source, None if began[source] == batch else start, end)
                for batch, (start, end) in spans.items()
                for source in sorted(sources)
                if batch in wanted and began.get(source, batch + 1) <= batch
            ]
            _collect(con, night, feed, windows, day)
        oldest = day - dt.timedelta(VOLUME_DAYS)
        with replacing(kept) as temporary:
            con.execute(
                f"copy (select * from number where day >= date '{oldest}')"
                f" to {literal(str(temporary))} (format parquet, compression zstd)"
            )
        for other in kept.parent.glob("numbers-*.parquet"):
            if other != kept:
                other.unlink()
        yield con


def _load(con: duckdb.DuckDBPyConnection, kept: Path, done: set[int]) -> set[int]:
    """Read the kept numbers of finished batches; give those batches."""
    if not kept.exists():
        return set()
    names = ", ".join(column for column, _ in COLUMNS)
    con.execute(
        f"insert into number select {names} from read_parquet(?) where list_contains(?, batch)",
        [str(kept), sorted(done)],
    )
    return {batch for (batch,) in con.execute("select distinct batch from number").fetchall()}


def _spans(night: Night, day: dt.date) -> dict[int, tuple[dt.date, dt.date]]:
    """The days that each batch counts for: those since the night before, its own at least."""
    spans: dict[int, tuple[dt.date, dt.date]] = {}
    before: dt.date | None = None
    for batch in night.ledger.batches():
        end = day if batch.batch == night.batch else batch.night_on
        if end is None:
            continue
        start = end if before is None or before >= end else before + dt.timedelta(1)
        spans[batch.batch] = (start, end)
        before = end if before is None else max(before, end)
    return spans


def _collect(
    con: duckdb.DuckDBPyConnection, night: Night, feed: str, windows: list[Window], day: dt.date
) -> None:
    files = {night.home.feed_file(feed, "rows", window.batch) for window in windows}
    listed = ", ".join(literal(str(file)) for file in sorted(files) if file.exists())
    if not listed:
        return
    contracts = load_contracts()
    relations = {
        other: f"read_parquet({literal(str(night.home.feed_rows(other) / '*.parquet'))},"
        " union_by_name = true)"
        for other in contracts
    }
    relations[feed] = f"read_parquet([{listed}], union_by_name = true)"
    collect(con, contracts[feed], relations, windows, day, night.company.timezone)


def _digest(night: Night) -> str:
    """What numbers depend on beside rows: how they are counted, and what the company says."""
    digest = hashlib.sha256(night.company.digest.encode())
    digest.update(settings.code_digest("contracts").encode())
    for module in ("numbers", "volume", "measures", "mixes", "columns"):
        file = settings.PROJECT / "quality" / "gates" / "baselines" / f"{module}.py"
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
