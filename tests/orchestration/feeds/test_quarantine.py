"""Rows set aside, fields made NULL, files refused, and attempts that were cut short."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestration.feeds import batch as batch_of
from orchestration.feeds.writing import BatchFiles
from quality.reasons import REASONS
from tests.orchestration.feeds.company_home import (
    INTERACTION_COLUMNS,
    INTERACTION_HEADER,
    CompanyHome,
    csv,
    interactions,
)


def rows(good: int, bad: int, start: int = 0) -> list[str]:
    made = [f"g{start + n},2024-05-01T10:00:00Z,phone,call,c{n},,1," for n in range(good)]
    return made + [f"b{start + n},never,phone,call,c{n},,1," for n in range(bad)]


def test_record_tells_file_line_reasons_and_raw_text(tmp_path: Path) -> None:
    company = interactions(tmp_path / "a")
    company.put("events_1.csv", csv(INTERACTION_HEADER, "a,never,pigeon,call,c,,,", *rows(30, 0)))
    result = company.night()[0]
    assert (result.status, result.n_quarantined, result.n_new) == ("written", 1, 30)
    columns = "file_name, first_line, reasons, details, length(sha256), run_id, batch, raw_text"
    (record,) = company.quarantined("interactions", columns)
    assert record[:4] == (
        "events_1.csv", 2, ["channel.domain", "ts.type"],
        ["channel.domain", "ts.type:occurred_at"],
    )  # fmt: skip
    assert record[4:7] == (64, "run0", 1)
    assert '"channel":"pigeon"' in record[7]
    assert set(record[2]) <= set(REASONS)


def test_row_in_quarantine_is_not_kept_again_by_a_later_night(tmp_path: Path) -> None:
    sql = "select _row, id as interaction_id, e.at as occurred_at, channel from events e"
    mapping = {"from": "events", "sql": sql, "set": {"interaction_type": "call"}}
    sources = {"events": {"files": "events_*.csv"}}
    company = CompanyHome(tmp_path / "a", sources, {"interactions": [mapping]})
    company.put("events_1.csv", csv(INTERACTION_HEADER, *rows(3, 1)))
    assert company.night()[0].n_quarantined == 1
    company.put("events_2.csv", csv(INTERACTION_HEADER, *rows(3, 1, start=10)))
    result = company.night()[0]
    assert (result.n_quarantined, result.n_new, result.n_duplicate) == (2, 3, 3)
    assert len(company.quarantined("interactions")) == 2


def test_optional_fields_are_kept_with_their_row(tmp_path: Path) -> None:
    company = interactions(tmp_path / "a")
    company.put("events_1.csv", csv(INTERACTION_HEADER, "a,2024-05-01T10:00:00Z,web,search,,x@,?,"))
    result = company.night()[0]
    assert result.n_coerced == 2
    assert company.coerced("interactions") == [
        ("email", "email.format", "x@"), ("wait_seconds", "f.type", "?"),
    ]  # fmt: skip
    assert result.reasons == {"email.format": 1, "f.type:wait_seconds": 1}
    path = company.home.quarantine_fields("interactions", 1)
    assert company.sql(f"select distinct row_id from '{path}'") == company.all_rows(
        "interactions", "row_id"
    )


def test_file_with_too_many_bad_rows_is_refused_and_the_feed_stays(tmp_path: Path) -> None:
    company = interactions(tmp_path / "a")
    company.put("events_1.csv", csv(INTERACTION_HEADER, *rows(60, 0)))
    company.night()
    company.put("events_2.csv", csv(INTERACTION_HEADER, *rows(40, 20, start=100)))
    result = company.night()[0]
    assert (result.status, result.source, result.file) == ("refused", "events", "events_2.csv")
    assert "33.3% of 60 rows are bad" in result.message
    assert "the limit is 5%" in result.message
    assert "ts.type:occurred_at" in result.message
    assert len(company.quarantined("interactions")) == 20
    assert len(company.current("interactions")) == 60
    assert not company.home.feed_file("interactions", "rows", 2).exists()
    # Mended, the same batch goes through, and what the attempt kept aside is gone.
    company.put("events_2.csv", csv(INTERACTION_HEADER, *rows(60, 0, start=100)))
    assert company.night()[0].status == "written"
    assert len(company.current("interactions")) == 120
    assert company.quarantined("interactions") == []


def test_a_handful_of_bad_rows_refuses_nothing(tmp_path: Path) -> None:
    company = interactions(tmp_path / "a")
    company.put("events_1.csv", csv(INTERACTION_HEADER, *rows(5, 19)))
    assert company.night()[0].status == "written"


@pytest.mark.parametrize(("mode", "n_current"), [("append", 60 + 30), ("snapshot", 60)])
def test_source_that_uses_its_last_data_leaves_only_the_bad_file_out(
    tmp_path: Path, mode: str, n_current: int
) -> None:
    company = interactions(tmp_path / "a")
    source = {"files": "events_*.csv", "mode": mode, "on_failure": "use_last"}
    feeds = {"interactions": [{"from": "events", "columns": INTERACTION_COLUMNS}]}
    company.configure({"events": source}, feeds, {})
    company.put("events_1.csv", csv(INTERACTION_HEADER, *rows(60, 0)))
    company.night()
    company.put("events_2.csv", csv(INTERACTION_HEADER, *rows(30, 0, start=200)))
    company.put("events_3.csv", csv(INTERACTION_HEADER, *rows(40, 20, start=100)))
    result = company.night()[0]
    assert result.is_good
    assert "events_3.csv" in result.message
    assert result.n_closed == 0
    assert len(company.current("interactions")) == n_current
    refused = [b for b in company.ledger.books(batch=2) if b.measure == "refused" and b.value]
    assert [b.value for b in refused] == [40]


class CutError(Exception):
    """Stands for a process that ends."""


@pytest.mark.parametrize("where", ["superseded", "identifiers", "fields", "touched"])
def test_attempt_cut_short_is_deleted_and_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    company, whole = interactions(tmp_path / "a"), interactions(tmp_path / "b")
    text = csv(INTERACTION_HEADER, *rows(5, 2), "x,2024-05-01T10:00:00Z,web,search,,y@,?,")
    for one in (company, whole):
        one.put("events_1.csv", text)
    whole.night()

    def cut(*_: Any, **__: Any) -> None:
        raise CutError

    with monkeypatch.context() as patch:
        patch.setattr(BatchFiles, where, cut)
        with pytest.raises(CutError):
            company.night()
    assert company.night()[0].status == "written"
    assert company.all_rows("interactions") == whole.all_rows("interactions")
    assert company.coerced("interactions") == whole.coerced("interactions")
    assert company.quarantined("interactions") == whole.quarantined("interactions")
    files = [
        sorted(p.relative_to(one.home.root) for p in (one.home.feeds).rglob("*"))
        for one in (company, whole)
    ]
    assert files[0] == files[1]


def test_finished_batch_is_not_written_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = interactions(tmp_path / "a")
    company.put("events_1.csv", csv(INTERACTION_HEADER, *rows(3, 0)))
    number = company.land()
    first = company.write("interactions", number)

    def never(_: Any) -> None:
        raise AssertionError("written again")

    monkeypatch.setattr(batch_of, "_run", never)
    assert company.write("interactions", number) == first


def test_messages_hold_no_value_of_the_data(tmp_path: Path) -> None:
    company: CompanyHome = interactions(tmp_path / "a")
    company.put("events_1.csv", csv(INTERACTION_HEADER, *rows(1, 60)))
    result = company.night()[0]
    said = " ".join([*company.say, result.message, repr(result.reasons)])
    assert "never" not in said
    assert "b1" not in said


def test_a_record_of_several_lines_is_kept_with_its_first_and_last_line(tmp_path: Path) -> None:
    company = interactions(tmp_path / "a")
    several = '"two\nlines, and a third\n",2024-05-01T10:00:00Z,telepathy,call,c1,,,'
    company.put("events_1.csv", csv(INTERACTION_HEADER, *rows(3, 1), several, *rows(1, 0, 50)))
    company.night()
    found = company.quarantined("interactions", "first_line, last_line, len(raw_text)")
    assert [lines[:2] for lines in found] == [(5, 5), (6, 8)]
    assert found[1][2] > len("two lines, and a third")
