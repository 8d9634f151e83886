"""Two records side by side: which level of agreement each attribute of a pair is of.

Belongs here: any two records of the nodes that are compared, as arrays of numbers; and the
comparison of two values, once for all pairs that have them. Does not: what the levels are
(comparisons.py) or weigh (scoring.py).

A value is a number here: two records are compared by whether their numbers are equal. Of those that
are not, any two values are looked at once, in SQL, however many records meet with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.identity.arrays.frames import hide, put, show
from models.identity.arrays.numbering import numbered, ranked
from models.identity.probable.comparisons import COMPARISONS, SWAPPED
from models.identity.probable.levels import Comparison, level_sql, of_pair

if TYPE_CHECKING:
    import duckdb

#: Records of a node that are compared: of a big one those that say most, of equal ones one.
NODE_RECORDS = 5
#: The level where nothing can be said, and the number of what is not said.
UNKNOWN = -1
_SAID = ("given_no", "family_no", "street_no", "area_no", "mail_no", "born", "gender", "phone",
         "national")  # fmt: skip
_SAYS = " + ".join(f"({column} is not null)::int" for column in _SAID)
_GIVEN = [level.name for level in COMPARISONS[0].levels]
SWAPPED_GIVEN, INITIAL, OTHER_GIVEN = map(_GIVEN.index, ("swapped", "initial", "different"))


@dataclass(frozen=True)
class Meetings:
    """Any two records of two nodes that are compared, pair of nodes by pair of nodes.

    Attributes:
        nodes: The pairs of nodes: l and r (shape: pairs).
        begin: The first meeting of each pair, same shape.
        left: One record of each meeting (shape: meetings).
        right: The other, same shape.
        said: What records say, by column, values as numbers (shape: records).
        keys: What a value of that number is known by, by comparison.
    """

    nodes: dict[str, Any]
    begin: Any
    left: Any
    right: Any
    said: dict[str, Any]
    keys: dict[str, Any]

    def both(self, column: str) -> tuple[Any, Any]:
        """Give what either record of each meeting says, shape (meetings,)."""
        return self.said[column][self.left], self.said[column][self.right]


def make_meetings(
    con: duckdb.DuckDBPyConnection, used: Sequence[Comparison], also: str = ""
) -> Meetings:
    """Put the records of ``candidate`` side by side; makes ``member``, a row a record.

    Args:
        con: A connection with ``candidate``, ``std``, the forms and ``frequency``.
        used: The comparisons that are made.
        also: SQL of further columns of records.
    """
    _make_members(con)
    values = "".join(f", {_key(c)} as {c.name}" for c in used)
    said = con.execute(
        "select node, is_latin, is_initial, is_letter, given_h, family_h, initial_w, first_w"
        f"{values}{also} from member order by node"
    ).fetchnumpy()
    keys = {}
    for comparison in used:
        keys[comparison.name], said[comparison.name] = _in_numbers(said[comparison.name])
    nodes = con.execute("select l, r from candidate order by l, r").fetchnumpy()
    of_node = np.bincount(said["node"])
    first = np.cumsum(of_node) - of_node
    at, n = ({side: each[nodes[side]] for side in "lr"} for each in (first, of_node))
    n_meetings = n["l"] * n["r"]
    assert n_meetings.all(), "a node without records"
    begin = np.cumsum(n_meetings) - n_meetings
    pair = np.repeat(np.arange(len(begin)), n_meetings)
    turn = np.arange(len(pair)) - begin[pair]
    left, right = at["l"][pair] + turn // n["r"][pair], at["r"][pair] + turn % n["r"][pair]
    return Meetings(nodes, begin, left, right, said, keys)


def _make_members(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        f"""
        create or replace temp table member as
        with met as (
            select s.* from std s semi join (
                select l as node from candidate union select r from candidate) c using (node)
        ), big as (
            select node from met group by node having count(*) > {NODE_RECORDS}
        ), few as (
            select * from met anti join big using (node)
            union all
            select * exclude (turn, nth) from (
                select *, row_number() over (partition by node order by {_SAYS} desc, rec) as nth
                from (select *, row_number() over (partition by node, {", ".join(_SAID)}
                                                   order by rec) as turn
                      from met semi join big using (node)) where turn = 1)
            where nth <= {NODE_RECORDS}
        )
        select k.*, g.share as given_share, f.share as family_share, a.share as street_share,
               p.share as area_share, b.share as born_share,
               coalesce(g.is_initial, false) as is_initial,
               hash(g.given_sound) as given_h, hash(f.family_sound) as family_h,
               coalesce(g.initial_w, 0) as initial_w, coalesce(f.first_w, 1) as first_w,
               coalesce(length(f.family) = 1, false) as is_letter
        from few k
        left join given_form g using (given_no)
        left join family_form f using (family_no)
        left join street_form a using (street_no)
        left join area_form p using (area_no)
        left join (select value, share from frequency where kind = 'born') b
          on b.value = hash(k.born)
        """
    )


def _key(comparison: Comparison) -> str:
    """SQL of what a record's value is known by: the number of its form, else a hash."""
    name = comparison.name
    if comparison.form:
        return f"{comparison.form}_no::ubigint"
    return f"case when {name} is not null then hash({name}) end"


def _in_numbers(keys: Any) -> tuple[Any, Any]:
    """Give the distinct keys in order, and the place of each there; UNKNOWN where there is none."""
    is_said = ~np.ma.getmaskarray(keys)
    numbers = np.full(len(keys), UNKNOWN, dtype=np.int32)
    known, (numbers[is_said],) = numbered(np.ma.getdata(keys)[is_said])
    return known, numbers


def compare_meetings(
    con: duckdb.DuckDBPyConnection, met: Meetings, used: Sequence[Comparison]
) -> dict[str, Any]:
    """Give the level of agreement of each meeting, by comparison; UNKNOWN where nothing is said.

    Names in each other's place of which one is an initial (Ziegler A. for Anna Ziegler) agree as an
    initial does, and their family names say nothing. Names in two scripts cannot be compared.
    """
    levels = {c.name: _levels(con, met, c) for c in used}
    if "given" in levels:
        is_initial, _ = met.both("is_initial")
        levels["given"][(levels["given"] == 0) & is_initial] = INITIAL
    if {"given", "family"} <= set(levels):
        given, family = levels["given"], levels["family"]
        is_half = _is_half_swapped(met) & (given == OTHER_GIVEN)
        is_swapped = _is_swapped(con, met)
        one, other = met.both("given")
        given[is_half] = INITIAL
        given[is_swapped & (one != other)] = SWAPPED_GIVEN
        family[is_swapped | is_half] = UNKNOWN
    is_latin, is_other_latin = met.both("is_latin")
    for name in {"given", "family"} & set(levels):
        levels[name][is_latin != is_other_latin] = UNKNOWN
    return levels


def _levels(con: duckdb.DuckDBPyConnection, met: Meetings, comparison: Comparison) -> Any:
    """Give the levels of meetings by one attribute alone; any two values are looked at once."""
    one, other = met.both(comparison.name)
    is_said = (one != UNKNOWN) & (other != UNKNOWN)
    levels = np.where(is_said & (one == other), 0, UNKNOWN).astype(np.int8)
    differ = np.flatnonzero(is_said & (one != other))
    keys = met.keys[comparison.name]
    two, (at,) = numbered(one[differ] * np.int64(len(keys)) + other[differ])
    left, right = np.divmod(two, max(len(keys), 1))
    no = np.flatnonzero(_may_be_alike(con, comparison, keys, left, right))
    # a table of the database: a join asks arrays for hashes that do not fit a signed number
    put(con, "two_in", {"no": no, "l": keys[left[no]], "r": keys[right[no]]})
    told = con.execute(
        f"with value as ({_values(comparison)})"
        f" select p.no, coalesce({level_sql(comparison, but='swapped')}, {UNKNOWN}) as level"
        " from two_in p join value l on l.key = p.l join value r on r.key = p.r"
    ).fetchnumpy()
    of_two = np.full(len(two), len(comparison.levels) - 1, dtype=np.int8)
    of_two[told["no"]] = told["level"]
    levels[differ] = of_two[at]
    return levels


def _may_be_alike(
    con: duckdb.DuckDBPyConnection, comparison: Comparison, keys: Any, left: Any, right: Any
) -> Any:
    """Say which pairs of values are not of the last level for having nothing in common.

    Args:
        con: A connection with the values.
        comparison: Their attribute.
        keys: What values are known by, sorted (shape: values).
        left: One value of each pair, its place there (shape: pairs).
        right: The other, same shape.
    """
    if not comparison.shares:
        return np.ones(len(left), dtype=bool)
    hashes = ", ".join(f"hash({sql}) as share_{n}" for n, sql in enumerate(comparison.shares))
    told = con.execute(
        f"select {_key(comparison)} as key, {hashes} from {_source(comparison)}"
        " where key is not null"
    ).fetchnumpy()
    order = ranked(told["key"])
    at = order[np.searchsorted(told.pop("key")[order], keys)]
    shares = [share[at] for share in told.values()]
    return np.any([share[left] == share[right] for share in shares], axis=0)


def _source(comparison: Comparison) -> str:
    return f"{comparison.form}_form" if comparison.form else "member"


def _values(comparison: Comparison) -> str:
    """SQL of the values of ``two_in``: their key (:func:`_key`) and what is compared."""
    asked = "key in (select l from two_in union all select r from two_in)"
    if comparison.form:
        return f"select *, {_key(comparison)} as key from {_source(comparison)} where {asked}"
    told = f"select {comparison.name}, {_key(comparison)} as key from member"
    return f"select distinct * from ({told}) where {asked}"


def _is_half_swapped(met: Meetings) -> Any:
    """Whether names may be in each other's place, one of them as an initial."""
    given, family = met.both("given_h"), met.both("family_h")
    initial, first = met.both("initial_w"), met.both("first_w")
    is_initial, is_letter = met.both("is_initial"), met.both("is_letter")
    found = np.zeros(len(met.left), dtype=bool)
    for a, b in ((0, 1), (1, 0)):
        is_short = is_letter[a] | is_initial[b]
        found |= (given[a] == family[b]) & (first[a] == initial[b]) & is_short
    return found


def _is_swapped(con: duckdb.DuckDBPyConnection, met: Meetings) -> Any:
    """Whether given and family name are in each other's place."""
    given, family = met.both("given_h"), met.both("family_h")
    found = (given[0] == family[1]) | (given[1] == family[0])
    names = [number for name in ("given", "family") for number in met.both(name)]
    for number in names:
        found &= number != UNKNOWN
    at = np.flatnonzero(found)
    given_keys, family_keys = met.keys["given"], met.keys["family"]
    columns = {
        "gl": given_keys[names[0][at]], "gr": given_keys[names[1][at]],
        "fl": family_keys[names[2][at]], "fr": family_keys[names[3][at]],
    }  # fmt: skip
    show(con, "names_in", {"no": np.arange(len(at)), **columns})
    told = con.execute(
        f"""
        select p.no from names_in p
        join given_form gl on gl.given_no = p.gl
        join family_form fl on fl.family_no = p.fl
        join given_form gr on gr.given_no = p.gr
        join family_form fr on fr.family_no = p.fr
        cross join lateral (select gl.given as given, gl.given_sound as given_sound,
            gl.known_as as known_as, fl.family as family, fl.family_sound as family_sound) l
        cross join lateral (select gr.given as given, gr.given_sound as given_sound,
            gr.known_as as known_as, fr.family as family, fr.family_sound as family_sound) r
        where {of_pair(SWAPPED)}
        """
    ).fetchnumpy()["no"]
    hide(con, "names_in")
    found[:] = False
    found[at[told]] = True
    return found
