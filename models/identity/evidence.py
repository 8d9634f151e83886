"""Which records may be one person: shared identifiers, with caps and a guard against households.

Belongs here: turning the identifiers that rows carry into link groups ("hubs"). Does not: walking
the links (components.py) or naming the people (permanent.py).

An identifier links the records that carry it, unless more records share it than a person would
have (the cap), or the records' names or birth dates say that they are different people: then it
links only those that agree with each other, and a row that has nothing but the identifier stays
unresolved. ``known_person_id`` is the company's own decision and links without cap or guard.
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

#: Given names this alike (Jaro-Winkler) are one name misspelt: Jon and John .93, Anna and Hans .72.
SAME_NAME = 0.85


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
        select row_number() over (order by given, birth_date) as signature_id, given, birth_date
        from (select distinct given, birth_date from ({_RECORD_SIGNATURE})
              where given is not null or birth_date is not null)
        """
    )
    con.execute(
        f"""
        create table owner_link as
        select l.identity_key, l.identifier_type, l.identifier_key, s.signature_id
        from link l
        left join ({_RECORD_SIGNATURE}) r on r.identity_key = l.identity_key
        left join signature s
          on s.given is not distinct from r.given and s.birth_date is not distinct from r.birth_date
        where l.identifier_type in ({listed(STRONG)}) and not l.is_placeholder
          and l.identity_key <> l.identifier_key
          and split_part(l.identity_key, ':', 1) in ({listed(STRONG)})
        """
    )
    con.execute(
        """
        create table hub as
        select identifier_key, any_value(identifier_type) as identifier_type,
               count(*) as n_owners, count(distinct signature_id) as n_signatures,
               any_value(identifier_type) <> 'known_person_id' and count(*) > ? as is_capped
        from owner_link group by identifier_key
        """,
        [cap],
    )


# The first word of the given name, letters only, without accents or case.
_RECORD_SIGNATURE = """
    select identity_key, birth_date,
           nullif(regexp_extract(lower(strip_accents(coalesce(given_name, full_name, ''))),
                                 '[[:alpha:]]+'), '') as given
    from record
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
        from owner_link o join hub h using (identifier_key)
        where h.n_signatures > 1 and not h.is_capped and o.signature_id is not null
          and h.identifier_type in ({listed(GUARDED)})
        """
    )
    con.execute(
        "create table hub_node as select row_number() over (order by identifier_key, signature_id)"
        " - 1 as node, identifier_key, signature_id from hub_signature"
    )
    pairs = con.execute(
        """
        select a.node as left_node, b.node as right_node
        from hub_node a
        join hub_node b on a.identifier_key = b.identifier_key and a.node < b.node
        join signature s on s.signature_id = a.signature_id
        join signature t on t.signature_id = b.signature_id
        where (s.given is null or t.given is null or s.given = t.given
               or starts_with(s.given, t.given) or starts_with(t.given, s.given)
               or jaro_winkler_similarity(s.given, t.given) >= ?)
          and (s.birth_date is null or t.birth_date is null
               -- one part mistyped, or day and month swapped, is still one birth date
               or (year(s.birth_date) = year(t.birth_date))::int
                + (month(s.birth_date) = month(t.birth_date))::int
                + (day(s.birth_date) = day(t.birth_date))::int >= 2
               or (year(s.birth_date) = year(t.birth_date)
                   and month(s.birth_date) = day(t.birth_date)
                   and day(s.birth_date) = month(t.birth_date)))
        """,
        [SAME_NAME],
    ).fetchnumpy()
    count = one_number(con, "select count(*) from hub_node")
    labels = component_labels(count, pairs["left_node"], pairs["right_node"])
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
