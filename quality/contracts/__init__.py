"""The feed contracts: the only place where a feed's columns are declared.

What belongs here: one YAML file a feed, the vocabularies, their loader, and the renderings made of
them (dbt sources, docs). What does not: judging rows (`quality.validation`) or anything particular
to one company (the company file).
"""

from __future__ import annotations

from quality.contracts.load import (
    ContractError,
    contracts_digest,
    load_contracts,
    load_vocabularies,
    marked_values,
    vocabulary_entries,
)
from quality.contracts.model import (
    PERSON_IDENTIFIERS,
    PHYSICAL_TYPES,
    Column,
    Contract,
    lineage_columns,
    stored_columns,
)

__all__ = [
    "PERSON_IDENTIFIERS",
    "PHYSICAL_TYPES",
    "Column",
    "Contract",
    "ContractError",
    "contracts_digest",
    "lineage_columns",
    "load_contracts",
    "load_vocabularies",
    "marked_values",
    "stored_columns",
    "vocabulary_entries",
]
