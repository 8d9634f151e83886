"""Whoever asks whose an event is says its day too: a look-back holds everywhere or nowhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from orchestration.company import load_company
from orchestration.warehouse_project import dbt_variables
from tests.transforms.build_fixture import PROJECT

#: Who ask whose a key is, and not of an event: golden and past people, records, keys.
OF_NO_EVENT = {
    "customer_alias", "customer_record_member", "dim_customer_history", "ftr_customer_cutoff",
    "golden_customer", "identity_past", "int_known_key", "mart_identity_quality",
}  # fmt: skip
ASKS = re.compile(r"ref\('(identity_map|int_known_key)'\)")
SAYS_THE_DAY = re.compile(
    r"join identities\s+on \w+\.identity_key = identities\.identity_key\s+"
    r"\{\{ and_in_look_back\('identities', '\w+\.(\w+_on)'\) \}\}"
)


def test_every_join_of_events_with_keys_says_the_day() -> None:
    asking = [path for path in PROJECT.glob("models/**/*.sql") if ASKS.search(path.read_text())]
    assert {path.stem for path in asking} >= OF_NO_EVENT
    of_events = [path for path in asking if path.stem not in OF_NO_EVENT]
    assert len(of_events) == 22
    for path in of_events:
        assert len(SAYS_THE_DAY.findall(path.read_text())) == 1, path.name


@pytest.mark.parametrize(("written", "given"), [("0", 0), ("30", 30), (None, None)])
def test_the_company_files_look_back_is_that_of_the_models(
    tmp_path: Path, written: str | None, given: int | None
) -> None:
    settings = f"settings: {{anonymous_lookback_days: {written}}}\n" if written else ""
    (tmp_path / "a.csv").write_text("id\n1\n")
    file = tmp_path / "company.yml"
    file.write_text(
        "company: {name: A, timezone: UTC, currency: EUR, country: DE}\n"
        "sources: {a: {files: a.csv}}\n"
        "feeds: {customer_records: [{from: a, columns: {source_customer_id: id}}]}\n" + settings
    )
    variables = json.loads(dbt_variables(load_company(file)))
    assert variables.get("anonymous_lookback_days") == given
