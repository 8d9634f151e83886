"""The nightly benchmark: a world of known truth, found by the model that serves, and counted."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import duckdb
import pytest

from models.identity.exact.decisions import Decision
from models.identity.resolve import IdentitySummary, resolve
from models.identity.shown import benchmark, corrupting
from tests.models.identity.people import Town

NIGHT = dt.date(2026, 3, 1)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, Path, IdentitySummary]:
    town, folder = Town(400), tmp_path_factory.mktemp("town")
    summary = resolve(town.write(folder / "work.duckdb"), folder, folder, NIGHT)
    return town, folder, summary


def counts(folder: Path) -> dict[tuple[str, str], tuple[float, int, int]]:
    file = str(folder / benchmark.FILE)
    rows = duckdb.connect().execute("select * from read_parquet(?)", [file]).fetchall()
    return {(row[0], row[1]): row[2:] for row in rows}


def test_known_people_are_found_again_and_nobody_else(night):
    found = counts(night[1])
    good, n_pairs, n_people = found["corrupted_copies", "pairwise_precision"]
    assert 150 <= n_people <= 2 * corrupting.DRAWN and n_pairs >= 300
    assert good / n_pairs >= 0.97
    good, n_true, n_people = found["corrupted_copies", "pairwise_recall"]
    assert n_true == 3 * n_people and good / n_true >= 0.4
    good, n_records, n_people = found["corrupted_copies", "bcubed_recall"]
    assert n_records == 3 * n_people and 0.5 <= good / n_records <= 1


def test_what_went_right_and_wrong_is_counted():
    con = duckdb.connect()
    # Ana is one customer, Ben two, of whom one is Cyd, too; Dan is one
    con.execute(
        "create table judged as from (values ('ana', 1), ('ana', 1), ('ben', 2), ('ben', 2),"
        " ('ben', 3), ('cyd', 3), ('dan', 4), ('dan', 4), ('dan', 4)) as t(person, cluster)"
    )
    found = {measure: told for _, measure, *told in benchmark._counts(con, 4)}
    assert found["pairwise_precision"][:2] == [5, 6]  # 1 + 1 + 3 of those and Ben with Cyd
    assert found["pairwise_recall"][:2] == [5, 7]  # 1 + 3 + 0 + 3
    assert found["people_found_exactly"] == [2, 4, 4]
    assert found["over_merge_rate"] == [1, 4, 4]
    assert found["split_rate"] == [1, 4, 4]


def test_the_curve_and_the_weights_are_what_pictures_are_drawn_of(night):
    summary = night[2]
    precision, recall = summary.curve["precision"], summary.curve["recall"]
    assert len(precision) == len(recall) == len(summary.curve["threshold"]) > 5
    assert recall == sorted(recall, reverse=True) and precision[-1] > precision[0]
    assert sum(summary.weights.values()) > 1000 and all(low % 2 == 0 for low in summary.weights)
    assert summary.enough is not None


def test_an_unchanged_world_is_not_resolved_again(night, tmp_path, monkeypatch):
    town, folder, summary = night

    def refuse(*_):
        raise AssertionError("resolved again")

    monkeypatch.setattr(benchmark, "_resolved", refuse)
    again = resolve(town.write(tmp_path / "work.duckdb"), folder, tmp_path, NIGHT)
    assert counts(tmp_path) == counts(folder)
    assert again.curve == summary.curve
    told = json.loads((folder / benchmark.MARK).read_text())
    (folder / benchmark.MARK).write_text(json.dumps(told | {"mark": "another"}))
    with pytest.raises(AssertionError, match="resolved again"):
        resolve(town.write(tmp_path / "work.duckdb"), folder, tmp_path, NIGHT)


def test_what_people_judged_is_counted_by_what_identity_had_said(tmp_path):
    town = Town(40)
    keys = sorted(town.truth)
    decisions = [
        Decision(True, (keys[0],), (keys[1],), were_one=True),
        Decision(True, (keys[2],), (keys[3],), were_one=False),
        Decision(False, (keys[4],), (keys[5],), were_one=True),
        Decision(False, (keys[6],), (keys[7],), were_one=False),
    ]
    resolve(town.write(tmp_path / "w.duckdb"), tmp_path, tmp_path, NIGHT, decisions=decisions)
    found = counts(tmp_path)
    assert found["decisions", "pairwise_precision"] == (1.0, 2, 2)
    assert found["decisions", "pairwise_recall"] == (1.0, 2, 2)


def test_copies_differ_from_their_originals_as_often_as_declared(night, tmp_path):
    town, folder, _ = night
    con, world = duckdb.connect(), duckdb.connect()
    con.execute(f"attach '{folder / 'work.duckdb'}' as work (read_only)")
    missing = ("full_name", "gender", "email", "phone", "national_id", "country", "account_id",
               "updated_at")  # fmt: skip
    absent = ", ".join(f"null::varchar as {name}" for name in missing)
    con.execute(
        f"create table every_record as select *, {absent} from work.identity.int_identity_record"
    )
    con.execute("attach ':memory:' as kept")
    con.execute(f"attach '{folder / 'kept.duckdb'}' as night (read_only)")
    con.execute("create table kept.record_key as from night.record_key")
    con.execute(
        "create table kept.cluster_customer as select name, name as customer_h"
        " from (select distinct name from kept.record_key)"
    )
    assert corrupting.make_world(con, world) >= 120
    # every record is a customer here: of two that are one person's, hardly ever both are taken
    taken = [town.truth[key] for (key,) in world.execute("select person from truth").fetchall()]
    assert len(set(taken)) >= 0.97 * len(taken) / (1 + corrupting.COPIES)
    share = world.execute(
        "select avg((c.birth_date is null)::int), avg((c.given_name <> o.given_name)::int),"
        " avg((c.street is distinct from o.street)::int) from record c join truth t using"
        " (identity_key) join original o on o.identity_key = t.person"
        " where c.identity_key <> t.person and o.birth_date is not null"
    ).fetchone()
    assert share is not None
    assert 0.09 <= share[0] <= 0.21 and 0.1 <= share[1] <= 0.28 and 0.25 <= share[2] <= 0.5


def test_the_code_that_results_hang_on_is_all_of_identity(root: Path) -> None:
    files = [*(root / "models/identity").rglob("*.py"), *(root / "models/identity").rglob("*.yml")]
    assert len(benchmark.code().split()) == len(files) > 40
