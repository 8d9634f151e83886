"""Which records are compared at all: those with something in common that few have.

Belongs here: the blocking rules and what keeps them bounded. Does not: how pairs are judged.

Each rule makes a key of a record. Records of one key are compared, unless more have it than a block
may hold: then those that have a further value in common as well (:data:`FINER`), so that pairs are
not lost as records grow. Rules of two attributes are enough by themselves: what they find grows as
records do. Rules of one attribute, which find what is wrong in all the others, a small company can
afford; of those two must agree, and each has a budget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identity.comparisons import COMPARISONS
from models.identity.evidence import one_number
from models.identity.linking import LARGEST

if TYPE_CHECKING:
    import duckdb

#: The most nodes of a block; of one that was made finer; of a loose rule's.
BLOCK_CAP, FINER_CAP, LOOSE_CAP = 40, 30, 60
#: Records that say the same are compared in larger blocks, for they may be one person's however
#: many they are: as many as may become one.
SAME = (
    "hash(given_w, family_w, born_w, street_w, area_w, phone_w, mailbox_w, national_w) >> 2"
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
    "national_w",
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

    Args:
        con: A connection that has ``std`` and the forms.
        n_records: How many records the model is of: few can afford the loose rules.
        n_attributes: How many attributes say something. Of few no two rules can be asked for.
        caps: The largest blocks of the loose rules, where they are known already.

    Returns:
        The largest blocks of the loose rules.
    """
    make_keys(con)
    make_word(con)
    con.execute("create temp table pair (l integer, r integer, says tinyint)")
    for rule in RULES:
        _add_pairs(con, rule)
    caps = _add_loose(con, n_records, caps)
    con.execute(
        "create table candidate as select l, r from pair group by l, r"
        f" having sum(says) >= {asked(n_attributes)}"
    )
    for table in ("pair", "word"):
        con.execute(f"drop table {table}")
    return caps


def asked(n_attributes: int) -> int:
    """How many loose rules must agree (a strict one counts as two)."""
    return 1 if n_attributes <= FEW_ATTRIBUTES else 2


def largest(rule: str) -> int:
    """Give the most nodes of a block of one of :data:`RULES`."""
    return SAME_CAP if rule == SAME else BLOCK_CAP


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
        select s.node::integer as node, s.rec, ({says})::smallint as says, s.phone_raw, s.mail_raw,
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
               m.bones_w >> 2 as bones_w,
               case when national is not null then hash(national) >> 2 end as national_w
        from std s
        left join given_form g using (given_no)
        left join family_form f using (family_no)
        left join street_form a using (street_no)
        left join area_form p using (area_no)
        left join mail_form m using (mail_no)
        """
    )


def make_word(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``word`` from ``keys``: a row a node and word of its names, with what goes with them."""
    con.execute(
        """
        create or replace temp table word as
        select distinct unnest(list_distinct(list_concat([given_w, nick_w, family_w],
                   list_transform(part_w, lambda w: w >> 2)))) as word,
               node, area_w, born_w, street_w, initial_w, house_w, first_w
        from keys
        """
    )


def _keyed(rule: str, also: str = "") -> str:
    """SQL of a rule's keys: k, node and what else is asked for."""
    source = "word" if "word " in rule else "keys"
    return f"select {rule} as k, node{also} from {source} where {rule} is not null"


def _add_pairs(con: duckdb.DuckDBPyConnection, rule: str) -> None:
    """Put the pairs of a rule's blocks to ``pair``, those of large blocks by what is finer."""
    finer = [column for column in FINER if column not in rule]
    keyed = _keyed(rule, "".join(f", {column}" for column in finer))
    con.execute(f"create or replace temp table keyed as {keyed}")
    _make_blocks(con, largest(rule))
    _pair_up(con, 2)
    if not one_number(con, "select count(*) from block where is_large"):
        return
    con.execute(
        "create or replace temp table large as from keyed semi join block"
        " on block.k = keyed.k and block.is_large"
    )
    for column in finer:
        con.execute(
            f"create or replace temp table keyed as select k // 2 + {column} // 2 as k, node"
            f" from large where {column} is not null"
        )
        _make_blocks(con, FINER_CAP)
        _pair_up(con, 2)


def _make_blocks(con: duckdb.DuckDBPyConnection, cap: int) -> None:
    """Make ``block`` (k, n, is_large) of the keys of ``keyed`` that more than one node has."""
    con.execute(
        f"create or replace temp table block as select k, n, n > {cap} as is_large from ("
        "select k, count(*) as n from keyed group by k having min(node) < max(node))"
    )


def _pair_up(con: duckdb.DuckDBPyConnection, says: int) -> None:
    con.execute(
        "create or replace temp table meeting as select distinct k, node from keyed"
        " semi join block on block.k = keyed.k and not block.is_large"
    )
    con.execute(
        f"insert into pair select a.node, b.node, {says} from meeting a"
        " join meeting b on b.k = a.k and a.node < b.node"
    )


def _add_loose(
    con: duckdb.DuckDBPyConnection, n_records: int, known: dict[str, int] | None
) -> dict[str, int]:
    of_rule = max(OF_RULE * n_records, min(FEW_OF_RULE * n_records, FEW_RULE))
    left = max(OF_ALL * n_records, min(FEW_OF_ALL * n_records, FEW_ALL))
    caps: dict[str, int] = {}
    for rule in known or loose_rules(n_records):
        con.execute(
            f"create or replace temp table keyed as select distinct * from ({_keyed(rule)})"
        )
        _make_blocks(con, LOOSE_CAP)
        if known is None:
            caps[rule], pairs = _affordable(con, min(of_rule, left))
            left -= pairs
        else:
            caps[rule] = known[rule]
        con.execute(f"update block set is_large = n > {caps[rule]}")
        _pair_up(con, 1)
    return caps


def _affordable(con: duckdb.DuckDBPyConnection, budget: int) -> tuple[int, int]:
    """Give the largest block size up to which all blocks stay within a budget, and their pairs."""
    row = con.execute(
        f"select max(n) filter (pairs <= {budget}), max(pairs) filter (pairs <= {budget}), max(n)"
        " from (select n, sum(count(*) * n * (n - 1) // 2) over (order by n) as pairs"
        " from block where not is_large group by n)"
    ).fetchone() or (None, None, None)
    n, pairs, largest = row
    return (LOOSE_CAP if n == largest else int(n or 0)), int(pairs or 0)
