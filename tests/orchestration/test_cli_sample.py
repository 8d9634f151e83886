"""`wholeview sample`: writes, extends, and refuses in one line."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from orchestration.cli.sample import sample, write_sample


def test_it_writes_a_sample_and_says_what_to_do_next(tmp_path: Path) -> None:
    out = tmp_path / "s"
    asked = ["--out", str(out), "--customers", "20", "--days", "20", "--until", "2026-06-30"]
    result = CliRunner().invoke(sample, asked, standalone_mode=False)
    assert result.exception is None, result.output
    assert f"wholeview run --company {out}/company.yml" in result.output
    assert (out / "company.yml").stat().st_size > 1000
    assert list((out / "truth").iterdir())


def test_a_refusal_is_a_usage_error_of_one_line(tmp_path: Path) -> None:
    said: list[str] = []
    write_sample(tmp_path / "s", said.append, customers="5", days="20")
    assert any("web" in line and "rows" in line for line in said)
    with pytest.raises(click.UsageError, match="another customers") as refused:
        write_sample(tmp_path / "s", said.append, customers="6", days="20")
    assert "\n" not in refused.value.message


def test_a_wrong_scenario_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "w.yml"
    wrong.write_text("rates: {oders: 1}")
    with pytest.raises(click.UsageError, match=r"rates\.oders"):
        write_sample(tmp_path / "s", lambda _: None, scenario=str(wrong))
