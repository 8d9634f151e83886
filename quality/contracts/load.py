"""Reading the contracts: the YAML files beside this module into `Contract` and vocabularies.

What belongs here: reading, and refusing a contract that contradicts itself (a key column that does
not exist, an unknown type or vocabulary). What does not: anything about one company, or about rows.
The files are found relative to this module, so an editable and a built install read the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from quality.contracts.model import FORMATS, PHYSICAL_TYPES, Column, Contract

FOLDER = Path(__file__).parent
_COLUMN_KEYS = frozenset(field.name for field in fields(Column)) - {"name"}
_FEED_KEYS = frozenset(
    {"feed", "kind", "time_column", "key", "is_person", "needs_person", "may_be_empty"}
    | {"required_common", "description", "columns"}
)


class ContractError(ValueError):
    """A contract file contradicts itself; the message names the file and the fault."""


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def vocabulary_entries() -> dict[str, dict[str, Any]]:
    """The vocabularies as written: name to its description and its values with their marks."""
    entries: dict[str, dict[str, Any]] = _read(FOLDER / "vocabularies.yml")
    return entries


@cache
def load_vocabularies() -> dict[str, tuple[str, ...]]:
    """Each vocabulary's name and the values it allows, in the order of the file."""
    return {name: tuple(entry["values"]) for name, entry in vocabulary_entries().items()}


def marked_values(vocabulary: str, mark: str, value: object = True) -> tuple[str, ...]:
    """Values of a vocabulary whose mark has the given value.

    Args:
        vocabulary: Name of the vocabulary, such as "interaction_type".
        mark: Name of the mark, such as "is_contact".
        value: Value that the mark must have.

    Returns:
        The values in the order of the file; empty where none is marked so.
    """
    values = vocabulary_entries()[vocabulary]["values"]
    return tuple(name for name, marks in values.items() if marks.get(mark) == value)


def _column(name: str, spec: Mapping[str, Any], where: str) -> Column:
    unknown = set(spec) - _COLUMN_KEYS
    if unknown:
        raise ContractError(f"{where}: column {name}: unknown {sorted(unknown)}")
    column = Column(name=name, **{**spec, "stand_ins": tuple(spec.get("stand_ins", ()))})
    if column.type not in PHYSICAL_TYPES:
        raise ContractError(f"{where}: column {name}: unknown type {column.type}")
    if column.vocabulary is not None and column.vocabulary not in load_vocabularies():
        raise ContractError(f"{where}: column {name}: unknown vocabulary {column.vocabulary}")
    if column.format is not None and column.format not in FORMATS:
        raise ContractError(f"{where}: column {name}: unknown format {column.format}")
    if not column.description:
        raise ContractError(f"{where}: column {name}: no description")
    return column


def _columns(document: Mapping[str, Any], common: Mapping[str, Any]) -> tuple[Column, ...]:
    where = str(document["feed"])
    required = set(document.get("required_common", ()))
    specs = dict(document["columns"])
    for name, spec in common.items():
        if name in specs:
            raise ContractError(f"{where}: column {name} is a common one")
        specs[name] = {**spec, "required": True} if name in required else spec
    return tuple(_column(name, spec, where) for name, spec in specs.items())


def build_contract(document: Mapping[str, Any], common: Mapping[str, Any]) -> Contract:
    """One contract from its parsed YAML file.

    Args:
        document: The feed's file as read.
        common: The common columns by name, of persons or of the rest.

    Raises:
        ContractError: The file contradicts itself.
    """
    where = str(document.get("feed", "?"))
    unknown = set(document) - _FEED_KEYS
    if unknown:
        raise ContractError(f"{where}: unknown {sorted(unknown)}")
    contract = Contract(
        feed=document["feed"],
        description=" ".join(document["description"].split()),
        kind=document["kind"],
        time_column=document.get("time_column"),
        key=tuple(document["key"]),
        is_person=document["is_person"],
        columns=_columns(document, common),
        needs_person=document.get("needs_person", False),
        may_be_empty=document.get("may_be_empty", False),
    )
    _refuse_contradictions(contract)
    return contract


def _refuse_contradictions(contract: Contract) -> None:
    names = set(contract.column_names)
    times = {column.name for column in contract.columns if column.type in ("timestamp", "date")}
    known = names | ({"identity_key"} if contract.is_person else set())
    if contract.kind not in ("event", "entity"):
        raise ContractError(f"{contract.feed}: kind {contract.kind} is neither event nor entity")
    if (contract.kind == "event") != (contract.time_column in times):
        raise ContractError(f"{contract.feed}: an event feed, and no other, has a time column")
    if not contract.key or not set(contract.key) <= known:
        raise ContractError(f"{contract.feed}: the key names a column that is not there")
    if contract.needs_person and not contract.is_person:
        raise ContractError(f"{contract.feed}: needs a person and is not about persons")
    for column in contract.columns:
        if column.not_before is not None and column.not_before not in times:
            raise ContractError(f"{contract.feed}: {column.name} follows no time column")


@cache
def load_contracts() -> dict[str, Contract]:
    """All feeds' contracts by name, in alphabetical order; read once a process."""
    common = _read(FOLDER / "common.yml")
    contracts: dict[str, Contract] = {}
    for path in sorted((FOLDER / "feeds").glob("*.yml")):
        document = _read(path)
        if document["feed"] != path.stem:
            raise ContractError(f"{path.name} declares the feed {document['feed']}")
        kind = "person" if document["is_person"] else "other"
        contracts[path.stem] = build_contract(document, common[kind])
    return contracts


@cache
def contracts_digest() -> str:
    """sha256 (hex) of all contract files: what a run compares to know that a contract changed."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.rglob("*.yml")):
        digest.update(path.relative_to(FOLDER).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()
