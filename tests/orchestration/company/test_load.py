"""A right company file becomes a complete Company; a file that cannot be read says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.company import Company, CompanyFileError, Settings, load_company
from orchestration.company.controls import Control
from orchestration.company.figures import Figure

Load = Callable[..., Company]


def test_the_company_and_its_settings(load: Load, good: str) -> None:
    company = load(good)
    assert (company.name, company.timezone, company.currency) == (
        "Corner Shop", "Europe/Berlin", "EUR",
    )  # fmt: skip
    assert company.as_of == "yesterday"
    assert (company.churn.kind, company.churn.horizon_days) == ("non_contractual", 90)
    assert company.settings == Settings(
        minimum_n=20, publish_source_ids=("crm",), memory_limit="2GB"
    )
    assert company.slices == {
        "by": ["channel", "store_id"],
        "pairs": [["channel", "store_id"]],
    }
    control = Control("till_total", "transactions", "amount", "till", "at", "eur")
    assert company.controls == {"till_total": control}


def test_a_control_with_a_metric_is_a_vendors_figure(load: Load, good: str) -> None:
    figure = (
        "  tool: {metric: nps, survey: s, from: survey, period: Q, grain: quarter, figure: F,"
        " vendor: {answers: all, date: sent, timezone: UTC}, tolerance: 0.5}\n"
    )
    company = load(good.replace("settings:", figure + "settings:"))
    assert set(company.controls) == {"till_total"}
    assert company.figures == {
        "tool": Figure(
            "tool", "nps", "s", "survey", "Q", "quarter", "F", None, None,
            {"answers": "all", "date": "sent"}, "UTC", 0.5,
        )
    }  # fmt: skip


def test_what_is_not_given_has_its_default(load: Load, good: str) -> None:
    text = good[: good.index("slices:")].replace("  churn: {kind: non_contractual", "  #")
    company = load(text)
    assert company.settings == Settings()
    assert company.settings.quarantine_ratio == 0.05
    assert company.settings.keep_versions == 7
    assert (company.churn.kind, company.churn.horizon_days) == ("auto", None)
    assert company.slices == {}


def test_sources_are_resolved_and_defaulted(load: Load, good: str, tmp_path: Path) -> None:
    sources = load(good).sources
    till, crm, survey = sources["till"], sources["crm"], sources["survey"]
    assert till.files == [str(tmp_path / "till_*.csv")]
    assert (till.mode, crm.mode, survey.mode) == ("append", "snapshot", "append")
    assert (till.delimiter, till.decimal, till.lag_seconds) == (";", ",", 7200)
    assert (till.timezone, crm.timezone) == ("Europe/Berlin", "UTC")
    assert (till.required, till.on_failure) == (True, "stop")
    assert (crm.required, crm.on_failure) == (False, "use_last")
    assert till.null_values == [""]


def test_changes_to_gates_are_numbers(load: Load, good: str) -> None:
    gates = "gates:\n  core.fct_order.row_count: {min: 1000, severity: warn}\n"
    gates += "  feeds.orders.unique_row_id: {allow: 2}\n"
    gates += "  feeds.books.no_negative_count: {}\n  core.fct_order.rows_conserved: {min: -1}\n"
    assert load(good + gates).gates == {
        "core.fct_order.row_count": {"min": 1000.0, "severity": "warn"},
        "feeds.orders.unique_row_id": {"allow": 2},
        "feeds.books.no_negative_count": {},
        "core.fct_order.rows_conserved": {"min": -1.0},
    }


@pytest.mark.parametrize(
    ("files", "mode"),
    [
        ("one.csv", "snapshot"),
        ("[a.csv, b.csv]", "append"),
        ('"day_?.csv"', "append"),
        ('"a[1].csv"', "snapshot"),
        ("folder", "append"),
        ("/somewhere/one.csv.gz", "snapshot"),
    ],
)
def test_mode_by_default(load: Load, good: str, tmp_path: Path, files: str, mode: str) -> None:
    (tmp_path / "folder").mkdir()
    assert load(good.replace("files: crm.csv", f"files: {files}")).sources["crm"].mode == mode


def test_mappings_keep_texts_as_written(load: Load, good: str) -> None:
    feeds = load(good).feeds
    words = {"F": "female", "M": "male", "?": None}
    assert feeds["customer_records"][0].values == {"gender": words}
    sql = feeds["transactions"][0]
    assert sql.columns == {} and sql.sql is not None and sql.from_ == "till"
    answers = feeds["survey_responses"][0]
    assert answers.formats == {"responded_at": "%d.%m.%Y %H:%M"}
    assert answers.questions["Recommend?"] == {"metric_type": "nps", "question_id": "q1"}
    assert answers.drop_where == "Mail like '%@shop.example'"
    assert not answers.explode


def test_a_wide_surveys_response_and_survey_are_named_by_default(load: Load, good: str) -> None:
    answers = load(good).feeds["survey_responses"][0]
    assert answers.columns["response_id"] == "id"
    assert answers.set["survey_id"] == "survey"
    own = good.replace("columns: {submission_id: id,", "columns: {submission_id: id, survey_id: s,")
    assert "survey_id" not in load(own).feeds["survey_responses"][0].set


def test_a_column_with_values_alone_has_its_own_name_in_the_source(load: Load, good: str) -> None:
    changed = good.replace(", gender: sex}", "}")
    assert load(changed).feeds["customer_records"][0].columns["gender"] == "gender"


def test_yaml_words_for_true_and_no_stay_texts(load: Load, good: str) -> None:
    norway = good.replace("country: DE", "country: NO")
    assert load(norway).country == "NO"
    crm = good.replace("crm: {files: crm.csv,", "crm: {files: crm.csv, null_values: [NO, 007, ''],")
    assert load(crm).sources["crm"].null_values == ["NO", "007", ""]


def test_several_mappings_of_a_feed_are_numbered(load: Load, good: str) -> None:
    second = "    - {from: till, columns: {source_customer_id: c}}\n  transactions:"
    records = load(good.replace("  transactions:", second)).feeds["customer_records"]
    assert [mapping.index for mapping in records] == [0, 1]
    assert [mapping.from_ for mapping in records] == ["crm", "till"]


def test_a_file_is_read_from_its_own_folder(tmp_path: Path, good: str) -> None:
    path = tmp_path / "deep" / "company.yml"
    path.parent.mkdir()
    path.write_text("\ufeff" + good, encoding="utf-8")
    company = load_company(path, {})
    assert company.path == path
    assert company.sources["crm"].files == [str(path.parent / "crm.csv")]


def test_a_file_that_is_not_there_or_no_text_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CompanyFileError, match=r"^nowhere.yml, line 1: cannot be read") as missing:
        load_company(tmp_path / "nowhere.yml", {})
    assert "\n" not in str(missing.value)
    (tmp_path / "binary.yml").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(CompanyFileError, match="not UTF-8"):
        load_company(tmp_path / "binary.yml", {})
    with pytest.raises(CompanyFileError, match="cannot be read"):
        load_company(tmp_path, {})
