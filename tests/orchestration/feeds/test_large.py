"""A feed of many rows: tables kept in a file and sorted by spans of days give the same files."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from orchestration.feeds import engine, ordering
from tests.orchestration.feeds.company_home import (
    INTERACTION_HEADER,
    CompanyHome,
    csv,
    interactions,
)


def _two_nights(root: Path, mode: str) -> CompanyHome:
    """Rows of 30 days in no order, the same ones in every company; half of them corrected later."""
    chance = random.Random(7)
    rows = [
        f"i{n},2024-05-{chance.randint(1, 30):02d}T10:00:00Z,phone,call,c{n % 9},,{n},"
        for n in range(400)
    ]
    chance.shuffle(rows)
    company = interactions(root, mode)
    company.put("events_1.csv", csv(INTERACTION_HEADER, *rows, "i_bad,no time,phone,call,c1,,1,"))
    company.night()
    changed = [line[:-1] + "5," for line in rows[::2]]
    company.put("events_2.csv", csv(INTERACTION_HEADER, *changed))
    company.night()
    return company


# A snapshot closes the half that its second night no longer names.
@pytest.mark.parametrize(("mode", "n_rows"), [("append", 600), ("snapshot", 800)])
def test_many_rows_give_the_same_files_as_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, n_rows: int
) -> None:
    plain = _two_nights(tmp_path / "plain", mode)
    monkeypatch.setattr(engine, "LARGE_ROWS", 1)
    monkeypatch.setattr(ordering, "SORTED_ROWS", 50)
    large = _two_nights(tmp_path / "large", mode)
    for file in sorted(plain.home.feeds.rglob("b*.parquet")):
        same = large.home.feeds / file.relative_to(plain.home.feeds)
        rows = "select * from read_parquet('%s')"
        assert plain.sql(rows % file) == large.sql(rows % same), file.name
    assert plain.sql(
        f"select count(*) from read_parquet('{plain.home.feed_rows('interactions')}/*.parquet')"
    ) == [(n_rows,)]
    assert not list((large.home.root / "tmp").glob("feed.duckdb*"))
