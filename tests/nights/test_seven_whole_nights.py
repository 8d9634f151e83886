"""Seven whole nights of a small company: who is who from night to night, as what is published says.

Growth changes no id, every other change is in the log, a merge that is taken back leaves the ids of
before, the order of files and rows changes no id, and no sale is lost or doubled on its way to
anybody. Part of `make test-long`; the matcher alone has its seven nights in tests/models/identity.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.nights.lean_nights import lean_nights
from tests.nights.small_company import CRM, MONDAY, SALES, Outcome, SmallCompany, person, sales_of

pytestmark = pytest.mark.skipif(
    "WHOLEVIEW_SCENARIOS" not in os.environ, reason="part of `make test-long`"
)
TWO = ("--left", "crm:C05", "--right", "crm:C06")
TOLD = ("--by", "Ann Lee", "--why", "the same passport")
IDS = (
    "select source_customer_id, customer_id from core.bridge_identity"
    " where identifier_type = 'source_customer_id'"
)
LOG = (
    "select as_of_on, event_type, previous_customer_id, customer_id from core.fct_identity_event"
    " where event_type <> 'created'"
)
MONEY = "select count(*), sum(amount), count(distinct customer_id) from core.fct_transaction"


def people_of(night: int) -> list[dict[str, Any]]:
    """What the CRM says at the end of a night."""
    rows = [person(number) for number in range(1, 21 if night == 0 else 26)]
    # a second record of 11, by its e-mail; a correction says on the sixth day that it is another's
    second = person(11) | {"id": "C41", "tel": "", "street": "", "zip": "", "town": ""}
    other = person(12) | {"id": "C41", "first": "Brunhold", "last": "Ottokarsen", "tel": "",
                          "born": "1931-01-30", "mail": "other@persona.example"}  # fmt: skip
    rows.append(other if night >= 5 else second)
    if night >= 1:  # and one of 3, which comes late: a record more is no change
        rows.append(person(3) | {"id": "C43", "street": "", "zip": "", "town": ""})
    if night >= 6:
        rows.append(person(26))
    return rows


@dataclass
class Week:
    """A company, the outcome of each night, and who was whom at its end."""

    company: SmallCompany
    outcomes: list[Outcome] = field(default_factory=list)
    ids: list[dict[str, str]] = field(default_factory=list)
    money: list[tuple[Any, ...]] = field(default_factory=list)
    learnt: list[list[tuple[Any, ...]]] = field(default_factory=list)

    def night(self, number: int, *, is_shuffled: bool = False) -> None:
        """Run a night on what is known at its end."""
        day = day_of(number)
        rows, sales = people_of(number), [s for n in range(1, 27) for s in sales_of(n)]
        if is_shuffled:
            rows, sales = rows[::-1], sales[::-1]
        self.company.put("crm.csv", CRM, rows)
        if number == 0:
            half = len(sales) // 3 if is_shuffled else len(sales)
            self.company.put("sales_1.csv", SALES, sales[:half])
            if is_shuffled:
                self.company.put("sales_2.csv", SALES, sales[half:])
        self.outcomes.append(self.company.night(day))
        assert self.outcomes[-1].code == 0, self.outcomes[-1].all
        self.ids.append(dict(self.company.rows(IDS)))
        self.money.append(self.company.rows(MONEY)[0])
        self.learnt.append(self.company.learnt_from())


def day_of(night: int) -> date:
    """The business date of a night."""
    return MONDAY + timedelta(days=night)


def open_company(folder: Path) -> SmallCompany:
    """The small company with an id of the CRM for each customer, and nothing in its files."""
    company = SmallCompany(folder)
    company.configure(settings={"publish_source_ids": ["crm"]})
    company.put_history(people=26)
    (company.raw / "sales_2.csv").unlink()
    return company


@pytest.fixture(scope="module")
def lean() -> Iterator[None]:
    with lean_nights() as patch:
        patch.setenv("WHOLEVIEW_KEY", "one key for all homes")  # ids hang on it
        yield


@pytest.fixture(scope="module")
def week(lean: None, tmp_path_factory: pytest.TempPathFactory) -> Week:
    week = Week(open_company(tmp_path_factory.mktemp("seven") / "week"))
    for number in range(7):
        if number == 2:
            assert week.company.command("identity", "decide", *TWO, "--must-link", *TOLD).code == 0
        if number == 4:
            assert week.company.command("identity", "decide", *TWO, "--undo", *TOLD).code == 0
        week.night(number)
    return week


def test_where_membership_only_grew_no_id_changes(week: Week) -> None:
    for night in (1, 3, 6):
        before, after = week.ids[night - 1], week.ids[night]
        assert {name: after[name] for name in before} == before
    # who buys is known before the CRM says who it is: a record is all that comes with it
    assert {*week.ids[1]} - {*week.ids[0]} == {"C43"} and {*week.ids[6]} == {*week.ids[5]}
    assert week.ids[1]["C43"] == week.ids[0]["C03"]


def test_every_other_change_is_in_the_log_and_nothing_else_is(week: Week) -> None:
    changed = {
        (day_of(night), was, week.ids[night][name])
        for night in range(1, 7)
        for name, was in week.ids[night - 1].items()
        if week.ids[night][name] != was
    }
    log = week.company.rows(LOG)
    assert {(day, was, became) for day, _, was, became in log} == changed
    assert {day for day, *_ in changed} == {day_of(2), day_of(4), day_of(5)}
    assert [kind for _, kind, *_ in sorted(log)] == ["merged", "split", "split"]


def test_a_merge_and_a_correction_do_what_they_say_and_undone_the_ids_are_those_of_before(
    week: Week,
) -> None:
    assert len({week.ids[2][name] for name in ("C05", "C06")}) == 1
    assert week.ids[4] == week.ids[1]
    assert week.ids[4]["C41"] == week.ids[4]["C11"] != week.ids[5]["C41"]
    assert week.ids[5]["C11"] == week.ids[0]["C11"]


def test_a_model_learns_from_people_as_they_were_known_then(week: Week) -> None:
    two = {week.ids[1]["C05"], week.ids[1]["C06"]}
    for night in range(7):
        past = {
            on: {name for name, cutoff, *_ in week.learnt[night] if cutoff == on}
            for on in {row[1] for row in week.learnt[night]}
        }
        today = past.pop(day_of(night))
        assert len(today & two) == (1 if night in (2, 3) else 2)
        # the merge of the third night was known at no cut-off that a model learns from
        assert len(past) > 1 and all(two <= people for people in past.values())


def test_no_sale_is_lost_or_doubled_on_its_way_to_anybody(week: Week) -> None:
    for night, (n, total, customers) in enumerate(week.money):
        assert n == week.company.sales_by(day_of(night))
        assert total == week.money[0][1]
        assert customers <= len(set(week.ids[night].values()))
    whose = "select count(*), count(distinct (source_system, source_customer_id)) from ("
    held = week.company.rows(
        f"{whose} select source_system, source_customer_id from core.bridge_identity"
        " where identifier_type = 'source_customer_id')"
    )
    assert held == [(len(week.ids[6]),) * 2]


def test_the_order_of_rows_and_files_changes_no_id(week: Week, lean: None, tmp_path: Path) -> None:
    other = Week(open_company(tmp_path / "other"))
    for number in range(2):
        other.night(number, is_shuffled=True)
    assert other.ids == week.ids[:2]
    assert other.money == week.money[:2]
