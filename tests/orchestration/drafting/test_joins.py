"""Sources that complete each other, as a draft says them."""

from __future__ import annotations

from pathlib import Path

from orchestration.company import Company, parse_company
from orchestration.drafting import draft_company

ORDERS = "order_id,customer_id,order_purchase_timestamp\n1,c1,2025-05-01 10:00:00\n"
ITEMS = (
    "order_id,order_item_id,product_id,price,freight_value\n1,1,p1,10.00,2.50\n"
    "1,2,p1,10.00,2.50\n2,1,p1,10.00,2.50\n"
)
REVIEWS = "review_id,order_id,review_score,review_answer_timestamp\nr1,1,4,2025-05-03 10:00:00\n"
PEOPLE = "customer_id,customer_unique_id,customer_city\nc1,u1,Bonn\n"


def draft(folder: Path, **files: str) -> tuple[str, Company]:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    target = folder / "shop" / "company.yml"
    text = draft_company(target, [folder])
    return text, parse_company(text, target, {})


def test_lines_take_their_time_and_person_from_their_order(tmp_path: Path) -> None:
    text, company = draft(tmp_path, acme_orders=ORDERS, acme_items=ITEMS)
    (mapping,) = company.feeds["transactions"]
    sql = " ".join(str(mapping.sql).split())
    assert mapping.from_ == "acme_items"
    for part in (
        "t.order_id as transaction_id", "o.order_purchase_timestamp as occurred_at",
        "o.customer_id as source_customer_id", "num(t.price) + num(t.freight_value) as amount",
        "inner join acme_orders as o on t.order_id = o.order_id",
    ):  # fmt: skip
        assert part.replace('"', "") in sql.replace('"', "")
    assert "unsure: joined with acme_orders, and freight_value added" in text


def test_answers_take_their_person_and_all_share_a_system(tmp_path: Path) -> None:
    _, company = draft(tmp_path, acme_orders=ORDERS, acme_reviews=REVIEWS, acme_customers=PEOPLE)
    (mapping,) = company.feeds["survey_responses"]
    assert "left join" in str(mapping.sql)
    assert "source_customer_id" in str(mapping.sql)
    systems = {m.set["source_system"] for maps in company.feeds.values() for m in maps}
    assert systems == {"acme"}


def test_nothing_is_joined_where_there_is_no_order(tmp_path: Path) -> None:
    text, company = draft(tmp_path, acme_items=ITEMS, acme_customers=PEOPLE)
    assert "transactions" not in company.feeds
    assert "nothing was found for what it requires" in text
    assert "source_system" not in company.feeds["customer_records"][0].set
