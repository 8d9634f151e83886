"""What people decide about customers: which ids they mean, what stands, what contradicts what.

Belongs here: from an id as it is typed to identity keys, the standing decisions, the checks before
one is kept. Does not: their effect (models.identity.exact) or the command (cli/identity.py).

An id is `source_system:source_customer_id` of a record, or a customer's id of today or of any
night before. A decision of customers is one of the records that they have when it is taken: those
stay decided whatever becomes of the customer's id. Only keyed hashes are kept, no id of a source.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from models.identity.arrays.graph import Apart
from models.identity.exact.decisions import Decision
from models.identity.exact.hubs import STRONG, WEAK
from models.identity.nights.state import table_sql
from orchestration.home import Home
from orchestration.ledger import IdentityDecision, Ledger
from quality.identifiers import install_hmac

MUST, CANNOT, UNDO = "must_link", "cannot_link", "undo"
_CUSTOMER = re.compile(r"c[0-9a-f]{15}")
_KEY = re.compile(r"[a-z_]+:[0-9a-f]{32}")


class DecisionRefused(Exception):  # noqa: N818 - reads as what happened
    """A decision that cannot be kept; the message says why and what to do."""


@dataclass(frozen=True)
class Side:
    """One side of a decision: how it is referred to, its keys, and whose they are today."""

    ref: str
    keys: tuple[str, ...]
    customer_id: str | None


class Identities:
    """Who is who in a home as of its last published night."""

    def __init__(self, home: Home) -> None:
        if not (home.identity / "identity_map.parquet").exists():
            raise DecisionRefused("no night has found any customer yet; start with: wholeview run")
        self.home = home
        self.con = duckdb.connect()
        for table in ("identity_map", "identity_trail"):
            self.con.execute(f"create view {table} as {table_sql(home.identity, table)}")

    def ref(self, typed: str, which: str) -> str:
        """How an id is referred to, whether or not anybody has it today.

        Raises:
            DecisionRefused: It is none.
        """
        text = typed.strip()
        system, colon, own = text.partition(":")
        # a source's own ids may be digests too: what is a key is told by its type
        if _CUSTOMER.fullmatch(text) or (_KEY.fullmatch(text) and system in (*STRONG, *WEAK)):
            return text
        if not (system and colon and own):
            raise DecisionRefused(
                f"--{which}: give source_system:source_customer_id, such as crm:1001, or a"
                " customer_id of core.dim_customer"
            )
        return self._key_of(system, own)

    def side(self, typed: str, which: str) -> Side:
        """What an id means.

        Raises:
            DecisionRefused: Nobody has it.
        """
        ref, text = self.ref(typed, which), typed.strip()
        if _CUSTOMER.fullmatch(ref):
            return self._customer(ref, which)
        return self._record(ref, which, None if ref == text else text.partition(":")[0])

    def _key_of(self, system: str, own: str) -> str:
        install_hmac(self.con, self.home.key())
        text = "\x1f".join(
            ("source_customer_id", system, unicodedata.normalize("NFC", own.strip()))
        )
        found = self.con.execute("select identifier_key(?)", [text]).fetchone()
        assert found is not None
        return str(found[0])

    def _record(self, key: str, which: str, system: str | None = None) -> Side:
        found = self.con.execute(
            "select customer_id from identity_map where identity_key = ?", [key]
        ).fetchone()
        if found is None:
            of = f" of source system {system}" if system else ""
            raise DecisionRefused(
                f"--{which}: no record{of} has this id as of the last night; 'wholeview identity"
                " review' shows ids, source systems are those of core.bridge_identity"
            )
        return Side(key, (key,), str(found[0]))

    def _customer(self, customer_id: str, which: str) -> Side:
        today = self.today(customer_id)
        if today is None:
            raise DecisionRefused(f"--{which}: no customer has or had the id {customer_id}")
        keys = [
            str(key)
            for (key,) in self.con.execute(
                "select identity_key from identity_map where customer_id = ? and match_rule <>"
                " 'seen_together' order by identity_key",
                [today],
            ).fetchall()
        ]
        # who has records is their records; who has none is their orders' and answers' identifiers
        records = [key for key in keys if key.startswith("source_customer_id:")]
        return Side(customer_id, tuple(records or keys), today)

    def customers(self, keys: Iterable[str]) -> set[str]:
        """The customers of today who have any of some keys."""
        return {
            str(customer_id)
            for (customer_id,) in self.con.execute(
                "select distinct customer_id from identity_map"
                " where identity_key in (select unnest(?))",
                [sorted(keys)],
            ).fetchall()
        }

    def today(self, customer_id: str) -> str | None:
        """The customer of today of any night's id: of most of the keys that once were its own.

        As core.customer_alias says it.
        """
        found = self.con.execute(
            "select customer_id from ("
            " select customer_id, count(*) as n, 0 as place from identity_map"
            " where customer_id = $id group by customer_id union all"
            " select m.customer_id, count(distinct identity_key), 1 from identity_trail t"
            " join identity_map m using (identity_key) where t.customer_id = $id"
            " group by m.customer_id) order by place, n desc, customer_id limit 1",
            {"id": customer_id},
        ).fetchone()
        return None if found is None else str(found[0])


def found_by_itself(
    known: Identities, before: Iterable[IdentityDecision], left: Side, right: Side
) -> bool | None:
    """Whether identity has found two sides to be one customer; None where only people said so.

    Of two who were judged before, it is what was found then: today's map may follow that decision,
    though it was taken back since the last night. So may it follow those of others with them.

    Args:
        known: Who is who.
        before: All decisions ever taken, those that were taken back as well, oldest first.
        left: One side.
        right: The other.
    """
    is_one = left.customer_id == right.customer_id
    sides = {left.customer_id, right.customer_id}
    follows = MUST if is_one else CANNOT
    is_said = False
    for decision in before:
        two = [set(json.loads(keys)) for keys in (decision.left_keys, decision.right_keys)]
        if decision.verdict == UNDO:
            continue
        if any(a & set(left.keys) and b & set(right.keys) for a, b in (two, two[::-1])):
            return None if decision.were_one is None else bool(decision.were_one)
        if decision.verdict == follows:
            is_said |= all(known.customers(keys) & sides for keys in two)
    return None if is_said else is_one


def standing(ledger: Ledger) -> list[IdentityDecision]:
    """The decisions that nobody has taken back, oldest first."""
    found: dict[frozenset[str], IdentityDecision] = {}
    for decision in ledger.decisions():
        two = frozenset((decision.left_ref, decision.right_ref))
        if decision.verdict == UNDO:
            found.pop(two, None)
        else:
            found[two] = decision
    return list(found.values())


def for_matcher(decisions: Iterable[IdentityDecision]) -> list[Decision]:
    """Decisions as the matcher takes them."""
    return [
        Decision(
            is_one=d.verdict == MUST,
            left=tuple(json.loads(d.left_keys)),
            right=tuple(json.loads(d.right_keys)),
            were_one=None if d.were_one is None else bool(d.were_one),
        )
        for d in decisions
    ]


def between(decisions: Iterable[IdentityDecision], left: str, right: str) -> IdentityDecision:
    """The standing decision of two references.

    Raises:
        DecisionRefused: There is none.
    """
    for decision in decisions:
        if {decision.left_ref, decision.right_ref} == {left, right}:
            return decision
    raise DecisionRefused(
        "no decision stands between these two; 'wholeview identity review --decided' lists them"
        " with the ids that they were taken for"
    )


def check_new(decisions: list[IdentityDecision], left: Side, right: Side, is_one: bool) -> None:
    """Refuse what cannot be: of one and the same, decided already, or against what stands.

    Raises:
        DecisionRefused: With the decision that is in the way.
    """
    if set(left.keys) & set(right.keys):
        raise DecisionRefused(
            f"--left and --right are one customer today, {left.customer_id}: to part it, name one"
            " record of either side (source_system:source_customer_id)"
            if left.ref != right.ref
            else "--left and --right are the same id: there is nothing to decide"
        )
    refs = {left.ref, right.ref}
    same = [d for d in decisions if {d.left_ref, d.right_ref} == refs]
    if same:
        raise DecisionRefused(
            f"{said(same[0])} already; take it back first: the same command with --undo"
        )
    new = Decision(is_one, left.keys, right.keys)
    if not _agree([*for_matcher(decisions), new]):
        against = next(
            (d for d in reversed(decisions) if _is_in_the_way(decisions, d, new)), decisions[-1]
        )
        raise DecisionRefused(
            f"it contradicts what stands: {said(against)}; take that back first with --undo"
        )


def said(decision: IdentityDecision, ids: Mapping[str, str] | None = None) -> str:
    """A decision in words, with the references that it can be taken back by.

    Args:
        decision: The decision.
        ids: What a reference is called where it may be shown.
    """
    called = ids or {}
    left, right = (called.get(ref, ref) for ref in (decision.left_ref, decision.right_ref))
    what = "are one customer" if decision.verdict == MUST else "are never one customer"
    on = decision.decided_at.date()
    return f"{decision.decided_by} decided on {on} that {left} and {right} {what}"


def _agree(decisions: Iterable[Decision]) -> bool:
    """Whether all must-links can hold together beside all cannot-links."""
    kept = list(decisions)
    sets = Apart((a, b) for d in kept if not d.is_one for a in d.left for b in d.right)
    return all(sets.join([*d.left, *d.right]) for d in kept if d.is_one)


def _is_in_the_way(decisions: list[IdentityDecision], one: IdentityDecision, new: Decision) -> bool:
    """Whether the new decision could stand without this one."""
    return _agree([*for_matcher(d for d in decisions if d is not one), new])
