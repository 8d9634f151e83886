"""A whole night on a company elsewhere: its head office in Tokyo, shops in Japan and Korea.

Other languages, money without decimals, other clocks and twice the dirt, and no line of code that
knows of them. Raw files are read here apart from the pipeline.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from tests.nights.sample_night import Sample

JAPAN = Path(__file__).parents[2] / "examples/retailer/scenarios/japan.yml"
TOKYO = ZoneInfo("Asia/Tokyo")
KANA, HANGUL = re.compile("[\u3040-\u30ff]"), re.compile("[\uac00-\ud7a3]")


@pytest.fixture(scope="module")
def japan(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return Sample(tmp_path_factory.mktemp("japan"), customers=250, scenario=JAPAN)


def test_the_night_publishes(japan: Sample) -> None:
    assert japan.outcome.code == 0, japan.outcome.all
    assert japan.rows("select count(*) > 100 from core.dim_customer") == [(True,)]
    ((value, n),) = japan.rows(
        "select nps, n_valid from marts.mart_nps where survey_id = 'relationship_nps'"
        " and period_grain = 'all' and slice_name = 'all'"
    )
    assert n >= 10 and -100 < value < 100


def test_instants_are_those_of_the_files_and_days_are_tokyos(japan: Sample) -> None:
    raw = {
        row["order_id"]: datetime.fromisoformat(row["created_at"])
        for row in japan.table("shop/orders_*.csv")
        if not row["email"].endswith("@larkfield.example")
    }
    assert {at.utcoffset() for at in raw.values()} == {datetime.now(TOKYO).utcoffset()}
    found = japan.rows(
        "select order_id, ordered_at, ordered_on from core.fct_order where source_system = 'shop'"
    )
    assert len(found) == len(raw)
    for order, at, on in found:
        assert at.replace(tzinfo=UTC) == raw[order]
        assert on == raw[order].astimezone(TOKYO).date()
    assert any(at.date() != on for _, at, on in found)  # nine hours make another day


def test_times_without_an_offset_are_the_head_offices(japan: Sample) -> None:
    raw = {
        row["Response ID"]: datetime.strptime(row["Submitted At"], "%d/%m/%Y %H:%M")
        for row in japan.table("surveys/relationship_*.csv")
    }
    found = japan.rows(
        "select submission_id, responded_at from core.fct_survey_response"
        " where survey_id = 'relationship_nps' and metric_type = 'nps'"
    )
    assert found
    for submission, at in found:
        assert at.replace(tzinfo=UTC) == raw[submission].replace(tzinfo=TOKYO)


def test_money_is_yen_and_won_without_decimals_and_reported_in_yen(japan: Sample) -> None:
    rows = japan.rows(
        "select currency_code, count(*), sum(amount), sum(amount_reporting),"
        " bool_and(amount = floor(amount)), count(*) filter (amount_reporting is null)"
        " from core.fct_transaction group by all order by 1"
    )
    assert [row[0] for row in rows] == ["JPY", "KRW"]
    yen, won = rows
    assert yen[1] and won[1] and yen[4] and won[4]
    assert (yen[5], won[5]) == (0, 0)
    assert yen[3] == yen[2]
    assert 0.09 < won[3] / won[2] < 0.13  # the scenario's rate is .108, with its ups and downs


def test_languages_are_japanese_and_korean_in_words_too(japan: Sample) -> None:
    languages = japan.counts(
        "select language, count(*) from core.fct_survey_response"
        " where survey_id = 'relationship_nps' group by all"
    )
    assert set(languages) == {"ja", "ko"}
    restricted = japan.company.home.root / "restricted" / "restricted.duckdb"
    with duckdb.connect(str(restricted), read_only=True) as con:
        said = con.execute("select coalesce(verbatim, '') from feedback_text").fetchall()
        called = con.execute("select coalesce(family_name, '') from customer_record_member")
        names = [name for (name,) in called.fetchall()]
    assert sum(bool(KANA.search(text)) for (text,) in said) > 5
    assert any(HANGUL.search(text) for (text,) in said)
    assert any(HANGUL.search(name) for name in names)
