"""The dbt unit tests of staging, core and published: rules on a few rows, with no build."""

from __future__ import annotations

from pathlib import Path

from tests.transforms.build_fixture import SmallCompany, dbt


def test_dbt_unit_tests_pass(tmp_path: Path) -> None:
    company = SmallCompany(tmp_path)
    layers = ("staging", "core", "features", "published")
    chosen = [f"path:models/{layer},test_type:unit" for layer in layers]
    done = dbt(company, "test", "--select", *chosen)
    assert done.returncode == 0, done.stdout[-4000:]
    assert "Completed successfully" in done.stdout
    assert "PASS=13" in done.stdout
