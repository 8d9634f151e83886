"""The page of promises: every ID once, and every table and test that it names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from quality.contracts import load_contracts

ROW = re.compile(r"^\| (M\d+) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
NAMED = re.compile(r"`([^`]+)`")
IDS = [f"M{number:02d}" for number in range(1, 121)]


def rows_of(page: str) -> list[tuple[str, list[str], list[str]]]:
    """(ID, tables, tests) of each row; a cell that names nothing says "not yet"."""
    rows = []
    for name, _, tables, tests in ROW.findall(page):
        for cell in (tables, tests):
            assert NAMED.search(cell) or cell == "not yet", f"{name}: {cell}"
        rows.append((name, NAMED.findall(tables), NAMED.findall(tests)))
    return rows


def known_tables(root: Path, manifest: dict[str, Any]) -> set[str]:
    models = [n for n in manifest["nodes"].values() if n["resource_type"] in ("model", "seed")]
    tables = {f"{node['schema']}.{node.get('alias') or node['name']}" for node in models}
    return tables | {f"feeds.{feed}" for feed in load_contracts()}


def has_test(root: Path, manifest: dict[str, Any], name: str) -> bool:
    """Whether `file::test` or `dbt:<unit test>` is there."""
    if name.startswith("dbt:"):
        return name[4:] in {test["name"] for test in manifest["unit_tests"].values()}
    file, _, function = name.partition("::")
    if not (root / file).is_file():
        return False
    tree = ast.parse((root / file).read_text())
    return function in {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}


@pytest.fixture(scope="module")
def page(root: Path) -> list[tuple[str, list[str], list[str]]]:
    return rows_of((root / "docs" / "promises.md").read_text())


def test_every_promise_is_there_once(page: list[tuple[str, list[str], list[str]]]) -> None:
    assert [name for name, _, _ in page] == IDS


def test_every_table_exists(
    root: Path, manifest: dict[str, Any], page: list[tuple[str, list[str], list[str]]]
) -> None:
    known = known_tables(root, manifest)
    wrong = [
        f"{name}: {table}"
        for name, tables, _ in page
        for table in tables
        if table not in known and not (root / table).is_file()
    ]
    assert not wrong


def test_every_test_exists(
    root: Path, manifest: dict[str, Any], page: list[tuple[str, list[str], list[str]]]
) -> None:
    wrong = [f"{n}: {t}" for n, _, tests in page for t in tests if not has_test(root, manifest, t)]
    assert not wrong


def test_a_kept_promise_has_both(page: list[tuple[str, list[str], list[str]]]) -> None:
    assert [name for name, tables, tests in page if bool(tables) != bool(tests)] == []


def test_what_does_not_exist_is_seen(root: Path) -> None:
    nothing: dict[str, Any] = {"unit_tests": {}, "nodes": {}}
    assert not has_test(root, nothing, "tests/test_promises.py::test_nobody_wrote")
    assert not has_test(root, nothing, "tests/nowhere.py::test_every_promise_is_there_once")
    assert not has_test(root, nothing, "dbt:nothing")
    assert has_test(root, nothing, "tests/test_promises.py::test_every_promise_is_there_once")
    assert "marts.mart_nps" not in known_tables(root, nothing)
