"""The books from framing to the feeds: what a file lost on the way to a mapping is a difference."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from orchestration.books_frame import books_frame
from quality.gates.books import EQUATIONS
from tests.orchestration.feeds.company_home import (
    INTERACTION_COLUMNS,
    INTERACTION_HEADER,
    CompanyHome,
    csv,
)

ROWS = [f"g{n},2024-05-0{1 + n % 3}T10:00:00Z,phone,call,c{n},,1," for n in range(30)]


def company_of(root: Path, mode: str, **more: str) -> CompanyHome:
    source = {"files": "events_*.csv", "mode": mode, **more}
    mapping = {"from": "events", "columns": INTERACTION_COLUMNS}
    company = CompanyHome(root, {"events": source}, {"interactions": [mapping]})
    company.put("events_1.csv", csv(INTERACTION_HEADER, *ROWS[:12], "x,broken", ""))
    company.put("events_2.csv", csv(INTERACTION_HEADER, *ROWS[12:20], *ROWS[:2]))
    company.night()
    company.put("events_3.csv", csv(INTERACTION_HEADER, *ROWS[20:], "n,never,phone,call,c,,,"))
    company.night()
    return company


def unbalanced(books: pd.DataFrame) -> set[str]:
    """Equations that do not hold for some file and mapping."""
    wide = books.assign(what=books["stage"] + "." + books["measure"]).pivot_table(
        index=["batch", "source", "file_id", "feed", "mapping_index"],
        columns="what", values="value", aggfunc="sum", fill_value=0,
    )  # fmt: skip
    return {
        name
        for name, (left, right) in EQUATIONS.items()
        if (
            wide.reindex(columns=left, fill_value=0).sum(axis=1)
            != wide.reindex(columns=right, fill_value=0).sum(axis=1)
        ).any()
    }


@pytest.mark.parametrize("mode", ["append", "upsert", "snapshot"])
def test_every_file_and_stage_balances(tmp_path: Path, mode: str) -> None:
    company = company_of(tmp_path / "c", mode, **({"key": "id"} if mode == "upsert" else {}))
    books = books_frame(company.ledger, company.company)
    assert unbalanced(books) == set()
    assert {"framing", "handover", "mapping", "validation", "write"} == set(books["stage"])
    framed = books[(books["stage"] == "framing") & (books["measure"] == "framed")]
    assert framed["value"].sum() == 14 + 10 + 11
    assert (books["value"] >= 0).all()


def test_rows_and_files_that_no_mapping_got_are_differences(tmp_path: Path) -> None:
    company = company_of(tmp_path / "c", "append")
    (first, *_) = [a for a in company.ledger.arrivals() if a.name == "events_1.csv"]
    company.ledger.add_arrival(dataclasses.replace(first, n_parsed=13, n_framed=15))
    assert unbalanced(books_frame(company.ledger, company.company)) == {"handover_balances"}
    company.ledger.add_arrival(first)
    new = dataclasses.replace(first, file_id="f" * 16, name="events_4.csv", seq=None)
    company.ledger.add_arrival(new)
    assert unbalanced(books_frame(company.ledger, company.company)) == {"handover_balances"}


def test_a_refused_files_records_are_in_the_books(tmp_path: Path) -> None:
    company = company_of(tmp_path / "c", "append")
    company.put("events_5.csv", csv(INTERACTION_HEADER, *ROWS[:4], *["x,broken"] * 6))
    company.land()
    books = books_frame(company.ledger, company.company)
    assert unbalanced(books) == set()
    refused = [a.file_id for a in company.ledger.arrivals() if a.status == "refused"]
    told = books[books["file_id"].isin(refused)].set_index("measure")["value"].to_dict()
    assert told == {"framed": 10, "parsed": 0, "quarantined": 10, "blank": 0}


def test_a_file_that_is_replaced_within_its_batch_is_not_missed(tmp_path: Path) -> None:
    company = company_of(tmp_path / "c", "append")
    company.put("events_4.csv", csv(INTERACTION_HEADER, *ROWS[:3]))
    company.land()  # the night stops here; the file is mended before the next attempt
    company.put("events_4.csv", csv(INTERACTION_HEADER, *ROWS[:2]))
    assert company.night()[0].is_good
    assert unbalanced(books_frame(company.ledger, company.company)) == set()
