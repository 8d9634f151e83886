"""A build: the directory that a night brings forward from the last good one, or makes anew.

Belongs here: whether there is anything new, what a build starts from, what dbt is told, the days
and figures that it reads as sources. Does not: running dbt (assets/warehouse.py) or publishing.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import duckdb

from orchestration import settings
from orchestration.churn_definition import churn_definition
from orchestration.feeds import feed_generations
from orchestration.identity_decisions import standing
from orchestration.ingest import settle
from orchestration.landing import mended_digests
from orchestration.night import Night
from orchestration.publish import copy_build, current_version, version_name
from orchestration.reconciliation import write_reconciliation
from orchestration.sql_text import literal
from quality.contracts import load_contracts

DATABASES = ("warehouse.duckdb", "restricted.duckdb", "work.duckdb")
NOTE = "night.json"
#: What dbt knows of the project, so that it need not read it again.
PARSED = "partial_parse.msgpack"


def fingerprint(night: Night) -> str:
    """Hash what makes a run new: files, company file, contracts, code, decisions, and as-of."""
    digest = hashlib.sha256()
    arrivals = [(a.source, a.name, a.sha256, a.status) for a in night.ledger.arrivals()]
    parts: list[Any] = [night.company.digest, str(night.as_of_date), arrivals]
    parts += [m for source in night.company.sources if (m := mended_digests(night.home, source))]
    if decided := standing(night.ledger):
        parts.append([(d.verdict, d.left_keys, d.right_keys) for d in decided])
    parts += [settings.code_digest(part) for part in settings.SHAPING_CODE]
    digest.update(json.dumps(parts, sort_keys=True).encode())
    return digest.hexdigest()


def is_new(night: Night) -> bool:
    """Say whether the inputs differ from those of the version that serves.

    Sets ``night.fingerprint``. A run with ``full`` is always new, and so is one after a rollback
    or a lost version file.
    """
    night.fingerprint = fingerprint(night)
    versions = night.ledger.versions()
    if night.full or not versions:
        return True
    last = versions[-1]
    serves = current_version(night.home.published) == last.version
    return not serves or last.fingerprint != night.fingerprint


def is_idle(night: Night) -> bool:
    """Say whether nothing arrived and nothing else is new, so that nobody need judge or build."""
    if night.rebuilt_feeds or any(a.batch == night.batch for a in night.ledger.arrivals()):
        return False
    settle(night)
    return not is_new(night)


def start_build(night: Night) -> None:
    """Make the build's directory, from the last good build where the past need not be redone."""
    last = _last_good(night)
    night.home.tonight.unlink(missing_ok=True)
    for old in night.home.builds.iterdir():
        if last is None or old.name != last.name:
            # a killed run's dbt may still be writing there; what it leaves goes the night after
            shutil.rmtree(old, ignore_errors=True)
    versions = night.ledger.versions()
    number = 1 + max((int(v.version.lstrip("v")) for v in versions), default=0)
    night.version = version_name(number)
    night.build_id = f"{night.as_of_date:%Y%m%d}-{night.run_id[:8]}"
    night.previous = json.loads((last / NOTE).read_text()) if last else {}
    night.is_full_refresh = _needs_full_refresh(night)
    copy_build(None if night.is_full_refresh else last, night.build, DATABASES)
    for part in ("changes", "identity", "scores", "quality", "meta", "dbt"):
        (night.build / part).mkdir()
    night.home.tonight.symlink_to(night.build.name)
    parsed = last / "dbt" / PARSED if last else None
    if parsed is not None and parsed.exists():
        shutil.copyfile(parsed, night.build / "dbt" / PARSED)
    _write_touched_days(night)
    write_reconciliation(night)


def note_build(night: Night) -> None:
    """Write beside the databases what the next night must know of this build."""
    note = {
        "as_of": str(night.as_of_date),
        "through_batch": _last_batch(night),
        "transforms": settings.code_digest("transforms"),
        "contracts": settings.code_digest("contracts"),
        "company": night.company.digest,
        "version": night.version,
        "generations": feed_generations(night.home),
    }
    (night.build / NOTE).write_text(json.dumps(note))


def _last_good(night: Night) -> Path | None:
    versions = night.ledger.versions()
    if not versions:
        return None
    folder = night.home.build(versions[-1].build_id)
    return folder if (folder / NOTE).exists() else None


def _needs_full_refresh(night: Night) -> bool:
    """Say whether days of the past must be worked out anew.

    So it is where there is no last build, the SQL, contracts or company file differ from those it
    was made with, a feed was mapped anew, or the run goes back in time.
    """
    last = night.previous
    return (
        not last
        or night.full
        or bool(night.rebuilt_feeds)
        or last.get("generations", {}) != feed_generations(night.home)
        or last["transforms"] != settings.code_digest("transforms")
        or last["contracts"] != settings.code_digest("contracts")
        or last["company"] != night.company.digest
        or last["as_of"] > str(night.as_of_date)
    )


def _last_batch(night: Night) -> int:
    return max((b.batch for b in night.ledger.batches() if b.status == "done"), default=0)


def _write_touched_days(night: Night) -> None:
    """Write ``changes/touched_day.parquet``: the days of each event feed to work out anew."""
    con = duckdb.connect()
    try:
        con.execute("create table touched (feed varchar, occurred_on date)")
        since = night.previous.get("through_batch", 0)
        last_on = night.previous.get("as_of")
        for contract in load_contracts().values():
            if contract.kind != "event":
                continue
            files = str(night.home.feed_dir(contract.feed) / "touched" / "*.parquet")
            con.execute(
                "insert into touched select distinct ?, occurred_on from read_parquet(?)"
                " where batch > ? and occurred_on is not null",
                [contract.feed, files, since],
            )
            if last_on is not None:
                # days that enter because the business date moved on
                con.execute(
                    "insert into touched select ?, day::date from"
                    " generate_series(?::date + 1, ?::date, interval 1 day) as days(day)",
                    [contract.feed, last_on, night.as_of_date],
                )
        target = str(night.build / "changes" / "touched_day.parquet")
        con.execute(
            "copy (select distinct * from touched where occurred_on <= ? order by all)"
            f" to {literal(target)} (format parquet)",
            [night.as_of_date],
        )
    finally:
        con.close()


def touched_days(night: Night) -> int:
    """Count the feed days that the build works out anew."""
    file = str(night.build / "changes" / "touched_day.parquet")
    found = duckdb.execute("select count(*) from read_parquet(?)", [file]).fetchone()
    return int(found[0]) if found else 0


def night_facts(night: Night, cutoffs: list[str]) -> dict[str, str]:
    """Give the environment that tells dbt's models of this night (the macro ``night`` reads it)."""
    churn = churn_definition(night)
    facts = {
        "as_of": str(night.as_of_date),
        "previous_as_of": night.previous.get("as_of", ""),
        "churn_kind": churn.kind,
        "churn_horizon_days": churn.horizon_days,
        "cutoffs": cutoffs,
    }
    return {"WHOLEVIEW_NIGHT": json.dumps(facts)}
