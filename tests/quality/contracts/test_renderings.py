"""What is made from the contracts: the files in the tree are up to date, parse, and say all."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from quality.contracts import load_contracts, load_vocabularies, stored_columns
from quality.contracts.__main__ import main, renderings
from quality.contracts.render_docs import render_docs
from quality.contracts.render_sources import render_sources

ROOT = Path(__file__).parents[3]


def test_the_files_in_the_tree_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"], ROOT) == 0, capsys.readouterr().out


def test_a_stale_file_is_named_and_then_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0
    capsys.readouterr()
    (tmp_path / "docs/feeds.md").write_text("old", encoding="utf-8")
    assert main(["--check"], tmp_path) == 1
    assert capsys.readouterr().out.startswith("docs/feeds.md is stale")
    assert main([], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0


def test_the_sources_declare_every_stored_column_with_its_type() -> None:
    source = yaml.safe_load(render_sources())["sources"][0]
    tables = {table["name"]: table for table in source["tables"]}
    assert source["name"] == "feeds"
    for feed, contract in load_contracts().items():
        declared = [(c["name"], c["data_type"]) for c in tables[feed]["columns"]]
        assert declared == stored_columns(contract)
        assert all(c["description"] for c in tables[feed]["columns"])
        assert tables[feed]["config"]["meta"]["dagster"]["asset_key"] == ["feeds", feed]
        assert f"superseded_{feed}" in tables
        assert (f"touched_{feed}" in tables) is (contract.kind == "event")
    assert {"identifier", "batch"} <= set(tables)


def test_locations_are_under_the_home_from_the_environment() -> None:
    source = yaml.safe_load(render_sources())["sources"][0]
    for table in source["tables"]:
        location = table["config"]["meta"]["external_location"]
        assert location.startswith('read_parquet(\'{{ env_var("WHOLEVIEW_HOME") |')
        assert location.endswith(".parquet', union_by_name=true)")


def test_the_page_names_every_feed_column_and_vocabulary_value() -> None:
    page = render_docs()
    for contract in load_contracts().values():
        assert f"\n## {contract.feed}\n" in page
        assert all(f"`{name}`" in page for name in contract.column_names)
    for name, values in load_vocabularies().items():
        assert f"\n### {name}\n" in page
        assert all(f"| `{value}` |" in page for value in values)


def test_each_rendering_says_that_it_is_made_and_how() -> None:
    for text in renderings().values():
        assert "python -m quality.contracts" in text.splitlines()[0]
