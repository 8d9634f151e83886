"""How many keys, customers and the like a night has: counted once, then brought up to date.

Belongs here: the figures of a night that only counting everything would give (``kept.tally``). Does
not: what else a summary tells (resolve.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.identity.arrays.keys import Keys, People
from models.identity.arrays.numbering import NOBODY
from models.identity.nights.kept import CLUSTERS

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Tally:
    """Counts of everything.

    Attributes:
        n_keys: Keys that links are of.
        n_unresolved: Those of them that resolve to nobody.
        n_customers: Customers.
        n_clusters: What exact identifiers alone would take for customers.
        n_shared: Identifiers of more than one customer.
    """

    n_keys: int
    n_unresolved: int
    n_customers: int
    n_clusters: int
    n_shared: int


def count(con: duckdb.DuckDBPyConnection, keys: Keys, people: People) -> None:
    """Make ``kept.tally`` of everything, and ``kept.shared_identifier``."""
    import numpy as np

    con.execute("create table kept.shared_identifier as select distinct key_h as identifier_h"
                " from shared_holder")  # fmt: skip
    is_linked = np.zeros(len(keys.hashes), dtype=bool)
    is_linked[keys.identity] = True
    counts = (
        is_linked.sum(),
        (is_linked & (people.cluster == NOBODY)).sum(),
        (np.bincount(people.cluster[people.strong]) > 0).sum(),
        (np.bincount(people.own_cluster[people.strong]) > 0).sum(),
    )
    numbers = ", ".join(
        f"{n}::bigint as {name}" for name, n in zip(Tally.__annotations__, counts, strict=False)
    )
    con.execute(f"create table kept.tally as select {numbers}, count(*) as n_shared"
                " from kept.shared_identifier")  # fmt: skip


def recount(con: duckdb.DuckDBPyConnection) -> None:
    """Bring ``kept.tally`` and ``kept.shared_identifier`` up to tonight.

    Needs what is changed (tonight.find_changed), the part (region.leave_part), what it is now
    (``key_person``, ``cluster_told``, ``shared_holder``) and was (``gone_key``), and ``kept`` as it
    was.
    """
    con.execute("create temp table now_shared as select distinct key_h as identifier_h"
                f" from shared_holder where {_OF_PART}")  # fmt: skip
    now = _counted(
        "changed_end",
        "region_end",
        "key_person", f"({CLUSTERS})", "now_shared",
    )  # fmt: skip
    before = _counted(
        "was_linked",
        "(select identity_h from region_end anti join changed_key on key_h = identity_h"
        " union all select identity_h from was_linked)",
        "gone_key",
        "kept.cluster_customer where name in (from hot)",
        f"kept.shared_identifier where {_OF_PART}",
    )
    names = Tally.__annotations__
    changed = ", ".join(f"t.{name} + n.{name} - b.{name} as {name}" for name in names)
    con.execute(
        f"create or replace table kept.tally as select {changed}"
        f" from kept.tally t, ({now}) n, ({before}) b"
    )
    con.execute(f"delete from kept.shared_identifier where {_OF_PART}")
    con.execute("insert into kept.shared_identifier from now_shared")


_OF_PART = "identifier_h in (select identifier_h from region_identifier)"


def _counted(linked: str, asked: str, resolved: str, clusters: str, shared: str) -> str:
    """SQL of a tally: of keys that are linked, that may resolve, that do; of clusters and more."""
    return (
        f"select (select count(distinct identity_h) from {linked})::bigint as n_keys,"
        f" (select count(distinct identity_h) from {asked} where identity_h not in"
        f" (select key_h from {resolved}))::bigint as n_unresolved,"
        f" (select count(distinct customer_h) from {clusters})::bigint as n_customers,"
        f" (select count(*) from {clusters})::bigint as n_clusters,"
        f" (select count(*) from {shared})::bigint as n_shared"
    )


def told(con: duckdb.DuckDBPyConnection) -> Tally:
    """Give tonight's tally."""
    return Tally(*(int(n) for n in con.execute("from kept.tally").fetchone() or ()))
