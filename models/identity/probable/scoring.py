"""How likely two groups of records are one person: the model's weights over candidate pairs.

Belongs here: weights, term frequencies, what homes may contribute, the score of a pair of nodes.
Does not: training (training.py), what is learnt of scored pairs (calibration.py), or who is then
linked (linking.py).

A node is what exact identifiers have joined already; of each attribute the best agreement of any
two of their records counts, so that one record's birth date and another's address speak together.
What people of one home share (family name, address, contacts) can raise the odds as far as the odds
that two records of one home are one person, and no further: the rest must come from what is a
person's own. A shared value weighs by how rare it is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from models.identity.arrays.frames import hide, show
from models.identity.probable.comparisons import COMPARISONS
from models.identity.probable.levels import Comparison, Level
from models.identity.probable.meetings import (
    INITIAL,
    UNKNOWN,
    Meetings,
    compare_meetings,
    make_meetings,
)

if TYPE_CHECKING:
    import duckdb

    from models.identity.probable.training import Model

#: What is weighed by its frequency; a contact that is shared counts as that of two records.
WEIGHED_BY_FREQUENCY = ("given", "family", "born", "street", "area")
#: The rarest that a shared value may count as: one in so many.
RAREST_SHARED = {"given": 3e-4, "family": 1e-4, "born": 2e-5}
RAREST_OTHER = 1e-5
#: Two whole birth dates that differ are two people's, where homes are known.
OTHER_BIRTH = -6.0
#: Fewer records than this are taken for a part of so many: a handful tells nothing of chance.
FEWEST = 1000
#: Bits that one given name says at home at least: of a hundred pairs there, one has it in common.
NAMESAKE = 6.0
#: Tables that are of no more use when all is scored.
SCRATCH = (
    "member", "wide",
    *(f"{c.form}_form" for c in COMPARISONS if c.form),
)  # fmt: skip
#: The level of given names that differ.
LAST_GIVEN = len(COMPARISONS[0].levels) - 1
_NO_LEVEL = 99
#: A pair is near a link where its weight lacks no more than so many bits.
NEAR = 10.0
#: Those of family names and of birth dates that differ.
LAST_FAMILY = next(len(c.levels) - 1 for c in COMPARISONS if c.name == "family")
_BORN = next([level.name for level in c.levels] for c in COMPARISONS if c.name == "born")
LAST_BORN, SAME_YEAR = len(_BORN) - 1, _BORN.index("same year")
_MISSPELT = [level.name for level in COMPARISONS[0].levels].index("misspelt")
#: Birth dates of two people, over ``scored``. A child is not named after who was born in its year.
OTHER_DATE = f"""(coalesce(level_born = {LAST_BORN}, false)
    or coalesce(level_born = {SAME_YEAR} and (coalesce(level_given > {_MISSPELT}, true)
                                              or level_family = {LAST_FAMILY}), false))"""


def score_pairs(
    con: duckdb.DuckDBPyConnection, model: Model, *, is_near_only: bool = False
) -> None:
    """Make ``scored`` (l, r, level_<c>, weight_<c>, home, own) from ``candidate``, ``std``, forms.

    ``home`` and ``own`` are the sums of weights, in bits, of what a home shares and of the rest.
    It may have those pairs alone that are near a link.
    """
    used = [c for c in COMPARISONS if c.name in model.columns]
    met = make_meetings(
        con, used, "".join(f", {_same_sql(c, model)} as same_{c.name}" for c in used)
    )
    levels = compare_meetings(con, met, used)
    columns = dict(met.nodes)
    for c in used:
        weights = _weights(c, model, levels[c.name], met)
        level, weight = best(c, levels[c.name], weights, met.begin)
        columns[f"level_{c.name}"] = np.ma.array(level, mask=level == UNKNOWN)
        columns[f"weight_{c.name}"] = np.ma.array(weight, mask=level == UNKNOWN)
    show(con, "scored_in", columns)
    home, own = _sums(used, model)
    near = f" where {near_sql(model)}" if is_near_only else ""
    con.execute(f"create table scored as from (select l, r, ({home})::double as home,"
                f" ({own})::double as own, * exclude (l, r) from scored_in){near}")  # fmt: skip
    hide(con, "scored_in")


def near_sql(model: Model) -> str:
    """SQL over ``scored``: whether a pair is near a link, or one."""
    return f"{total_sql(model, model.n_records)} >= {model.enough - NEAR}"


def best(comparison: Comparison, levels: Any, weights: Any, begin: Any) -> tuple[Any, Any]:
    """Give the level and weight of any two nodes: those of the two records that agree best.

    But where one says an initial and another of the same person the name, it is the name that says
    whether the initial fits.

    Args:
        comparison: An attribute.
        levels: Its levels (shape: meetings).
        weights: Their weights, same shape.
        begin: The first meeting of each pair of nodes (shape: pairs).

    Returns:
        Level and weight, UNKNOWN and 0 where no two records say anything (shape: pairs).
    """
    is_said = levels != UNKNOWN
    level = np.minimum.reduceat(np.where(is_said, levels, _NO_LEVEL), begin)
    weight = np.maximum.reduceat(np.where(is_said, weights, -np.inf), begin)
    if comparison.name == "given":
        is_misfit = (level == INITIAL) & (np.maximum.reduceat(levels, begin) == LAST_GIVEN)
        worst = np.minimum.reduceat(np.where(is_said, weights, np.inf), begin)
        level = np.where(is_misfit, LAST_GIVEN, level)
        weight = np.where(is_misfit, worst, weight)
    is_known = level != _NO_LEVEL
    return np.where(is_known, level, UNKNOWN).astype(np.int8), np.where(is_known, weight, 0.0)


def sum_up(con: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Work out ``home`` and ``own`` of ``scored`` anew, by what the model knows of homes now."""
    home, own = _sums([c for c in COMPARISONS if c.name in model.columns], model)
    con.execute(
        f"create or replace table scored as select * replace ({home} as home, {own} as own)"
        " from scored"
    )


def _sums(used: list[Comparison], model: Model) -> tuple[str, str]:
    """SQL of what a home shares, and of the rest.

    A birth date beside two given names is that of twins, one of whom may have married or have the
    names in each other's place: it is the home's. Where an initial or names of two scripts cannot
    tell, gender does.
    Not so where the records know no homes: then it is one person whose given name is wrong.
    """
    home = [
        _area_sql(c, model) if c.name == "area" else f"coalesce(weight_{c.name}, 0)"
        for c in used
        if c.is_of_home
    ]
    if model.namesakes:
        both = f"level_given < {LAST_GIVEN} and level_family < {LAST_FAMILY}"
        home.append(f"case when {both} then {-model.namesakes} else 0 end")
    own = [f"coalesce(weight_{c.name}, 0)" for c in used if not c.is_of_home]
    if model.has_homes and {"given", "family", "born"} <= {c.name for c in used}:
        born = "coalesce(weight_born, 0)"
        differ = f"level_given = {LAST_GIVEN} or {_of_two_genders(model)}"
        if model.links_per_record > 1:  # others outvote a name in the wrong place
            differ = f"({differ}) and level_family <= 2"
        twins = f"coalesce(({differ}) and level_born < {SAME_YEAR}, false)"
        own.remove(born)
        home.append(f"case when {twins} then {born} else 0 end")
        other = f"when {OTHER_DATE} then {OTHER_BIRTH} + {born}"
        own.append(f"case when {twins} then 0 {other} else {born} end")
    return " + ".join(home) or "0", " + ".join(own) or "0"


def _of_two_genders(model: Model) -> str:
    """SQL of a pair of two genders whose given names do not say that it is one person."""
    if "gender" not in model.columns:
        return "false"
    return f"(level_gender = 1 and coalesce(level_given >= {LAST_GIVEN - 1}, true))"


def knows_homes(model: Model) -> bool:
    """Whether birth dates tell the people of a home apart, and a person has few records.

    Of many records some say a wrong date, and the others outvote it.
    """
    is_told = model.has_homes and {"given", "family", "born"} <= set(model.columns)
    return is_told and model.links_per_record <= 1


def apart_sql(model: Model) -> tuple[str, str, str]:
    """SQL over ``scored``: whole birth dates that differ, those that are near, and two genders.

    Genders speak where given names are not alike. They say nothing where no homes are known, or
    where a person has many records: there others outvote what is wrong in one, of either kind. Of
    birth dates only those that are said twice speak there (parting.py).
    """
    if not {"given", "family", "born"} <= set(model.columns):
        return "false", "false", "false"
    near = f"coalesce(not {OTHER_DATE} and level_born < {LAST_BORN}, false)"
    genders = f"coalesce({_of_two_genders(model)}, false)" if knows_homes(model) else "false"
    return OTHER_DATE, near, genders


def names_sql(model: Model) -> tuple[str, str]:
    """SQL over ``scored``: family names that differ, and those of which one leads to the other.

    So do names that are alike or have a part in common, and one mailbox: who marries keeps it.
    Where birth dates or national numbers are said, these tell people apart, and names nobody.
    """
    if {"born", "national"} & set(model.columns) or not {"given", "family"} <= set(model.columns):
        return "false", "false"
    one_mailbox = "level_mailbox = 0" if "mailbox" in model.columns else "false"
    differ = f"coalesce(level_family = {LAST_FAMILY}, false)"
    return (
        differ,
        f"coalesce(level_family < {LAST_FAMILY}, false) or coalesce({one_mailbox}, false)",
    )


def _area_sql(area: Comparison, model: Model) -> str:
    """SQL of an area's weight: another area beside one street is no move, but another street.

    A hundred towns have a High Street 5. Who moves leaves both; one street in two areas is either a
    slip in the area or two people, and how often it is a slip was counted.
    """
    weight = "coalesce(weight_area, 0)"
    if "street" not in model.columns:
        return weight
    cases = []
    for number, level in enumerate(area.levels):
        if level.name in model.slips:
            slip = math.log2(model.slips[level.name] / model.of(area, level.name)[1])
            cases.append(f"when level_street = 0 and level_area = {number} then {slip:.4f}")
    return f"case {' '.join(cases)} else {weight} end" if cases else weight


def _weights(comparison: Comparison, model: Model, levels: Any, met: Meetings) -> Any:
    """Give the weights of levels in bits; of a value in common that of the value itself."""
    of_level = [_of_level(comparison, level, model) for level in comparison.levels]
    weights = np.array([*of_level, 0.0])[levels]  # UNKNOWN is the last
    is_same = levels == 0
    weights[is_same] = met.said[f"same_{comparison.name}"][met.left[is_same]]
    return weights


def _of_level(comparison: Comparison, level: Level, model: Model) -> float:
    if level.name == "swapped":
        return round(_swapped_weight(model), 4)
    m, u = model.of(comparison, level.name)
    return round(math.log2(m / u), 4)


def _same_sql(comparison: Comparison, model: Model) -> str:
    """SQL of the weight of the first level over ``member``: that of a value which both have."""
    level = comparison.levels[0]
    if not level.shared:
        return f"{_of_level(comparison, level, model)}::double"
    m, _ = model.of(comparison, level.name)
    rarest = RAREST_SHARED.get(level.shared, RAREST_OTHER)
    share = f"{comparison.name}_share"
    if comparison.name not in WEIGHED_BY_FREQUENCY:
        share = f"{2 / max(model.n_records, 1)}"
    return f"{math.log2(m):.4f} - log2(greatest({share}, {rarest}))"


def _swapped_weight(model: Model) -> float:
    """Both names equal, in each other's place: as if both were the same, and rather rare."""
    both = 0.0
    for comparison in COMPARISONS:
        if comparison.name in ("given", "family"):
            m, u = model.of(comparison, "same")
            both += math.log2(m / max(u, 1e-3))
    return both + math.log2(model.of(COMPARISONS[0], "swapped")[0])


def total_sql(model: Model, n_records: int) -> str:
    """SQL of a pair's match weight in bits over ``scored``: log2 of the odds of one person."""
    prior = math.log2(2 * max(model.links_per_record, 1e-3) / max(n_records, FEWEST))
    room = f"{model.home_odds - prior:.4f}"
    if model.other_odds is not None and "family" in model.columns:
        other = f"{model.other_odds - prior:.4f}"
        room = f"case when level_family = {LAST_FAMILY} then {other} else {room} end"
    namesake = "0"
    if "given" in model.columns:
        # a child is named after a parent as often where the name is rare: of two birth dates at
        # one home, a name in common says no more than that
        floor = f"greatest({NAMESAKE} - weight_given, 0)"
        if "born" in model.columns and model.has_homes:
            exact = f"{NAMESAKE} - weight_given"
            floor = f"case when level_born = {LAST_BORN} then {exact} else {floor} end"
        namesake = f"case when home > {room} and level_given = 0 then {floor} else 0 end"
    return f"({prior:.4f} + least(home, {room}) + own + {namesake})"
