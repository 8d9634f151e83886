"""The ready company files for usual exports and services, on data of their shape that we made."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.check import check_company
from orchestration.company import load_company
from orchestration.feeds import write_feed
from orchestration.fetching import fetch, is_remote, settle
from orchestration.findings import PROBLEM
from orchestration.home import Home
from orchestration.landing import land_source
from orchestration.ledger import Ledger
from tests.orchestration.fetching.service import Reply, Service, ok

EXAMPLES = Path(__file__).parents[2] / "examples" / "sources"
RECORDED = Path(__file__).parent / "recorded"
NOW = datetime(2025, 9, 1, 2, tzinfo=UTC)
EPOCH = 1_740_823_200  # 2025-03-01 10:00 UTC


def typeform(path: str, given: dict[str, str]) -> Reply:
    assert (path, given["page_size"]) == ("/forms/abc123/responses", "1000")
    answers = [
        {"field": {"id": "f1", "ref": "nps", "type": "opinion_scale"}, "type": "number",
         "number": 9},
        {"field": {"id": "f2", "ref": "sat", "type": "rating"}, "type": "number", "number": 4},
        {"field": {"id": "f3", "ref": "why", "type": "long_text"}, "type": "text", "text": "Nice"},
    ]  # fmt: skip
    items = [
        {"landing_id": f"t{n}", "token": f"t{n}", "response_id": f"t{n}",
         "submitted_at": f"2025-03-0{9 - n}T10:00:00Z", "metadata": {"platform": "other"},
         "hidden": {"email": f"p{n}@example.org", "order_id": f"O-{n}"}, "answers": answers[:n]}
        for n in (1, 2, 3)
    ]  # fmt: skip
    at = int(given.get("before", "t0")[1:])
    return ok({"total_items": 3 - at, "page_count": 1, "items": items[at : at + 2]})


def zendesk(path: str, given: dict[str, str]) -> Reply:
    tickets = [
        {"id": n, "created_at": f"2025-03-01T10:0{n}:00Z", "updated_at": "2025-03-02T10:00:00Z",
         "requester_id": 900 + n, "assignee_id": 7, "group_id": 3, "status": status,
         "via": {"channel": channel, "source": {"from": {}}}, "description": "Hello", "tags": ["a"]}
        for n, status, channel in ((1, "solved", "email"), (2, "open", "voice"), (3, "hold", "web"))
    ]  # fmt: skip
    ratings = [
        {"id": 50, "score": "good", "comment": "Thanks", "ticket_id": 1, "requester_id": 901,
         "assignee_id": 7, "updated_at": "2025-03-03T10:00:00Z"},
        {"id": 51, "score": "offered", "comment": None, "ticket_id": 2, "requester_id": 902,
         "assignee_id": 7, "updated_at": "2025-03-03T10:00:00Z"},
    ]  # fmt: skip
    is_tickets = path == "/tickets.json"
    rows: list[Any] = tickets if is_tickets else ratings
    at = int(given.get("page[after]", 0))
    meta = {"has_more": at + 2 < len(rows), "after_cursor": str(at + 2)}
    return ok({"tickets" if is_tickets else "satisfaction_ratings": rows[at : at + 2],
               "meta": meta, "links": {"next": "https://elsewhere.example/"}})  # fmt: skip


def hubspot(path: str, given: dict[str, str]) -> Reply:
    people = [
        {"id": str(100 + n), "createdAt": "2024-01-01T10:00:00.123Z",
         "updatedAt": "2025-03-01T10:00:00Z", "archived": False,
         "properties": {"email": f"p{n}@example.org", "firstname": "Anna", "lastname": None,
                        "phone": "030 1234567", "city": "Berlin", "zip": "01067"}}
        for n in range(3)
    ]  # fmt: skip
    at = int(given.get("after", 0))
    more = {"paging": {"next": {"after": str(at + 2), "link": "https://api.hubapi.com/x"}}}
    return ok({"results": people[at : at + 2], **(more if at + 2 < len(people) else {})})


def stripe(path: str, given: dict[str, str]) -> Reply:
    charges = [
        {"id": f"ch_{n}", "object": "charge", "amount": amount, "currency": currency,
         "status": status, "created": EPOCH - n, "customer": "cus_1",
         "billing_details": {"email": "anna@example.org"}}
        for n, amount, currency, status in
        ((1, 1999, "eur", "succeeded"), (2, 500, "eur", "failed"), (3, 700, "jpy", "succeeded"))
    ]  # fmt: skip
    refunds = [{"id": "re_1", "object": "refund", "amount": 999, "currency": "eur",
                "status": "succeeded", "created": EPOCH + 99, "charge": "ch_1"}]  # fmt: skip
    rows: list[Any] = charges if path == "/charges" else refunds
    after = given.get("starting_after")
    at = [row["id"] for row in rows].index(after) + 1 if after else 0
    return ok({"object": "list", "data": rows[at : at + 2], "has_more": at + 2 < len(rows)})


SERVICES = {"typeform": typeform, "zendesk": zendesk, "hubspot": hubspot, "stripe": stripe}


@contextlib.contextmanager
def environment(name: str) -> Iterator[dict[str, str]]:
    """What the company file of an example takes from the environment."""
    service = Service()
    if name in SERVICES:
        service.answer = SERVICES[name]
    upper = name.upper()
    yield {"EXPORTS": str(RECORDED), f"{upper}_URL": service.url, f"{upper}_TOKEN": "a/token:b",
           f"{upper}_KEY": "sk_test"}  # fmt: skip
    service.close()


class Landed:
    """An example, landed and written to its feeds."""

    def __init__(self, name: str, directory: Path) -> None:
        self.home = Home(directory / "home").prepare()
        with Ledger(self.home.ledger) as ledger, environment(name) as environ:
            company = load_company(EXAMPLES / f"{name}.yml", environ)
            self.findings = check_company(company, NOW)
            batch = ledger.open_batch("r1", NOW)
            self.parsed = {}
            for source in company.sources.values():
                place = (self.home, ledger)
                got = fetch(*place, source, lambda _: None) if is_remote(source) else None
                result = land_source(
                    *place, company, source.name, batch, NOW, lambda _: None,
                    fetched=got.found if got else None, refusal=got.refusal if got else None,
                )  # fmt: skip
                assert result.status == "loaded", result.message
                self.parsed[source.name] = result.counts.parsed
                if got:
                    settle(*place, source, got)
            ledger.finish_batch(batch, date(2025, 8, 31), NOW)
            self.results = {
                feed: write_feed(self.home, ledger, company, feed, batch, b"k" * 32)
                for feed in company.feeds
            }

    def query(self, feed: str, what: str) -> list[tuple[Any, ...]]:
        """What a feed holds, in the order of what is asked."""
        rows = self.home.feed_file(feed, "rows", 1)
        connection = duckdb.connect()
        connection.execute("set TimeZone = 'UTC'")
        return connection.execute(
            f"select {what} from read_parquet('{rows}') order by all"
        ).fetchall()


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The examples by name, each made once."""
    made: dict[str, Landed] = {}

    def of(name: str) -> Landed:
        if name not in made:
            made[name] = Landed(name, tmp_path_factory.mktemp(name))
        return made[name]

    return of


NAMES = sorted(path.stem for path in EXAMPLES.glob("*.yml"))


@pytest.mark.parametrize("name", NAMES)
def test_check_finds_nothing_and_every_row_is_accepted(landed: Any, name: str) -> None:
    example = landed(name)
    assert [str(f) for f in example.findings if f.severity == PROBLEM] == []
    for feed, result in example.results.items():
        assert (result.status, result.n_quarantined, result.n_coerced) == ("written", 0, 0), (
            feed, result.reasons, result.message
        )  # fmt: skip


def test_there_is_one_for_each_that_is_promised() -> None:
    assert NAMES == [
        "hubspot", "qualtrics", "shopify", "stripe", "surveymonkey", "typeform", "zendesk"
    ]  # fmt: skip


def test_qualtrics(landed: Any) -> None:
    example = landed("qualtrics")
    assert example.parsed == {"qualtrics": 3}
    found = example.query(
        "survey_responses", "response_id, question_id, metric_type, score, comment"
    )
    assert found == [
        ("R_1aaaaaaaaaaaaaa", "q1", "nps", 9, None),
        ("R_1aaaaaaaaaaaaaa", "q2", "csat", 5, None),
        ("R_1aaaaaaaaaaaaaa", "q3", "open", None, "Alles gut,\ndanke!"),
        ("R_2bbbbbbbbbbbbbb", "q1", "nps", 3, None),
    ]
    assert example.query("survey_responses", "distinct is_complete, responded_at::varchar") == [
        (False, "2025-03-08 10:00:00+00"), (True, "2025-03-01 09:02:01+00")
    ]  # fmt: skip


def test_surveymonkey(landed: Any) -> None:
    found = landed("surveymonkey").query(
        "survey_responses", "question_id, score, responded_at::varchar"
    )
    assert found == [
        ("q1", 6, "2025-03-02 20:03:00+00"), ("q1", 10, "2025-03-01 09:14:02+00"),
        ("q2a", 2, "2025-03-02 20:03:00+00"), ("q2a", 4, "2025-03-01 09:14:02+00"),
        ("q2b", 5, "2025-03-01 09:14:02+00"), ("q3", None, "2025-03-01 09:14:02+00"),
    ]  # fmt: skip


def test_shopify(landed: Any) -> None:
    example = landed("shopify")
    assert example.query("orders", "order_id, status, ordered_at::varchar") == [
        ("5501000000001", "shipped", "2025-03-01 14:59:30+00"),
        ("5501000000002", "created", "2025-07-02 00:30:00+00"),
    ]
    found = example.query(
        "transactions", "order_id, line_type, amount::double, occurred_at::varchar"
    )
    first, second = "2025-03-01 15:00:00+00", "2025-07-02 00:30:00+00"
    assert found == [
        ("5501000000001", "discount", -5.0, first),
        ("5501000000001", "item", 10.0, first),
        ("5501000000001", "item", 20.0, first),
        ("5501000000001", "item", 25.0, first),
        ("5501000000001", "shipping", 5.0, first),
        ("5501000000002", "item", 12.0, second),
        ("5501000000002", "refund", -4.0, second),
    ]
    # what the export itself says: Total, less what was paid back
    assert sum(row[2] for row in found) == 55.0 + 12.0 - 4.0


def test_typeform(landed: Any) -> None:
    found = landed("typeform").query(
        "survey_responses", "submission_id, question_id, score, comment"
    )
    assert found == [
        ("t1", "nps", 9, None), ("t2", "nps", 9, None), ("t2", "sat", 4, None),
        ("t3", "nps", 9, None), ("t3", "sat", 4, None), ("t3", "why", None, "Nice"),
    ]  # fmt: skip


def test_zendesk(landed: Any) -> None:
    example = landed("zendesk")
    assert example.parsed == {"zendesk__tickets": 3, "zendesk__ratings": 2}
    found = example.query("interactions", "interaction_id, channel, interaction_type, is_resolved")
    assert found == [
        ("1", "email", "email", True), ("2", "phone", "call", False),
        ("3", "web", "contact_form", False),
    ]  # fmt: skip
    assert example.query("survey_responses", "response_id, score") == [("50", 1)]


def test_hubspot(landed: Any) -> None:
    found = landed("hubspot").query("customer_records", "source_customer_id, postal_code, email")
    assert found == [(str(100 + n), "01067", f"p{n}@example.org") for n in range(3)]


def test_stripe(landed: Any) -> None:
    found = landed("stripe").query(
        "transactions",
        "transaction_id, amount::double, currency, refers_to_id, occurred_at::varchar",
    )
    assert found == [
        ("ch_1", 19.99, "EUR", None, "2025-03-01 09:59:59+00"),
        ("ch_3", 700.0, "JPY", None, "2025-03-01 09:59:57+00"),
        ("re_1", -9.99, "EUR", "ch_1", "2025-03-01 10:01:39+00"),
    ]


def test_what_is_recorded_is_made_up() -> None:
    text = json.dumps([path.read_text(encoding="utf-8") for path in RECORDED.glob("*.csv")])
    addresses = {word for word in text.replace('"', ",").split(",") if "@" in word}
    assert addresses and all(word.endswith("@example.org") for word in addresses)
