"""Who is whom: the published grouping of records against the true one.

Belongs here: reading both. Does not: counting pairs (arithmetic.py).
"""

from __future__ import annotations

import duckdb
import numpy as np

from bench.truth.arithmetic import Pairs, count_pairs
from bench.truth.card import Row

PART = "Identity"
NOTE = (
    "Pairs of records of one person (CRM, loyalty, shop), by the customer that the published"
    " `core.bridge_identity` gives each. Recall has no target yet. Naive: records of one e-mail are"
    " one person. 'Without a shared key' are the true pairs of records that have neither e-mail nor"
    " phone in common; what joins them must be inferred or come over a third record."
)
RECORDS = """
  select t.person, dense_rank() over (order by b.customer_id) as customer,
    t.email, t.phone_end,
    dense_rank() over (order by coalesce(t.email, t.source_system || t.source_customer_id)) as mail
  from truth.person_source t
  join pub.core.bridge_identity b using (source_system, source_customer_id)
  where b.identifier_type = 'source_customer_id'
"""
WITHOUT_KEY = f"""
  with r as ({RECORDS}), numbered as (select *, row_number() over () as no from r)
  select count(*), count(*) filter (where a.customer = b.customer)
  from numbered a join numbered b on a.person = b.person and a.no < b.no
  where a.email is distinct from b.email and a.phone_end is distinct from b.phone_end
    or (a.email is null and b.email is null and a.phone_end is null and b.phone_end is null)
"""


def score(con: duckdb.DuckDBPyConnection, seed: int) -> list[Row]:
    """Rows of the card for one world."""
    found = con.execute(RECORDS).fetchnumpy()
    true = np.asarray(found["person"], dtype=np.int64)
    ours = count_pairs(np.asarray(found["customer"], dtype=np.int64), true)
    mail = count_pairs(np.asarray(found["mail"], dtype=np.int64), true)
    n = f"{len(true):,} records, {ours.true:,} true pairs"
    hard, joined = con.execute(WITHOUT_KEY).fetchone() or (0, 0)
    return [
        _row("pairwise precision", seed, n, ours.precision, mail.precision, 0.99),
        _row("pairwise recall", seed, n, ours.recall, mail.recall, None),
        _row("pairwise F1", seed, n, ours.f1, mail.f1, None),
        Row(
            PART, "recall of pairs without a shared key", seed, f"{hard:,} true pairs",
            f"{joined / hard:.4f}" if hard else "none there", "", None, "0",
        ),
    ]  # fmt: skip


def _row(what: str, seed: int, n: str, value: float, naive: float, target: float | None) -> Row:
    goal = f"≥ {target}" if target else ""
    is_met = value >= target if target else None
    return Row(PART, what, seed, n, f"{value:.4f}", goal, is_met, f"{naive:.4f}")


__all__ = ["NOTE", "PART", "Pairs", "score"]
