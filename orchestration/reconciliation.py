"""What vendors state of a metric, and the answers that our mappings leave out, for dbt to compare.

Belongs here: reading the figures of `controls:` and the rows that `drop_where` drops, written as
two Parquet files of the build. Does not: taking differences apart (transforms/models/marts), or the
shape of an entry (company/figures). No identifier of a person is written: what is left out has its
time, its score and whether it is complete.
"""

from __future__ import annotations

from dataclasses import replace

import duckdb

from orchestration.company import Mapping
from orchestration.company.figures import Figure
from orchestration.feeds.engine import feed_connection
from orchestration.feeds.mapping import create_macros, map_rows
from orchestration.feeds.results import MappingError
from orchestration.feeds.sources import create_view
from orchestration.night import Night
from orchestration.safe_errors import safe_message
from orchestration.sql_text import literal, name
from quality.contracts import load_contracts
from quality.gates import CheckResult

FOLDER = "reconciliation"
FEED = "survey_responses"
FIGURES = (
    "control_name varchar, source_name varchar, metric_name varchar, survey_id varchar,"
    " period_grain varchar, period_start_on date, vendor_value double, n_vendor bigint,"
    " counts_repeated boolean, counts_incomplete boolean, counts_dismissed boolean,"
    " counts_tests boolean, date_used varchar, time_zone varchar, tolerance double"
)
LEFT_OUT = (
    "answer_key bigint, survey_id varchar, metric_type varchar,"
    " responded_at timestamp, score double, scale_min double, scale_max double, is_complete boolean"
)


def judge_figures(night: Night) -> list[CheckResult]:
    """A result a vendor's figure: whether its periods and numbers can be read at all."""
    figures = night.company.figures.values()
    if not figures:
        return []
    with feed_connection(night.home, night.company, night.home.key()) as con:
        return [_judge(con, night, figure) for figure in figures]


def write_reconciliation(night: Night) -> None:
    """Write `reconciliation/vendor_figure.parquet` and `left_out_answer.parquet`.

    Both are there every night, and empty where no figure is declared. A source whose figures cannot
    be read has none here; its gate has told so.
    """
    folder = night.build / FOLDER
    folder.mkdir(exist_ok=True)
    with feed_connection(night.home, night.company, night.home.key()) as con:
        con.execute(f"create temp table vendor_figure ({FIGURES})")
        con.execute(f"create temp table left_out_answer ({LEFT_OUT})")
        for figure in night.company.figures.values():
            if not _came(night, figure.from_):
                continue
            try:
                con.execute(f"insert into vendor_figure by name {_stated(con, night, figure)}")
            except duckdb.Error:
                continue
        if night.company.figures:
            for mapping in night.company.feeds.get(FEED, []):
                if mapping.drop_where and _came(night, mapping.from_):
                    _insert_left_out(con, night, mapping)
        for table in ("vendor_figure", "left_out_answer"):
            target = literal(str(folder / f"{table}.parquet"))
            con.execute(f"copy (from {table} order by all) to {target} (format parquet)")


def _came(night: Night, source: str) -> bool:
    return any(arrival.status == "loaded" for arrival in night.ledger.arrivals(source))


def _stated(con: duckdb.DuckDBPyConnection, night: Night, figure: Figure) -> str:
    """SQL of a vendor's figures: a row a period that can be read, the latest row of each."""
    create_view(con, night.home, night.ledger, night.company, figure.from_, night.batch)
    create_macros(con, night.company, figure.from_)
    where = f" where coalesce(({figure.where}\n), false)" if figure.where else ""
    n = f"cast(num({name(figure.answers)}) as bigint)" if figure.answers else "null::bigint"
    rules, zone = figure.rules, figure.timezone or night.company.timezone

    def counted(rule: str, yes: str) -> str:
        return str(rules[rule] == yes).lower() if rule in rules else "null::boolean"

    return (
        f"select {literal(figure.name)} as control_name, {literal(figure.from_)} as source_name,"
        f" {literal(figure.metric)} as metric_name, {literal(figure.survey)} as survey_id,"
        f" {literal(figure.grain)} as period_grain, period_start_on,"
        f" arg_max(vendor_value, _row) as vendor_value, arg_max(n_vendor, _row) as n_vendor,"
        f" {counted('answers', 'all')} as counts_repeated,"
        f" {counted('incomplete', 'counted')} as counts_incomplete,"
        f" {counted('dismissed', 'counted')} as counts_dismissed,"
        f" {counted('tests', 'counted')} as counts_tests,"
        f" {literal(rules.get('date', 'answered'))} as date_used, {literal(zone)} as time_zone,"
        f" {figure.tolerance!r} as tolerance"
        f" from (select _row, {_period(figure)} as period_start_on,"
        f" cast(num({name(figure.figure)}) as double) as vendor_value, {n} as n_vendor"
        f" from {name(figure.from_)}{where}) as stated"
        " where period_start_on is not null and vendor_value is not null group by period_start_on"
    )


def _period(figure: Figure) -> str:
    """SQL of the first day of a period as people write it: a date, 2026, 2026-03, 2026-Q1."""
    text = f"trim(cast({name(figure.period)} as varchar))"
    year = f"left({text}, 4)"
    quarter = f"cast(right({text}, 1) as integer)"
    written = (
        f"case when regexp_full_match({text}, '[0-9]{{4}}')"
        f" then try_cast({year} || '-01-01' as date)"
        f" when regexp_full_match({text}, '[0-9]{{4}}[- ]?Q[1-4]')"
        f" then make_date(cast({year} as integer), 3 * {quarter} - 2, 1)"
        f" when regexp_full_match({text}, '[0-9]{{4}}-[0-9]{{2}}')"
        f" then try_cast({text} || '-01' as date) else try_cast({text} as date) end"
    )
    return f"cast(date_trunc('{figure.grain}', {written}) as date)"


def _insert_left_out(con: duckdb.DuckDBPyConnection, night: Night, mapping: Mapping) -> None:
    """The answers in rows that a mapping drops, as far as their time and score can be read."""
    create_view(con, night.home, night.ledger, night.company, mapping.from_, night.batch)
    dropped = replace(mapping, drop_where=f"not coalesce(({mapping.drop_where}\n), false)")
    try:
        mapped = map_rows(con, night.company, load_contracts()[FEED], dropped)
    except (MappingError, duckdb.Error):
        return  # the mapping's own rows have said so
    create_macros(con, night.company, mapping.from_)
    (held,) = con.execute("select count(*) from left_out_answer").fetchone() or (0,)
    given = {column: f"r_{column}" for column in mapped.present}

    def text(column: str) -> str:
        return given.get(column, "null::varchar")

    con.execute(
        "insert into left_out_answer by name select * exclude (_row, _ordinal), row_number() over"
        f" (order by _row, _ordinal) + {held} as answer_key"
        f" from (select _row, _ordinal,"
        f" coalesce({text('survey_id')}, {literal(mapping.from_)}) as survey_id,"
        f" {text('metric_type')} as metric_type,"
        f" make_timestamp(epoch_us(ts({text('responded_at')}))) as responded_at,"
        f" cast(num({text('score')}) as double) as score,"
        f" try_cast({text('scale_min')} as double) as scale_min,"
        f" try_cast({text('scale_max')} as double) as scale_max,"
        f" coalesce(try_cast({text('is_complete')} as boolean), true) as is_complete"
        f" from ({mapped.sql}) as dropped) as answers"
        " where metric_type in ('nps', 'csat') and responded_at is not null"
    )


def _judge(con: duckdb.DuckDBPyConnection, night: Night, figure: Figure) -> CheckResult:
    if not _came(night, figure.from_):
        return _result(figure, None, f"{figure.from_} has stated nothing yet", is_skipped=True)
    try:
        stated = con.execute(f"select count(*) from ({_stated(con, night, figure)}) as s")
        (n_periods,) = stated.fetchone() or (0,)
    except duckdb.Error as error:
        return _result(figure, None, safe_message(error))
    rows = con.execute(f"select count(*) from {name(figure.from_)}").fetchone()
    if not n_periods and rows and rows[0]:
        text = f"source {figure.from_}: 0 periods of {rows[0]} rows can be read, wanted 1 or more"
        return _result(figure, 0, text)
    return _result(figure, n_periods, f"{n_periods} periods read", passed=True)


def _result(
    figure: Figure,
    observed: float | None,
    message: str,
    *,
    passed: bool = False,
    is_skipped: bool = False,
) -> CheckResult:
    return CheckResult(
        gate=figure.gate, layer="feeds", table_name=FEED, column_name=None,
        expectation=f"the {figure.metric} that {figure.from_} states can be read",
        observed=observed, limit="1 period or more", n_rows=int(observed or 0), n_failed=None,
        # a figure to compare with is nothing that a night is made of
        severity="warn", passed=passed or is_skipped, is_skipped=is_skipped,
        message=f"{figure.gate}: {message}",
    )  # fmt: skip
