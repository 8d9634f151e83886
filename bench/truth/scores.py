"""Churn and propensity scores against what came to be, and against the planted chances themselves.

Belongs here: matching published customers with people, and the rows of the card. Does not: formulas
(arithmetic.py).
"""

from __future__ import annotations

from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench.truth.arithmetic import Floats, auc, auc_gap, expected_error, perfect_band
from bench.truth.card import Row

CHURN, PURCHASE = "Churn", "Propensity"
NOTES = {
    CHURN: "Scores of `ml.fct_churn_score` as of the last night, against who left in the 90 days"
    " after it (which the night could not see). The hazard's own AUC is that of the planted"
    " probability on the same people, from what nobody sees of them: a model that is shown all that"
    " the feeds could tell loses some .03 (decisions). Naive: days since the last order.",
    PURCHASE: "Scores of `ml.fct_propensity_score` against who bought from the category in the 30"
    " days after as-of under their own name, whichever of their records it came under: what is not"
    " joined with the customer counts too. The planted chance's own AUC beside it. Naive: days"
    " since the last purchase from the category.",
}
WITHIN = 0.05
#: People of a customer: of several, none is taken (which of them the score is about is not said).
PERSON = """
  person_of as (
    select b.customer_id, min(t.person) as person
    from pub.core.bridge_identity b
    join truth.person_source t using (source_system, source_customer_id)
    where b.identifier_type = 'source_customer_id' and {systems}
    group by b.customer_id having count(distinct t.person) = 1)
"""
LEFT = f"""
  with {PERSON.format(systems="source_system = 'loyalty'")}, last as (
    select customer_id, max(ordered_on) as ordered_on from pub.core.fct_order
    where not is_cancelled group by customer_id)
  select s.churn_probability as ours, l.churn_probability as planted, l.has_left as outcome,
    s.as_of_on - coalesce(o.ordered_on, date '1970-01-01') as naive, l.has_given_notice
  from pub.ml.fct_churn_score s
  join person_of using (customer_id)
  join later.latent l on l.person = person_of.person and l.as_of_on = s.as_of_on and l.is_member
  left join last o using (customer_id)
  where l.has_left is not null order by s.customer_id
"""
BOUGHT = f"""
  with {PERSON.format(systems="true")}, last as (
    select t.customer_id, p.category, max(t.occurred_on) as bought_on
    from pub.core.fct_transaction t join pub.core.dim_product p using (product_id)
    where t.amount > 0 group by all)
  select s.propensity_probability as ours, w.probability as planted, w.has_bought as outcome,
    coalesce(l.bought_on, date '1970-01-01') - s.as_of_on as naive
  from pub.ml.fct_propensity_score s
  join person_of using (customer_id)
  join later.propensity w on w.person = person_of.person and w.as_of_on = s.as_of_on
    and w.category = s.offer_id
  left join last l on l.customer_id = s.customer_id and l.category = s.offer_id
  where w.has_bought is not null and s.offer_id = ? order by s.customer_id
"""


def score_churn(con: duckdb.DuckDBPyConnection, seed: int) -> list[Row]:
    """Rows of the card for one world's churn scores."""
    found = con.execute(LEFT).to_arrow_table()
    undecided = found.filter(pc.invert(found["has_given_notice"]))
    rows, others = (
        _rows(CHURN, what, seed, part)
        for what, part in (("churn", found), ("churn, no notice given", undecided))
    )
    # One promise, told once: of those without notice nothing is judged.
    beside = [replace(row, target="", is_met=None) for row in others[:1]]
    return [*rows, *beside] or [_unscored(con, CHURN, "churn", seed)]


def score_propensity(con: duckdb.DuckDBPyConnection, seed: int) -> list[Row]:
    """Rows of the card for one world's propensity scores, a category each."""
    offers = con.execute("select distinct offer_id from pub.ml.fct_propensity_score order by 1")
    rows: list[Row] = []
    for (offer,) in offers.fetchall():
        rows += _rows(PURCHASE, str(offer), seed, con.execute(BOUGHT, [offer]).to_arrow_table())
    return rows or [_unscored(con, PURCHASE, "purchase", seed)]


def _rows(part: str, what: str, seed: int, found: pa.Table) -> list[Row]:
    outcome = found["outcome"].to_numpy().astype(bool)
    if not len(outcome):
        return []
    ours, planted = (_floats(found, name) for name in ("ours", "planted"))
    naive = _floats(found, "naive")
    n = f"{len(outcome):,} customers, {int(outcome.sum()):,} with the outcome"
    own, best = auc(ours, outcome), auc(planted, outcome)
    low, high = auc_gap(planted, ours, outcome, seed)
    error, band = expected_error(ours, outcome.astype(float)), perfect_band(ours, seed)
    flat = np.full(len(outcome), float(ours.mean()))
    return [
        Row(
            part, f"{what}: AUC, planted chance's own", seed, n,
            f"{own:.3f}, {best:.3f} (gap {best - own:+.3f}, {low:+.3f} to {high:+.3f})",
            f"gap ≤ {WITHIN}", best - own <= WITHIN, f"{auc(naive, outcome):.3f}",
        ),
        Row(
            part, f"{what}: calibration error", seed, n,
            f"{error:.4f} (mean {ours.mean():.4f}, came to be {outcome.mean():.4f})",
            f"≤ {band:.4f}", error <= band, f"{expected_error(flat, outcome.astype(float)):.4f}",
        ),
    ]  # fmt: skip


def _floats(found: pa.Table, name: str) -> Floats:
    return np.asarray(found[name].to_numpy(), dtype=np.float64)


def _unscored(con: duckdb.DuckDBPyConnection, part: str, outcome: str, seed: int) -> Row:
    """No score is a miss, with the reason that the pipeline gives."""
    said = con.execute(
        "select any_value(status_reason) from pub.ml.ml_model_registry where outcome = ?", [outcome]
    ).fetchone()
    value = f"no score published: {said[0] if said else 'no model'}"
    return Row(part, outcome, seed, "0", value, "scores", False, "")
