"""A company file drafted from raw files: valid where the guesses suffice, and marked where not.

Belongs here: grouping files into sources and writing YAML with comments. Does not: the guesses
(`guess`), or reading rows (`orchestration.sampling`).
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from orchestration.company import Churn, Company, Source
from orchestration.drafting.guess import ColumnGuess, FeedGuess, guess_feed
from orchestration.drafting.joins import Join, complete, find_join, select_lines, shared_systems
from orchestration.drafting.layout import guess_encoding, guess_header_row
from orchestration.drafting.names import normal
from orchestration.landing.discovery import discover
from orchestration.landing.options import format_of_name
from orchestration.remedies import fitting_formats, has_decimal_commas
from orchestration.sampling import SourceSample, sample_source

_ROWS = 1000
_FEW = 200  # values that say what a column holds
_DIGITS = re.compile(r"\d[\d_.T-]*\d|\d")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEADER = """\
# Drafted from raw files. What is marked "unsure" is a guess: look at it, then
#   wholeview check --company {path}
company:
  name: {name}            # unsure
  timezone: UTC           # unsure: the zone of the files' times, such as Europe/Berlin
  currency: {currency}           # unsure: the reporting currency
  country: US             # unsure: default region of telephone numbers
  as_of: latest_data      # for a nightly delivery: yesterday
"""


def draft_company(target: Path, paths: Iterable[Path]) -> str:
    """The text of a company file for some raw files.

    Args:
        target: Where the file will be; paths in it are relative to its folder.
        paths: Files, and folders whose files are taken.

    Returns:
        YAML text.

    Raises:
        ValueError: None of the paths has a file that can be read.
    """
    base = target.parent.absolute()
    groups = _groups(paths)
    if not groups:
        raise ValueError("no csv, jsonl or parquet file there; name files or folders with --from")
    samples = [_sample(base, name, files) for name, files in groups.items()]
    guesses = {s.source.name: guess_feed(s.source.name, _values(s)) for s in samples}
    header = _HEADER.format(
        path=target.name, name=_quoted(base.name or "company"), currency=_currency(samples)
    )
    joins = {name: join for name in guesses if (join := find_join(name, guesses))}
    systems = shared_systems(guesses, joins, base.name)
    return header + _sources(samples, base) + _feeds(samples, guesses, joins, systems)


def _groups(paths: Iterable[Path]) -> dict[str, list[Path]]:
    """Files by the source that they make: names that differ in digits only are one source."""
    groups: dict[str, list[Path]] = {}
    for path in paths:
        for found in discover([str(path.absolute())], path.absolute().parent, None).files:
            if format_of_name(found.path.name) is None or _is_of_a_home(found.path, path):
                continue
            stem = found.path.name.split(".", 1)[0]
            name = normal(_DIGITS.sub(" ", stem)) or "source"
            name = name if name[0].isalpha() else f"source_{name}"
            groups.setdefault(f"{name}\0{_suffix(found.path)}", []).append(found.path)
    named: dict[str, list[Path]] = {}
    for key, files in groups.items():
        name = key.split("\0")[0]
        number = 2
        while name in named:
            name = f"{key.split(chr(0))[0]}_{number}"
            number += 1
        named[name] = sorted(set(files))
    return named


def _is_of_a_home(file: Path, given: Path) -> bool:
    """Whether a file below a given folder is what an earlier run has made, not raw data."""
    below = [folder for folder in file.parents if folder.is_relative_to(given.absolute())]
    return any((folder / "format_version").is_file() for folder in below)


def _suffix(path: Path) -> str:
    return path.name.partition(".")[2].lower()


def _pattern(files: Sequence[Path], base: Path) -> str:
    """What names the files and no others, relative to the company file's folder: a glob or list."""
    if len(files) == 1:
        return _quoted(_relative(files[0], base))
    # Names that make one source differ in digits only: what stands before them is shared.
    shared = _DIGITS.split(files[0].name, maxsplit=1)[0]
    has_one_name = len({file.name for file in files}) == 1
    glob = files[0].name if has_one_name else f"{shared}*.{_suffix(files[0])}"
    folder = Path(os.path.commonpath([file.parent for file in files]))
    deep = "" if all(file.parent == folder for file in files) else "**/"
    if {found.path for found in discover([deep + glob], folder, None).files} == set(files):
        return _quoted(f"{_relative(folder, base)}/{deep}{glob}")
    return f"[{', '.join(_quoted(_relative(file, base)) for file in files)}]"


def _relative(path: Path, base: Path) -> str:
    return Path(os.path.relpath(path, base)).as_posix()


def _sample(base: Path, name: str, files: Sequence[Path]) -> SourceSample:
    source = Source(
        name=name, kind="files", timezone="UTC", files=[str(f) for f in files], **_layout(files[0])
    )
    company = Company(
        path=base / "company.yml", base_dir=base, digest="", name="", timezone="UTC",
        currency="", country="", as_of="latest_data", churn=Churn(), sources={name: source},
        feeds={},
    )  # fmt: skip
    return sample_source(company, source, _ROWS)


def _layout(file: Path) -> dict[str, Any]:
    """What a source has to say of a text file's bytes; nothing where defaults do."""
    kind = format_of_name(file.name)
    said: dict[str, Any] = {}
    try:
        if kind in ("csv", "jsonl") and (encoding := guess_encoding(file)):
            said["encoding"] = encoding
        if kind == "csv" and (row := guess_header_row(file, said.get("encoding"))):
            said["header_row"] = row
    except (OSError, EOFError, csv.Error):
        return said  # the reader says what is wrong with it
    return said


def _values(sample: SourceSample) -> dict[str, Sequence[str | None]]:
    values: dict[str, list[str | None]] = {column: [] for column in sample.columns}
    for file in sample.files:
        for column in file.columns if file.table is not None else ():
            texts = file.table.column(column).to_pylist() if file.table is not None else []
            values[column] += [None if text is None else str(text) for text in texts]
    return dict(values)


def _currency(samples: Iterable[SourceSample]) -> str:
    """The commonest code in any column called currency."""
    codes: dict[str, int] = {}
    for sample in samples:
        for column, texts in _values(sample).items():
            if normal(column) in ("currency", "currency_code"):
                for text in texts:
                    if text is not None and re.fullmatch("[A-Z]{3}", text):
                        codes[text] = codes.get(text, 0) + 1
    return max(codes, key=lambda code: (codes[code], code), default="USD")


def _sources(samples: Iterable[SourceSample], base: Path) -> str:
    lines = ["", "sources:"]
    for sample in samples:
        files = [Path(file) for file in sample.source.files]
        layout = _layout(files[0])
        if _has_commas(sample):
            layout["decimal"] = '","'
        options = "".join(f", {option}: {value}" for option, value in layout.items())
        said = f"  {sample.source.name}: {{files: {_pattern(files, base)}{options}}}"
        refused = next((f.refusal for f in sample.files if f.refusal is not None), None)
        unsure = f"   # unsure: {' and '.join(layout)}, by the first rows" if layout else ""
        lines.append(said + (f"   # not readable so: {refused.message}" if refused else unsure))
    return "\n".join(lines) + "\n"


def _described(column: str, texts: Sequence[str | None]) -> str:
    """A column with the format of its times, where it has one that must be declared."""
    formats = fitting_formats(_given(texts))
    return _quoted(column) + (f" ({formats[0]})" if formats else "")


def _given(texts: Sequence[str | None]) -> list[str]:
    return [text.strip() for text in texts if text and text.strip()][:_FEW]


def _has_commas(sample: SourceSample) -> bool:
    if format_of_name(str(sample.source.files[0])) == "xlsx":
        return False
    return any(has_decimal_commas(_given(texts)) for texts in _values(sample).values())


def _feeds(
    samples: Iterable[SourceSample],
    guesses: dict[str, FeedGuess | None],
    joins: dict[str, Join],
    systems: dict[str, str],
) -> str:
    by_feed: dict[str, list[str]] = {}
    left: list[str] = []
    for sample in samples:
        name = sample.source.name
        guess = guesses[name]
        if guess is None:
            left.append(f"# {name}: no feed was recognised; it is read and counted only.")
            if sample.columns:
                told = [_described(column, texts) for column, texts in _values(sample).items()]
                left.append(f"#   its columns: {', '.join(told)}")
        elif name in joins:
            whole = complete(guess, joins[name])
            lines_of = [*select_lines(name, whole, joins[name]), *_rest(whole, systems.get(name))]
            by_feed.setdefault(guess.feed, []).extend(lines_of)
        elif guess.missing:
            left += [f"# {name} may be {guess.feed}, but nothing was found for what it requires:"]
            left += [f"#   {', '.join(guess.missing)}", "#"]
            left += [f"#  {guess.feed}:"] + [f"#{line}" for line in _mapping(name, guess)]
        else:
            by_feed.setdefault(guess.feed, []).extend(_mapping(name, guess, systems.get(name)))
    lines = ["", "feeds:"]
    for feed, mapping in by_feed.items():
        lines += [f"  {feed}:", *mapping]
    return "\n".join([*lines, "", *left]).rstrip() + "\n"


def _mapping(source: str, guess: FeedGuess, system: str | None = None) -> list[str]:
    lines = [f"    - from: {source}", "      columns:"]
    for column in guess.columns:
        unsure = "" if column.is_sure else "   # unsure"
        lines.append(f"        {column.column}: {_quoted(column.source_column)}{unsure}")
    return lines + _rest(guess, system)


def _rest(guess: FeedGuess, system: str | None) -> list[str]:
    """What follows the columns of a mapping."""
    lines = []
    if guess.unused:
        lines.append(f"      # not taken: {', '.join(_quoted(name) for name in guess.unused)}")
    constants = ({"source_system": system} if system else {}) | guess.constants
    if constants:
        said = ", ".join(f"{name}: {_quoted(text)}" for name, text in constants.items())
        asks = "what does the survey measure?" if guess.constants else "one system of numbers?"
        lines.append(f"      set: {{{said}}}   # unsure: {asks}")
    formats = [column for column in guess.columns if column.time_format]
    if formats:
        lines.append("      formats:")
    for column in formats:
        unsure = "   # unsure: day first?" if column.is_ambiguous else ""
        lines.append(f"        {column.column}: {json.dumps(column.time_format)}{unsure}")
    return lines + _words(guess.columns)


def _words(columns: Iterable[ColumnGuess]) -> list[str]:
    lines: list[str] = []
    for column in columns:
        if not column.words:
            continue
        lines.append(f"        {column.column}:")
        for raw, word in column.words.items():
            said = f"{json.dumps(raw, ensure_ascii=False)}: {word or 'null'}"
            lines.append(f"          {said}" + ("" if word else "   # unsure: no word is like it"))
    return ["      values:", *lines] if lines else []


def _quoted(text: str) -> str:
    """A YAML scalar: plain where it is a simple word, else quoted."""
    is_word = _PLAIN.fullmatch(text) and text.lower() not in ("true", "false", "null", "yes", "no")
    return text if is_word else json.dumps(text, ensure_ascii=False)
