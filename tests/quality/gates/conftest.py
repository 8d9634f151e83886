"""A small healthy build: every table that the suites judge, with the columns that dbt declares."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from quality.gates.runner import GateRunner, open_runner
from quality.gates.suites import load_suites

HEALTHY = (Path(__file__).parent / "healthy.sql").read_text()


def create_tables(con: duckdb.DuckDBPyConnection, manifest: dict[str, Any]) -> None:
    """Every table of the core and mart suites, empty, as dbt's contracts declare it."""
    models = {(node["schema"], node["name"]): node for node in manifest["nodes"].values()}
    for schema in ("keyed", "core", "marts"):
        con.execute(f"create schema {schema}")
    for suite in (*load_suites("core"), *load_suites("marts")):
        schema, name = suite.table.split(".")
        assert (schema, name) in models, f"{suite.table} is no dbt model"
        columns = models[schema, name]["columns"].values()
        declared = ", ".join(f'"{c["name"]}" {c["data_type"]}' for c in columns)
        con.execute(f"create table {suite.table} ({declared})")


@pytest.fixture(scope="session")
def healthy_file(manifest: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("build") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as con:
        create_tables(con, manifest)
        con.execute(HEALTHY)
    return path


@pytest.fixture
def warehouse(healthy_file: Path, tmp_path: Path) -> Path:
    """A copy of the healthy build, to plant faults in."""
    return Path(shutil.copy(healthy_file, tmp_path / "warehouse.duckdb"))


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GateRunner]:
    """A runner on no file: relations are whatever a test selects from."""
    with open_runner(":memory:") as runner:
        yield runner


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    """Healthy files of scores of the two customers of the healthy build."""
    folder = tmp_path / "scores"
    folder.mkdir()
    day = pd.Timestamp("2024-03-31").date()
    common = {"as_of_on": [day] * 2, "model_version": ["m1"] * 2, "decile": [1, 10]}
    people: dict[str, Any] = {"customer_id": ["c1", "c2"], **common}
    churn = {"outcome": ["churn"] * 2, "horizon_days": [90] * 2, "risk_band": ["low", "high"]}
    frames = {
        "churn_score": {**people, **churn, "churn_probability": [0.1, 0.9]},
        "score_reason": {
            "customer_id": ["c1", "c1"],
            "as_of_on": [day] * 2,
            "rank": [1, 2],
            "feature": ["recency", "tenure"],
            "contribution": [0.4, -0.2],
            "direction": ["raises", "lowers"],
            "reason_text": ["a", "b"],
        },
        "propensity_score": {
            **people,
            "offer_id": ["books"] * 2,
            "propensity_probability": [0.2, 0.3],
            "horizon_days": [30] * 2,
        },
        "model_registry": {
            "outcome": ["churn", "propensity"],
            "offer_id": [None, "books"],
            "as_of_on": [day] * 2,
            "status": ["used"] * 2,
            "n_train": [100, 100],
            "n_train_positive": [10, 10],
            "n_test": [50, 50],
            "n_test_positive": [5, 5],
            "n_scored": [2, 2],
            **{name: [0.5, 0.6] for name in ("auc", "pr_auc", "brier", "ece", "base_rate")},
        },
    }
    for name, columns in frames.items():
        pd.DataFrame(columns).to_parquet(folder / f"{name}.parquet", index=False)
    return folder
