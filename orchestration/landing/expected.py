"""The columns that a source's files should have: those that mappings name.

Here: which are required, which optional, and the check of a file's columns. What a mapping by `sql`
needs, its query tells when it runs; but beside older files a column that is gone from a new one
would be NULL without a word, and so a column that a query names must not go.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orchestration.company.digests import mapping_sources
from orchestration.company.nested import head_and_path
from orchestration.landing.problems import Refused
from quality.contracts import load_contracts

if TYPE_CHECKING:
    import pyarrow as pa

    from orchestration.company import Company

_EVERY = frozenset({"text", "integer", "decimal", "number", "boolean", "timestamp", "date", "json"})


@dataclass(frozen=True)
class Expected:
    """Names of columns, sorted; upper and lower case do not differ."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()  # of the queries that read the source, in lower case
    named: frozenset[str] = frozenset()  # words of conditions and maps that may be columns, lower
    types: tuple[tuple[str, str], ...] = ()  # column in lower case, contract's type it is to fill
    frozen: bool = False  # nothing more and nothing less

    @property
    def digest(self) -> str:
        """Changes with what is required."""
        parts: list[object] = [self.required, sorted(self.words), self.types]
        parts += ["frozen"] if self.frozen else []
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    def beside(self, columns: Sequence[str]) -> Expected:
        """What is expected of a new file beside one that has `columns`: those that queries name."""
        named = {name for name in columns if name.lower() in self.words}
        return replace(self, required=tuple(sorted({*self.required, *named})))

    @property
    def read(self) -> frozenset[str]:
        """Names, in lower case, of all that may be read; words of queries that are none too."""
        columns = (name.lower() for name in (*self.required, *self.optional))
        return self.words | self.named | frozenset(columns)

    def unread(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Those of some columns that nothing reads; none where nothing reads the source at all."""
        read = self.read
        return tuple(name for name in columns if read and name.lower() not in read)

    def check_types(self, schema: pa.Schema, file_name: str) -> None:
        """Check that a typed file's columns can be what the contracts say.

        Raises:
            Refused: parquet.schema.
        """
        given = {field.name.lower(): field for field in schema}
        for column, wanted in self.types:
            field = given.get(column)
            if field is not None and wanted not in _may_be(field.type):
                raise Refused(
                    "parquet.schema",
                    f"{file_name}: column {field.name!r} is {field.type}, where the contract has"
                    f" {wanted}; export it as {wanted}, or map it by sql",
                )

    def check(self, columns: Sequence[str], file_name: str) -> tuple[str, ...]:
        """Return the optional columns that are absent.

        Raises:
            Refused: schema.missing_required; of a frozen source schema.missing_optional too, and
                schema.extra.
        """
        there = {name.lower() for name in columns}
        absent = [name for name in self.required if name.lower() not in there]
        if absent:
            names = ", ".join(repr(name) for name in absent)
            raise Refused(
                "schema.missing_required",
                f"{file_name}: no column {names} among its {len(columns)} columns; mend the file,"
                " or the mapping where the column has a new name",
            )
        lacking = tuple(name for name in self.optional if name.lower() not in there)
        if self.frozen and lacking:
            names = ", ".join(repr(name) for name in lacking)
            raise Refused(
                "schema.missing_optional",
                f"{file_name}: no column {names}, and the source is frozen; mend the file or the"
                " mapping, or leave frozen out",
            )
        if self.frozen and (more := len(self.unread(columns))):
            # A number, no name: where a file has lost its header the names are values.
            raise Refused(
                "schema.extra",
                f"{file_name}: {more} of its {len(columns)} columns are read by nothing, and the"
                " source is frozen; map them, or leave frozen out",
            )
        return lacking


def expected_columns(company: Company, source: str) -> Expected:
    """What the mappings by `columns` and `questions`, and the key, expect of a source's files."""
    declared = company.sources[source]
    required = set(declared.key) if declared.mode == "upsert" else set()
    if declared.mode == "snapshot" and declared.snapshot_on not in ("from_name", "received"):
        required.add(declared.snapshot_on)
    optional: set[str] = set()
    if declared.fill_down:
        required |= {*declared.fill_down.by, *declared.fill_down.columns}
    words: set[str] = set()
    named: set[str] = set()
    types: set[tuple[str, str]] = set()
    for feed, mappings in company.feeds.items():
        contract = load_contracts()[feed]
        for mapping in mappings:
            if mapping.sql and source in mapping_sources(company, mapping):
                # as one word, and as the words of a quoted name
                words |= set(re.findall(r"\w+", mapping.sql.lower()))
                words |= set(re.findall(r'"([^"]+)"', mapping.sql.lower()))
            if mapping.from_ != source or mapping.sql:
                continue
            for target, column in mapping.columns.items():
                needed = contract.column(target).required or target in contract.key
                head, path = head_and_path(column)
                (required if needed else optional).add(head)
                if not path and target not in mapping.values and target not in mapping.formats:
                    types.add((head.lower(), contract.column(target).type))
            optional |= set(mapping.questions)
            named |= {*mapping.values, *mapping.formats}
            named |= set(re.findall(r"\w+", (mapping.drop_where or "").lower()))
    return Expected(
        tuple(sorted(required)),
        tuple(sorted(optional - required)),
        frozenset(words),
        frozenset(name.lower() for name in named),
        tuple(sorted(types)),
        declared.frozen,
    )


def _may_be(kind: pa.DataType) -> frozenset[str]:
    """Types of the contracts that values of an Arrow type can be; text is judged value by value."""
    import pyarrow as pa

    of = pa.types
    if of.is_string(kind) or of.is_large_string(kind) or of.is_null(kind):
        return _EVERY
    found = {"text"}
    if of.is_boolean(kind):
        found |= {"boolean"}
    elif of.is_integer(kind):
        found |= {"integer", "decimal", "number", "boolean"}
    elif of.is_floating(kind) or of.is_decimal(kind):
        found |= {"integer", "decimal", "number"}
    elif of.is_timestamp(kind) or of.is_date(kind):
        found |= {"timestamp", "date"}
    elif of.is_nested(kind):
        found |= {"json"}
    return frozenset(found)
