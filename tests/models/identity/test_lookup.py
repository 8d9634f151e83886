"""Rows found in arrays are those that a query would find."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from models.identity.arrays import lookup


@pytest.mark.parametrize("n_rows", [0, 1, 7, 300_000])
def test_positions_are_those_of_the_values_that_are_asked_for(n_rows):
    draw = np.random.default_rng(70001)
    values = draw.integers(0, 2**64, n_rows, dtype=np.uint64)
    # rows of one value, and values whose first bits are those of another
    values[n_rows // 2 :] = np.concatenate([values, values ^ np.uint64(1)])[: -(-n_rows // 2)]
    asked = np.concatenate([values[::3], draw.integers(0, 2**64, 50, dtype=np.uint64)])
    batches = np.split(values, [n_rows // 3])
    found = lookup.positions(asked, batches)
    assert found.tolist() == np.flatnonzero(np.isin(values, asked)).tolist()
    assert len(lookup.positions(asked[:0], batches)) == 0
    fives = [np.full_like(each, 5) for each in batches]
    less = [each - np.uint64(5) for each in batches]
    summed = lookup.positions(asked, less, fives)
    assert summed.tolist() == found.tolist()


@pytest.mark.parametrize("at_once", [2048, 1 << 17])
def test_rows_found_are_those_that_a_query_finds_with_nulls_left_out(monkeypatch, at_once):
    monkeypatch.setattr(lookup, "AT_ONCE", at_once)
    con = duckdb.connect()
    con.execute(
        "create table told as select n, case when n % 3 > 0 then hash(n % 1000) end as h,"
        " n % 2 = 0 as is_even, [n, n + 1] as pair from range(20000) t(n)"
    )
    asked = "select case when n % 5 > 0 then hash(n) else null end from range(400) t(n)"
    told = lookup.Arrays(con, "from told")
    assert len(told) == 20_000
    for table in (told, lookup.Stored("told")):
        table.find(con, "found", "h", asked)
        sql = f"from told where h in ({asked})"
        assert con.execute(f"(from found except all {sql}) union all ({sql} except all from found)"
                           ).fetchall() == []  # fmt: skip
        assert con.execute("select count(*) from found").fetchone()[0] > 2_000


def test_what_one_of_two_has_is_told_and_nothing_that_is_there_twice():
    draw = np.random.default_rng(70002)
    every = np.unique(draw.integers(0, 2**64, 10_000, dtype=np.uint64))
    draw.shuffle(every)
    one, other = every[:6_000], every[3_000:]
    expected = np.setxor1d(one, other)
    assert lookup.only_in_one([one[:9], one[9:]], [other]).tolist() == expected.tolist()
    assert lookup.only_in_one([], [other]).tolist() == np.sort(other).tolist()
    with pytest.raises(ValueError, match="twice"):
        lookup.only_in_one([one], [other, other[:1]])
