"""Who is probably who: records with no exact identifier in common, weighed by a trained model."""

from __future__ import annotations

import datetime as dt
import json
import logging
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from models.identity.exact.decisions import Decision
from models.identity.probable import linking, training
from models.identity.resolve import resolve
from tests.models.identity import people
from tests.models.identity.people import Town

NIGHT = dt.date(2026, 3, 1)


@pytest.fixture(scope="module")
def town() -> Town:
    return Town(500)


@pytest.fixture(scope="module")
def state(town: Town, tmp_path_factory) -> Path:
    """The state after a night that trained the model."""
    folder = tmp_path_factory.mktemp("town")
    resolve(town.write(folder / "work.duckdb"), folder, folder, NIGHT)
    return folder


def test_copies_with_errors_and_nothing_exact_in_common_are_found_without_merging_others(
    town, state
):
    precision, recall = town.quality(state)
    assert precision >= 0.99
    assert recall >= 0.65


def test_twins_stay_two_people(town, state):
    customer = town.found(state)
    people = {person: customer[key] for key, person in town.truth.items()}
    apart = [people[one] != people[other] for one, other in town.twins]
    assert len(apart) >= 20
    assert sum(apart) / len(apart) >= 0.97


def test_a_probable_link_says_how_sure_it_is_and_why_without_a_value_of_anybody(town, state):
    rows = (
        duckdb.connect()
        .execute(
            "select match_probability, evidence from read_parquet(?) where match_rule = 'evidence'",
            [str(state / "identity_map.parquet")],
        )
        .fetchall()
    )
    assert len(rows) > 500
    assert all(0.5 < probability <= 1 for probability, _ in rows)
    words = " ".join(evidence for _, evidence in rows).lower()
    assert "born same" in words
    assert not any(f" {row[2].lower()} " in words for row in town.records)


def test_the_model_is_kept_and_not_trained_again(town, state, tmp_path, monkeypatch):
    def refuse(*_):
        raise AssertionError("trained again")

    monkeypatch.setattr(training, "train", refuse)
    resolve(town.write(tmp_path / "work.duckdb"), state, tmp_path, NIGHT)
    assert (tmp_path / training.FILE).read_text() == (state / training.FILE).read_text()


def test_the_order_of_records_changes_no_id_and_no_model(town, state, tmp_path):
    resolve(town.write(tmp_path / "work.duckdb", is_shuffled=True), tmp_path, tmp_path, NIGHT)
    assert town.found(tmp_path) == town.found(state)
    assert (tmp_path / training.FILE).read_text() == (state / training.FILE).read_text()


def seen_with(work: Path, *links: tuple[str, str]) -> Path:
    """Add to the inputs that keys were seen with identifiers, and orders with nothing else."""
    con = duckdb.connect(str(work))
    for key, identifier in (*links, *{(identifier, identifier) for _, identifier in links}):
        con.execute(
            "insert into identity.int_identifier_link select ?, split_part(?, ':', 1), ?, 'web',"
            " null, false, timestamp '2026-01-02', timestamp '2026-01-02', timestamp '2026-01-02',"
            " 1",
            [key, identifier, identifier],
        )  # fmt: skip
    con.close()
    return work


def test_what_two_records_share_is_theirs_once_evidence_makes_them_one(town, state, tmp_path):
    rows = duckdb.connect().execute(
        "select customer_id, min(identity_key), max(identity_key) from read_parquet(?)"
        " where match_rule = 'evidence' group by customer_id having count(*) = 2 order by all",
        [str(state / "identity_map.parquet")],
    ).fetchall()  # fmt: skip
    (who, one, other), (_, stranger, _) = rows[0], rows[1]
    shared = ("cookie_id:c1", "email:e1")
    links = [(key, each) for key in (one, other) for each in shared]
    among = [(key, each) for key in (one, other, stranger) for each in ("cookie_id:c2", "email:e2")]
    work = tmp_path / "work.duckdb"
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))

    # a cap of one: an e-mail of two records links nobody by itself
    seen_with(town.write(work), *links, *among)
    resolve(work, state, first, NIGHT, identifier_cap=1)
    found = town.found(first)
    assert {key: found.get(key) for key in (one, other, *shared)} == dict.fromkeys(
        (one, other, *shared), who
    )
    assert not {"cookie_id:c2", "email:e2"} & found.keys()
    bridge = duckdb.connect().execute(
        "select identity_key, customer_id, is_shared from read_parquet(?) where identity_key in"
        " ('cookie_id:c1', 'email:e1')", [str(first / "bridge_identity.parquet")],
    ).fetchall()  # fmt: skip
    assert sorted(bridge) == [(each, who, False) for each in shared]

    # nobody has them alone any more: a night in part says so, and a full one the same
    apart = [Decision(is_one=False, left=(one,), right=(other,))]
    told = [
        resolve(work, first, out, NIGHT, identifier_cap=1, decisions=apart, is_full=is_full)
        for out, is_full in ((second, False), (third, True))
    ]
    assert [each.why_full for each in told] == [None, "from the start"]
    for out in (second, third):
        found = town.found(out)
        assert found[one] != found[other]
        assert not set(shared) & found.keys()
    assert told[0].n_unresolved_keys == told[1].n_unresolved_keys == 4


def test_training_says_no_word_to_any_log(tmp_path, caplog, capfd):
    town = Town(260, seed=3)
    with caplog.at_level(logging.DEBUG):
        resolve(town.write(tmp_path / "work.duckdb"), tmp_path, tmp_path, NIGHT)
    assert caplog.text == ""
    assert capfd.readouterr() == ("", "")


def test_records_without_an_error_train_a_model_all_the_same(tmp_path):
    clean = Town(300, copies=2, wrong=0.0)
    resolve(clean.write(tmp_path / "work.duckdb"), tmp_path, tmp_path, NIGHT)
    precision, recall = clean.quality(tmp_path)
    assert precision >= 0.99
    assert recall >= 0.99
    shares = json.loads((tmp_path / training.FILE).read_text())["shares"]
    assert all(0 < m < 1 and 0 < u <= 1 for levels in shares.values() for m, u in levels.values())


def test_records_that_agree_in_all_they_say_stop_no_night(tmp_path, monkeypatch):
    """Namesakes differ in all else: the shares of such pairs sink below what Splink takes."""
    monkeypatch.setitem(people.COLUMNS, "phone", pa.string())
    monkeypatch.setitem(people.COLUMNS, "email", pa.string())
    clean = Town(500, copies=2, wrong=0.0)
    numbers = [7919 * clean.truth[record[0]] for record in clean.records]
    clean.records = [
        (*record, f"+43660{n % 10**7:07d}", f"p{n}@mail{n % 97}.example")
        for record, n in zip(clean.records, numbers, strict=True)
    ]
    resolve(clean.write(tmp_path / "work.duckdb"), tmp_path, tmp_path, NIGHT)
    precision, recall = clean.quality(tmp_path)
    assert precision >= 0.99
    assert recall >= 0.99


def test_where_nothing_can_be_compared_nothing_is_linked_and_it_is_said(tmp_path):
    ids = Town(300)
    ids.records = [(*record[:2], None, None, None, None, None, None) for record in ids.records]
    summary = resolve(ids.write(tmp_path / "work.duckdb"), tmp_path, tmp_path, NIGHT)
    assert summary.n_customers == len(ids.records)
    assert summary.compared == ()
    assert summary.n_probable == 0


def test_many_copies_of_a_person_do_not_chain_people_together(tmp_path):
    many = Town(80, copies=20, wrong=0.2)
    resolve(many.write(tmp_path / "work.duckdb"), tmp_path, tmp_path, NIGHT)
    precision, recall = many.quality(tmp_path)
    assert precision >= 0.95
    assert recall >= 0.5


def test_a_weak_bridge_between_two_people_breaks():
    import itertools

    left, right, weight = [], [], []
    for group in (range(4), range(4, 8)):
        for a, b in itertools.combinations(group, 2):
            left.append(a), right.append(b), weight.append(10.0)
    for a, b in itertools.product(range(4), range(4, 8)):
        left.append(a), right.append(b), weight.append(6.0 if (a, b) == (3, 4) else -9.0)
    import numpy as np

    arrays = np.array(left), np.array(right), np.array(weight)
    assert len(set(linking.groups(*arrays, 4.0))) == 1
    labels = linking.part(8, *arrays)
    assert len(set(labels[:4])) == len(set(labels[4:])) == 1
    assert labels[0] != labels[4]


def test_what_links_chain_into_a_crowd_is_parted_by_surer_ones():
    import numpy as np

    left = np.arange(3 * linking.LARGEST - 1)
    weight = np.where(left % 10 == 9, 5.0, 15.0)  # people of ten records, and chance between them
    labels = linking.groups(left, left + 1, weight, 4.0)
    sizes = np.bincount(labels)
    assert sizes.max() <= linking.LARGEST and set(sizes[sizes > 0]) == {10}


def test_a_model_of_few_records_is_learnt_anew_once_there_are_many(tmp_path):
    few, many = Town(60), Town(500)
    resolve(few.write(tmp_path / "work.duckdb"), tmp_path, tmp_path, NIGHT)
    small = training.read_model(tmp_path)
    resolve(many.write(tmp_path / "work.duckdb"), tmp_path, tmp_path, NIGHT)
    model = training.read_model(tmp_path)
    assert not small.splink
    assert model.splink
    assert model.n_records > training.OUTGROWN * small.n_records
    fresh = tmp_path / "fresh"
    resolve(many.write(tmp_path / "work.duckdb"), fresh, fresh, NIGHT)
    assert many.quality(tmp_path) == many.quality(fresh)
