"""Which columns of a feed are looked at, and how: as numbers, as categories, or only as filled.

Chosen by the contract's types, so that a new feed has its gates at once. No personal value is ever
counted by what it is, only whether it is there. Not here: the counting (numbers).
"""

from __future__ import annotations

from dataclasses import dataclass

from quality.contracts import Column, Contract

#: Text columns whose values are few, though no vocabulary names them.
_FEW = frozenset({
    "survey_id", "program_type", "metric_type", "plan", "offer_id", "campaign_id", "queue", "team",
    "reason", "outcome", "status", "region", "category", "touchpoint", "priority", "country",
    "currency", "store_id", "language", "event", "measure",
})  # fmt: skip
#: Columns that tell of the row's place or version, not of its content.
_NO_CONTENT = frozenset({
    "line_number", "question_order", "scale_min", "updated_at", "is_deleted", "time_precision",
    "attributes", "known_at", "source_system",
})  # fmt: skip
#: Columns by which a feed falls into streams that have little in common.
SPLIT: dict[str, tuple[str, ...]] = {
    "survey_responses": ("survey_id", "metric_type"),
    "employee_responses": ("metric_type",),
    "measurements": ("measure",),
    "survey_invitations": ("survey_id",),
}
#: Child feed -> (column, parent feed, parent's column): what should be found there.
REFERENCES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "transactions": (
        ("order_id", "orders", "order_id"),
        ("product_id", "products", "product_id"),
        ("store_id", "locations", "store_id"),
    ),
    "orders": (("store_id", "locations", "store_id"),),
    "interactions": (
        ("store_id", "locations", "store_id"),
        ("agent_id", "employees", "agent_id"),
    ),
    "survey_responses": (
        ("invitation_id", "survey_invitations", "invitation_id"),
        ("order_id", "orders", "order_id"),
        ("interaction_id", "interactions", "interaction_id"),
    ),
    "survey_invitations": (("order_id", "orders", "order_id"),),
    "case_events": (("agent_id", "employees", "agent_id"),),
}
#: Parent feed -> (key, child feed, child's column): what should have come with each row.
FOLLOWERS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "orders": (("order_id", "transactions", "order_id"),),
}


@dataclass(frozen=True)
class Looked:
    """The columns of a feed by how they are looked at."""

    numbers: tuple[str, ...]  # level, negative
    plain: tuple[str, ...]  # of them, those on a scale: mean as it is, and a mix of their values
    categories: tuple[str, ...]  # mix
    optional: tuple[str, ...]  # filled
    content: tuple[str, ...]  # what makes two rows the same event under two keys


def looked_at(contract: Contract) -> Looked:
    """How each column of a feed is looked at."""
    split = SPLIT.get(contract.feed, ())
    own = [c for c in contract.columns if c.name not in (*contract.key, *_NO_CONTENT, *split)]
    numbers = [
        c.name for c in own
        if c.type in ("integer", "decimal", "number") and not c.personal
    ]  # fmt: skip
    categories = [c.name for c in own if not c.personal and _is_category(c)]
    optional = [c.name for c in own if not c.required and c.type != "json"]
    people = [c.name for c in own if c.personal and c.name.endswith(("_id", "email", "phone"))]
    time = [contract.time_column] if contract.time_column else []
    return Looked(
        numbers=tuple(numbers),
        plain=tuple(name for name in numbers if name == "score"),
        categories=tuple(categories),
        optional=tuple(optional),
        content=tuple(dict.fromkeys([*time, *people, *numbers, *categories])),
    )


def _is_category(column: Column) -> bool:
    is_text = column.type == "text" and (column.vocabulary or column.format or column.name in _FEW)
    return column.type == "boolean" or bool(is_text)


def money_columns(contract: Contract, filled: set[str]) -> list[str]:
    """Columns of money among those that have values, where rows say in which currency."""
    if "currency" not in filled:
        return []
    return [c for c in looked_at(contract).numbers if c.endswith("amount") and c in filled]
