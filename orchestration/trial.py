"""Mappings tried on samples: what the contract says of the rows that they give.

Belongs here: running a mapping and its validation on registered samples, and counting reasons. Does
not: reading files (`sampling`) or writing feeds (`feeds`).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass, field

import duckdb

from orchestration.company import Company, Mapping, mapping_sources
from orchestration.feeds.checking import CHECKED, Checked, check_rows, with_line_numbers
from orchestration.feeds.mapping import Mapped, map_rows
from orchestration.feeds.results import MappingError
from orchestration.feeds.sources import ARRIVALS
from orchestration.findings import INFO, PROBLEM, WARNING, Finding
from orchestration.remedies import remedy
from orchestration.safe_errors import safe_message
from quality.contracts import PERSON_IDENTIFIERS, Contract, load_contracts, load_vocabularies
from quality.reasons import REASONS

_MAXIMUM_WORDS = 12
_SOME_TEXTS = 200  # of a refused column, from which its remedy is told
# A detail without a field is about the amount, where it is about a field at all.
_FIELD = "('$.' || coalesce(nullif(split_part(detail, ':', 2), ''), 'amount'))"
# What may be shown of a column with a vocabulary: words, not numbers, addresses or names.
_WORD = re.compile(r"[^\W\d_]{1,30}([ _/-][^\W\d_]{1,30}){0,2}")


@dataclass
class Trial:
    """What trying all mappings came to: findings, and the columns that each feed is given."""

    findings: list[Finding] = field(default_factory=list)
    mapped: dict[str, set[str]] = field(default_factory=dict)


@contextlib.contextmanager
def trial_connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory connection in UTC that installs nothing."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    connection = duckdb.connect(":memory:", config=config)
    try:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()


def try_feeds(
    connection: duckdb.DuckDBPyConnection,
    company: Company,
    readable: Set[str],
    whole: Set[str],
) -> Trial:
    """Try every mapping whose sources could be read.

    Args:
        connection: Holds the samples, one table a source.
        company: The company.
        readable: Sources that have a sample.
        whole: Sources whose sample is all that they have.
    """
    trial = Trial()
    for feed, mappings in company.feeds.items():
        contract = load_contracts()[feed]
        trial.mapped[feed] = set()
        for mapping in mappings:
            given = {*mapping.columns, *mapping.set}
            given |= {name for constants in mapping.questions.values() for name in constants}
            trial.mapped[feed] |= given | ({"score", "comment"} if mapping.questions else set())
            sources = set(mapping_sources(company, mapping))
            if sources <= readable:
                one = _Attempt(connection, company, contract, mapping)
                one.run(is_whole=sources <= whole)
                trial.findings += one.findings
                trial.mapped[feed] |= one.present
    return trial


class _Attempt:
    """One mapping, tried."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        company: Company,
        contract: Contract,
        mapping: Mapping,
    ) -> None:
        self.connection = connection
        self.company = company
        self.contract = contract
        self.mapping = mapping
        self.findings: list[Finding] = []
        self.present: set[str] = set()

    def say(self, severity: str, message: str, fix: str = "") -> None:
        where = f"feed {self.contract.feed}[{self.mapping.index}]"
        self.findings.append(Finding(severity, where, self.mapping.line, message, fix))

    def run(self, *, is_whole: bool) -> None:
        try:
            mapped = map_rows(self.connection, self.company, self.contract, self.mapping)
            if self.contract.feed == "transactions":
                mapped = with_line_numbers(mapped)
            self.present = set(mapped.present)
            if not self._has_required(mapped):
                return
            self._say_programme()
            check_rows(
                self.connection, self.company, self.contract, self.mapping, mapped, Checked()
            )
        except MappingError as error:
            self.say(PROBLEM, str(error), "mend the mapping")
            return
        except duckdb.Error as error:
            self.say(PROBLEM, safe_message(error), "mend the mapping")
            return
        self._judge(is_whole=is_whole)

    def _has_required(self, mapped: Mapped) -> bool:
        given = {*mapped.present, "source_system"}
        absent = [name for name in self.contract.required_names if name not in given]
        for name in absent:
            self.say(PROBLEM, f"the required column {name} is not mapped", "select it, or set it")
        if self.contract.needs_person and not given & set(PERSON_IDENTIFIERS):
            absent.append("")
            fix = f"map one of {', '.join(PERSON_IDENTIFIERS)}"
            self.say(PROBLEM, "nothing says which person a row is about", fix)
        return not absent

    def _say_programme(self) -> None:
        if self.contract.feed == "survey_responses" and "program_type" not in self.present:
            self.say(
                INFO,
                "no program_type: where no invitation has one its answers count as transactional,"
                " every answer",
                "for a survey of the relationship set program_type: relationship",
            )

    @property
    def table(self) -> str:
        return f"{CHECKED}_{self.mapping.index}"

    def _rows(self, sql: str) -> list[tuple[object, ...]]:
        return self.connection.execute(sql).fetchall()

    def _judge(self, *, is_whole: bool) -> None:
        counts = self._rows(f"select count(*), count(*) filter (_is_bad) from {self.table}")
        total, bad = (int(str(count)) for count in counts[0])
        if total == 0:
            if is_whole and not self.contract.may_be_empty:
                self.say(PROBLEM, "no row comes out", "mend the joins, or drop_where")
            return
        limit = self.company.settings.quarantine_ratio
        if bad > limit * total:
            self.say(
                PROBLEM,
                f"{bad:,} of the {total:,} rows looked at would be quarantined"
                f" ({bad / total:.0%}, limit {limit:.0%}): their file would be refused",
                "see the reasons below",
            )
        self._bad_rows(total)
        self._coerced_fields(total)
        self._unknown_words()
        self._foreign_money(total)
        self._shared_keys()

    def _place(self, line: object, file_id: object) -> str:
        found = self.connection.execute(
            f"select any_value(name) from {ARRIVALS} where source = ? and file_id = ?",
            [self.mapping.from_, file_id],
        ).fetchone()
        return f"first at {found[0] if found else self.mapping.from_}, line {line}"

    def _bad_rows(self, total: int) -> None:
        reasons = self._rows(
            "select detail, count(*), min_by(_line, (_file_id, _line)),"
            " min_by(_file_id, (_file_id, _line)),"
            f" list(_raw ->> {_FIELD})[1:{_SOME_TEXTS}]"
            f" from (select unnest(_details) as detail, _line, _file_id, _raw from {self.table})"
            " group by detail order by 2 desc, 1"
        )
        for detail, count, line, file_id, texts in reasons:
            self.say(
                WARNING,
                f"{_about(str(detail))}: {count:,} of {total:,} rows would be quarantined,"
                f" {self._place(line, file_id)}",
                self._remedy(str(detail), texts),
            )

    def _coerced_fields(self, total: int) -> None:
        reasons = self._rows(
            "select f.reason || ':' || f.field, f.field, count(*),"
            " min_by(_line, (_file_id, _line)), min_by(_file_id, (_file_id, _line)),"
            f" list(f.raw)[1:{_SOME_TEXTS}]"
            f" from (select unnest(_fields) as f, _line, _file_id from {self.table}"
            " where not _is_bad) group by 1, 2 order by 3 desc, 2"
        )
        for detail, column, count, line, file_id, texts in reasons:
            self.say(
                WARNING,
                f"{_about(str(detail))}: {column} would be empty in {count:,} of {total:,}"
                f" rows, {self._place(line, file_id)}",
                self._remedy(str(detail), texts),
            )

    def _remedy(self, detail: str, texts: object) -> str:
        code, _, column = detail.partition(":")
        if code == "f.range" and self.contract.column(column).vocabulary:
            return "map its words with values, see below"
        some = [str(text) for text in texts or () if text is not None]  # type: ignore[attr-defined]
        return remedy(code, column or "amount", self.mapping.from_, some)

    def _unknown_words(self) -> None:
        for column in self.contract.columns:
            if column.vocabulary is None or column.name not in self.present:
                continue
            words = self._rows(
                "select trim(word), count(*) from ("
                f" select list_filter(_fields, lambda f: f.field = '{column.name}')[1].raw as word"
                f" from {self.table} where not _is_bad union all"
                f" select _raw ->> '$.{column.name}' from {self.table}"
                " where _is_bad and len(list_filter(_details, lambda d: d like '%.domain%'"
                f" or d = 'f.range:{column.name}')) > 0"
                ") where word is not null group by 1 order by 2 desc, 1"
            )
            known = set(load_vocabularies()[column.vocabulary])
            unknown = [(str(w), n) for w, n in words if _canonical(str(w)) not in known]
            shown = [f"{word} ({n:,})" for word, n in unknown if _WORD.fullmatch(word)]
            if unknown:
                listed = ", ".join(shown[:_MAXIMUM_WORDS]) or "none that may be shown"
                more = len(unknown) - min(len(shown), _MAXIMUM_WORDS)
                self.say(
                    WARNING,
                    f"values of {column.name} that the vocabulary {column.vocabulary} does not"
                    f" have: {listed}" + (f", and {more:,} more" if more else ""),
                    f"map them: values: {{{column.name}: {{raw: word}}}}, a word being one of"
                    f" {', '.join(load_vocabularies()[column.vocabulary])}",
                )

    def _foreign_money(self, total: int) -> None:
        """Amounts in other currencies where no feed gives a rate: they are never summed."""
        if "currency" not in self.present or self.company.feeds.get("fx_rates"):
            return
        found = self._rows(
            f"select currency, count(*) from {self.table} where not _is_bad"
            f" and currency <> '{self.company.currency}' group by 1 order by 2 desc, 1"
        )
        if found:
            count = sum(int(str(n)) for _, n in found)
            listed = ", ".join(str(code) for code, _ in found[:_MAXIMUM_WORDS])
            self.say(
                WARNING,
                f"{count:,} of {total:,} rows are in {listed}, and the feed fx_rates is not filled:"
                f" their amounts have no value in {self.company.currency}",
                "map rates to fx_rates",
            )

    def _shared_keys(self) -> None:
        """Keys that several different rows have; the person's part of a key is not known here."""
        if "identity_key" in self.contract.key:
            return
        names = ", ".join(f'"{name}"' for name in self.contract.key)
        found = self._rows(
            f"select count(*), sum(n) from (select count(*) as n from {self.table}"
            f" where not _is_bad group by {names} having count(*) > 1)"
        )
        keys, rows = found[0]
        if keys and "updated_at" not in self.present:
            self.say(
                WARNING,
                f"{rows:,} rows share {keys:,} keys ({', '.join(self.contract.key)}), and no"
                " updated_at says which is newer",
                "map the columns that tell them apart; rows that differ would be quarantined",
            )


def _canonical(word: str) -> str:
    """A word as validation compares it with a vocabulary."""
    return word.strip().lower().replace(" ", "_").replace("-", "_")


def _about(detail: str) -> str:
    """A reason with its field and what it means."""
    code, _, column = detail.partition(":")
    meaning = REASONS[code].description if code in REASONS else ""
    return f"{code}{f' ({column})' if column else ''}{f', {meaning}' if meaning else ''}"
