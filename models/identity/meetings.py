"""Two records side by side: which level of agreement each attribute of a pair is of.

Belongs here: the table ``meeting``, a row for any two records of the nodes that are compared, in
numbers of forms; and the comparison of two forms, once for all pairs that have them. Does not: what
the levels are (comparisons.py) or weigh (scoring.py).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from models.identity.comparisons import COMPARISONS, SWAPPED
from models.identity.levels import Comparison, level_sql, of_pair

if TYPE_CHECKING:
    import duckdb

#: What is weighed by its frequency; a contact that is shared counts as that of two records.
WEIGHED_BY_FREQUENCY = ("given", "family", "born", "street", "area")
#: Records of a node that are compared; the others of a big one say the same.
NODE_RECORDS = 5
_OTHER_GIVEN = len(COMPARISONS[0].levels) - 1


def compare_meetings(con: duckdb.DuckDBPyConnection, used: list[Comparison]) -> str:
    """Make ``meeting`` and the comparisons of its forms; SQL of the joins to it (alias ``m``)."""
    _make_meetings(con, used)
    joins = "".join(_compare_forms(con, c) for c in used if c.form)
    if {"given", "family"} <= {c.name for c in used}:
        return joins + _compare_swapped(con)
    return joins + " cross join (select null::boolean as is_swapped) w"


def _make_meetings(con: duckdb.DuckDBPyConnection, used: list[Comparison]) -> None:
    """Make ``meeting``: a row for any two records of two nodes that are compared, in numbers."""
    con.execute(
        f"""
        create or replace temp table member as
        with met as (
            select s.* from std s semi join (
                select l as node from candidate union select r from candidate) c using (node)
        ), big as (
            select node from met group by node having count(*) > {NODE_RECORDS}
        ), kept as (
            select * from met anti join big using (node)
            union all
            select * exclude (nth) from (
                select *, row_number() over (partition by node order by rec) as nth
                from met semi join big using (node)) where nth <= {NODE_RECORDS}
        )
        select k.*, g.share as given_share, f.share as family_share, a.share as street_share,
               p.share as area_share, b.share as born_share, g.is_initial,
               hash(g.given_sound) as given_h, hash(f.family_sound) as family_h,
               g.initial_w, f.first_w, coalesce(length(f.family) = 1, false) as is_letter
        from kept k
        left join given_form g using (given_no)
        left join family_form f using (family_no)
        left join street_form a using (street_no)
        left join area_form p using (area_no)
        left join (select value, share from frequency where kind = 'born') b
          on b.value = hash(k.born)
        """
    )
    pairs = "".join(
        f", a.{column} as {column}_l, b.{column} as {column}_r"
        for column in (f"{c.form}_no" if c.form else c.name for c in used)
    )
    shares = "".join(
        f", a.{c.name}_share as share_{c.name}" for c in used if c.name in WEIGHED_BY_FREQUENCY
    )
    swapped = ""
    if {"given", "family"} <= {c.name for c in used}:
        swapped = (
            ", (a.given_h = b.family_h or b.given_h = a.family_h) as may_be_swapped"
            ", (a.given_h = b.family_h and a.first_w = b.initial_w and (a.is_letter"
            " or coalesce(b.is_initial, false)))"
            " or (b.given_h = a.family_h and b.first_w = a.initial_w and (b.is_letter"
            " or coalesce(a.is_initial, false))) as is_half_swapped"
        )
    con.execute(
        "create or replace temp table meeting as select p.l, p.r,"
        f" a.is_latin <> b.is_latin as is_other_script, a.is_initial as is_initial_l"
        f"{pairs}{shares}{swapped}"
        " from candidate p join member a on a.node = p.l join member b on b.node = p.r"
    )


def _compare_forms(con: duckdb.DuckDBPyConnection, comparison: Comparison) -> str:
    """Make ``<name>_pair`` (l, r, level): any two forms that meet, compared once; SQL to join."""
    name, form = comparison.name, f"{comparison.form}_form"
    number = f"{comparison.form}_no"
    con.execute(
        f"""
        create or replace temp table {name}_pair as
        select p.l, p.r, ({level_sql(comparison, but="swapped")})::tinyint as level
        from (
            select distinct {number}_l as l, {number}_r as r from meeting
            where {number}_l <> {number}_r
        ) p
        join {form} l on l.{number} = p.l
        join {form} r on r.{number} = p.r
        """
    )
    return (
        f" left join {name}_pair on {name}_pair.l = m.{number}_l and {name}_pair.r = m.{number}_r"
    )


def _compare_swapped(con: duckdb.DuckDBPyConnection) -> str:
    """Make ``swapped`` of names that may be in each other's place; SQL to join."""
    con.execute(
        f"""
        create or replace temp table swapped as
        select p.*, true as is_swapped
        from (
            select distinct given_no_l as gl, family_no_l as fl, given_no_r as gr,
                   family_no_r as fr from meeting where may_be_swapped
        ) p
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
    )
    return (
        " left join swapped w on w.gl = m.given_no_l"
        " and w.fl = m.family_no_l and w.gr = m.given_no_r and w.fr = m.family_no_r"
    )


def meeting_level(comparison: Comparison, used: list[Comparison]) -> str:
    """SQL of the level of a row of ``meeting`` and its comparisons of forms.

    Names in each other's place of which one is an initial (Ziegler A. for Anna Ziegler) agree as an
    initial does, and their family names say nothing.
    """
    if not comparison.form:
        return _of_row(level_sql(comparison))
    number = f"{comparison.form}_no"
    cases = [f"when m.{number}_l is null or m.{number}_r is null then null"]
    if comparison.name in ("given", "family"):
        cases.append("when m.is_other_script then null")
    names = [level.name for level in comparison.levels]
    half = "false"
    if {"given", "family"} <= {c.name for c in used}:
        half = f"m.is_half_swapped and given_pair.level = {_OTHER_GIVEN}"
    if comparison.name == "given":
        same = f"case when m.is_initial_l then {names.index('initial')} else 0 end"
        cases.append(f"when m.{number}_l = m.{number}_r then {same}")
        cases.append(f"when w.is_swapped then {names.index('swapped')}")
        cases.append(f"when {half} then {names.index('initial')}")
    else:
        if comparison.name == "family":
            cases.append(f"when w.is_swapped or ({half}) then null")
        cases.append(f"when m.{number}_l = m.{number}_r then 0")
    return f"case {' '.join(cases)} else {comparison.name}_pair.level end"


def _of_row(sql: str) -> str:
    """Turn columns of the aliases ``l`` and ``r`` into those of a row of ``meeting``."""
    return re.sub(r"\b([lr])\.([a-z0-9_]+)", r"m.\2_\1", sql)
