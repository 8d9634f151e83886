"""The engine under the gates: an upgrade of Great Expectations that breaks it fails here.

Every kind of gate is asked of a table that keeps the rule and of one that breaks it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from quality.gates.results import CheckResult
from quality.gates.runner import GateRunner, open_runner
from quality.gates.suites import GateConfigError, Suite, make_gates, rows_gate

GOOD = "(values (1, 'a', 0.5), (2, 'b', 1.0)) as t(k, word, x)"
KINDS: list[tuple[dict[str, Any], str, int]] = [
    ({"not_null": "k"}, "(values (1), (null)) as t(k)", 1),
    ({"unique": "k"}, "(values (1), (1), (2)) as t(k)", 2),
    ({"between": "k", "min": 0, "max": 5}, "(values (1), (6), (-1)) as t(k)", 2),
    ({"between": "x", "max": 1}, "(values ('inf'::double), (0.5)) as t(x)", 1),
    ({"within": "word", "values": ["a", "b"]}, "(values ('a'), ('z')) as t(word)", 1),
    (
        {"unique_together": ["k", "word"]},
        "(values (1, 'a'), (1, 'a'), (1, null), (1, null)) as t(k, word)",
        2,
    ),
    ({"law": "small", "failing": "x > 1", "says": "x is small"}, "(values (2.0)) as t(x)", 1),
]


def judged(engine: GateRunner, suite: Suite, values: str) -> list[CheckResult]:
    return engine.run(suite, f"(select * from {values})")


def suite_of(spec: dict[str, Any]) -> Suite:
    gates = make_gates("core", "a.table", "a.table", spec)
    return Suite("a.table", (), (rows_gate("core", "a.table", "a.table"), *gates))


@pytest.mark.parametrize(("spec", "bad", "n_failed"), KINDS)
def test_each_kind_passes_and_fails(
    engine: GateRunner, spec: dict[str, Any], bad: str, n_failed: int
) -> None:
    counted, healthy = judged(engine, suite_of(spec), GOOD)
    assert counted.passed and healthy.passed
    assert (counted.observed, healthy.n_failed, healthy.n_rows) == (2, 0, 2)
    _, broken = judged(engine, suite_of(spec), bad)
    assert not broken.passed
    assert broken.n_failed == n_failed


def test_a_reference_and_a_measure(engine: GateRunner) -> None:
    spec = {"reference": "k", "to": "(select 1 as id).id"}
    (gate,) = make_gates("core", "a.table", "a.table", spec)
    assert gate.name == "a.table.known_k"
    suite = Suite("a.table", (), (rows_gate("core", "a.table", "a.table"), gate))
    assert judged(engine, suite, "(values (1), (null)) as t(k)")[1].passed
    assert judged(engine, suite, "(values (1), (7)) as t(k)")[1].n_failed == 1
    sql = "select cast(sum(x) as double) as observed from {table}"
    measured = suite_of({"measure": "total", "sql": sql, "says": "small", "min": 0, "max": 3})
    assert judged(engine, measured, GOOD)[1].observed == 1.5
    over = judged(engine, measured, "(values (9.0)) as t(x)")[1]
    assert (over.passed, over.limit, over.n_failed) == (False, "0 to 3", None)
    nothing = judged(engine, measured, "(values (null::double)) as t(x)")[1]
    assert not nothing.passed


@pytest.mark.parametrize("kind", range(len(KINDS)))
def test_every_gate_fails_on_nothing(engine: GateRunner, kind: int) -> None:
    spec, bad, _ = KINDS[kind]
    results = judged(engine, suite_of(spec), f"{bad} limit 0")
    assert not any(result.passed for result in results)


def test_an_exception_is_a_failure_without_a_value(engine: GateRunner) -> None:
    law = {"law": "cast", "failing": "cast(word as integer) > 0", "says": "is a number"}
    _, result = judged(engine, suite_of(law), "(values ('someone@example.com')) as t(word)")
    assert not result.passed
    assert result.n_failed is None
    assert "ConversionException" in result.message
    assert "someone" not in str(result)


def test_a_missing_column_names_itself(engine: GateRunner) -> None:
    _, result = judged(engine, suite_of({"not_null": "nowhere"}), GOOD)
    assert not result.passed
    assert "nowhere" in result.message


def test_a_kind_that_is_none_is_an_error() -> None:
    with pytest.raises(GateConfigError, match="no known kind"):
        make_gates("core", "a.table", "a.table", {"regex": "k"})


def test_the_file_is_read_only_and_free_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "build.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("create table t as select 1 as k")
    with open_runner(str(path)) as runner:
        (result,) = runner.run(Suite("t", (), (rows_gate("core", "t", "t"),)), "t")
        assert result.passed
        (refused,) = runner.run(
            Suite("t", (), (rows_gate("core", "t", "t"),)), "t; create table u as select 1"
        )
        assert not refused.passed
    with duckdb.connect(str(path)) as con:  # a writer gets the file at once
        con.execute("create table u as select 1 as k")


def test_importing_the_gates_is_light() -> None:
    code = (
        "import sys, quality.gates as g; g.gate_names(); print('great_expectations' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_nothing_is_printed_where_people_read() -> None:
    code = (
        "from quality.gates.runner import open_runner\n"
        "from quality.gates.suites import Suite, rows_gate\n"
        "with open_runner(':memory:') as r:\n"
        "    r.run(Suite('t', (), (rows_gate('core', 't', 't'),)), '(select 1 as k)')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""
