"""Who is in a block: records by the keys that they meet others by.

Belongs here: the keys of some records by every rule, and who else has any of them. Does not: what
the rules are (blocking.py), nor which pairs come of it (nearby.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.identity.arrays.lookup import positions
from models.identity.probable import blocking

if TYPE_CHECKING:
    import duckdb

    from models.identity.arrays.lookup import Arrays

_WORDS = ("given_w", "nick_w", "family_w")
#: What goes with a word: see blocking.make_word.
_WITH_WORD = "area_w, born_w, street_w, initial_w, house_w, first_w"


def rules(loose: dict[str, int]) -> list[tuple[int, str, int, bool]]:
    """Number, rule, largest block and whether it is strict."""
    numbers = blocking.numbers(loose)
    strict = [(numbers[rule], rule, blocking.largest(rule), True) for rule in blocking.RULES]
    return [*strict, *((numbers[rule], rule, cap, False) for rule, cap in loose.items())]


def _finer(rule: str, is_strict: bool) -> str:
    """SQL of what makes the blocks of a rule finer."""
    finer = blocking.finer_columns(rule) if is_strict else []
    return ", ".join(
        f"{column if column in finer else 'null'} as {column}" for column in blocking.FINER
    )


def keyed(con: duckdb.DuckDBPyConnection, table: str, rows: str, loose: dict[str, int]) -> None:
    """Make a table of ``rows`` by every rule's key: rule, k, node and what makes blocks finer."""
    con.execute(f"create or replace temp table keys as select name as node, * from ({rows})")
    blocking.make_word(con)
    parts = []
    for number, rule, _, is_strict in rules(loose):
        source = "word" if "word " in rule else "keys"
        distinct = "" if is_strict else "distinct "
        parts.append(
            f"select {distinct}{number} as rule, {rule} as k, node, {_finer(rule, is_strict)}"
            f" from {source} where {rule} is not null"
        )
    con.execute(f"create or replace temp table {table} as {' union all '.join(parts)}")
    con.execute("drop table keys")
    con.execute("drop table word")


def find_members(
    con: duckdb.DuckDBPyConnection, table: str, among: str, loose: dict[str, int]
) -> None:
    """Make a table of who is in the blocks ``dirty`` (rule, k), as :func:`keyed` has them.

    Args:
        con: A connection with ``dirty``.
        table: What to make.
        among: SQL of all rows that can be in any of them (:func:`find_close`).
        loose: The largest blocks of the loose rules.
    """
    con.execute(f"create or replace temp table keys as select name as node, * from ({among})")
    asked = {int(rule) for (rule,) in con.execute("select distinct rule from dirty").fetchall()}
    none = ", ".join(f"k as {column}" for column in blocking.FINER)
    parts = [f"select rule, k, null::ubigint as node, {none} from dirty limit 0"]
    for number, rule, _, is_strict in rules(loose):
        if number not in asked:
            continue
        dirty = f"{rule} in (select k from dirty where rule = {number})"
        told = f"{number} as rule, {rule} as k, node, {_finer(rule, is_strict)}"
        distinct = "" if is_strict else "distinct "
        if "word " not in rule:
            parts.append(f"select {distinct}{told} from keys where {dirty}")
            continue
        named = " union all ".join(
            f"select {word} as word, node, {_WITH_WORD} from keys"
            f" where {dirty.replace('word', word, 1)}"
            for word in _WORDS
        )
        parts.append(
            f"select {distinct}{told} from (select distinct * from ({named} union all"
            f" select * from (select unnest(part_w) >> 2 as word, node, {_WITH_WORD}"
            f" from keys where len(part_w) > 0) where {dirty}))"
        )
    con.execute(
        f"create or replace temp table {table} as {' union all '.join(f'({p})' for p in parts)}"
    )
    con.execute("drop table keys")


def find_close(con: duckdb.DuckDBPyConnection, keys: Arrays, loose: dict[str, int]) -> None:
    """Make ``close_key``: last night's records that can be in any of the blocks ``dirty``.

    Of records that lack something a rule asks for, some may be there without being in a block.
    """
    dirty = con.execute("select rule, k from dirty").fetchnumpy()
    parts = keys.lists("part_w")
    part = [hashes >> 2 for hashes, _ in parts]
    begins = np.cumsum([0, *map(len, keys.batches)])
    of_row = np.concatenate(
        [begins[:0], *(begin + row for begin, (_, row) in zip(begins, parts, strict=False))]
    )
    found = [np.empty(0, dtype=np.int64)]
    for number, rule, _, _ in rules(loose):
        asked = dirty["k"][dirty["rule"] == number]
        if not len(asked):
            continue
        rest = [keys.values(column) for column in rule.split(" + ") if column != "word"]
        if "word " not in rule:
            found.append(positions(asked, *rest))
            continue
        found += [positions(asked, keys.values(word), *rest) for word in _WORDS]
        beside = [[c[row] for c, (_, row) in zip(column, parts, strict=True)] for column in rest]
        found.append(of_row[positions(asked, part, *beside)])
    keys.take(con, "close_key", np.unique(np.concatenate(found)))
