"""A feed over nights: new, updated, older, same, conflicting and closed rows; what is due."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from orchestration.feeds import FeedResult, latest_business_date, write_batch_table
from quality.contracts import load_contracts, stored_columns
from tests.orchestration.feeds.company_home import (
    INTERACTION_COLUMNS,
    INTERACTION_HEADER,
    CompanyHome,
    csv,
    interactions,
)

OTHER_FEED = {"products": [{"from": "events", "columns": {"product_id": "id"}}]}


def row(id_: str, wait: str = "1", version: str = "", at: str = "2024-05-01T10:00:00Z") -> str:
    return f"{id_},{at},phone,call,c1,,{wait},{version}"


def one(results: list[FeedResult]) -> FeedResult:
    assert len(results) == 1
    return results[0]


@pytest.fixture
def company(tmp_path: Path) -> CompanyHome:
    return interactions(tmp_path / "a")


def test_first_night_writes_every_row_once(company: CompanyHome) -> None:
    company.put("events_1.csv", csv(INTERACTION_HEADER, row("a"), row("b", "2"), row("a")))
    result = one(company.night())
    assert (result.status, result.n_mapped, result.n_new, result.n_duplicate) == (
        "written", 3, 2, 1,
    )  # fmt: skip
    assert result.touched == (date(2024, 5, 1),)
    assert company.current("interactions", "interaction_id, wait_seconds") == [
        ("a", 1.0), ("b", 2.0),
    ]  # fmt: skip


def test_stored_schema_is_the_contracts(company: CompanyHome) -> None:
    company.put("events_1.csv", csv(INTERACTION_HEADER, row("a")))
    company.night()
    rows = company.home.feed_rows("interactions")
    wanted = [name for name, _ in stored_columns(load_contracts()["interactions"])]
    for number in (0, 1):
        described = company.sql(f"describe select * from '{rows}/b{number:06d}.parquet'")
        assert [d[0] for d in described] == wanted
        assert {d[0]: d[1] for d in described}["occurred_at"] == "TIMESTAMP WITH TIME ZONE"


def test_night_without_news_writes_nothing(company: CompanyHome) -> None:
    company.put("events_1.csv", csv(INTERACTION_HEADER, row("a")))
    company.night()
    before = sorted(company.home.feeds.rglob("*.parquet"))
    assert one(company.night()).status == "unchanged"
    assert sorted(company.home.feeds.rglob("*.parquet")) == before


def test_later_night_updates_without_version_and_keeps_the_past(company: CompanyHome) -> None:
    company.put("events_1.csv", csv(INTERACTION_HEADER, row("a", "1"), row("b", "5")))
    company.night()
    company.put("events_2.csv", csv(INTERACTION_HEADER, row("a", "2"), row("b", "5")))
    result = one(company.night())
    assert (result.n_updated, result.n_duplicate, result.n_new) == (1, 1, 0)
    assert company.current("interactions", "interaction_id, wait_seconds") == [
        ("a", 2.0), ("b", 5.0),
    ]  # fmt: skip
    past = company.current("interactions", "wait_seconds", as_of=date(2024, 5, 31))
    assert past == [(1.0,), (5.0,)]


def test_newest_version_wins_whatever_comes_last(company: CompanyHome) -> None:
    company.put("events_1.csv", csv(INTERACTION_HEADER, row("a", "3", "2024-05-03T00:00:00Z")))
    company.night()
    company.put("events_2.csv", csv(INTERACTION_HEADER, row("a", "2", "2024-05-02T00:00:00Z")))
    result = one(company.night())
    assert (result.n_older, result.n_updated) == (1, 0)
    assert company.current("interactions", "wait_seconds") == [(3.0,)]


def test_versions_in_one_file_show_each_past_day_as_it_was(company: CompanyHome) -> None:
    company.put(
        "events_1.csv",
        csv(
            INTERACTION_HEADER,
            row("a", "3", "2024-05-20T00:00:00Z"),
            row("a", "1", "2024-05-02T00:00:00Z"),
            row("a", "2", "2024-05-10T00:00:00Z"),
        ),
    )
    result = one(company.night())
    assert (result.n_new, result.n_older) == (1, 2)
    for day, wait in ((5, 1.0), (12, 2.0), (25, 3.0)):
        seen = company.current("interactions", "wait_seconds", as_of=date(2024, 5, day))
        assert seen == [(wait,)]


def test_version_between_two_stored_ones_takes_its_place_in_the_past(company: CompanyHome) -> None:
    versions = {"1": "02", "3": "20", "2": "10"}
    for number, (wait, day) in enumerate(versions.items()):
        line = row("a", wait, f"2024-05-{day}T00:00:00Z")
        company.put(f"events_{number}.csv", csv(INTERACTION_HEADER, line))
        company.night()
    for day, wait in ((5, 1.0), (12, 2.0), (25, 3.0)):
        seen = company.current("interactions", "wait_seconds", as_of=date(2024, 5, day))
        assert seen == [(wait,)]


def test_same_key_other_content_and_no_version_goes_to_quarantine_both(
    company: CompanyHome,
) -> None:
    company.put("events_1.csv", csv(INTERACTION_HEADER, row("a", "1"), row("b")))
    company.put("events_2.csv", csv(INTERACTION_HEADER, row("a", "2")))
    result = one(company.night())
    assert (result.n_new, result.n_quarantined) == (1, 2)
    assert result.reasons["dup.conflict"] == 2
    assert company.quarantined("interactions") == [(["dup.conflict"], 2), (["dup.conflict"], 2)]
    assert company.current("interactions", "interaction_id") == [("b",)]


def test_replaced_file_closes_what_its_new_bytes_lack(company: CompanyHome) -> None:
    company.put("events_1.csv", csv(INTERACTION_HEADER, row("a"), row("b")))
    company.put("events_2.csv", csv(INTERACTION_HEADER, row("c")))
    company.night()
    company.put("events_1.csv", csv(INTERACTION_HEADER, row("a", "7")))
    result = one(company.night())
    assert (result.n_updated, result.n_closed) == (1, 1)
    assert company.current("interactions", "interaction_id, wait_seconds") == [
        ("a", 7.0), ("c", 1.0),
    ]  # fmt: skip


def test_snapshot_closes_absent_keys_and_opens_them_again(tmp_path: Path) -> None:
    company = interactions(tmp_path / "a", mode="snapshot")
    company.put("events_1.csv", csv(INTERACTION_HEADER, row("a"), row("b")))
    company.night()
    company.put("events_1.csv", csv(INTERACTION_HEADER, row("a")))
    result = one(company.night())
    assert (result.n_closed, result.n_duplicate) == (1, 1)
    assert result.touched == (date(2024, 5, 1),)
    assert company.current("interactions", "interaction_id") == [("a",)]
    kept = company.current("interactions", "interaction_id, is_deleted", deleted=True)
    assert kept == [("a", False), ("b", True)]
    before = company.current("interactions", "interaction_id", as_of=date(2024, 5, 31))
    assert before == [("a",), ("b",)]
    company.put("events_1.csv", csv(INTERACTION_HEADER, row("a"), row("b"), row("d")))
    result = one(company.night())
    assert (result.n_updated, result.n_new, result.n_closed) == (1, 1, 0)
    assert company.current("interactions", "interaction_id") == [("a",), ("b",), ("d",)]


def test_a_full_dump_every_night_closes_what_it_lacks_and_forgets_nothing(tmp_path: Path) -> None:
    """Five dumps by their dates: who is absent is closed, whoever comes back is open again."""
    source = {"files": "events_*.csv", "mode": "snapshot", "snapshot_on": "from_name"}
    feeds = {"interactions": [{"from": "events", "columns": INTERACTION_COLUMNS}]}
    company = CompanyHome(tmp_path / "a", {"events": source}, feeds)
    dumps = ["abc", "ab", "ac", "ac", "abcd"]
    happened = dict.fromkeys("abc", "2024-05-01T10:00:00Z") | {"d": "2024-06-04T10:00:00Z"}
    said = []
    for night, keys in enumerate(dumps):
        rows = [
            row(key, "7" if key == "c" and night > 1 else "1", at=happened[key]) for key in keys
        ]
        company.put(f"events_2024-06-0{night + 1}.csv", csv(INTERACTION_HEADER, *rows))
        result = one(company.night())
        said.append((result.n_new, result.n_updated, result.n_duplicate, result.n_closed))
        assert [r[0] for r in company.current("interactions", "interaction_id")] == list(keys)
    assert said == [(3, 0, 0, 0), (0, 0, 2, 1), (0, 1, 1, 1), (0, 0, 2, 0), (1, 1, 2, 0)]
    # closed is no deletion: every version is kept, and each past night is seen as it was
    assert len(company.all_rows("interactions")) == 4 + 2 + 2
    for night, keys in enumerate(dumps):
        as_of = date(2024, 5, 31) + timedelta(days=night)
        seen = company.current("interactions", "interaction_id", as_of=as_of)
        assert [r[0] for r in seen] == list(keys), night
    waits = company.current("interactions", "interaction_id, wait_seconds")
    assert waits == [("a", 1.0), ("b", 1.0), ("c", 7.0), ("d", 1.0)]
    content = company.current("interactions")
    company.rebuild("interactions")
    assert company.current("interactions") == content


def test_a_row_that_says_it_is_deleted_goes_and_comes_back_by_its_version(
    tmp_path: Path,
) -> None:
    columns = INTERACTION_COLUMNS | {"is_deleted": "gone"}
    feeds = {"interactions": [{"from": "events", "columns": columns}]}
    company = CompanyHome(tmp_path / "a", {"events": {"files": "events_*.csv"}}, feeds)
    header = f"{INTERACTION_HEADER},gone"
    versions = [("2024-05-02", "false"), ("2024-05-04", "true"), ("2024-05-03", "false"),
                ("2024-05-05", "0")]  # fmt: skip
    seen = []
    for night, (day, gone) in enumerate(versions):
        line = f"{row('a', version=f'{day}T00:00:00Z')},{gone}"
        company.put(f"events_{night}.csv", csv(header, line))
        company.night()
        seen.append(len(company.current("interactions")))
    assert seen == [1, 0, 0, 1]
    assert company.book("interactions", "older") == 1


def test_one_file_fills_two_feeds_and_both_books_balance(tmp_path: Path) -> None:
    """Lines of receipts with the buyer's data: transactions, and the people in them."""
    lines = {
        "transaction_id": "receipt", "line_number": "line", "occurred_at": "day_at",
        "amount": "total", "source_customer_id": "buyer", "email": "mail",
    }  # fmt: skip
    feeds = {
        "transactions": [{"from": "till", "columns": lines}],
        "customer_records": [
            {
                "from": "till",
                "sql": "select max(_row) as _row, buyer as source_customer_id, max(mail) as email,"
                " max(name) as family_name from till group by buyer",
            }
        ],
    }
    company = CompanyHome(tmp_path / "a", {"till": {"files": "till_*.csv"}}, feeds)
    header = "receipt,line,day_at,total,buyer,mail,name"
    rows = [f"r{n},1,2024-05-01T10:00:00Z,{n}.50,c{n % 2},c{n % 2}@x.example,N" for n in range(5)]
    company.put("till_1.csv", csv(header, *rows, "r9,1,never,1.00,c0,c0@x.example,N"))
    receipts, buyers = company.night()
    assert (receipts.n_new, receipts.n_quarantined) == (5, 1)
    assert (buyers.n_new, buyers.n_not_selected) == (2, 4)
    for feed in feeds:
        assert company.book(feed, "driving") == 6
        assert company.book(feed, "mapped") == sum(
            company.book(feed, measure) for measure in ("accepted", "quarantined", "refused")
        )
    company.put("till_2.csv", csv(header, "r7,1,2024-05-02T10:00:00Z,1.00,c7,c7@x.example,N"))
    assert [result.n_new for result in company.night()] == [1, 1]


def test_snapshot_row_that_turned_bad_is_not_closed(tmp_path: Path) -> None:
    company = interactions(tmp_path / "a", mode="snapshot")
    company.put("events_1.csv", csv(INTERACTION_HEADER, row("a"), row("b")))
    company.night()
    company.put("events_1.csv", csv(INTERACTION_HEADER, row("a"), row("b", at="yesterday")))
    result = one(company.night())
    assert (result.n_closed, result.n_quarantined) == (0, 1)
    assert company.current("interactions", "interaction_id") == [("a",), ("b",)]


def test_item_that_came_before_its_order_finds_it_later(tmp_path: Path) -> None:
    sql = (
        "select i._row, i.order_id as transaction_id, i.n as line_number, o.at as occurred_at,"
        " num(i.price) as amount from items i join orders o on o.id = i.order_id"
    )
    sources = {"items": {"files": "items_*.csv"}, "orders": {"files": "orders_*.csv"}}
    feeds = {"transactions": [{"from": "items", "sql": sql}]}
    company = CompanyHome(tmp_path / "a", sources, feeds)
    company.put("items_1.csv", csv("order_id,n,price", "o1,1,10.50", "o2,1,2.25"))
    company.put("orders_1.csv", csv("id,at", "o1,2024-05-01 10:00:00"))
    result = one(company.night())
    assert (result.n_new, result.n_not_selected) == (1, 1)
    company.put("orders_2.csv", csv("id,at", "o2,2024-05-02 10:00:00"))
    result = one(company.night())
    assert (result.n_new, result.n_duplicate, result.n_not_selected) == (1, 1, 0)
    amounts = company.current("transactions", "transaction_id, cast(amount as varchar)")
    assert amounts == [("o1", "10.5000"), ("o2", "2.2500")]


def test_changed_mapping_maps_the_feed_anew_and_it_alone(company: CompanyHome) -> None:
    company.put("events_1.csv", csv(INTERACTION_HEADER, row("a", "60")))
    company.night()
    changed = dict(INTERACTION_COLUMNS, talk_seconds="wait")
    del changed["wait_seconds"]
    feeds = {"interactions": [{"from": "events", "columns": changed}]}
    company.configure({"events": {"files": "events_*.csv"}}, feeds, {})
    result = one(company.night())
    assert result.is_rebuilt
    assert (result.status, result.touched) == ("written", (date(2024, 5, 1),))
    assert company.current("interactions", "wait_seconds, talk_seconds") == [(None, 60.0)]
    assert len(company.all_rows("interactions")) == 1


def test_feed_mapped_late_gets_all_earlier_batches(company: CompanyHome) -> None:
    sources = {"events": {"files": "events_*.csv"}}
    company.configure(sources, OTHER_FEED, {})
    company.put("events_1.csv", csv(INTERACTION_HEADER, row("a")))
    company.night()
    company.put("events_2.csv", csv(INTERACTION_HEADER, row("b")))
    company.night()
    feeds = {"interactions": [{"from": "events", "columns": INTERACTION_COLUMNS}]}
    company.configure(sources, feeds, {})
    result = one(company.night())
    assert result.n_new == 2
    assert [r[0] for r in company.all_rows("interactions", "batch")] == [1, 2]


def test_feed_that_is_no_longer_mapped_is_emptied(company: CompanyHome) -> None:
    company.put("events_1.csv", csv(INTERACTION_HEADER, row("a")))
    company.night()
    company.configure({"events": {"files": "events_*.csv"}}, OTHER_FEED, {})
    result = company.write("interactions", 1)
    assert (result.status, result.is_rebuilt) == ("empty", True)
    assert company.all_rows("interactions") == []


def test_batch_table_and_last_business_date(company: CompanyHome) -> None:
    assert latest_business_date(company.home, load_contracts()) is None
    company.put("events_1.csv", csv(INTERACTION_HEADER, row("a", at="2024-05-04T23:30:00Z")))
    company.night()
    company.night()
    assert latest_business_date(company.home, load_contracts()) == date(2024, 5, 5)
    assert write_batch_table(company.home, company.ledger, company.company) == 2
    table = company.sql(
        f"select source, batch, night_on, is_first, lag_seconds from '{company.home.batch_table}'"
    )
    assert table == [
        ("events", 1, date(2024, 5, 31), True, 0), ("events", 2, date(2024, 6, 1), False, 0),
    ]  # fmt: skip


def test_late_answers_do_not_move_the_last_business_date(tmp_path: Path) -> None:
    """Orders say how far the business ran; answers count with it for a week, and no further."""
    sources = {"shop": {"files": "shop.csv"}, "answers": {"files": "answers.csv"}}
    orders = {"from": "shop", "columns": {"order_id": "id", "ordered_at": "at", "email": "mail"}}
    answers = {
        "from": "answers",
        "columns": {"response_id": "id", "responded_at": "at", "score": "score", "email": "mail"},
        "set": {"metric_type": "nps", "survey_id": "s"},
    }
    home = CompanyHome(tmp_path, sources, {"orders": [orders], "survey_responses": [answers]})
    home.put("shop.csv", csv("id,at,mail", "o1,2024-03-01,a@b.example", "o2,2024-03-03,c@d.eu"))
    home.put("answers.csv", csv("id,at,score,mail", "r1,2024-05-20,9,a@b.example"))
    home.night()
    assert latest_business_date(home.home, load_contracts()) == date(2024, 3, 3)
    home.put(
        "answers.csv",
        csv("id,at,score,mail", "r1,2024-05-20,9,a@b.example", "r2,2024-03-08,9,c@b.example",
            "r3,2024-03-11,9,c@b.example"),
    )  # fmt: skip
    home.night()
    assert latest_business_date(home.home, load_contracts()) == date(2024, 3, 8)


def test_without_a_running_feed_any_event_says_the_last_business_date(tmp_path: Path) -> None:
    answers = {
        "from": "answers",
        "columns": {"response_id": "id", "responded_at": "at", "score": "score", "email": "mail"},
        "set": {"metric_type": "nps", "survey_id": "s"},
    }
    home = CompanyHome(
        tmp_path, {"answers": {"files": "answers.csv"}}, {"survey_responses": [answers]}
    )
    home.put("answers.csv", csv("id,at,score,mail", "r1,2024-05-20,9,a@b.example"))
    home.night()
    assert latest_business_date(home.home, load_contracts()) == date(2024, 5, 20)


def test_rows_of_days_that_were_closed_are_counted_as_late(company: CompanyHome) -> None:
    """The first batch brings the past; later ones the day before, and what is older is late."""
    company.put("events_1.csv", csv(INTERACTION_HEADER, row("a", at="2023-01-01T10:00:00Z")))
    assert "late" not in one(company.night()).reasons
    assert company.ledger.batches()[0].received_at.date() == date(2024, 6, 1)
    rows = [row(i, at=f"2024-{at}T10:00:00Z") for i, at in (("b", "06-01"), ("c", "05-31"),
                                                             ("d", "03-01"))]  # fmt: skip
    company.put("events_2.csv", csv(INTERACTION_HEADER, *rows))
    result = one(company.night())
    assert (result.n_new, result.reasons["late"]) == (3, 2)
    company.put("events_3.csv", csv(INTERACTION_HEADER, *rows))
    assert "late" not in one(company.night()).reasons


def test_a_source_that_tells_late_by_its_lag_is_not_late(tmp_path: Path) -> None:
    company = interactions(tmp_path / "lag")
    source = {"files": "events_*.csv", "mode": "append", "lag": "2d"}
    feeds = {"interactions": [{"from": "events", "columns": INTERACTION_COLUMNS}]}
    company.configure({"events": source}, feeds, {})
    company.put("events_1.csv", csv(INTERACTION_HEADER, row("a")))
    company.night()
    days = ("05-30", "05-29")
    rows = [row(day, at=f"2024-{day}T10:00:00Z") for day in days]
    company.put("events_2.csv", csv(INTERACTION_HEADER, *rows))
    assert one(company.night()).reasons["late"] == 1


def test_late_rows_are_taken_and_the_restatement_is_logged(tmp_path: Path) -> None:
    company = interactions(tmp_path / "late")
    company.put("events_1.csv", csv(INTERACTION_HEADER, "a,2024-05-01T10:00:00Z,web,search,c,,,"))
    assert company.night()[0].message == "", "a first batch brings its past"
    late = [f"l{n},2024-05-0{n}T10:00:00Z,web,search,c,,," for n in (2, 4)]
    new = "n,2024-06-01T10:00:00Z,web,search,c,,,"
    company.put("events_2.csv", csv(INTERACTION_HEADER, *late, new))
    result = company.night()[0]
    said = "late: 2 rows of 2024-05-02 to 2024-05-04; days worked out again"
    assert (result.message, result.reasons["late"]) == (said, 2)
    assert f"  interactions: {said}" in company.say
    assert set(result.touched) >= {date(2024, 5, 2), date(2024, 5, 4), date(2024, 6, 1)}
