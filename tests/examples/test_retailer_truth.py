"""What the truth says: it agrees with the world, and nothing that is judged by it can read it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.examples.retailer_kit import UNTIL, make


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    out = make(tmp_path_factory.mktemp("truth") / "sample", customers=2500, days=400)
    con = duckdb.connect(":memory:")
    for path in (out / "truth" / UNTIL.isoformat()).glob("*.parquet"):
        con.execute(f"create view {path.stem} as from read_parquet('{path}')")
    return con


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[float, ...]]:
    return con.execute(query).fetchall()


def test_nothing_that_is_judged_names_the_truth(root: Path) -> None:
    for room in ("orchestration", "quality", "models", "transforms"):
        for path in sorted((root / room).rglob("*")):
            if path.suffix in {".py", ".sql", ".yml"} and "target" not in path.parts:
                assert "truth/" not in path.read_text(encoding="utf-8"), path


def test_process_values_are_what_answers_come_to(truth: duckdb.DuckDBPyConnection) -> None:
    """Over the whole history the answers given lie around the process value, not the census."""
    found = rows(
        truth,
        "select answered_value - process_value, census_value, process_value, n_answered"
        " from metric where period_grain = 'all' and slice_name = 'all' order by metric_name",
    )
    assert len(found) == 4  # effort on two scales
    for error, _, _, n in found:
        assert abs(error) < 4 * 100 / n**0.5
    nps = found[-1]
    assert nps[2] - nps[1] > 4  # who feels well answers more


def test_every_answer_is_in_one_month_and_one_value_of_a_slice(
    truth: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(
        truth,
        "select metric_name, slice_name, sum(n_answered) filter (where period_grain = 'month'),"
        " sum(n_answered) filter (where period_grain = 'all') from metric group by all",
    )
    assert all(by_month == whole for _, _, by_month, whole in found)
    (asked,) = rows(truth, "select n from count where name = 'answers'")[0]
    total = rows(
        truth, "select sum(n_answered) from metric where slice_name || period_grain = 'allall'"
    )
    assert (
        0.9 * asked < total[0][0] <= asked
    )  # partial answers to the quarterly survey do not count


def test_chances_to_buy_come_true(truth: duckdb.DuckDBPyConnection) -> None:
    ((planted, bought, n),) = rows(
        truth,
        "select avg(probability), avg(has_bought::int), count(*) from propensity"
        " where has_bought is not null",
    )
    assert (
        n
        == 6
        * rows(truth, "select count(distinct person) from propensity where has_bought is not null")[
            0
        ][0]
    )
    assert planted == pytest.approx(bought, abs=4 * (planted / n) ** 0.5 + 0.002)


def test_chances_to_leave_come_true_and_rank(truth: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        truth,
        "select ntile(4) over (order by churn_probability), churn_probability, has_left::int"
        " from latent where has_left is not null",
    )
    assert sum(p for _, p, _ in found) / len(found) == pytest.approx(
        sum(y for *_, y in found) / len(found), abs=0.03
    )
    lowest, highest = ([y for part, _, y in found if part == q] for q in (1, 4))
    assert sum(highest) > 3 * sum(lowest)
