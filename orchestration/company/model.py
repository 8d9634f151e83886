"""The company file as the rest of the program sees it: frozen data, checked before it is made.

What belongs here: the shapes and their defaults. What does not: reading and judging the YAML
(`load` and the modules it calls).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestration.company.controls import Control
from orchestration.company.figures import Figure


@dataclass(frozen=True)
class Churn:
    """What churn means for the company.

    Attributes:
        kind: "contractual", "non_contractual" or "auto" (worked out once, then kept).
        horizon_days: Days without a purchase after which a customer counts as gone, or the days
            ahead that a contractual score looks; None lets the pipeline work it out.
    """

    kind: str = "auto"
    horizon_days: int | None = None


@dataclass(frozen=True)
class FillDown:
    """What is on the first line of a group only: an order's fields, above its further lines.

    Attributes:
        by: Columns that say which rows belong together.
        columns: Columns that a row has from the nearest row above where it has none.
    """

    by: list[str]
    columns: list[str]


@dataclass(frozen=True)
class Endpoint:
    """One list of a service, and how its pages follow each other.

    Attributes:
        base_url: Where the service is; the token goes to its host and to no other.
        path: Path below it.
        auth: "bearer", "basic" (the token is `user:password`), "header" or "none".
        header: Header that the token goes into.
        hosts: Further hosts that a next page may be on, for the token too.
        params: Parameters of every request.
        data: Where in the answer the rows are (`result.items`); None where it is a list, or has
            one list only.
        total: Where the answer tells the number of all rows, to compare with what came.
        since: Parameter that takes the cursor's value.
        pages_by: "page", "offset", "cursor", "link" (header), "next_url" (in the answer), "none".
        page_param: Parameter of the page's number, the offset or the cursor.
        page_start: First page or offset.
        page_size: Rows of a page.
        page_size_param: Parameter of the size.
        page_at: Where the answer has the next cursor or URL.
        page_more: Where the answer says whether there is more.
    """

    base_url: str = ""
    path: str = ""
    auth: str = "none"
    header: str | None = None
    hosts: tuple[str, ...] = ()
    params: dict[str, str] = field(default_factory=dict)
    data: str | None = None
    total: str | None = None
    since: str | None = None
    pages_by: str = "none"
    page_param: str | None = None
    page_start: int | None = None
    page_size: int | None = None
    page_size_param: str | None = None
    page_at: str | None = None
    page_more: str | None = None


@dataclass(frozen=True)
class Source:
    """Where raw rows come from.

    Attributes:
        name: Name of the table that mappings read.
        kind: "files", "postgres" or "rest".
        files: Paths, globs (`*`, `?`) and directories, resolved against the company file's folder.
        format: "csv", "jsonl", "parquet" or "xlsx"; None goes by each file's suffix.
        delimiter: Field separator of csv; None lets the reader find it.
        encoding: Encoding of text files; None means UTF-8.
        decimal: Decimal mark of numbers in text, "." or ",".
        quote: Quote character of csv.
        null_values: Texts that mean "no value".
        header_row: Line of the header, from 1; 1 lets a workbook's reader find it.
        header_rows: How many rows the header has.
        header_names: "joined" (of all of the header's rows) or "first" (of its first alone).
        totals: Words in a row's first filled cell that make it a totals row, and no data.
        trailer: What the last line of a text file looks like, with {rows} for the count, or None.
        settle_seconds: Seconds for which a file must not have changed before it is taken.
        fill_down: Columns that a row takes from the row above of the same key, or None.
        aliases: Other names that a column has had, by its name in mappings.
        frozen: Whether a column more, or an optional one less, refuses the file.
        mode: "append", "upsert" or "snapshot".
        key: Columns that identify a row, for upsert.
        snapshot_on: Where a snapshot's date comes from: "from_name", "received", or a column.
        timezone: Zone of times without an offset; the company's where it is not given.
        required: Whether a night stops where it is missing.
        max_age_hours: Hours after which its newest data is stale; None never.
        on_failure: "stop", "use_last" or "skip".
        lag_seconds: How long after an event the source tells of it (its first batch only).
        sheet: Sheet of a workbook.
        tables: The table of a Postgres source (one: each table is a source of its own).
        cursor: Column that a Postgres table or an endpoint is read on from.
        overlap: How far before the newest cursor to read again: seconds, or steps of a number.
        timeout_seconds: Longest time of one statement or answer.
        on_type_change: "refuse" or "accept" a table's column of another type.
        group: The name in the company file, which several tables or endpoints have in common.
        dsn: Connection of a Postgres source.
        token: Token of a service.
        endpoint: What of a service is read.
        line: Line of the source in the company file.
    """

    name: str
    kind: str
    timezone: str
    files: list[str] = field(default_factory=list)
    format: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    decimal: str = "."
    quote: str = '"'
    null_values: list[str] = field(default_factory=lambda: [""])
    header_row: int = 1
    header_rows: int = 1
    header_names: str = "joined"
    totals: list[str] = field(default_factory=list)
    trailer: str | None = None
    settle_seconds: int = 0
    fill_down: FillDown | None = None
    aliases: dict[str, list[str]] = field(default_factory=dict)
    frozen: bool = False
    mode: str = "snapshot"
    key: list[str] = field(default_factory=list)
    snapshot_on: str = "received"
    required: bool = True
    max_age_hours: int | None = None
    on_failure: str = "stop"
    lag_seconds: int = 0
    sheet: str | None = None
    tables: list[str] = field(default_factory=list)
    cursor: str | None = None
    overlap: int | None = None
    timeout_seconds: int = 900
    on_type_change: str = "refuse"
    group: str = ""
    dsn: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    endpoint: Endpoint | None = field(default=None, repr=False)
    line: int = 0


@dataclass(frozen=True)
class Mapping:
    """How rows of a source become rows of a feed.

    Attributes:
        feed: Feed that it fills.
        index: Place among the feed's mappings, from 0.
        from_: Driving source, whose file and line travel with each row.
        sql: A SELECT over the sources that carries the driving source's `_row`, or None.
        columns: Feed column to source column.
        set: Feed column to a constant, as text.
        formats: Feed column to a strptime format.
        values: Feed column to a map from raw text to the feed's text (None for no value).
        drop_where: SQL condition of driving rows that are left out, or None.
        questions: Source column to the constants of the row that its answer becomes.
        explode: Whether a driving row may come out more than once.
        line: Line of the mapping in the company file.
    """

    feed: str
    index: int
    from_: str
    sql: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    set: dict[str, str] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str | None]] = field(default_factory=dict)
    drop_where: str | None = None
    questions: dict[str, dict[str, str]] = field(default_factory=dict)
    explode: bool = False
    line: int = 0


def _setting(default: Any, says: str, low: float | None = None, high: float | None = None) -> Any:
    return field(default=default, metadata={"says": says, "low": low, "high": high})


@dataclass(frozen=True)
class Settings:
    """What a company may tune; every setting has a default. `says` in the metadata documents it."""

    minimum_n: int = _setting(10, "Answers below which a metric's value is suppressed.", 1, 10_000)
    employee_minimum_n: int = _setting(
        5, "Answers of a team, and of all others, below which nothing of it is shown.", 5, 10_000
    )
    service_level_seconds: int = _setting(
        20, "Seconds within which a contact is to be answered, for the service level.", 1, 86_400
    )
    rfm_window_days: int = _setting(
        365, "Days up to as-of that frequency and money of `mart_rfm` are of.", 1, 36_500
    )
    publish_source_ids: tuple[str, ...] = field(
        default=(),
        metadata={"says": "Source systems whose customer ids are published as they are."},
    )
    attribute_trust: tuple[str, ...] = field(
        default=(),
        metadata={
            "says": "Source systems whose word counts first where records of a customer disagree,"
            " best first; those not named come after them, all alike."
        },
    )
    lateness_days: int | None = _setting(
        None,
        "Days after which a row is too late, and is quarantined; unset, never.",
        1,
        36500,
    )
    keep_versions: int = _setting(7, "Published versions that are kept.", 1, 1000)
    quarantine_ratio: float = _setting(
        0.05, "Share of bad rows above which a whole file is refused.", 0.0, 1.0
    )
    identifier_cap: int = _setting(
        20, "Records that may share an identifier before it stops merging people.", 2, 1_000_000
    )
    anonymous_lookback_days: int | None = _setting(
        None,
        "Days before they were first seen together for which events of a cookie, device, handle or"
        " loyalty card are the customer's too: 0, from that day on; unset, all of them.",
        0,
        36_500,
    )
    memory_limit: str = field(
        default="4GB",
        metadata={"says": "Memory that DuckDB may use; what needs more is spilled to disk."},
    )
    threads: int | None = _setting(
        None, "Threads that DuckDB may use; unset, as many as there are cores.", 1, 1024
    )


@dataclass(frozen=True)
class Company:
    """All that is particular to one company.

    Attributes:
        path: The company file.
        base_dir: Its folder, against which relative paths are resolved.
        digest: sha256 (hex) of what the file says, the environment's values included but for
            connections and tokens; comments and layout do not change it.
        name: The company's name.
        timezone: IANA zone in which business days begin and end.
        currency: Reporting currency, ISO 4217.
        country: Default region of phone numbers, ISO 3166-1 alpha-2.
        as_of: "yesterday" or "latest_data".
        churn: What churn means.
        sources: Sources by name, in the order of the file.
        feeds: Each mapped feed's mappings, in the order of the file.
        metrics: The company's own metrics, as written.
        slices: "by": names of slices; "pairs": pairs of them.
        gates: Changes to single gates by name: min, max, allow, severity.
        controls: Source totals to reconcile with, by name.
        figures: Figures of vendors to take apart, by name.
        exports: Exports, as written.
        settings: Settings.
        extra_models: Folder of the company's own dbt models, or None.
    """

    path: Path
    base_dir: Path
    digest: str
    name: str
    timezone: str
    currency: str
    country: str
    as_of: str
    churn: Churn
    sources: dict[str, Source]
    feeds: dict[str, list[Mapping]]
    metrics: dict[str, Any] = field(default_factory=dict)
    slices: dict[str, Any] = field(default_factory=dict)
    gates: dict[str, Any] = field(default_factory=dict)
    controls: dict[str, Control] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)
    exports: dict[str, Any] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    extra_models: str | None = None
