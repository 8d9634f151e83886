"""The four gates of a night: after feeds, core, marts and scores.

Here: which suites a layer has, what each table is read from, what is skipped. Not here: what the
suites say (suites, feeds, conservation) and how they run (runner).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quality.contracts import Contract, load_contracts
from quality.gates.books import books_suite
from quality.gates.conservation import FeedFiles, conservation_gates
from quality.gates.feeds import feed_suite, quoted_path, relation_of
from quality.gates.results import CheckResult
from quality.gates.runner import GateRunner, open_runner, skipped
from quality.gates.suites import GateConfigError, Suite, load_suites, override

if TYPE_CHECKING:
    import pandas as pd

Overrides = Mapping[str, Mapping[str, Any]]

CORE_TABLES: tuple[str, ...] = tuple(suite.table for suite in load_suites("core"))
MART_TABLES: tuple[str, ...] = tuple(suite.table for suite in load_suites("marts"))
SCORE_TABLES: tuple[str, ...] = tuple(suite.table for suite in load_suites("scores"))


def check_feeds(
    *,
    contracts: Mapping[str, Contract],
    mapped_feeds: Iterable[str],
    feed_paths: Mapping[str, str],
    as_of: date,
    freshness_hours: Mapping[str, int] | None = None,
    books: pd.DataFrame | None = None,
    overrides: Overrides | None = None,
) -> list[CheckResult]:
    """Judge every feed, and the books of all files.

    Args:
        contracts: Contract of each feed.
        mapped_feeds: Feeds that the company maps; the others are skipped.
        feed_paths: Glob of each feed's row files.
        as_of: Business date of the run.
        freshness_hours: Oldest that a feed's newest row may be; None where it does not matter.
        books: Rows of the ledger's books: batch, source, file_id, feed, mapping_index, stage,
            measure, value. None leaves them out.
        overrides: Changes to single gates, by name.
    """
    mapped = set(mapped_feeds)
    suites = [
        feed_suite(contract, feed_paths[feed], as_of, (freshness_hours or {}).get(feed))
        for feed, contract in contracts.items()
    ]
    suites = override(suites, overrides or {})
    with tempfile.TemporaryDirectory() as scratch, open_runner(":memory:") as runner:
        results = _run(runner, suites, mapped, {f: relation_of(p) for f, p in feed_paths.items()})
        if books is not None:
            path = Path(scratch) / "books.parquet"
            books.to_parquet(path, index=False)
            (suite,) = override([books_suite()], overrides or {})
            results += runner.run(suite, f"read_parquet('{quoted_path(str(path))}')")
    return results


def check_core(
    warehouse: Path,
    *,
    mapped_feeds: Iterable[str],
    files: FeedFiles | None = None,
    overrides: Overrides | None = None,
) -> list[CheckResult]:
    """Judge the core tables of a build; conservation too, where `files` says where feeds are."""
    contracts, mapped = load_contracts(), set(mapped_feeds)
    suites = [_as_contracts_allow(suite, contracts, mapped) for suite in load_suites("core")]
    if files is not None:
        suites = [
            replace(suite, gates=(*suite.gates, *conservation_gates(suite, contract, files)))
            if (contract := contracts.get(suite.conserves or "")) and suite.conserves in mapped
            else suite
            for suite in suites
        ]
    return _check_warehouse(warehouse, override(suites, overrides or {}), mapped)


def check_marts(
    warehouse: Path, *, mapped_feeds: Iterable[str], overrides: Overrides | None = None
) -> list[CheckResult]:
    """Judge the marts of a build: keys, ranges, and the laws of the metrics."""
    suites = override(load_suites("marts"), overrides or {})
    return _check_warehouse(warehouse, suites, set(mapped_feeds))


def check_scores(
    scores: Path, *, warehouse: Path | None = None, overrides: Overrides | None = None
) -> list[CheckResult]:
    """Judge the score files of a build, before they are joined to anything.

    Args:
        scores: Folder with churn_score.parquet and the others.
        warehouse: Warehouse whose customers they are about; by default the one beside the folder.
        overrides: Changes to single gates, by name.
    """
    suites = override(load_suites("scores"), overrides or {})
    relations = {
        suite.table: f"read_parquet('{quoted_path(str(scores / f'{suite.file}.parquet'))}')"
        for suite in suites
        if (scores / f"{suite.file}.parquet").exists()
    }
    with open_runner(str(warehouse or scores.parent / "warehouse.duckdb")) as runner:
        return _run(runner, suites, set(), relations, {"scores": quoted_path(str(scores))})


def gate_names() -> set[str]:
    """The names of all gates that a company's file may change."""
    names = {
        gate.name
        for layer in ("core", "marts", "scores")
        for suite in load_suites(layer)
        for gate in suite.gates
    }
    files = FeedFiles(Path("feeds"), date(2000, 1, 1))
    for feed, contract in load_contracts().items():
        suite = feed_suite(contract, files.rows(feed), files.as_of, 1)
        names |= {gate.name for gate in suite.gates}
    for suite in load_suites("core"):
        if suite.conserves:
            contract = load_contracts()[suite.conserves]
            names |= {gate.name for gate in conservation_gates(suite, contract, files)}
    return names | {gate.name for gate in books_suite().gates}


def _as_contracts_allow(suite: Suite, contracts: Mapping[str, Contract], mapped: set[str]) -> Suite:
    """A core table may be empty where every mapped feed that fills it may be."""
    filling = [contracts[feed] for feed in suite.feeds if feed in mapped]
    if filling and all(contract.may_be_empty for contract in filling):
        return suite.with_rows(0)
    return suite


def _check_warehouse(
    warehouse: Path, suites: Iterable[Suite], mapped: set[str]
) -> list[CheckResult]:
    import duckdb

    if not warehouse.exists():
        raise GateConfigError(f"there is no warehouse file {warehouse.name} to judge")
    with duckdb.connect(str(warehouse), read_only=True) as con:
        there = con.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
        ).fetchall()
    relations = {name: name for (name,) in there}
    with open_runner(str(warehouse)) as runner:
        return _run(runner, suites, mapped, relations)


def _run(
    runner: GateRunner,
    suites: Iterable[Suite],
    mapped: set[str],
    relations: Mapping[str, str],
    places: Mapping[str, str] | None = None,
) -> list[CheckResult]:
    results: list[CheckResult] = []
    for suite in suites:
        if suite.feeds and not mapped & set(suite.feeds):
            results += skipped(suite)
        else:
            results += runner.run(suite, relations.get(suite.table), places)
    return results
