"""How the files of a source are to be parsed, and the version of the parser.

Here: the options as the company file gives them, for one file; their digest, kept with each
arrival, so that a changed option or parser parses anew. Not here: parsing.
"""

from __future__ import annotations

import codecs
import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orchestration.landing.problems import Refused
from orchestration.landing.stream import Limits

if TYPE_CHECKING:
    from orchestration.company import Source

PARSER_VERSION = "1"
FORMAT_OF_SUFFIX = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "xlsx",
}
READABLE = ("csv", "jsonl", "parquet", "xlsx")
# Options that came after the first files were parsed, with what they were without a word.
_LATER = {
    "sheet": None, "header_rows": 1, "header_names": "joined", "totals": (), "trailer": None,
    "mended": None,
}  # fmt: skip


def format_of_name(name: str) -> str | None:
    """The format that a file's name says, `.gz` aside; None where it says nothing."""
    plain = name.lower().removesuffix(".gz")
    return next((kind for end, kind in FORMAT_OF_SUFFIX.items() if plain.endswith(end)), None)


@dataclass(frozen=True)
class Options:
    """How one file is parsed; None is for what the file itself shows."""

    format: str
    delimiter: str | None = None
    encoding: str | None = None
    quote: str | None = '"'
    null_values: tuple[str, ...] = ("",)
    header_row: int | None = None
    quarantine_ratio: float = 0.05
    sheet: str | None = None
    header_rows: int = 1
    header_names: str = "joined"
    totals: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()  # another name in lower case, the name
    trailer: str | None = None
    limits: Limits = field(default_factory=Limits)
    mended: str | None = None  # digest of the rows that a person corrected in this file

    @property
    def digest(self) -> str:
        """Changes with whatever changes what parsing gives."""
        given = dataclasses.asdict(self)
        for name, usual in _LATER.items():
            if given[name] == usual:  # so that files parsed before these options were there stay
                del given[name]
        said = json.dumps([PARSER_VERSION, given], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def options_for(source: Source, name: str, quarantine_ratio: float) -> Options:
    """The options for a file of a source.

    Raises:
        Refused: file.unsupported (a format that is not read) or file.encoding (an unknown one).
    """
    kind = source.format or format_of_name(name)
    if kind not in READABLE:
        what = f"{kind} files are not readable yet" if kind else "its name does not say the format"
        raise Refused(
            "file.unsupported",
            f"{name}: {what}; give csv, jsonl, parquet or xlsx, or set `format` of the source",
        )
    if source.encoding:
        try:
            codecs.lookup(source.encoding)
        except LookupError:
            raise Refused(
                "file.encoding", f"{name}: unknown encoding {source.encoding!r}; name another"
            ) from None
    quote = '"' if source.quote is None else source.quote
    return Options(
        format=kind,
        delimiter=source.delimiter or None,
        encoding=source.encoding or None,
        quote=quote or None,
        null_values=tuple(source.null_values) if source.null_values is not None else ("",),
        header_row=source.header_row if (source.header_row or 1) > 1 else None,
        quarantine_ratio=quarantine_ratio,
        sheet=source.sheet if kind == "xlsx" else None,
        header_rows=source.header_rows,
        header_names=source.header_names,
        totals=tuple(word.strip().casefold() for word in source.totals),
        aliases=tuple(
            sorted((o.lower(), name) for name, others in source.aliases.items() for o in others)
        ),
        trailer=source.trailer if kind in ("csv", "jsonl") else None,
    )
