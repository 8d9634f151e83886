"""The books of a feed's batch: what became of each file's rows, and of their money.

Belongs here: counting and the check that the counts balance. Does not: the ledger's storage.

For every file and mapping: driving + exploded = not_selected + mapped; mapped = accepted +
quarantined + refused; accepted = new + updated + duplicate + older. Amounts are kept as whole
ten-thousandths (`_amount_e4`), which add up exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from orchestration.feeds.checking import CHECKED
from orchestration.feeds.versions import OUTCOME
from orchestration.ledger import Book
from orchestration.sql_text import name

MAPPING, VALIDATION, WRITE = "mapping", "validation", "write"
ACCEPTED = ("new", "updated", "duplicate", "older")
_MEASURES = {"new", "updated", "duplicate", "older", "refused", "quarantined"}


class BooksError(RuntimeError):
    """The counts do not balance: rows were lost or made."""


@dataclass(frozen=True)
class Driving:
    """Driving rows of one mapping by file, and answers that were empty."""

    mapping_index: int
    source: str
    rows: dict[str, int]
    empty_answers: dict[str, int]


def count_driving(
    connection: duckdb.DuckDBPyConnection, index: int, source: str, questions: int, kept: str
) -> Driving:
    """Count the driving rows of a mapping by file, before anything is left out."""
    file_id = "split_part(_row, ':', 1)"
    rows = dict(
        connection.execute(f"select {file_id}, count(*) from {name(source)} group by 1").fetchall()
    )
    empty: dict[str, int] = {}
    if questions:
        asked = connection.execute(
            f"select {file_id}, count(*) * {questions} from ({kept}) group by 1"
        ).fetchall()
        answered = dict(
            connection.execute(
                f"select _file_id, count(*) from {CHECKED}_{index} group by 1"
            ).fetchall()
        )
        empty = {file: count - answered.get(file, 0) for file, count in asked}
    return Driving(index, source, rows, empty)


def make_books(
    connection: duckdb.DuckDBPyConnection,
    feed: str,
    batch: int,
    driving: Iterable[Driving],
    has_amount: bool,
) -> list[Book]:
    """Count what became of the rows, and check that nothing is missing.

    Raises:
        BooksError: the counts of a file do not balance.
    """
    amount = "c.amount" if has_amount else "null::decimal(18,4)"
    counted = connection.execute(
        f"""select o.mapping_index, o.file_id, case o.class when 'conflict' then 'quarantined'
            else o.class end as measure, count(*),
            cast(coalesce(sum({amount}), 0) * 10000 as hugeint)
        from {OUTCOME} o join {CHECKED} c on c.rowid = o.rid group by all"""
    ).fetchall()
    judged = {
        (index, file_id): (int(count), int(chosen), int(money))
        for index, file_id, count, chosen, money in connection.execute(
            f"""select _mapping, _file_id, count(*), count(distinct _row),
                cast(coalesce(sum({amount}), 0) * 10000 as hugeint)
            from {CHECKED} c group by all"""
        ).fetchall()
    }
    outcomes: dict[tuple[int, str], dict[str, tuple[int, int]]] = {}
    for index, file_id, measure, count, money in counted:
        outcomes.setdefault((index, file_id), {})[measure] = (count, int(money))
    books = []
    for part in driving:
        for file_id in sorted({*part.rows, *(f for i, f in outcomes if i == part.mapping_index)}):
            figures = _figures(part, file_id, outcomes, judged, has_amount)
            books += [
                Book(batch, part.source, file_id, feed, part.mapping_index, stage, measure, value)
                for (stage, measure), value in figures.items()
            ]
    return books


def _figures(
    part: Driving,
    file_id: str,
    outcomes: dict[tuple[int, str], dict[str, tuple[int, int]]],
    judged: dict[tuple[int, str], tuple[int, int, int]],
    has_amount: bool,
) -> dict[tuple[str, str], int]:
    place = (part.mapping_index, file_id)
    found = outcomes.get(place, {})
    n = {measure: found.get(measure, (0, 0))[0] for measure in _MEASURES}
    money = {measure: found.get(measure, (0, 0))[1] for measure in _MEASURES}
    mapped, chosen, mapped_money = judged.get(place, (0, 0, 0))
    driving = part.rows.get(file_id, 0)
    accepted = sum(n[measure] for measure in ACCEPTED)
    exploded, left_out = mapped - chosen, driving - chosen
    balanced = mapped == accepted + n["quarantined"] + n["refused"]
    if left_out < 0 or not balanced or mapped_money != sum(money.values()):
        raise BooksError(
            f"mapping {part.mapping_index + 1} of source {part.source}, file {file_id}: {driving}"
            f" driving, {mapped} mapped, {accepted} accepted, {n['quarantined']} quarantined"
        )
    figures = {
        (MAPPING, "driving"): driving,
        (MAPPING, "not_selected"): left_out,
        (MAPPING, "exploded"): exploded,
        (MAPPING, "mapped"): mapped,
        (VALIDATION, "accepted"): accepted,
        (VALIDATION, "quarantined"): n["quarantined"],
        (VALIDATION, "refused"): n["refused"],
        **{(WRITE, measure): n[measure] for measure in ACCEPTED},
    }
    if part.empty_answers:
        figures[MAPPING, "empty_answers"] = part.empty_answers.get(file_id, 0)
    if has_amount:
        figures[MAPPING, "mapped_amount_e4"] = mapped_money
        figures[VALIDATION, "accepted_amount_e4"] = sum(money[m] for m in ACCEPTED)
        figures[VALIDATION, "quarantined_amount_e4"] = money["quarantined"]
        figures[VALIDATION, "refused_amount_e4"] = money["refused"]
        figures.update({(WRITE, f"{m}_amount_e4"): money[m] for m in ACCEPTED})
    return figures
