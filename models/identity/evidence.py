"""Which records may be one person: shared identifiers, with caps and a guard against households.

Belongs here: turning the identifiers that rows carry into link groups ("hubs"). Does not: walking
the links (components.py) or naming the people (permanent.py).

An identifier links the records that carry it, unless more records share it than a person would
have (the cap), or the records' names or birth dates say that they are different people: then it
links only those that agree with each other, and a row that has nothing but the identifier stays
unresolved. A record that says little (an initial, no birth date) follows the only one that it
agrees with, and none where it could be several. A telephone number, which passes from one to
another, asks for the family name or the birth date too. ``known_person_id`` is the company's own
decision and links without cap or guard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    import duckdb

#: Identifiers that make a person, strongest first; the order names the rule of a link.
STRONG = ("source_customer_id", "known_person_id", "national_id", "loyalty_id", "email", "phone")
#: Identifiers that people share in a household: they link only records that agree otherwise.
GUARDED = ("loyalty_id", "email", "phone")
#: Identifiers that follow a person and never merge two.
WEAK = ("social_handle", "device_id", "cookie_id")

#: Names this alike (Jaro-Winkler) are one name misspelt: Jon and John .93; Lukas and Lucia .86.
SAME_NAME = 0.88
#: What a record says of a person, from most to least: how sure its place among others is.
FULL, NO_BIRTH_DATE, LITTLE = 1, 2, 3


def listed(names: tuple[str, ...]) -> str:
    """Quote constant names for an SQL list."""
    return ", ".join(f"'{name}'" for name in names)


def stage_links(con: duckdb.DuckDBPyConnection, cap: int) -> None:
    """Make the tables ``owner_link`` and ``hub`` from ``link`` and ``record``.

    Args:
        con: A connection that has ``link`` (the matcher's input, a row per identity key and
            identifier) and ``record`` (a row per customer record, with names and birth date).
        cap: The most distinct records that one identifier may link.

    ``owner_link``: identity_key, identifier_type, identifier_key, signature_id (what the record
    says of the person; NULL where it says nothing). ``hub``: identifier_key, identifier_type,
    n_owners, n_signatures, is_capped.
    """
    con.execute(
        f"""
        create table signature as
        select row_number() over (order by given, family, birth_date) as signature_id,
               given, family, birth_date
        from (select distinct given, family, birth_date from ({_RECORD_SIGNATURE})
              where given is not null or birth_date is not null)
        """
    )
    con.execute(
        f"""
        create table said as
        select hash(r.identity_key) as identity_h, s.signature_id, {_SAYS} as says
        from ({_RECORD_SIGNATURE}) r
        join signature s
          on s.given is not distinct from r.given and s.family is not distinct from r.family
          and s.birth_date is not distinct from r.birth_date
        """
    )
    # A key without a record of its own, an order's e-mail say, is whoever the records with it say.
    con.execute(
        f"""
        create table owner_link as
        select l.identity_key, l.identity_h, l.identifier_type, l.identifier_key, l.identifier_h,
               coalesce(r.signature_id, heard.signature_id) as signature_id
        from link l
        left join said r on r.identity_h = l.identity_h
        left join (
            select k.identifier_h as identity_h,
                   arg_min(r.signature_id, (r.says, r.signature_id)) as signature_id
            from link k join said r on r.identity_h = k.identity_h
            where k.identifier_h <> k.identity_h and not k.is_placeholder
              and k.identifier_h in (select distinct identity_h from link)
            group by k.identifier_h
        ) heard on heard.identity_h = l.identity_h
        where l.identifier_type in ({listed(STRONG)}) and not l.is_placeholder
          and l.identity_key <> l.identifier_key
          and split_part(l.identity_key, ':', 1) in ({listed(STRONG)})
        """
    )
    con.execute(
        """
        create table hub as
        select identifier_h, any_value(identifier_key) as identifier_key,
               any_value(identifier_type) as identifier_type,
               count(*) as n_owners, count(distinct signature_id) as n_signatures,
               any_value(identifier_type) <> 'known_person_id' and count(*) > ? as is_capped
        from owner_link group by identifier_h
        """,
        [cap],
    )


# The first word of the given name, letters of any script only, without accents or case; and the
# family name likewise, all its words.
_RECORD_SIGNATURE = r"""
    select identity_key, birth_date,
           nullif(regexp_extract(lower(strip_accents(coalesce(given_name, full_name, ''))),
                                 '\p{L}+'), '') as given,
           nullif(trim(regexp_replace(lower(strip_accents(coalesce(family_name, ''))),
                                      '[^\p{L}]+', ' ', 'g')), '') as family
    from record
"""

_SAYS = (
    f"case when s.given is null or length(s.given) = 1 then {LITTLE}"
    f" when s.birth_date is null then {NO_BIRTH_DATE} else {FULL} end"
)

# Whether two signatures s and t can be one person's, for an identifier of type h.identifier_type.
_AGREE = """
    select s.given is null or t.given is null or s.given = t.given
             or starts_with(s.given, t.given) or starts_with(t.given, s.given)
             or jaro_winkler_similarity(s.given, t.given) >= $same as same_given,
           -- Names in two scripts cannot be compared: only the birth date can say.
           regexp_matches(s.given, '[a-z]') <> regexp_matches(t.given, '[a-z]') as other_script,
           s.family is null or t.family is null
             or contains(s.family, t.family) or contains(t.family, s.family)
             or jaro_winkler_similarity(s.family, t.family) >= $same as same_family,
           -- One part mistyped, or day and month swapped, is still one birth date.
           (year(s.birth_date) = year(t.birth_date))::int
             + (month(s.birth_date) = month(t.birth_date))::int
             + (day(s.birth_date) = day(t.birth_date))::int >= 2
             or (year(s.birth_date) = year(t.birth_date)
                 and month(s.birth_date) = day(t.birth_date)
                 and day(s.birth_date) = month(t.birth_date)) as same_birth
"""


def split_hubs(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``hub_part``: who belongs together on each identifier that differing people share.

    ``hub_part`` has identifier_key, signature_id, part (0-based within the hub). Hubs with at most
    one signature, and those of types that are never shared by a household, have one part and no
    row. Pairs are compared within a hub only, and the cap bounds them.
    """
    con.execute(
        f"""
        create table hub_signature as
        select distinct o.identifier_key, o.signature_id
        from owner_link o join hub h using (identifier_h)
        where h.n_signatures > 1 and not h.is_capped and o.signature_id is not null
          and h.identifier_type in ({listed(GUARDED)})
        """
    )
    con.execute(
        f"""
        create table hub_node as
        select row_number() over (order by identifier_key, signature_id) - 1 as node,
               h.identifier_key, h.signature_id, u.identifier_type,
               {_SAYS} as says
        from hub_signature h
        join hub u using (identifier_key)
        join signature s using (signature_id)
        """
    )
    pairs = con.execute(
        f"""
        select a.node as left_node, b.node as right_node
        from hub_node a
        join hub_node b on a.identifier_key = b.identifier_key and a.node < b.node
        join signature s on s.signature_id = a.signature_id
        join signature t on t.signature_id = b.signature_id
        cross join lateral ({_AGREE}) g
        where coalesce(g.same_birth, true)
          and (g.same_given or (g.other_script and g.same_birth))
          and (g.same_family or a.identifier_type <> 'phone' or g.same_birth)
        """,
        {"same": SAME_NAME},
    ).fetchnumpy()
    says = con.execute("select says from hub_node order by node").fetchnumpy()["says"]
    labels = placed(says, pairs["left_node"], pairs["right_node"])
    con.register("hub_label", label_frame(labels))
    con.execute(
        """
        create table hub_part as
        select n.identifier_key, n.signature_id,
               dense_rank() over (partition by n.identifier_key order by l.label) - 1 as part
        from hub_node n join hub_label l on l.node = n.node
        """
    )
    con.unregister("hub_label")


def placed(says: Any, left: Any, right: Any) -> Any:
    """Label the parts of hubs, those who say most first.

    Nodes that say as much as each other are one part where they agree. One that says less joins the
    only part that it agrees with; with none, it makes one with its like; with several, it stays
    alone, and so never joins two people.

    Args:
        says: FULL, NO_BIRTH_DATE or LITTLE (shape: nodes).
        left: Node numbers of agreeing pairs (shape: pairs).
        right: The other ends, same shape.

    Returns:
        Labels, shape (nodes,): equal where two nodes are of one part.
    """
    import numpy as np

    one, other = np.concatenate([left, right]), np.concatenate([right, left])
    alike = (says[one] == FULL) & (says[other] == FULL)
    kept = [(one[alike], other[alike])]
    for level in (NO_BIRTH_DATE, LITTLE):
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
        alike = (says[one] == level) & (says[other] == level) & free[one] & free[other]
        kept += [(one[joins], other[joins]), (one[alike], other[alike])]
    return component_labels(len(says), *(np.concatenate(ends) for ends in zip(*kept, strict=True)))


def component_labels(n_nodes: int, left: Any, right: Any) -> Any:
    """Label the connected components of an undirected graph.

    Args:
        n_nodes: How many nodes, numbered from 0.
        left: Node numbers, one end of each edge (shape: edges).
        right: The other ends, same shape.

    Returns:
        Labels, shape (n_nodes,): equal where two nodes are connected.
    """
    import numpy as np

    if n_nodes == 0:
        return np.empty(0, dtype=np.int64)
    ones = np.ones(len(left), dtype=np.int8)
    graph = coo_matrix((ones, (left, right)), shape=(n_nodes, n_nodes))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def label_frame(labels: Any) -> object:
    """Give labels as a frame with ``node`` (0-based position) and ``label``."""
    import numpy as np
    import pandas as pd

    return pd.DataFrame({"node": np.arange(len(labels), dtype=np.int64), "label": labels})


def one_number(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    """Run a query that gives one whole number."""
    row = con.execute(sql).fetchone()
    if row is None:
        raise ValueError("a query for one number gave no row")
    return int(row[0])
