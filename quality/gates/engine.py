"""Great Expectations on DuckDB: an execution engine and a data source of our own.

Great Expectations has none for DuckDB. Its SQLAlchemy engine reads a result after the connection
is closed, and a closed DuckDB connection's result is empty, so that most expectations fail.
Freezing the result while the connection is open mends it. The data source registers itself by its
`type`, and has to be declared in a module. Importing this module costs about 6 CPU seconds: import
it inside the function that runs gates, nowhere else.
"""

from __future__ import annotations

import builtins
from typing import Literal

import sqlalchemy as sa
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """Reads every result while its connection is open."""

    def execute_query(self, query: sa.Selectable | sa.TextClause) -> sa.Result:
        """The result of a query, held in memory: metrics are a few numbers."""
        with self.get_connection() as connection:
            return self._execute_query_with_recovery(connection, query).freeze()()

    def number(self, query: str) -> float | None:
        """The one number that a query gives; None where it gives NULL or no row."""
        found = self.execute_query(sa.text(query.replace(":", r"\:"))).scalar()
        return None if found is None else float(found)


class DuckDBDatasource(SQLDatasource):
    """`context.data_sources.add_duckdb(name, connection_string=...)`."""

    type: Literal["duckdb"] = "duckdb"  # type: ignore[assignment]

    @property
    def execution_engine_type(self) -> builtins.type[SqlAlchemyExecutionEngine]:
        """The engine that reads this source."""
        return DuckDBExecutionEngine
