"""Feeds and their books: suites from contracts, skipped where unmapped, freshness, conservation."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from quality.contracts import load_contracts, stored_columns
from quality.gates import FeedFiles, check_feeds, gate_names, write_results
from quality.gates.books import EQUATIONS, books_suite
from quality.gates.conservation import conservation_gates
from quality.gates.feeds import feed_suite
from quality.gates.results import COLUMNS, CheckResult
from quality.gates.runner import GateRunner
from quality.gates.suites import Suite, load_suites

AS_OF = date(2024, 3, 31)
ORDERS = load_contracts()["orders"]


def write_feed(
    folder: Path, feed: str, rows: list[dict[str, Any]], replaced: str = ""
) -> FeedFiles:
    """Row and superseded files of a feed, as contracts store them, and one batch."""
    columns = stored_columns(load_contracts()[feed])
    base = {
        "source_name": "shop",
        "batch": 1,
        "record_hash": "h",
        "source_row": "f:1",
        "is_superseding": False,
        "source_system": "shop",
    }
    declared = ", ".join(f'"{name}" {kind}' for name, kind in columns)
    with duckdb.connect() as con:
        con.execute(f"create table rows ({declared})")
        for row in rows:
            full = base | row
            names = ", ".join(f'"{name}"' for name in full)
            marks = ", ".join("?" * len(full))
            con.execute(f"insert into rows ({names}) values ({marks})", list(full.values()))
        con.execute(
            "create table replaced as select * from (values (?, null::date, 1::bigint))"
            " as t(row_id, version_on, batch) where row_id <> ''",
            [replaced],
        )
        con.execute("create table batch as select 1 as batch, date '2024-03-31' as night_on")
        for table, path in (
            ("rows", folder / feed / "rows" / "b000001.parquet"),
            ("replaced", folder / feed / "superseded" / "b000001.parquet"),
            ("batch", folder / "_batch" / "batch.parquet"),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            con.execute(f"copy {table} to '{path}' (format parquet)")
    return FeedFiles(folder, AS_OF, "UTC")


def order(row_id: str, order_id: str, day: int = 30, **more: Any) -> dict[str, Any]:
    moment = datetime(2024, 3, day, 12)
    made = {"ordered_at": moment, "occurred_on": moment.date(), "received_at": moment}
    return {"row_id": row_id, "order_id": order_id, **made, **more}


def judge(engine: GateRunner, files: FeedFiles, hours: int | None = None) -> dict[str, CheckResult]:
    rows = files.rows("orders")
    suite = feed_suite(ORDERS, rows, AS_OF, hours)
    results = engine.run(suite, f"read_parquet('{rows}', union_by_name=true)")
    return {result.gate.removeprefix("feeds.orders."): result for result in results}


def failed(results: dict[str, CheckResult]) -> set[str]:
    return {name for name, result in results.items() if not result.passed}


def test_a_healthy_feed_passes(engine: GateRunner, tmp_path: Path) -> None:
    files = write_feed(tmp_path, "orders", [order("a", "1"), order("b", "2")])
    results = judge(engine, files, hours=48)
    assert failed(results) == set(), results
    assert results["freshness"].observed == pytest.approx(36)


@pytest.mark.parametrize(
    ("rows", "gate"),
    [
        ([], "row_count"),
        ([], "unique_row_id"),
        ([order("a", "1"), order("a", "2")], "unique_row_id"),
        ([order("a", "1"), order("b", "1")], "unique_current_key"),
        ([order("a", "1") | {"order_id": None}], "not_null_order_id"),
        ([order("a", "1", day=2)], "freshness"),
        (
            [order("a", "1"), order("b", "2") | {"occurred_on": date(1900, 1, 1)}],
            "no_time_before_floor",
        ),
    ],
)
def test_a_fault_in_a_feed_meets_its_gate(
    engine: GateRunner, tmp_path: Path, rows: list[dict[str, Any]], gate: str
) -> None:
    assert gate in failed(judge(engine, write_feed(tmp_path, "orders", rows), hours=48))


def test_a_superseded_row_is_no_second_current_one(engine: GateRunner, tmp_path: Path) -> None:
    files = write_feed(tmp_path, "orders", [order("a", "1"), order("b", "1")], replaced="a")
    assert failed(judge(engine, files)) == set()


def conserved(engine: GateRunner, files: FeedFiles, table: str, sums: tuple[str, ...]) -> set[str]:
    suite = Suite("core.facts", (), (), conserves="transactions", money=sums)
    contract = load_contracts()["transactions"]
    gates = conservation_gates(suite, contract, files)
    counted = load_suites("core")[0].gates[0]
    results = engine.run(Suite("core.facts", (), (counted, *gates)), f"(select * from {table})")
    return {result.gate for result in results if not result.passed}


def test_rows_and_money_of_a_feed_are_conserved(engine: GateRunner, tmp_path: Path) -> None:
    moment = {"occurred_at": datetime(2024, 3, 30), "occurred_on": date(2024, 3, 30)}
    lines = [
        {"row_id": "a", "transaction_id": "1", "amount": 10, **moment},
        {"row_id": "b", "transaction_id": "2", "amount": -4.25, **moment},
        {"row_id": "old", "transaction_id": "2", "amount": 99, **moment},
        {"row_id": "gone", "transaction_id": "3", "amount": 7, **moment, "is_deleted": True},
        {
            "row_id": "later",
            "transaction_id": "4",
            "amount": 8,
            "occurred_at": datetime(2024, 4, 2),
            "occurred_on": date(2024, 4, 2),
        },
        {
            "row_id": "corrected_tomorrow",
            "transaction_id": "5",
            "amount": 9,
            **moment,
            "is_superseding": True,
            "version_at": datetime(2024, 4, 1, 12),
        },
    ]
    files = write_feed(tmp_path, "transactions", lines, replaced="old")
    both = ("core.facts.rows_conserved", "core.facts.amount_conserved")
    whole = "(values (10.0000::decimal(18,4)), (-4.25)) as t(amount)"
    assert conserved(engine, files, whole, ("amount",)) == set()
    cents = "(values (1000.0000::decimal(18,4)), (-425)) as t(amount)"
    assert conserved(engine, files, cents, ("amount",)) == {both[1]}
    lost = "(values (10.0000::decimal(18,4))) as t(amount)"
    assert conserved(engine, files, lost, ("amount",)) == set(both)


def balanced_books() -> pd.DataFrame:
    """The books of one file: 10 lines framed, 9 parsed; 9 driving, 8 mapped, 7 accepted."""
    figures = {
        "framing": {"framed": 10, "parsed": 9, "quarantined": 0, "blank": 1},
        "handover": {"parsed": 9},
        "mapping": {"driving": 9, "not_selected": 1, "exploded": 0, "mapped": 8},
        "validation": {"accepted": 7, "quarantined": 1, "refused": 0},
        "write": {"new": 5, "updated": 1, "duplicate": 1, "older": 0},
    }
    rows = [
        {
            "batch": 1,
            "source": "shop",
            "file_id": "f",
            "feed": "" if stage == "framing" else "orders",
            "mapping_index": 0,
            "stage": stage,
            "measure": measure,
            "value": value,
        }
        for stage, measures in figures.items()
        for measure, value in measures.items()
    ]
    return pd.DataFrame(rows)


def judge_books(engine: GateRunner, books: pd.DataFrame, path: Path) -> set[str]:
    books.to_parquet(path / "books.parquet", index=False)
    results = engine.run(books_suite(), f"read_parquet('{path / 'books.parquet'}')")
    return {r.gate.removeprefix("feeds.books.") for r in results if not r.passed}


def test_books_that_balance_pass(engine: GateRunner, tmp_path: Path) -> None:
    assert judge_books(engine, balanced_books(), tmp_path) == set()


@pytest.mark.parametrize(
    ("stage", "measure", "value", "gate"),
    [
        ("framing", "parsed", 8, "framing_balances"),
        ("handover", "parsed", 10, "handover_balances"),
        ("mapping", "not_selected", 0, "mapping_balances"),
        ("validation", "quarantined", 0, "validation_balances"),
        ("write", "new", 4, "write_balances"),
        ("framing", "blank", -1, "no_negative_count"),
    ],
)
def test_books_that_do_not_balance_fail(
    engine: GateRunner, tmp_path: Path, stage: str, measure: str, value: int, gate: str
) -> None:
    books = balanced_books()
    books.loc[(books["stage"] == stage) & (books["measure"] == measure), "value"] = value
    assert gate in judge_books(engine, books, tmp_path)


@pytest.mark.parametrize("name", ["validation_money_balances", "write_money_balances"])
def test_books_of_money_that_do_not_balance_fail(
    engine: GateRunner, tmp_path: Path, name: str
) -> None:
    (whole,), parts = EQUATIONS[name]
    stage, measure = whole.split(".")
    extra = balanced_books().iloc[[0]].assign(stage=stage, measure=measure, value=1200)
    books = pd.concat([balanced_books(), extra])
    assert name in judge_books(engine, books, tmp_path)
    stage, measure = parts[0].split(".")
    paid = extra.assign(stage=stage, measure=measure)
    assert name not in judge_books(engine, pd.concat([books, paid]), tmp_path)


def test_unmapped_feeds_are_skipped_and_shown(tmp_path: Path) -> None:
    contracts = {name: load_contracts()[name] for name in ("orders", "products", "incidents")}
    paths = {}
    for feed in contracts:
        rows = [order("a", "1")] if feed == "orders" else []
        paths[feed] = write_feed(tmp_path, feed, rows).rows(feed)
    results = check_feeds(
        contracts=contracts,
        mapped_feeds={"orders", "incidents"},
        feed_paths=paths,
        as_of=AS_OF,
        books=balanced_books(),
        overrides={"feeds.orders.not_null_row_id": {"severity": "warn"}},
    )
    assert all(result.passed for result in results), [r.message for r in results if not r.passed]
    skipped = {result.table_name for result in results if result.is_skipped}
    assert skipped == {"products"}
    assert {r.gate for r in results if r.severity == "warn"} == {"feeds.orders.not_null_row_id"}
    assert {result.gate for result in results} <= gate_names()
    write_results(results, tmp_path / "quality" / "check_result.parquet")
    written = pd.read_parquet(tmp_path / "quality" / "check_result.parquet")
    assert list(written.columns) == list(COLUMNS)
    assert len(written) == len(results)


def test_no_result_is_a_file_too(tmp_path: Path) -> None:
    write_results([], tmp_path / "none.parquet")
    assert list(pd.read_parquet(tmp_path / "none.parquet").columns) == list(COLUMNS)


def test_every_suite_begins_with_its_row_count() -> None:
    suites = [suite for layer in ("core", "marts", "scores") for suite in load_suites(layer)]
    suites += [
        feed_suite(contract, "feeds/x/rows/*.parquet", AS_OF, 1)
        for contract in load_contracts().values()
    ]
    assert all(suite.gates[0].kind == "rows" for suite in [*suites, books_suite()])
