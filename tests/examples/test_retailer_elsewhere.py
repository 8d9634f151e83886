"""A world that no code knows: other countries, languages, money, clocks, names, twice the dirt."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from examples.retailer.company import in_use
from examples.retailer.plan import SampleError
from examples.retailer.scenario import Scenario, load_scenario
from orchestration.check import check_company
from orchestration.company import load_company
from tests.examples.retailer_kit import UNTIL, hashes, make

JAPAN = Path(__file__).parents[2] / "examples/retailer/scenarios/japan.yml"


@pytest.fixture(scope="module")
def japan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("japan") / "sample", scenario=JAPAN)


def rows(folder: Path, pattern: str, delimiter: str = ",") -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for path in sorted(folder.glob(pattern)):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            found += csv.DictReader(lines, delimiter=delimiter)
    return found


def test_twice_the_corruption_is_what_it_says() -> None:
    there, usual = load_scenario(JAPAN).corruption, Scenario().corruption
    assert there.share("email_missing") == pytest.approx(2 * usual.share("email_missing"))


def test_the_company_file_is_the_new_head_offices(japan: Path) -> None:
    company = load_company(japan / "company.yml", {})
    assert (company.timezone, company.currency, company.country) == ("Asia/Tokyo", "JPY", "JP")


def test_the_next_company_is_the_usual_one(japan: Path) -> None:
    assert in_use().countries == []


def test_a_run_can_start(japan: Path) -> None:
    company = load_company(japan / "company.yml", {})
    found = check_company(company, datetime(2026, 6, 30, tzinfo=UTC))
    assert not [str(f) for f in found if f.severity == "problem"]


def test_money_numbers_letters_and_clocks_are_theirs(japan: Path) -> None:
    lines = rows(japan / "raw", "shop/order_lines_*.csv")
    assert {line["currency"] for line in lines if line["currency"]} == {"JPY", "KRW"}
    assert not any("." in (line["amount"] or "") for line in lines)
    people = rows(japan / "raw", "crm/crm_*.csv", ";")
    assert {"JP", "KR"} >= {p["Land"] for p in people if p["Land"]}
    assert any("\u4e00" <= p["Nachname"][:1] <= "\u9fff" for p in people)
    truth = pq.read_table(japan / f"truth/{UNTIL}/person_identifier.parquet").to_pylist()
    phones = {r["value"][:3] for r in truth if r["kind"] == "phone"}
    assert phones == {"+81", "+82"}
    ordered = rows(japan / "raw", "shop/orders_*.csv")
    # a broken line lacks its time and has the next column in its place
    times = [o["created_at"] for o in ordered if "T" in (o["created_at"] or "")]
    assert len(times) > 0.9 * len(ordered)
    assert all(time.endswith("+09:00") for time in times)
    rates = rows(japan / "raw", "finance/fx_*.csv")
    assert {(r["CURRENCY"], r["CURRENCY_DENOM"]) for r in rates} == {("KRW", "JPY")}


def test_it_is_made_again_byte_for_byte(japan: Path, tmp_path: Path) -> None:
    assert hashes(make(tmp_path / "again", scenario=JAPAN)) == hashes(japan)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"timezone": "Asia/Nowhere"}, "no time zone"),
        ({"cultures": {"elvish": 1.0}}, "no names of 'elvish'"),
        ({"mobile": ["90"]}, "mobile"),
        ({"moons": 2}, "moons"),
    ],
)
def test_a_wrong_country_is_refused_by_name(
    tmp_path: Path, change: dict[str, object], named: str
) -> None:
    country = load_scenario(JAPAN).model_dump()["countries"][0] | {"cultures": {"german": 1.0}}
    path = tmp_path / "wrong.yml"
    path.write_text(json.dumps({"countries": [country | change]}))
    with pytest.raises(SampleError, match=named):
        load_scenario(path)


def test_a_name_that_no_address_can_hold_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "names.yml"
    path.write_text("names: {other: {female: [花子], male: [Taro], family: [Sato]}}\n")
    with pytest.raises(SampleError, match="Latin letters"):
        load_scenario(path)


def test_a_country_by_its_code_is_the_usual_one(tmp_path: Path) -> None:
    path = tmp_path / "one.yml"
    path.write_text("countries: [RO]\n")
    company = load_scenario(path).company()
    assert [c["timezone"] for c in company.countries] == ["Europe/Bucharest"]


def test_comments_are_in_the_scenarios_languages_and_none_falls_back(japan: Path) -> None:
    answers = rows(japan / "raw", "surveys/relationship_*.csv")
    ours = [a for a in answers if not (a["Response ID"] or "").startswith("TEST")]
    said = [a["Anything else you want to tell us?"] for a in ours if a["Language"] in ("ja", "ko")]
    assert sum(bool(text) for text in said) > 10
    assert not [text for text in said if text and text.isascii()]


def test_a_grammar_without_a_device_is_refused(tmp_path: Path) -> None:
    grammar = load_scenario(JAPAN).model_dump()["comments"]["ja"]
    del grammar["frames"]["ironic"]
    path = tmp_path / "comments.yml"
    path.write_text(json.dumps({"comments": {"ja": grammar}}))
    with pytest.raises(SampleError, match="5 are needed"):
        load_scenario(path)
