"""A mapping as a relation of canonical texts: a column `r_<name>` for each column that it gives.

Belongs here: what `columns`, `set`, `formats`, `values`, `drop_where`, `questions` and `sql` mean
in SQL. Does not: judging the texts (quality.validation) or comparing rows with the feed (versions).
"""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from orchestration.company import Company, Mapping
from orchestration.company.nested import head_and_path, nested_sql
from orchestration.feeds.results import MappingError
from orchestration.feeds.sources import ARRIVALS
from orchestration.feeds.unread import PREFIX, create_unread_macros, with_unread
from orchestration.sql_text import literal, name
from quality.contracts import Contract
from quality.rule_model import blank_to_null

Columns = dict[str, str]
# Types of columns whose values are judged as text; None is for what lies inside a column's JSON.
TEXTS = ("VARCHAR", None)


@dataclass
class Mapped:
    """A mapping worked out as SQL.

    Attributes:
        sql: relation with `_row`, `_ordinal` and `r_<name>` for each of `present`.
        present: columns of the contract that it gives.
        typed: those of them that are not text in the source.
        unread: those with a text `given_<name>` where num(), ts() or day() could not read one.
        is_table: whether `sql` reads a table that holds the result already.
    """

    sql: str
    present: list[str]
    typed: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    is_table: bool = False
    questions: int = 0
    kept_sql: str = field(default="")


def text_of(expression: str, duck_type: str) -> str:
    """SQL of a value of a DuckDB type as canonical text."""
    kind = duck_type.upper()
    if kind == "VARCHAR":
        return expression
    if kind in ("FLOAT", "DOUBLE"):
        whole = f"cast(cast({expression} as bigint) as varchar)"
        return (
            f"case when abs({expression}) < 1e15 and {expression} = floor({expression})"
            f" then {whole} else cast({expression} as varchar) end"
        )
    if kind.startswith("TIMESTAMP") and kind != "TIMESTAMP WITH TIME ZONE":
        return f"cast(cast({expression} as timestamp) as varchar)"
    if kind.startswith(("STRUCT", "MAP", "JSON", "UNION")) or kind.endswith("]"):
        return f"cast(to_json({expression}) as varchar)"
    return f"cast({expression} as varchar)"


def create_macros(connection: duckdb.DuckDBPyConnection, company: Company, source: str) -> None:
    """num(x), ts(x) and day(x) for a mapping's SQL, as its driving source writes numbers and times.

    num: DECIMAL(28,10) of a plain number; ts: TIMESTAMPTZ, a time without an offset being in the
    source's zone; day: the DATE as written. Each gives NULL for what is not one.
    """
    origin = company.sources[source]
    clean = blank_to_null("cast(x as varchar)")
    number = f"translate({clean}, ',.', '.,')" if origin.decimal == "," else clean
    plain = "[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)"
    # More than ten decimals would be rounded by the cast: no number rather than another one.
    connection.execute(
        f"create or replace temp macro num(x) as case when regexp_full_match({number}, '{plain}')"
        f" and length(rtrim(split_part({number}, '.', 2), '0')) <= 10"
        f" then try_cast({number} as decimal(28,10)) end"
    )
    offset = "[0-9] ?(Z|z|[+-][0-9]{2}(:?[0-9]{2})?)$"
    iso = "[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:.*)?"
    connection.execute(
        f"create or replace temp macro ts(x) as case"
        f" when not regexp_full_match({clean}, '{iso}') then null"
        f" when length({clean}) > 10 and regexp_matches({clean}, '{offset}')"
        f" then try_cast({clean} as timestamptz)"
        f" else timezone({literal(origin.timezone)}, try_cast({clean} as timestamp)) end"
    )
    connection.execute(
        f"create or replace temp macro day(x) as case"
        f" when regexp_full_match({clean}, '{iso}') then try_cast(left({clean}, 10) as date) end"
    )
    create_unread_macros(connection)


def map_rows(
    connection: duckdb.DuckDBPyConnection, company: Company, contract: Contract, mapping: Mapping
) -> Mapped:
    """Work a mapping out over the views of its sources.

    Raises:
        MappingError: a column that is not there, or rows that break the rule of one row out.
        duckdb.Error: the mapping's own SQL is wrong.
    """
    if mapping.sql is not None:
        return _by_sql(connection, company, contract, mapping)
    if mapping.questions:
        return _by_questions(connection, contract, mapping)
    types = _types(connection, f"select * from {name(mapping.from_)}")
    given = _renamed(contract, mapping, types)
    given.update(_constants(mapping.set))
    typed = frozenset(c for c, s in mapping.columns.items() if types.get(s.lower()) not in TEXTS)
    kept = _kept(mapping)
    return Mapped(_select(given, "0", kept), list(given), typed, kept_sql=kept)


def _types(connection: duckdb.DuckDBPyConnection, select: str) -> dict[str, str]:
    rows = connection.execute(f"describe {select}").fetchall()
    return {str(row[0]).lower(): str(row[1]) for row in rows}


def _kept(mapping: Mapping) -> str:
    """The driving rows that are not dropped."""
    where = f" where not coalesce(({mapping.drop_where}\n), false)" if mapping.drop_where else ""
    return f"select * from {name(mapping.from_)}{where}"


def _select(
    given: Columns, ordinal: str, relation: str, where: str = "", unread: Sequence[str] = ()
) -> str:
    columns = ", ".join(
        [f"{expression} as r_{column}" for column, expression in given.items()]
        + [f"{PREFIX}{column} as given_{column}" for column in unread]
    )
    return f"select _row, {ordinal} as _ordinal, {columns} from ({relation}\n){where}"


def _constants(constants: dict[str, str]) -> Columns:
    return {column: literal(text) for column, text in constants.items()}


def _source_column(mapping: Mapping, source_column: str, types: dict[str, str]) -> str:
    if source_column.lower() in types:
        return types[source_column.lower()]
    shown = [column for column in types if not column.startswith("_")]
    near = difflib.get_close_matches(source_column.lower(), shown, n=1)
    hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(shown[:12])}"
    raise MappingError(f"source {mapping.from_} has no column {source_column}: {hint}")


def _renamed(contract: Contract, mapping: Mapping, types: dict[str, str]) -> Columns:
    given: Columns = {}
    renames = dict(mapping.columns)
    for column in (*mapping.values, *mapping.formats):
        # A value map or format for a column that keeps its name says that the column is meant.
        if column not in renames and column not in mapping.set and column in types:
            renames[column] = column
    for column, source_column in renames.items():
        head, path = head_and_path(source_column)
        expression = text_of(name(head), _source_column(mapping, head, types))
        if path:
            expression = nested_sql(expression, path)
        given[column] = _shaped(contract, mapping, column, expression)
    return given


def _shaped(contract: Contract, mapping: Mapping, column: str, expression: str) -> str:
    """Apply a column's value map and format to its text."""
    words = mapping.values.get(column)
    if words:
        trimmed = f"coalesce({blank_to_null(expression)}, '')"
        cases = " ".join(
            f"when {literal(raw.strip())} then {'null' if text is None else literal(text)}"
            for raw, text in words.items()
        )
        expression = f"case {trimmed} {cases} else {expression} end"
    pattern = mapping.formats.get(column)
    if pattern:
        parsed = f"try_strptime({blank_to_null(expression)}, {literal(pattern)})"
        has_time = any(mark in pattern for mark in ("%H", "%I", "%c", "%X", "%M"))
        shape = "%Y-%m-%dT%H:%M:%S.%f" if has_time else "%Y-%m-%d"
        # With %z the engine gives the instant, which strftime shows in UTC.
        end = " || '+00:00'" if "%z" in pattern or "%Z" in pattern else ""
        expression = f"coalesce(strftime({parsed}, '{shape}'){end}, {expression})"
    return expression


def _by_questions(
    connection: duckdb.DuckDBPyConnection, contract: Contract, mapping: Mapping
) -> Mapped:
    """One row for each answer; an empty answer is no row."""
    types = _types(connection, f"select * from {name(mapping.from_)}")
    base = _renamed(contract, mapping, types)
    base.update(_constants(mapping.set))
    kept = _kept(mapping)
    selects, present = [], list(base)
    for place, (header, constants) in enumerate(mapping.questions.items()):
        answer = text_of(name(header), _source_column(mapping, header, types))
        given = {**base, **_constants(constants)}
        target = "comment" if constants.get("metric_type") == "open" else "score"
        given[target] = _shaped(contract, mapping, target, answer)
        for column, text in (("question_id", header), ("question_text", header)):
            if column in contract.column_names:
                given.setdefault(column, literal(text))
        present += [column for column in given if column not in present]
        filled = f" where {blank_to_null(answer)} is not null"
        selects.append((given, place, filled))
    parts = [
        _select({column: given.get(column, "null") for column in present}, str(place), kept, where)
        for given, place, where in selects
    ]
    return Mapped("\nunion all by name\n".join(parts), present,
                  questions=len(parts), kept_sql=kept)  # fmt: skip


def _by_sql(
    connection: duckdb.DuckDBPyConnection, company: Company, contract: Contract, mapping: Mapping
) -> Mapped:
    create_macros(connection, company, mapping.from_)
    sql = (mapping.sql or "").strip().rstrip(";")
    table = f"_mapped_{mapping.index}"
    _make_table(connection, table, sql, contract)
    types = _types(connection, f"select * from {table}")
    unread = frozenset(c.removeprefix(PREFIX) for c in types if c.startswith(PREFIX))
    if "_row" not in types:
        raise MappingError("its SELECT does not give _row of the driving source")
    given: Columns = {}
    for column, kind in types.items():
        if column in contract.column_names:
            given[column] = _shaped(contract, mapping, column, text_of(name(column), kind))
        elif not column.startswith("_"):
            near = difflib.get_close_matches(column, contract.column_names, n=1)
            hint = f": did you mean {near[0]}?" if near else ""
            raise MappingError(f"the feed has no column {column}{hint}")
    given.update(_constants(mapping.set))
    _check_rows(connection, mapping, table)
    ordinal = "0"
    if mapping.explode:
        own = [c for c in types if c != "_row" and not c.startswith(PREFIX)]
        every = ", ".join(name(column) for column in own)
        ordinal = f"row_number() over (partition by _row order by {every or '_row'})"
    typed = frozenset(c for c in given if c in types and types[c] != "VARCHAR")
    select = _select(given, ordinal, f"select * from {table}", unread=sorted(unread))
    return Mapped(select, list(given), typed, unread, is_table=True)


def _make_table(
    connection: duckdb.DuckDBPyConnection, table: str, sql: str, contract: Contract
) -> None:
    """Run a mapping's SQL into a table, with what its macros could not read where that can be."""
    make = f"create or replace table {table} as select * from (\n%s\n)"
    widened = with_unread(connection, sql, contract.column_names)
    if widened is not None:
        with contextlib.suppress(duckdb.Error):  # the plain SQL says what is wrong with it
            connection.execute(make % widened)
            return
    connection.execute(make % sql)


def _check_rows(connection: duckdb.DuckDBPyConnection, mapping: Mapping, table: str) -> None:
    """Each row out is of the driving source, and comes out once unless `explode` says otherwise."""
    strange = connection.execute(
        f"select count(*) from {table} t anti join {name(mapping.from_)} d on d._row = t._row"
    ).fetchone()
    if strange and strange[0]:
        raise MappingError(
            f"{strange[0]} rows whose _row is not of the driving source {mapping.from_}"
        )
    if mapping.explode:
        return
    twice = connection.execute(
        f"select _row, count(*), count(*) over () from {table} group by _row having count(*) > 1"
        " order by _row limit 1"
    ).fetchone()
    if twice:
        file_id, _, line = str(twice[0]).partition(":")
        found = connection.execute(
            f"select any_value(name) from {ARRIVALS} where file_id = ?", [file_id]
        ).fetchone()
        file = found[0] if found and found[0] else file_id
        raise MappingError(
            f"line {line} of {file} comes out {twice[1]} times ({twice[2]} such rows of source"
            f" {mapping.from_}): a join finds several matches; mend it, or say explode: true"
        )
