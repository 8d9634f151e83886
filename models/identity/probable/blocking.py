"""Which records are compared at all: those with something in common that few have.

Belongs here: the blocking rules and what keeps them bounded. Does not: how pairs are judged.

Each rule makes a key of a record. Records of one key are compared, unless more have it than a block
may hold: then those that have a further value in common as well (:data:`FINER`), so that pairs are
not lost as records grow. Rules of two attributes are enough by themselves: what they find grows as
records do. Rules of one attribute, which find what is wrong in all the others, a small company can
afford; of those two must agree, and each has a budget.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from models.identity.probable.comparisons import COMPARISONS
from models.identity.probable.linking import LARGEST
from models.identity.probable.pairing import Blocks, blocks, decoded, distinct

if TYPE_CHECKING:
    import duckdb

#: The most nodes of a block; of one that was made finer; of a loose rule's.
BLOCK_CAP, FINER_CAP, LOOSE_CAP = 40, 30, 60
#: Records that say the same are compared in larger blocks, for they may be one person's however
#: many they are: as many as may become one.
SAME = "same_w"
_SAME_SQL = (
    "hash(given_w, family_w, born_w, street_w, area_w, phone_w, mailbox_w, national_raw) >> 2"
    " + (given_w + family_w) * 0"
)
SAME_CAP = LARGEST
#: Enough by itself: keys of a record, over its hashes (NULL takes no part). A ``word`` is a name in
#: any place: given, nickname, family or a part of it.
RULES = (
    "word + area_w",
    "nicks_w + born_w",
    "names_w + born_w",
    "born_w + area_w",
    "street_w + area_w",
    "phone_w",
    "mailbox_w",
    "mail_name_w",
    "bones_w",
    "national_raw",
    SAME,
)
#: What splits a block that is too large, one by one.
FINER = ("initial_w", "house_w", "born_w", "first_w")
#: What people have in common more often: two of these must agree.
LOOSE = (
    "nicks_w + city_w",
    "names_w + year_w",
    "names_w + day_w",
    "word + born_w",
    "word + street_w",
    "born_w + house_w",
    "born_w + city_w",
)
#: The same where records are few.
LOOSEST = (
    "names_w",
    "given_w + city_w",
    "given_w + house_w",
    "family_w + house_w",
    "family_w + city_w",
    "born_w",
    "house_w + area_w",
    "street_w",
    "words_w",
    "year_w + area_w",
    "day_w + area_w",
    "family_w",
    "given_w",
    "day_w + first_w",
    "area_w",
    "year_w + initial_w",
)
FEW, FEW_ATTRIBUTES = 60_000, 4
#: Blocks that are fuller than one part in so many of their largest size are noted with their size.
SPARE = 2
#: Pairs of a loose rule, and of all of them, for each record; few can afford more, up to so many.
OF_RULE, OF_ALL = 2, 6
FEW_OF_RULE, FEW_OF_ALL, FEW_RULE, FEW_ALL = 30, 90, 300_000, 600_000


def make_candidates(
    con: duckdb.DuckDBPyConnection,
    n_records: int,
    n_attributes: int,
    caps: dict[str, int] | None = None,
) -> dict[str, int]:
    """Make ``candidate`` (l, r: node numbers, l < r) from ``std``, each pair once, and ``keys``.

    And ``block_size`` (rule: its number, k, n): the blocks that are large, or might soon be.

    Args:
        con: A connection that has ``std`` and the forms.
        n_records: How many records the model is of: few can afford the loose rules.
        n_attributes: How many attributes say something. Of few no two rules can be asked for.
        caps: The largest blocks of the loose rules, where they are known already.

    Returns:
        The largest blocks of the loose rules.
    """
    import pyarrow as pa

    make_keys(con)
    make_word(con)
    con.execute("create or replace temp table block_size (rule int, k ubigint, n bigint)")
    strict = [_strict_pairs(con, rule) for rule in RULES]
    caps, loose = _loose_pairs(con, n_records, caps)
    con.execute("drop table word")
    # what a strict rule finds is enough by itself
    enough = distinct(np.concatenate(loose), at_least=asked(n_attributes))
    left, right = decoded(distinct(np.concatenate([*strict, enough])))
    con.register("candidate_in", pa.table({"l": left, "r": right}))
    con.execute("create table candidate as from candidate_in")
    con.unregister("candidate_in")
    return caps


def asked(n_attributes: int) -> int:
    """How many loose rules must agree (a strict one counts as two)."""
    return 1 if n_attributes <= FEW_ATTRIBUTES else 2


def largest(rule: str) -> int:
    """Give the most nodes of a block of one of :data:`RULES`."""
    return SAME_CAP if rule == SAME else BLOCK_CAP


def finer_columns(rule: str) -> list[str]:
    """Name the columns of :data:`FINER` that records of one key of a rule can differ in."""
    of_rule = _SAME_SQL if rule == SAME else rule
    return [column for column in FINER if column not in of_rule]


def numbers(loose: Iterable[str] = ()) -> dict[str, int]:
    """Number the rules: :data:`RULES` and some loose ones."""
    return {rule: number for number, rule in enumerate((*RULES, *sorted(loose)), 1)}


def loose_rules(n_records: int) -> tuple[str, ...]:
    """The loose rules that so many records can afford."""
    return (*LOOSE, *LOOSEST) if n_records <= FEW else LOOSE


def make_keys(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``keys``: a row a record of ``std``, its hashes, its contacts and what it says.

    Sums of hashes are keys of several values: they cost less than hashing anew. ``says`` has a bit
    for each comparison, set where the record says something for it.
    """
    says = " + ".join(
        f"(s.{f'{c.form}_no' if c.form else c.name} is not null)::int * {1 << at}"
        for at, c in enumerate(COMPARISONS)
    )
    con.execute(
        f"""
        create temp table keys as
        select *, {_SAME_SQL} as {SAME} from (
        select s.node::integer as node, s.rec, ({says})::smallint as says, s.phone_raw, s.mail_raw,
               s.national_raw,
               g.given_w >> 2 as given_w, g.nick_w >> 2 as nick_w,
               f.family_w >> 2 as family_w, f.part_w, g.initial_w >> 2 as initial_w,
               f.first_w >> 2 as first_w,
               hash(least(g.given_w, f.family_w), greatest(g.given_w, f.family_w)) >> 2
                   + g.given_w * 0 + f.family_w * 0 as names_w,
               hash(g.nick_w, f.family_w) >> 2 + g.nick_w * 0 + f.family_w * 0 as nicks_w,
               case when born is not null then hash(born) >> 2 end as born_w,
               case when born is not null then hash(left(born, 4), 1) >> 2 end as year_w,
               case when born is not null then hash(right(born, 4), 2) >> 2 end as day_w,
               a.street_w >> 2 as street_w, a.words_w >> 2 as words_w,
               case when a.house is not null then a.house_w >> 2 end as house_w,
               p.area_w >> 2 as area_w, case when p.city is not null then p.city_w >> 2 end
                   as city_w,
               case when phone is not null then hash(phone) >> 2 end as phone_w,
               m.mailbox_w >> 2 as mailbox_w, m.name_w >> 2 as mail_name_w,
               m.bones_w >> 2 as bones_w
        from std s
        left join given_form g using (given_no)
        left join family_form f using (family_no)
        left join street_form a using (street_no)
        left join area_form p using (area_no)
        left join mail_form m using (mail_no))
        """
    )


def make_word(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``word`` from ``keys``: a row a node and word of its names, with what goes with them."""
    also = "node, area_w, born_w, street_w, initial_w, house_w, first_w"
    con.execute(
        f"""
        create or replace temp table word as
        select distinct * from (
            select given_w as word, {also} from keys where given_w is not null
            union all
            select nick_w, {also} from keys where nick_w <> given_w
            union all
            select family_w, {also} from keys where family_w is not null
            union all
            select unnest(part_w) >> 2, {also} from keys where len(part_w) > 0)
        """
    )


def _keyed(con: duckdb.DuckDBPyConnection, rule: str, also: Sequence[str] = ()) -> dict[str, Any]:
    """A rule's keys as arrays, k and node; or others of these rows' columns, in the same order."""
    source = "word" if "word " in rule else "keys"
    listed = ", ".join(also or (f"{rule} as k", "node"))
    return con.execute(f"select {listed} from {source} where {rule} is not null").fetchnumpy()


def _strict_pairs(con: duckdb.DuckDBPyConnection, rule: str) -> Any:
    """Pairs of a rule's blocks, those of large blocks by what is finer; codes, some twice."""
    rows = _keyed(con, rule)
    found = blocks(rows["k"], rows["node"])
    _note_sizes(con, numbers()[rule], rows["k"], found, largest(rule))
    pairs = [found.pairs(largest(rule))]
    large = found.larger(largest(rule))
    finer = finer_columns(rule) if len(large) else []
    values = _keyed(con, rule, finer) if finer else {}
    for column in finer:
        value = values[column][large]
        is_known = ~np.ma.getmaskarray(value)
        at = large[is_known]
        key = rows["k"][at] // 2 + np.ma.getdata(value)[is_known] // 2
        pairs.append(blocks(key, rows["node"][at]).pairs(FINER_CAP))
    return np.concatenate(pairs)


def _loose_pairs(
    con: duckdb.DuckDBPyConnection, n_records: int, known: dict[str, int] | None
) -> tuple[dict[str, int], list[Any]]:
    """The largest blocks of the loose rules, and their pairs: codes, one for each block."""
    of_rule = max(OF_RULE * n_records, min(FEW_OF_RULE * n_records, FEW_RULE))
    left = max(OF_ALL * n_records, min(FEW_OF_ALL * n_records, FEW_ALL))
    caps: dict[str, int] = {}
    pairs = []
    rules = known or loose_rules(n_records)
    number = numbers(rules)
    for rule in rules:
        rows = _keyed(con, rule)
        found = blocks(rows["k"], rows["node"], is_distinct=True)
        if known is None:
            caps[rule], n_pairs = _affordable(found.sizes(), min(of_rule, left))
            left -= n_pairs
        else:
            caps[rule] = known[rule]
        _note_sizes(con, number[rule], rows["k"], found, caps[rule])
        pairs.append(found.pairs(caps[rule]))
    return caps, pairs


def _note_sizes(
    con: duckdb.DuckDBPyConnection, number: int, key: Any, found: Blocks, cap: int
) -> None:
    import pyarrow as pa

    row, size = found.fuller(cap // SPARE)
    if len(row):
        con.register("size_in", pa.table({"k": key[row], "n": size}))
        con.execute(f"insert into block_size select {number}, k, n from size_in")
        con.unregister("size_in")


def _affordable(sizes: Any, budget: int) -> tuple[int, int]:
    """Give the largest block size up to which all blocks stay within a budget, and their pairs."""
    n = np.arange(LOOSE_CAP + 1)
    there = np.bincount(sizes[sizes <= LOOSE_CAP], minlength=LOOSE_CAP + 1)
    pairs = np.cumsum(there * n * (n - 1) // 2)
    within = n[(there > 0) & (pairs <= budget)]
    if len(within) == np.count_nonzero(there):
        return LOOSE_CAP, int(pairs[-1])
    at = int(within[-1]) if len(within) else 0
    return at, int(pairs[at])
