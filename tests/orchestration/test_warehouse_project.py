"""The manifest is made by one process of a checkout at a time."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path

import pytest

from orchestration import warehouse_project
from orchestration.company import load_company


def test_who_makes_or_reads_the_manifest_is_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warehouse_project, "MANIFEST", tmp_path / "target" / "manifest.json")
    lock = tmp_path / "target" / "manifest.lock"
    with warehouse_project._alone(), lock.open("w") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with lock.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_what_a_company_sets_reaches_the_models(tmp_path: Path) -> None:
    (tmp_path / "crm.csv").write_text("id\n1\n")
    (tmp_path / "company.yml").write_text(
        "company: {name: Acme, timezone: Europe/Berlin, currency: EUR, country: DE}\n"
        "sources: {crm: {files: crm.csv}}\n"
        "feeds: {customer_records: [{from: crm, columns: {source_customer_id: id}}]}\n"
        "settings: {attribute_trust: [crm, shop], minimum_n: 12}\n"
    )
    given = json.loads(warehouse_project.dbt_variables(load_company(tmp_path / "company.yml")))
    assert given["attribute_trust"] == ["crm", "shop"]
    assert (given["minimum_n"], given["timezone"]) == (12, "Europe/Berlin")
