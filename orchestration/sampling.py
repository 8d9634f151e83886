"""The first rows of a source, read where they lie: what `wholeview check` looks at.

Belongs here: reading some rows of some files with the readers of landing, and registering them as
the tables that mappings read. Does not: landing (nothing is copied, no ledger is written) or
judging what was read (`orchestration.check`).
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.fetching import is_remote
from orchestration.fetching import sample as fetch_sample
from orchestration.landing.discovery import Discovery, Found, discover
from orchestration.landing.filling import filled_down
from orchestration.landing.options import options_for
from orchestration.landing.pieces import ColumnsGrew, Reader
from orchestration.landing.problems import Refused
from orchestration.landing.readers import reader_of

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from orchestration.company import Company, Source

MAXIMUM_FILES = 20


@dataclass
class FileSample:
    """The first rows of one file.

    Attributes:
        name: The file's name, as landing would call it.
        file_id: What stands for the file in `_row` here.
        columns: Its columns.
        table: Its first rows as text (Parquet as it is), with `_line`; None where it is refused.
        refusal: Why nothing of it would be loaded, or None.
        bad: Reason codes of records that cannot be read, counted, among the rows looked at.
        first_bad_line: First line of the first such record.
        is_whole: Whether the rows are all that the file has.
    """

    name: str
    file_id: str
    columns: list[str] = field(default_factory=list)
    table: pa.Table | None = None
    refusal: Refused | None = None
    bad: Counter[str] = field(default_factory=Counter)
    first_bad_line: int = 0
    is_whole: bool = True


@dataclass
class SourceSample:
    """The first rows of a source: its files, and those of them that were looked at."""

    source: Source
    found: Discovery
    files: list[FileSample] = field(default_factory=list)
    refusal: Refused | None = None  # why the source itself could not be looked at
    n_more: int = 0  # objects of a store that were not looked at

    @property
    def n_rows(self) -> int:
        """Rows that were read."""
        return sum(file.table.num_rows for file in self.files if file.table is not None)

    @property
    def is_whole(self) -> bool:
        """Whether every row of the source was read."""
        return (
            self.refusal is None
            and not self.n_more
            and len(self.files) == len(self.found.files)
            and all(f.is_whole for f in self.files)
        )

    @property
    def columns(self) -> list[str]:
        """Columns of all files that were looked at, in order, each once."""
        return list(dict.fromkeys(column for file in self.files for column in file.columns))


def sample_source(company: Company, source: Source, rows: int) -> SourceSample:
    """Read the first rows of a source's files.

    Args:
        company: The company.
        source: One of its sources; of a database or service the first rows are fetched.
        rows: How many rows to read at most; of the files beyond, only the first block is looked at.

    Returns:
        The sample. Files that cannot be read have their refusal; nothing is raised for bad input.
    """
    if is_remote(source):
        with tempfile.TemporaryDirectory() as directory:
            fetched = fetch_sample(source, rows, Path(directory))
            sample = _sampled(source, fetched.found, rows, fetched.refusal)
            sample.n_more = fetched.n_more
            return sample
    return _sampled(source, discover(source.files, company.base_dir, source.format), rows)


def _sampled(
    source: Source, found: Discovery, rows: int, refusal: Refused | None = None
) -> SourceSample:
    sample = SourceSample(source, found, refusal=refusal)
    left = rows
    for place, file in enumerate(_chosen(found)):
        one = _sample_file(source, file, f"sample{place}", max(left, 1))
        left -= one.table.num_rows if one.table is not None else 0
        sample.files.append(one)
    return sample


def _chosen(found: Discovery) -> list[Found]:
    """All files, or where they are many the first and the last: names mostly hold a date."""
    files = list(found.files)
    half = MAXIMUM_FILES // 2
    return files if len(files) <= MAXIMUM_FILES else files[:half] + files[-half:]


def _sample_file(source: Source, file: Found, file_id: str, rows: int) -> FileSample:
    import pyarrow as pa

    sample = FileSample(file.name, file_id)
    try:
        options = options_for(source, file.name, 1.0)
        reader = reader_of(file.path, file.name, options)
        try:
            tables = _first_tables(reader, sample, rows)
        except ColumnsGrew:  # asked again, all pieces have all columns
            sample = FileSample(file.name, file_id)
            tables = _first_tables(reader, sample, rows)
    except Refused as refused:
        sample.refusal = refused
        return sample
    except OSError as error:
        why = f"{file.name}: cannot be read ({error.strerror})"
        sample.refusal = Refused("file.unreadable", why)
        return sample
    table = pa.concat_tables(tables)
    sample.is_whole = sample.is_whole or table.num_rows < rows
    sample.columns = [name for name in table.column_names if name != "_line"]
    sample.table = table.slice(0, rows)
    return sample


def _first_tables(reader: Reader, sample: FileSample, rows: int) -> list[pa.Table]:
    """The tables of a file's first pieces, until there are enough rows; what is bad goes to it."""
    import pyarrow as pa

    tables: list[pa.Table] = []
    for piece in reader.pieces():
        tables.append(piece.table.append_column("_line", pa.array(piece.first_line)))
        for record in piece.bad:
            sample.bad.update(record.reasons)
            sample.first_bad_line = sample.first_bad_line or record.first_line
        if sum(table.num_rows for table in tables) >= rows:
            sample.is_whole = False
            break
    return tables


def register(
    connection: duckdb.DuckDBPyConnection, samples: list[SourceSample], received_at: datetime
) -> None:
    """Make each sample a table under its source's name, and the table of arrivals beside them."""
    from orchestration.feeds.sources import ARRIVALS
    from orchestration.sql_text import name

    connection.execute(
        f"create or replace temp table {ARRIVALS} (source varchar, file_id varchar, name varchar,"
        " sha256 varchar, batch bigint, received_at timestamptz, is_first boolean)"
    )
    for sample in samples:
        parts = []
        for file in sample.files:
            if file.table is None:
                continue
            view = f"_{sample.source.name}_{file.file_id}"
            connection.register(view, file.table)
            own = [sample.source.name, file.file_id, file.name, received_at]
            connection.execute(f"insert into {ARRIVALS} values (?, ?, ?, '', 1, ?, true)", own)
            parts.append(f"select *, '{file.file_id}' as _file_id from {name(view)}")
        if parts:
            rows = (
                "select t.* exclude (_file_id), a.name as _file,"
                " a.received_at as _received_at, t._file_id || ':' || t._line as _row"
                f" from ({' union all by name '.join(parts)}) t"
                f" join {ARRIVALS} a on a.source = '{sample.source.name}'"
                " and a.file_id = t._file_id"
            )
            filled = filled_down(rows, sample.source.fill_down)
            connection.execute(f"create temp table {name(sample.source.name)} as {filled}")
