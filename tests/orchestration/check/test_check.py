"""What check finds in sources and mappings: what would stop a run, what is lost, the gains."""

from __future__ import annotations

import pytest

from orchestration.company import CompanyFileError
from orchestration.findings import Finding
from tests.orchestration.check.conftest import SHOP, Shop


def test_a_right_company_has_neither_problem_nor_warning(shop: Shop) -> None:
    assert shop.said("problem", "warning") == []
    sources = [f.message for f in shop.check() if f.where == "source lines"]
    assert sources == ["1 file, 2 columns, all 4 rows looked at, mode snapshot"]


def test_a_missing_file_is_a_problem_and_names_it(shop: Shop) -> None:
    (shop.folder / "shop.csv").unlink()
    (said,) = shop.said()
    assert said.startswith("source shop (line 3): ")
    assert f"{shop.folder / 'shop.csv'}: no such file" in said


def test_a_missing_file_that_is_not_required_is_a_warning(shop: Shop) -> None:
    (shop.folder / "calls_1.jsonl").unlink()
    assert shop.said() == []
    (said,) = shop.said("warning")
    assert said.startswith("source desk (line 5): ") and "no such file" in said


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("PK\x03\x04 a spreadsheet", "file.magic_mismatch"),
        ("<!DOCTYPE html><html></html>", "file.magic_mismatch"),
        ("", "file.empty"),
    ],
)
def test_a_file_that_is_no_csv_is_a_problem(shop: Shop, content: str, code: str) -> None:
    shop.write("shop.csv", content)
    (said,) = shop.said()
    assert said.startswith(f"source shop (line 3): {code}: shop.csv")


def test_a_renamed_column_is_a_problem_that_shows_what_there_is(shop: Shop) -> None:
    shop.change("shop.csv", "id,at,", "id,ordered,")
    said = shop.said()
    assert any(line.startswith("source shop") and "'at'" in line for line in said)
    assert any("it has id, ordered, state, mail" in line for line in said)


def test_an_optional_column_that_is_gone_is_named(shop: Shop) -> None:
    shop.change("shop.csv", ",mail\n", ",e_mail\n")
    assert any("shop.csv: no column mail" in line for line in shop.said("warning"))


def test_a_required_column_that_the_sql_does_not_give(shop: Shop) -> None:
    shop.change("company.yml", "num(l.eur) as amount,", "")
    (said,) = shop.said()
    assert said.startswith("feed transactions[0] (line 12): the required column amount")


def test_sql_that_cannot_run_is_one_line(shop: Shop) -> None:
    shop.change("company.yml", "s.at as occurred_at", "s.when_at as occurred_at")
    (said,) = shop.said()
    assert "when_at" in said and "\n" not in said


def test_a_join_that_doubles_rows_is_a_problem(shop: Shop) -> None:
    shop.change("shop.csv", "3,2025-05-03", "2,2025-05-03")
    assert any("comes out 2 times" in line for line in shop.said())


def test_a_join_that_finds_nothing_is_a_problem(shop: Shop) -> None:
    shop.change("company.yml", "s.id = l.receipt", "s.mail = l.receipt")
    (said,) = shop.said()
    assert "no row comes out" in said


def test_values_that_are_not_in_the_vocabulary_are_listed(shop: Shop) -> None:
    shop.change("shop.csv", "shipped", "en route")
    said = shop.said("warning")
    expected = "values of status that the vocabulary order_status does not have: en route (1)"
    assert any(expected in line and "values: {status:" in line for line in said)
    assert any(expected in line and "approved, " in line for line in said)  # what to map to


def test_amounts_in_a_currency_without_rates_are_told(shop: Shop) -> None:
    expected = "1 of 4 rows are in USD, and the feed fx_rates is not filled"
    assert not any("fx_rates" in line for line in shop.said("warning"))
    usd = "case when l.receipt = '3' then 'USD' end as currency"
    shop.change("company.yml", "as order_id,", f"as order_id, {usd},")
    assert any(expected in line for line in shop.said("warning"))


def test_values_of_a_required_column_are_listed_too(shop: Shop) -> None:
    shop.change("calls_1.jsonl", '"phone"', '"hotline"')
    said = shop.said("warning")
    assert any("values of channel" in line and "hotline (1)" in line for line in said)
    assert any("channel.domain" in line and "calls_1.jsonl, line 1" in line for line in said)


def test_a_personal_value_in_the_wrong_column_is_not_shown(shop: Shop) -> None:
    shop.change("company.yml", "status: state, email: mail", "status: mail, email: state")
    everything = "\n".join(str(finding) for finding in shop.check())
    assert "values of status" in everything
    assert "@" not in everything and "ann" not in everything.replace("channel", "")


def test_rows_that_would_be_quarantined_say_reason_count_and_place(shop: Shop) -> None:
    shop.change("lines.csv", '"3,25"', "free")
    said = shop.said("warning")
    assert any(
        "amount" in line and "1 of 4 rows" in line and "lines.csv, line 3" in line for line in said
    )
    assert any("(25%, limit 5%)" in line for line in shop.said())


def test_the_format_that_refused_times_have_is_told(shop: Shop) -> None:
    shop.write("shop.csv", SHOP.replace("2025-05-01 10", "31/05/2025 10").replace(
        "2025-05-02 11", "02/05/2025 11").replace("2025-05-03 12", "03/05/2025 12"))  # fmt: skip
    (said,) = [line for line in shop.said("warning") if "feed orders" in line and "ts.type" in line]
    assert 'say formats: {ordered_at: "%d/%m/%Y %H:%M:%S"}' in said
    assert not said.endswith("if the day comes first"), "31 is no month"


def test_decimal_commas_are_told(shop: Shop) -> None:
    shop.change("company.yml", ', decimal: ","', "")
    shop.change("company.yml", "num(l.eur)", "l.eur")
    warnings = [line for line in shop.said("warning") if "amount.type" in line]
    assert len(warnings) == 1 and 'say decimal: "," for the source lines' in warnings[0]


def test_words_that_a_vocabulary_has_not_are_told_once_and_pointed_to(shop: Shop) -> None:
    shop.change("company.yml", "      values: {status: {done: delivered}}\n", "")
    (ranged,) = [line for line in shop.said("warning") if "f.range" in line]
    assert ranged.endswith("map its words with values, see below")


def test_a_wide_survey_without_a_number_is_told_which_to_map(shop: Shop) -> None:
    shop.change(
        "company.yml",
        "  interactions:\n",
        """  survey_responses:
    - from: shop
      columns: {responded_at: at, email: mail}
      set: {survey_id: s, program_type: transactional}
      questions: {state: {metric_type: open}}
  interactions:
""",
    )
    with pytest.raises(CompanyFileError, match="map submission_id, the number of the form"):
        shop.check()


def test_a_broken_line_is_counted_with_its_place(shop: Shop) -> None:
    shop.write("shop.csv", SHOP_WITH_A_SHORT_LINE)
    said = shop.said("warning")
    assert any("csv.too_few_fields 1" in line and "first at line 3" in line for line in said)


SHOP_WITH_A_SHORT_LINE = "id,at,state,mail\n1,2025-05-01,done,\n2\n3,2025-05-03,done,\n"


def test_keys_that_different_rows_share_are_a_warning(shop: Shop) -> None:
    shop.change("company.yml", "order_id: id", "order_id: state")
    shop.change("shop.csv", "shipped", "done")
    assert any("2 rows share 1 keys" in line for line in shop.said("warning"))


def test_only_the_first_rows_are_read(shop: Shop) -> None:
    rows = "".join(f"{n},2025-05-01,done,\n" for n in range(1000))
    shop.write("shop.csv", "id,at,state,mail\n" + rows)
    info = [f.message for f in shop.check(rows=10) if f.where == "source shop"]
    assert info == ["1 file, 4 columns, the first 10 rows looked at, mode snapshot"]


def test_of_many_files_the_first_and_the_last_are_looked_at(shop: Shop) -> None:
    for n in range(2, 60):
        shop.write(f"calls_{n:02}.jsonl", CALL.replace("c1", f"c{n}"))
    shop.write("calls_59.jsonl", "not json\n")
    findings = [f for f in shop.check() if f.where == "source desk"]
    assert findings[0].message.startswith("59 files, 4 columns, the first ")
    assert any("calls_59.jsonl" in f.message for f in findings[1:])


CALL = '{"id": "c1", "at": "2025-05-04T08:00:00Z", "where": "phone", "kind": "call"}\n'


def test_hints_say_what_one_more_column_gives(shop: Shop) -> None:
    hints = shop.said("hint")
    assert (
        "feed orders: add promised_on or promised_at and you get late and on-time deliveries"
        in hints
    )
    assert any("survey_responses" in hint and "NPS, CSAT and CES" in hint for hint in hints)
    assert any(hint.startswith("feed interactions: add an identifier") for hint in hints)
    shop.change("company.yml", "order_id: id,", "order_id: id, promised_on: at,")
    assert not any("promised_on" in hint for hint in shop.said("hint"))


def test_an_answer_without_submissions_hints_at_key_drivers(shop: Shop) -> None:
    shop.write("answers.csv", "n,at,score\n1,2025-05-05,4\n")
    shop.change("company.yml", "  lines:", "  answers: {files: answers.csv}\n  lines:")
    shop.change(
        "company.yml",
        "feeds:\n",
        "feeds:\n  survey_responses:\n    - from: answers\n"
        "      columns: {response_id: n, responded_at: at, score: score}\n"
        "      set: {survey_id: s, metric_type: csat, scale_min: 1, scale_max: 5}\n",
    )
    assert shop.said("problem", "warning") == []
    notes = [note for note in shop.said("info") if note.startswith("feed survey_responses")]
    assert len(notes) == 1 and "count as transactional" in notes[0]
    shop.change("company.yml", "metric_type: csat", "program_type: relationship, metric_type: csat")
    assert not any("transactional" in note for note in shop.said("info"))
    hint = "feed survey_responses: add submission_id and you get key drivers"
    assert hint in shop.said("hint")


def test_every_finding_is_one_line(shop: Shop) -> None:
    shop.change("lines.csv", '"3,25"', "free")
    for finding in shop.check():
        assert "\n" not in str(finding)


def test_a_finding_without_line_or_fix_reads_well() -> None:
    assert str(Finding("info", "source a", 0, "one file")) == "source a: one file"
    assert str(Finding("problem", "source a", 3, "gone", "mend")) == "source a (line 3): gone; mend"


def test_a_column_that_was_renamed_is_guessed(shop: Shop) -> None:
    shop.change("shop.csv", "id,at,state,mail", "id,at,state,e_mail")
    (line,) = [line for line in shop.said("warning") if "no column mail" in line]
    assert 'if they were renamed, say aliases: {mail: ["e_mail"]}' in line
    aliased = 'shop: {files: shop.csv, aliases: {mail: ["e_mail"]}}'
    shop.change("company.yml", "shop: {files: shop.csv}", aliased)
    assert not any("no column mail" in line for line in shop.said("warning", "problem"))
    assert not any("renamed" in line for line in shop.said("warning", "problem"))
