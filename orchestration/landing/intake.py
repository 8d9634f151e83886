"""Taking in the files of a source: what becomes of each one, and the ledger told.

Here: new, known, duplicate, correction, refused, deferred; and files that are parsed anew, since
the options changed. Not here: the source as a whole (source), bytes (receive), parsing (rows).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.home import Home
from orchestration.landing.discovery import Found
from orchestration.landing.expected import Expected, expected_columns
from orchestration.landing.holdings import Holdings
from orchestration.landing.likeness import shifted_columns
from orchestration.landing.mending import with_mended
from orchestration.landing.options import Options, options_for
from orchestration.landing.problems import FileProblem, Refused
from orchestration.landing.receive import Bytes, check_at_rest, raw_path, take
from orchestration.landing.rows import Parsed, Received, column_names, parse
from orchestration.landing.snapshots import date_in_name, snapshot_date
from orchestration.landing.type_change import check_beside
from orchestration.ledger import Arrival, Ledger
from orchestration.progress import sparingly

if TYPE_CHECKING:
    from orchestration.company import Company, Source

Progress = Callable[[str], None]
# Remarks that are worth a line of their own while the night runs.
_SAID = ("file.domain_shift", "file.date_mismatch")
_MOST_COMPARED = 3  # files of a night that are held against the one before
_NO_COLUMN = ("from_name", "received")


class Intake:
    """The files of one source in one night. Afterwards it tells what became of them."""

    def __init__(
        self,
        home: Home,
        ledger: Ledger,
        company: Company,
        source: Source,
        batch: int,
        received_at: datetime,
        progress: Progress,
    ) -> None:
        """Take files of `source` into `batch`; what is new was received at `received_at`."""
        self._home, self._ledger, self._source = home, ledger, source
        self._batch, self._received_at, self._progress = batch, received_at, progress
        self._progress_sparingly = sparingly(progress)
        self._ratio = company.settings.quarantine_ratio
        self._expected: Expected = expected_columns(company, source.name)
        by_column = source.mode == "snapshot" and source.snapshot_on not in _NO_COLUMN
        self._snapshot_column = source.snapshot_on if by_column else None
        self.holdings = Holdings(ledger.arrivals(source.name), source.mode)
        self.outcomes: dict[str, str] = {}  # by file name
        self.problems: list[FileProblem] = []
        self.stopping: list[FileProblem] = []
        self.bytes_read = self.n_reparsed = self._n_compared = 0

    def consider(self, found: Found) -> None:
        """Look at one file and do with it what is to be done."""
        try:
            options = options_for(self._source, found.name, self._ratio)
            check_at_rest(found, self._received_at, self._source.settle_seconds)
            taken = take(self._home, self._ledger, self._source.name, found)
            options = with_mended(self._home, self._source.name, taken.file_id, options)
        except Refused as refused:
            self._note(found.name, refused, settled=refused.code != "file.not_settled")
            return
        self.bytes_read += taken.size if taken.was_read else 0
        held, last = self.holdings.held(found.name), self.holdings.last(found.name)
        if held and held.sha256 == taken.sha256:
            self.outcomes[found.name] = "unchanged"
        elif last and self._is_refused_again(last, taken, options):
            self._note(found.name, Refused(str(last.reason), str(last.message)))
        else:
            self._take_in(found, taken, options, held)

    def _is_refused_again(self, last: Arrival, taken: Bytes, options: Options) -> bool:
        same = (taken.sha256, self._refusal_digest(options))
        return last.status == "refused" and (last.sha256, last.parse_digest) == same

    def _refusal_digest(self, options: Options) -> str:
        """What a refusal rests on; where it changes, the file is tried again."""
        return f"{options.digest}:{self._expected.digest}:{self._source.snapshot_on}"

    def _take_in(self, found: Found, taken: Bytes, options: Options, held: Arrival | None) -> None:
        arrival = Arrival(
            source=self._source.name,
            file_id=taken.file_id,
            sha256=taken.sha256,
            name=found.name,
            path=str(found.path),
            bytes=taken.size,
            format=options.format,
            batch=self._batch,
            received_at=self._received_at,
            mtime_ns=taken.mtime_ns,
            status="loaded",
            parse_digest=options.digest,
        )
        try:
            day = snapshot_date(self._source, found.name)
            if double := self.holdings.double_of(found.name, taken.file_id, day):
                self._duplicate(arrival, double, day)
                return
            parsed = self._parse(arrival, options, self._expected_now())
            self._check_types(arrival, parsed)
            if parsed.refusal:
                arrival = self._with_counts(arrival, parsed)
                raise parsed.refusal
        except Refused as refused:
            self._refuse(arrival, refused, options)
            return
        self._load(arrival, parsed, day, held)

    def _load(
        self, arrival: Arrival, parsed: Parsed, day: date | None, held: Arrival | None
    ) -> None:
        before, rows_before = self._columns_before(), self._rows_before()
        arrival = replace(
            self._with_counts(arrival, parsed),
            rows_sha256=parsed.rows_sha256,
            snapshot_on=day or parsed.snapshot_on,
            reason="file.replaced" if held else None,
        )
        self._enter(arrival)
        self.outcomes[arrival.name] = "loaded"
        remarks = self._remarks(arrival, parsed, before)
        for code, message in remarks + self._shifts(arrival, rows_before):
            self.problems.append(FileProblem(arrival.name, code, f"{arrival.name}: {message}"))
            if code.startswith("schema.") or code in _SAID:
                self._progress(f"  {arrival.source}: {code}: {arrival.name}: {message}")
        said = f"  {arrival.source}: {arrival.name}, {arrival.n_parsed:,} rows"
        if arrival.n_quarantined:
            self._progress(f"{said}, {arrival.n_quarantined:,} set aside")
        else:
            self._progress_sparingly(said)

    def _remarks(
        self, arrival: Arrival, parsed: Parsed, before: Sequence[str]
    ) -> list[tuple[str, str]]:
        remarks = []
        if arrival.reason == "file.replaced":
            remarks.append(("file.replaced", "new bytes under a known name: taken as a correction"))
        if arrival.n_framed == arrival.n_blank:
            remarks.append(("file.no_rows", "a header and no rows"))
        if parsed.missing_optional:
            names = ", ".join(repr(name) for name in parsed.missing_optional)
            remarks.append(("schema.missing_optional", f"no column {names}; it stays empty"))
        known = {name.lower() for name in before}
        new = [n for n in self._expected.unread(parsed.columns) if n.lower() not in known]
        if known and new:
            # A number, no name: where a file has lost its header the names are values.
            said = f"{len(new)} of its {len(parsed.columns)} columns are new and read by nothing"
            remarks.append(("schema.extra", f"{said}; map them, or leave it"))
        inside, named = parsed.snapshot_on, date_in_name(arrival.name)
        if inside and named and inside != named:
            days = f"its rows are of {inside}, its name says {named}"
            remarks.append(("file.date_mismatch", f"{days}; the rows' date is taken"))
        return remarks

    def _shifts(self, arrival: Arrival, before: Path | None) -> list[tuple[str, str]]:
        """Columns that no longer look like those of the file before, of the first files a night."""
        if before is None or self._n_compared >= _MOST_COMPARED:
            return []
        self._n_compared += 1
        now = self._home.rows_file(arrival.source, arrival.file_id)
        names = shifted_columns(before, now, self._expected.read)
        why = "values no longer look like those of the file before"
        return [("file.domain_shift", f"column {name!r}: its {why}") for name in names]

    def _rows_before(self) -> Path | None:
        """The rows of the newest file that an earlier night took in, where they are still there."""
        earlier = [a for a in self.holdings.current() if a.batch < self._batch]
        rows = self._home.rows_file(earlier[-1].source, earlier[-1].file_id) if earlier else None
        return rows if rows and rows.exists() else None

    def _duplicate(self, arrival: Arrival, double: Arrival, day: date | None) -> None:
        message = f"{arrival.name}: the same bytes as {double.name}; not taken again"
        self._enter(
            replace(
                arrival,
                status="duplicate",
                reason="file.duplicate",
                message=message,
                snapshot_on=day,
            )
        )
        self.outcomes[arrival.name] = "duplicate"
        self.problems.append(FileProblem(arrival.name, "file.duplicate", message))
        self._progress_sparingly(f"  {arrival.source}: {message}")

    def _refuse(self, arrival: Arrival, refused: Refused, options: Options) -> None:
        self._enter(
            replace(
                arrival,
                status="refused",
                reason=refused.code,
                message=refused.message,
                parse_digest=self._refusal_digest(options),
            )
        )
        self._note(arrival.name, refused)

    def _note(self, name: str, refused: Refused, *, settled: bool = True) -> None:
        """Remember a file that stops its source; of files that only add up, one may wait."""
        self.outcomes[name] = "refused" if settled else "deferred"
        problem = FileProblem(name, refused.code, refused.message)
        self.problems.append(problem)
        if settled or self._source.mode == "snapshot" or not self.holdings.current():
            self.stopping.append(problem)
        self._progress(f"  {self._source.name}: {refused.code}: {refused.message}")

    def stop(self, name: str, refused: Refused) -> None:
        """Stop the source for what is no fault of a single file."""
        self.problems.append(problem := FileProblem(name, refused.code, refused.message))
        self.stopping.append(problem)
        self._progress(f"  {self._source.name}: {refused.code}: {refused.message}")

    def _enter(self, arrival: Arrival) -> None:
        self.holdings.add(self._ledger.add_arrival(arrival))

    def _expected_now(self) -> Expected:
        """What is expected of a new file beside the one before it, where both stay."""
        if not self._expected.words or self._source.mode == "snapshot":
            return self._expected
        return self._expected.beside(self._columns_before())

    def _check_types(self, arrival: Arrival, parsed: Parsed) -> None:
        """Refuse a typed file that cannot be read beside those that stay."""
        held = self.holdings.current()
        if self._source.mode == "snapshot" or not held or parsed.refusal:
            return
        new, before = (self._home.rows_file(a.source, a.file_id) for a in (arrival, held[-1]))
        if before.exists() and arrival.file_id != held[-1].file_id:
            try:
                check_beside(new, before, arrival.name)
            except Refused:
                new.unlink()
                raise

    def _columns_before(self) -> tuple[str, ...]:
        """The columns of the newest file that the source holds; none where it holds no file."""
        held = self.holdings.current()
        rows = self._home.rows_file(held[-1].source, held[-1].file_id) if held else None
        return column_names(rows) if rows and rows.exists() else ()

    def _parse(self, arrival: Arrival, options: Options, expected: Expected) -> Parsed:
        received = received_of(self._home, arrival)
        return parse(self._home, received, options, expected, self._snapshot_column)

    @staticmethod
    def _with_counts(arrival: Arrival, parsed: Parsed) -> Arrival:
        n = parsed.counts
        return replace(
            arrival,
            n_framed=n.framed,
            n_parsed=n.parsed,
            n_quarantined=n.quarantined,
            n_blank=n.blank,
        )

    def parse_anew(self) -> None:
        """Parse files that were received earlier with other options, or by another parser."""
        for arrival in self.holdings.current():
            try:
                options = options_for(self._source, arrival.name, self._ratio)
                options = with_mended(self._home, arrival.source, arrival.file_id, options)
                if options.digest == arrival.parse_digest:
                    continue
                parsed = self._parse(arrival, options, self._expected)
                if parsed.refusal:
                    raise parsed.refusal
            except Refused as refused:
                self._note(arrival.name, refused)
                continue
            again = replace(
                self._with_counts(arrival, parsed),
                parse_digest=options.digest,
                rows_sha256=parsed.rows_sha256,
            )
            self.holdings.parsed_anew(self._ledger.add_arrival(again))
            self.n_reparsed += 1
            self._progress_sparingly(f"  {arrival.source}: {arrival.name}, parsed anew")


def received_of(home: Home, arrival: Arrival) -> Received:
    """Where an arrival's bytes are kept."""
    raw = raw_path(home, arrival.source, arrival.file_id, arrival.name)
    return Received(
        arrival.source, arrival.file_id, arrival.sha256, arrival.name, raw, arrival.batch
    )
