"""Lists of a service that fails in every usual way: all of a list, once, or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from orchestration.fetching import rest, rest_session
from orchestration.fetching.since import since_of
from tests.orchestration.fetching.conftest import Nights
from tests.orchestration.fetching.service import Reply, Service, ok

ROWS = [{"id": i, "at": f"2025-01-{1 + i // 24:02d}T{i % 24:02d}:00:00Z", "score": 1.10}
        for i in range(1, 251)]  # fmt: skip
SIZE = 40


@pytest.fixture
def service() -> Iterator[Service]:
    running = Service()
    yield running
    running.close()


def declare(
    nights: Nights, service: Service, pages: str, more: str = "", token: str = "t0"
) -> None:
    nights.declare(
        f'shop: {{rest: {{base_url: "{service.url}/v1", endpoints: [{{path: answers, data: data,'
        f' total: total, pages: {pages}{more}}}]}}, token: "${{TOKEN}}"}}',
        TOKEN=token,
    )


def by_page(path: str, given: dict[str, str]) -> Reply:
    page = int(given.get("page", 1))
    return ok({"data": ROWS[(page - 1) * SIZE : page * SIZE], "total": len(ROWS)})


def by_offset(path: str, given: dict[str, str]) -> Reply:
    at, size = int(given["skip"]), int(given["take"])
    return ok({"data": ROWS[at : at + size], "total": len(ROWS), "more": at + size < len(ROWS)})


def by_cursor(path: str, given: dict[str, str]) -> Reply:
    at = int(given.get("after", "c0")[1:])
    following = f"c{at + SIZE}" if at + SIZE < len(ROWS) else None
    page = {"data": ROWS[at : at + SIZE], "total": len(ROWS), "meta": {"next": following}}
    return ok(page)


def by_link(service: Service) -> Any:
    def answer(path: str, given: dict[str, str]) -> Reply:
        at = int(given.get("at", 0))
        link = f'<{service.url}/v1/answers?at={at + SIZE}>; rel="next"'
        return ok(
            {"data": ROWS[at : at + SIZE], "total": len(ROWS)},
            **({"link": link} if at + SIZE < len(ROWS) else {}),
        )

    return answer


def by_url(path: str, given: dict[str, str]) -> Reply:
    at = int(given.get("at", 0))
    following = f"/v1/answers?at={at + SIZE}" if at + SIZE < len(ROWS) else None
    return ok({"data": ROWS[at : at + SIZE], "total": len(ROWS), "links": {"next": following}})


KINDS = {
    "page": ("{by: page, size: 40, size_param: per}", by_page),
    "offset": ("{by: offset, param: skip, size: 40, size_param: take, more: more}", by_offset),
    "cursor": ("{by: cursor, param: after, at: meta.next}", by_cursor),
    "link": ("{by: link}", by_link),
    "next_url": ("{by: next_url, at: links.next}", by_url),
}


def use(nights: Nights, service: Service, kind: str) -> None:
    pages, answer = KINDS[kind]
    service.answer = answer(service) if kind == "link" else answer
    declare(nights, service, pages)


@pytest.mark.parametrize("kind", KINDS)
def test_each_usual_way_of_paging(nights: Nights, service: Service, kind: str) -> None:
    use(nights, service, kind)
    result = nights.land()
    assert (result.status, result.counts.parsed) == ("loaded", 250), result.message
    assert nights.query("select count(distinct id), min(score), max(score) from source") == [
        (250, "1.1", "1.1")
    ]
    assert set(service.tokens) == {"Bearer t0"}
    assert nights.land().status == "unchanged"


BUSY = (429, {"retry-after": "7"}, b"slow down")
DATED = (
    503,
    {"date": "Wed, 01 Jan 2025 10:00:00 GMT", "retry-after": "Wed, 01 Jan 2025 10:00:09 GMT"},
    b"",
)
CUT = ok({"data": ROWS[40:80], "total": 250})
CUT_JSON = (200, {}, CUT[2][:700])
CUT_LINE = (200, {"content-length": str(len(CUT[2]))}, CUT[2][:700])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (BUSY, "it answers 429; trying again in 7 s"),
        (DATED, "it answers 503; trying again in 9 s"),
        ((500, {}, b"oops"), "it answers 500"),
        (CUT_JSON, "an answer is cut off"),
        (CUT_LINE, "the connection broke"),
    ],
    ids=["429", "503", "500", "cut json", "cut line"],
)
def test_faults_in_the_middle_lose_and_double_nothing(
    nights: Nights, service: Service, kind: str, fault: Reply, said: str
) -> None:
    use(nights, service, kind)
    service.faults = {2: [fault], 4: [fault], 5: [fault]}
    result = nights.land()
    assert (result.status, nights.landed()) == ("loaded", 250), result.message
    assert nights.query("select count(distinct id) from source") == [(250,)]
    assert sum(said in line for line in nights.said) == 3, nights.said


def expired(path: str, given: dict[str, str]) -> Reply:
    return (401, {}, b"{}") if int(given.get("page", 1)) > 3 else by_page(path, given)


def login(path: str, given: dict[str, str]) -> Reply:
    page = b"\n<!DOCTYPE html><html><form>ann@example.org</form></html>"
    return (200, {}, page) if int(given.get("page", 1)) > 2 else by_page(path, given)


def again(path: str, given: dict[str, str]) -> Reply:
    return by_page(path, {"page": str(min(int(given.get("page", 1)), 3))})


def short(path: str, given: dict[str, str]) -> Reply:
    page = int(given.get("page", 1))
    return ok({"data": ROWS[(page - 1) * 40 : page * 40 - 20]})


def fewer(path: str, given: dict[str, str]) -> Reply:
    page = int(given.get("page", 1))
    return ok({"data": ROWS[(page - 1) * 40 : page * 40] if page < 4 else [], "total": 250})


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (expired, "source.denied", "the token is not taken (any more)"),
        (login, "source.denied", "a web page"),
        (again, "source.incomplete", "the same page came twice"),
        (short, "source.incomplete", "a page of 20 rows where 40 were asked for"),
        (fewer, "source.incomplete", "120 rows came where it says 250"),
        (lambda p, g: (404, {}, b""), "source.missing", "404"),
        (lambda p, g: (400, {}, b""), "source.failed", "400"),
        (lambda p, g: (500, {}, b""), "source.unreachable", "500"),
        (lambda p, g: (200, {}, b'{"data": [{"id": NaN'), "source.incomplete", "cut off"),
        (lambda p, g: (200, {}, b"[" * 9999), "source.incomplete", "cut off"),
        (lambda p, g: ok({"data": [1, 2]}), "source.failed", "no list of rows"),
        (lambda p, g: (302, {"location": "https://elsewhere.example/"}, b""), "source.unsafe",
         "another host"),
        (lambda p, g: (302, {"location": "/v1/answers"}, b""), "source.failed", "without end"),
    ],
)  # fmt: skip
def test_a_list_that_is_not_whole_is_not_taken(
    nights: Nights, service: Service, answer: Any, code: str, said: str
) -> None:
    service.answer = answer
    declare(nights, service, KINDS["page"][0], token="hunter2")
    result = nights.land()
    assert (result.status, result.reason_code) == ("failed", code), result.message
    assert said in str(result.message)
    assert nights.landed() == 0
    shown = str(result) + " ".join(nights.said) + repr(nights.company)
    assert "hunter2" not in shown and "ann@example.org" not in shown
    service.answer = by_page
    assert nights.land().counts.parsed == 250, "the next night has all of it"


@pytest.mark.parametrize("at", ["c80", "c120"])
def test_a_cursor_that_loops_is_seen(nights: Nights, service: Service, at: str) -> None:
    def looping(path: str, given: dict[str, str]) -> Reply:
        document = json.loads(by_cursor(path, given)[2])
        if document["meta"]["next"] == "c160":
            document["meta"]["next"] = at
        return ok(document)

    service.answer = looping
    declare(nights, service, KINDS["cursor"][0])
    result = nights.land()
    assert result.reason_code == "source.incomplete"
    assert "a loop" in str(result.message)
    assert len(service.asked) < 12


def test_a_next_page_on_another_host_gets_no_token(nights: Nights, service: Service) -> None:
    other = Service()
    service.answer = lambda p, g: ok({"data": ROWS[:2], "next": f"{other.url}/v1/answers"})
    pages = "{by: next_url, at: next}"
    declare(nights, service, pages)
    assert nights.land().reason_code == "source.unsafe"
    assert other.asked == []
    other.close()


def test_pages_are_capped(
    nights: Nights, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(nights, service, "page")
    monkeypatch.setattr(rest_session, "MAX_PAGE_BYTES", 1000)
    assert nights.land().reason_code == "source.unsafe"
    monkeypatch.undo()
    monkeypatch.setattr(rest, "MAX_PAGES", 2)
    result = nights.land()
    assert (result.reason_code, nights.landed()) == ("source.incomplete", 0)


def test_a_list_that_changes_while_it_is_read_is_read_once_more(
    nights: Nights, service: Service
) -> None:
    rows = list(ROWS)

    def moving(path: str, given: dict[str, str]) -> Reply:
        if len(service.asked) == 3:
            rows.insert(0, {"id": 0, "at": "2025-01-01T00:00:00Z", "score": 1})
        page = int(given.get("page", 1))
        return ok({"data": rows[(page - 1) * SIZE : page * SIZE], "total": len(rows)})

    service.answer = moving
    declare(nights, service, "{by: page, size: 40}")
    result = nights.land()
    # Read as it moves, one row comes twice: the number of rows is right, and so it is taken whole
    # or read again, but never with a row missing.
    assert result.status == "loaded", result.message
    found = nights.query("select count(distinct id) from source")[0][0]
    assert found in (250, 251)
    assert nights.query("select count(distinct id) from source where id > '0'") == [(250,)]


def test_a_cursor_asks_for_what_is_new(nights: Nights, service: Service) -> None:
    rows = [dict(row) for row in ROWS]

    def since(path: str, given: dict[str, str]) -> Reply:
        found = [row for row in rows if row["at"] >= given.get("from", "")]
        return ok({"data": found, "total": len(found)})

    service.answer = since
    declare(nights, service, "{by: none}", ", cursor: at, since: from, key: [id]")
    assert nights.land().counts.parsed == 250
    assert nights.land().status == "unchanged"
    assert service.asked[-1][1] == {"from": "2025-01-11T09:00:00Z"}
    rows[-1]["score"] = 2
    rows.append({"id": 251, "at": "2025-01-11T10:30:00Z", "score": 3})
    assert nights.land().counts.parsed == 2
    assert nights.query("select count(*), count(distinct id), max(score) from source") == [
        (251, 251, "3")
    ]


def test_an_empty_list_and_numbers_digit_for_digit(nights: Nights, service: Service) -> None:
    declare(nights, service, "{by: none}")
    service.answer = lambda p, g: ok({"data": [], "total": 0})
    assert nights.land().status == "loaded"
    exact = b'{"data": [{"id": 12345678901234567890, "x": 0.1000, "y": {"z": [1.50]}}]}'
    service.answer = lambda p, g: (200, {}, exact)
    assert nights.land().counts.parsed == 1
    (raw,) = [a for a in nights.ledger.arrivals("shop") if a.n_parsed]
    kept = nights.home.raw_dir("shop") / f"{raw.file_id}.jsonl"
    assert kept.read_bytes() == b'{"id":12345678901234567890,"x":0.1000,"y":{"z":[1.50]}}\n'


@pytest.mark.parametrize(
    ("newest", "overlap", "since"),
    [
        (None, None, None),
        ("1735725600", None, "1735722000"),
        ("1735725600", 60, "1735725540"),
        ("77", None, "77"),
        ("77", 7, "70"),
        ("2025-01-01T10:00:00Z", None, "2025-01-01T09:00:00Z"),
        ("2025-01-01T10:00:00.250+00:00", 1, "2025-01-01T09:59:59.250+00:00"),
        ("2025-01-01 10:00:00-05:00", None, "2025-01-01 09:00:00-05:00"),
        ("2025-01-01", None, "2024-12-31"),
        ("v17", None, "v17"),
    ],
)
def test_where_a_list_is_read_on_from(
    newest: str | None, overlap: int | None, since: str | None
) -> None:
    assert since_of(newest, overlap) == since
