"""One feed in one batch: from the sources' rows to the batch's files and books.

Belongs here: the order of the steps and the refusal of a file with too many bad rows. Does not:
which batches are due (feed), nor what each step does (mapping, checking, versions, counting,
writing, books).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from orchestration.company import Company, Mapping, mapping_sources
from orchestration.feeds import books as books_of
from orchestration.feeds import checking, sources, state, versions
from orchestration.feeds.checking import CHECKED, KEYED
from orchestration.feeds.counting import count_batch, count_reasons
from orchestration.feeds.engine import feed_connection
from orchestration.feeds.mapping import map_rows
from orchestration.feeds.results import (
    FAILED,
    REFUSED,
    UNCHANGED,
    WRITTEN,
    FeedResult,
    MappingError,
)
from orchestration.feeds.versions import CLOSING, OUTCOME, REFUSED_ROWS, REPEATS
from orchestration.feeds.writing import BatchFiles
from orchestration.home import Home
from orchestration.ledger import Ledger
from orchestration.safe_errors import safe_message
from quality.contracts import Contract

Say = Callable[[str], None]

#: A file is refused only with more bad rows than this: a share of a handful says nothing.
FEWEST_BAD_ROWS = 20


@dataclass
class BatchJob:
    """One feed and batch to be written, with all that it is worked out from."""

    home: Home
    ledger: Ledger
    company: Company
    contract: Contract
    batch: int
    key: bytes
    progress: Say

    @property
    def feed(self) -> str:
        """Name of the feed."""
        return self.contract.feed


@dataclass
class _Work:
    """What the steps of one job hand on."""

    checked: checking.Checked = field(default_factory=checking.Checked)
    mappings: list[Mapping] = field(default_factory=list)
    anew: list[int] = field(default_factory=list)
    driving: list[books_of.Driving] = field(default_factory=list)
    held_back: list[str] = field(default_factory=list)


class _Refused(Exception):  # noqa: N818 - an outcome, not an error of the program
    def __init__(self, result: FeedResult) -> None:
        super().__init__(result.message)
        self.result = result


def write_batch(job: BatchJob) -> FeedResult:
    """Work a feed out for one batch and write its files and books; never raises for bad input.

    What an earlier attempt at the batch left is deleted first.
    """
    state.remove_batch(job.home, job.feed, job.batch)
    work = _Work()
    arrivals = sources.loaded(job.ledger, _used(job), job.batch)
    try:
        with feed_connection(
            job.home, job.company, job.key, sum(a.n_parsed for a in arrivals)
        ) as connection:
            sources.register_arrivals(connection, arrivals)
            return _run(connection, job, work)
    except _Refused as refused:
        return refused.result


def _used(job: BatchJob) -> list[str]:
    """The sources that the feed's mappings read."""
    mappings = job.company.feeds[job.feed]
    return sorted({source for m in mappings for source in mapping_sources(job.company, m)})


def _run(connection: duckdb.DuckDBPyConnection, job: BatchJob, work: _Work) -> FeedResult:
    for mapping in job.company.feeds[job.feed]:
        _map(connection, job, mapping, work)
    if not work.mappings:
        return FeedResult(job.feed, UNCHANGED)
    checking.gather(connection, job.contract, work.mappings)
    checking.key_rows(connection, job.contract, work.checked, job.batch)
    versions.find_conflicts(connection)
    _hold_back_bad_files(connection, job, work)
    rows = state.written_files(job.home, job.feed, "rows", job.batch)
    gone = state.written_files(job.home, job.feed, "superseded", job.batch)
    versions.load_stored(connection, job.contract, rows, gone, bool(work.anew))
    versions.classify(connection)
    versions.find_closing(connection, work.anew)
    return _write(connection, job, work)


def _is_anew(job: BatchJob, mapping: Mapping) -> bool:
    return not sources.is_incremental(job.company, mapping) or sources.has_replacements(
        job.ledger, mapping.from_, job.batch
    )


def _map(
    connection: duckdb.DuckDBPyConnection, job: BatchJob, mapping: Mapping, work: _Work
) -> None:
    """Map and judge the rows of one mapping, where its sources have anything new."""
    used = mapping_sources(job.company, mapping)
    if job.batch not in sources.due_batches(job.ledger, used, job.batch):
        return
    if not sources.loaded(job.ledger, [mapping.from_], job.batch):
        return  # its driving source has no file yet: nothing to map, nothing to close
    anew = _is_anew(job, mapping)
    try:
        for source in used:
            sources.create_view(
                connection, job.home, job.ledger, job.company, source, job.batch,
                only_batch=None if anew else job.batch,
            )  # fmt: skip
        mapped = map_rows(connection, job.company, job.contract, mapping)
        if "line_number" in job.contract.key and "transaction_id" in mapped.present:
            mapped = checking.with_line_numbers(mapped)
        checking.check_rows(connection, job.company, job.contract, mapping, mapped, work.checked)
        work.driving.append(
            books_of.count_driving(
                connection, mapping.index, mapping.from_, mapped.questions, mapped.kept_sql
            )
        )
    except (MappingError, duckdb.Error) as error:
        why = str(error) if isinstance(error, MappingError) else safe_message(error)
        message = f"feed {job.feed}, mapping {mapping.index + 1} (line {mapping.line}): {why}"
        # The message is all that may leave: DuckDB's own text can quote values of the data.
        raise _Refused(
            FeedResult(job.feed, FAILED, message=message, source=mapping.from_)
        ) from None
    work.mappings.append(mapping)
    if anew:
        work.anew.append(mapping.index)
    n_rows = sum(work.driving[-1].rows.values())
    job.progress(f"  {job.feed}: mapped {n_rows:,} rows of {mapping.from_}")


def _hold_back_bad_files(connection: duckdb.DuckDBPyConnection, job: BatchJob, work: _Work) -> None:
    """Refuse files with too many bad rows: stop, or leave them out where the source says so."""
    bad = connection.execute(
        f"""select k.mapping_index, k.file_id, any_value(a.name), count(*) as n,
            count(*) filter (k.is_bad or r.class = 'conflict') as n_bad
        from {KEYED} k left join {REPEATS} r on r.rid = k.rid
        left join {sources.ARRIVALS} a on a.source = k.source_name and a.file_id = k.file_id
        group by 1, 2 having n_bad >= ? and n_bad > n * ? order by 1, 3""",
        [FEWEST_BAD_ROWS, job.company.settings.quarantine_ratio],
    ).fetchall()
    connection.execute(f"create table {REFUSED_ROWS} (rid bigint)")
    by_index = {mapping.index: mapping for mapping in work.mappings}
    for index, file_id, file, n, n_bad in bad:
        mapping = by_index[index]
        message = _refusal(connection, job, index, file_id, file, n, n_bad)
        if job.company.sources[mapping.from_].on_failure == "stop":
            versions.classify_refused(connection)
            reasons = count_reasons(connection, work.checked.notes)
            _quarantine(connection, job)
            raise _Refused(
                FeedResult(
                    job.feed, REFUSED, message=message, source=mapping.from_, file=file,
                    n_mapped=n, n_quarantined=n_bad, reasons=reasons,
                )
            )  # fmt: skip
        # A mapping worked out anew is left as it was; of a mapping of new files only this one is
        # left out.
        only = "" if index in work.anew else f" and file_id = '{file_id}'"
        connection.execute(
            f"insert into {REFUSED_ROWS}"
            f" select k.rid from {KEYED} k left join {REPEATS} r on r.rid = k.rid"
            f" where mapping_index = {index}{only} and not k.is_bad"
            " and coalesce(r.class, '') <> 'conflict'"
        )
        work.anew = [other for other in work.anew if other != index]
        work.held_back.append(message)


def _refusal(
    connection: duckdb.DuckDBPyConnection,
    job: BatchJob,
    index: int,
    file_id: str,
    file: str,
    n: int,
    n_bad: int,
) -> str:
    reason = connection.execute(
        f"""select d from (select unnest(coalesce(c._details, ['dup.conflict'])) as d
            from {CHECKED} c left join {REPEATS} r on r.rid = c.rowid
            where c._mapping = {index} and c._file_id = ?
              and (c._is_bad or r.class = 'conflict'))
        group by d order by count(*) desc, d limit 1""",
        [file_id],
    ).fetchone()
    limit = job.company.settings.quarantine_ratio
    return (
        f"file.quarantine_ratio: {file}: {100 * n_bad / n:.1f}% of {n:,} rows are bad for feed"
        f" {job.feed}, the limit is {100 * limit:g}%; most often {reason[0] if reason else '?'};"
        " mend the file or the mapping, or raise settings.quarantine_ratio"
    )


def _quarantine(connection: duckdb.DuckDBPyConnection, job: BatchJob) -> None:
    files = BatchFiles(connection, job.home, job.contract, job.batch)
    run_id = next((b.run_id for b in job.ledger.batches() if b.batch == job.batch), "")
    digest = hashlib.sha256(repr(job.contract).encode()).hexdigest()
    files.quarantine(run_id, digest)


def _write(connection: duckdb.DuckDBPyConnection, job: BatchJob, work: _Work) -> FeedResult:
    has_amount = "amount" in job.contract.column_names
    books = books_of.make_books(connection, job.feed, job.batch, work.driving, has_amount)
    files = BatchFiles(connection, job.home, job.contract, job.batch)
    _quarantine(connection, job)
    result = count_batch(
        connection, job.company, job.feed, work.checked.notes, books, work.held_back, job.progress
    )
    if not files.has_changes():
        job.ledger.replace_books(job.batch, job.feed, books)
        return result
    n_rows = files.rows(state.written_files(job.home, job.feed, "rows", job.batch))
    expected = connection.execute(
        f"select (select count(*) from {OUTCOME} where is_written)"
        f" + (select count(*) from {CLOSING})"
    ).fetchone()
    if not expected or n_rows != expected[0]:
        raise books_of.BooksError(f"feed {job.feed}: {n_rows} rows written, {expected} due")
    files.superseded(job.company.timezone)
    files.identifiers(work.checked.present, tuple(job.company.settings.publish_source_ids))
    files.fields()
    days = files.touched()
    job.ledger.replace_books(job.batch, job.feed, books)
    job.progress(f"  {job.feed}: wrote {n_rows:,} rows")
    span: tuple[Any, Any] = connection.execute(
        f"select min(occurred_on), max(occurred_on) from {OUTCOME} where is_written"
    ).fetchone() or (None, None)
    return replace(
        result, status=WRITTEN, touched=tuple(days), min_occurred_on=span[0],
        max_occurred_on=span[1],
    )  # fmt: skip
