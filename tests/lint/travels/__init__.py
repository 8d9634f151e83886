"""A lint for SQL that travels: one model text must give the same cells on DuckDB and on Spark.

It reads every model and singular test of the dbt project, renders it with what an engine's own
macro gives left opaque, and flags each habit that fails, or silently differs, on the other engine.
Run `python -m tests.lint.travels`. Not here: layout and spelling, which are sqlfluff's.

A file that must keep a habit says so, with its reason: `-- travels: allow <rule>: <why>`.
"""

from __future__ import annotations

from tests.lint.travels.check import Finding, check_project, check_sql

__all__ = ["Finding", "check_project", "check_sql"]
