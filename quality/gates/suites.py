"""Gates as data: what a suite file may say, and what a company's file may change.

A suite is about one table and begins with its row count. `suites/<layer>.yml` is read here; feeds
get theirs from the contracts (feeds). Not here: running them (runner).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

#: Kinds that look at each row of a table, and count those that break the rule.
ROW_KINDS = ("not_null", "unique", "between", "within")
#: Kinds that a query of our own sums up in one number, `observed`.
NUMBER_KINDS = ("unique_together", "reference", "law", "measure")
SEVERITIES = ("stop", "warn")


class GateConfigError(ValueError):
    """A suite file or a company's `gates:` section says what no gate understands."""


@dataclass(frozen=True)
class Gate:
    """One thing that must hold.

    Attributes:
        name: Stable name, `<schema>.<table>.<check>`.
        layer: feeds, core, marts or scores.
        table: What it is about, as shown to people.
        kind: rows, one of ROW_KINDS or one of NUMBER_KINDS.
        columns: Columns that the rule is about; empty for rows, law and measure.
        says: The expectation in words.
        sql: For NUMBER_KINDS a query that gives one row with one column, `observed`; `{table}` in
            it stands for what the table is read from.
        values: For within, the values allowed (NULL always is).
        minimum: Lowest row count, value or number allowed, or None.
        maximum: Highest one allowed, or None.
        allow: Rows that may break a row rule or law.
        severity: "stop" or "warn".
    """

    name: str
    layer: str
    table: str
    kind: str
    says: str
    columns: tuple[str, ...] = ()
    sql: str | None = None
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    allow: int = 0
    severity: str = "stop"

    @property
    def counts_rows(self) -> bool:
        """Whether its number is one of rows that broke the rule."""
        return self.kind not in ("rows", "measure")

    @property
    def limit(self) -> str:
        """What the number is compared with, in words."""
        if self.counts_rows:
            return f"at most {self.allow} failed"
        if self.minimum is not None and self.maximum is not None:
            return f"{self.minimum:,.10g} to {self.maximum:,.10g}"
        return (
            f"at least {self.minimum:,.10g}"
            if self.minimum is not None
            else f"at most {self.maximum:,.10g}"
        )


@dataclass(frozen=True)
class Suite:
    """The gates of one table, the row count first.

    Attributes:
        table: The table, as shown to people.
        feeds: Feeds any of which fills it; empty where it is always there.
        gates: Its gates.
        file: For scores, the file that the table will be made of.
        conserves: Feed of whose current rows it has one row each, or None.
        money: Of that feed, the columns whose sums are conserved, named alike in both.
    """

    table: str
    feeds: tuple[str, ...]
    gates: tuple[Gate, ...]
    file: str | None = None
    conserves: str | None = None
    money: tuple[str, ...] = ()

    @property
    def may_be_empty(self) -> bool:
        """Whether no row is fine."""
        return not self.gates[0].minimum

    def with_rows(self, minimum: int) -> Suite:
        """The same suite, with another lowest number of rows."""
        return replace(self, gates=(replace(self.gates[0], minimum=minimum), *self.gates[1:]))


def rows_gate(layer: str, name: str, table: str, *, may_be_empty: bool = False) -> Gate:
    """The gate that every suite begins with: without rows all other rules hold, and say nothing."""
    minimum = 0 if may_be_empty else 1
    return Gate(f"{name}.row_count", layer, table, "rows", "has rows", minimum=minimum)


def make_gates(layer: str, prefix: str, table: str, spec: Mapping[str, Any]) -> list[Gate]:
    """The gates of one entry of a suite: an entry on several columns gives a gate for each.

    Args:
        layer: feeds, core, marts or scores.
        prefix: What the names of the gates begin with.
        table: Table as shown.
        spec: The entry, `{<kind>: columns or name, ...}`.

    Raises:
        GateConfigError: The entry's kind is unknown.
    """
    common: dict[str, Any] = {
        "severity": spec.get("severity", "stop"),
        "allow": spec.get("allow", 0),
    }
    kind = next((kind for kind in (*ROW_KINDS, *NUMBER_KINDS) if kind in spec), None)
    if kind is None:
        raise GateConfigError(f"suite of {table}: no known kind of gate in {sorted(spec)}")
    subject = spec[kind]

    def gate(check: str, says: str, **more: Any) -> Gate:
        return Gate(f"{prefix}.{check}", layer, table, kind, says, **(common | more))

    if kind in ROW_KINDS:
        names = [subject] if isinstance(subject, str) else subject
        return [_row_gate(gate, kind, name, spec) for name in names]
    if kind == "unique_together":
        columns = ", ".join(subject)
        sql = (
            f"select cast(coalesce(sum(n - 1), 0) as double) as observed from (select count(*) as n"
            f" from {{table}} as t group by {columns} having count(*) > 1) as repeated"
        )
        check = "unique_" + (spec.get("name") or "_and_".join(subject))
        return [gate(check, f"one row for each {columns}", columns=tuple(subject), sql=sql)]
    if kind == "reference":
        parent, key = str(spec["to"]).rsplit(".", 1)
        sql = (
            "select cast(count(*) as double) as observed from {table} as t"
            f" where t.{subject} is not null"
            f" and not exists (select 1 from {parent} as p where p.{key} = t.{subject})"
        )
        says = f"each {subject} is in {parent}"
        if spec.get("where_filled"):
            # A company that sends no list of them has no unknown ones.
            sql += f" and exists (select 1 from {parent})"
            says = f"each {subject} is in {parent}, where that has rows (ref.unknown)"
        return [gate(f"known_{subject}", says, columns=(subject,), sql=sql)]
    if kind == "law":
        sql = (
            f"select cast(count(*) filter (where {spec['failing']}) as double) as observed"
            " from {table} as t"
        )
        return [gate(subject, spec["says"], sql=sql)]
    limits = {"minimum": spec.get("min"), "maximum": spec.get("max")}
    return [gate(subject, spec["says"], sql=spec["sql"], **limits)]


def _row_gate(gate: Any, kind: str, column: str, spec: Mapping[str, Any]) -> Gate:
    if kind == "not_null":
        return gate(f"not_null_{column}", f"{column} is there", columns=(column,))
    if kind == "unique":
        return gate(f"unique_{column}", f"{column} is unique", columns=(column,))
    if kind == "within":
        values = tuple(spec["values"])
        says = f"{column} is one of {len(values)} values"
        return gate(f"values_{column}", says, columns=(column,), values=values)
    low, high = spec.get("min"), spec.get("max")
    said = [f"at least {low:,.10g}"] if low is not None else []
    said += [f"at most {high:,.10g}"] if high is not None else []
    says = f"{column} is {' and '.join(said)}"
    return gate(f"range_{column}", says, columns=(column,), minimum=low, maximum=high)


@cache
def load_suites(layer: str) -> tuple[Suite, ...]:
    """The suites of `suites/<layer>.yml`, in its order.

    Raises:
        GateConfigError: A suite has an unknown kind, or two gates one name.
    """
    path = Path(__file__).parent / "suites" / f"{layer}.yml"
    suites = []
    for entry in yaml.safe_load(path.read_text()):
        table = entry["table"]
        gates = [rows_gate(layer, table, table, may_be_empty=entry.get("may_be_empty", False))]
        for spec in entry.get("checks", []):
            gates += make_gates(layer, table, table, spec)
        feeds, money = tuple(entry.get("feeds", ())), tuple(entry.get("money", ()))
        suite = Suite(table, feeds, tuple(gates), entry.get("file"), entry.get("conserves"), money)
        suites.append(suite)
    names = [gate.name for suite in suites for gate in suite.gates]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise GateConfigError(f"{path.name}: two gates are called {', '.join(twice)}")
    return tuple(suites)


def override(suites: Iterable[Suite], overrides: Mapping[str, Mapping[str, Any]]) -> list[Suite]:
    """The suites with what a company's file says of single gates: min, max, allow, severity.

    Raises:
        GateConfigError: A field is none of these, or a severity is neither stop nor warn.
    """
    return [
        replace(
            suite, gates=tuple(_overridden(gate, overrides.get(gate.name)) for gate in suite.gates)
        )
        for suite in suites
    ]


def _overridden(gate: Gate, changes: Mapping[str, Any] | None) -> Gate:
    names = {"min": "minimum", "max": "maximum", "allow": "allow", "severity": "severity"}
    unknown = sorted(set(changes or {}) - set(names))
    if unknown:
        raise GateConfigError(f"gates: {gate.name}: {unknown[0]} is none of {', '.join(names)}")
    changed = replace(gate, **{names[key]: value for key, value in (changes or {}).items()})
    if changed.severity not in SEVERITIES:
        raise GateConfigError(f"gates: {gate.name}: severity is {' or '.join(SEVERITIES)}")
    return changed
