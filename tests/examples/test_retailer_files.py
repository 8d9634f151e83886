"""The sample's files: the byte law, determinism, formats, and counts that agree with the truth."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from orchestration.company import load_company
from quality.contracts import load_contracts
from tests.examples.retailer_kit import UNTIL, hashes, make

DELIMITERS = dict.fromkeys(("crm", "pos", "till", "doors", "helpcentre"), ";") | {"calls": "|"}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("retailer") / "sample")


def records(path: Path, delimiter: str = ",") -> list[list[str]]:
    """The records of a csv file, blank lines left out."""
    text = path.read_text(encoding="utf-8-sig")
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]


def truth(sample: Path, name: str) -> list[dict[str, object]]:
    return pq.read_table(sample / "truth" / UNTIL.isoformat() / f"{name}.parquet").to_pylist()


def test_three_more_days_leave_every_byte_as_it_was(sample: Path, tmp_path: Path) -> None:
    short = hashes(make(tmp_path / "grown"))
    grown = hashes(make(tmp_path / "grown", until=date(2026, 6, 30)))
    anew = hashes(make(tmp_path / "anew", until=date(2026, 6, 30)))
    assert {name: grown[name] for name in short} == short
    raw = {
        name: digest for name, digest in grown.items() if not name.startswith("truth/2026-06-27")
    }
    assert raw == anew
    new = {name for name in grown if name not in short and name.startswith("raw/")}
    assert {name.split("_")[-1][:10] for name in new} == {"2026-06-28", "2026-06-29", "2026-06-30"}
    assert hashes(sample) == short


def test_another_seed_is_another_world(sample: Path, tmp_path: Path) -> None:
    other = hashes(make(tmp_path / "other", seed=4))
    mine = hashes(sample)
    crm = next(name for name in mine if name.startswith("raw/crm/") and "_to_" in name)
    assert mine[crm] != other[crm]


def test_the_company_file_is_right_and_fills_every_feed(sample: Path) -> None:
    company = load_company(sample / "company.yml", {})
    assert set(company.feeds) == set(load_contracts())
    assert company.churn.kind == "contractual"
    for source in company.sources.values():
        assert source.files[0].startswith(str(sample / "raw"))


def test_files_hold_what_the_truth_counts(sample: Path) -> None:
    for note in truth(sample, "files"):
        path = sample / str(note["path"])
        whole, total = note["rows"], int(str(note["rows"])) + int(str(note["broken"]))
        if path.suffix == ".parquet":
            assert pq.read_metadata(path).num_rows == whole
        elif path.suffix == ".csv":
            delimiter = DELIMITERS.get(str(note["family"]), ",")
            assert len(records(path, delimiter)) - 1 == total, path
        else:
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            assert data.count(b"\n") == total, path


def test_broken_rows_are_few(sample: Path) -> None:
    for note in truth(sample, "files"):
        assert int(str(note["broken"])) <= 0.02 * int(str(note["rows"]))


def test_broken_rows_are_really_broken(tmp_path: Path) -> None:
    scenario = tmp_path / "dirty.yml"
    scenario.write_text("corruption: {times: 8}\n", encoding="utf-8")
    dirty = make(tmp_path / "dirty", scenario=scenario)
    spoilt: dict[str, int] = {}
    for path in (dirty / "raw").rglob("*.jsonl*"):
        data = path.read_bytes()
        for line in (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines():
            try:
                json.loads(line)
            except ValueError:
                name = str(path.relative_to(dirty))
                spoilt[name] = spoilt.get(name, 0) + 1
    counted = {str(n["path"]): n["broken"] for n in truth(dirty, "files") if n["broken"]}
    assert spoilt
    assert spoilt == {name: n for name, n in counted.items() if ".jsonl" in name}


def test_the_crm_writes_like_a_windows_program(sample: Path) -> None:
    archive = next((sample / "raw/crm").glob("*_to_*.csv")).read_bytes()
    assert archive.startswith(b"\xef\xbb\xbfKontakt-Nr;")
    assert b"\r\n" in archive
    rows = records(next((sample / "raw/crm").glob("*_to_*.csv")), ";")
    header, body = rows[0], [r for r in rows[1:] if len(r) == len(rows[0])]
    columns = {name: [r[i] for r in body] for i, name in enumerate(header)}
    assert any("\n" in name and "," in name for name in columns["Firma"])
    assert all("," in value for value in columns["Kundenwert"])
    assert all(len(day) == 10 and day[2] == "/" for day in columns["Angelegt"])
    assert {"DE", "GB", "RO"} == set(columns["Land"])
    assert "" in columns["E-Mail"] and any(e.isupper() for e in columns["E-Mail"])


def test_orders_in_the_files_are_those_of_the_truth(sample: Path) -> None:
    counts = {str(row["name"]): row["n"] for row in truth(sample, "count")}
    ids, testers = set(), set()
    for path in (sample / "raw/shop").glob("orders_*.csv"):
        _header, *rows = records(path)
        for row in rows:
            ids.add(row[0])
            if "@larkfield.example" in ",".join(row):
                testers.add(row[0])
    assert abs(len(ids) - int(str(counts["orders_web"]))) <= 3  # a broken row may hide an order
    assert len(testers) == counts["orders_test"]


def test_the_truth_names_every_record_of_the_systems(sample: Path) -> None:
    known = {(r["source_system"], r["source_customer_id"]) for r in truth(sample, "person_source")}
    seen = set()
    for path in (sample / "raw/shop").glob("accounts_*.csv"):
        seen |= {("shop", row[0]) for row in records(path)[1:]}
    for path in (sample / "raw/loyalty").glob("*.parquet"):
        seen |= {("loyalty", n) for n in pq.read_table(path)["member_no"].to_pylist()}
    assert seen <= known
    assert len(seen) > 100


@pytest.mark.parametrize("customers", [1, 25])
def test_tiny_samples_have_a_file_for_every_source_that_must_have_one(
    tmp_path: Path, customers: int
) -> None:
    out = make(tmp_path / "tiny", customers=customers, days=40)
    for source in load_company(out / "company.yml", {}).sources.values():
        pattern = Path(source.files[0]).relative_to(out)
        assert not source.required or list(out.glob(str(pattern))), source.name
