"""The suite of the books: for each file and mapping nothing came from nowhere and nothing got lost.

The books are rows (batch, source, file_id, feed, mapping_index, stage, measure, value); amounts are
whole ten-thousandths. Not here: keeping the books (whoever moves the rows does).
"""

from __future__ import annotations

from quality.gates.suites import Gate, Suite, make_gates, rows_gate

_ACCEPTED = ("new", "updated", "duplicate", "older")
_JUDGED = ("accepted", "quarantined", "refused")

#: Name -> (one side, the other side), each a sum of `stage.measure`.
EQUATIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "framing_balances": (
        ("framing.framed",),
        ("framing.parsed", "framing.quarantined", "framing.blank"),
    ),
    "handover_balances": (
        ("handover.parsed",),
        ("handover.superseded", "mapping.driving"),
    ),
    "mapping_balances": (
        ("mapping.driving", "mapping.exploded"),
        ("mapping.mapped", "mapping.not_selected"),
    ),
    "validation_balances": (
        ("mapping.mapped",),
        tuple(f"validation.{measure}" for measure in _JUDGED),
    ),
    "write_balances": (
        ("validation.accepted",),
        tuple(f"write.{measure}" for measure in _ACCEPTED),
    ),
    "validation_money_balances": (
        ("mapping.mapped_amount_e4",),
        tuple(f"validation.{measure}_amount_e4" for measure in _JUDGED),
    ),
    "write_money_balances": (
        ("validation.accepted_amount_e4",),
        tuple(f"write.{measure}_amount_e4" for measure in _ACCEPTED),
    ),
}


def books_suite() -> Suite:
    """The suite of the books, an equation a gate."""
    gates = [rows_gate("feeds", "feeds.books", "books")]
    gates += [_balance(name, left, right) for name, (left, right) in EQUATIONS.items()]
    negative = {
        "law": "no_negative_count",
        "failing": "value < 0 and measure not like '%amount%'",
        "says": "no count is negative",
    }
    gates += make_gates("feeds", "feeds.books", "books", negative)
    return Suite("books", (), tuple(gates))


def _balance(name: str, left: tuple[str, ...], right: tuple[str, ...]) -> Gate:
    sql = (
        "select cast(count(*) as double) as observed from (select 1 from {table} as t"
        " group by batch, source, file_id, feed, mapping_index"
        f" having {_sum(left)} <> {_sum(right)}) as unbalanced"
    )
    says = f"{_words(left)} = {_words(right)} for each file and mapping"
    return Gate(f"feeds.books.{name}", "feeds", "books", "law", says, sql=sql)


def _sum(side: tuple[str, ...]) -> str:
    names = ", ".join(f"'{measure}'" for measure in side)
    return f"sum(case when stage || '.' || measure in ({names}) then value else 0 end)"


def _words(side: tuple[str, ...]) -> str:
    return " + ".join(measure.split(".")[1] for measure in side)
