"""What arrives on Tuesday and Wednesday, and how a night is killed on its way.

Belongs here: the acts of the story after its first night. Does not: any expectation.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.nights.small_company import (
    ANSWERS,
    CRM,
    MONDAY,
    SALES,
    TUESDAY,
    WEDNESDAY,
    SmallCompany,
    answers_of,
    person,
    sale,
    sales_of,
)

ROOT = Path(__file__).resolve().parents[2]
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
#: A receipt of person 5 that is corrected, one of person 6 that is taken back.
CORRECTED, TAKEN_BACK = sales_of(5)[0], sales_of(6)[1]


def break_tuesday(company: SmallCompany) -> None:
    """Tuesday's files as they come at first: a column renamed, a third bad, no calls at all."""
    header = tuple("points" if name == "score" else name for name in ANSWERS)
    company.put("answers_2.csv", header, [{"id": "N61", "customer": "C01"}])
    company.put("sales_3.csv", SALES, third_bad())
    (company.raw / "calls.csv").write_bytes(PDF)


def third_bad() -> list[dict[str, Any]]:
    """Ninety sales, of which thirty have an amount that is none."""
    totals = ("12.50", "twelve", "8.00")
    return [sale(f"B{n:02d}", 1 + n % 30, TUESDAY, totals[n % 3]) for n in range(90)]


def mend_answers(company: SmallCompany) -> None:
    """Tuesday's answers as they should be: of the first ten people, of Tuesday."""
    rows = [
        answer | {"id": f"{answer['id']}b", "at": f"{TUESDAY}T08:00:00"}
        for number in range(1, 11)
        for answer in answers_of(number)
    ]
    company.put("answers_2.csv", ANSWERS, rows)


def mend_sales(company: SmallCompany) -> None:
    """Tuesday's sales mended: new, late, corrected, taken back, and one line twice."""
    new = [sale(f"B{n:02d}", 1 + n % 30, TUESDAY, "12.50") for n in range(60)]
    late = sale("L01", 7, MONDAY - timedelta(days=40), "77.00")
    version = {"version": f"{TUESDAY}T12:00:00"}
    corrected = CORRECTED | version | {"total": "99.99"}
    gone = TAKEN_BACK | version | {"gone": "true"}
    company.put("sales_3.csv", SALES, [*new, late, corrected, gone, new[0]])


def move_people(company: SmallCompany) -> None:
    """Tuesday's snapshot of the CRM: a new e-mail for person 2, and person 30 is not in it."""
    rows = [person(number) for number in range(1, 30)]
    rows[1] = rows[1] | {"mail": "quill02@elsewhere.example"}
    company.put("crm.csv", CRM, rows)


def bring_wednesday(company: SmallCompany) -> None:
    """Wednesday's files: a new person, late and corrected sales, and an answer of Tuesday."""
    rows = [person(number) for number in (*range(1, 30), 31)]
    company.put("crm.csv", CRM, rows)
    again = CORRECTED | {"version": f"{WEDNESDAY}T08:00:00", "total": "50.00"}
    late = sale("L02", 8, TUESDAY, "5.25")
    company.put("sales_4.csv", SALES, [sale("W01", 31, WEDNESDAY), late, again])
    answers = [a | {"id": f"{a['id']}c", "at": f"{TUESDAY}T21:00:00"} for a in answers_of(12)]
    company.put("answers_3.csv", ANSWERS, answers)


def bring_a_stranger(company: SmallCompany) -> None:
    """A person who has nothing to do with any other, with sales and answers by Wednesday."""
    company.put("crm.csv", CRM, [person(number) for number in (*range(1, 30), 31, 40)])
    company.put("sales_5.csv", SALES, sales_of(40))
    company.put("answers_4.csv", ANSWERS, answers_of(40))


#: Where a night is killed, and what makes it so: the statement that dies instead of going on.
DEATHS = {
    "in a feed": "import orchestration.feeds.state as state; state.write_state = die",
    "before the ledger": "import orchestration.assets.publishing as p; p.content_hash = die",
}
_KILLED = """
import os, signal, sys
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
{death}
from orchestration.cli import main
main(sys.argv[1:])
"""


def killed_night(company: SmallCompany, on: date, death: str) -> subprocess.CompletedProcess[str]:
    """Run a night in a process of its own that kills itself, as `kill -9` would."""
    command = [sys.executable, "-c", _KILLED.format(death=DEATHS[death]), "run", "--as-of", str(on)]
    command += ["--company", str(company.file), "--home", str(company.home.root)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
