"""What `wholeview check` finds: each source looked at without loading, each mapping tried on that.

Belongs here: turning samples and trial mappings into findings. Does not: reading files
(`sampling`), the rules of rows (`quality.validation`) or printing (`cli.check`).

A mapping is tried with the very code that a run uses, on the first rows: what it finds is what a
run would find there. No value of the data is shown, but words of a vocabulary's column that look
like words.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from orchestration.company import mapping_sources
from orchestration.drafting.names import normal
from orchestration.findings import HINT, INFO, PROBLEM, WARNING, Finding
from orchestration.hints import missing_gains
from orchestration.landing.expected import expected_columns
from orchestration.landing.problems import Refused
from orchestration.sampling import SourceSample, register, sample_source
from orchestration.trial import trial_connection, try_feeds
from quality.contracts import PERSON_IDENTIFIERS

if TYPE_CHECKING:
    from orchestration.company import Company

ROWS = 10_000


def check_company(company: Company, received_at: datetime, rows: int = ROWS) -> list[Finding]:
    """Look at a company's sources and try its mappings, without loading anything.

    Args:
        company: The company, from its valid file.
        received_at: The moment that stands for the receipt of the files.
        rows: How many rows of each source to read.

    Returns:
        Findings in the order of the company file: sources, feeds, then hints.
    """
    findings: list[Finding] = []
    samples: list[SourceSample] = []
    for source in company.sources.values():
        sample = sample_source(company, source, rows)
        samples.append(sample)
        findings += _source_findings(company, sample)
    with trial_connection() as connection:
        register(connection, samples, received_at)
        whole = {s.source.name for s in samples if s.is_whole}
        readable = {s.source.name for s in samples if any(f.table is not None for f in s.files)}
        trial = try_feeds(connection, company, readable, whole)
    findings += trial.findings
    hints = missing_gains(trial.mapped, set(PERSON_IDENTIFIERS))
    findings += [
        Finding(HINT, f"feed {feed}", 0, f"add {what} and you get {gain}")
        for feed, what, gain in hints
    ]
    return findings


def _source_findings(company: Company, sample: SourceSample) -> list[Finding]:
    source, found = sample.source, sample.found
    where = f"source {source.name}"
    findings: list[Finding] = []
    severity = PROBLEM if source.required and source.on_failure == "stop" else WARNING
    missing = [*found.missing_files, *(() if found.files else found.empty_patterns)]
    for path in missing:
        fix = "put it there, or mend files"
        findings.append(Finding(severity, where, source.line, f"{path}: no such file", fix))
    if sample.refusal is not None:
        said = f"{sample.refusal.code}: {sample.refusal.message}"
        findings.append(Finding(severity, where, source.line, said))
    expected = expected_columns(company, source.name)
    for file in sample.files:
        if file.refusal is not None:
            said = f"{file.refusal.code}: {file.refusal.message}"
            findings.append(Finding(severity, where, source.line, said))
            continue
        try:
            absent = expected.check(file.columns, file.name)
        except Refused as refused:
            said = f"{refused.message}; it has {', '.join(file.columns[:15])}"
            lacking = [c for c in expected.required if c not in file.columns]
            fix = _renamed(lacking, expected.unread(file.columns))
            findings.append(Finding(severity, where, source.line, said, fix))
            absent = ()
        if absent:
            names = ", ".join(absent)
            fix = _renamed(absent, expected.unread(file.columns))
            fix = fix or "mend the mapping, or leave it: those columns stay empty"
            said = f"{file.name}: no column {names}"
            findings.append(Finding(WARNING, where, source.line, said, fix))
        if file.bad:
            said = ", ".join(f"{code} {count:,}" for code, count in sorted(file.bad.items()))
            said = f"{file.name}: rows that cannot be read ({said}), first at line"
            said = f"{said} {file.first_bad_line:,}"
            fix = "mend the file, or let them be quarantined"
            findings.append(Finding(WARNING, where, source.line, said, fix))
        if file.table is not None and file.table.num_rows == 0:
            findings.append(Finding(WARNING, where, source.line, f"{file.name}: no rows"))
    if sample.files:
        findings.insert(0, Finding(INFO, where, source.line, _summary(company, sample)))
    return findings


def _renamed(absent: Sequence[str], unread: Sequence[str]) -> str:
    """The aliases to declare where a column that is absent may be one that nothing reads."""
    near = {
        column: found[0]
        for column in absent
        if (found := difflib.get_close_matches(normal(column), map(normal, unread), 1, 0.7))
    }
    by_name = {normal(column): column for column in unread}
    said = ", ".join(f'{column}: ["{by_name[other]}"]' for column, other in near.items())
    return f"if they were renamed, say aliases: {{{said}}}" if said else ""


def _summary(company: Company, sample: SourceSample) -> str:
    files = len(sample.found.files) + sample.n_more
    extent = "all" if sample.is_whole else "the first"
    what = {"postgres": "a table", "rest": "a list of a service"}.get(sample.source.kind)
    what = what or f"{files:,} file{'s' if files != 1 else ''}"
    read = f"{what}, {len(sample.columns)} columns"
    used = any(
        sample.source.name in mapping_sources(company, mapping)
        for mappings in company.feeds.values()
        for mapping in mappings
    )
    no_feed = "" if used else "; no feed takes it: read and counted only"
    return f"{read}, {extent} {sample.n_rows:,} rows looked at, mode {sample.source.mode}{no_feed}"
