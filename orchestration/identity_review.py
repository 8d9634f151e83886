"""The pairs that the last night left for a person to judge, with what records say and what moves.

Belongs here: reading them, their evidence as a waterfall in words, the rows and money at stake.
Does not: choosing them (models.identity.shown.review) or keeping a decision (identity_decisions).
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
#: Values of an attribute that are shown of a side, at most.
SHOWN = 4
_PART = re.compile(r"(.+) ([+-][0-9.]+)$")
_WORDS = {
    "given": "given name", "family": "family name", "born": "birth date",
    "national": "state number",
    "mailbox": "e-mail", "phone": "telephone", "area": "postal code or town", "street": "street",
    "gender": "gender",
}  # fmt: skip
_LEVELS = {
    "same": "agrees", "different": "differs", "initial": "is an initial",
    "one digit": "is one digit off", "two parts": "agrees but for one part",
    "year alone": "agrees in the year alone", "same year": "is of the same year",
    "same name": "has the same name in it",
}  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """One pair to judge; `left` and `right` are ids that `decide` takes.

    What either side says is of all records that exact identifiers hold together there, that of the
    id first: evidence compares them all, and what agrees may be in another than the id's own.
    """

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
    left_says: dict[str, list[Any]]
    right_says: dict[str, list[Any]]
    n_left: int
    n_right: int


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
        keys = sorted({key for f in kept for key in (*f["left_keys"], *f["right_keys"])})
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
    left, right = (_side(found, side, says) for side in ("left", "right"))
    return Pair(
        kind=found["kind"], left=_id(found, "left", left), right=_id(found, "right", right),
        left_customer_id=found["left_customer_id"], right_customer_id=found["right_customer_id"],
        is_one=found["is_one"], weight=found["weight"], enough=found["enough"],
        evidence=found["evidence"], n_rows=found["n_rows"] or 0, n_facts=n_facts, amount=amount,
        left_says=_values(left), right_says=_values(right), n_left=len(left), n_right=len(right),
    )  # fmt: skip


def _side(found: dict[str, Any], side: str, says: dict[str, Any]) -> list[dict[str, Any]]:
    """What the records of one side say, its first record's words first."""
    first = found[f"{side}_key"]
    keys = [first, *(key for key in found[f"{side}_keys"] if key != first)]
    return [says[key] for key in keys if key in says]


def _id(found: dict[str, Any], side: str, records: list[dict[str, Any]]) -> str:
    own = records[0]["id"] if records else found[f"{side}_key"] or found[f"{side}_keys"][0]
    return str(own)


def _values(records: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Distinct values of each attribute, in the order of the records."""
    return {
        name: list(dict.fromkeys(r[name] for r in records if r[name] is not None))
        for name in ATTRIBUTES
    }


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
    yield f"{_named(pair.left, pair.n_left)}  and  {_named(pair.right, pair.n_right)}"
    yield f"   {is_linked}: " + ", ".join(
        dict.fromkeys((pair.left_customer_id, pair.right_customer_id))
    )
    for name in ATTRIBUTES:
        sides = (pair.left_says.get(name) or [], pair.right_says.get(name) or [])
        for line in range(min(SHOWN, max(map(len, sides)))):
            one, other = (_text(side, line) for side in sides)
            yield f"   {name if not line else '':<14}{one:<34}{other}".rstrip()
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


def _named(own: str, n_records: int) -> str:
    more = n_records - 1
    return own if more < 1 else f"{own} (and {more} record{'s' if more > 1 else ''} more of theirs)"


def _text(values: list[Any], line: int) -> str:
    """The value of a line; of a side that says nothing a dash, and of more than are shown dots."""
    if line >= len(values):
        return "" if line else "-"
    return f"{str(values[line])[:28]}{' …' if line == SHOWN - 1 and len(values) > SHOWN else ''}"
