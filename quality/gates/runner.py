"""Runs suites with Great Expectations inside DuckDB and turns what it says into counts.

Great Expectations is imported when the first suite runs. No data frame is made: each table is a
query that DuckDB answers. Not here: which gates there are (suites, feeds).
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from quality.gates.expectations import (
    COUNTS,
    Found,
    cause_of,
    expectation_of,
    found_by,
    measured_column,
)
from quality.gates.results import CheckResult
from quality.gates.suites import ROW_KINDS, Gate, Suite


class GateRunner:
    """One connection on which suites run. Use it as `with open_runner(...) as runner`."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self._assets = 0

    def run(
        self, suite: Suite, relation: str | None, places: Mapping[str, str] | None = None
    ) -> list[CheckResult]:
        """The results of a suite, a row for each gate.

        Args:
            suite: Its gates, the row count first.
            relation: What to select from to read the table, or None where there is no such table.
            places: What else a gate's own query names in braces, and what stands for it.
        """
        if relation is None:
            return [
                _result(gate, 0, Found(False, None, None, "the table is missing"))
                for gate in suite.gates
            ]
        counting = suite.gates[0]
        by_row = [gate for gate in suite.gates if gate.kind == "rows" or gate.kind in ROW_KINDS]
        found = self._validate(f"select * from {relation}", by_row)
        counted = found[counting.name]
        n_rows = int(counted.observed or 0)
        if n_rows == 0 and not suite.may_be_empty:
            # On nothing every rule holds: that a gate passed would say nothing.
            empty = Found(False, None, None, counted.cause or "there is no row to look at")
            others = [_result(gate, 0, empty) for gate in suite.gates[1:]]
            return [_result(counting, 0, counted), *others]
        measured = [gate for gate in suite.gates if gate.name not in found]
        found |= self._measure(measured, {"table": relation, **(places or {})})
        return [_result(gate, n_rows, found[gate.name]) for gate in suite.gates]

    def _measure(self, gates: Sequence[Gate], places: Mapping[str, str]) -> dict[str, Found]:
        """Judge gates that ask for a number of their own.

        Each number is worked out once and then told to Great Expectations, which would ask DuckDB
        three times for what it judges.
        """
        found: dict[str, Found] = {}
        columns: dict[str, str] = {}
        for gate in gates:
            query = str(gate.sql)
            for name, place in places.items():
                query = query.replace("{" + name + "}", place)
            try:
                number = self._source.get_execution_engine().number(query)
            except Exception as error:  # a number that cannot be had fails its gate, and only that
                found[gate.name] = Found(False, None, None, cause_of(str(error)))
                continue
            value = "null" if number is None else f"'{number!r}'"
            columns[gate.name] = f"cast({value} as double) as {measured_column(gate)}"
        known = [gate for gate in gates if gate.name in columns]
        if known:
            found |= self._validate(f"select {', '.join(columns.values())}", known)
        return found

    def _validate(self, query: str, gates: Sequence[Gate]) -> dict[str, Found]:
        import great_expectations as gx

        self._assets += 1
        try:
            asset = self._source.add_query_asset(f"look_{self._assets}", query=query)
            # a batch definition of its own would have the whole context written out again, twice
            batch = asset.get_batch(asset.build_batch_request())
            suite = gx.ExpectationSuite(
                name=f"suite_{self._assets}", expectations=[expectation_of(gate) for gate in gates]
            )
            outcome = batch.validate(suite, result_format=COUNTS)
        except Exception as error:  # an exception is a failure of every gate that was asked
            return {gate.name: Found(False, None, None, cause_of(str(error))) for gate in gates}
        by_name = {gate.name: gate for gate in gates}
        found = {}
        for result in outcome.results:
            gate = by_name[result.expectation_config.meta["gate"]]
            found[gate.name] = found_by(gate, result)
        for name in set(by_name) - set(found):
            found[name] = Found(False, None, None, "Great Expectations gave no result")
        return found


@contextmanager
def open_runner(
    database: str, *, threads: int = 2, memory_limit: str = "2GB"
) -> Iterator[GateRunner]:
    """A runner on a DuckDB file, opened read-only and closed at the end.

    Args:
        database: Path of the file, or ":memory:" where every relation reads files.
        threads: Threads of DuckDB.
        memory_limit: Its memory limit.
    """
    # Great Expectations reads these when it is imported.
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with warnings.catch_warnings(), _quiet_loggers():
        warnings.simplefilter("ignore")
        import great_expectations as gx
        from great_expectations.data_context.types.base import (
            DataContextConfig,
            InMemoryStoreBackendDefaults,
            ProgressBarsConfig,
        )

        import quality.gates.engine  # noqa: F401 - declaring the data source registers it

        settings = DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(),
            progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
            analytics_enabled=False,
        )
        context = gx.get_context(mode="ephemeral", project_config=settings)
        connect_args: dict[str, Any] = {
            "config": {"threads": threads, "memory_limit": memory_limit}
        }
        if database != ":memory:":
            connect_args["read_only"] = True
        source = context.data_sources.add_duckdb(
            "gates",
            connection_string=f"duckdb:///{database}",
            create_temp_table=False,
            kwargs={"connect_args": connect_args},
        )
        try:
            yield GateRunner(source)
        finally:
            # An open connection would keep the next writer out of the file.
            source.get_execution_engine().close()
            source.get_execution_engine().engine.dispose()
            source.get_engine().dispose()


@contextmanager
def _quiet_loggers() -> Iterator[None]:
    logger = logging.getLogger("great_expectations")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _result(gate: Gate, n_rows: int, found: Found) -> CheckResult:
    if found.cause:
        message = f"{gate.name}: could not be judged: {found.cause}; wanted: {gate.says}"
    elif gate.counts_rows:
        broken = f"{found.n_failed:,} of {n_rows:,} rows break it"
        message = f"{gate.name}: {broken}, {gate.limit}: {gate.says}"
    else:
        message = f"{gate.name}: {found.observed:,.10g}, wanted {gate.limit}: {gate.says}"
    return CheckResult(
        gate=gate.name,
        layer=gate.layer,
        table_name=gate.table,
        column_name=gate.columns[0] if len(gate.columns) == 1 else None,
        expectation=gate.says,
        observed=found.observed,
        limit=gate.limit,
        n_rows=n_rows,
        n_failed=found.n_failed,
        severity=gate.severity,
        passed=found.passed,
        is_skipped=False,
        message=message,
    )


def skipped(suite: Suite) -> list[CheckResult]:
    """A row for each gate of a table that no mapped feed fills: shown, and looked at by nobody."""
    feeds = ", ".join(suite.feeds)
    return [
        CheckResult(
            gate=gate.name,
            layer=gate.layer,
            table_name=gate.table,
            column_name=gate.columns[0] if len(gate.columns) == 1 else None,
            expectation=gate.says,
            observed=None,
            limit=gate.limit,
            n_rows=0,
            n_failed=None,
            severity=gate.severity,
            passed=True,
            is_skipped=True,
            message=f"{gate.name}: skipped: no mapping fills {feeds}",
        )
        for gate in suite.gates
    ]
