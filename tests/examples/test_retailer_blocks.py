"""Blocks of people: together one company, whose numbers are nobody else's and whose files grow."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from examples.retailer.plan import make_plan
from examples.retailer.raw.families import FAMILIES
from tests.examples.retailer_kit import CUSTOMERS, DAYS, SEED, UNTIL, hashes, make

BLOCK = 150


@pytest.fixture(scope="module")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("blocks") / "sample", block_size=BLOCK)


def test_people_are_dealt_to_the_blocks() -> None:
    plan = make_plan(CUSTOMERS, DAYS, SEED, UNTIL, block_size=BLOCK)
    assert plan.n_blocks == 3
    for week in range(-1, plan.n_weeks):
        shares = [plan.people_of_block(block, week) for block in range(plan.n_blocks)]
        assert sum(shares) == plan.people_through(week)
        assert max(shares) - min(shares) <= 1


def test_no_row_comes_from_two_blocks(blocks: Path) -> None:
    """The company's own rows are written once, and a number is given to one row."""
    notes = pq.read_table(blocks / f"truth/{UNTIL}/files.parquet").to_pylist()
    twice = Counter[str]()
    for note in notes:
        twice[note["family"]] += note["twice"]
    for family in FAMILIES:
        lines: list[str] = []
        for path in (blocks / "raw").glob(family.path.format(period="*", place="*")):
            data = path.read_bytes()
            text = (gzip.decompress(data) if family.is_gzip else data).decode("utf-8-sig")
            body = text.split("\n")
            assert family.header is None or body[0].rstrip("\r") == family.header.split("\n")[0]
            lines += [line for line in body[family.header is not None :] if line.strip()]
        # Broken rows are short and may be alike; a row with line breaks is several lines.
        whole = [line for line in lines if len(line) > 40]
        repeated = sum(n - 1 for n in Counter(whole).values())
        assert repeated <= 2 * twice[family.name], family.name


def test_truth_counts_every_block_once(blocks: Path) -> None:
    people = pq.read_table(blocks / f"truth/{UNTIL}/person.parquet")["person"].to_pylist()
    assert people == list(range(len(people))) and len(people) > BLOCK
    incidents = pq.read_table(blocks / f"truth/{UNTIL}/incident.parquet").to_pylist()
    starts = {row["incident"]: row["started_at"] for row in incidents}
    assert len(set(starts.values())) == len(starts)
    households = pq.read_table(blocks / f"truth/{UNTIL}/person.parquet")["household"].to_pylist()
    assert all((head - person) % 3 == 0 for person, head in zip(people, households, strict=True))


def test_what_the_blocks_wrote_is_what_the_truth_counts(blocks: Path) -> None:
    counts = {
        r["name"]: r["n"]
        for r in pq.read_table(blocks / f"truth/{UNTIL}/count.parquet").to_pylist()
    }
    ids = set()
    for path in (blocks / "raw/shop").glob("orders_*.csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            ids |= {row[0] for row in csv.reader(lines) if row} - {"order_id"}
    assert abs(len(ids) - counts["orders_web"]) <= 3
    events = [
        json.loads(line)["id"]
        for path in (blocks / "raw/web").glob("*.gz")
        for line in gzip.decompress(path.read_bytes()).splitlines()
        if line.endswith(b"}")
    ]
    assert 0 <= len(events) - len(set(events)) <= 0.01 * len(events)


def test_three_more_days_leave_every_byte_of_the_blocks(blocks: Path) -> None:
    before = hashes(blocks)
    after = hashes(make(blocks, until=date(2026, 6, 30), block_size=BLOCK))
    assert {name: after[name] for name in before} == before
    assert len(after) > len(before)
    assert not (blocks / ".parts").exists()
