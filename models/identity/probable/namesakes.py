"""How many people have one name: more than by chance, for given and family names go together.

Belongs here: estimating it, without labels, when a model is trained. Does not: what it is worth
(scoring.py).

Given and family names come from one country, one time, one family, so that two people share both
far more often than the product of their frequencies. Who they are is not known, but whether they
are two: pairs of records of the rarest names are one person's, and how often their birth dates (or
towns) differ is what goes wrong in them. Where those of frequent names differ more often, by more
than chance would have it, they are of namesakes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from models.identity.arrays.sql import one_number
from models.identity.probable.comparisons import COMPARISONS
from models.identity.probable.levels import Comparison, level_sql

if TYPE_CHECKING:
    import duckdb

    from models.identity.probable.training import Model

#: Pairs looked at; a name of more records is left out, so that none is most of them.
PAIRS, LARGEST_NAME = 200_000, 1000
#: The rarest names have this part of the pairs; the fewest pairs that say something.
RAREST, FEWEST = 1 / 6, 300
#: Standard errors by which pairs of frequent names must differ more often than those of the rarest.
SURELY = 2.0
#: What tells namesakes apart, the best first.
TOLD_BY = ("born", "area")
#: Bits more where nothing but a town tells namesakes apart: father and son have one.
NOT_SEEN = 1.5
#: The most bits.
HIGHEST = 6.0


def count_namesakes(con: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Set ``model.namesakes`` by what records of one name say otherwise.

    The order of records does not matter: what is looked at of many is chosen by their hashes.

    Args:
        con: A connection with ``std`` and the forms.
        model: A model with its shares.
    """
    told_by = next((name for name in TOLD_BY if name in model.columns), None)
    if told_by is None or not {"given", "family"} <= set(model.columns):
        return
    n_pairs = _make_pairs(con)
    share = _share_of_two(con, next(c for c in COMPARISONS if c.name == told_by), model)
    by_chance = _pairs_by_chance(con)
    if by_chance > 0 and share > 0:
        more = math.log2(share * n_pairs / by_chance)
        more += NOT_SEEN if model.has_only_names else 0
        model.namesakes = round(min(max(more, 0.0), HIGHEST), 2)
    for table in ("named", "same_name", "name_pair"):
        con.execute(f"drop table {table}")


def _make_pairs(con: duckdb.DuckDBPyConnection) -> int:
    """Make ``named``, ``same_name`` (names, how many have them, by chance) and ``name_pair``.

    Returns:
        How many pairs of different nodes have one name, but for names that too many have;
        ``name_pair`` has some ``PAIRS`` of them, of all names alike.
    """
    con.execute(
        "create or replace temp table named as select s.node, s.rec, s.given_no, s.family_no,"
        " s.born, s.area_no from std s join given_form g using (given_no)"
        " join family_form using (family_no) where g.given is not null"
    )
    con.execute(
        """
        create or replace temp table same_name as
        with node as (
            select given_no, family_no, node, count(*) as n from named group by all
        ), shared as (
            select given_no, family_no, sum(n)::bigint as n,
                   ((sum(n) * sum(n) - sum(n * n)) // 2)::bigint as n_pairs
            from node group by all having sum(n) > 1
        )
        select s.*, g.n * f.n / w.n as by_chance
        from shared s
        join (select given_no, count(*)::double as n from named group by all) g using (given_no)
        join (select family_no, count(*)::double as n from named group by all) f using (family_no)
        cross join (select count(*) as n from named) w
        """
    )
    n_pairs = one_number(con, "select coalesce(sum(n_pairs), 0)::bigint from same_name"
                              f" where n <= {LARGEST_NAME}")  # fmt: skip
    # so many of a million records are taken that of their pairs there are as many as asked for
    of_a_million = round(1e6 * min(1.0, math.sqrt(PAIRS / max(n_pairs, 1))))
    con.execute(
        f"""
        create or replace temp table name_pair as
        with chosen as (
            select d.*, s.by_chance from named d join same_name s using (given_no, family_no)
            where s.n between 2 and {LARGEST_NAME} and hash(d.rec) % 1_000_000 < {of_a_million}
        )
        select a.given_no, a.family_no, a.by_chance, a.born as born_l, b.born as born_r,
               a.area_no as al, b.area_no as ar
        from chosen a join chosen b
          on a.given_no = b.given_no and a.family_no = b.family_no
         and a.rec < b.rec and a.node <> b.node
        """
    )
    return n_pairs


def _pairs_by_chance(con: duckdb.DuckDBPyConnection) -> float:
    """Give how many pairs would have one name if given and family names were independent.

    Without what names that too many have would have of them.
    """
    row = con.execute(
        f"""
        select any_value(w.n) * any_value(w.n) / 2 * any_value(g.sum) * any_value(f.sum)
               - coalesce(sum(s.by_chance * s.by_chance) filter (s.n > {LARGEST_NAME}), 0) / 2
        from same_name s,
             (select count(*)::double as n from named) w,
             (select sum(n * n) as sum from (select count(*) / sum(count(*)) over () as n
                                             from named group by given_no)) g,
             (select sum(n * n) as sum from (select count(*) / sum(count(*)) over () as n
                                             from named group by family_no)) f
        """
    ).fetchone() or (None,)
    return float(row[0] or 0)


def _share_of_two(con: duckdb.DuckDBPyConnection, told_by: Comparison, model: Model) -> float:
    """Give the share of pairs of one name that are two people's; 0 where that may be chance.

    Where names and a town are all that is said it is the most that it may be, since precision
    comes first.

    Of the rarest names all pairs are taken for one person's, so it is an underestimate where some
    are not. Pairs of one name are no independent ones: the standard error is that of a ratio of
    sums over names (Cochran, Sampling Techniques, 1977, 6.4).
    """
    columns = ("area", "city") if told_by.name == "area" else ("born",)
    sides = (
        "left join area_form l on l.area_no = p.al left join area_form r on r.area_no = p.ar"
        if told_by.name == "area"
        else "cross join lateral (select p.born_l as born) l"
        " cross join lateral (select p.born_r as born) r"
    )
    parts = con.execute(
        f"""
        with name as (
            select by_chance, count(*)::double as n,
                   count(*) filter (level = {len(told_by.levels) - 1})::double as n_differ
            from (select p.*, {level_sql(told_by)} as level from name_pair p {sides}
                  where l.{columns[0]} is not null and r.{columns[0]} is not null)
            group by given_no, family_no, by_chance
        ), part as (
            -- names as rare as each other are of one part
            select *, sum(n) over (order by by_chance) <= greatest({RAREST} * sum(n) over (),
                       sum(n) filter (by_chance = least_chance) over ()) as is_rarest
            from (select *, min(by_chance) over () as least_chance from name)
        ), ratio as (
            select *, sum(n_differ) over (partition by is_rarest)
                       / sum(n) over (partition by is_rarest) as differ from part
        )
        select sum(n), any_value(differ), sum(power(n_differ - differ * n, 2)) / power(sum(n), 2)
        from ratio group by is_rarest order by is_rarest desc
        """
    ).fetchall()
    if len(parts) < 2 or sum(n for n, _, _ in parts) < FEWEST:
        return 0.0
    (n_rarest, wrong, its_error), (n_others, seen, their_error) = parts
    of_two = model.of(told_by, told_by.levels[-1].name)[1]
    if of_two - wrong < 0.1:  # it tells nobody apart
        return 0.0
    error = SURELY * math.sqrt(its_error + their_error)
    more = seen - wrong
    if model.has_only_names:  # no other evidence makes up for what is missed here
        more += error
    elif more <= error:
        return 0.0
    return float(min(more / (of_two - wrong), 1.0) * n_others / (n_rarest + n_others))
