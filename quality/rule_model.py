"""What a rule is, and what rules need to know: shared by the rules of texts, times and rows.

Belongs here: the shapes, and SQL helpers that all rules use. Does not: any rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from quality.contracts import Column

QUARANTINE, COERCE, NOTE = "Q", "K", "A"

#: Blank beyond the space: tab, line ends, no-break space, zero-width characters, byte-order mark.
BLANKS = " || ".join(
    f"chr({code})" for code in (32, 9, 10, 11, 12, 13, 160, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF)
)


@dataclass(frozen=True)
class RowContext:
    """What the rules need to know beside the row itself.

    Attributes:
        timezone: the company's zone, in which business days are counted.
        source_timezone: zone of source times that have no offset.
        currency: reporting currency, assumed where a row names none.
        decimal: decimal sign of the source's texts, "." or ",".
        typed: columns that come typed, not as text, and so always have the decimal sign ".".
        unread: columns with a text `given_<name>` where the mapping's SQL was given a text that it
            could not read, and so has no value.
        lateness_days: rows that occurred earlier than this before receipt are too late, or None.
    """

    timezone: str
    source_timezone: str
    currency: str
    decimal: str = "."
    typed: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    lateness_days: int | None = None


@dataclass(frozen=True)
class Rule:
    """One way in which a row or field is not as it should be.

    Attributes:
        code: reason code.
        column: field that the code is about; None where the code names it.
        condition: SQL over the parsed columns; NULL counts as false.
        handling: Q quarantines the row, K makes `clears` NULL, A is only counted.
        clears: column that K makes NULL, None where K only counts (an assumed time zone).
    """

    code: str
    column: str | None
    condition: str
    handling: str
    clears: str | None = None

    @property
    def detail(self) -> str:
        """The code, with the field where the code alone does not name it."""
        return self.code if self.column is None else f"{self.code}:{self.column}"


@dataclass
class ColumnSql:
    """SQL of one column in the levels that build on each other: clean, parsed, resolved, value."""

    name: str
    clean: str
    parsed: dict[str, str] = field(default_factory=dict)
    resolved: dict[str, str] = field(default_factory=dict)
    value: str = ""
    rules: list[Rule] = field(default_factory=list)


def quoted(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def blank_to_null(expression: str) -> str:
    """SQL of a text without the blanks around it; NULL where nothing is left.

    Trimming by a set of characters costs six times the look at both ends that mostly spares it.
    """
    first, last = f"ord(({expression})[1])", f"ord(({expression})[-1])"
    return (
        f"case when {first} between 33 and 126 and {last} between 33 and 126 then {expression}"
        f" else nullif(trim({expression}, {BLANKS}), '') end"
    )


def bad_field(column: Column, code: str, condition: str, named: bool = False) -> Rule:
    """A rule that quarantines where the column must be right, and else makes it NULL."""
    handling = QUARANTINE if column.required else COERCE
    return Rule(code, None if named else column.name, condition, handling, column.name)
