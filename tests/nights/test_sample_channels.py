"""A night on a small sample: what is published of its channels is what the raw files say.

The raw files are added up here apart from the pipeline: newest rows, what was taken back, what
cannot be read.
"""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from tests.nights.sample_night import Sample


def by_type(system: str) -> str:
    """SQL of the interactions of a source system by type."""
    return (
        "select interaction_type, count(*) from core.fct_interaction"
        f" where source_system = '{system}' group by all"
    )


def test_the_night_ends_well_and_every_gate_passes(sample: Sample) -> None:
    assert sample.outcome.code == 0, sample.outcome.all
    assert sample.rows("select count(*) from quality.dq_check_result where not passed") == [(0,)]
    empty = sample.rows("select source from quality.source_load where n_parsed = 0")
    assert set(empty) <= {("erasures",), ("outages",)}


def test_the_web_log_and_its_crawlers(sample: Sample) -> None:
    log = pq.read_table(sample.raw / "web")
    names = {"page": "page_view", "product": "product_view", "add_to_cart": "cart_add",
             "cart_left": "cart_abandon", "video": "video_view"}  # fmt: skip
    expected = Counter(names.get(name, name) for name in log["event"].to_pylist())
    found = sample.counts(
        "select interaction_type, count(*) from core.fct_interaction"
        " where touchpoint = 'web_shop' group by all"
    )
    assert found == expected
    robots = sum(bool(re.search("bot|fetch", agent)) for agent in log["agent"].to_pylist())
    assert sample.rows("select count(*) from core.fct_interaction where is_bot") == [(robots,)]
    assert robots > 0
    known = "select count(*) from core.fct_interaction where is_bot and customer_id is not null"
    assert sample.rows(known) == [(0,)]


def test_the_app_with_beacons_and_positions(sample: Sample) -> None:
    events = list(sample.objects("app/*.gz"))
    expected = Counter(e["event"]["name"] for e in events)
    found = sample.counts(
        "select interaction_type, count(*) from core.fct_interaction"
        " where channel = 'app' group by all"
    )
    assert sum(found.values()) == len(events)
    names = {"beacon": "beacon", "position": "location_ping", "push": "push_sent",
             "video": "video_view", "help": "help_article_view", "open": "app_open"}  # fmt: skip
    for name, published in names.items():
        assert found[published] == expected[name] > 0, name
    stores = Counter(e["beacon"]["store"] for e in events if e["beacon"])
    assert stores == sample.counts(
        "select store_id, count(*) from core.fct_interaction"
        " where interaction_type = 'beacon' group by all"
    )
    # Where somebody was is nobody's to read.
    columns = sample.rows(
        "select count(*) from duckdb_columns() where column_name in ('latitude', 'longitude')"
    )
    assert columns == [(0,)]


def test_help_pages_and_chats_with_the_bot(sample: Sample) -> None:
    views = Counter(v["Seite"] for v in sample.table("helpcentre/views_*.csv", ";"))
    assert views == sample.counts(
        "select content_ref, count(*) from core.fct_interaction"
        " where touchpoint = 'help_centre' and channel = 'web' group by all"
    )
    chats = list(sample.objects("bot/*.jsonl"))
    words = {"solved": "resolved", "open": "unresolved", "handed_over": "transferred",
             "left": "abandoned"}  # fmt: skip
    assert Counter(words[c["result"]] for c in chats) == sample.counts(
        "select outcome, count(*) from core.fct_interaction where channel = 'chat'"
        " and interaction_type = 'bot_chat' group by all"
    )
    contacts = "select count(*) from core.fct_contact where interaction_type = 'bot_chat'"
    assert sample.rows(contacts) == [(0,)]  # a bot is no agent


def test_public_words_without_those_that_were_taken_down(sample: Sample) -> None:
    said = list(sample.objects("social/*.jsonl"))
    gone = {s["id"] for s in said if s["deleted"]}
    left = {(s["id"], s["kind"]) for s in said if s["id"] not in gone}
    expected = Counter(f"social_{kind}" for _, kind in left)
    assert sample.counts(by_type("social_listening")) == expected
    reviews = sample.table("reviews/*.csv")
    removed = {r["review"] for r in reviews if r["state"] == "removed"}
    shown = {r["review"] for r in reviews} - removed
    assert sample.rows(
        "select count(*), bool_and(is_public) from core.fct_interaction"
        " where interaction_type = 'review'"
    ) == [(len(shown), True)]
    assert removed and gone
    known = sample.rows(
        "select count(*) from core.fct_interaction where customer_id is not null"
        " and interaction_type = 'social_post'"
    )
    assert known[0][0] > 0  # those who sign in to the shop with their social account


def test_tills_and_doors(sample: Sample) -> None:
    tills = Counter(t["Ereignis"] for t in sample.table("till/*.csv", ";"))
    found = sample.counts(by_type("till"))
    assert found == {"rfid_read": tills["RFID"], "till_event": tills["SALE"]}
    came: Counter[str] = Counter()
    for door in sample.table("doors/*.csv", ";"):
        came[door["Filiale"]] += int(door["Ein"])
    assert sample.counts(
        "select store_id, count(*) from core.fct_interaction"
        " where interaction_type = 'door_count' group by all"
    ) == dict(came)
    assert sample.rows(
        "select count(*) from core.fct_interaction where interaction_type = 'door_count'"
        " and (customer_id is not null or identity_key is not null)"
    ) == [(0,)]


def test_time_at_the_telephone_with_hold_and_wrap(sample: Sample) -> None:
    def seconds(text: str) -> float:
        return float(text.replace(",", "."))

    calls = sample.table("callcentre/*.csv", "|")
    taken = [c for c in calls if c["result"] != "ABANDONED"]
    handled = [seconds(c["talk_s"]) + seconds(c["hold_s"]) + seconds(c["wrap_s"]) for c in taken]
    desk = [d for d in sample.objects("helpdesk/contacts_*.jsonl") if d["talk_s"] is not None]
    handled += [d["talk_s"] + d["wrap_s"] for d in desk]
    ((value, n),) = sample.rows(
        "select value, n_valid from marts.mart_metric where metric_name = 'aht_seconds'"
        " and period_grain = 'all' and slice_name = 'all'"
    )
    assert n == len(handled)
    assert value == pytest.approx(sum(handled) / len(handled), rel=1e-9)
    abandoned = sample.rows(
        "select count(*) from core.fct_contact where channel = 'phone' and is_abandoned"
    )
    assert abandoned == [(len(calls) - len(taken),)]


def test_orders_have_the_last_of_their_states(sample: Sample) -> None:
    rank = {"DISPATCHED": "shipped", "DELIVERED": "delivered", "CANCELLED": "cancelled",
            "RETURNED": "returned"}  # fmt: skip
    orders = {o["order_id"] for o in sample.table("shop/orders_*.csv")
              if not o["email"].endswith("@larkfield.example")}  # fmt: skip
    states: dict[str, int] = {}
    for row in sample.table("shop/order_states_*.csv"):
        place = list(rank).index(row["state"]) + 1
        states[row["order_id"]] = max(place, states.get(row["order_id"], 0))
    names = ["created", *rank.values()]
    assert Counter(names[states.get(order, 0)] for order in orders) == sample.counts(
        "select status, count(*) from core.fct_order where source_system = 'shop' group by all"
    )


def test_revenue_by_currency_without_gift_cards_and_cancelled_orders(sample: Sample) -> None:
    cancelled = {s["order_id"] for s in sample.table("shop/order_states_*.csv")
                 if s["state"] == "CANCELLED"}  # fmt: skip
    expected: Counter[str] = Counter()
    gift_cards = Decimal(0)
    for row in sample.lines():
        if row["line_type"] == "GIFTCARD":
            gift_cards += Decimal(row["amount"])
        elif row["order_id"] not in cancelled:
            expected[row["currency"]] += Decimal(row["amount"])  # type: ignore[assignment]
    for row in sample.table("pos/*.csv", ";"):
        amount = Decimal(row["Betrag"].replace(",", "."))
        if row["Art"] != "GK":
            expected[row["Waehrung"]] += amount  # type: ignore[assignment]
    assert sample.counts(
        "select currency_code, sum(amount) from core.fct_transaction where is_revenue group by all"
    ) == dict(expected)
    assert gift_cards > 0


def test_money_paid_back_in_a_shop_lowers_the_order_that_it_is_about(sample: Sample) -> None:
    receipts = sample.table("pos/*.csv", ";")
    back = {r["Bezug"] for r in receipts if r["Art"] == "RT"}
    assert back
    found = sample.rows(
        "select orders.order_id from core.fct_transaction as lines join core.fct_order as orders"
        " using (order_key) where lines.line_type = 'refund' and orders.source_system = 'pos'"
        " group by all having min(orders.net_revenue_amount) >= -0.005"
    )
    assert {order for (order,) in found} == back & {
        b["Bon"] for b in sample.table("pos/*.csv", ";")
    }
