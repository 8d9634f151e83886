"""A decision is taken back by the ids that it was taken for, whatever has become of them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from orchestration.cli.identity import _kept
from orchestration.identity_decisions import DecisionRefused, standing
from orchestration.ledger import IdentityDecision
from tests.models.identity.test_resolve import Nights, World, key

TOLD = ("Ann Lee", "one address")
EMAIL = key("email", "x")


class Books:
    """The part of the ledger that decisions are written in."""

    def __init__(self) -> None:
        self.rows: list[IdentityDecision] = []

    def decisions(self) -> list[IdentityDecision]:
        return self.rows

    def add_decision(self, decision: IdentityDecision) -> None:
        self.rows.append(decision)


def test_of_a_customer_who_is_gone_by_now(tmp_path: Path) -> None:
    nights, books = Nights(tmp_path), Books()
    home = SimpleNamespace(identity=nights.state, key=lambda: b"k" * 32)

    def decide(*sides: str, verdict: str | None = None) -> str:
        return _kept(home, books, *sides, verdict, verdict is None, TOLD)

    guest_row = World().row(EMAIL, "email", "x")
    nights.run(guest_row.record("a", "Ana", "1980-01-01", "Berg"))
    guest, ana = nights.customer(EMAIL), nights.person("a")
    assert decide(guest, ana, verdict="cannot_link").startswith("two customers")
    world = World().row(EMAIL, "email", "x").record("a", "Ana", "1980-01-01", "Berg", email="x")
    nights.run(world.record("b", "Bruno", "1970-02-02", "Stein", email="x"))
    assert nights.customer(EMAIL) is None, "the address is nobody's, and the guest is gone"
    with pytest.raises(DecisionRefused, match="no customer has or had the id"):
        decide(guest, nights.person("b"), verdict="cannot_link")
    with pytest.raises(DecisionRefused, match="no decision stands"):
        decide(guest, nights.person("b"))
    assert decide(ana, guest) == "taken back"
    assert standing(books) == []
    assert [row.verdict for row in books.rows] == ["cannot_link", "undo"]
