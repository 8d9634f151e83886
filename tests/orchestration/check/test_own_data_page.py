"""The company file of docs/bring-your-own-data.md, tried on raw files of the kinds it tells of."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.check import check_company
from orchestration.company import load_company
from orchestration.company.mappings import MAPPING_KEYS

PAGE = (Path(__file__).parents[3] / "docs/bring-your-own-data.md").read_text(encoding="utf-8")
RECEIVED = datetime(2026, 7, 1, tzinfo=UTC)
GUESTS = """\
会員番号,姓,名,性別,生年月日,電話番号,メールアドレス,住所\r
G1,髙橋,花子,女,1980/02/01,090-1234-5678,hanako@example.jp,"中央区1丁目\r\n2番 ""ハイツ""3号"\r
G2,鈴木,太郎,男,1975/12/31,,,港区4-5\r
"""
SURVEY = """\
Export Guest Survey\r
\r
Antwort-ID;Submitted At;Status;E-Mail;会員番号;Booking;お勧め度 (0-10);満足度 (1-5);ご意見;Sprache\r
R1;05/05/2026 23:53;Completed;hanako@example.jp;;B1;10;5;"とても良い\n""広い""; また来ます";日本語\r
R2;06/05/2026 08:10;Partial;;G2;B2;;n/a;;ja\r
R3;07/05/2026 09:00;Completed;tester@ourhotel.example;;B2;0;1;test;en\r
"""
CALLS = (
    "CallId;Start;Warteschlange;Wait s;Talk s;Result;Caller;Agent\n"
    "C1;01.05.2026 10:00:00;予約;12,5;80,0;OK;090-1234-5678;A1\n"
)


def _bookings() -> str:
    rows = [("B1", "2026-05-01T23:30:00+09:00"), ("B2", "2026-05-02T08:00:00")]
    return "\n".join(
        json.dumps(
            {
                "booking": {"no": no, "at": at, "state": "宿泊済"},
                "guest": {"memberNo": f"G{no[1]}", "contact": {"mail": None}},
                "hotel": "KYO1",
                "items": [{"sku": "ROOM", "qty": 2}],
            },
            ensure_ascii=False,
        )
        for no, at in rows
    )


def _folio(path: Path) -> None:
    posted = [datetime(2026, 5, 1, 14, 30, tzinfo=UTC)] * 2
    table = {
        "folio": ["B1", "B1"],
        "seq": pa.array([1, 2], pa.int16()),
        "posted": pa.array(posted, pa.timestamp("us", tz="Asia/Tokyo")),
        "yen": pa.array([Decimal(45300), Decimal(-1600)], pa.decimal128(12, 0)),
        "sku": pa.array(["ROOM", "COUPON"]).dictionary_encode(),
        "guest": ["G1", "G1"],
    }
    pq.write_table(pa.table(table), path)


@pytest.fixture
def company_file(tmp_path: Path) -> Path:
    """The page's company file beside the raw files that it names."""
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "guests.csv").write_bytes(GUESTS.encode("cp932"))
    (exports / "survey_2026.csv").write_bytes(SURVEY.encode("utf-8-sig"))
    (exports / "calls.csv").write_text(CALLS, encoding="utf-8")
    (exports / "bookings.jsonl").write_text(_bookings(), encoding="utf-8")
    _folio(exports / "folio.parquet")
    (said,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    (tmp_path / "company.yml").write_text(said, encoding="utf-8")
    return tmp_path / "company.yml"


def test_the_page_has_nothing_that_stands_in_the_way(company_file: Path) -> None:
    findings = check_company(load_company(company_file, {}), RECEIVED)
    assert [str(f) for f in findings if f.severity in ("problem", "warning")] == []


@pytest.mark.parametrize(
    ("setting", "instead", "told"),
    [
        (", encoding: cp932", "", "the header is not utf-8"),
        ("COUPON: discount", "COUPON: item", "amount.sign"),
        (', null_values: ["", "n/a"]', "", "f.type (score)"),
        (', decimal: ","', "", "f.type (wait_seconds)"),
        (", header_row: 3", "", "survey"),
    ],
)
def test_each_setting_of_the_page_is_needed(
    company_file: Path, setting: str, instead: str, told: str
) -> None:
    text = company_file.read_text(encoding="utf-8")
    assert setting in text
    company_file.write_text(text.replace(setting, instead), encoding="utf-8")
    findings = check_company(load_company(company_file, {}), RECEIVED)
    said = [str(f) for f in findings if f.severity in ("problem", "warning")]
    assert any(told in line for line in said)


@pytest.mark.parametrize("key", MAPPING_KEYS)
def test_the_page_shows_every_form_of_mapping(key: str) -> None:
    assert re.search(rf"^ +(- )?{key}:", PAGE, flags=re.MULTILINE)
