"""Which records are compared at all: those with something in common that few have.

Belongs here: the blocking rules and what keeps them bounded. Does not: how pairs are judged.

Each rule makes a key of a record. Records of one key are compared, unless more have it than a
rule's block may hold: then the key says little, and another rule has more of it. So a rule makes at
most ``n x cap / 2`` pairs, and a rule that would make more than its share is given a smaller cap.
What only one rule finds is left alone but for the strongest: one person's records meet in several.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identity.evidence import one_number

if TYPE_CHECKING:
    import duckdb

#: The most nodes of a block; the most pairs of a rule, and of all rules, for each record.
BLOCK_CAP, PAIRS_A_RECORD, ALL_A_RECORD = 60, 2, 6
#: A small company can afford more: so many times that for each record, up to so many pairs.
SMALL_TIMES, SMALL_RULE, SMALL_ALL = 15, 300_000, 600_000
_NAMES = (
    "least(skeleton(given_sound), family_sound) || '/'"
    " || greatest(skeleton(given_sound), family_sound)"
)
_NICK = "case when not is_initial then coalesce(known_as[1], given_sound) end"
#: Pairs of these are compared even where no other rule makes them too.
ALONE = ("phone", "mailbox", "mail name", "national id", "family and birth date")
#: Name and key (SQL over std; NULL takes no part).
RULES: dict[str, str] = {
    "family and birth date": "skeleton(family_sound) || born",
    "given name and birth date": f"skeleton({_NICK}) || born",
    "birth date and area": "born || area",
    "names and area": f"case when not is_initial then {_NAMES} || area end",
    "names and town": f"case when not is_initial then {_NAMES} || city end",
    "names and birth year": f"case when not is_initial then {_NAMES} || left(born, 4) end",
    "names and birthday": f"case when not is_initial then {_NAMES} || right(born, 4) end",
    "nickname, family and area": f"{_NICK} || family_sound || area",
    "nickname, family and town": f"{_NICK} || family_sound || city",
    "names": f"case when not is_initial then {_NAMES} end",
    "home": "street || area",
    "family and street": "left(family, 3) || street",
    "initial, family and area": "initial || family_sound || area",
    "given name and street": "given1 || street",
    "given name and area": "given1 || area",
    "birth date and house": "born || house",
    "phone": "phone",
    "mailbox": "mailbox",
    "mail name": "case when length(mail_name) > 5 and mailbox is not null then mail_name end",
    "mail skeleton": "regexp_replace(mailbox, '[aeiou]', '', 'g')",
    "national id": "national",
    # What many share is of use where the company is small, or the value rare.
    "given name and town": "given1 || city",
    "given name and house": "given1 || house",
    "family and house": "skeleton(family_sound) || house",
    "family and town": "skeleton(family_sound) || city",
    "birth date": "born",
    "house and area": "house || area",
    "street": "street",
    "street words": "array_to_string(street_list, ' ')",
    "birth year and area": "left(born, 4) || area",
    "day and area": "right(born, 4) || area",
    "family": "family",
    "family as it sounds": "skeleton(family_sound)",
    "given name": "given",
    "birthday": "right(born, 4) || left(family, 1)",
    "area": "area",
}


def make_candidates(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``candidate`` (l, r: node numbers, l < r) from ``std``, each pair once."""
    con.execute("create temp table pair (l bigint, r bigint, says integer)")
    n_records = one_number(con, "select count(*) from std")
    left = _most(ALL_A_RECORD * n_records, SMALL_ALL)
    of_rule = _most(PAIRS_A_RECORD * n_records, SMALL_RULE)
    for name, key in RULES.items():
        con.execute(
            f"create or replace temp table keyed as select hash(k) as k, node from"
            f" (select distinct {key} as k, node from std) where k is not null"
        )
        con.execute(
            "create or replace temp table block as select k, count(*) as n from keyed group by k"
            f" having count(*) between 2 and {BLOCK_CAP}"
        )
        cap, pairs = _affordable(con, min(of_rule, left))
        left -= pairs
        con.execute(
            f"insert into pair select a.node, b.node, {2 if name in ALONE else 1} from keyed a"
            " join block on block.k = a.k and block.n <= ?"
            " join keyed b on b.k = a.k and a.node < b.node",
            [cap],
        )
    con.execute(
        "create table candidate as select l, r from pair group by l, r having sum(says) >= 2"
    )
    for table in ("pair", "keyed", "block"):
        con.execute(f"drop table {table}")


def _most(usual: int, small: int) -> int:
    return max(usual, min(SMALL_TIMES * usual, small))


def _affordable(con: duckdb.DuckDBPyConnection, budget: int) -> tuple[int, int]:
    """Give the largest block size up to which all blocks stay within a budget, and their pairs."""
    row = con.execute(
        "select coalesce(max(n), 0), coalesce(max(pairs), 0) from (select n,"
        " sum(count(*) * n * (n - 1) // 2) over (order by n) as pairs from block group by n)"
        f" where pairs <= {budget}"
    ).fetchone() or (0, 0)
    return int(row[0]), int(row[1])
