"""What a comparison of an attribute is: levels of agreement, and their SQL for two records.

Belongs here: their shape, and turning them into SQL. Does not: which there are (comparisons.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Level:
    """One level of agreement: the first whose condition holds is the pair's.

    Attributes:
        name: Its name in the model file and in the words of a review.
        sql: Condition; ``else`` for the last.
        usual: Share of true pairs that are usually of this level (m).
        bounds: The lowest and highest m that training may give.
        shared: Column whose value both have, where its frequency weighs the agreement.
        by_chance: Share of pairs of two people that are usually of this level (u).
    """

    name: str
    sql: str
    usual: float
    bounds: tuple[float, float] = (0.001, 0.999)
    shared: str | None = None
    by_chance: float = 1e-5


@dataclass(frozen=True)
class Comparison:
    """One attribute's levels, from most alike to ``else``; where ``unknown`` nothing is said.

    Attributes:
        unknown: Condition under which one of the two values says nothing.
        apart: Condition of the records under which two values cannot be compared.
        form: The kind of form that has the columns of the conditions; two different forms are
            compared once. None: the columns are the record's own.
        shares: Expressions of a value: two that have none of these in common are of the last level,
            and are not looked at any further.
        is_of_home: Whether people of one home share it, so that it cannot tell them apart.
    """

    name: str
    unknown: str
    levels: tuple[Level, ...]
    is_of_home: bool = False
    form: str | None = None
    apart: str = "false"
    shares: tuple[str, ...] = ()


def of_pair(sql: str) -> str:
    """Turn ``column_l`` and ``column_r`` into columns of the aliases ``l`` and ``r``."""
    return re.sub(r"\b([a-z0-9_]+?)_([lr])\b", r"\2.\1", sql)


def columns_read(comparison: Comparison) -> set[str]:
    """Names of the columns that a comparison's conditions read."""
    text = " ".join([unknown_sql(comparison), *(level.sql for level in comparison.levels)])
    return set(re.findall(r"\b([a-z0-9_]+?)_l\b", text))


def unknown_sql(comparison: Comparison) -> str:
    """SQL of a pair of records of which a comparison says nothing."""
    return f"{comparison.unknown} or {comparison.apart}"


def level_sql(comparison: Comparison, *, but: str = "") -> str:
    """SQL of a pair's level (0 the most alike, NULL unknown) over the aliases ``l`` and ``r``.

    Args:
        comparison: An attribute.
        but: The name of a level to leave out.
    """
    cases = [f"when {of_pair(comparison.unknown)} then null"]
    for number, level in enumerate(comparison.levels[:-1]):
        if level.name != but:
            cases.append(f"when {of_pair(level.sql)} then {number}")
    return f"case {' '.join(cases)} else {len(comparison.levels) - 1} end"
