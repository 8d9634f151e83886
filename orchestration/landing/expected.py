"""The columns that a source's files should have: those that mappings name.

Here: which are required, which optional, and the check of a file's columns. A mapping by `sql` says
nothing that could be checked here: its query does, when it runs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.landing.problems import Refused
from quality.contracts import load_contracts

if TYPE_CHECKING:
    from orchestration.company import Company


@dataclass(frozen=True)
class Expected:
    """Names of columns, sorted; upper and lower case do not differ."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Changes with what is required."""
        return hashlib.sha256(json.dumps(self.required).encode()).hexdigest()[:16]

    def check(self, columns: Sequence[str], file_name: str) -> tuple[str, ...]:
        """Return the optional columns that are absent.

        Raises:
            Refused: schema.missing_required.
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
        return tuple(name for name in self.optional if name.lower() not in there)


def expected_columns(company: Company, source: str) -> Expected:
    """What the mappings by `columns` and `questions`, and the key, expect of a source's files."""
    declared = company.sources[source]
    required = set(declared.key) if declared.mode == "upsert" else set()
    if declared.mode == "snapshot" and declared.snapshot_on not in ("from_name", "received"):
        required.add(declared.snapshot_on)
    optional: set[str] = set()
    for feed, mappings in company.feeds.items():
        contract = load_contracts()[feed]
        for mapping in mappings:
            if mapping.from_ != source or mapping.sql:
                continue
            for target, column in mapping.columns.items():
                needed = contract.column(target).required or target in contract.key
                (required if needed else optional).add(column)
            optional |= set(mapping.questions)
    return Expected(tuple(sorted(required)), tuple(sorted(optional - required)))
