"""Whatever a step chokes on, Dagster, the ledger and the terminal are told nothing of the data.

The real job is run, a step at a time, on a home of its own; what a step calls is made to fail with
errors that quote a person, as DuckDB, Arrow, pandas and others do. Then all bytes are looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from orchestration import settings
from orchestration.assets import checks, feeds, publishing, records, scores, sources, warehouse
from orchestration.company import load_company
from orchestration.definitions import build_definitions
from orchestration.home import Home
from orchestration.instance import instance_of
from orchestration.ledger import Ledger
from orchestration.night import close_night
from orchestration.publish import PublishError
from orchestration.schedules import JOB
from tests.orchestration.test_graph import COMPANY, ZONE

#: E-mail, name with an apostrophe, phone, comment; in one value, as a badly split line has them.
PERSON = ("olga.oddly@persona.example", "O'Oddly", "+4930901822", "the parcel sang")
VALUE = " ".join(PERSON)


def convert() -> Any:
    return duckdb.execute("select cast(? as integer)", [VALUE]).fetchall()


def repeat() -> Any:
    with duckdb.connect() as connection:
        connection.execute("create table t (a varchar primary key)")
        return connection.execute("insert into t select ? from range(2)", [VALUE])


def parse() -> Any:
    return duckdb.execute("select strptime(?, '%Y')", [VALUE]).fetchall()


def arrow() -> Any:
    return pa.array([VALUE], type=pa.int64())


def frame() -> Any:
    return pd.to_datetime(pd.Series([VALUE]))


def key() -> Any:
    return {}[VALUE]


def refuse() -> Any:
    try:
        return convert()
    except duckdb.Error as error:
        raise PublishError("warehouse: a table cannot be read") from error


def while_mending() -> Any:
    try:
        return convert()
    except duckdb.Error:
        return key()


#: The step, what it calls, and how that fails; the words that people are told.
CASES: dict[str, tuple[Any, str, Callable[[], Any], str]] = {
    "till": (sources, "land", arrow, "ArrowInvalid"),
    "transactions": (feeds, "write", parse, "Invalid Input Error: Could not parse string"),
    "start": (feeds, "start_build", frame, "start build: "),
    "dbt_core": (warehouse, "run_dbt", convert, "Conversion Error: Could not convert string"),
    "identity": (warehouse, "identify", while_mending, "KeyError"),
    "gate_feeds": (checks, "is_idle", repeat, "UNIQUE constraint violation: duplicate key"),
    "scores": (scores, "score", frame, "DateParseError, at orchestration/assets/scores.py:"),
    "records": (records, "write_records", convert, "to INT32"),
    "version": (publishing, "publish_night", refuse, "a table cannot be read"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, dg.Definitions]:
    folder = tmp_path_factory.mktemp("door")
    (folder / "company.yml").write_text(COMPANY, encoding="utf-8")
    home = Home(folder / "home").prepare()
    return home, build_definitions(load_company(folder / "company.yml", {}), home)


def bytes_of(home: Home) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file()}


def fail(place: tuple[Home, dg.Definitions], node: str) -> dg.ExecuteInProcessResult:
    """Run one step of the real job for the business date that ended, as the UI would."""
    home, definitions = place
    job = definitions.resolve_job_def(JOB)
    (name,) = [n for n in job.graph.node_dict if n == node or n.endswith(f"__{node}")]
    with instance_of(home) as instance:
        result = job.execute_in_process(
            op_selection=[name],
            instance=instance,
            partition_key=str(settings.yesterday(ZONE)),
            raise_on_error=False,
        )
    close_night(result.run_id)
    return result


@pytest.mark.parametrize("case", CASES)
def test_a_failed_step_is_told_without_the_data(place, case, monkeypatch, capfd):
    home, _ = place
    room, called, how, words = CASES[case]
    monkeypatch.setattr(room, called, lambda *_, **__: how())
    monkeypatch.setattr(feeds, "settle", lambda *_: None)
    monkeypatch.setattr(feeds, "is_new", lambda *_: True)
    result = fail(place, case)
    assert not result.success
    with Ledger(home.ledger) as ledger:
        (run,) = [run for run in ledger.runs() if run.run_id == result.run_id]
    assert run.status == "failed"
    assert words in str(run.message)
    assert f"--as-of {settings.yesterday(ZONE)} --debug" in str(run.message)
    (failed,) = [e for e in result.all_events if e.is_step_failure]
    stack = "".join(failed.step_failure_data.error.cause.stack)
    assert how.__name__ in stack  # where it happened is told all the same
    printed = capfd.readouterr()
    assert words in printed.err
    held = bytes_of(home) | {Path("terminal"): (printed.out + printed.err).encode()}
    assert len(held) > 5
    for part in (*PERSON, "Oddly"):
        assert [path for path, content in held.items() if part.encode() in content] == [], part


def test_every_step_of_the_graph_goes_through_the_door(place):
    job = place[1].resolve_job_def(JOB)
    open_doors = [
        node.name
        for node in job.graph.node_dict.values()
        if not getattr(node.definition.compute_fn.decorated_fn, "is_told_safely", False)
    ]
    assert open_doors == []
    assert len(job.graph.node_dict) > 30
