"""The Olist company file: valid, and its mappings give what they say on files of the same shape.

The files here are made for the test; the data set itself is not part of the project.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration.check import check_company
from orchestration.company import Company, load_company
from orchestration.drafting import draft_company
from orchestration.feeds.mapping import map_rows
from orchestration.sampling import register, sample_source
from orchestration.trial import trial_connection
from quality.contracts import load_contracts

COMPANY_FILE = Path(__file__).parents[2] / "examples/olist/company.yml"
RECEIVED = datetime(2025, 1, 1, tzinfo=UTC)
FILES = {
    "olist_orders_dataset.csv": (
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,"
        "order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date\n"
        "o1,c1,delivered,2018-01-01 10:00:00,,2018-01-02 09:00:00,2018-01-11 01:00:00,"
        "2018-01-10 00:00:00\n"
        "o2,c2,canceled,2018-02-01 10:00:00,,,,2018-02-10 00:00:00\n"
    ),
    "olist_order_items_dataset.csv": (
        "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n"
        "o1,1,p1,s1,2018-01-03 00:00:00,100.10,9.90\n"
        "o1,2,p2,s1,2018-01-03 00:00:00,20.00,5.05\n"
        "o2,1,p1,s1,2018-02-03 00:00:00,100.10,1.00\n"
    ),
    "olist_customers_dataset.csv": (
        "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state\n"
        "c1,u1,01012,sao paulo,SP\nc2,u1,01012,sao paulo,SP\n"
    ),
    "olist_order_reviews_dataset.csv": (
        "review_id,order_id,review_score,review_comment_title,review_comment_message,"
        "review_creation_date,review_answer_timestamp\n"
        'r1,o1,2,late,"two\nlines, ""quoted""",2018-01-12 00:00:00,2018-01-12 04:10:37\n'
        "r1,o2,1,,,2018-02-12 00:00:00,2018-02-12 19:12:30\n"
        "r2,o2,5,only a title,,2018-02-13 00:00:00,2018-02-13 19:12:30\n"
    ),
    "olist_products_dataset.csv": (
        "product_id,product_category_name,product_name_lenght,product_description_lenght,"
        "product_photos_qty,product_weight_g,product_length_cm,product_height_cm,product_width_cm\n"
        "p1,beleza_saude,1,1,1,1,1,1,1\np2,pc_gamer,1,1,1,1,1,1,1\np3,,,,,,,,\n"
    ),
    "product_category_name_translation.csv": (
        "product_category_name,product_category_name_english\nbeleza_saude,health_beauty\n"
    ),
    "olist_order_payments_dataset.csv": (
        "order_id,payment_sequential,payment_type,payment_installments,payment_value\n"
        "o1,1,boleto,1,135.05\n"
    ),
    "olist_sellers_dataset.csv": (
        "seller_id,seller_zip_code_prefix,seller_city,seller_state\ns1,70740,brasilia,DF\n"
    ),
    "olist_geolocation_dataset.csv": (
        "geolocation_zip_code_prefix,geolocation_lat,geolocation_lng,geolocation_city,"
        "geolocation_state\n01012,-23.5,-46.6,sao paulo,SP\n"
    ),
}


@pytest.fixture
def olist(tmp_path: Path) -> Company:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return load_company(COMPANY_FILE, {"OLIST_DIR": str(tmp_path)})


@pytest.fixture
def rows(olist: Company) -> Callable[[str, str], list[tuple[object, ...]]]:
    """Rows that a feed's mapping gives, as canonical texts, by an ORDER BY."""

    def mapped(feed: str, columns: str, order: str = "all") -> list[tuple[object, ...]]:
        with trial_connection() as connection:
            samples = [sample_source(olist, s, 100) for s in olist.sources.values()]
            register(connection, samples, RECEIVED)
            (mapping,) = olist.feeds[feed]
            relation = map_rows(connection, olist, load_contracts()[feed], mapping)
            listed = ", ".join(f"r_{column}" for column in columns.split())
            select = f"select {listed} from ({relation.sql}) order by {order}"
            found: list[tuple[object, ...]] = connection.execute(select).fetchall()
            return found

    return mapped


def test_the_nine_files_are_sources(olist: Company) -> None:
    assert len(olist.sources) == 9
    assert {Path(source.files[0]).name for source in olist.sources.values()} == set(FILES)
    assert olist.as_of == "latest_data"
    assert (olist.churn.kind, olist.churn.horizon_days) == ("non_contractual", 180)
    assert olist.slices["pairs"] == [["order_status", "delivery"]]


def test_nothing_would_be_lost(olist: Company) -> None:
    found = check_company(olist, RECEIVED)
    assert [str(f) for f in found if f.severity in ("problem", "warning")] == []


def test_a_line_is_an_item_with_its_freight(rows: Callable[..., list[tuple[object, ...]]]) -> None:
    lines = rows("transactions", "transaction_id line_number amount line_type currency")
    assert [(t, n, Decimal(str(a)), k, c) for t, n, a, k, c in lines] == [
        ("o1", "1", Decimal("110"), "item", "BRL"),
        ("o1", "2", Decimal("25.05"), "item", "BRL"),
        ("o2", "1", Decimal("101.10"), "item", "BRL"),
    ]


def test_orders_have_the_vocabularys_status_and_a_promised_day(
    rows: Callable[..., list[tuple[object, ...]]],
) -> None:
    orders = rows("orders", "order_id source_customer_id status promised_on delivered_at")
    assert [order[:3] for order in orders] == [("o1", "c1", "delivered"), ("o2", "c2", "cancelled")]
    assert str(orders[0][3]).startswith("2018-01-10")


def test_a_response_is_a_review_with_its_order(
    rows: Callable[..., list[tuple[object, ...]]],
) -> None:
    answers = rows(
        "survey_responses", "response_id source_customer_id score scale_min scale_max metric_type"
    )
    assert answers == [
        ("r1:o1", "c1", "2", "1", "5", "csat"),
        ("r1:o2", "c2", "1", "1", "5", "csat"),
        ("r2:o2", "c2", "5", "1", "5", "csat"),
    ]


def test_comments_are_whole(rows: Callable[..., list[tuple[object, ...]]]) -> None:
    comments = rows("survey_responses", "response_id comment")
    assert comments == [
        ("r1:o1", 'two\nlines, "quoted"'), ("r1:o2", None), ("r2:o2", "only a title"),
    ]  # fmt: skip


def test_categories_are_translated_where_they_can_be(
    rows: Callable[..., list[tuple[object, ...]]],
) -> None:
    assert rows("products", "product_id category") == [
        ("p1", "health_beauty"), ("p2", "pc_gamer"), ("p3", None),
    ]  # fmt: skip


def test_two_records_are_one_known_person(rows: Callable[..., list[tuple[object, ...]]]) -> None:
    records = rows("customer_records", "source_system source_customer_id known_person_id")
    assert records == [("olist", "c1", "u1"), ("olist", "c2", "u1")]


def test_every_feed_says_that_the_system_is_olist(
    olist: Company, rows: Callable[..., list[tuple[object, ...]]]
) -> None:
    for feed in olist.feeds:
        assert {row[0] for row in rows(feed, "source_system")} == {"olist"}


def test_without_the_directory_the_file_says_what_to_set() -> None:
    from orchestration.company import CompanyFileError

    with pytest.raises(CompanyFileError, match="set it: export OLIST_DIR=…"):
        load_company(COMPANY_FILE, {})


def test_the_sql_is_plain_duckdb(olist: Company) -> None:
    for mappings in olist.feeds.values():
        for mapping in mappings:
            if mapping.sql is not None:
                assert len(duckdb.extract_statements(mapping.sql)) == 1


#: What a person mends in the draft: four lines about the company, and one key that is not unique.
CORRECTIONS = (
    ("name: shop", "name: Olist"),
    ("timezone: UTC ", "timezone: America/Sao_Paulo "),
    ("currency: USD", "currency: BRL"),
    ("country: US", "country: BR"),
    ('t."review_id" as response_id', "t.review_id || ':' || t.order_id as response_id"),
)


def test_a_draft_needs_under_ten_corrections(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    for name, text in FILES.items():
        (raw / name).write_text(text, encoding="utf-8")
    target = tmp_path / "shop" / "company.yml"
    target.parent.mkdir()
    text = draft_company(target, [raw])
    for wrong, right in CORRECTIONS:
        assert text.count(wrong) == 1, wrong
        text = text.replace(wrong, right)
    target.write_text(text, encoding="utf-8")
    drafted, ours = load_company(target, {}), load_company(COMPANY_FILE, {"OLIST_DIR": str(raw)})
    assert len(drafted.sources) == len(ours.sources) == 9
    assert set(drafted.feeds) == set(ours.feeds)
    severe = [f for f in check_company(drafted, RECEIVED) if f.severity in ("problem", "warning")]
    assert [str(finding) for finding in severe] == []
    assert len(CORRECTIONS) < 10
