"""Which pairs a person could judge: the most uncertain, and those that would move the most rows.

Belongs here: choosing them among the pairs that the night has scored, with their evidence in words,
and how the weights of all are spread.
Does not: showing them, or what rows are worth in money (orchestration).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models.identity import training
from models.identity.evidence import one_number
from models.identity.probable import weighed_sql, words_sql

if TYPE_CHECKING:
    import duckdb

FILE = "review_pair.parquet"
#: Pairs this far from the weight for a link, in bits, could be judged otherwise.
NEAR = 10.0
#: The most uncertain pairs are looked at, no more than so many.
MANY = 20_000
#: Pairs of each kind that are kept.
MOST = 200
COLUMNS = (
    "kind varchar, place bigint, left_key varchar, right_key varchar, left_keys varchar[],"
    " right_keys varchar[], left_customer_id varchar, right_customer_id varchar, is_one boolean,"
    " weight double, enough double, evidence varchar, n_rows bigint"
)


def write_review(con: duckdb.DuckDBPyConnection, out: Path) -> None:
    """Write ``review_pair.parquet``: a row a pair and kind (uncertain, consequential).

    ``left_keys`` and ``right_keys`` are what exact identifiers hold together on either side,
    ``left_key`` and ``right_key`` their first records; ``n_rows`` is the fewer of the rows that
    either side's keys came with: those that a changed mind would move. No value of anybody.
    """
    con.execute(f"create table review_pair ({COLUMNS})")
    model = training.read_model(out)
    if model is not None and _has(con, "scored"):
        _choose(con, model)
    file = str(out / FILE).replace("'", "''")
    con.execute(
        f"copy (select * from review_pair order by kind, place) to '{file}' (format parquet)"
    )


def _has(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(one_number(con, f"select count(*) from duckdb_tables() where table_name='{table}'"))


def _choose(con: duckdb.DuckDBPyConnection, model: training.Model) -> None:
    con.execute(
        f"""
        insert into review_pair
        with weighed as (
            select l, r, weight, {words_sql(model)} as evidence
            from ({weighed_sql(con, model)})
            where abs(weight - {model.enough}) <= {NEAR}
        ), near as (
            select l, r, max(weight) as weight, arg_max(evidence, weight) as evidence
            from weighed group by l, r
            order by abs(max(weight) - {model.enough}), l, r limit {MANY}
        ), asked as (
            select distinct node from (select l as node from near union select r from near)
        ), side as (
            select a.node, list(distinct c.identity_key order by c.identity_key) as keys,
                   min(c.identity_key) filter (r.identity_key is not null) as first_key,
                   any_value(cc.customer_id) as customer_id, sum(k.n_rows) as n_rows
            from asked a
            join cluster c on c.own_cluster = a.node and not c.is_weak
            join cluster_customer cc on cc.cluster = c.cluster
            left join record r on r.identity_key = c.identity_key
            left join (select identity_key, max(n_rows) as n_rows from link group by identity_key)
                k on k.identity_key = c.identity_key
            group by a.node
        ), pair as (
            select x.first_key as left_key, y.first_key as right_key, x.keys as left_keys,
                   y.keys as right_keys, x.customer_id as left_customer_id,
                   y.customer_id as right_customer_id, x.customer_id = y.customer_id as is_one,
                   n.weight, {model.enough} as enough, n.evidence,
                   least(x.n_rows, y.n_rows) as n_rows
            from near n join side x on x.node = n.l join side y on y.node = n.r
            where not exists (
                select 1 from cannot_pair p
                where (list_contains(x.keys, p.l) and list_contains(y.keys, p.r))
                   or (list_contains(x.keys, p.r) and list_contains(y.keys, p.l)))
        ), placed as (
            select 'uncertain' as kind, row_number() over (
                       order by abs(weight - enough), left_key, right_key) as place, * from pair
            union all
            select 'consequential', row_number() over (
                       order by n_rows desc, abs(weight - enough), left_key, right_key), * from pair
        )
        select * from placed where place <= {MOST}
        """
    )


def weight_histogram(
    con: duckdb.DuckDBPyConnection, out: Path
) -> tuple[dict[int, int], float | None]:
    """Count the pairs that were scored by their weight, in bins of two bits; and what is enough."""
    model = training.read_model(out)
    if model is None or not _has(con, "scored"):
        return {}, None
    weighed = weighed_sql(con, model)
    rows = con.execute(
        "select (2 * floor(greatest(least(weight, 40), -40) / 2))::integer as bin, count(*)"
        f" from (select l, r, max(weight) as weight from ({weighed}) group by l, r)"
        " group by bin order by bin"
    ).fetchall()
    return {int(low): int(n) for low, n in rows}, model.enough
