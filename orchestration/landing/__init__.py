"""Landing: files as received, their rows, and a source as SQL over them.

This is the door: other rooms call `land_source` once for each source and night, and read a source
through `source_sql`. Nothing else in this package is for them.
"""

from orchestration.landing.mending import mended_digests, read_mended, write_mended
from orchestration.landing.problems import Counts, FileProblem, SourceResult, SourceStatus
from orchestration.landing.relation import (
    LandingDamaged,
    SourceFile,
    source_files,
    source_sql,
)
from orchestration.landing.source import land_source, parse_anew, received_lines

__all__ = [
    "Counts",
    "FileProblem",
    "LandingDamaged",
    "SourceFile",
    "SourceResult",
    "SourceStatus",
    "land_source",
    "mended_digests",
    "parse_anew",
    "read_mended",
    "received_lines",
    "source_files",
    "source_sql",
    "write_mended",
]
