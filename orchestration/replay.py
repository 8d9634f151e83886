"""Taking rows out of quarantine: after a mapping, contract or option was mended, or rows corrected.

Belongs here: parsing and mapping anew what the mended things touch, and what moved by it. Does not:
the corrections (landing.mending), reading them from a person's file (correcting), publishing, which
the next run does.

Nothing is moved by hand: the records are worked out anew from landing, by the same steps as in a
night. So totals hold as they hold in a night, and doing it twice is the same as once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.durable import write_durably
from orchestration.feeds import FeedResult, used_sources, write_feed
from orchestration.home import Home
from orchestration.kept_aside import count_reasons
from orchestration.landing import FileProblem, parse_anew, write_mended
from orchestration.ledger import Ledger
from orchestration.progress import Say, silent
from orchestration.sql_text import literal

if TYPE_CHECKING:
    from orchestration.company import Company

#: Records that stand, by source, feed, stage and reason.
Counts = dict[tuple[str, str | None, str, str], int]
#: Corrections by source, file_id and first line of the record.
Corrections = Mapping[tuple[str, str], Mapping[int, Mapping[str, str | None]]]


@dataclass(frozen=True)
class Selection:
    """Which records are meant: of one file, with one reason, or all."""

    file: str | None = None
    reason: str | None = None

    def condition(self) -> str:
        """SQL over the view of standing records."""
        parts = ["true"]
        if self.file:
            named = literal(self.file)
            parts.append(f"(file_name = {named} or ends_with(file_name, '/' || {named}))")
        if self.reason:
            parts.append(f"(list_contains(reasons, {literal(self.reason)})"
                         f" or list_contains(details, {literal(self.reason)}))")  # fmt: skip
        return " and ".join(parts)


@dataclass
class Replayed:
    """What a replay came to."""

    before: Counts = field(default_factory=dict)
    after: Counts = field(default_factory=dict)
    n_corrected: int = 0  # corrections that are new
    n_reparsed: int = 0
    problems: list[FileProblem] = field(default_factory=list)
    feeds: list[FeedResult] = field(default_factory=list)
    rebuilt: list[str] = field(default_factory=list)

    @property
    def n_taken_in(self) -> int:
        """Records that stand no more."""
        return sum(self.before.values()) - sum(self.after.values())


def count_standing(
    home: Home, ledger: Ledger, company: Company, selection: Selection | None = None
) -> Counts:
    """Count what stands, a record once for each of its reasons."""
    chosen = (selection or Selection()).condition()
    found = count_reasons(home, ledger, company, chosen)
    return {(source, feed, stage, reason): n for source, feed, stage, reason, n in found}


def replay(
    home: Home,
    ledger: Ledger,
    company: Company,
    key: bytes,
    selection: Selection | None = None,
    corrections: Corrections | None = None,
    say: Say = silent,
) -> Replayed:
    """Work out anew what stands aside and what was mended touches.

    Args:
        home: a prepared HOME, whose lock is held.
        ledger: its ledger.
        company: the company file, as mended.
        key: key for pseudonyms.
        selection: records whose sources and feeds are looked at; all by default.
        corrections: rows that a person corrected, to be kept first.
        say: told what is done, in lines.

    Raises:
        orchestration.landing.LandingDamaged: landing no longer holds what was received.
    """
    done = Replayed(before=count_standing(home, ledger, company, selection))
    sources = {source for source, *_ in done.before}
    undo = []
    for (source, file_id), rows in (corrections or {}).items():
        path = home.mended_file(source, file_id)
        undo.append((path, path.read_bytes() if path.exists() else None))
        done.n_corrected += write_mended(home, source, file_id, rows)
        sources.add(source)
    for source in [name for name in company.sources if name in sources]:
        n_reparsed, problems = parse_anew(home, ledger, company, source, say)
        done.n_reparsed += n_reparsed
        done.problems += problems
    if done.problems:
        _take_back(undo)  # a correction that does not fit must not keep its file out every night
    else:
        _write_feeds(done, home, ledger, company, key, sources, say)
    done.after = count_standing(home, ledger, company, selection)
    return done


def _take_back(before: Iterable[tuple[Path, bytes | None]]) -> None:
    for path, content in before:
        if content is None:
            path.unlink(missing_ok=True)
        else:
            write_durably(path, content)


def _write_feeds(
    done: Replayed, home: Home, ledger: Ledger, company: Company, key: bytes,
    sources: Iterable[str], say: Say,
) -> None:  # fmt: skip
    batch = max((b.batch for b in ledger.batches()), default=0)
    wanted = set(sources)
    for feed in company.feeds:
        if not wanted & set(used_sources(company, feed)):
            continue
        result = write_feed(home, ledger, company, feed, batch, key, say)
        done.feeds.append(result)
        if result.is_rebuilt:
            done.rebuilt.append(feed)
        if not result.is_good:
            return
