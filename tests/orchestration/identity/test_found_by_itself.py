"""What identity is judged by is what it found by itself, not what people had it say."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from orchestration.cli.identity import _kept
from orchestration.identity_decisions import for_matcher, standing
from tests.models.identity.test_resolve import Nights, World
from tests.orchestration.identity.test_taken_back import TOLD, Books

NAMES = "abcd"


class Company:
    """Four records that nothing links, their nights, and what is decided of them."""

    def __init__(self, tmp_path: Path) -> None:
        self.nights, self.books = Nights(tmp_path), Books()
        self.home = SimpleNamespace(identity=self.nights.state, key=lambda: b"k" * 32)
        self.night()

    def key(self, name: str) -> str:
        return f"source_customer_id:{name * 32}"

    def night(self) -> None:
        world = World()
        for name in NAMES:
            world.row(self.key(name), "source_customer_id", name * 32, source=name)
        self.nights.run(world, decisions=for_matcher(standing(self.books)))

    def decide(self, one: str, other: str, verdict: str | None) -> bool | None:
        """Take a decision, or none back; what identity is taken to have found of the two."""
        sides = self.key(one), self.key(other)
        _kept(self.home, self.books, *sides, verdict, verdict is None, TOLD)
        return for_matcher(self.books.rows[-1:])[0].were_one


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


def test_of_two_who_are_decided_again_it_is_what_was_found_at_first(company):
    assert company.decide("a", "b", "must_link") is False
    company.night()
    company.decide("a", "b", None)
    # the last night's map has them as one still, by the decision alone
    assert company.decide("b", "a", "cannot_link") is False


def test_of_two_who_are_one_by_decisions_about_others_nothing_is_said(company):
    assert company.decide("a", "b", "must_link") is False
    assert company.decide("b", "c", "must_link") is False
    company.night()
    assert company.decide("a", "c", "must_link") is None
    assert company.decide("a", "d", "cannot_link") is False


def test_of_two_who_are_kept_apart_by_decisions_about_others_nothing_is_said(company):
    company.decide("a", "c", "must_link")
    company.night()
    assert company.decide("a", "b", "cannot_link") is False
    assert company.decide("c", "b", "cannot_link") is None
