"""How many people have one name: more than by chance, for given and family names go together.

Belongs here: estimating it, without labels, when a model is trained. Does not: what it is worth
(scoring.py).

Given and family names come from one country, one time, one family, so that two people share both
far more often than the product of their frequencies. Who they are is not known, but whether they
are two: pairs of records of the rarest names are one person's, and how often their birth dates (or
towns) differ is what goes wrong in them. Where those of frequent names differ more often, they are
of namesakes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from models.identity.comparisons import COMPARISONS
from models.identity.evidence import one_number
from models.identity.levels import Comparison, level_sql

if TYPE_CHECKING:
    import duckdb

    from models.identity.training import Model

#: Pairs looked at; a name of more records is left out, so that none is most of them.
PAIRS, LARGEST_NAME = 200_000, 1000
#: Parts of pairs by how rare their name is, and the fewest pairs that say something.
PARTS, FEWEST = 6, 300
#: What tells namesakes apart, the best first.
TOLD_BY = ("born", "area")
#: Bits more where nothing but a town tells namesakes apart: father and son have one.
NOT_SEEN = 1.5
#: The most bits.
HIGHEST = 6.0


def count_namesakes(con: duckdb.DuckDBPyConnection, model: Model, n_records: int) -> None:
    """Set ``model.namesakes`` by what records of one name say otherwise.

    Args:
        con: A connection with ``std``, the forms and ``frequency``.
        model: A model with its shares.
        n_records: How many records there are.
    """
    told_by = next((name for name in TOLD_BY if name in model.columns), None)
    if told_by is None or not {"given", "family"} <= set(model.columns):
        return
    one_of = _make_pairs(con)
    comparison = next(c for c in COMPARISONS if c.name == told_by)
    share = _share_of_two(con, comparison, model)
    n_pairs = one_of * one_number(con, "select count(*) from name_pair")
    one_in = con.execute(
        "select sum(g.n * g.n) * any_value(f.n) from (select count(*) / sum(count(*)) over () as n"
        " from named group by given_no) g, (select sum(n * n) as n from (select count(*) / sum("
        "count(*)) over () as n from named group by family_no)) f"
    ).fetchone() or (None,)
    by_chance = float(one_in[0] or 0) * n_records * n_records / 2
    if by_chance > 0 and share > 0:
        more = math.log2(share * n_pairs / by_chance)
        more += NOT_SEEN if model.has_only_names else 0
        model.namesakes = round(min(max(more, 0.0), HIGHEST), 2)
    for table in ("named", "same_name", "name_pair"):
        con.execute(f"drop table {table}")


def _make_pairs(con: duckdb.DuckDBPyConnection) -> int:
    """Make ``named``, ``same_name`` (names and how many have them) and ``name_pair``.

    Returns:
        One of how many names is looked at.
    """
    con.execute(
        "create or replace temp table named as select s.node, s.rec, s.given_no, s.family_no,"
        " s.born, s.area_no, g.share * f.share as by_chance from std s"
        " join given_form g using (given_no) join family_form f using (family_no)"
        " where g.given is not null"
    )
    con.execute(
        "create or replace temp table same_name as select given_no, family_no, count(*) as n"
        f" from named group by all having count(*) between 2 and {LARGEST_NAME}"
    )
    of = one_number(con, "select coalesce(sum(n * (n - 1) // 2), 0)::bigint from same_name")
    one_of = max(of // PAIRS, 1)
    con.execute(
        f"""
        create or replace temp table name_pair as
        with chosen as (
            select n.* from named n
            join same_name using (given_no, family_no)
            join given_form g using (given_no) join family_form f using (family_no)
            where hash(g.given, f.family) % {one_of} = 0
        )
        select a.by_chance, a.born as born_l, b.born as born_r, a.area_no as al, b.area_no as ar
        from chosen a join chosen b
          on a.given_no = b.given_no and a.family_no = b.family_no
         and a.rec < b.rec and a.node <> b.node
        """
    )
    return one_of


def _share_of_two(con: duckdb.DuckDBPyConnection, told_by: Comparison, model: Model) -> float:
    """Give the share of pairs of one name that are two people's.

    Of the rarest names all are taken for one person's: so it is no more than that.
    """
    columns = ("area", "city") if told_by.name == "area" else ("born",)
    sides = (
        "left join area_form l on l.area_no = p.al left join area_form r on r.area_no = p.ar"
        if told_by.name == "area"
        else "cross join lateral (select p.born_l as born) l"
        " cross join lateral (select p.born_r as born) r"
    )
    differ = len(told_by.levels) - 1
    parts = con.execute(
        f"""
        with compared as (
            select by_chance, {level_sql(told_by)} as level from name_pair p {sides}
            where l.{columns[0]} is not null and r.{columns[0]} is not null
        )
        select count(*), avg((level = {differ})::int)::double from (
            select *, ntile({PARTS}) over (order by by_chance) as part from compared)
        group by part order by part
        """
    ).fetchall()
    if sum(n for n, _ in parts) < FEWEST or len(parts) < PARTS:
        return 0.0
    wrong = parts[0][1]
    of_two = model.of(told_by, told_by.levels[-1].name)[1]
    if of_two - wrong < 0.1:  # it tells nobody apart
        return 0.0
    shares = [min(max((seen - wrong) / (of_two - wrong), 0.0), 1.0) for _, seen in parts]
    return sum(shares) / PARTS
