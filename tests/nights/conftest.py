"""The nights that the stories share: each is run once a session, and its home then only copied."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orchestration import build, settings
from tests.nights.later_nights import (
    DEATHS,
    break_tuesday,
    bring_a_stranger,
    bring_wednesday,
    killed_night,
    mend_answers,
    mend_sales,
    move_people,
)
from tests.nights.sample_night import Sample
from tests.nights.small_company import (
    FEEDS,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    Outcome,
    SmallCompany,
)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """One night on the sample company, for all tests that look at what becomes of its files."""
    return Sample(tmp_path_factory.mktemp("sample"))


@dataclass(frozen=True)
class Chapter:
    """A home after a night, and how the night ended. Not to be changed: copy it."""

    company: SmallCompany
    outcome: Outcome


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stories' homes are; a path with a space, as people have them."""
    return tmp_path_factory.mktemp("small company")


@pytest.fixture(scope="session")
def monday(folder: Path) -> Chapter:
    """The first night: all that is there by Monday, and some sales of the days after."""
    company = SmallCompany(folder / "monday")
    company.configure()
    company.put_history()
    return Chapter(company, company.night(MONDAY))


@pytest.fixture
def after_monday(monday: Chapter, tmp_path: Path) -> SmallCompany:
    """A copy of the home after the first night, for a test to do with as it likes."""
    return monday.company.copy_to(tmp_path / "copy")


@dataclass(frozen=True)
class Attempts:
    """A home after a night that took several attempts, and how each ended."""

    company: SmallCompany
    outcomes: tuple[Outcome, ...]


@pytest.fixture(scope="session")
def tuesday(monday: Chapter, folder: Path) -> Attempts:
    """The second night: broken files first, mended one by one, in the same home."""
    company = monday.company.copy_to(folder / "tuesday")
    outcomes = []
    for act in (break_tuesday, mend_answers, mend_sales):
        act(company)
        if act is mend_sales:
            move_people(company)
        outcomes.append(company.night(TUESDAY))
    return Attempts(company, tuple(outcomes))


@pytest.fixture(scope="session")
def wednesday(tuesday: Attempts, folder: Path) -> Attempts:
    """The third night: killed three times on its way, and then let through."""
    company = tuesday.company.copy_to(folder / "wednesday")
    bring_wednesday(company)
    outcomes = []
    for death in DEATHS:
        done = killed_night(company, WEDNESDAY, death)
        outcomes.append(Outcome(done.returncode, done.stdout, done.stderr))
        asked = company.command("query", "select version from meta.pub_snapshot")
        outcomes.append(asked)
    return Attempts(company, (*outcomes, company.night(WEDNESDAY)))


@pytest.fixture(scope="session")
def wednesday_in_full(tuesday: Attempts, folder: Path) -> Chapter:
    """The third night undisturbed in a copy of the home, and everything worked out anew."""
    company = tuesday.company.copy_to(folder / "full")
    bring_wednesday(company)
    return Chapter(company, company.night(WEDNESDAY, "--full"))


@pytest.fixture(scope="session")
def stranger(wednesday: Attempts, folder: Path) -> Attempts:
    """A night with one more person: first with a gate that nothing can pass, then without it.

    Between the two, a mapping and the code of the models change.
    """
    company = wednesday.company.copy_to(folder / "stranger")
    bring_a_stranger(company)
    company.configure(gates={"core.fct_transaction.row_count": {"min": 1_000_000}})
    stopped = company.night(WEDNESDAY)
    feeds = copy.deepcopy(FEEDS)
    feeds["interactions"][0]["set"]["team"] = "night shift"
    company.configure(feeds=feeds)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "settings", ChangedModels())
        return Attempts(company, (stopped, company.night(WEDNESDAY)))


class ChangedModels:
    """The settings as the build sees them where a dbt model has changed."""

    def __getattr__(self, name: str) -> Any:
        return getattr(settings, name)

    def code_digest(self, part: str) -> str:
        """Another digest for the models, the same for all else."""
        return "changed" if part == "transforms" else settings.code_digest(part)
