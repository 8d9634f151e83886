"""From anonymous to known: how far back a cookie or card says whose an event is, as declared.

Belongs here: four nights of one business date on which only that setting differs. Does not: whom a
cookie is of (tests/models/identity) nor the rule by itself (unit tests of key_look_back). Part of
`make test-long`.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.nights.lean_nights import lean_nights
from tests.nights.small_company import FEEDS, MONDAY, SALES, SOURCES, SmallCompany, sale

pytestmark = pytest.mark.skipif(
    "WHOLEVIEW_SCENARIOS" not in os.environ, reason="part of `make test-long`"
)
#: Days before Monday, cookie, and who had signed in. One is seen with 2 and, months later, with 3.
VISITS = (
    (60, "k1", ""), (20, "k1", ""), (10, "k1", "C01"), (5, "k1", ""),
    (61, "k2", ""), (60, "k2", "C02"), (30, "k2", ""), (10, "k2", "C03"), (1, "k2", ""),
)  # fmt: skip
#: The same of a card at the till.
BOUGHT = ((50, ""), (32, ""), (30, "C04"), (2, ""))
SHOP = {
    "interactions": [
        *FEEDS["interactions"],
        {
            "from": "web",
            "columns": {
                "interaction_id": "id", "occurred_at": "at", "cookie_id": "cookie",
                "source_customer_id": "customer",
            },
            "set": {"source_system": "crm", "channel": "web", "interaction_type": "page_view"},
        },
    ],
    "transactions": [
        {
            **FEEDS["transactions"][0],
            "columns": FEEDS["transactions"][0]["columns"] | {"loyalty_id": "card"},
        }
    ],
}  # fmt: skip


def back(days: int) -> str:
    return str(MONDAY - timedelta(days=days))


def anonymous_company(root: Path) -> SmallCompany:
    company = SmallCompany(root)
    company.put_history()
    visits = [
        {"id": f"V{n}", "at": f"{back(days)}T10:00:00", "cookie": cookie, "customer": who}
        for n, (days, cookie, who) in enumerate(VISITS)
    ]
    company.put("web.csv", ("id", "at", "cookie", "customer"), visits)
    sales = [
        sale(f"L{n}", 4, MONDAY - timedelta(days=days)) | {"customer": who, "card": "7007"}
        for n, (days, who) in enumerate(BOUGHT)
    ]
    company.put("sales_3.csv", (*SALES, "card"), sales)
    return company


def declare(company: SmallCompany, **settings: Any) -> None:
    sources = SOURCES | {"web": {"files": "web.csv"}}
    company.configure(sources=sources, feeds=FEEDS | SHOP, settings=settings)


def whose(company: SmallCompany) -> dict[str, str | None]:
    """Event (days before Monday and cookie, or L and days) to the CRM's id of whose it is."""
    people = dict(
        company.rows(
            "select customer_id, min(source_customer_id) from core.bridge_identity"
            " where source_system = 'crm' group by all"
        )
    )
    seen = company.rows("select interaction_id, customer_id from core.fct_interaction"
                        " where interaction_type = 'page_view'")  # fmt: skip
    bought = company.rows("select transaction_id, customer_id from core.fct_transaction"
                          " where transaction_id like 'L%'")  # fmt: skip
    names = {f"V{n}": f"{visit[1]} {visit[0]}" for n, visit in enumerate(VISITS)}
    names |= {f"L{n}": f"card {days}" for n, (days, _) in enumerate(BOUGHT)}
    return {names[key]: people.get(customer) for key, customer in [*seen, *bought]}


def quality(company: SmallCompany, metric: str) -> tuple[Any, ...]:
    return company.rows(
        f"select value, n from marts.mart_identity_quality where metric = '{metric}'"
    )[0]


def visits_learnt(company: SmallCompany) -> int:
    """Days of visits of C01 in the year up to today, as a model would learn them."""
    newest = max(company.builds(), key=lambda path: path.stat().st_mtime)
    one = company.rows("select customer_id from core.fct_interaction where interaction_id = 'V2'")
    with duckdb.connect(str(newest / "work.duckdb"), read_only=True) as con:
        found = con.execute(
            "select o_n_visit_days_365d from features.ftr_customer_asof where customer_id = ?"
            " and as_of_on = ?", [one[0][0], MONDAY]
        ).fetchone()  # fmt: skip
    assert found
    return int(found[0])


def test_events_count_as_far_back_as_the_company_declares(tmp_path: Path) -> None:
    with lean_nights():
        company = anonymous_company(tmp_path / "shop")
        declare(company, publish_source_ids=["crm"])
        assert company.night(MONDAY).code == 0
        every = whose(company)
        shared = {name: who for name, who in every.items() if name.startswith("k2")}
        assert {name: who for name, who in every.items() if name not in shared} == {
            "k1 60": "C01", "k1 20": "C01", "k1 10": "C01", "k1 5": "C01",
            "card 50": "C04", "card 32": "C04", "card 30": "C04", "card 2": "C04",
        }  # fmt: skip
        # two people's cookie is nobody's, however long ago it was the first one's
        assert shared == {
            "k2 61": None,
            "k2 60": "C02",
            "k2 30": None,
            "k2 10": "C03",
            "k2 1": None,
        }
        assert quality(company, "interactions_before_look_back") == (0, 3)
        unresolved = quality(company, "interactions_unresolved")
        first = company.rows("select version from meta.pub_snapshot")
        visits = visits_learnt(company)

        declare(company, publish_source_ids=["crm"], anonymous_lookback_days=0)
        assert company.night(MONDAY).code == 0
        assert company.rows("select version from meta.pub_snapshot") != first
        late = dict.fromkeys(("k1 60", "k1 20", "card 50", "card 32"))
        assert whose(company) == every | late
        assert quality(company, "interactions_before_look_back") == (2, 5)
        assert quality(company, "transactions_before_look_back") == (2, 2)
        assert quality(company, "interactions_unresolved") == (unresolved[0] + 2, unresolved[1])
        assert visits_learnt(company) == visits - 2

        declare(company, publish_source_ids=["crm"], anonymous_lookback_days=10)
        assert company.night(MONDAY).code == 0
        assert whose(company) == every | dict.fromkeys(("k1 60", "card 50"))

        declare(company, publish_source_ids=["crm"])
        assert company.night(MONDAY).code == 0
        assert whose(company) == every
