"""A night that chokes on people's data stops without telling any of it, whoever looks.

What stops it are errors as engines raise them: DuckDB within a feed's SQL, and DuckDB within dbt,
in a process of its own. Our own code is tried step by step in tests/orchestration/test_door.py.
"""

from __future__ import annotations

import copy
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration import settings
from orchestration.assets import sources
from orchestration.ledger import Ledger
from tests.nights.small_company import FEEDS, MONDAY, SmallCompany, personal_values

ROOT = Path(__file__).resolve().parents[2]
#: Where personal values may be, as in the first night; of builds, the databases alone.
MAY_HOLD_PERSONS = ("landing", "feeds", "quarantine", "restricted")
DATABASES = (".duckdb", ".duckdb.wal", ".parquet")
#: Models that choke on what people wrote: they convert it, or ask that it come once.
CONVERTS = """
{{ config(materialized='table') }}
select cast(email || ' ' || given_name as integer) as n from {{ ref('stg_customer_records') }}
"""


def company_in(folder: Path) -> SmallCompany:
    company = SmallCompany(folder)
    company.configure()
    company.put_history(people=6)
    return company


def held_in(company: SmallCompany) -> dict[str, bytes]:
    """All bytes that anybody may see who is not to see personal values."""
    held = {}
    for path in company.home.root.rglob("*"):
        place = path.relative_to(company.home.root)
        is_database = place.parts[0] == "builds" and path.name.endswith(DATABASES)
        if path.is_file() and place.parts[0] not in MAY_HOLD_PERSONS and not is_database:
            held[str(place)] = path.read_bytes()
    return held


def assert_nothing_is_told(company: SmallCompany, printed: str) -> None:
    held = held_in(company) | {"terminal": printed.encode()}
    assert {"state/ledger.sqlite", "terminal"} < set(held)
    assert any(name.startswith("dagster/history") for name in held)
    found = {name: [v for v in personal_values() if v in text] for name, text in held.items()}
    assert {name: values for name, values in found.items() if values} == {}


def last_message(company: SmallCompany) -> str:
    with Ledger(company.home.ledger) as ledger:
        return str(ledger.runs()[-1].message)


def test_sql_of_a_mapping_that_chokes_on_a_comment(tmp_path: Path) -> None:
    company = company_in(tmp_path)
    feeds = copy.deepcopy(FEEDS)
    sql = feeds["survey_responses"][0]["sql"]
    feeds["survey_responses"][0]["sql"] = sql.replace("a.score as", "a.words::integer as")
    company.configure(feeds=feeds)
    outcome = company.night(MONDAY)
    assert outcome.code == 1
    for word in ("feed survey_responses, mapping 1", "Could not convert string", "INT32", "words"):
        assert word in outcome.line, outcome.line
    assert_nothing_is_told(company, outcome.all)


@pytest.fixture(scope="module")
def choking(tmp_path_factory: pytest.TempPathFactory) -> tuple[SmallCompany, str]:
    """A night as the daemon runs it, with a dbt model that converts e-mails to numbers."""
    folder = tmp_path_factory.mktemp("choking")
    leave_out = shutil.ignore_patterns("target", "logs")
    shutil.copytree(settings.TRANSFORMS, folder / "transforms", ignore=leave_out)
    (folder / "transforms" / "models" / "staging" / "stg_choking.sql").write_text(CONVERTS)
    company = company_in(folder / "company")
    command = [sys.executable, "-m", "tests.nights.quiet_night", folder / "transforms"]
    command += [company.file, company.home.root, str(MONDAY)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return company, done.stdout + done.stderr


def test_a_dbt_model_that_chokes_is_named_with_its_cause(choking) -> None:
    message = last_message(choking[0])
    assert message.startswith("dbt staging: model stg_choking: Conversion Error: Could not convert")
    assert "to INT32" in message
    assert f"'wholeview run --as-of {MONDAY} --debug' shows all of it" in message


def test_a_dbt_model_that_chokes_tells_no_value(choking) -> None:
    assert_nothing_is_told(*choking)


def test_what_dbt_does_is_still_to_be_seen_in_the_steps_output(choking) -> None:
    outputs = [t for name, t in held_in(choking[0]).items() if name.endswith(".out")]
    assert any(b"OK created sql view model work.staging.stg_consents" in text for text in outputs)
    assert any(b"ERROR creating sql table model" in text for text in outputs)


def test_who_asks_is_shown_all_of_it_and_nothing_of_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choke(*_: object) -> None:
        duckdb.execute("select cast(? as integer)", [personal_values()[0].decode()]).fetchall()

    monkeypatch.setattr(sources, "land", choke)
    company = company_in(tmp_path)
    stopped = company.night(MONDAY)
    assert stopped.line.startswith("stopped: Conversion Error: Could not convert string, to INT32")
    assert "at tests" not in stopped.line and "at orchestration/assets/sources.py:" in stopped.line
    with pytest.raises(duckdb.ConversionException, match=personal_values()[0].decode()):
        company.night(MONDAY, "--debug")
    assert_nothing_is_told(company, stopped.all)
