"""What a model learns from pairs that it has scored: slips, homes, how many links, which weight.

Belongs here: what is counted on ``scored`` once, when a model is trained. Does not: Splink's
training before (training.py), or what a pair scores (scoring.py).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from models.identity.probable.comparisons import COMPARISONS
from models.identity.probable.namesakes import count_namesakes
from models.identity.probable.scoring import LAST_FAMILY, LAST_GIVEN, SAME_YEAR, sum_up, total_sql
from models.identity.probable.training import RAREST

if TYPE_CHECKING:
    import duckdb

    from models.identity.probable.training import Model

#: The share of links that may be expected to be false; bounds of the weight for a link, in bits.
FALSE_LINKS, LOWEST_ENOUGH, HIGHEST_ENOUGH = 0.05, 1.5, 8.0
#: The same where names are all that is said, and nothing makes up for a namesake.
FALSE_LINKS_OF_NAMES = 0.02
# Pairs of one home, by the comparisons that say so.
_OF_ONE_HOME = {
    "street+area": "(level_street <= 1 and level_area <= 1)",
    "phone": "level_phone = 0",
    "mailbox": "level_mailbox = 0",
}


def calibrate(con: duckdb.DuckDBPyConnection, model: Model, n_records: int) -> None:
    """Work out on ``scored`` what the model needs of pairs: odds within a home, links to expect.

    The odds that two records of one home are one person are counted: how often given names agree
    beside a family name and an address or contact in common, against how often they differ. Homes
    there are where given names *and* birth dates differ nearly as often as given names alone.
    """
    count_slips(con, model)
    count_namesakes(con, model)
    sum_up(con, model)
    if not {"given", "family"} & set(model.columns):
        return
    near = [
        condition
        for name, condition in _OF_ONE_HOME.items()
        if set(name.split("+")) <= set(model.columns)
    ]
    if near and {"given", "family"} <= set(model.columns):
        at_home = f"from scored where level_family <= 2 and ({' or '.join(near)})"
        one, two = _counts(con, "level_given <= 3", f"level_given = {LAST_GIVEN}", at_home)
        model.home_odds = round(math.log2((one + 1) / (two + 1)), 3)
        model.other_odds = _other_odds(con, model, " or ".join(near))
        if "born" in model.columns:
            born = f"level_given = {LAST_GIVEN} and level_born"
            differ = f"{born} >= 2 and level_born <> {SAME_YEAR}"
            same, other = _counts(con, f"{born} <= 1", differ, at_home)
            model.has_homes = 3 * other >= same
    _expect_links(con, model, n_records)


def _other_odds(con: duckdb.DuckDBPyConnection, model: Model, near: str) -> float | None:
    """Give the odds, in bits, that two family names at one address or contact are one person's.

    Who marries keeps the given name, and so does who is misspelt beyond knowing. At a firm many
    have one address, and some a given name in common by chance: those are taken off. Where birth
    dates are said it is for them to tell, and None.
    """
    if "born" in model.columns:
        return None
    at_one = f"from scored where level_family = {LAST_FAMILY} and ({near})"
    one, two = _counts(con, "level_given <= 3", f"level_given = {LAST_GIVEN}", at_one)
    by_chance = sum(model.of(COMPARISONS[0], level.name)[1] for level in COMPARISONS[0].levels[:4])
    of_two = two * by_chance / max(1 - by_chance, 0.5)
    odds = math.log2((max(one - of_two, 0) + 1) / (two + 1))
    return round(min(odds, model.home_odds), 3)


def count_slips(con: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Set how often one person's area is written otherwise although the street is the same.

    Counted where people are sure: records that exact identifiers join, and pairs with a birth date
    and both names in common.
    """
    if not {"street", "area"} <= set(model.columns):
        return
    same, near, other = con.execute(
        """
        select count(*) filter (p.area = q.area),
               count(*) filter (p.area <> q.area and p.city is not distinct from q.city),
               count(*) filter (p.area <> q.area and p.city is distinct from q.city)
        from std a join std b on a.node = b.node and a.street_no = b.street_no and a.rec < b.rec
        join area_form p on p.area_no = a.area_no join area_form q on q.area_no = b.area_no
        """
    ).fetchone() or (0, 0, 0)
    if {"given", "family", "born"} <= set(model.columns):
        sure = con.execute(
            "select count(*) filter (level_area = 0), count(*) filter (level_area = 1),"
            " count(*) filter (level_area = 2) from scored where level_given = 0"
            " and level_family = 0 and level_born = 0 and level_street = 0"
        ).fetchone() or (0, 0, 0)
        same, near, other = same + sure[0], near + sure[1], other + sure[2]
    n = same + near + other + 100
    # of many million pairs without a slip the share is not none: a weight is its logarithm
    model.slips = {
        "near": max(round((near + 3) / n, 6), RAREST),
        "different": max(round((other + 2) / n, 6), RAREST),
    }


def _counts(con: duckdb.DuckDBPyConnection, one: str, other: str, rows: str) -> tuple[int, int]:
    found = con.execute(
        f"select count(*) filter ({one}), count(*) filter ({other}) {rows}"
    ).fetchone() or (0, 0)
    return int(found[0]), int(found[1])


def _expect_links(con: duckdb.DuckDBPyConnection, model: Model, n_records: int) -> None:
    """Set how many links to expect for each record, and the weight that is enough for one.

    The share of pairs of one person is the one that explains the scores best (its own expectation).
    """
    import numpy as np

    for _ in range(20):
        found = con.execute(
            f"select {total_sql(model, n_records)} as total from scored"
        ).fetchnumpy()["total"]
        total = np.sort(np.asarray(found, dtype=np.float64))[::-1]
        chance = 1 / (1 + np.exp2(-np.clip(total, -60, 60)))
        expected = min(max(float(chance.sum()) / max(n_records, 1), 1e-3), 10.0)
        is_settled = abs(expected - model.links_per_record) < 1e-3
        model.links_per_record = round(expected, 4)
        if is_settled:
            break
    few = FALSE_LINKS_OF_NAMES if model.has_only_names else FALSE_LINKS
    model.enough = enough(total, chance, few)


def enough(total: Any, chance: Any, few: float = FALSE_LINKS) -> float:
    """Choose the weight for a link: the lowest with few false links to expect, within bounds.

    Where all is clear the lower bound decides. A share near what is usual there would be a cliff:
    with a record in five spelt wrong no weight may have so few, and everybody would stay alone.

    Args:
        total: Weights in bits, falling (shape: pairs).
        chance: How likely each pair is one person, same shape.
        few: The share of links that may be expected to be false.
    """
    import numpy as np

    false_share = np.cumsum(1 - chance) / np.arange(1, len(chance) + 1)
    is_last = np.diff(total, append=-np.inf) < 0  # pairs of one weight are links together
    good = total[is_last & (false_share <= few)]
    lowest = float(good[-1]) if len(good) else HIGHEST_ENOUGH
    return round(min(max(lowest, LOWEST_ENOUGH), HIGHEST_ENOUGH), 2)
