"""The generic tests of dbt's project let good rows pass and find what is planted.

Here: what each says of a few rows, on DuckDB. Not here: which models have which.
"""

from __future__ import annotations

import re
from typing import Any

import duckdb
import jinja2
import pytest

from orchestration import settings

MACROS = settings.TRANSFORMS / "macros" / "tests"
GOOD = "(values (1, 'a'), (2, 'a'), (3, null)) as t(k, v)"
DOUBLE = "(values (1, 'a'), (2, 'b'), (2, 'b')) as t(k, v)"
MISSING = "(values (1, 'a'), (null, 'b'), (3, 'c')) as t(k, v)"


def _n_failures(test: str, relation: str, given: dict[str, Any]) -> int:
    """Count the rows that a generic test gives, as dbt does: any row is a failure."""
    text = (MACROS / f"{test}.sql").read_text()
    macro = re.sub(r"{% (end)?test\b", r"{% \1macro", text)
    sql = getattr(jinja2.Environment(autoescape=False).from_string(macro).module, test)
    return len(duckdb.execute(str(sql(model=relation, **given))).fetchall())


@pytest.mark.parametrize(
    ("test", "given", "broken"),
    [
        ("key", {"column_name": "k"}, DOUBLE),
        ("key", {"column_name": "k"}, MISSING),
        ("filled", {"columns": ["k"]}, MISSING),
        ("one_row_per", {"columns": ["k", "v"]}, DOUBLE),
        ("holds", {"condition": "k < 4"}, MISSING),
        ("holds", {"condition": "k < 4"}, "(values (1), (4)) as t(k)"),
    ],
)
def test_what_is_planted_is_found(test: str, given: dict[str, Any], broken: str) -> None:
    assert _n_failures(test, GOOD, given) == 0
    assert _n_failures(test, broken, given) == 1


def test_a_gap_in_any_of_the_columns_is_found() -> None:
    given = {"columns": ["k", "v"]}
    assert _n_failures("filled", DOUBLE, given) == 0
    assert _n_failures("filled", GOOD, given) == 1
    assert _n_failures("filled", MISSING, given) == 1
    assert _n_failures("filled", "(values (null, null), (null, 1)) as t(k, v)", given) == 2
