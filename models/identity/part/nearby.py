"""Which pairs a night must score: those with somebody who changed, or whose block did.

Belongs here: keeping the records' hashes (``kept.record_key``) and finding candidates of a part of
the nodes among all. Does not: what the rules are (blocking.py), whose result these equal.

A pair is a candidate by the values of its two nodes and by how large the blocks are in which they
meet. So candidates change for nodes that changed, and for all in a block that such a node has taken
over the size where it is parted or left out, or back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identity.nights.kept import HASHES
from models.identity.part import members
from models.identity.probable import blocking
from models.identity.records.standard import OWN

if TYPE_CHECKING:
    import duckdb

    from models.identity.arrays.lookup import Arrays, Stored

_COLUMNS = ", ".join(f"k.{column}" for column in HASHES)


def replace_rows(con: duckdb.DuckDBPyConnection, gone: str) -> None:
    """Put ``new_key`` in the place of the rows of ``kept.record_key`` of nodes ``gone``."""
    con.execute(f"delete from kept.record_key where name in ({gone})")
    con.execute("insert into kept.record_key from new_key")


#: Numbers of the blocks of a rule that are made finer: rule * 100 + 1 and on.
_TIMES = 100


def crossed_contacts(con: duckdb.DuckDBPyConnection, keys: Arrays, cap: int) -> str:
    """SQL of nodes with what is one person's own and starts or ceases to be shared by too many.

    Args:
        con: A connection with ``touched_key``, rows of ``kept.record_key`` of changed nodes, and
            ``std``, their records as they are now.
        keys: All of ``kept.record_key``.
        cap: The most records that may share it.
    """
    for kind in OWN.values():
        keys.find(con, f"{kind}_key", kind,
                  f"select {kind} from touched_key union all select {kind} from std")  # fmt: skip
        con.execute(
            f"""
            create or replace temp table crossed_{kind} as
            with counted as (
                select value, sum(n_was) as n_was, sum(n_more) as n_more from (
                    select {kind} as value, 1 as n_was, 0 as n_more from {kind}_key
                    union all select {kind}, 0, -1 from touched_key
                    union all select {kind}, 0, 1 from std)
                where value is not null group by value
            )
            select value from counted where (n_was > {cap}) <> (n_was + n_more > {cap})
            """
        )
    return " union ".join(
        f"select name from {kind}_key semi join crossed_{kind} on value = {kind}"
        for kind in OWN.values()
    )


def make_new_keys(con: duckdb.DuckDBPyConnection, records: Arrays | Stored) -> None:
    """Make ``new_key``, rows of ``kept.record_key``, from ``std``, its forms and ``node_no``."""
    con.execute("drop table if exists keys")
    blocking.make_keys(con)
    records.find(con, "key_record", "rec", "select rec from keys")
    con.execute(
        f"create or replace table new_key as select k.rec, n.name, t.digest, k.says, k.phone_raw,"
        f" k.mail_raw, {_COLUMNS} from keys k join node_no n on n.no = k.node"
        " join key_record t using (rec)"
    )
    con.execute("drop table keys")


def _finer_sql(source: str) -> str:
    """SQL of the finer keys of rows: rule, k, node."""
    return " union all ".join(
        f"select rule * {_TIMES} + {number} as rule, k // 2 + {column} // 2 as k, node"
        f" from {source} where {column} is not null"
        for number, column in enumerate(blocking.FINER, 1)
    )


def _caps(con: duckdb.DuckDBPyConnection, loose: dict[str, int]) -> None:
    """Make ``block_cap`` (rule, cap, is_strict)."""
    rows = [(number, cap, is_strict) for number, _, cap, is_strict in members.rules(loose)]
    finer = [
        (number * _TIMES + at, blocking.FINER_CAP, False)
        for number, _, is_strict in rows
        if is_strict
        for at in range(1, len(blocking.FINER) + 1)
    ]
    told = ", ".join(map(str, [*rows, *finer]))
    con.execute("create or replace temp table block_cap (rule int, cap int, is_strict boolean)")
    con.execute(f"insert into block_cap values {told}")


def crossed_blocks(con: duckdb.DuckDBPyConnection, keys: Arrays, loose: dict[str, int]) -> str:
    """SQL of the nodes in a block that a changed node takes over its largest size, or back.

    Needs ``touched_key`` and ``new_key``, the changed nodes' rows of ``kept.record_key`` as they
    were and are, and all these rows as they were (``keys``). Brings the sizes in
    ``kept.block_size`` up to tonight.
    """
    _caps(con, loose)
    members.keyed(con, "less", "from touched_key", loose)
    members.keyed(con, "more", "from new_key", loose)
    _note_sizes(con)
    members.find_close(con, keys, loose)
    members.find_members(con, "keyed_before", "from close_key", loose)
    con.execute(
        "create or replace temp table keyed_now as from keyed_before"
        " where node not in (from moved_node) union all from more semi join dirty using (rule, k)"
    )
    for when in ("before", "now"):
        con.execute(f"create or replace temp table size_{when} as select rule, k, count(*) as n"
                    f" from keyed_{when} group by all")  # fmt: skip
        con.execute(
            f"create or replace temp table large_{when} as select keyed.* from keyed_{when} keyed"
            f" join size_{when} using (rule, k) join block_cap c using (rule)"
            " where c.is_strict and n > c.cap"
        )
        con.execute(f"create or replace temp table finer_{when} as {_finer_sql(f'large_{when}')}")
        con.execute(f"insert into size_{when} select rule, k, count(*) from finer_{when}"
                    " group by all")  # fmt: skip
    con.execute(
        """
        create or replace temp table crossed as
        select rule, k from (select rule, k, n as n_now from size_now)
        full join (select rule, k, n as n_before from size_before) using (rule, k)
        join block_cap using (rule)
        where (coalesce(n_now, 0) > cap) <> (coalesce(n_before, 0) > cap)
        """
    )
    return " union ".join(
        f"select node as name from {table}_{when} semi join crossed using (rule, k)"
        for table in ("keyed", "finer")
        for when in ("before", "now")
    )


def _note_sizes(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``dirty`` (rule, k): the blocks whose size must be looked at. Most are far from it.

    ``kept.block_size`` has the size of every block that is more than half full. So who is in a
    block is asked for only where that size, or half and what has come, is over the largest: where
    that is parted, or was not so before.
    """
    con.execute(
        f"""
        create or replace temp table resized as
        select rule, k, b.n as n_before, coalesce(b.n, cap // {blocking.SPARE}) + n_more - n_less
               as n_now, cap, is_strict
        from (select rule, k, count(*) filter (m > 0) as n_more,
                     count(*) filter (m < 0) as n_less
              from (select rule, k, 1 as m from more union all select rule, k, -1 from less)
              group by all)
        left join kept.block_size b using (rule, k) join block_cap using (rule)
        """
    )
    con.execute(
        "create or replace temp table dirty as select rule, k from resized"
        " where case when is_strict then greatest(n_before, n_now) > cap"
        " else (coalesce(n_before, 0) > cap) <> (n_now > cap) end"
    )
    con.execute("delete from kept.block_size b using resized r where b.rule = r.rule and b.k = r.k")
    con.execute("insert into kept.block_size select rule, k, n_now from resized"
                f" where n_before is not null and n_now > cap // {blocking.SPARE}")  # fmt: skip


def make_candidates(
    con: duckdb.DuckDBPyConnection, keys: Arrays, loose: dict[str, int], asked: int
) -> None:
    """Make ``candidate_name`` (l, r: names, l < r): candidates with a node of ``touched`` (name).

    Needs ``kept.record_key`` as it was (``keys``), and ``new_key``, what is now in the place of its
    nodes ``moved_node``. Adds to ``kept.block_size`` who is more than half
    full now.
    """
    keys.find(con, "touched_key", "name", "from touched")
    now = "from {} where name not in (from moved_node) union all by name from new_key"
    members.keyed(con, "moving", now.format("touched_key"), loose)
    con.execute(
        "create or replace temp table dirty as select distinct rule, k from moving anti join"
        " (from kept.block_size join block_cap using (rule) where not is_strict and n > cap)"
        " using (rule, k)"
    )
    members.find_close(con, keys, loose)
    members.find_members(con, "keyed_now", now.format("close_key"), loose)
    con.execute(
        "create or replace temp table block as select rule, k, n, several, n > cap as is_large,"
        " is_strict, cap from (select rule, k, count(*) as n, min(node) < max(node) as several"
        " from keyed_now group by all) join block_cap using (rule)"
    )
    con.execute(
        f"insert into kept.block_size select rule, k, n from block anti join kept.block_size"
        f" using (rule, k) where n > cap // {blocking.SPARE}"
    )
    con.execute("create or replace temp table large as select keyed.* from keyed_now keyed"
                " semi join block b on b.rule = keyed.rule and b.k = keyed.k"
                " and b.is_large and b.is_strict")  # fmt: skip
    con.execute(f"create or replace temp table finer as {_finer_sql('large')}")
    con.execute(
        f"""
        create or replace temp table met as
        with member as (
            select distinct keyed.rule, keyed.k, keyed.node, case when is_strict then 2 else 1 end
                as says
            from keyed_now keyed join block b using (rule, k) where several and not b.is_large
            union all
            select distinct f.rule, f.k, f.node, 2 from finer f semi join (
                select rule, k from finer group by all
                having min(node) < max(node) and count(*) <= {blocking.FINER_CAP}
            ) s on s.rule = f.rule and s.k = f.k
        )
        select m.*, t.name is not null as is_touched from member m
        left join touched t on t.name = m.node
        """
    )
    con.execute(
        f"""
        create or replace table candidate_name as
        select least(a.node, b.node) as l, greatest(a.node, b.node) as r
        from (select * from met where is_touched) a
        join met b on b.rule = a.rule and b.k = a.k and b.node <> a.node
         and (not b.is_touched or a.node < b.node)
        group by l, r having sum(a.says) >= {asked}
        """
    )


def says_something(con: duckdb.DuckDBPyConnection, n_comparisons: int) -> list[float]:
    """Give each comparison's share of the records in ``kept.record_key`` that say something."""
    parts = ", ".join(
        f"count(*) filter ((says & {1 << at}) <> 0) / greatest(count(*), 1)"
        for at in range(n_comparisons)
    )
    row = con.execute(f"select {parts} from kept.record_key").fetchone() or ()
    return [float(share) for share in row]


def drop_scratch(con: duckdb.DuckDBPyConnection) -> None:
    """Drop what finding candidates has left."""
    for table in (
        "moving", "less", "more", "resized", "dirty", "keyed_before", "keyed_now", "size_before",
        "size_now", "large_before", "large_now", "finer_before", "finer_now", "crossed", "block",
        "large", "finer", "met", "close_key",
    ):  # fmt: skip
        con.execute(f"drop table if exists {table}")
