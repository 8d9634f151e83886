"""What stands aside is listed, shown, and taken in once it is mended: rows move, totals hold."""

from __future__ import annotations

import csv as csv_module
import io
import stat
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from orchestration.build import fingerprint
from orchestration.cli import main
from orchestration.cli.quarantine import quarantine
from orchestration.correcting import CorrectionsError, read_corrections, write_for_mending
from orchestration.feeds import feed_generations
from orchestration.kept_aside import quarantine_frame
from orchestration.landing import stream
from orchestration.replay import Replayed, Selection, count_standing, replay
from tests.orchestration.feeds.company_home import KEY, CompanyHome, csv

HEADER = "id,at,amount,mail"
COLUMNS = {"transaction_id": "id", "occurred_at": "at", "amount": "amount", "email": "mail"}
SOURCES = {"till": {"files": "till_*.csv"}}
FEEDS = {"transactions": [{"from": "till", "columns": COLUMNS}]}
GOOD = [f"g{n},2024-05-01T10:00:00Z,1.50,p{n}@x.example" for n in range(30)]
NEVER = "b1,never,2.50,b1@x.example"  # line 32: a row of the feed
BROKEN = "b2,2024-05-01T10:00:00Z"  # line 33: a line
LOST = "b3,2024-05-01T11:00:00Z,4.50,=no mail"  # line 34: a field


@pytest.fixture
def company(tmp_path: Path) -> CompanyHome:
    """One file with a bad row, a broken line and a bad optional field."""
    made = CompanyHome(tmp_path / "c", SOURCES, FEEDS)
    made.put("till_1.csv", csv(HEADER, *GOOD, NEVER, BROKEN, LOST))
    made.night()
    return made


def again(company: CompanyHome, **more: Any) -> Replayed:
    return replay(company.home, company.ledger, company.company, KEY, **more)


def standing(company: CompanyHome, selection: Selection | None = None) -> dict[Any, int]:
    found = count_standing(company.home, company.ledger, company.company, selection)
    return {(stage, reason): n for (_, _, stage, reason), n in found.items()}


def totals(company: CompanyHome) -> tuple[int, int, int]:
    """Records framed; records accepted by the feed and set aside by stage, together; money."""
    (arrival,) = [a for a in company.ledger.arrivals("till") if a.status == "loaded"]
    assert arrival.n_framed == arrival.n_parsed + arrival.n_quarantined + arrival.n_blank
    assert company.book("transactions", "driving") == arrival.n_parsed
    aside = arrival.n_quarantined + company.book("transactions", "quarantined")
    accepted = company.book("transactions", "accepted")
    return arrival.n_framed, accepted + aside, company.book("transactions", "mapped_amount_e4")


def corrections(company: CompanyHome, path: Path, text: str) -> Any:
    path.write_text(text)
    where = (company.home, company.ledger, company.company)
    return read_corrections(*where, path, Selection()).rows


def test_what_stands_is_counted_and_chosen_by_file_and_reason(company: CompanyHome) -> None:
    assert standing(company) == {
        ("line", "csv.too_few_fields"): 1, ("row", "ts.type"): 1, ("field", "email.format"): 1,
    }  # fmt: skip
    assert standing(company, Selection(reason="ts.type")) == {("row", "ts.type"): 1}
    assert standing(company, Selection(reason="ts.type:occurred_at")) == {("row", "ts.type"): 1}
    assert len(standing(company, Selection(file="till_1.csv"))) == 3
    assert standing(company, Selection(file="till_2.csv")) == {}


def test_a_mended_mapping_takes_the_rows_in_and_twice_is_the_same(company: CompanyHome) -> None:
    before = totals(company)
    values = {"from": "till", "columns": COLUMNS, "values": {"occurred_at": {"never": None}}}
    mended = values | {"values": {"occurred_at": {"never": "2024-05-01T00:00:00Z"}}}
    company.configure(SOURCES, {"transactions": [mended]}, {})
    done = again(company)
    assert (done.n_taken_in, done.rebuilt) == (1, ["transactions"])
    assert ("row", "ts.type") not in standing(company)
    assert totals(company) == before
    content = company.current("transactions")
    assert len(content) == 32
    twice = again(company)
    assert (twice.n_taken_in, twice.rebuilt, twice.n_reparsed) == (0, [], 0)
    assert company.current("transactions") == content


def test_a_mended_option_parses_the_file_anew(tmp_path: Path) -> None:
    company = CompanyHome(tmp_path / "c", {"till": {"files": "till_*.csv"}}, FEEDS,
                          {"quarantine_ratio": 1.0})  # fmt: skip
    company.put("till_1.csv", csv(HEADER, *GOOD, 'b1,2024-05-01T10:00:00Z,1.50,"p" <p@x.example>'))
    company.night()
    assert standing(company) == {("line", "csv.bad_quoting"): 1}
    company.configure({"till": SOURCES["till"] | {"quote": "'"}}, FEEDS, {"quarantine_ratio": 1.0})
    done = again(company)
    assert (done.n_reparsed, done.rebuilt) == (1, ["transactions"])
    assert standing(company) == {("field", "email.format"): 1}


def test_corrected_rows_of_every_stage_are_taken_in(company: CompanyHome, tmp_path: Path) -> None:
    before = totals(company)
    rows = corrections(
        company, tmp_path / "mended.csv",
        "_file,_line,id,at,amount,mail\n"
        "till_1.csv,32,b1,2024-05-02T10:00:00Z,2.50,b1@x.example\n"
        "till_1.csv,33,b2,2024-05-02T10:00:00Z,3.50,\n"
        "till_1.csv,34,b3,2024-05-01T11:00:00Z,4.50,b3@x.example\n",
    )  # fmt: skip
    done = again(company, corrections=rows)
    assert (done.n_corrected, done.n_reparsed, done.n_taken_in) == (3, 1, 3)
    assert standing(company) == {}
    assert totals(company)[:2] == before[:2], "no record came or went"
    assert totals(company)[2] == before[2] + 35000, "the money of the broken line is counted now"
    listed = company.current("transactions", "transaction_id, line_number")
    assert ("b1", 1) in listed
    origin = company.sql(
        "select transaction_id, line from read_parquet"
        f"('{company.home.feed_rows('transactions')}/*') where transaction_id in ('b1', 'b3')"
        " order by all"
    )
    assert origin == [("b1", 32), ("b3", 34)], "the row still tells file and line"
    content = company.all_rows("transactions")
    twice = again(company, corrections=rows)
    assert (twice.n_corrected, twice.n_reparsed, twice.rebuilt) == (0, 0, [])
    company.rebuild("transactions")
    assert company.all_rows("transactions") == content, "landing replayed gives the same"
    # a column that is left out stays as it was sent
    more = corrections(company, tmp_path / "more.csv", "_file,_line,mail\ntill_1.csv,33,b@x.org\n")
    again(company, corrections=more)
    assert len(company.current("transactions")) == 33
    found = company.current("transactions", "transaction_id, amount::varchar, email")
    assert ("b2", "3.5000", "b@x.org") in found


def test_what_is_shown_for_mending_is_read_back(company: CompanyHome, tmp_path: Path) -> None:
    where = (company.home, company.ledger, company.company)
    out = tmp_path / "aside.csv"
    assert write_for_mending(*where, Selection(), out) == 3
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    rows = list(csv_module.DictReader(io.StringIO(out.read_text())))
    assert [row["_line"] for row in rows] == ["32", "33", "34"]
    assert [row["_reasons"] for row in rows] == [
        "ts.type:occurred_at", "csv.too_few_fields", "email.format:email",
    ]  # fmt: skip
    assert (rows[1]["_raw"], rows[1]["id"]) == (BROKEN, "")
    assert rows[2]["mail"] == "'=no mail", "no spreadsheet takes it for a formula"
    # Read back as it is, what was sent stays what it was, and the broken line stays aside.
    read = read_corrections(*where, out, Selection())
    assert (read.n_rows, read.n_empty) == (3, 1)
    before = standing(company)
    again(company, corrections=read.rows)
    assert standing(company) == before


def test_a_correction_of_what_is_not_aside_is_refused(company: CompanyHome, tmp_path: Path) -> None:
    for text in ("_file,_line,id\ntill_1.csv,5,x\n", "id\nx\n", "_row,id\nnowhere:32,x\n"):
        with pytest.raises(CorrectionsError, match="are of no record in quarantine"):
            corrections(company, tmp_path / "m.csv", text)
    with pytest.raises(CorrectionsError, match="as many fields"):
        corrections(company, tmp_path / "m.csv", "_file,_line,id\ntill_1.csv,32\n")
    with pytest.raises(CorrectionsError, match="no such file"):
        read_corrections(
            company.home, company.ledger, company.company, tmp_path / "none.csv", Selection()
        )
    rows = corrections(company, tmp_path / "m.csv", "_file,_line,idd\ntill_1.csv,32,x\n")
    done = again(company, corrections=rows)
    assert [problem.code for problem in done.problems] == ["schema.extra"]
    assert "idd" not in done.problems[0].message
    assert again(company).problems == [], "what does not fit is not kept"


def test_a_snapshots_row_and_json_lines_are_corrected_in_place(tmp_path: Path) -> None:
    sources = {"till": {"files": "till.jsonl"}}
    company = CompanyHome(tmp_path / "c", sources, FEEDS, {"quarantine_ratio": 1.0})
    good = '{"id": "a", "at": "2024-05-01T10:00:00Z", "amount": 1, "mail": "a@x.example"}'
    company.put("till.jsonl", f'{good}\n{{"id": "b", "amount": NaN}}\n')
    company.night()
    assert standing(company) == {("line", "json.number"): 1}
    (tmp_path / "m.jsonl").write_text(
        '{"_file": "till.jsonl", "_line": 2, "id": "b", "amount": 7.25,'
        ' "at": "2024-05-02T00:00:00Z", "mail": "b@x.example"}\n'
    )
    where = (company.home, company.ledger, company.company)
    rows = read_corrections(*where, tmp_path / "m.jsonl", Selection()).rows
    assert again(company, corrections=rows).n_taken_in == 1
    found = company.current("transactions", "transaction_id, amount::varchar")
    assert found == [("a", "1.0000"), ("b", "7.2500")]
    assert totals(company)[:2] == (2, 2)


def test_a_typed_row_of_parquet_is_corrected(tmp_path: Path) -> None:
    sources = {"till": {"files": "till.parquet"}}
    company = CompanyHome(tmp_path / "c", sources, FEEDS, {"quarantine_ratio": 1.0})
    table = pa.table({"id": ["a", "b"], "at": ["2024-05-01", "soon"], "amount": [1.5, 2.5],
                      "mail": ["a@x.example", "b@x.example"]})  # fmt: skip
    pq.write_table(table, company.raw / "till.parquet", write_page_checksum=True)
    company.night()
    assert standing(company) == {("row", "ts.type"): 1}
    rows = corrections(
        company, tmp_path / "m.csv", "_file,_line,at,amount\ntill.parquet,2,2024-05-02,9.5\n"
    )
    assert again(company, corrections=rows).n_taken_in == 1
    found = company.current("transactions", "transaction_id, amount::varchar")
    assert found == [("a", "1.5000"), ("b", "9.5000")]
    wrong = corrections(company, tmp_path / "m.csv", "_file,_line,amount\ntill.parquet,2,much\n")
    assert [p.code for p in again(company, corrections=wrong).problems] == ["parquet.schema"]


def test_the_next_run_sees_that_a_feed_was_made_anew(company: CompanyHome, tmp_path: Path) -> None:
    from datetime import date
    from types import SimpleNamespace

    night: Any = SimpleNamespace(
        company=company.company, home=company.home, ledger=company.ledger,
        as_of_date=date(2024, 5, 31),
    )  # fmt: skip
    before = fingerprint(night)
    assert feed_generations(company.home) == {}
    rows = corrections(company, tmp_path / "m.csv", "_file,_line,id\ntill_1.csv,32,b9\n")
    again(company, corrections=rows)
    assert feed_generations(company.home) == {"transactions": 1}
    assert fingerprint(night) != before


def test_the_graph_charts_counts_by_source_and_reason(company: CompanyHome) -> None:
    from types import SimpleNamespace

    from orchestration.assets.records import standing_counts

    build = company.root / "build"
    (build / "quality").mkdir(parents=True)
    frame = quarantine_frame(company.home, company.ledger, company.company)
    frame.to_parquet(build / "quality" / "quarantine_summary.parquet")
    night: Any = SimpleNamespace(build=build, company=company.company)
    assert standing_counts(night) == {
        "source till": 3, "reason csv.too_few_fields": 1, "reason email.format": 1,
        "reason ts.type": 1,
    }  # fmt: skip


# the commands ------------------------------------------------------------------------------------
def call(company: CompanyHome, *words: str) -> Result:
    place = ["--home", str(company.home.root), "--company", str(company.raw / "company.yml")]
    return CliRunner().invoke(quarantine, [words[0], *place, *words[1:]])


def test_the_commands(company: CompanyHome, tmp_path: Path, monkeypatch: Any) -> None:
    listed = call(company, "list")
    assert listed.exit_code == 0
    assert [line.split() for line in listed.output.splitlines()[1:4]] == [
        ["till", "-", "line", "csv.too_few_fields", "Q", "1"],
        ["till", "transactions", "field", "email.format", "K", "1"],
        ["till", "transactions", "row", "ts.type", "Q", "1"],
    ]
    shown = call(company, "show", "--reason", "ts.type")
    assert "till: till_1.csv, line 32, feed transactions: ts.type:occurred_at" in shown.output
    assert "never" not in shown.output, "no terminal, no raw line"
    out = tmp_path / "aside.csv"
    assert call(company, "show", "--reason", "csv.too_few_fields", "--out", str(out)).exit_code == 0
    mended = out.read_text().replace(f'"{BROKEN}",,,,', "x,b2,2024-05-01T10:00:00Z,3.50,b2@x.org")
    assert mended != out.read_text()
    out.write_text(mended)
    monkeypatch.setenv("WHOLEVIEW_KEY", KEY.decode())
    done = call(company, "replay", "--with", str(out))
    assert done.exit_code == 0, done.output
    assert "1 rows read, 1 new corrections" in done.output
    assert "till: 3 reasons before, 2 now" in done.output
    assert "b2" not in done.output
    assert "nothing has changed" in call(company, "replay", "--with", str(out)).output
    assert "nothing stands aside" in call(company, "list", "--file", "other.csv").output
    assert call(company, "list", "--reason", "no.such").exit_code == 2


def test_raw_lines_are_for_a_terminal(
    company: CompanyHome, monkeypatch: Any, capsys: Any
) -> None:  # fmt: skip
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    place = ["--home", str(company.home.root), "--company", str(company.raw / "company.yml")]
    with pytest.raises(SystemExit) as left:
        main(["quarantine", "show", *place])
    assert left.value.code == 0
    said = capsys.readouterr().out
    for raw in (NEVER, BROKEN, LOST):
        assert f"    {raw}" in said.splitlines()


def test_a_correction_may_give_a_key_that_comes_late_in_json_lines(tmp_path: Path) -> None:
    company = CompanyHome(tmp_path / "c", {"till": {"files": "till.jsonl"}}, FEEDS,
                          {"quarantine_ratio": 1.0})  # fmt: skip
    late = '{"id": "a", "at": "2024-05-01", "amount": 1, "mail": null, "late": "x"}\n'
    many = '{"id": "a", "at": "2024-05-01", "amount": 1, "mail": null}\n' * 3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "BLOCK_BYTES", 64)
        company.put("till.jsonl", '{"id": NaN}\n' + many + late)
        company.night()
        (tmp_path / "m.csv").write_text(
            "_file,_line,id,at,amount,late\ntill.jsonl,1,b,2024-05-01,2,y\n"
        )
        where = (company.home, company.ledger, company.company)
        rows = read_corrections(*where, tmp_path / "m.csv", Selection()).rows
        done = again(company, corrections=rows)
    assert (done.problems, done.n_taken_in) == ([], 1)
