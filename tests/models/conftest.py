"""Fixtures of the scoring tests: one simulated company, scored once.

Not here: the simulation itself (`simulated`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from models.scoring.night import train_and_score
from models.scoring.summary import ScoreSummary
from tests.models.simulated import AS_OF, Simulated, simulate


@dataclass(frozen=True)
class ScoredNight:
    """A simulated company, where its night left things, and what it said."""

    company: Simulated
    out: Path
    state: Path
    summary: ScoreSummary


@pytest.fixture(scope="session")
def scored(tmp_path_factory: pytest.TempPathFactory) -> ScoredNight:
    root = tmp_path_factory.mktemp("scored")
    company = simulate(root / "features", n_customers=4_000)
    summary = train_and_score(
        company.path,
        root / "out",
        root / "state",
        as_of=AS_OF,
        churn_kind="non_contractual",
        horizon_days=90,
    )
    return ScoredNight(company, root / "out", root / "state", summary)
