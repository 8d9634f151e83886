"""Which pairs a night must score: those with somebody who changed, or whose block did.

Belongs here: keeping the records' hashes (``kept.record_key``) and finding candidates of a part of
the nodes among all. Does not: what the rules are (blocking.py), whose result these equal.

A pair is a candidate by the values of its two nodes and by how large the blocks are in which they
meet. So candidates change for nodes that changed, and for all in a block that such a node has taken
over the size where it is parted or left out, or back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identity import blocking
from models.identity.kept import HASHES

if TYPE_CHECKING:
    import duckdb

_COLUMNS = ", ".join(f"k.{column}" for column in HASHES)
_WORDS = ("given_w", "nick_w", "family_w")
#: Numbers of the blocks of a rule that are made finer: rule * 100 + 1 and on.
_TIMES = 100


def _rules(loose: dict[str, int]) -> list[tuple[int, str, int, bool]]:
    """Number, rule, largest block and whether it is strict."""
    strict = [(rule, blocking.largest(rule), True) for rule in blocking.RULES]
    rules = [*strict, *((rule, min(cap, blocking.LOOSE_CAP), False) for rule, cap in loose.items())]
    return [(number, *rule) for number, rule in enumerate(rules, 1)]


def replace_rows(con: duckdb.DuckDBPyConnection, gone: str) -> None:
    """Put ``new_key`` in the place of the rows of ``kept.record_key`` of nodes ``gone``."""
    con.execute(f"delete from kept.record_key where name in ({gone})")
    con.execute("insert into kept.record_key from new_key")


def crossed_contacts(con: duckdb.DuckDBPyConnection, gone: str, cap: int) -> str:
    """SQL of nodes with a contact that starts or ceases to be shared by too many.

    Args:
        con: A connection with ``kept`` and ``std``, the changed nodes' records.
        gone: SQL of the names of changed nodes, as they were.
        cap: The most records that may share a contact.
    """
    con.execute("create or replace temp table crossed_contact (kind varchar, value ubigint)")
    for kind in ("phone_raw", "mail_raw"):
        con.execute(
            f"""
            insert into crossed_contact
            with gone as (
                select rec, {kind} as value from kept.record_key where name in ({gone})
            ), touched as (
                select value from gone union select {kind} from std
            ), before as (
                select {kind} as value, count(*) as n from kept.record_key
                where {kind} in (select value from touched where value is not null) group by all
            ), less as (
                select value, count(*) as n from gone group by all
            ), more as (
                select {kind} as value, count(*) as n from std group by all
            )
            select '{kind}', value from touched t left join before b using (value)
            left join less l using (value) left join more m using (value)
            where (coalesce(b.n, 0) > {cap})
               <> (coalesce(b.n, 0) - coalesce(l.n, 0) + coalesce(m.n, 0) > {cap})
            """
        )
    return " union ".join(
        f"select name from kept.record_key where {kind} in"
        f" (select value from crossed_contact where kind = '{kind}')"
        for kind in ("phone_raw", "mail_raw")
    )


def make_new_keys(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``new_key``, rows of ``kept.record_key``, from ``std``, its forms and ``node_no``."""
    con.execute("drop table if exists keys")
    blocking.make_keys(con)
    con.execute(
        f"create or replace table new_key as select k.rec, n.name, t.digest, k.says, k.phone_raw,"
        f" k.mail_raw, {_COLUMNS} from keys k join node_no n on n.no = k.node"
        " join tonight_record t using (rec)"
    )
    con.execute("drop table keys")


def _keyed(con: duckdb.DuckDBPyConnection, table: str, rows: str, loose: dict[str, int]) -> None:
    """Make a table of ``rows`` by every rule's key: rule, k, node and what makes blocks finer."""
    con.execute(f"create or replace temp table keys as select name as node, * from ({rows})")
    blocking.make_word(con)
    parts = []
    for number, rule, _, is_strict in _rules(loose):
        source = "word" if "word " in rule else "keys"
        finer = ", ".join(
            f"{column if is_strict and column not in rule else 'null'} as {column}"
            for column in blocking.FINER
        )
        distinct = "" if is_strict else "distinct "
        parts.append(
            f"select {distinct}{number} as rule, {rule} as k, node, {finer} from {source}"
            f" where {rule} is not null"
        )
    con.execute(f"create or replace temp table {table} as {' union all '.join(parts)}")
    con.execute("drop table keys")
    con.execute("drop table word")


def _near(con: duckdb.DuckDBPyConnection, loose: dict[str, int]) -> None:
    """Make ``near_rec``: records of ``kept.record_key`` in a block of ``dirty`` (rule, k)."""
    parts = []
    for number, rule, _, _ in _rules(loose):
        dirty = f"(select k from dirty where rule = {number})"
        if "word " in rule:
            parts += [
                f"select rec from kept.record_key where {rule.replace('word', word)} in {dirty}"
                for word in _WORDS
            ]
            also = rule.split(" + ")[1]
            parts.append(
                f"select rec from (select rec, unnest(part_w) >> 2 as word, {also}"
                " from kept.record_key where len(part_w) > 0)"
                f" where {rule} in {dirty}"
            )
        else:
            parts.append(f"select rec from kept.record_key where {rule} in {dirty}")
    con.execute(
        f"create or replace temp table near_rec as select distinct rec from"
        f" ({' union all '.join(parts)})"
    )


def _finer_sql(source: str) -> str:
    """SQL of the finer keys of rows: rule, k, node."""
    return " union all ".join(
        f"select rule * {_TIMES} + {number} as rule, k // 2 + {column} // 2 as k, node"
        f" from {source} where {column} is not null"
        for number, column in enumerate(blocking.FINER, 1)
    )


def _caps(con: duckdb.DuckDBPyConnection, loose: dict[str, int]) -> None:
    """Make ``block_cap`` (rule, cap, is_strict)."""
    rows = [(number, cap, is_strict) for number, _, cap, is_strict in _rules(loose)]
    finer = [
        (number * _TIMES + at, blocking.FINER_CAP, False)
        for number, _, is_strict in rows
        if is_strict
        for at in range(1, len(blocking.FINER) + 1)
    ]
    con.execute("create or replace temp table block_cap (rule int, cap int, is_strict boolean)")
    con.executemany("insert into block_cap values (?, ?, ?)", [*rows, *finer])


def crossed_blocks(con: duckdb.DuckDBPyConnection, gone: str, loose: dict[str, int]) -> str:
    """SQL of the nodes in a block that a changed node takes over its largest size, or back.

    Needs ``new_key``, and ``kept.record_key`` as it was; ``gone`` is SQL of changed nodes' names.
    """
    _caps(con, loose)
    old = f"select * from kept.record_key where name in ({gone})"
    _keyed(con, "moving", f"{old} union all by name from new_key", loose)
    con.execute("create or replace temp table dirty as select distinct rule, k from moving")
    _near(con, loose)
    near = "select * from kept.record_key where rec in (select rec from near_rec)"
    con.execute(f"create or replace temp table near_before as {near}")
    rest = f"select * from near_before where name not in ({gone})"
    for when, rows in (("before", "from near_before"), ("now", f"{rest} union all from new_key")):
        _keyed(con, "all_keyed", rows, loose)
        con.execute(f"create or replace temp table keyed_{when} as from all_keyed"
                    " semi join dirty using (rule, k)")  # fmt: skip
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


def make_candidates(con: duckdb.DuckDBPyConnection, loose: dict[str, int], asked: int) -> None:
    """Make ``candidate_name`` (l, r: names, l < r): candidates with a node of ``touched`` (name).

    Needs ``kept.record_key`` as it is tonight and ``near_rec`` of an earlier search or empty.
    """
    rows = "select * from kept.record_key where name in (select name from touched)"
    _keyed(con, "moving", rows, loose)
    con.execute("create or replace temp table dirty as select distinct rule, k from moving")
    _near(con, loose)
    near = "select * from kept.record_key where rec in (select rec from near_rec)"
    _keyed(con, "all_keyed", near, loose)
    con.execute("create or replace temp table keyed_now as from all_keyed"
                " semi join dirty using (rule, k)")  # fmt: skip
    con.execute(
        "create or replace temp table block as select rule, k, n > cap as is_large, is_strict from"
        " (select rule, k, count(*) as n from keyed_now group by all"
        " having min(node) < max(node)) join block_cap using (rule)"
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
            from keyed_now keyed join block b using (rule, k) where not b.is_large
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
        "moving", "dirty", "near_rec", "near_before", "all_keyed", "keyed_before", "keyed_now",
        "size_before", "size_now", "large_before", "large_now", "finer_before", "finer_now",
        "crossed", "block", "large", "finer", "met", "crossed_contact",
    ):  # fmt: skip
        con.execute(f"drop table if exists {table}")
