"""The pairs that the last night left for a person to judge, with what records say and what moves.

Belongs here: reading them, their evidence as a waterfall in words, the rows and money at stake.
Does not: choosing them (models.identity.review) or keeping a decision (identity_decisions).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb

from orchestration.home import Home
from orchestration.ledger import Ledger
from orchestration.sql_text import literal

#: What is shown of a record, side by side.
ATTRIBUTES = (
    "full_name", "given_name", "family_name", "birth_date", "gender", "email", "phone", "street",
    "postal_code", "city", "national_id",
)  # fmt: skip
_PART = re.compile(r"(.+) ([+-][0-9.]+)$")
_WORDS = {
    "given": "given name", "family": "family name", "born": "birth date",
    "national": "state number",
    "mailbox": "e-mail", "phone": "telephone", "area": "postal code or town", "street": "street",
    "gender": "gender",
}  # fmt: skip
_LEVELS = {"same": "agrees", "different": "differs"}


@dataclass(frozen=True)
class Pair:
    """One pair to judge; `left` and `right` are ids that `decide` takes."""

    kind: str
    left: str
    right: str
    left_customer_id: str
    right_customer_id: str
    is_one: bool
    weight: float
    enough: float
    evidence: str
    n_rows: int
    n_facts: int
    amount: Decimal | None
    left_says: dict[str, Any]
    right_says: dict[str, Any]


def review_pairs(home: Home, limit: int, *, with_values: bool) -> list[Pair]:
    """The pairs that nobody has decided yet, most uncertain first, then most consequential.

    Args:
        home: The home; its last published version says what facts and money are at stake.
        limit: Pairs of each kind.
        with_values: Read what the records say, and their sources' own ids: personal data.
    """
    file = home.identity / "review_pair.parquet"
    if not (file.exists() and home.current.exists()):  # a first night may have died in between
        return []
    con = duckdb.connect(str(home.current.resolve()), read_only=True)
    try:
        with Ledger(home.ledger) as ledger:
            decided = [(d.left_keys, d.right_keys) for d in ledger.decisions()]
        rows = con.execute(
            f"select * from read_parquet({literal(str(file))}) order by kind desc, place"
        ).fetchall()
        names = [column[0] for column in con.description]
        found = [dict(zip(names, row, strict=True)) for row in rows]
        kept: list[dict[str, Any]] = []
        for kind in ("uncertain", "consequential"):
            mine = [f for f in found if f["kind"] == kind and not _is_decided(f, decided)]
            kept += mine[:limit]
        keys = sorted({key for f in kept for key in (f["left_key"], f["right_key"]) if key})
        says = _records(home, keys) if with_values and keys else {}
        return [_pair(con, f, says) for f in kept]
    finally:
        con.close()


def _is_decided(found: dict[str, Any], decided: list[tuple[str, str]]) -> bool:
    """Whether a person has spoken of these two already, be it to take it back."""
    left, right = set(found["left_keys"]), set(found["right_keys"])

    def names(text: str, keys: set[str]) -> bool:
        return any(f'"{key}"' in text for key in keys)

    return any(
        (names(one, left) and names(other, right)) or (names(one, right) and names(other, left))
        for one, other in decided
    )


def _pair(con: duckdb.DuckDBPyConnection, found: dict[str, Any], says: dict[str, Any]) -> Pair:
    n_facts, amount = min(
        (_at_stake(con, found[side]) for side in ("left_keys", "right_keys")),
        key=lambda stake: stake[0],
    )
    left, right = (says.get(found[side], {}) for side in ("left_key", "right_key"))
    return Pair(
        kind=found["kind"], left=left.get("id") or found["left_key"] or found["left_keys"][0],
        right=right.get("id") or found["right_key"] or found["right_keys"][0],
        left_customer_id=found["left_customer_id"], right_customer_id=found["right_customer_id"],
        is_one=found["is_one"], weight=found["weight"], enough=found["enough"],
        evidence=found["evidence"], n_rows=found["n_rows"] or 0, n_facts=n_facts, amount=amount,
        left_says=left, right_says=right,
    )  # fmt: skip


def _at_stake(con: duckdb.DuckDBPyConnection, keys: list[str]) -> tuple[int, Decimal | None]:
    """Facts that some keys brought, and the money among them."""
    lines, amount = con.execute(
        "select count(*), sum(amount_reporting) from core.fct_transaction where identity_key in"
        " (select unnest(?))",
        [keys],
    ).fetchone() or (0, None)
    others = 0
    for table in ("core.fct_interaction", "core.fct_survey_response"):
        row = con.execute(
            f"select count(*) from {table} where identity_key in (select unnest(?))", [keys]
        ).fetchone()
        others += int(row[0]) if row else 0
    return int(lines) + others, amount


def _records(home: Home, keys: list[str]) -> dict[str, dict[str, Any]]:
    """What the newest version of each record says, from the feed that is kept apart."""
    rows = home.feed_rows("customer_records") / "*.parquet"
    con = duckdb.connect()
    try:
        found = con.execute(
            f"select identity_key, source_system || ':' || source_customer_id as id,"
            f" {', '.join(ATTRIBUTES)} from read_parquet({literal(str(rows))},"
            " union_by_name = true) where identity_key in (select unnest(?))"
            " order by version_at nulls first, batch",
            [keys],
        )
        names = [column[0] for column in found.description][1:]
        return {row[0]: dict(zip(names, row[1:], strict=True)) for row in found.fetchall()}
    finally:
        con.close()


def source_ids(home: Home, keys: list[str]) -> dict[str, str]:
    """The sources' own ids of records, by identity key: personal data."""
    if not keys or not any(home.feed_rows("customer_records").glob("*.parquet")):
        return {}
    return {key: said["id"] for key, said in _records(home, keys).items()}


def shown_pair(pair: Pair) -> Iterator[str]:
    """A pair in lines: who, what they say side by side, the waterfall, what would move."""
    is_linked = "one customer today" if pair.is_one else "two customers today"
    yield f"{pair.left}  and  {pair.right}"
    yield f"   {is_linked}: " + ", ".join(
        dict.fromkeys((pair.left_customer_id, pair.right_customer_id))
    )
    for name in ATTRIBUTES:
        one, other = pair.left_says.get(name), pair.right_says.get(name)
        if one is not None or other is not None:
            yield f"   {name:<14}{_text(one):<34}{_text(other)}"
    yield from waterfall(pair)
    money = f", {pair.amount:,.2f} of money" if pair.amount is not None else ""
    act = "parting" if pair.is_one else "joining"
    yield f"   {act} them moves {pair.n_facts:,} facts{money}"


def waterfall(pair: Pair) -> Iterator[str]:
    """The evidence of a pair, a line an attribute: its words, its weight in bits, the sum so far.

    The first line is what is known before any word is compared: how rare it is that two records
    are one person's, and what people of one home share counting no more than a home.
    """
    parts = []
    for piece in pair.evidence.split("; "):
        if match := _PART.fullmatch(piece):
            name, _, level = match[1].partition(" ")
            parts.append((f"{_WORDS.get(name, name)} {_LEVELS.get(level, f'is {level}')}",
                          float(match[2])))  # fmt: skip
    so_far = pair.weight - sum(weight for _, weight in parts)
    yield f"   {'before all else, and what a home shares':<42}{so_far:+7.1f}"
    for words, weight in sorted(parts, key=lambda part: -part[1]):
        so_far += weight
        yield f"   {words:<42}{weight:+7.1f}{so_far:+9.1f}"
    yield f"   {'in all, of ' + format(pair.enough, '+.1f') + ' for a link':<42}{pair.weight:+7.1f}"


def _text(value: Any) -> str:
    return "-" if value is None else str(value)[:32]
