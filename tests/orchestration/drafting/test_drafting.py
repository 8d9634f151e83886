"""A draft is a company file that loads, guesses what names and values tell, and marks the rest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from orchestration.company import Company, parse_company
from orchestration.drafting import draft_company
from orchestration.drafting.guess import guess_feed
from orchestration.drafting.names import likely_word, normal, unknown_synonyms
from orchestration.remedies import has_decimal_commas

ORDERS = "Order ID,Order Date,Status,E-Mail\n7,31/05/2025 10:00,canceled,a@example.org\n"
SALES = (
    '{"receipt_no": "1", "sold_at": "2025-05-01T10:00:00Z", "total": "9.90", "customerId": "5"}\n'
)
REVIEWS = "review_id,submitted_at,rating,comment\n1,2025-05-01,4,fine\n2,2025-05-02,2,late\n"


def draft(folder: Path, **files: str) -> tuple[str, Company]:
    """The draft for some files, and the company that it loads as."""
    raw = folder / "raw"
    raw.mkdir(exist_ok=True)
    for name, text in files.items():
        (raw / name.replace("__", ".")).write_text(text, encoding="utf-8")
    target = folder / "shop" / "company.yml"
    text = draft_company(target, [raw])
    return text, parse_company(text, target, {})


def test_a_draft_loads_and_names_files_from_its_own_folder(tmp_path: Path) -> None:
    text, company = draft(tmp_path, orders__csv=ORDERS)
    assert company.name == "shop"
    assert 'orders: {files: "../raw/orders.csv"}' in text
    (found,) = company.sources["orders"].files
    assert Path(found).resolve() == (tmp_path / "raw/orders.csv").resolve()


def test_columns_are_guessed_by_their_names(tmp_path: Path) -> None:
    _, company = draft(tmp_path, orders__csv=ORDERS, sales__jsonl=SALES)
    assert company.feeds["orders"][0].columns == {
        "order_id": "Order ID", "ordered_at": "Order Date", "status": "Status", "email": "E-Mail",
    }  # fmt: skip
    assert company.feeds["transactions"][0].columns == {
        "transaction_id": "receipt_no", "occurred_at": "sold_at", "amount": "total",
        "source_customer_id": "customerId",
    }  # fmt: skip


def test_words_and_times_are_guessed_by_values(tmp_path: Path) -> None:
    _, company = draft(tmp_path, orders__csv=ORDERS)
    orders = company.feeds["orders"][0]
    assert orders.formats == {"ordered_at": "%d/%m/%Y %H:%M"}
    assert orders.values == {"status": {"canceled": "cancelled"}}


def test_a_time_that_could_be_read_two_ways_is_marked(tmp_path: Path) -> None:
    text, _ = draft(tmp_path, orders__csv=ORDERS.replace("31/05", "03/05"))
    assert 'ordered_at: "%d/%m/%Y %H:%M"   # unsure: day first?' in text


def test_a_synonym_is_marked_and_the_very_name_is_not(tmp_path: Path) -> None:
    text, _ = draft(tmp_path, orders__csv=ORDERS)
    assert 'ordered_at: "Order Date"   # unsure\n' in text
    assert 'order_id: "Order ID"\n' in text


@pytest.mark.parametrize(
    ("scores", "metric"),
    [((4, 2), "csat"), ((9, 3), "nps"), ((0, 5), "nps"), ((7, 2), "csat")],
)
def test_a_score_suggests_its_metric_and_is_marked(
    tmp_path: Path, scores: tuple[int, int], metric: str
) -> None:
    high, low = scores
    reviews = REVIEWS.replace(",4,", f",{high},").replace(",2,late", f",{low},late")
    text, company = draft(tmp_path, reviews__csv=reviews)
    assert company.feeds["survey_responses"][0].set["metric_type"] == metric
    assert "# unsure: what does the survey measure?" in text


def test_files_that_differ_in_digits_are_one_source(tmp_path: Path) -> None:
    other = ORDERS.replace("7,", "8,")
    _, company = draft(
        tmp_path, **{"orders_2025-05-01__csv": ORDERS, "orders_2025-05-02__csv": other}
    )
    assert list(company.sources) == ["orders"]
    assert company.sources["orders"].files[0].endswith("/raw/orders_*.csv")
    assert company.sources["orders"].mode == "append"


def test_what_lacks_a_required_column_is_a_comment(tmp_path: Path) -> None:
    text, company = draft(tmp_path, orders__csv=ORDERS, sales__jsonl=SALES.replace("sold_at", "x"))
    assert "transactions" not in company.feeds
    assert "# sales may be transactions, but nothing was found for what it requires:" in text
    assert "#   occurred_at" in text


def test_what_is_not_taken_is_listed(tmp_path: Path) -> None:
    text, _ = draft(tmp_path, orders__csv=ORDERS.replace("E-Mail", "Colour of the box"))
    assert '# not taken: "Colour of the box"' in text


def test_a_source_that_fits_no_feed_is_counted_only(tmp_path: Path) -> None:
    text, _ = draft(tmp_path, orders__csv=ORDERS, weather__csv="rain,wind\n1,2\n")
    assert "# weather: no feed was recognised" in text


def test_of_a_foreign_export_the_draft_tells_decimal_commas_and_formats_of_times(
    tmp_path: Path,
) -> None:
    text, company = draft(
        tmp_path,
        contratos__csv="Contrato;Fecha inicio;Cuota\nC1;31/01/2025;24,90\nC2;01/02/2025;9\n",
        orders__csv=ORDERS,
    )
    assert company.sources["contratos"].decimal == ","
    assert 'decimal: ","}   # unsure' in text
    assert 'Contrato, "Fecha inicio" (%d/%m/%Y), Cuota' in text


@pytest.mark.parametrize(
    ("texts", "are_decimal"),
    [
        (["24,90", "9"], True), (["-0,5"], True), (["1,250", "3,5"], True),
        (["1,200", "12,500", "300"], False), (["24,90", "1.5"], False), (["24"], False),
        ([], False),
    ],
)  # fmt: skip
def test_commas_are_decimal_only_where_they_cannot_be_thousands(
    texts: list[str], are_decimal: bool
) -> None:
    assert has_decimal_commas(texts) is are_decimal


def test_the_commonest_currency_is_the_guess(tmp_path: Path) -> None:
    orders = "order_id,order_date,currency\n1,2025-05-01,BRL\n2,2025-05-01,BRL\n3,2025-05-01,EUR\n"
    _, company = draft(tmp_path, orders__csv=orders)
    assert company.currency == "BRL"


def test_nothing_to_draft_from_is_said(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    with pytest.raises(ValueError, match="no csv, jsonl or parquet"):
        draft_company(tmp_path / "company.yml", [tmp_path])


@pytest.mark.parametrize(
    ("columns", "feed"),
    [
        ("product_id,name,category,price", "products"),
        ("store_id,name,region,opened_on", "locations"),
        ("subscription_id,start_date,plan,end_date", "subscriptions"),
        ("customer_id,first_name,last_name,email", "customer_records"),
        ("event_id,timestamp,channel,event_type", "interactions"),
        ("rain,wind", None),
    ],
)
def test_a_feed_is_recognised_by_its_columns(columns: str, feed: str | None) -> None:
    values: dict[str, Sequence[str | None]] = {column: [] for column in columns.split(",")}
    guess = guess_feed("data", values)
    assert (guess.feed if guess else None) == feed


def test_a_key_that_repeats_speaks_against_a_feed() -> None:
    values: dict[str, Sequence[str | None]] = {
        "order_id": ["1", "1", "2"], "product_id": ["p", "q", "p"], "price": ["1", "2", "1"],
    }  # fmt: skip
    guess = guess_feed("order_items", values)
    assert guess is not None and guess.feed == "transactions"


def test_synonyms_are_of_columns_that_there_are() -> None:
    assert unknown_synonyms() == []


def test_names_and_words_are_compared_without_case_and_punctuation() -> None:
    assert normal("CustomerID") == normal("customer id") == "customer_id"
    assert likely_word("gender", "F") == "female"
    assert likely_word("order_status", "Canceled") == "cancelled"
    assert likely_word("order_status", "lost in space") is None


def test_the_command_writes_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from click.testing import CliRunner

    from orchestration.cli.init import init

    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    arguments = [str(tmp_path / "new"), "--from", str(tmp_path / "orders.csv")]
    first = CliRunner().invoke(init, arguments)
    assert first.exit_code == 0 and "wholeview check --company" in first.output
    written = (tmp_path / "new/company.yml").read_text(encoding="utf-8")
    second = CliRunner().invoke(init, arguments)
    assert second.exit_code == 2 and "is there already" in second.output
    assert (tmp_path / "new/company.yml").read_text(encoding="utf-8") == written


def test_a_score_that_is_no_number_does_not_stop_the_draft(tmp_path: Path) -> None:
    # the first values alone decide that a column holds numbers; a later one may be anything
    rows = [f"{n},2025-05-01,{n % 6},x" for n in range(300)] + ["300,2025-05-01,n/a,x"]
    reviews = "\n".join(["review_id,submitted_at,rating,comment", *rows, ""])
    _, company = draft(tmp_path, reviews__csv=reviews)
    assert company.feeds["survey_responses"][0].set["metric_type"] == "nps"


def test_a_home_below_the_folder_is_no_raw_data(tmp_path: Path) -> None:
    landed = tmp_path / "raw" / "home" / "landing"
    landed.mkdir(parents=True)
    (landed.parent / "format_version").write_text("1")
    (landed / "a.csv").write_text(ORDERS)
    _, company = draft(tmp_path, orders__csv=ORDERS)
    assert list(company.sources) == ["orders"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("eu/till.csv", "us/till.csv"), ["**/till.csv"]),
        (("till_1.csv", "till_2.csv", "till_new.csv"), ["till_1.csv", "till_2.csv"]),
        (("till_1.csv", "till_2.csv"), ["till_*.csv"]),
    ],
)
def test_a_source_names_its_own_files_and_no_others(
    tmp_path: Path, names: tuple[str, ...], said: list[str]
) -> None:
    for name in names:
        file = tmp_path / "raw" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(ORDERS)
    _, company = draft(tmp_path)
    found = [Path(f) for f in company.sources["till"].files]
    raw = (tmp_path / "raw").resolve()
    assert [f.parent.resolve().joinpath(f.name).relative_to(raw).as_posix() for f in found] == said
