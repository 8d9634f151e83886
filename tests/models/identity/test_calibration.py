"""The weight that is enough for a link: few false ones, and no cliff where errors are many."""

from __future__ import annotations

import math

import duckdb
import numpy as np
import pytest

from models.identity.probable.calibration import (
    FALSE_LINKS,
    HIGHEST_ENOUGH,
    LOWEST_ENOUGH,
    count_slips,
    enough,
)
from models.identity.probable.training import Model
from tests.models.identity.test_what_a_company_has import (
    CITY,
    FAMILY,
    GIVEN,
    POSTAL,
    STREET,
    Town,
    found,
    keep,
)


def _enough(*weights_and_numbers: tuple[float, int]) -> float:
    weight = np.repeat([w for w, _ in weights_and_numbers], [n for _, n in weights_and_numbers])
    total = np.sort(weight.astype(float))[::-1]
    return enough(total, 1 / (1 + np.exp2(-total)))


def test_where_all_is_clear_the_lower_bound_decides():
    assert _enough((12, 10_000), (1, 50)) == LOWEST_ENOUGH


def test_the_lowest_weight_with_few_false_links_is_enough():
    # 2 % of the pairs at 5.6 bits are false, a third of those at 1.6
    assert _enough((7, 100), (5.6, 5_000), (1.6, 5_000)) == 5.6


def test_more_false_links_than_may_be_are_never_enough():
    assert 1 / (1 + np.exp2(3)) > FALSE_LINKS
    assert _enough((3, 1_000)) == HIGHEST_ENOUGH


@pytest.mark.parametrize("weights", [(), ((40, 1),), ((-20, 1_000),)])
def test_what_is_enough_is_within_bounds(weights):
    assert LOWEST_ENOUGH <= _enough(*weights) <= HIGHEST_ENOUGH


def test_a_record_in_seven_spelt_wrong_does_not_leave_everybody_alone(tmp_path):
    town = keep(Town(300, copies=3, wrong=0.15, seed=70022), GIVEN, FAMILY, STREET, POSTAL, CITY)
    _, precision, recall = found(town, tmp_path)
    assert precision >= 0.98
    assert recall >= 0.6


def test_eight_million_pairs_without_a_slip_leave_a_share_that_has_a_logarithm():
    names = ["given", "family", "born", "street", "area"]
    con = duckdb.connect()
    con.execute("create table std (node integer, rec ubigint, street_no integer, area_no integer)")
    con.execute("create table area_form (area_no integer, area varchar, city varchar)")
    equal = ", ".join(f"0::tinyint as level_{name}" for name in names)
    con.execute(f"create table scored as select {equal} from range(8_000_000)")
    model = Model(columns=names, n_records=1_000_000, shares={})
    count_slips(con, model)
    assert all(math.log2(share) > -21 for share in model.slips.values())
