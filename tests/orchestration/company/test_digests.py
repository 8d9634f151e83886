"""Digests change with what matters, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.company import Company, mapping_digest, mapping_sources
from orchestration.company.sections import SLICES
from tests.orchestration.company.conftest import GOOD

Load = Callable[..., Company]
FEEDS = ("customer_records", "transactions", "survey_responses")


@pytest.mark.parametrize(
    ("old", "new"),
    [("company:", "# a comment\ncompany:"), ("{files: crm.csv, t", "{ files:  'crm.csv',  t")],
)
def test_comments_and_layout_change_no_digest(load: Load, old: str, new: str) -> None:
    before, after = load(GOOD), load(GOOD.replace(old, new))
    assert before.digest == after.digest
    for feed in FEEDS:
        assert mapping_digest(before, feed) == mapping_digest(after, feed)


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("gender: sex", "gender: s", {"customer_records"}),
        ("M: male", "M: other", {"customer_records"}),
        ("num(t.eur)", "num(t.usd)", {"transactions"}),
        ("question_id: q2", "question_id: q3", {"survey_responses"}),
        ('decimal: ","', 'decimal: "."', {"transactions"}),
        # transactions join crm, so what crm means matters to them too
        ("timezone: UTC", "timezone: Asia/Tokyo", {"customer_records", "transactions"}),
        ("currency: EUR", "currency: USD", set(FEEDS)),
        ("required: false", "required: true", set()),
        ("minimum_n: 20", "minimum_n: 30", set()),
        ("files: crm.csv", "files: crm2.csv", set()),
    ],
)
def test_a_feed_is_mapped_anew_only_where_its_meaning_changes(
    load: Load, old: str, new: str, changed: set[str]
) -> None:
    before, after = load(GOOD), load(GOOD.replace(old, new, 1))
    assert before.digest != after.digest
    differs = {f for f in FEEDS if mapping_digest(before, f) != mapping_digest(after, f)}
    assert differs == changed


def test_a_value_from_the_environment_counts(load: Load) -> None:
    text = GOOD.replace("crm.csv", '"${D}/crm.csv"')
    assert load(text, D="a").digest != load(text, D="b").digest
    assert load(text, D="a").digest == load(text, D="a", OTHER="x").digest


def test_the_sources_of_a_mapping_are_those_its_sql_names(load: Load) -> None:
    company = load(GOOD)
    assert mapping_sources(company, company.feeds["transactions"][0]) == ("till", "crm")
    assert mapping_sources(company, company.feeds["customer_records"][0]) == ("crm",)


def test_slices_are_those_of_the_warehouse() -> None:
    """The company file and the warehouse's macro must know the same slices."""
    macro = Path(__file__).parents[3] / "transforms/macros/statistics/slices.sql"
    listed = macro.read_text(encoding="utf-8").split("return([", 1)[1].split("])", 1)[0]
    assert tuple(name.strip().strip('"') for name in listed.split(",")) == SLICES
