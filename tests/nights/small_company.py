"""A company of thirty people in a few CSV files, and the commands run on it as a person would.

Belongs here: what the stories of this folder share: raw files, days, the commands, their outcome.
Does not: any expectation. Every personal value has a form of its own, so that it can be looked for
in bytes.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import yaml

from orchestration.cli import main
from orchestration.home import Home

MONDAY = date(2025, 3, 10)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
FIRST_DAY = MONDAY - timedelta(days=150)
PRODUCTS = ("lamp", "chair", "table")

CRM = ("id", "first", "last", "born", "mail", "tel", "street", "zip", "town", "joined")
SALES = ("receipt", "line", "at", "customer", "product", "total", "version", "gone")
ANSWERS = ("id", "at", "customer", "kind", "score", "words")
CALLS = ("id", "at", "customer", "why", "outcome", "seconds")

COMPANY: dict[str, Any] = {
    "name": "Small", "timezone": "Europe/Berlin", "currency": "EUR", "country": "DE",
    "churn": {"kind": "non_contractual", "horizon_days": 60},
}  # fmt: skip
SOURCES: dict[str, Any] = {
    "crm": {"files": "crm.csv"},
    "sales": {"files": "sales_*.csv"},
    "answers": {"files": "answers_*.csv"},
    "calls": {"files": "calls.csv", "mode": "upsert", "key": ["id"], "on_failure": "use_last"},
    "partner": {"files": "partner.csv", "required": False},
}
FEEDS: dict[str, Any] = {
    "customer_records": [
        {
            "from": "crm",
            "columns": {
                "source_customer_id": "id", "given_name": "first", "family_name": "last",
                "birth_date": "born", "email": "mail", "phone": "tel", "street": "street",
                "postal_code": "zip", "city": "town", "registered_at": "joined",
            },
        }
    ],
    "transactions": [
        {
            "from": "sales",
            "columns": {
                "transaction_id": "receipt", "line_number": "line", "occurred_at": "at",
                "source_customer_id": "customer", "product_id": "product", "amount": "total",
                "order_id": "receipt", "updated_at": "version", "is_deleted": "gone",
            },
            "set": {"source_system": "crm", "line_type": "item", "channel": "web"},
        }
    ],
    "survey_responses": [
        {
            "from": "answers",
            "sql": """
                select a._row, 'crm' as source_system, a.customer as source_customer_id,
                    a.id as response_id, a.kind || '_survey' as survey_id, a.kind as metric_type,
                    'relationship' as program_type, a.at as responded_at, a.score as score,
                    case a.kind when 'nps' then 0 else 1 end as scale_min,
                    case a.kind when 'nps' then 10 else 5 end as scale_max,
                    a.words as comment, c.mail as email
                from answers as a left join crm as c on a.customer = c.id
            """,
        }
    ],
    "interactions": [
        {
            "from": "calls",
            "columns": {
                "interaction_id": "id", "occurred_at": "at", "source_customer_id": "customer",
                "reason": "why", "outcome": "outcome", "talk_seconds": "seconds",
            },
            "set": {"source_system": "crm", "channel": "phone", "interaction_type": "call"},
        }
    ],
}  # fmt: skip


def person(number: int) -> dict[str, str]:
    """One row of the CRM; its values are found nowhere else."""
    return {
        "id": f"C{number:02d}", "first": f"Quilliana{number:02d}",
        "last": f"Vandersmoot{number:02d}", "born": f"19{50 + number % 50}-04-1{number % 10}",
        "mail": f"quill{number:02d}@persona.example", "tel": f"+4930901820{number:02d}",
        "street": f"Larchenpfad {number:02d}", "zip": "10115",
        "town": ("Berlin", "Bremen", "Bonn")[number % 3], "joined": "2024-05-01T09:00:00",
    }  # fmt: skip


def personal_values(numbers: range = range(1, 32)) -> list[bytes]:
    """What must be nowhere but in landing, feeds, quarantine, the identity state and restricted."""
    people = [person(number) for number in numbers]
    found = {p[name] for p in people for name in ("first", "last", "mail", "street")}
    found |= {p["tel"].removeprefix("+49") for p in people} | {"the parcel wept"}
    return sorted(value.encode() for value in found)


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The line that the command ended with, on standard error."""
        return self.err.strip().splitlines()[-1]

    @property
    def all(self) -> str:
        """All that was printed."""
        return self.out + self.err


class SmallCompany:
    """Raw files, a company file and a home under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.raw = root / "raw"
        self.raw.mkdir(parents=True, exist_ok=True)
        self.home = Home(root / "home")
        self.file = self.raw / "company.yml"

    def configure(self, **changes: Any) -> None:
        """Write the company file; `changes` take the place of whole sections."""
        sections = {"company": COMPANY, "sources": SOURCES, "feeds": FEEDS} | changes
        self.file.write_text(yaml.safe_dump(sections, sort_keys=False))

    def put(self, name: str, header: tuple[str, ...], rows: list[dict[str, Any]]) -> Path:
        """Write a CSV file."""
        path = self.raw / name
        with path.open("w", newline="") as out:
            writer = csv.DictWriter(out, header, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return path

    def put_history(self, people: int = 30) -> None:
        """Write all files up to Monday, and a few sales of Tuesday and Wednesday."""
        numbers = range(1, people + 1)
        self.put("crm.csv", CRM, [person(number) for number in numbers])
        self.put("sales_1.csv", SALES, [s for number in numbers for s in sales_of(number)])
        ahead = [sale(f"A{n:02d}", n, MONDAY + timedelta(days=1 + n % 2)) for n in (1, 2, 3, 4)]
        self.put("sales_2.csv", SALES, ahead)
        self.put("answers_1.csv", ANSWERS, [a for number in numbers for a in answers_of(number)])
        self.put("calls.csv", CALLS, [c for number in numbers for c in calls_of(number)])

    def command(self, name: str, *arguments: Any) -> Outcome:
        """Call a command on this home in this process, as the shell would."""
        return call(name, *arguments, "--home", self.home.root)

    def night(self, on: date, *arguments: Any) -> Outcome:
        """Run the night of a business date."""
        return self.command("run", "--company", self.file, "--as-of", on, *arguments)

    def rows(self, sql: str, version: str | None = None) -> list[tuple[Any, ...]]:
        """Ask the version that serves, or another one."""
        file = self.home.version_file(version) if version else self.home.current.resolve()
        with duckdb.connect(str(file), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def learnt_from(self) -> list[tuple[Any, ...]]:
        """Features and outcomes of the last night, whole rows: customer and cut-off come first."""
        sql = (
            "select f.*, l.is_churned from features.ftr_customer_asof f"
            " left join features.ftr_churn_label l using (customer_id, as_of_on) order by all"
        )
        newest = max(self.builds(), key=lambda path: path.stat().st_mtime)
        with duckdb.connect(str(newest / "work.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def files(self, *folders: str) -> dict[str, int]:
        """Files below some folders of the home, each with its time of change in ns."""
        return {
            str(path): path.lstat().st_mtime_ns
            for folder in folders
            for path in (self.home.root / folder).rglob("*")
            if not path.is_dir()
        }

    def builds(self) -> list[Path]:
        """Builds that are kept; the link to tonight's is none."""
        return [path for path in self.home.builds.iterdir() if not path.is_symlink()]

    def sales_by(self, day: date) -> int:
        """Lines of sales in the raw files that had happened by a day."""
        lines = [line for file in self.raw.glob("sales_*") for line in csv.DictReader(file.open())]
        return sum(line["at"] < f"{day + timedelta(days=1)}" for line in lines)

    def copy_to(self, root: Path) -> SmallCompany:
        """A copy of all, raw files with their times and home, elsewhere."""
        shutil.copytree(self.root, root, symlinks=True)
        return SmallCompany(root)


def sales_of(number: int) -> list[dict[str, Any]]:
    """A person's sales up to Monday, every few weeks; some people stop early."""
    step = 20 + number % 11
    days = range(number % 17, 151 if number % 4 else 70, step)
    return [
        sale(f"R{number:02d}{day:03d}", number, FIRST_DAY + timedelta(days=day)) for day in days
    ]


def sale(receipt: str, number: int, on: date, total: str = "", **more: Any) -> dict[str, Any]:
    """One line of a receipt."""
    return {
        "receipt": receipt, "line": 1, "at": f"{on}T1{number % 10}:30:00",
        "customer": f"C{number:02d}", "product": PRODUCTS[number % 3],
        "total": total or f"{10 + number}.50",
    } | more  # fmt: skip


def answers_of(number: int) -> list[dict[str, Any]]:
    """One answer to each of two surveys."""
    on = MONDAY - timedelta(days=3 + number % 40)
    common = {"at": f"{on}T20:00:00", "customer": f"C{number:02d}"}
    nps = {"id": f"N{number:02d}", "kind": "nps", "score": number % 11, "words": "the parcel wept"}
    csat = {"id": f"S{number:02d}", "kind": "csat", "score": 1 + number % 5}
    return [nps | common, csat | common]


def calls_of(number: int) -> list[dict[str, Any]]:
    """A person's calls: two."""
    return [
        {
            "id": f"T{number:02d}{n}", "customer": f"C{number:02d}", "seconds": 100 + number,
            "at": f"{MONDAY - timedelta(days=10 * n + number % 9)}T09:1{n}:00",
            "why": "delivery", "outcome": "resolved",
        }
        for n in (1, 2)
    ]  # fmt: skip


def call(*arguments: Any) -> Outcome:
    """Call the command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    umask = os.umask(0o022)
    code: object = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main([str(argument) for argument in arguments])
    except SystemExit as left:
        code = left.code
    finally:
        os.umask(umask)
    return Outcome(code if isinstance(code, int) else 1, out.getvalue(), err.getvalue())
