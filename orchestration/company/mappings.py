"""The `feeds:` section: how raw rows become rows of a feed, checked against the feed's contract.

What belongs here: judging and defaulting the keys of a mapping. What does not: whether a source
has the columns that a mapping names, which only its files tell (`orchestration.check`), or making
SQL of a mapping (`orchestration.feeds`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orchestration.company.model import Mapping, Source
from orchestration.company.nested import head_and_path
from orchestration.company.problems import echo, suggestion
from orchestration.company.reader import is_number
from quality.contracts import (
    PERSON_IDENTIFIERS,
    Column,
    Contract,
    load_contracts,
    load_vocabularies,
)

if TYPE_CHECKING:
    from orchestration.company.document import Node
    from orchestration.company.reader import Reader

MAPPING_KEYS = (
    "from", "sql", "columns", "set", "formats", "values", "drop_where", "questions", "explode",
)  # fmt: skip
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+(Z|[+-][0-9:]+)?)?")
_BOOLEANS = ("true", "false")
# The row of all systems in mart_profile_completeness: a system of that name would be a second one.
_ALL_SYSTEMS = "all"


def read_feeds(
    reader: Reader, node: Node | None, sources: dict[str, Source]
) -> dict[str, list[Mapping]]:
    """Each feed's mappings; problems are noted in the reader."""
    feeds: dict[str, list[Mapping]] = {}
    contracts = load_contracts()
    for feed, entry in reader.entries(node, "feeds", contracts).items():
        field = f"feeds.{feed}"
        items = entry.items if entry.kind == "list" else [entry]
        if not items or entry.kind in ("null", "scalar"):
            reader.problem(entry.line, field, "no mapping", "write `- from: a_source` below it")
            continue
        feeds[feed] = [
            _MappingReader(reader, contracts[feed], f"{field}[{place}]", sources).read(item, place)
            for place, item in enumerate(items)
        ]
    return feeds


class _MappingReader:
    """Reads one mapping of one feed."""

    def __init__(
        self, reader: Reader, contract: Contract, field: str, sources: dict[str, Source]
    ) -> None:
        self.reader = reader
        self.contract = contract
        self.field = field
        self.sources = sources

    def read(self, node: Node, index: int) -> Mapping:
        given = self.reader.entries(node, self.field, MAPPING_KEYS)
        from_ = self._from(given.get("from"), node.line)
        sql = self._sql(given.get("sql"))
        columns = self._columns(given.get("columns"))
        constants = self._set(given.get("set"), "set")
        questions = self._questions(given.get("questions"))
        if questions and from_ is not None:
            self._complete_questionnaire(columns, constants, from_)
        values = self._values(given.get("values"))
        if sql is None:
            # A column with a table of values and no other mapping has its own name in the source.
            columns |= {name: name for name in values if name not in {*columns, *constants}}
        mapped = {*columns, *constants}
        mapping = Mapping(
            feed=self.contract.feed,
            index=index,
            from_=from_ or "",
            sql=sql,
            columns=columns,
            set=constants,
            formats=self._formats(given.get("formats"), None if sql else mapped),
            values=values,
            drop_where=self.reader.text(given.get("drop_where"), f"{self.field}.drop_where"),
            questions=questions,
            explode=self.reader.boolean(given.get("explode"), f"{self.field}.explode") or False,
            line=node.line,
        )
        self._judge(mapping, given, node.line)
        return mapping

    def _complete_questionnaire(
        self, columns: dict[str, str], constants: dict[str, str], from_: str
    ) -> None:
        """A wide survey's defaults: one row is one response, and the source is one survey."""
        mapped = {*columns, *constants}
        if "submission_id" in columns and "response_id" not in mapped:
            columns["response_id"] = columns["submission_id"]
        if "survey_id" in self.contract.column_names and "survey_id" not in mapped:
            constants["survey_id"] = from_

    def _problem(self, line: int, key: str, message: str, fix: str) -> None:
        self.reader.problem(line, f"{self.field}.{key}" if key else self.field, message, fix)

    def _from(self, node: Node | None, line: int) -> str | None:
        if node is None:
            self._problem(line, "from", "missing", "name the source that drives the mapping")
            return None
        return self.reader.choice(node, f"{self.field}.from", self.sources)

    def _sql(self, node: Node | None) -> str | None:
        sql = self.reader.text(node, f"{self.field}.sql")
        if node is None or sql is None:
            return None
        if not re.match(r"\s*(--[^\n]*\n\s*)*(select|with|from)\b", sql, re.IGNORECASE):
            self._problem(node.line, "sql", "not a SELECT", "write a SELECT over the sources")
        elif not re.search(r"\b_row\b", sql):
            fix = "select the driving source's _row, so that each row has its file and line"
            self._problem(node.line, "sql", "_row is not selected", fix)
        return sql

    def _columns(self, node: Node | None) -> dict[str, str]:
        entries = self.reader.entries(node, f"{self.field}.columns", self.contract.column_names)
        found: dict[str, str] = {}
        for name, value in entries.items():
            text = self.reader.text(value, f"{self.field}.columns.{name}")
            if text is None:
                continue
            head, path = head_and_path(text)
            if not all((head, *path)):
                fix = "write a column and the keys inside its JSON: device->id"
                self._problem(value.line, f"columns.{name}", f"{echo(text)} ends in nothing", fix)
            found[name] = text
        return found

    def _set(self, node: Node | None, key: str) -> dict[str, str]:
        entries = self.reader.entries(node, f"{self.field}.{key}", self.contract.column_names)
        found: dict[str, str] = {}
        for name, value in entries.items():
            text = self.reader.text(value, f"{self.field}.{key}.{name}")
            if text is not None:
                column = self.contract.column(name)
                found[name] = self._constant(column, text, value, f"{key}.{name}")
        return found

    def _constant(self, column: Column, text: str, node: Node, key: str) -> str:
        """A constant in the feed's words, checked by the column's type and vocabulary."""
        if column.vocabulary is not None:
            known = load_vocabularies()[column.vocabulary]
            if text not in known:
                message = f"{echo(node.shown)} is not in the vocabulary {column.vocabulary}"
                self._problem(node.line, key, message, suggestion(node.shown, known))
            return text
        if column.name == "source_system" and text == _ALL_SYSTEMS:
            fix = f"call it {text}_systems"
            self._problem(node.line, key, f"{text} stands for all systems in the marts", fix)
        if column.type == "boolean":
            text = text.lower()
        right = {
            "integer": is_number(text) and "." not in text,
            "decimal": is_number(text),
            "number": is_number(text),
            "boolean": text in _BOOLEANS,
            "timestamp": _DATE.fullmatch(text) is not None,
            "date": _DATE.fullmatch(text) is not None,
        }.get(column.type, True)
        if not right:
            message = f"{echo(node.shown)} is no {column.type}"
            self._problem(node.line, key, message, f"{column.name} holds a {column.type}")
        return text

    def _formats(self, node: Node | None, mapped: set[str] | None) -> dict[str, str]:
        found: dict[str, str] = {}
        entries = self.reader.entries(node, f"{self.field}.formats", self.contract.column_names)
        for name, value in entries.items():
            if mapped is not None and name not in mapped:
                fix = f"map {name} in columns, or remove this"
                self._problem(value.line, f"formats.{name}", f"{name} is not mapped", fix)
            text = self.reader.text(value, f"{self.field}.formats.{name}")
            if text is None:
                continue
            if self.contract.column(name).type not in ("timestamp", "date"):
                self._problem(value.line, f"formats.{name}", "not a date or time", "remove it")
            elif "%" not in text:
                fix = "write a pattern such as %d/%m/%Y %H:%M"
                self._problem(value.line, f"formats.{name}", "no pattern of a time", fix)
            found[name] = text
        return found

    def _values(self, node: Node | None) -> dict[str, dict[str, str | None]]:
        found: dict[str, dict[str, str | None]] = {}
        names = self.contract.column_names
        for name, entry in self.reader.entries(node, f"{self.field}.values", names).items():
            key = f"values.{name}"
            column = self.contract.column(name)
            words: dict[str, str | None] = {}
            for raw, value in self.reader.entries(entry, f"{self.field}.{key}").items():
                if value.kind == "null":
                    words[raw] = None
                elif value.kind != "scalar":
                    self._problem(value.line, key, "not one value", "write `raw: value` lines")
                else:
                    words[raw] = self._constant(column, value.text, value, f"{key}.{echo(raw)}")
            found[name] = words
        return found

    def _questions(self, node: Node | None) -> dict[str, dict[str, str]]:
        if node is not None and "metric_type" not in self.contract.column_names:
            self._problem(node.line, "questions", "not a feed of answers", "use columns")
            return {}
        found: dict[str, dict[str, str]] = {}
        headers = self.reader.entries(node, f"{self.field}.questions")
        for header, entry in headers.items():
            key = f"questions.{echo(header)}"
            found[header] = self._set(entry, key)
            if "metric_type" not in found[header]:
                fix = "say what it measures, such as metric_type: nps (or open for a comment)"
                self._problem(entry.line, key, "metric_type is missing", fix)
        return found

    def _judge(self, mapping: Mapping, given: dict[str, Node], line: int) -> None:
        """What holds between the keys of a mapping."""
        if mapping.sql is not None:
            for key in ("columns", "questions", "drop_where"):
                if key in given:
                    fix = "write it in the SELECT, or leave sql out"
                    self._problem(given[key].line, key, f"sql and {key} at once", fix)
            return
        if "sql" in given:
            return
        if "columns" not in given:
            self._problem(line, "", "neither columns nor sql", "say which column is which")
            return
        for name in sorted(set(mapping.columns) & set(mapping.set)):
            if name in (entry := given.get("set", given["columns"])).entries:
                fix = "keep one of the two"
                self._problem(entry.key_lines[name], f"set.{name}", "in columns and in set", fix)
        self._judge_required(mapping, line)

    def _judge_required(self, mapping: Mapping, line: int) -> None:
        mapped = {*mapping.columns, *mapping.set}
        if mapping.questions:
            mapped |= set.intersection(*(set(given) for given in mapping.questions.values()))
        for name in self.contract.required_names:
            if name not in mapped and name != "source_system":
                about = self.contract.column(name).description.rstrip(".")
                fix = f"map it in columns or set ({about})"
                if name == "response_id" and mapping.questions:
                    fix = "map submission_id, the number of the form: it is response_id too"
                self._problem(line, "columns", f"the required column {name} is not mapped", fix)
        if self.contract.needs_person and not mapped & set(PERSON_IDENTIFIERS):
            fix = f"map one of {', '.join(PERSON_IDENTIFIERS)}"
            self._problem(line, "columns", "nothing says which person a row is about", fix)
