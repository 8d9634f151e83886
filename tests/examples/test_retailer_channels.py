"""The sample's channels: what each writes, in its own format, and what holds of it."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.examples.retailer_kit import make

#: Over both nights when the clocks change.
AUTUMN, SPRING = date(2025, 10, 26), date(2026, 3, 29)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("channels") / "sample"
    return make(out, until=date(2026, 6, 30), customers=1500, days=300) / "raw"


def table(raw: Path, pattern: str, delimiter: str = ",") -> list[dict[str, str]]:
    """All whole rows of the csv files that match; broken and blank ones left out."""
    found = []
    for path in sorted(raw.glob(pattern)):
        text = io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")
        for row in csv.DictReader(text, delimiter=delimiter):
            if None not in row.values():
                found.append(dict(row))
    return found


def objects(raw: Path, pattern: str) -> Iterator[dict[str, Any]]:
    """All whole objects of the JSON lines that match."""
    for path in sorted(raw.glob(pattern)):
        data = path.read_bytes()
        for line in (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                continue


def is_skipped(local: datetime) -> bool:
    """Whether a German clock never shows this time: it goes from 2 to 3 in March."""
    return local.date() == SPRING and local.hour == 2


def test_the_web_log_is_typed_and_knows_crawlers_by_night(raw: Path) -> None:
    log = pq.read_table(raw / "web")
    assert str(log.schema.field("ts").type) == "timestamp[us, tz=UTC]"
    assert {"page", "search", "product", "add_to_cart", "cart_left", "checkout", "login", "video"} \
        == set(log["event"].to_pylist())  # fmt: skip
    video = log.filter(pc.equal(log["event"], "video"))
    assert (
        video["watched_s"].null_count == 0 and pc.all(pc.starts_with(video["ref"], "VID-")).as_py()
    )
    carts = log.filter(pc.is_valid(log["cart"]))
    assert set(carts["event"].to_pylist()) == {"add_to_cart", "cart_left", "checkout"}
    robots = log.filter(pc.match_substring_regex(log["agent"], "bot|fetch"))
    hours = Counter(t.hour for t in robots["ts"].to_pylist())
    assert len({hour for hour in hours if hour < 5}) > 2
    assert robots["account"].null_count == len(robots)
    assert 0 < len(robots) / len(log) < 0.2


def test_the_app_nests_and_gives_local_times_with_their_offset(raw: Path) -> None:
    events = list(objects(raw, "app/*.gz"))
    names = Counter(e["event"]["name"] for e in events)
    assert {"open", "screen", "product", "video", "help", "beacon", "position", "push"} <= set(
        names
    )
    for event in events:
        name = event["event"]["name"]
        assert (event["beacon"] is not None) == (name == "beacon")
        assert (event["geo"] is not None) == (name == "position")
        assert event["device"]["id"] and event["event"]["at"][-6] in "+-"
        assert not is_skipped(datetime.fromisoformat(event["event"]["at"]).astimezone(BERLIN))


@pytest.mark.parametrize(
    ("night", "n_hours", "at_two"), [(AUTUMN, 25, {"+02:00", "+01:00"}), (SPRING, 23, set())]
)
def test_the_hour_that_comes_twice_has_events_twice_and_the_skipped_one_none(
    tmp_path: Path, night: date, n_hours: int, at_two: set[str]
) -> None:
    """Crawlers and telephones come by night; with many of them every hour has some."""
    scenario = tmp_path / "crowded.yml"
    scenario.write_text(
        "corruption: {bots: 0.9}\nrates: {contacts: 30, sessions: 40}\n", encoding="utf-8"
    )
    out = tmp_path / "sample"
    make(out, until=night + timedelta(days=8), customers=2000, days=20, scenario=scenario)
    times = pq.read_table(sorted((out / "raw/web").glob("*.parquet")))["ts"].to_pylist()
    start = datetime.combine(night, datetime.min.time(), BERLIN)
    hours = Counter((t - start.astimezone(UTC)) // timedelta(hours=1) for t in times)
    assert {hour for hour in range(n_hours) if hours[hour]} == set(range(n_hours))
    local = [t.astimezone(BERLIN) for t in times]
    offsets = {t.isoformat()[-6:] for t in local if t.date() == night and t.hour == 2}
    assert offsets == at_two
    # The bot's program writes the clock's time alone: the hour may be either, but it must exist.
    chats = [datetime.fromisoformat(e["started"]) for e in objects(out / "raw", "bot/*")]
    that_night = [t for t in chats if t.date() == night and t.hour < 6]
    assert that_night and not any(is_skipped(t) for t in that_night)


def test_doors_count_people_and_know_nobody(raw: Path) -> None:
    doors = table(raw, "doors/*.csv", ";")
    assert set(doors[0]) == {"Filiale", "Tuer", "Tag", "Stunde", "Ein", "Aus"}
    assert sum(int(d["Ein"]) for d in doors) > 500
    stores = {s["store"]: s for s in table(raw, "catalogue/stores.csv")}
    for door in doors:
        day = datetime.strptime(door["Tag"], "%d.%m.%Y").date()
        hours = stores[door["Filiale"]][["mon_fri", "sat", "sun"][max(0, day.weekday() - 4)]]
        assert hours != "closed", door
        assert int(hours[:2]) <= int(door["Stunde"]) < int(hours[6:8]), door


def test_shops_sell_when_they_are_open_and_closed_days_have_no_till_file(raw: Path) -> None:
    stores = {s["store"]: s for s in table(raw, "catalogue/stores.csv")}
    for row in table(raw, "pos/*.csv", ";"):
        at = datetime.strptime(row["Zeit"], "%d.%m.%Y %H:%M:%S").replace(tzinfo=BERLIN)
        store = stores[row["Filiale"]]
        local = at.astimezone(ZoneInfo(store["timezone"]))
        assert store["sun"] != "closed" or local.weekday() != 6, row
        assert (local.month, local.day) not in ((1, 1), (12, 25)), row
    files = [path.stem.split("_") for path in (raw / "till").glob("F??_????-??-??.csv")]
    german = {store for store, s in stores.items() if s["country"] == "DE"}
    assert files
    assert not [f for f in files if f[0] in german and date.fromisoformat(f[1]).weekday() == 6]


def test_elsewhere_the_clock_is_that_of_the_head_office(tmp_path: Path) -> None:
    """Programs that write no offset stand on it, and the company file says so."""
    scenario = tmp_path / "britain.yml"
    scenario.write_text("countries: [GB]\n", encoding="utf-8")
    out = make(tmp_path / "sample", until=date(2026, 6, 30), days=60, scenario=scenario)
    assert "timezone: Europe/London" in (out / "company.yml").read_text(encoding="utf-8")
    hours = {datetime.strptime(row["Zeit"], "%d.%m.%Y %H:%M:%S").hour
             for row in table(out / "raw", "pos/*.csv", ";") if row["Art"] != "RT"}  # fmt: skip
    assert hours and min(hours) >= 9 and max(hours) < 19
    assert {row["sun"] for row in table(out / "raw", "catalogue/stores.csv")} == {"11:00-17:00"}


def test_a_tag_is_read_for_every_line_before_the_drawer_opens(raw: Path) -> None:
    tills = table(raw, "till/*.csv", ";")
    opened = {t["Bon"]: t["Zeit"] for t in tills if t["Ereignis"] == "SALE"}
    read = [t for t in tills if t["Ereignis"] == "RFID"]
    assert read and all(t["EPC"] and t["Artikel"] and not t["Karte"] for t in read)
    assert all(datetime.fromisoformat(t["Zeit"]) < datetime.fromisoformat(opened[t["Bon"]])
               for t in read)  # fmt: skip
    lines = Counter(r["Bon"] for r in _once(table(raw, "pos/*.csv", ";")) if r["Art"] == "VK")
    tags = Counter(t["Bon"] for t in read)
    assert all(abs(tags[bon] - lines[bon]) <= 1 for bon in tags)  # a broken row may hide a line


def _once(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [dict(row) for row in dict.fromkeys(tuple(row.items()) for row in rows)]


def test_the_call_centre_writes_pipes_and_decimal_commas_and_wraps_up(raw: Path) -> None:
    calls = table(raw, "callcentre/*.csv", "|")
    taken = [c for c in calls if c["result"] != "ABANDONED"]
    assert taken and all(c["wrap_s"] and c["talk_s"] and c["hold_s"] for c in taken)
    assert not any(c["wrap_s"] or c["agent"] for c in calls if c["result"] == "ABANDONED")
    assert all("," in c["wait_s"] and "." not in c["wait_s"] for c in calls)
    days = [datetime.strptime(c["started"], "%d.%m.%Y %H:%M:%S") for c in calls]
    assert not any((d.month, d.day) in ((1, 1), (12, 25)) for d in days)


def test_orders_have_a_history_of_states_in_order(raw: Path) -> None:
    rank = {"DISPATCHED": 1, "DELIVERED": 2, "CANCELLED": 2, "RETURNED": 3}
    states: dict[str, list[tuple[datetime, int]]] = {}
    for row in _once(table(raw, "shop/order_states_*.csv")):
        if row["set_at"]:
            at = datetime.fromisoformat(row["set_at"])
            states.setdefault(row["order_id"], []).append((at, rank[row["state"]]))
    assert sum(len(s) for s in states.values()) / len(states) == pytest.approx(2, abs=0.25)
    assert any(3 in [place for _, place in found] for found in states.values())
    for found in states.values():
        assert [place for _, place in sorted(found)] == sorted(place for _, place in found)


def test_nobody_gets_back_more_than_was_paid_and_gift_cards_are_lines_of_their_own(
    raw: Path,
) -> None:
    newest: dict[tuple[str, str], dict[str, str]] = {}
    for row in table(raw, "shop/order_lines_*.csv"):
        key = (row["order_id"], row["line_no"])
        if key not in newest or row["changed_at"] >= newest[key]["changed_at"]:
            newest[key] = row
    left: Counter[str] = Counter()
    for row in newest.values():
        if row["line_type"] in ("ITEM", "REFUND") and row["void"] == "" and row["amount"] != "n/a":
            left[row["order_id"]] += int(Decimal(row["amount"]) * 100)
    hidden = {r["order_id"] for r in newest.values() if r["amount"] == "n/a"}
    assert {order for order, cents in left.items() if cents < 0} <= hidden | _with_broken(raw)
    kinds = Counter(row["line_type"] for row in newest.values())
    assert kinds["GIFTCARD"] and kinds["FEE"] and kinds["REFUND"] and kinds["VOUCHER"]
    refunds = Counter(o for (o, _), row in newest.items() if row["line_type"] == "REFUND")
    assert max(refunds.values()) == 2  # some are paid back in two parts


def _with_broken(raw: Path) -> set[str]:
    """Orders of which a line cannot be read."""
    found = set()
    for path in (raw / "shop").glob("order_lines_*.csv"):
        found |= {x.split(",")[0] for x in path.read_text().splitlines() if x.count(",") < 5}
    return found


def test_money_paid_back_in_a_shop_names_the_receipt_that_it_is_about(raw: Path) -> None:
    receipts = table(raw, "pos/*.csv", ";")
    back = [r for r in receipts if r["Art"] == "RT"]
    assert back
    sold = {r["Bon"] for r in receipts if r["Art"] != "RT"}
    for row in back:
        assert row["Bezug"] in sold and row["Verkauf"] == "" and row["Betrag"].startswith("-")


def test_lines_are_put_right_and_taken_back_the_day_after(raw: Path) -> None:
    seen: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in _once(table(raw, "shop/order_lines_*.csv")):
        seen.setdefault((row["order_id"], row["line_no"]), []).append(row)
    again = [rows for rows in seen.values() if len(rows) > 1]
    slips = [rows for rows in again if rows[-1]["void"] == ""]
    voids = [rows for rows in again if rows[-1]["void"] == "void"]
    assert slips and voids
    for first, last in slips:
        assert Decimal(first["amount"]) == 10 * Decimal(last["amount"])
        assert first["changed_at"] < last["changed_at"]


def test_help_pages_have_versions_that_only_rise(raw: Path) -> None:
    views = table(raw, "helpcentre/views_*.csv", ";")
    out = {(a["article"], a["version"]): a["published"] for a in table(raw, "helpcentre/articles*")}
    for view in views:
        article, version = view["Seite"].split(".v")
        day = datetime.strptime(view["Zeit"], "%d.%m.%Y %H:%M:%S").date().isoformat()
        assert out[article, version] <= day
        newer = out.get((article, str(int(version) + 1)), "9999")
        assert day <= newer, view
    assert len({v["Seite"].split(".v")[1] for v in views}) > 2
    assert {v["Weg"] for v in views} == {"suche", "bot"}
    told = {c["turns"][1]["article"] for c in objects(raw, "bot/*")}
    assert told <= {v["Seite"] for v in views} | {None}


def test_posts_are_answered_and_some_public_words_are_taken_down(raw: Path) -> None:
    said = list(objects(raw, "social/*"))
    posts = {s["id"] for s in said if s["kind"] == "post"}
    replies = [s for s in said if s["kind"] == "reply"]
    assert replies and all(r["thread"]["id"] in posts for r in replies)
    assert all(r["author"]["profile"] == "larkfield" != r["thread"]["opened_by"] for r in replies)
    assert all(s["text"] is None for s in said if s["deleted"])
    reviews = table(raw, "reviews/*.csv")
    assert {r["state"] for r in reviews} == {"published", "removed"}
    assert {"2", "3", "4", "5"} <= {r["stars"] for r in reviews} <= set("12345")
    assert all(r["text"] == "" for r in reviews if r["state"] == "removed")
    versions = Counter(r["review"] for r in _once(reviews))
    assert max(versions.values()) == 2
