"""Validation: one SELECT, made from a feed's contract, that judges every row of a mapping at once.

Belongs here: the levels of that SELECT (clean, parse, resolve, value, judge, result) and the rules
across columns. Does not: rules of one column (text_rules), running the SQL, or keeping the rows.
All reasons of a row are found together; a row with a reason that quarantines keeps its raw text.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from quality.contracts import PERSON_IDENTIFIERS, Contract, vocabulary_entries
from quality.identifiers import first_identifier_sql, placeholder_sql
from quality.rule_model import COERCE, NOTE, QUARANTINE, ColumnSql, RowContext, Rule, quoted
from quality.text_rules import column_sql

#: What the mapped relation gives beside the raw texts `r_<column>`.
CARRIED = ("_row", "_ordinal", "_file_id", "_line", "_received_at", "_arrival")


@dataclass(frozen=True)
class Validation:
    """The SELECT and what its counting columns mean.

    Attributes:
        sql: gives the contract's columns typed, `CARRIED`, `occurred_on`, `_identifier` (what is
            hashed for the person, or NULL), `_is_bad`, `_details` (codes of a bad row, sorted),
            `_fields` (list of field, reason, raw: fields made NULL), `_raw` (JSON of a bad row's
            texts) and the columns of `notes`.
        notes: boolean column -> detail (code, with the field) that it counts.
    """

    sql: str
    notes: dict[str, str]


def validation_sql(
    contract: Contract, mapped: str, present: Collection[str], context: RowContext
) -> Validation:
    """Build the SELECT that judges the rows of a mapping.

    Args:
        contract: the feed's contract.
        mapped: SQL of a relation with `CARRIED` and a text column `r_<name>` for each `present`.
            Where `phone` is present the relation also has `phone_e164` and `phone_is_placeholder`.
        present: columns of the contract that the mapping gives; `source_system` is one of them.
        context: time zones, currency and decimal sign.
    """
    columns = [column_sql(c, context) for c in contract.columns if c.name in present]
    rules = [rule for column in columns for rule in column.rules]
    rules += _row_rules(contract, frozenset(present), context)
    rules += [
        Rule("f.required", column.name, "true", QUARANTINE)
        for column in contract.columns
        if column.required and column.name not in present
    ]
    sql = mapped
    for level in _levels(columns, rules, context, frozenset(present)):
        if level:
            added = ",\n  ".join(f"{expression} as {name}" for name, expression in level.items())
            sql = f"select *,\n  {added}\nfrom (\n{sql}\n)"
    notes = {f"j{n}": rule.detail for n, rule in enumerate(rules) if _is_note(rule)}
    result = ",\n  ".join(_result(contract, columns, rules, context))
    carried = ", ".join((*CARRIED, *notes))
    return Validation(f"select {result},\n  {carried}\nfrom (\n{sql}\n)", notes)


def _is_note(rule: Rule) -> bool:
    return rule.handling == NOTE


def _levels(
    columns: list[ColumnSql], rules: list[Rule], context: RowContext, present: frozenset[str]
) -> list[dict[str, str]]:
    parsed: dict[str, str] = {}
    resolved: dict[str, str] = {}
    for column in columns:
        parsed.update(column.parsed)
        resolved.update(column.resolved)
    own = "t_currency" if "currency" in present else "null"
    parsed["row_currency"] = f"coalesce({own}, {quoted(context.currency)})"
    return [
        {f"t_{column.name}": column.clean for column in columns},
        parsed,
        resolved,
        {f"u_{column.name}": column.value for column in columns},
        {f"j{n}": f"coalesce({rule.condition}, false)" for n, rule in enumerate(rules)},
    ]


def _row_rules(contract: Contract, present: frozenset[str], context: RowContext) -> list[Rule]:
    rules = [
        Rule(
            "dur.order",
            column.name,
            f"u_{column.name} < u_{column.not_before}",
            QUARANTINE,
        )
        for column in contract.columns
        if column.not_before in present and column.name in present
    ]
    if {"score", "metric_type"} <= present:
        rules.append(Rule("score.range", None, _off_scale(present), QUARANTINE))
    if {"amount", "line_type"} <= present:
        condition = (
            "(t_line_type = 'item' and v_amount < 0) or (t_line_type = 'refund' and v_amount > 0)"
        )
        rules.append(Rule("amount.sign", None, condition, QUARANTINE))
    identifiers = [name for name in PERSON_IDENTIFIERS if name in present]
    if contract.needs_person:
        nobody = f"coalesce({', '.join(f't_{name}' for name in identifiers)}) is null"
        rules.append(
            Rule("f.required", "identity_key", nobody if identifiers else "true", QUARANTINE)
        )
    elif contract.is_person:
        # Taken, and visible: a row that names nobody is nobody's in every count of customers.
        nobody = f"coalesce({', '.join(f't_{name}' for name in identifiers)}) is null"
        rules.append(Rule("ref.unmatched", None, nobody if identifiers else "true", NOTE))
    rules += [
        Rule("id.placeholder", name, placeholder_sql(name, f"t_{name}"), NOTE)
        for name in (*identifiers, *(["account_id"] if "account_id" in present else []))
    ]
    if context.lateness_days is not None and contract.time_column in present:
        rules.append(_too_late(contract, context.lateness_days))
    return rules


def _too_late(contract: Contract, days: int) -> Rule:
    return Rule(
        "ts.too_late",
        contract.time_column,
        f"cast(u_{contract.time_column} as timestamptz) < _received_at - interval {days} day"
        " and not _is_first",
        QUARANTINE,
    )


def _off_scale(present: frozenset[str]) -> str:
    """A score outside its scale; metric types with a scale of their own fill in what is missing."""
    bounds = {}
    for bound in ("scale_min", "scale_max"):
        entries = vocabulary_entries()["metric_type"]["values"]
        cases = " ".join(
            f"when '{name}' then {marks[bound]}"
            for name, marks in entries.items()
            if bound in marks
        )
        usual = f"case t_metric_type {cases} end"
        bounds[bound] = f"coalesce(v_{bound}, {usual})" if bound in present else usual
    return (
        f"v_score < {bounds['scale_min']} or v_score > {bounds['scale_max']}"
        " or (t_metric_type = 'nps' and v_score <> floor(v_score))"
    )


def _any(names: list[str]) -> str:
    return " or ".join(names) if names else "false"


def _listed(items: list[str], when: str, item_type: str) -> str:
    """A list of those items that are not NULL, made only for the rows that need it."""
    if not items:
        return f"cast(null as {item_type}[])"
    packed = ", ".join(items)
    return f"case when {when} then list_filter([{packed}], lambda x: x is not null) end"


def _result(
    contract: Contract, columns: list[ColumnSql], rules: list[Rule], context: RowContext
) -> list[str]:
    numbered = [(f"j{n}", rule) for n, rule in enumerate(rules)]
    bad = [name for name, rule in numbered if rule.handling == QUARANTINE]
    cleared = [(name, rule) for name, rule in numbered if rule.handling == COERCE and rule.clears]
    is_bad, is_coerced = _any(bad), _any([name for name, _ in cleared])
    by_name = {column.name: column for column in columns}
    values: dict[str, str] = {}
    for column in contract.columns:
        value = "null"
        if column.name in by_name:
            tests = [name for name, rule in cleared if rule.clears == column.name]
            value = f"u_{column.name}"
            value = f"case when {_any(tests)} then null else {value} end" if tests else value
        values[column.name] = value
    _default_precision(contract, by_name, values)
    if "is_deleted" in values:
        values["is_deleted"] = f"coalesce({values['is_deleted']}, false)"
    typed = [f"cast({values[c.name]} as {c.physical_type}) as {c.name}" for c in contract.columns]
    details = _listed(
        [
            f"case when {n} then {quoted(r.detail)} end"
            for n, r in numbered
            if r.handling == QUARANTINE
        ],
        is_bad,
        "varchar",
    )
    fields = _listed(
        [
            f"case when {n} then {{'field': '{r.clears}', 'reason': '{r.code}',"
            f" 'raw': {_raw_text(r.clears, context)}}} end"
            for n, r in cleared
        ],
        is_coerced,
        "struct(field varchar, reason varchar, raw varchar)",
    )
    raw = ", ".join(f"'{column.name}': {_raw_text(column.name, context)}" for column in columns)
    return [
        *typed,
        f"{_occurred_on(contract, by_name, context)} as occurred_on",
        f"{_identifier(by_name, values)} as _identifier",
        f"({is_bad}) as _is_bad",
        f"list_sort({details}) as _details",
        f"{fields} as _fields",
        f"case when {is_bad} then cast(to_json({{{raw}}}) as varchar) end as _raw",
    ]


def _raw_text(column: str | None, context: RowContext) -> str:
    """The text as it came, by itself or to the mapping's SQL."""
    return f"coalesce(r_{column}, given_{column})" if column in context.unread else f"r_{column}"


def _default_precision(
    contract: Contract, by_name: dict[str, ColumnSql], values: dict[str, str]
) -> None:
    """A time sent as a day is known to the day, unless the mapping says otherwise."""
    time = contract.time_column
    if time is None or time not in by_name or "time_precision" in by_name:
        return
    if "time_precision" in values and contract.column(time).type == "timestamp":
        values["time_precision"] = f"case when length(t_{time}) = 10 then 'day' end"


def _occurred_on(contract: Contract, by_name: dict[str, ColumnSql], context: RowContext) -> str:
    time = contract.time_column
    if time is None or time not in by_name:
        return "cast(null as date)"
    if contract.column(time).type == "date":
        return f"u_{time}"
    return f"cast(timezone({quoted(context.timezone)}, u_{time}) as date)"


def _identifier(by_name: dict[str, ColumnSql], values: dict[str, str]) -> str:
    present = [name for name in PERSON_IDENTIFIERS if name in by_name]
    return first_identifier_sql(present, values, "u_source_system")
