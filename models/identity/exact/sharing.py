"""Who belongs together on an identifier that differing people share, and who to neither of two.

Belongs here: the parts of a shared identifier, and the records that say too little to be one of two
people of a home rather than the other. Does not: which identifiers link at all (hubs.py), nor
evidence beyond exact identifiers (scoring.py).

Precision comes before recall: a record that could be either of two people is nobody but itself
until something that is a person's own (a card, a number of the state, a birth date) says whose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.identity.arrays.frames import put
from models.identity.arrays.graph import component_labels
from models.identity.arrays.numbering import numbered
from models.identity.exact.agreement import (
    CONTACT,
    FIRM,
    FIRM_NUMBER,
    OWN_NUMBER,
    PHONE_NUMBER,
    compare,
    same_birth_sql,
)
from models.identity.exact.hubs import (
    FULL,
    GUARDED,
    NO_BIRTH_DATE,
    NO_NAME,
    kinds,
    kinds_sql,
)
from models.identity.records.aliases import learn_aliases

if TYPE_CHECKING:
    import duckdb

#: A home, among the kinds of what is shared; and two of those.
HOME, (NUMBER, PHONE) = 0, kinds(("national_id", "phone"))
#: More signatures than this at one address, of one family name and initial, are no home.
LARGEST_HOME = 30
_INITIAL_OF_TWO = """
    bool_or(is_letter(s.given)){over}
    and min(s.given) filter (where not is_letter(s.given)){over}
        <> max(s.given) filter (where not is_letter(s.given)){over}
"""
# Homes in which somebody's record might be either of two: a name without a birth date where two
# have that name, or an initial where two names begin with it. Only they are looked into; in most
# homes nothing differs that could make two of one name, which is seen at once.
_IN_DOUBT = f"""
    with told as (
        select distinct home_h, signature_id from said where home_h in (
            select home_h from said group by home_h having min(signature_id) < max(signature_id))
    ), named as materialized (
        select home_h, signature_id, given, birth_date from told join signature using (signature_id)
    )
    select home_h, signature_id
    from (from named where home_h in (
        select home_h from named s group by home_h having count(*) <= {LARGEST_HOME}
        and (min(s.birth_date) <> max(s.birth_date) or ({_INITIAL_OF_TWO.format(over="")})))
    ) s
    window home as (partition by home_h), namesake as (partition by home_h, s.given)
    qualify (
        ({_INITIAL_OF_TWO.format(over=" over home")})
        or (bool_or(s.birth_date is null) over home
             and min(s.birth_date) over home <> max(s.birth_date) over home)
        or min(s.birth_date) over namesake <> max(s.birth_date) over namesake)
"""


def split_hubs(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``hub_part`` and ``local_doubt``: who belongs together where differing people share.

    ``hub_part`` has identifier_h, signature_id, part (a number within the hub; NULL: could be of
    several). Hubs with at most one signature, and those of types that are never shared by a
    household, have one part and no row. Pairs are compared within a hub only, and the cap bounds
    them. ``local_doubt`` has the identity_h of records that could be either of two people who share
    an identifier or a home: no contact makes them one with anybody (:func:`doubt_namesakes`).
    """
    import numpy as np

    node = _nodes(con)
    learn_aliases(con)
    left, right = _pairs(node["hub_h"])
    agrees, shorter = _find_agreeing(con, node, left, right)
    says = con.execute("select says from signature order by signature_id").fetchnumpy()["says"]
    left, right, shorter = left[agrees], right[agrees], shorter[agrees]
    rank = ranked(says[node["signature_id"] - 1], left, right, shorter)
    labels = placed(rank, left, right)
    part = np.ma.array(_numbered_in(node["hub_h"], labels), mask=labels < 0)
    names = {"hub_h": "identifier_h", "signature_id": "signature_id", "kind": "kind"}
    put(con, "hub_part", {name: node[column] for column, name in names.items()} | {"part": part})
    _find_doubted(con)
    _find_nameless(con)
    con.execute(f"delete from hub_part where kind = {HOME}")
    con.execute("drop table hub_node; drop table hub_signature")


def _nodes(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Make ``hub_node`` (hub_h, signature_id, kind, n_signatures): who shares what, hub by hub.

    Returns:
        Its columns as arrays, shape (nodes,).
    """
    con.execute(
        f"""
        create table hub_node as
        select identifier_h as hub_h, signature_id, kind, n_signatures::integer as n_signatures
        from hub_signature
        union all
        (select *, {HOME}, 0 from ({_IN_DOUBT}) order by all)
        """
    )
    return con.execute("from hub_node").fetchnumpy()


def _pairs(hub: Any) -> tuple[Any, Any]:
    """Give any two nodes of one hub, whose nodes stand together: rows one apart, two apart, ..."""
    import numpy as np

    at = np.arange(len(hub))
    left, right = [at[:0]], [at[:0]]
    while len(at):
        apart = len(left)
        at = at[at + apart < len(hub)]
        at = at[hub[at] == hub[at + apart]]
        left.append(at)
        right.append(at + apart)
    return np.concatenate(left), np.concatenate(right)


def _find_agreeing(
    con: duckdb.DuckDBPyConnection, node: dict[str, Any], left: Any, right: Any
) -> tuple[Any, Any]:
    """Give which pairs of nodes can be one person, and whose name is short for the other's.

    Makes ``torn`` (hub_h, signature_h): who shares a name and an identifier or home, but no birth
    date.
    """
    import numpy as np

    way = np.full(len(left), CONTACT)
    way[node["kind"][left] == PHONE] = PHONE_NUMBER
    is_number = node["kind"][left] == NUMBER
    is_firm = node["n_signatures"][left] >= FIRM
    way[is_number] = np.where(is_firm[is_number], FIRM_NUMBER, OWN_NUMBER)
    one, other = (node["signature_id"][side].astype(np.int64) for side in (left, right))
    most = max(one.max(initial=0), other.max(initial=0)) + 1
    two, (at,) = numbered((way * most + one) * most + other)
    rest, other = np.divmod(two, most)
    way_of_two, one = np.divmod(rest, most)
    can_be, is_torn, shorter = compare(con, one, other, way_of_two)
    agrees, torn = can_be[at], np.flatnonzero(is_torn[at])
    ends = np.concatenate([left[torn], right[torn]])
    told = {name: node[name][ends] for name in ("hub_h", "signature_id")}
    put(con, "torn_node", told)
    con.execute("create table torn as select distinct t.hub_h, s.signature_h from torn_node t"
                " join signature s using (signature_id)")  # fmt: skip
    con.execute("drop table torn_node")
    open_to = np.flatnonzero((way == OWN_NUMBER) & ~agrees)
    agrees[open_to] = np.isin(node["hub_h"][left[open_to]],
                              _of_one_door(con, node["hub_h"][left[open_to]]))  # fmt: skip
    return agrees, shorter[at]


def _of_one_door(con: duckdb.DuckDBPyConnection, hubs: Any) -> Any:
    """Give the state numbers of two people of whom both live at one house number and area.

    Two who share that are hardly strangers, one of whom was given the other's number by mistake.
    """
    if not len(hubs):
        return hubs
    put(con, "asked_hub", {"identifier_h": hubs})
    found = con.execute(
        """
        select identifier_h from (
            select distinct o.identifier_h, o.signature_id, d.area,
                   regexp_extract(r.street, '[0-9]+') as house
            from owner_link o
            semi join asked_hub using (identifier_h)
            join said d on d.identity_h = o.identity_h
            join record r on hash(r.identity_key) = o.identity_h
            where regexp_matches(r.street, '[0-9]') and coalesce(r.postal_code, r.city) is not null)
        group by identifier_h, area, house having count(*) > 1
        """
    ).fetchnumpy()["identifier_h"]
    con.execute("drop table asked_hub")
    return found


def _numbered_in(hub: Any, labels: Any) -> Any:
    """Number the labels of each hub, in their order, from 0."""
    import numpy as np

    _, (hub_no,) = numbered(hub)
    most = np.int64(labels.max(initial=0) + 2)
    cells, (at,) = numbered(hub_no * most + labels + 1)
    first = np.flatnonzero(np.diff(cells // most, prepend=-1))
    begin = np.repeat(first, np.diff(first, append=len(cells)))
    return (np.arange(len(cells)) - begin)[at]


def _find_doubted(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``local_doubt`` (identity_h): records that say too little to be one of two people.

    Those of no part of an identifier or home, and those whose contacts lead to two birth dates.
    """
    con.execute(
        f"""
        create table local_doubt as
        select o.identity_h from owner_link o
        join hub_part p using (identifier_h, signature_id) where p.part is null
        union
        select d.identity_h from said d
        join hub_part p on p.signature_id = d.signature_id and p.kind = {HOME}
         and p.identifier_h = d.home_h
        where p.part is null
        union
        select o.identity_h
        from owner_link o
        join said d on d.identity_h = o.identity_h and d.says > {FULL}
        join hub_part p on p.identifier_h = o.identifier_h and p.signature_id = o.signature_id
        join hub_part q on q.identifier_h = p.identifier_h and q.part = p.part
        join signature s on s.signature_id = q.signature_id and s.birth_date is not null
        where o.kind in ({kinds_sql(GUARDED)}) and d.signature_id = o.signature_id
        group by o.identity_h
        having not {same_birth_sql("min(s.birth_date)", "max(s.birth_date)")}
        """
    )


def _find_nameless(con: duckdb.DuckDBPyConnection) -> None:
    """Add to ``local_doubt`` who says no given name and has contacts of two people.

    Who ordered by a wife's e-mail and her husband's telephone could be either, and joins them not.
    """
    import numpy as np

    con.execute(
        f"""
        create temp table nameless as
        with owned as (
            select identity_h, identifier_h from owner_link semi join hub using (identifier_h)
            where signature_id = 0 and kind in ({kinds_sql(GUARDED)})
              and identifier_h not in (select identifier_h from hub where is_capped)
        ), several as (
            select identity_h from owned group by identity_h having count(*) > 1
        )
        select distinct n.identity_h, o.signature_id
        from owned n semi join several using (identity_h)
        join owner_link o using (identifier_h) where o.signature_id > 0
        union
        select o.identity_h, q.signature_id
        from owner_link o
        join signature s on s.signature_id = o.signature_id and s.says >= {NO_NAME}
        join hub_part p on p.identifier_h = o.identifier_h and p.signature_id = o.signature_id
        join hub_part q on q.identifier_h = p.identifier_h and q.part = p.part
        join signature t on t.signature_id = q.signature_id and t.says <= {NO_BIRTH_DATE}
        where o.kind in ({kinds_sql(GUARDED)})
        """
    )
    con.execute(
        "create temp table nameless_two as select a.identity_h, a.signature_id as l,"
        " b.signature_id as r from nameless a join nameless b using (identity_h)"
        " where a.signature_id < b.signature_id"
    )
    two = con.execute("select distinct l, r from nameless_two order by all").fetchnumpy()
    can_be, _, _ = compare(con, two["l"], two["r"], np.full(len(two["l"]), CONTACT))
    put(con, "nameless_apart", {name: ends[~can_be] for name, ends in two.items()})
    con.execute(
        "insert into local_doubt select distinct identity_h from nameless_two"
        " semi join nameless_apart using (l, r)"
    )
    con.execute("drop table nameless; drop table nameless_two; drop table nameless_apart")


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


def ranked(says: Any, left: Any, right: Any, shorter: Any) -> Any:
    """Rank nodes of hubs by how much they say of who somebody is, the lowest the most.

    Of those that say as much as each other, a name that is short for another says less than it.

    Args:
        says: FULL, NO_BIRTH_DATE, NO_NAME or LITTLE (shape: nodes).
        left: Node numbers of agreeing pairs (shape: pairs).
        right: The other ends, same shape.
        shorter: Whose name is short for the other's: -1 the left one's, 1 the right one's.

    Returns:
        Ranks, shape (nodes,).
    """
    import numpy as np

    rank = 2 * says.astype(np.int64)
    is_like = says[left] == says[right]
    rank[left[is_like & (shorter < 0)]] |= 1
    rank[right[is_like & (shorter > 0)]] |= 1
    return rank


def placed(rank: Any, left: Any, right: Any) -> Any:
    """Label the parts of hubs, those who say most first.

    Nodes of one rank are one part where they agree. One that says less joins the only part that it
    agrees with; with none, it makes one with its like; with several, it is of none, as whoever
    agrees with it alone.

    Args:
        rank: How much nodes say (:func:`ranked`; shape: nodes).
        left: Node numbers of agreeing pairs (shape: pairs).
        right: The other ends, same shape.

    Returns:
        Labels, shape (nodes,): equal where two nodes are of one part, -1 where of none.
    """
    import numpy as np

    one, other = np.concatenate([left, right]), np.concatenate([right, left])
    kept: list[tuple[Any, Any]] = []
    torn = np.zeros(len(rank), dtype=bool)
    for level in np.unique(rank):
        labels = _labelled(len(rank), kept)
        up = (rank[one] == level) & (rank[other] < level)
        low = np.full(len(rank), len(rank), dtype=np.int64)
        high = np.full(len(rank), -1, dtype=np.int64)
        np.minimum.at(low, one[up], labels[other[up]])
        np.maximum.at(high, one[up], labels[other[up]])
        joins = up & (low[one] == high[one])
        free = high < 0
        torn |= ~free & (low < high)
        alike = (rank[one] == level) & (rank[other] == level) & free[one] & free[other]
        kept += [(one[joins], other[joins]), (one[alike], other[alike])]
    labels = _labelled(len(rank), kept)
    labels[np.isin(labels, labels[torn])] = -1
    return labels


def _labelled(n: int, links: list[tuple[Any, Any]]) -> Any:
    import numpy as np

    nobody = np.empty(0, dtype=np.int64)
    ends = zip((nobody, nobody), *links, strict=True)
    return component_labels(n, *(np.concatenate(end) for end in ends))
