"""A small right company file, and a way to change one thing in it and see what is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.company import Company, CompanyFileError, Problem, parse_company

GOOD = """\
company:
  name: Corner Shop
  timezone: Europe/Berlin
  currency: EUR
  country: DE
  churn: {kind: non_contractual, horizon_days: 90}
sources:
  till: {files: "till_*.csv", delimiter: ";", decimal: ",", lag: 2h}
  crm: {files: crm.csv, timezone: UTC, required: false, on_failure: use_last}
  survey: {files: answers/}
feeds:
  customer_records:
    - from: crm
      columns: {source_customer_id: id, email: Mail, gender: sex}
      values: {gender: {F: female, M: male, "?": null}}
  transactions:
    - from: till
      sql: |
        select t._row, t.receipt as transaction_id, ts(t.at) as occurred_at,
               num(t.eur) as amount, c.email
        from till t left join crm c on t.customer = c.id
  survey_responses:
    - from: survey
      columns: {submission_id: id, responded_at: When, email: Mail}
      formats: {responded_at: "%d.%m.%Y %H:%M"}
      drop_where: Mail like '%@shop.example'
      questions:
        Recommend?: {metric_type: nps, question_id: q1}
        Why?: {metric_type: open, question_id: q2}
slices:
  by: [channel, store_id]
  pairs: [[channel, store_id]]
controls:
  till_total: {feed: transactions, measure: amount, from: till, day: at, total: eur}
settings: {minimum_n: 20, publish_source_ids: [crm], memory_limit: 2GB}
"""


@pytest.fixture
def good() -> str:
    return GOOD


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Company]:
    """Parses a text as the company file of an empty folder."""

    def parsed(text: str, **environ: str) -> Company:
        return parse_company(text, tmp_path / "company.yml", environ)

    return parsed


@pytest.fixture
def problems(load: Callable[..., Company]) -> Callable[..., list[Problem]]:
    """The problems of the right file after one text in it has been replaced."""

    def found(old: str, new: str, **environ: str) -> list[Problem]:
        assert old in GOOD
        with pytest.raises(CompanyFileError) as error:
            load(GOOD.replace(old, new, 1), **environ)
        return error.value.problems

    return found
