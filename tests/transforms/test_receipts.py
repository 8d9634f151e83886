"""A company that sends transactions and no orders: its receipts stand for orders."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.transforms.build_fixture import SmallCompany


def test_receipts_become_orders(tmp_path: Path) -> None:
    company = SmallCompany(tmp_path)
    line = {"person": "ana", "occurred_at": "2024-03-02 10:00:00+00"}
    company.rows(
        "transactions",
        [
            line | {"transaction_id": "t1", "line_number": 1, "amount": 20},
            line | {"transaction_id": "t1", "line_number": 2, "amount": 5},
            line | {"transaction_id": "t2", "amount": 7, "order_id": "w9"},
            line | {"transaction_id": "r1", "amount": -5, "line_type": "refund"}
            | {"refers_to_id": "t1", "occurred_at": "2024-03-20 10:00:00+00"},
        ],
    )  # fmt: skip
    company.night(1, "2024-03-31")
    company.build("staging", "core", tests=False)
    orders = company.query("select * from core.fct_order order by order_id")
    assert [row["order_id"] for row in orders] == ["t1", "w9"]
    assert [row["net_revenue_amount"] for row in orders] == [Decimal(20), Decimal(7)]
    assert [row["n_lines"] for row in orders] == [2, 1]
    assert str(orders[0]["ordered_on"]) == "2024-03-02"
    assert {row["customer_id"] for row in orders} == {"cust-ana"}
    lines = company.query("select count(*) as n from core.fct_transaction where order_key is null")
    assert lines == [{"n": 0}]
