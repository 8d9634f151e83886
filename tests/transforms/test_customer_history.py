"""The customer as of any date, against a slow and simple account of the same, on drawn people.

Without dbt: the model's own SQL on tables that are made here.
"""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.lint.travels.render import Renderer

PROJECT = Path(__file__).resolve().parents[2] / "transforms"
DAY = dt.datetime(2024, 1, 1)
END = 400
MACROS = (
    "create macro engine__epoch_us(moment) as epoch_us(moment)",
    "create macro engine__first_by(value, key) as"
    " min_by(value, case when value is not null then key end)",
)
VERSIONS = (
    "row_id varchar, source_system varchar, source_customer_id varchar, identity_key varchar,"
    " version_batch bigint, valid_from timestamp, region varchar, language varchar, phone varchar,"
    " is_deleted boolean"
)
#: What the model reads besides; nobody has it here.
EMPTY = (
    "any_name", "gender", "postal_code", "country", "any_address", "company_name",
    "account_status", "preferred_channel", "email",
)  # fmt: skip
GOLDEN = (
    "select customer_id, null::bigint as birth_year, null as gender, 'as of today' as region,"
    " null as postal_code_prefix, null as country, null as language, null as account_status,"
    " null as preferred_channel, false as is_business, false as is_deleted, false as has_email,"
    " false as has_phone, false as has_address, 0.5::double as attribute_completeness,"
    " timestamp '2024-01-01' as first_seen_at from (select distinct customer_id from identity_map)"
)


class World:
    """Versions of records, and whose each was from when until when (days; None is always)."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)
        self.versions: list[tuple[Any, ...]] = []
        self.spans: dict[str, list[tuple[str, int | None, int | None]]] = {}
        for record in range(60):
            key = f"k{record}"
            for number in range(rng.choice((1, 2, 3, 12))):
                day = rng.randrange(0, END, 5)
                self.versions.append(
                    (f"{key}-{number}", "crm", key, key, number, DAY + dt.timedelta(day),
                     rng.choice(("north", "south", None)), rng.choice(("de", "en", None)),
                     rng.choice(("+491", None)), rng.random() < 0.2)
                )  # fmt: skip
            days = sorted(rng.sample(range(1, END), rng.choice((0, 0, 0, 1, 2))))
            people = rng.sample([f"c{n}" for n in range(25)], len(days) + 1)
            edges = [None, *days, None]
            self.spans[key] = list(zip(people, edges, edges[1:], strict=False))
            if rng.random() < 0.1:  # nobody's by now
                self.spans[key][-1] = (*self.spans[key][-1][:2], END)

    def history(self) -> list[tuple[Any, ...]]:
        """What the model says: customer, from, to, region, language, has_phone, is_deleted."""
        con = duckdb.connect()
        for macro in MACROS:
            con.execute(macro)
        con.execute(f"create table v ({VERSIONS})")
        con.executemany("insert into v values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self.versions)
        empty = ", ".join(f"null::varchar as {name}" for name in EMPTY)
        con.execute(
            f"create table stg_customer_record_version as select *, {empty},"
            " null::date as birth_date, region is not null as has_place from v"
        )
        con.execute("create table s (k varchar, c varchar, a timestamp, b timestamp)")
        con.executemany(
            "insert into s values (?, ?, ?, ?)",
            [
                (key, customer, moment(since or -9), until and moment(until))
                for key, spans in self.spans.items()
                for customer, since, until in spans
            ],
        )
        con.execute("create table identity_map as select k as identity_key, c as customer_id,"
                    " a as known_at from s where b is null")  # fmt: skip
        con.execute("create table identity_past as select k as identity_key, c as customer_id,"
                    " a as known_at, b as until_at from s where b is not null")  # fmt: skip
        con.execute(f"create table golden_customer as {GOLDEN}")
        model = PROJECT / "models" / "core" / "dims" / "dim_customer_history.sql"
        sql = Renderer(PROJECT).render(model.read_text(), incremental=False)
        return con.execute(
            "select customer_id, valid_from, valid_to, region, language, has_phone, is_deleted"
            f" from ({sql}) order by all"
        ).fetchall()

    def then(self, customer: str, at: dt.datetime) -> tuple[Any, ...] | None:
        """Region, language, has_phone and is_deleted of a customer, read off one by one."""
        said: dict[str, tuple[Any, ...]] = {}
        for version in sorted(self.versions, key=lambda v: (v[5], v[4])):
            held = any(
                who == customer
                and (since is None or moment(since) <= at)
                and (until is None or at < moment(until))
                for who, since, until in self.spans[version[3]]
            )
            if held and version[5] <= at:
                said[version[3]] = version
        if not said:
            return None
        is_deleted = all(version[9] for version in said.values())
        heard = [v for v in said.values() if is_deleted or not v[9]]
        # the newest first; of one moment by the record's key, which the model has as a hash
        heard.sort(key=lambda v: v[5], reverse=True)
        region, language = (next((v[n] for v in heard if v[n]), None) for n in (6, 7))
        return region, language, any(v[8] for v in heard), is_deleted

    def is_told_apart(self, customer: str, at: dt.datetime) -> bool:
        """Whether no two records of a customer have a version of one moment, by then."""
        seen = [
            (v[5], v[3]) for v in self.versions
            if v[5] <= at and any(who == customer for who, *_ in self.spans[v[3]])
        ]  # fmt: skip
        return len({when for when, _ in seen}) == len(set(seen))


def moment(day: int) -> dt.datetime:
    """Noon of a day: no version is of that moment."""
    return DAY + dt.timedelta(day, hours=12)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_customer_at_every_moment(seed: int) -> None:
    world, checked = World(seed), 0
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for row in world.history():
        rows.setdefault(row[0], []).append(row)
    for customer, history in rows.items():
        starts = [row[1] for row in history]
        assert starts == sorted(set(starts))
        last = history[-1][2]
        for at in (moment(day) + dt.timedelta(hours=1) for day in range(0, END + 9, 3)):
            if (last is None and at >= starts[-1]) or not world.is_told_apart(customer, at):
                continue  # the golden record itself, or a tie
            found = [row[3:] for row in history if row[1] <= at and (not row[2] or at < row[2])]
            expected = world.then(customer, at)
            assert found == ([] if expected is None else [expected]), (customer, at)
            checked += 1
    assert checked > 500
    today = {spans[-1][0] for spans in world.spans.values() if spans[-1][2] is None}
    assert {customer for customer, history in rows.items() if not history[-1][2]} == today
