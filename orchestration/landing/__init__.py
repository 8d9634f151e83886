"""Landing: files as received, their rows, and a source as SQL over them.

This is the door: other rooms call `land_source` once for each source and night, and read a source
through `source_sql`. Nothing else in this package is for them.
"""

from orchestration.landing.problems import Counts, FileProblem, SourceResult, SourceStatus
from orchestration.landing.relation import (
    LandingDamaged,
    SourceFile,
    source_files,
    source_sql,
)
from orchestration.landing.source import land_source

__all__ = [
    "Counts",
    "FileProblem",
    "LandingDamaged",
    "SourceFile",
    "SourceResult",
    "SourceStatus",
    "land_source",
    "source_files",
    "source_sql",
]
