"""The first rows of a source as they lie: of JSON lines whose later rows bring new keys, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from orchestration.company import Company, load_company
from orchestration.landing.stream import BLOCK_BYTES
from orchestration.sampling import register, sample_source
from tests.orchestration.feeds.company_home import FIRST_NIGHT

FILE = """\
company: {name: Shop, timezone: UTC, currency: EUR, country: DE}
sources:
  events: {files: events.jsonl}
feeds:
  products: [{from: events, columns: {product_id: id}}]
"""
LINE_BYTES = 100_000
N_LINES = BLOCK_BYTES // LINE_BYTES + 5


def company_of(folder: Path, rows: list[dict[str, Any]]) -> Company:
    (folder / "company.yml").write_text(FILE)
    (folder / "events.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return load_company(folder / "company.yml", {})


def events() -> list[dict[str, Any]]:
    """More bytes than are read at once; the last row alone has a key `late`."""
    rows: list[dict[str, Any]] = [
        {"id": str(number), "text": "x" * LINE_BYTES} for number in range(N_LINES)
    ]
    return [*rows[:-1], rows[-1] | {"late": "here"}]


def test_a_key_of_later_rows_is_a_column_of_all(tmp_path: Path) -> None:
    company = company_of(tmp_path, events())
    sample = sample_source(company, company.sources["events"], 10_000)
    assert sample.columns == ["id", "text", "late"]
    assert (sample.n_rows, sample.is_whole) == (N_LINES, True)
    with duckdb.connect() as connection:
        register(connection, [sample], FIRST_NIGHT)
        late = connection.execute("select id, late from events where late is not null").fetchall()
    assert late == [(str(N_LINES - 1), "here")]


def test_what_is_bad_before_a_new_key_is_counted_once(tmp_path: Path) -> None:
    company = company_of(tmp_path, events())
    path = tmp_path / "events.jsonl"
    path.write_text('{"id": NaN}\n' + path.read_text())
    sample = sample_source(company, company.sources["events"], 10_000)
    assert dict(sample.files[0].bad) == {"json.number": 1}
    assert sample.files[0].first_bad_line == 1


def test_few_rows_are_read_from_the_first_bytes_alone(tmp_path: Path) -> None:
    company = company_of(tmp_path, events())
    sample = sample_source(company, company.sources["events"], 10)
    assert (sample.columns, sample.n_rows, sample.is_whole) == (["id", "text"], 10, False)
