"""How good identity is tonight: people found again among copies of known truth, and by people.

Belongs here: finding them in a closed little world with the model that serves, and counting.
Does not: what goes wrong in a copy (corrupting.py), ratios and intervals (mart_identity_quality).

A world is resolved by the very steps of a night, exact identifiers first. It stands, with what came
of it, as long as its people's records are as they were and the model and the code as well: no night
looks for people again before. Its digests of records (``benchmark.json``) have no key: the file is
as private as the records.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.identity.arrays.frames import put
from models.identity.arrays.keys import number_keys
from models.identity.arrays.sql import quoted_path
from models.identity.exact.components import count_hub_parts, make_clusters
from models.identity.exact.decisions import Decision, stage_decisions
from models.identity.exact.hubs import stage_links
from models.identity.exact.sharing import doubt_namesakes, split_hubs
from models.identity.probable import training
from models.identity.probable.step import link_probable, weighed_sql
from models.identity.records.names import learn_names
from models.identity.records.standard import FREQUENCIES
from models.identity.shown.corrupting import make_world

if TYPE_CHECKING:
    import duckdb

    from models.identity.arrays.lookup import Lookups

FILE = "identity_benchmark.parquet"
#: What the world of last time was made of (digests of records, without a key), and what came of it.
MARK = "benchmark.json"
#: Fewer people than this tell nothing.
FEWEST = 30
#: Weights, in bits, at which precision and recall of the links are looked at.
THRESHOLDS = tuple(range(-8, 21, 2))
_COLUMNS = "labels varchar, measure varchar, n_good double, n_all bigint, n_people bigint"

Row = tuple[str, str, float, int, int]


def measure(
    con: duckdb.DuckDBPyConnection,
    at: Lookups,
    model: training.Model | None,
    state: Path,
    out: Path,
    decisions: Sequence[Decision],
    cap: int,
) -> dict[str, Any]:
    """Write ``identity_benchmark.parquet``: counts of what was found right, a row a measure.

    ``labels`` says by what truth: ``corrupted_copies`` or ``decisions``. ``n_good`` of ``n_all``
    (pairs, records or people) are right, and they are of ``n_people`` independent people.

    Returns:
        The curve: ``threshold``, ``precision`` and ``recall`` of links, lists of equal length.
    """
    import duckdb as engine

    found: dict[str, Any] = {"rows": [], "curve": {}}
    if model is not None:
        mark = _mark(out, cap)
        kept = _kept(con, at, state, mark)
        if kept is None:
            with engine.connect(config={"threads": 1}) as world:
                n_people = make_world(con, world)
                if n_people >= FEWEST:
                    found = _resolved(world, model, out, cap, n_people)
                    kept = {"mark": mark, "people": _people(con, at, "from best"), **found}
        if kept is not None:
            found = kept
            (out / MARK).write_text(json.dumps(kept))
    rows = [tuple(row) for row in found["rows"]] + _judged(decisions)
    con.execute(f"create table identity_benchmark ({_COLUMNS})")
    for labels, measured, *counts in rows:
        told = ", ".join(f"'{number!r}'" for number in counts)
        con.execute(f"insert into identity_benchmark values ('{labels}', '{measured}', {told})")
    file = quoted_path(out / FILE)
    con.execute(
        f"copy (select * from identity_benchmark order by all) to '{file}' (format parquet)"
    )
    return dict(found["curve"])


def _mark(out: Path, cap: int) -> str:
    """Hash what a world's result follows from beside its records: model, code and cap."""
    parts = ((out / training.FILE).read_text(), code(), str(cap))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _people(con: duckdb.DuckDBPyConnection, at: Lookups, recs: str) -> dict[str, int]:
    """Give the digests of the records that a query (rec) gives; none where two are one person's."""
    at.records.find(con, "people_record", "rec", f"select rec from ({recs})")
    rows = con.execute("select rec, digest from people_record").fetchall()
    n_customers = con.execute(
        "select count(distinct customer_h) from kept.record_key join kept.cluster_customer"
        f" using (name) where rec in (select rec from ({recs}))"
    ).fetchone() or (0,)
    return {str(rec): digest for rec, digest in rows} if n_customers[0] == len(rows) else {}


@cache
def code() -> str:
    """Hash the code and data of identity."""
    files = sorted(Path(__file__).parents[1].rglob("*"))
    digests = [hashlib.sha256(f.read_bytes()).hexdigest() for f in files if f.suffix in _TOLD]
    return " ".join(digests)


_TOLD = (".py", ".yml")


def _kept(
    con: duckdb.DuckDBPyConnection, at: Lookups, state: Path, mark: str
) -> dict[str, Any] | None:
    """What came of the world of last time, if that is as it was; with its mark and people."""
    file = state / MARK
    told = json.loads(file.read_text()) if file.exists() else {}
    people = told.get("people")
    if told.get("mark") != mark or not people:
        return None
    put(con, "known_person", {"rec": np.array([*map(int, people)], dtype=np.uint64)})
    return dict(told) if _people(con, at, "from known_person") == people else None


def _resolved(
    world: duckdb.DuckDBPyConnection, model: training.Model, out: Path, cap: int, n_people: int
) -> dict[str, Any]:
    """Resolve the world as a night would, and count."""
    learn_names(world, out / FREQUENCIES)
    keys = number_keys(world)
    stage_links(world, keys, cap)
    split_hubs(world)
    doubt_namesakes(world)
    count_hub_parts(world)
    stage_decisions(world, [])
    make_clusters(world, keys, cap)
    link_probable(world, out, out, cap, served=model)
    world.execute(
        "create table judged as select t.identity_key, t.person, c.cluster"
        " from truth t join cluster c on c.key_h = hash(t.identity_key)"
    )
    return {"rows": [list(row) for row in _counts(world, n_people)], "curve": _curve(world, model)}


def _counts(world: duckdb.DuckDBPyConnection, n_people: int) -> list[Row]:
    """Pairs, records (B-cubed; Bagga and Baldwin 1998) and people that were found right.

    And what went wrong: customers that are several people, and people who are several customers.
    """
    found = world.execute(
        """
        with cell as (
            select person, cluster, count(*) as n from judged group by all
        ), person as (
            select person, sum(n) as n, count(*) as n_parts from cell group by person
        ), cluster as (
            select cluster, sum(n) as n, count(*) as n_people from cell group by cluster
        )
        select (select sum(n * (n - 1) / 2) from cell), (select sum(n * (n - 1) / 2) from cluster),
               (select sum(n * (n - 1) / 2) from person),
               sum(cell.n * cell.n / cluster.n), sum(cell.n * cell.n / person.n), sum(cell.n),
               count(*) filter (person.n_parts = 1 and cluster.n_people = 1),
               count(distinct person) filter (cluster.n > 1),
               count(distinct cluster) filter (cluster.n_people > 1), count(distinct cluster),
               count(distinct person) filter (person.n_parts > 1)
        from cell join person using (person) join cluster using (cluster)
        """
    ).fetchone()
    assert found is not None
    both, linked, true, of_found, of_true, n, exact, n_linked, merged, n_customers, split = found
    labels = "corrupted_copies"
    return [
        (labels, "pairwise_precision", float(both), int(linked), int(n_linked)),
        (labels, "pairwise_recall", float(both), int(true), n_people),
        (labels, "bcubed_precision", float(of_found), int(n), n_people),
        (labels, "bcubed_recall", float(of_true), int(n), n_people),
        (labels, "people_found_exactly", float(exact), n_people, n_people),
        (labels, "over_merge_rate", float(merged), int(n_customers), int(n_customers)),
        (labels, "split_rate", float(split), n_people, n_people),
    ]


def _curve(world: duckdb.DuckDBPyConnection, model: training.Model) -> dict[str, list[float]]:
    """Precision and recall of evidence's links by the weight that is asked for one."""
    world.execute(
        "create table whose as select j.identity_key, j.person, c.own_cluster as node"
        " from judged j join cluster c on c.key_h = hash(j.identity_key)"
    )
    # a node is of the person that most of its records are of; so it is with one, nearly always
    world.execute(
        "create table node_person as select node, mode(person) as person from whose group by node"
    )
    rows = world.execute(
        f"""
        with link as (
            select max(p.weight) as weight, any_value(a.person = b.person) as is_true
            from ({weighed_sql(world, model)}) p
            join node_person a on a.node = p.l join node_person b on b.node = p.r group by p.l, p.r
        ), truth as (
            select sum(n * (n - 1) / 2) as n from
            (select count(*) as n from node_person group by person)
        )
        select t.at, count(*) filter (l.is_true) / nullif(count(*), 0),
               count(*) filter (l.is_true) / nullif(any_value(truth.n), 0)
        from (select unnest(?) as at) t left join link l on l.weight >= t.at cross join truth
        where l.weight is not null
        group by t.at order by t.at
        """,
        [list(THRESHOLDS)],
    ).fetchall()
    names = ("threshold", "precision", "recall")
    return {name: [round(float(row[at] or 0), 4) for row in rows] for at, name in enumerate(names)}


def _judged(decisions: Sequence[Decision]) -> list[Row]:
    """What people found of pairs that were one customer, or two, when they looked at them."""
    known = [d for d in decisions if d.were_one is not None]
    if not known:
        return []
    linked = [d for d in known if d.were_one]
    right = sum(d.is_one for d in linked)
    true = sum(d.is_one for d in known)
    return [
        ("decisions", "pairwise_precision", float(right), len(linked), len(linked)),
        ("decisions", "pairwise_recall", float(right), true, true),
    ]
