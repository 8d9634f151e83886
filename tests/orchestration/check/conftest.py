"""A small company with its files, and a way to change one of them and see what check says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.check import check_company
from orchestration.company import load_company
from orchestration.findings import Finding

RECEIVED = datetime(2025, 6, 1, 12, tzinfo=UTC)

COMPANY = """\
company: {name: Shop, timezone: Europe/Berlin, currency: EUR, country: DE}
sources:
  shop: {files: shop.csv}
  lines: {files: lines.csv, delimiter: ";", decimal: ","}
  desk: {files: "calls_*.jsonl", required: false}
feeds:
  orders:
    - from: shop
      columns: {order_id: id, ordered_at: at, status: state, email: mail}
      values: {status: {done: delivered}}
  transactions:
    - from: lines
      sql: |
        select l._row, l.receipt as transaction_id, s.at as occurred_at, num(l.eur) as amount,
               l.receipt as order_id, s.mail as email
        from lines l join shop s on s.id = l.receipt
  interactions:
    - from: desk
      columns: {interaction_id: id, occurred_at: at, channel: where, interaction_type: kind}
"""
SHOP = """\
id,at,state,mail
1,2025-05-01 10:00:00,done,ann@example.org
2,2025-05-02 11:00:00,shipped,bob@example.org
3,2025-05-03 12:00:00,cancelled,
"""
LINES = 'receipt;eur\n1;"10,50"\n2;"3,25"\n2;"1,00"\n3;"7,00"\n'
CALLS = '{"id": "c1", "at": "2025-05-04T08:00:00Z", "where": "phone", "kind": "call"}\n'


class Shop:
    """The company's folder, and check on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("company.yml", COMPANY)
        self.write("shop.csv", SHOP)
        self.write("lines.csv", LINES)
        self.write("calls_1.jsonl", CALLS)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def check(self, rows: int = 10_000) -> list[Finding]:
        return check_company(load_company(self.folder / "company.yml", {}), RECEIVED, rows)

    def said(self, *severities: str) -> list[str]:
        return [str(f) for f in self.check() if f.severity in (severities or ("problem",))]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def command(shop: Shop, capsys: pytest.CaptureFixture[str]) -> Callable[[], tuple[int, str, str]]:
    """Runs the command on the shop; gives its exit status, output and error output."""

    def run() -> tuple[int, str, str]:
        from orchestration.cli import main

        with pytest.raises(SystemExit) as leave:
            main(["check", "--company", str(shop.folder / "company.yml")])
        said = capsys.readouterr()
        return int(leave.value.code or 0), said.out, said.err

    return run
