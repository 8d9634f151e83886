"""A small company with one of everything, whole or cut off at a day, for tests of as-of features.

What the whole company has after CUTOFF (or knows only then) the cut one has never seen.
Not here: assertions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from tests.transforms.build_fixture import SmallCompany

EARLY, CUTOFF, AS_OF = "2024-01-20", "2024-02-10", "2024-03-31"
#: Who turns out to be Ben, and a mailbox that turns out to be nobody's alone.
BEA, SHARED = "email:bea@home.example", "email:dora@work.example"


class AsOfCompany(SmallCompany):
    """A company that learns on a given day whose a key is, and that others are nobody's.

    `known_later` (key to day) is since when a key is known to be whose it is; `lost` are keys that
    resolve no more. Whose they were before is in the trail.
    """

    known_later: dict[str, str]
    lost: frozenset[str]

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.known_later, self.lost = {}, frozenset()

    def find_out(self, identity_key: str, day: str, person: str | None) -> None:
        """Say that the night before a day found a key to be another person's, or nobody's."""
        before = self.people[identity_key]
        self.trail.append((identity_key, before, "2024-01-01"))
        if person is None:
            self.lost |= {identity_key}
            self.trail.append((identity_key, None, day))
        else:
            self.same_person(identity_key, person)
            self.known_later[identity_key] = day

    def _write_identity(self, con: duckdb.DuckDBPyConnection) -> None:
        super()._write_identity(con)
        for table in ("identity_map", "bridge_identity"):
            path = self.build_dir / "identity" / f"{table}.parquet"
            con.execute(f"create or replace table t as select * from read_parquet('{path}')")
            con.execute("delete from t where list_contains(?, identity_key)", [sorted(self.lost)])
            if table == "identity_map":
                for key, day in self.known_later.items():
                    con.execute("update t set known_at = ? where identity_key = ?", [day, key])
            con.execute(f"copy t to '{path}' (format parquet)")


def order(person: str, order_id: str, ordered_at: str, **more: Any) -> dict[str, Any]:
    return {
        "person": person,
        "order_id": order_id,
        "ordered_at": ordered_at,
        "channel": "web",
    } | more


def line(
    person: str, order_id: str, occurred_at: str, amount: float, product: str, **more: Any
) -> dict[str, Any]:
    return {
        "person": person,
        "order_id": order_id,
        "transaction_id": f"t-{order_id}-{more.get('line_type', 'item')}-{product}",
        "line_number": 1,
        "line_type": "item",
        "occurred_at": occurred_at,
        "amount": amount,
        "currency": "EUR",
        "product_id": product,
    } | more


def interaction(person: str, key: str, at: str, kind: str, **more: Any) -> dict[str, Any]:
    row = {"interaction_id": key, "occurred_at": at, "channel": "web", "interaction_type": kind}
    return row | ({"person": person} if person else {}) | more


def answer(person: str, key: str, at: str, metric: str, score: int, **more: Any) -> dict[str, Any]:
    low, high = (0, 10) if metric == "nps" else (1, 5)
    return {
        "person": person,
        "survey_id": f"s-{metric}",
        "response_id": key,
        "question_id": "q1",
        "metric_type": metric,
        "responded_at": at,
        "score": score,
        "scale_min": low,
        "scale_max": high,
        "program_type": "transactional",
    } | more


def consent(person: str, purpose: str, at: str, status: str) -> dict[str, Any]:
    row = {"purpose": purpose, "channel": "all", "decided_at": at, "status": status}
    return {"person": person} | row


def case_step(person: str, case_ref: str, at: str, event: str) -> dict[str, Any]:
    return {"person": person, "case_ref": case_ref, "occurred_at": at, "event": event}


def subscription(
    person: str, key: str, started_at: str, plan: str, amount: float, **more: Any
) -> dict[str, Any]:
    row = {"subscription_id": key, "started_at": started_at, "plan": plan, "monthly_amount": amount}
    return {"person": person} | row | more


def contact(person: str, key: str, at: str, **more: Any) -> dict[str, Any]:
    return {"person": person, "contact_id": key, "occurred_at": at, "offer_id": "x"} | more


def make_company(root: Path, *, whole: bool) -> SmallCompany:
    """Return the company after two nights (whole), or after the first one, at CUTOFF."""
    company = AsOfCompany(root)
    _first_night(company, whole)
    company.night(1, CUTOFF)
    if whole:
        _second_night(company)
        _corrections(company)
        company.find_out(BEA, "2024-03-01", "ben")
        company.find_out(SHARED, "2024-03-05", None)
        company.night(2, AS_OF)
    return company


def _first_night(company: SmallCompany, whole: bool) -> None:
    """What is known at CUTOFF; ``whole``: what came late or was just after midnight as well."""
    _bought(company, whole)
    _seen(company, whole)
    _helped(company)
    _asked(company)
    _belongs(company)


def _bought(company: SmallCompany, whole: bool) -> None:
    products = [("p1", "coffee"), ("p2", "toys"), ("p3", "garden")]
    company.rows("products", [{"product_id": p, "category": c} for p, c in products])
    late = {"known_at": "2024-02-15 10:00"}
    away = {"status": "cancelled", "cancelled_at": "2024-02-01 10:00"}
    first = {"promised_on": "2023-12-05", "delivered_at": "2023-12-04 09:00"}
    second = {"promised_on": "2024-01-15", "delivered_at": "2024-01-25 09:00"}
    orders = [
        order("ana", "a1", "2023-12-01 10:00", **first),
        order("ana", "a2", "2024-01-10 10:00", **second),
        order("ana", "a3", "2024-02-09 10:00", promised_on="2024-02-20"),
        order("ben", "b1", "2023-11-20 10:00", channel="store"),
        order("ben", "b2", "2024-01-05 10:00"),
        order("cyd", "c1", "2023-10-01 10:00", **away),
        {**order("", "b9", "2024-02-01 10:00"), "email": "bea@home.example"},
        {**order("", "d1", "2024-01-02 10:00"), "email": "dora@work.example"},
        order("eve", "e1", "2024-01-03 10:00"),
    ]
    lines = [
        line("ana", "a1", "2023-12-01 10:00", 30, "p1", discount_amount=10),
        line("ana", "a1", "2024-01-18 10:00", -5, "p1", line_type="refund"),
        line("ana", "a2", "2024-01-10 10:00", 12.5, "p2"),
        line("ana", "a3", "2024-02-09 10:00", 7, "p1"),
        line("ben", "b1", "2023-11-20 10:00", 99, "p3"),
        line("ben", "b2", "2024-01-05 10:00", 1, "p1"),
        line("cyd", "c1", "2023-10-01 10:00", 50, "p3"),
        line("", "b9", "2024-02-01 10:00", 3, "p3") | {"email": "bea@home.example"},
    ]
    if whole:
        orders.append(order("ben", "b3", "2024-02-08 10:00", **late))
        lines.append(line("ben", "b3", "2024-02-08 10:00", 70, "p2", **late))
    company.rows("orders", orders)
    company.rows("transactions", lines)


def _seen(company: SmallCompany, whole: bool) -> None:
    lost = {"channel": "phone", "outcome": "abandoned", "wait_seconds": 300}
    answered = {"channel": "phone", "outcome": "answered", "wait_seconds": 60}
    rows = [
        interaction("ana", "i1", "2024-01-19 08:00", "page_view"),
        interaction("ana", "i2", "2024-01-19 09:00", "cart_abandon"),
        interaction("ana", "i3", "2024-02-03 09:00", "call", **lost),
        interaction("ana", "i4", "2024-02-04 09:00", "call", is_resolved=False, **answered),
        interaction("ana", "i5", "2024-02-05 09:00", "email_sent", channel="email"),
        interaction("ana", "i13", "2024-01-08 09:00", "email_sent", channel="email"),
        interaction("ana", "i14", "2024-02-05 11:00", "email_open", channel="email"),
        interaction("ana", "i15", "2024-02-05 11:01", "email_click", channel="email"),
        interaction("ana", "i10", "2024-02-05 03:00", "location_ping", channel="app"),
        interaction("ana", "i11", "2024-02-06 09:00", "social_reply", channel="social"),
        interaction("ana", "i12", "2024-02-07 03:00", "device_reading", channel="iot"),
        interaction("ana", "i17", "2024-01-19 08:05", "product_view", content_ref="p1"),
        interaction("ana", "i18", "2024-01-19 08:06", "cart_add", content_ref="p1"),
        interaction("ana", "i19", "2024-01-19 08:07", "product_view", content_ref="p2"),
        interaction("ben", "i20", "2023-10-20 08:00", "product_view", content_ref="p1"),
        interaction("ben", "i6", "2024-02-06 09:00", "product_view", is_bot=True)
        | {"content_ref": "p3"},
        # 23:30 UTC is already the next day in Berlin: after the cut-off.
        interaction("ben", "i7", "2024-02-10 22:59:59", "page_view"),
    ]
    if whole:
        rows.append(interaction("ben", "i8", "2024-02-10 23:30", "page_view"))
    company.rows("interactions", rows)


def _helped(company: SmallCompany) -> None:
    company.rows(
        "case_events",
        [
            case_step("ana", "k1", "2024-01-02 10:00", "opened"),
            case_step("ana", "k1", "2024-01-30 10:00", "solved"),
            case_step("ana", "k2", "2024-02-05 10:00", "opened"),
        ],
    )


def _asked(company: SmallCompany) -> None:
    asks = [("v1", "2024-01-03 10:00"), ("v2", "2024-02-01 10:00")]
    company.rows(
        "survey_invitations",
        [
            {"person": "ana", "invitation_id": key, "survey_id": "s-nps", "sent_at": at}
            for key, at in asks
        ],
    )
    company.rows(
        "survey_responses",
        [
            answer("ana", "r1", "2024-01-04 10:00", "nps", 9, invitation_id="v1"),
            answer("ana", "r2", "2024-01-28 10:00", "csat", 2),
            answer("ana", "r5", "2024-01-28 10:00", "attribute", 4),
        ],
    )


def _belongs(company: SmallCompany) -> None:
    switched = {"ended_at": "2023-06-15 00:00", "end_reason": "switched_plan"}
    left = {"ended_at": "2024-02-05 12:00"}
    company.rows(
        "subscriptions",
        [
            subscription("ana", "u1", "2023-06-15 00:00", "plus", 9.9),
            subscription("ana", "u0", "2023-02-20 00:00", "basic", 4.5, **switched),
            subscription("cyd", "u2", "2024-01-01 00:00", "basic", 4.5, **left),
        ],
    )
    company.rows(
        "consents",
        [
            consent("ana", "automatic_renewal", "2023-06-15 10:00", "granted"),
            consent("ana", "marketing", "2024-01-01 10:00", "granted"),
            consent("ana", "marketing", "2024-01-25 10:00", "withdrawn"),
        ],
    )
    company.rows(
        "campaign_contacts",
        [
            contact("ben", "m1", "2024-01-08 10:00", responded_at="2024-02-01 10:00"),
            contact("ben", "m2", "2024-01-09 10:00", is_control=True),
        ],
    )


def _second_night(company: SmallCompany) -> None:
    """What happened after CUTOFF, or changed the rows that were known then."""
    came = {"status": "delivered", "delivered_at": "2024-02-26 10:00"}
    came |= {"promised_on": "2024-02-20", "updated_at": "2024-02-26 11:00"}
    called_off = {"status": "cancelled", "cancelled_at": "2024-03-05 10:00"}
    called_off |= {"updated_at": "2024-03-05 11:00"}
    ended = {"ended_at": "2024-03-01 12:00", "updated_at": "2024-03-01 13:00"}
    bought = {"responded_at": "2024-02-01 10:00", "converted_at": "2024-02-20 10:00"}
    bought |= {"updated_at": "2024-02-20 11:00"}
    company.rows(
        "orders",
        [
            order("ana", "a3", "2024-02-09 10:00", **came),
            order("ben", "b2", "2024-01-05 10:00", **called_off),
            order("ana", "a4", "2024-03-01 10:00"),
            {**order("", "b10", "2024-02-25 10:00"), "email": "bea@home.example"},
        ],
    )
    company.rows(
        "transactions",
        [
            line("ana", "a4", "2024-03-01 10:00", 500, "p2"),
            line("ana", "a2", "2024-02-20 10:00", -12.5, "p2", line_type="refund"),
        ],
    )
    company.rows(
        "interactions",
        [
            interaction("ana", "i9", "2024-03-02 10:00", "page_view"),
            interaction("ana", "i21", "2024-03-02 10:01", "product_view", content_ref="p1"),
            interaction("ana", "i16", "2024-02-12 09:00", "email_open", channel="email"),
        ],
    )
    company.rows("case_events", [case_step("ana", "k2", "2024-03-01 10:00", "solved")])
    company.rows(
        "survey_responses",
        [
            answer("ana", "r3", "2024-02-12 10:00", "nps", 2, invitation_id="v2"),
            answer("ana", "r4", "2024-02-09 10:00", "ces", 1),
        ],
    )
    company.rows(
        "subscriptions", [subscription("ana", "u1", "2023-06-15 00:00", "plus", 9.9, **ended)]
    )
    company.rows("consents", [consent("ana", "automatic_renewal", "2024-02-20 10:00", "expired")])
    company.rows("campaign_contacts", [contact("ben", "m1", "2024-01-08 10:00", **bought)])


def _corrections(company: SmallCompany) -> None:
    """Rows known at CUTOFF that were sent again later, with another agent, channel or language."""
    later = {"updated_at": "2024-03-10 10:00"}
    call = {"channel": "phone", "outcome": "abandoned", "wait_seconds": 300, "agent_id": "g7"}
    company.rows(
        "interactions",
        [
            interaction("ana", "i3", "2024-02-03 09:00", "call", **call, **later),
            interaction("ana", "i1", "2024-01-19 08:00", "page_view", stage="purchase", **later),
        ],
    )
    company.rows(
        "transactions",
        [
            line("ana", "a1", "2023-12-01 10:00", 30, "p1", discount_amount=10, channel="web"),
            line("ana", "a2", "2024-01-10 10:00", 12.5, "p2", channel="web", **later),
        ],
    )
    company.rows(
        "survey_responses",
        [
            answer("ana", "r1", "2024-01-04 10:00", "nps", 9, invitation_id="v1", language="de"),
            answer("ana", "r2", "2024-01-28 10:00", "csat", 2, language="de", **later),
        ],
    )
    opened = {"case_ref": "k2", "occurred_at": "2024-02-05 10:00", "event": "opened"}
    company.rows("case_events", [{"person": "ana", **opened, "team": "two", **later}])
