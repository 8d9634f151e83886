"""No model joins each of its customers with every other: plans of what a night runs.

Belongs here: how DuckDB would join the tables of a night on the sample. Does not: what is in them.

A left join with a condition on one side alone is worked out pair by pair, unseen on a small
company: what survives of 460,000 customers took eleven minutes that way, and 24 seconds without.
With the few rows of a grid (slices, attributes) a join is worked out so too, and may be.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.nights.sample_night import Sample

PAIR_BY_PAIR = ("BLOCKWISE_NL_JOIN", "NESTED_LOOP_JOIN", "CROSS_PRODUCT")
#: Rows of a grid; the sample has several times as many customers, orders and answers.
FEW = 50


def operators(plan: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for each in plan:
        yield each
        yield from operators(each["children"])


def n_rows(operator: dict[str, Any]) -> int:
    """How many rows DuckDB expects of an operator, or else of the largest of those that feed it."""
    told = operator["extra_info"].get("Estimated Cardinality")
    if told is None:
        return max(map(n_rows, operator["children"]), default=0)
    return int(told.lstrip("~").split()[0])


def joins_pair_by_pair(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    """What a query says of joins that compare all rows of two tables of more than FEW rows."""
    told = con.execute(f"explain (format json) {sql}").fetchall()[0][1]
    return [
        each["extra_info"]
        for each in operators(json.loads(told))
        if each["name"] in PAIR_BY_PAIR and min(map(n_rows, each["children"])) > FEW
    ]


@pytest.fixture(scope="module")
def build(sample: Sample) -> Path:
    """The folder of the night's build."""
    return (sample.company.home.root / "builds" / "tonight").resolve()


@pytest.fixture(scope="module")
def models(build: Path) -> dict[str, str]:
    """The SQL of every model as the night ran it, by name."""
    compiled = build / "dbt" / "compiled" / "wholeview" / "models"
    # what lies under the name of a yml file is a test
    files = [file for file in compiled.rglob("*.sql") if ".yml" not in str(file)]
    return {file.stem: file.read_text(encoding="utf-8") for file in files}


@pytest.fixture(scope="module")
def con(build: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The build's databases, as dbt has them."""
    con = duckdb.connect(str(build / "warehouse.duckdb"), read_only=True)
    for name in ("restricted", "work"):
        con.execute(f"attach '{build / name}.duckdb' as {name} (read_only)")
    yield con
    con.close()


def test_no_model_compares_all_rows_of_two_tables(
    models: dict[str, str], con: duckdb.DuckDBPyConnection
) -> None:
    found = {name: joins_pair_by_pair(con, sql) for name, sql in models.items()}
    assert len(found) > 100
    assert {name: joins for name, joins in found.items() if joins} == {}


@pytest.mark.parametrize(
    ("condition", "is_seen"),
    [
        ("a.customer_id = b.customer_id", False),
        ("a.customer_id = b.customer_id and b.region is not null", False),
        ("a.customer_id = b.customer_id and a.region is not null", True),
        ("a.region is not null", True),
    ],
)
def test_a_left_join_with_a_condition_on_its_own_side_is_seen(
    con: duckdb.DuckDBPyConnection, condition: str, is_seen: bool
) -> None:
    customer = "core.dim_customer"
    sql = f"from {customer} a left join {customer} b on {condition}"
    assert bool(joins_pair_by_pair(con, sql)) is is_seen
