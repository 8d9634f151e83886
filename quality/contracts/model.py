"""The shape of a feed's contract: columns, key, time, and the physical types they are stored in.

What belongs here: plain frozen data classes and the mapping from contract types to DuckDB types.
What does not: reading the YAML files (`load`), rendering them for dbt and people (`render`), and
the rules that judge rows (`quality.validation`).
"""

from __future__ import annotations

from dataclasses import dataclass

PHYSICAL_TYPES: dict[str, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(18,4)",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMPTZ",
    "date": "DATE",
    "json": "VARCHAR",
}

FORMATS = frozenset({"email", "phone", "currency", "country", "language", "timezone"})

# Identifiers by which a row says who it is about; account_id is of a household or firm, and
# therefore not among them.
PERSON_IDENTIFIERS: tuple[str, ...] = (
    "source_customer_id",
    "known_person_id",
    "loyalty_id",
    "national_id",
    "email",
    "phone",
    "social_handle",
    "device_id",
    "cookie_id",
)

_LINEAGE: tuple[tuple[str, str], ...] = (
    ("row_id", "VARCHAR"),
    ("record_hash", "VARCHAR"),
    ("identity_key", "VARCHAR"),
    ("occurred_on", "DATE"),
    ("version_at", "TIMESTAMPTZ"),
    ("is_superseding", "BOOLEAN"),
    ("source_name", "VARCHAR"),
    ("mapping_index", "BIGINT"),
    ("source_row", "VARCHAR"),
    ("file_id", "VARCHAR"),
    ("line", "BIGINT"),
    ("received_at", "TIMESTAMPTZ"),
    ("batch", "BIGINT"),
)

LINEAGE_DESCRIPTIONS: dict[str, str] = {
    "row_id": "Unique id of this stored version of the row.",
    "record_hash": "md5 of the row's canonical content; equal content, equal hash.",
    "identity_key": "The identifier that the row was seen with: its type and a keyed hash.",
    "occurred_on": "Day of the row in the company's time zone; NULL for entity feeds.",
    "version_at": "Version of the row (its updated_at), where the source gives one.",
    "is_superseding": "Whether it took the place of an earlier version of the same key.",
    "source_name": "Source that the row was mapped from.",
    "mapping_index": "Which of the feed's mappings made it, counted from 0.",
    "source_row": "The driving row: its file id and line.",
    "file_id": "File that it came in.",
    "line": "Line in that file.",
    "received_at": "When the file was received.",
    "batch": "Batch that brought it.",
}


@dataclass(frozen=True)
class Column:
    """One column of a feed.

    Attributes:
        name: Name in feeds, staging and mappings.
        type: text, integer, decimal, number, boolean, timestamp, date or json.
        required: A row without it is quarantined. (`source_system` is filled in with the source's
            name before rows are judged.)
        personal: Personal data: never in the published warehouse, logs or messages.
        vocabulary: Name of the vocabulary whose values it may hold, or None.
        minimum: Lowest number allowed, or None.
        maximum: Highest number allowed, or None.
        floor_year: Dates and times before this year are wrong, or None.
        stand_ins: Dates that systems write where they know none, and so wrong.
        description: What it means.
        format: email, phone, currency, country, language or timezone, or None.
        not_before: Column of the same row that this time may not precede, or None.
        may_be_future: Whether a time long after receipt is legitimate (a promise, a renewal).
    """

    name: str
    type: str
    required: bool = False
    personal: bool = False
    vocabulary: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    floor_year: int | None = None
    description: str = ""
    format: str | None = None
    not_before: str | None = None
    may_be_future: bool = False
    stand_ins: tuple[str, ...] = ()

    @property
    def physical_type(self) -> str:
        """DuckDB type in which the feed stores the column."""
        return PHYSICAL_TYPES[self.type]


@dataclass(frozen=True)
class Contract:
    """One feed: what a row is, what identifies it, and its columns.

    Attributes:
        feed: Name of the feed.
        description: What a row is; ends with the grain.
        kind: "event" (stored by the day it occurred on) or "entity" (newest version counts).
        time_column: For event feeds the column whose business-zone date is `occurred_on`.
        key: Columns that identify a row. `identity_key` stands for the person. A key column that
            is not required compares NULL as equal to NULL.
        is_person: Whether rows are about customers, and so carry identifiers.
        columns: The feed's own columns, then the common ones, in stored order.
        needs_person: Whether a row without any of the person's identifiers is quarantined.
        may_be_empty: Whether the feed's gates pass when it is mapped and has no row.
    """

    feed: str
    description: str
    kind: str
    time_column: str | None
    key: tuple[str, ...]
    is_person: bool
    columns: tuple[Column, ...]
    needs_person: bool = False
    may_be_empty: bool = False

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            KeyError: The feed has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"feed {self.feed} has no column {name}")

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns, in stored order."""
        return tuple(column.name for column in self.columns)

    @property
    def required_names(self) -> tuple[str, ...]:
        """Names of the columns that a row must have, in stored order."""
        return tuple(column.name for column in self.columns if column.required)


def lineage_columns(contract: Contract) -> list[tuple[str, str]]:
    """Lineage columns that follow the contract's own: (name, DuckDB type), in stored order."""
    return [pair for pair in _LINEAGE if contract.is_person or pair[0] != "identity_key"]


def stored_columns(contract: Contract) -> list[tuple[str, str]]:
    """Physical schema of the feed's Parquet: (name, DuckDB type), contract first, then lineage."""
    own = [(column.name, column.physical_type) for column in contract.columns]
    return own + lineage_columns(contract)
