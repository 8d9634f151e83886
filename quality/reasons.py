"""Reason codes: why a file, a row or a field was not taken as it came. A stable, public API.

Here: every code with its handling and meaning, as data. Not here: the rules that find them
(validation and the reader of files) nor the kept text (quarantine).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Handling(StrEnum):
    """What is done with what a code names."""

    REFUSE_FILE = "RF"  # nothing of the file is loaded
    QUARANTINE = "Q"  # the row is kept aside
    COERCE = "K"  # NULL or an assumption instead, with the reason and the raw text kept
    ACCEPT = "A"  # taken, and visible in the counts
    DUPLICATE = "D"  # counted, not taken again
    DEFER = "DEFER"  # looked at again in the next run


@dataclass(frozen=True)
class Reason:
    """One code. `fallback` is the handling where the first is not possible (see description)."""

    code: str
    handling: Handling
    description: str
    fallback: Handling | None = None


_RF, _Q, _K = Handling.REFUSE_FILE, Handling.QUARANTINE, Handling.COERCE
_A, _D, _DEFER = Handling.ACCEPT, Handling.DUPLICATE, Handling.DEFER

_ALL: tuple[Reason, ...] = (
    Reason("file.missing", _RF, "no file where the source says that one is"),
    Reason("file.unreadable", _RF, "the system does not let the file be read"),
    Reason("file.unsupported", _RF, "a kind of source or format that cannot be read yet"),
    Reason("source.unreachable", _RF, "a database or service that cannot be reached, or broke off"),
    Reason("source.denied", _RF, "a database or service does not let this user in"),
    Reason("source.missing", _RF, "no such table, endpoint or bucket"),
    Reason("source.timeout", _RF, "an answer took longer than the source's time-out"),
    Reason("source.failed", _RF, "a database or service answers with an error"),
    Reason("source.incomplete", _RF, "pages that do not add up: cut, repeated, in a loop, too few"),
    Reason("source.unsafe", _RF, "an answer from a host that is not allowed, or over the caps"),
    Reason("schema.type_changed", _RF, "a column has another type than what was landed"),
    Reason("file.empty", _RF, "zero bytes"),
    Reason("file.no_rows", _A, "a header and no rows; the volume gate judges"),
    Reason("file.header_mismatch", _RF, "the header is not the contract's"),
    Reason("file.header_duplicate", _RF, "a column name twice"),
    Reason("schema.missing_required", _RF, "a required column is absent"),
    Reason("schema.missing_optional", _A, "an optional column is absent", _RF),
    Reason("schema.extra", _A, "a column that nothing reads", _RF),
    Reason("file.encoding", _RF, "not in the declared encoding"),
    Reason("file.magic_mismatch", _RF, "a spreadsheet, PDF, web page or archive by another name"),
    Reason("file.gzip_corrupt", _RF, "a broken or shortened gzip file"),
    Reason("file.archive_unsafe", _RF, "grows too much when unpacked"),
    Reason("file.too_large", _RF, "over the cap on bytes"),
    Reason("file.not_settled", _DEFER, "changed while it was read: taken when it is at rest"),
    Reason("file.not_regular", _RF, "a link, FIFO, device or directory"),
    Reason("file.name_unsafe", _RF, "a name that leaves its directory or holds control characters"),
    Reason("file.duplicate", _D, "the same bytes under another name"),
    Reason("file.replaced", _A, "the same name with new bytes: a correction"),
    Reason("file.trailer_mismatch", _RF, "the trailer's count is not the number of rows"),
    Reason("file.maybe_truncated", _Q, "the file ends in the middle of its last row"),
    Reason("file.date_mismatch", _A, "the dates inside are not the date in the name", _RF),
    Reason("file.quarantine_ratio", _RF, "more bad rows than the limit; all rows in quarantine"),
    Reason("file.domain_shift", _A, "a column whose values stopped looking like themselves"),
    Reason("csv.invalid_utf8", _Q, "bytes that are no UTF-8"),
    Reason("csv.nul_byte", _Q, "a NUL byte"),
    Reason("csv.too_few_fields", _Q, "fewer fields than the header has"),
    Reason("csv.too_many_fields", _Q, "more fields than the header has"),
    Reason("csv.unterminated_quote", _Q, "a quote that is opened and not closed"),
    Reason("csv.bad_quoting", _Q, "a quote or line break where none may be"),
    Reason("csv.repeated_header", _Q, "the header again"),
    Reason("csv.record_too_long", _Q, "over the cap on the length of a record"),
    Reason("xlsx.formula", _Q, "a formula in a row whose value was never worked out and stored"),
    Reason("json.syntax", _Q, "a line that is no JSON object"),
    Reason("json.number", _Q, "NaN, Infinity or a number out of range"),
    Reason("json.duplicate_key", _Q, "a key twice in one object"),
    Reason("json.depth", _Q, "nested too deep"),
    Reason("parquet.schema", _RF, "other types than the contract"),
    Reason("parquet.corrupt", _RF, "a shortened or damaged Parquet file"),
    Reason("f.required", _Q, "a required field is empty", _K),
    Reason("f.type", _Q, "a field is not of its type as text; an optional one becomes NULL", _K),
    Reason("f.range", _Q, "a field is out of range; an optional one becomes NULL", _K),
    Reason("amount.type", _Q, "not a plain decimal number"),
    Reason("amount.scale", _Q, "more decimals than the currency has"),
    Reason("amount.sign", _Q, "a sale below zero, or a refund above"),
    Reason("currency.domain", _Q, "an unknown currency"),
    Reason("ts.type", _Q, "neither ISO 8601 nor the declared format"),
    Reason("ts.range", _Q, "after receipt by more than 24 h, or before the column's floor"),
    Reason("ts.nonexistent", _Q, "a local time that never was"),
    Reason("ts.too_late", _Q, "past the lateness window"),
    Reason("ts.assumed_tz", _K, "no offset: taken in the source's time zone"),
    Reason("ts.ambiguous", _K, "a local time that was twice: the first is taken"),
    Reason("score.range", _Q, "off the scale"),
    Reason("channel.domain", _Q, "not in the vocabulary of channels"),
    Reason("consent.domain", _Q, "an unknown consent, taken as denied"),
    Reason("dur.order", _Q, "an end before its start"),
    Reason("dup.exact", _D, "the same row again"),
    Reason("dup.conflict", _Q, "one key, other content, and no version to decide: both"),
    Reason("email.format", _K, "not an e-mail address", _Q),
    Reason("phone.format", _K, "not a telephone number", _Q),
    Reason("id.placeholder", _A, "a made-up identifier: kept, never used to merge people"),
    Reason("ref.unmatched", _A, "no known customer"),
    Reason("ref.unknown", _A, "an unknown product or store"),
    Reason("late", _A, "late, within the window: what it touches is restated"),
)

REASONS: dict[str, Reason] = {reason.code: reason for reason in _ALL}


def reason(code: str) -> Reason:
    """The reason of a code.

    Raises:
        KeyError: no such code. Codes are an API: a new one is added here first.
    """
    return REASONS[code]
