"""The door of identity: the matcher's inputs in, a map from identity key to customer out.

Belongs here: reading the inputs and the state, calling the steps in order, writing the results.
Does not: any rule of its own. Exact identifiers come first (evidence.py, components.py), then what
is probable between the people that they give (probable.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from models.identity import benchmark
from models.identity.components import count_hub_parts, make_clusters
from models.identity.decisions import Decision, stage_decisions
from models.identity.evidence import STRONG, one_number, stage_links
from models.identity.households import COLUMNS as GROUP_COLUMNS
from models.identity.households import make_groups
from models.identity.permanent import assign_ids, log_events, note_trail
from models.identity.probable import link_probable
from models.identity.review import weight_histogram, write_review
from models.identity.sharing import split_hubs
from models.identity.standard import FREQUENCIES, RECORD

if TYPE_CHECKING:
    import datetime as dt

#: What the state keeps from night to night, with the shape of an empty start.
STATE = {
    "identity_map": "identity_key varchar, customer_id varchar, match_rule varchar,"
    " match_probability double, evidence varchar, first_seen_at timestamp, known_at timestamp",
    "customer": "customer_id varchar, created_on date",
    "identity_event": "event_id varchar, event_type varchar, customer_id varchar,"
    " previous_customer_id varchar, identity_key varchar, as_of_on date",
    "identity_trail": "identity_key varchar, customer_id varchar, known_at timestamp",
    "customer_group": GROUP_COLUMNS,
}
_OLD = {"identity_map": "old_map", "customer": "old_customer", "identity_event": "old_event",
        "identity_trail": "old_trail", "customer_group": "old_group"}  # fmt: skip


@dataclass(frozen=True)
class IdentitySummary:
    """What a night's matching found: counts only, no identifier.

    Attributes:
        compared: What records were compared by.
        weights: Pairs that were scored, by the lower end of their weight's bin of two bits.
        enough: The weight for a link, in bits; None where nothing was compared.
        curve: Precision and recall by the weight asked for a link, on people of known truth.
    """

    n_keys: int
    n_customers: int
    n_records: int
    n_unresolved_keys: int
    n_shared_identifiers: int
    n_created: int
    n_merged: int
    n_split: int
    n_reassigned: int
    n_probable: int
    compared: tuple[str, ...]
    weights: dict[int, int] = field(default_factory=dict)
    enough: float | None = None
    curve: dict[str, list[float]] = field(default_factory=dict)


def resolve(
    work: Path,
    state: Path,
    out: Path,
    as_of: dt.date,
    *,
    decisions: Sequence[Decision] = (),
    identifier_cap: int = 10,
    memory_limit: str = "4GB",
    threads: int = 2,
) -> IdentitySummary:
    """Say who is who as of a night, keeping the ids of the nights before.

    Args:
        work: The build's ``work.duckdb`` with ``identity.int_identifier_link`` and
            ``identity.int_identity_record``.
        state: The directory with last night's ``identity_map``, ``customer``,
            ``identity_event`` and ``identity_trail`` (Parquet); it is only read. Missing files
            mean a first night.
        out: Where the new ones and ``bridge_identity`` are written (Parquet).
        as_of: The business date of the run.
        decisions: What people have decided, and not taken back.
        identifier_cap: The most records that one shared identifier may link.
        memory_limit: DuckDB's memory limit.
        threads: DuckDB's threads.

    Returns:
        Counts of what was found.
    """
    out.mkdir(parents=True, exist_ok=True)
    # what does not fit in memory is personal: beside the build, not in the working directory
    spill = str(out.parent / "identity_spill")
    con = duckdb.connect(
        config={"memory_limit": memory_limit, "threads": threads, "temp_directory": spill}
    )
    try:
        con.execute("set TimeZone = 'UTC'")
        _read(con, work, state)
        stage_links(con, identifier_cap, state / FREQUENCIES)
        split_hubs(con)
        count_hub_parts(con)
        stage_decisions(con, decisions)
        make_clusters(con)
        compared = link_probable(con, state, out, identifier_cap)
        assign_ids(con, as_of)
        log_events(con, as_of)
        _make_map(con, as_of)
        note_trail(con)
        make_groups(con)
        _make_bridge(con)
        _write(con, out)
        write_review(con, out)
        curve = benchmark.measure(con, state, out, decisions, identifier_cap)
        weights, enough = weight_histogram(con, out)
        return replace(_summary(con, compared), weights=weights, enough=enough, curve=curve)
    finally:
        con.close()


def _read(con: duckdb.DuckDBPyConnection, work: Path, state: Path) -> None:
    con.execute(f"attach '{_quoted(work)}' as work (read_only)")
    # Keys are long texts: what is joined and counted millions of times is their hash.
    con.execute(
        "create table link as select *, hash(identity_key) as identity_h,"
        " hash(identifier_key) as identifier_h from work.identity.int_identifier_link"
    )
    con.execute(f"create table record ({RECORD})")
    wanted = {column.split()[0] for column in RECORD.split(",")}
    given = con.execute("describe work.identity.int_identity_record").fetchall()
    listed = ", ".join(str(row[0]) for row in given if row[0] in wanted)
    con.execute(
        f"insert into record by name select {listed} from work.identity.int_identity_record"
    )
    con.execute("detach work")
    for name, columns in STATE.items():
        table = _OLD[name]
        con.execute(f"create table {table} ({columns})")
        file = state / f"{name}.parquet"
        if file.exists():
            con.execute(f"insert into {table} by name select * from read_parquet(?)", [str(file)])


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _make_map(con: duckdb.DuckDBPyConnection, as_of: dt.date) -> None:
    """Make ``identity_map``: every key that resolves, its customer and the rule that says so.

    ``known_at`` says since when a key is known to be this customer's: since it was first known, but
    for a key that another customer had, since the end of the night that learnt better. So what is
    seen as of an earlier day does not know the merge.
    """
    ranked = " ".join(f"when '{name}' then {rank}" for rank, name in enumerate(STRONG))
    con.execute(
        f"""
        create table key_rule as
        select key_h, arg_min(rule, rank) as match_rule from (
            select hash(g.identity_key) as key_h, h.identifier_type as rule,
                   case h.identifier_type {ranked} else 99 end as rank
            from group_member g
            join hub h on h.identifier_h = hash(split_part(g.hub_group, '#', 1))
            where h.n_owners > 1 or g.identity_key = h.identifier_key
        ) group by key_h
        """
    )
    con.execute(
        """
        create table identity_map as
        with seen as (
            select identity_h as seen_h, first_seen_at, known_at from link
            union all
            select identifier_h, first_seen_at, known_at from link
        ), first_seen as (
            select seen_h, min(first_seen_at) as first_seen_at, min(known_at) as known_at
            from seen group by seen_h
        )
        select c.identity_key, cc.customer_id,
               case when c.is_weak then 'seen_together'
                    when p.match_probability is not null then 'evidence'
                    when r.match_rule is null and d.identity_key is not null then 'decision'
                    else coalesce(r.match_rule, 'own_record') end as match_rule,
               case when not c.is_weak then p.match_probability end as match_probability,
               case when not c.is_weak then p.evidence end as evidence, f.first_seen_at,
               case when o.customer_id is null then f.known_at
                    when o.customer_id = cc.customer_id then coalesce(o.known_at, f.known_at)
                    else coalesce(t.known_at, ?::date + interval 1 day) end as known_at
        from cluster c
        join cluster_customer cc using (cluster)
        left join key_rule r using (key_h)
        left join probable_link p on p.cluster = c.own_cluster
        left join first_seen f on f.seen_h = c.key_h
        left join old_map o on o.identity_key = c.identity_key
        left join old_trail t
          on t.identity_key = c.identity_key and t.customer_id = cc.customer_id
        left join (select distinct identity_key from must_key) d
          on d.identity_key = c.identity_key
        """,
        [as_of],
    )


def _make_bridge(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``bridge_identity``: every identifier with each customer who has it."""
    con.execute(
        """
        create table bridge_identity as
        with held as (
            select l.identifier_h, any_value(l.identifier_type) as identifier_type,
                   any_value(l.identifier_key) as identifier_key, cc.customer_id,
                   max(l.source_system) filter (l.identifier_type = 'source_customer_id')
                       as source_system,
                   max(l.source_customer_id) as source_customer_id,
                   min(l.first_seen_at) as first_seen_at, max(l.last_seen_at) as last_seen_at
            from link l
            join cluster c on c.key_h = l.identity_h
            join cluster_customer cc using (cluster)
            where not l.is_placeholder
            group by l.identifier_h, cc.customer_id
        )
        select h.source_system, h.source_customer_id, h.identifier_type,
               split_part(h.identifier_key, ':', 2) as identifier_hash, h.customer_id,
               coalesce(m.match_rule, 'shared') as match_rule,
               m.match_probability, m.evidence,
               s.identifier_h is not null as is_shared,
               h.first_seen_at, h.last_seen_at, h.identifier_key as identity_key
        from held h
        left join identity_map m on hash(m.identity_key) = h.identifier_h
        left join (select identifier_h from held group by identifier_h having count(*) > 1) s
          on s.identifier_h = h.identifier_h
        """
    )


def _write(con: duckdb.DuckDBPyConnection, out: Path) -> None:
    orders = {
        "identity_map": "hash(identity_key), identity_key",
        "bridge_identity": "hash(identity_key), customer_id",
        "customer": "customer_id",
        "identity_trail": "identity_key, customer_id",
        "customer_group": "kind, customer_id",
        "identity_event": "as_of_on, event_type, customer_id, previous_customer_id, identity_key",
    }
    con.execute("alter table event rename to identity_event")
    for table, order in orders.items():
        file = _quoted(out / f"{table}.parquet")
        con.execute(
            f"copy (select * from {table} order by {order}) to '{file}'"
            " (format parquet, compression zstd)"
        )


def _summary(con: duckdb.DuckDBPyConnection, compared: tuple[str, ...]) -> IdentitySummary:
    def one(sql: str) -> int:
        return one_number(con, sql)

    def tonight(event_type: str) -> int:
        return one(f"select count(*) from tonight where event_type = '{event_type}'")

    return IdentitySummary(
        n_keys=one("select count(distinct identity_key) from link"),
        n_customers=one("select count(distinct customer_id) from cluster_customer"),
        n_records=one("select count(*) from record"),
        n_unresolved_keys=one(
            "select count(distinct identity_key) from link"
            " where identity_key not in (select identity_key from identity_map)"
        ),
        n_shared_identifiers=one(
            "select count(distinct identity_key) from bridge_identity where is_shared"
        ),
        n_created=tonight("created"),
        n_merged=tonight("merged"),
        n_split=tonight("split"),
        n_reassigned=tonight("reassigned"),
        n_probable=one("select count(*) from probable_link where cluster <> joined_cluster"),
        compared=compared,
    )
