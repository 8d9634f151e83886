"""Who belongs together on an identifier that differing people share, and who to neither of two.

Belongs here: the parts of a shared identifier, and the records that say too little to be one of two
people of a home rather than the other. Does not: which identifiers link at all (evidence.py), nor
evidence beyond exact identifiers (scoring.py).

Precision comes before recall: a record that could be either of two people is nobody but itself
until something that is a person's own (a card, a number of the state, a birth date) says whose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.identity.aliases import are_two_sql, learn_aliases, not_of_sql
from models.identity.evidence import (
    FULL,
    GUARDED,
    LITTLE,
    NO_BIRTH_DATE,
    NO_NAME,
    SAYS,
    component_labels,
    label_frame,
    listed,
)

if TYPE_CHECKING:
    import duckdb

#: Names this alike (Jaro-Winkler) are one name misspelt: Jon and John .93; Lukas and Lucia .86.
SAME_NAME = 0.88
#: A state number that so many differing records have may be a firm's: of those, two are two people
#: where so many of given name, family name and birth date say so; a given name counts for an
#: unknown birth date too. Of only two records all three must, each said by both, and no one
#: address (house number and area) be said by both.
FIRM, TOO_MUCH, ALL = 3, 2, 3


def _same_birth(a: str, b: str) -> str:
    """SQL: one part mistyped, or day and month swapped, is still one birth date."""
    return (
        f"((year({a}) = year({b}))::int + (month({a}) = month({b}))::int"
        f" + (day({a}) = day({b}))::int >= 2 or (year({a}) = year({b})"
        f" and month({a}) = day({b}) and day({a}) = month({b})))"
    )


_ARE_TWO = are_two_sql("s.not_of", "t.given")

# Whether two nodes s and t of a hub can be one person's. Two names that many people have are two
# names, however alike, and so are a woman's and a man's; one that hardly anybody has is one that
# many have, misspelt.
_AGREE = f"""
    select s.given is null or t.given is null or s.given = t.given
             or ((is_letter(s.given) or is_letter(t.given))
                 and left(s.given, 1) = left(t.given, 1))
             or (coalesce(s.usual = t.usual, true) and not {_ARE_TWO} and (s.sound = t.sound
                 or (is_of_letters(s.given)
                     and (starts_with(s.given, t.given) or starts_with(t.given, s.given)))
                 or list_has_any(s.known_as, t.known_as)
                 or list_contains(s.known_as, t.sound) or list_contains(t.known_as, s.sound)
                 or ((least(s.n, t.n) <= 2 or 10 * least(s.n, t.n) <= greatest(s.n, t.n))
                     and jaro_winkler_similarity(signs(s.given), signs(t.given)) >= $same)))
               as same_given,
           -- Names in two scripts cannot be compared: only the birth date can say.
           regexp_matches(s.given, '[a-z]') <> regexp_matches(t.given, '[a-z]') as other_script,
           s.family is null or t.family is null
             or contains(s.family, t.family) or contains(t.family, s.family)
             or jaro_winkler_similarity(signs(s.family), signs(t.family)) >= $same as same_family,
           {_same_birth("s.birth_date", "t.birth_date")} as same_birth
"""

# Whether what an identifier ties together is one person's, as far as names and birth dates say. A
# state number is a person's own: a slip is forgiven. A telephone number passes on.
_MAY_BE_ONE = f"""
    case when s.identifier_type = 'national_id' then
        (not coalesce(g.same_given, false))::int
            * (case when g.same_birth is null and s.n_signatures >= {FIRM} then 2 else 1 end)
            + (not g.same_family)::int + (not coalesce(g.same_birth, true))::int
            < case when s.n_signatures < {FIRM} then {ALL} else {TOO_MUCH} end
        or jaro_winkler_similarity(signs(s.given), signs(t.family)) >= $same
        or jaro_winkler_similarity(signs(s.family), signs(t.given)) >= $same
        or list_has_any(s.doors, t.doors)
    else coalesce(g.same_birth, true)
        and (g.same_given or (g.other_script and g.same_birth
             and coalesce(s.usual = t.usual, true)))
        and (g.same_family or g.same_birth
             or (s.identifier_type <> 'phone' and s.given is not null and t.given is not null)) end
"""

# Where those live who are the only two of a state number: house number and area. Two who share both
# are hardly strangers, one of whom was given the other's number by mistake.
_DOORS = f"""
    select o.identifier_h as hub_h, o.signature_id,
           list(distinct hash(regexp_extract(r.street, '[0-9]+'), d.area)) as doors
    from owner_link o
    join hub h using (identifier_h)
    join said d on d.identity_h = o.identity_h
    join record r on hash(r.identity_key) = o.identity_h
    where h.identifier_type = 'national_id' and h.n_signatures > 1 and h.n_signatures < {FIRM}
      and not h.is_capped and regexp_matches(r.street, '[0-9]')
      and coalesce(r.postal_code, r.city) is not null
    group by all
"""

#: More signatures than this at one address, of one family name and initial, are no home.
LARGEST_HOME = 30
# Homes in which somebody's record might be either of two: a name without a birth date where two
# have that name, or an initial where two names begin with it. Only they are looked into.
_IN_DOUBT = f"""
    select home_h, signature_id, given, birth_date
    from (
        select * from (
            select d.home_h, d.signature_id, s.given, s.birth_date
            from (select distinct home_h, signature_id from said where home_h is not null) d
            join signature s using (signature_id))
        qualify count(*) over (partition by home_h) between 2 and {LARGEST_HOME}
    ) s
    window home as (partition by home_h), namesake as (partition by home_h, s.given)
    qualify (
        (bool_or(is_letter(s.given)) over home
             and min(s.given) filter (where not is_letter(s.given)) over home
                 <> max(s.given) filter (where not is_letter(s.given)) over home)
        or (bool_or(s.birth_date is null) over home
             and min(s.birth_date) over home <> max(s.birth_date) over home)
        or min(s.birth_date) over namesake <> max(s.birth_date) over namesake)
"""


def split_hubs(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``hub_part`` and ``local_doubt``: who belongs together where differing people share.

    ``hub_part`` has identifier_h, signature_id, part (0-based within the hub; NULL: could be of
    several). Hubs with at most one signature, and those of types that are never shared by a
    household, have one part and no row. Pairs are compared within a hub only, and the cap bounds
    them. ``local_doubt`` has the identity_h of records that could be either of two people who share
    an identifier or a home: no contact makes them one with anybody (:func:`doubt_namesakes`).
    """
    con.execute(
        f"""
        create table hub_node as
        select h.*, {SAYS} as says, s.given, s.family, s.birth_date, s.signature_h, w.sound, w.n,
               w.usual, d.doors
        from (select row_number() over (order by hub_h, signature_id) - 1 as node, * from (
            select distinct o.identifier_h as hub_h, o.signature_id, h.identifier_type,
                   h.n_signatures
            from owner_link o join hub h using (identifier_h)
            where h.n_signatures > 1 and not h.is_capped and o.signature_id is not null
              and h.identifier_type in ({listed(GUARDED)})
            union all
            select home_h, signature_id, 'home', null from ({_IN_DOUBT}))
        ) h
        join signature s using (signature_id)
        left join given_word w on w.word = s.given
        left join ({_DOORS}) d using (hub_h, signature_id)
        """
    )
    learn_aliases(con)
    pairs = con.execute(
        f"""
        with node as (
            select h.*, k.known_as, o.not_of from hub_node h
            left join nickname k on k.sound = h.sound
            left join {not_of_sql("select word from given_word", "name_frequency")} o
              on o.word = h.given
        )
        select s.node as left_node, t.node as right_node
        from node s
        join node t on s.hub_h = t.hub_h and s.node < t.node
        cross join lateral ({_AGREE}) g
        where {_MAY_BE_ONE}
        """,
        {"same": SAME_NAME},
    ).fetchnumpy()
    says = con.execute("select says from hub_node order by node").fetchnumpy()["says"]
    labels = placed(says, pairs["left_node"], pairs["right_node"])
    con.register("hub_label", label_frame(labels))
    con.execute(
        """
        create table hub_part as
        select n.hub_h as identifier_h, n.signature_id, n.identifier_type,
               case when l.label >= 0 then dense_rank() over (
                   partition by n.hub_h order by l.label) - 1 end as part
        from hub_node n join hub_label l on l.node = n.node
        """
    )
    con.unregister("hub_label")
    _find_doubted(con)
    con.execute("delete from hub_part where identifier_type = 'home'")
    con.execute("drop table hub_node")


def _find_doubted(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``local_doubt`` (identity_h): records that say too little to be one of two people.

    Those of no part of an identifier or home, and those whose contacts lead to two birth dates. And
    ``torn`` (hub_h, signature_h): who shares a name and an identifier or home, but no birth date.
    """
    con.execute(
        f"""
        create table local_doubt as
        select o.identity_h from owner_link o
        join hub_part p using (identifier_h, signature_id) where p.part is null
        union
        select d.identity_h from said d
        join hub_part p on p.signature_id = d.signature_id and p.identifier_type = 'home'
         and p.identifier_h = d.home_h
        where p.part is null
        union
        select o.identity_h
        from owner_link o
        join said d on d.identity_h = o.identity_h and d.says > {FULL}
        join hub_part p on p.identifier_h = o.identifier_h and p.signature_id = o.signature_id
        join hub_part q on q.identifier_h = p.identifier_h and q.part = p.part
        join signature s on s.signature_id = q.signature_id and s.birth_date is not null
        where o.identifier_type in ({listed(GUARDED)}) and d.signature_id = o.signature_id
        group by o.identity_h
        having not {_same_birth("min(s.birth_date)", "max(s.birth_date)")}
        """
    )
    con.execute(
        f"""
        create table torn as
        select distinct s.hub_h, s.signature_h
        from hub_node s
        join hub_node t on t.hub_h = s.hub_h and t.given = s.given and t.family = s.family
        where s.says = {FULL} and t.says = {FULL}
          and not {_same_birth("s.birth_date", "t.birth_date")}
        """
    )


def doubt_namesakes(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``of_several`` (identity_h): everybody who could be either of two people.

    To those in ``local_doubt`` come those without a birth date who live where two are known by the
    name (``namesake_doubt``), for not every record has a street.
    """
    con.execute(f"create table namesake_doubt as {namesakes_sql('said', 'torn')}")
    con.execute("create table of_several as from local_doubt union from namesake_doubt")


def namesakes_sql(said: str, torn: str, among: str = "true") -> str:
    """SQL of identity_h: who has no birth date and the name of two of the area.

    Args:
        said: A table of what records say.
        torn: A table of two people of one name.
        among: Condition on ``name_h``, where only some names are asked for.
    """
    return (
        f"select identity_h from {said} where not is_born and {among} and name_h in ("
        f" select unnest([name_h, initial_h]) from {said} semi join {torn} using (signature_h))"
    )


def placed(says: Any, left: Any, right: Any) -> Any:
    """Label the parts of hubs, those who say most first.

    Nodes that say as much as each other are one part where they agree. One that says less joins the
    only part that it agrees with; with none, it makes one with its like; with several, it is of
    none, as whoever agrees with it alone.

    Args:
        says: FULL, NO_BIRTH_DATE, NO_NAME or LITTLE (shape: nodes).
        left: Node numbers of agreeing pairs (shape: pairs).
        right: The other ends, same shape.

    Returns:
        Labels, shape (nodes,): equal where two nodes are of one part, -1 where of none.
    """
    import numpy as np

    one, other = np.concatenate([left, right]), np.concatenate([right, left])
    alike = (says[one] == FULL) & (says[other] == FULL)
    kept = [(one[alike], other[alike])]
    torn = np.zeros(len(says), dtype=bool)
    for level in (NO_BIRTH_DATE, NO_NAME, LITTLE):
        labels = component_labels(
            len(says), *(np.concatenate(ends) for ends in zip(*kept, strict=True))
        )
        up = (says[one] == level) & (says[other] < level)
        low = np.full(len(says), len(says), dtype=np.int64)
        high = np.full(len(says), -1, dtype=np.int64)
        np.minimum.at(low, one[up], labels[other[up]])
        np.maximum.at(high, one[up], labels[other[up]])
        joins = up & (low[one] == high[one])
        free = high < 0
        torn |= ~free & (low < high)
        alike = (says[one] == level) & (says[other] == level) & free[one] & free[other]
        kept += [(one[joins], other[joins]), (one[alike], other[alike])]
    labels = component_labels(
        len(says), *(np.concatenate(ends) for ends in zip(*kept, strict=True))
    )
    labels[np.isin(labels, labels[torn])] = -1
    return labels
