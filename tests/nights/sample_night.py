"""A night on a small sample, and its raw files read apart from the pipeline.

Belongs here: running the night, and reading files by means of the standard library alone. Does not:
any assertion.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from examples.retailer import generate
from tests.nights.small_company import SmallCompany, call

LAST_DAY = date(2026, 6, 30)


class Sample:
    """The raw files, and the home after a night on them."""

    def __init__(self, root: Path, customers: int = 800, scenario: Path | None = None) -> None:
        generate(root / "sample", customers, 120, 21, LAST_DAY, scenario, lambda _: None)
        self.raw = root / "sample" / "raw"
        self.company = SmallCompany(root / "night")
        file = root / "sample" / "company.yml"
        self.outcome = call("run", "--company", file, "--home", self.company.home.root)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the published version."""
        return self.company.rows(sql)

    def counts(self, sql: str) -> dict[Any, Any]:
        """A published count by its name."""
        return dict(self.rows(sql))

    def table(self, pattern: str, delimiter: str = ",") -> list[dict[str, str]]:
        """The rows of csv files that can be read, each once."""
        found: dict[tuple[str, ...], dict[str, str]] = {}
        for path in sorted(self.raw.glob(pattern)):
            text = io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")
            for row in csv.DictReader(text, delimiter=delimiter):
                if None not in row.values():
                    found[tuple(row.values())] = row
        return list(found.values())

    def objects(self, pattern: str) -> Iterator[dict[str, Any]]:
        """The JSON lines that can be read, each once."""
        lines: dict[bytes, None] = {}
        for path in sorted(self.raw.glob(pattern)):
            data = path.read_bytes()
            data = gzip.decompress(data) if path.suffix == ".gz" else data
            lines |= dict.fromkeys(data.splitlines())
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                continue

    def lines(self) -> list[dict[str, str]]:
        """Lines of web orders as they are now: the newest of each, without what was taken back."""
        newest: dict[tuple[str, str], dict[str, str]] = {}
        for row in self.table("shop/order_lines_*.csv"):
            key = (row["order_id"], row["line_no"])
            readable = row["amount"] != "n/a" and not row["email"].endswith("@larkfield.example")
            if readable and (key not in newest or row["changed_at"] > newest[key]["changed_at"]):
                newest[key] = row
        return [row for row in newest.values() if row["void"] != "void"]
