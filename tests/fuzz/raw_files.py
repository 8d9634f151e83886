"""Random and randomly broken files, read as landing reads them.

Belongs here: making a file and its options, and what must hold of any. Does not: the watch.
"""

from __future__ import annotations

import dataclasses
import gzip
import io
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.home import Home
from orchestration.landing.expected import Expected
from orchestration.landing.mending import mended_digest, write_mended
from orchestration.landing.options import Options
from orchestration.landing.problems import Refused
from orchestration.landing.raw_lines import raw_lines
from orchestration.landing.rows import Received, parse

_TEXTS = [
    b"a", b"1", b"2.50", b"2024-05-01", b"x@y.example", b"", b" ", "é".encode(), b"\xe9", b"\xff",
    "€😀".encode(), b"NULL", b"\xc2\xa0", b"=1+1", b"\xef\xbb\xbf", b"0" * 400,
]  # fmt: skip
_MARKS = [b",", b";", b"\t", b"|", b'"', b'""', b"'", b"\n", b"\r\n", b"\r", b"\0", b"\\", b'\\"']
_JSON = [
    b"{", b"}", b"[", b"]", b":", b",", b'"a"', b'"b"', b'"A"', b"null", b"NaN", b"-Infinity",
    b"1e999", b"1.0", b"12345678901234567890.5", b"true", b'"\\ud800"', b'"\\u0000"', b"\n", b" ",
    b'{"a": 1}', b'{"a": {"b": [1]}}', b'{"a": 1, "a": 2}', b"// x", b"'a'", b"[" * 70,
]  # fmt: skip


def _csv(rng: random.Random) -> bytes:
    delimiter = rng.choice([b",", b";", b"\t"])
    end = rng.choice([b"\n", b"\n", b"\r\n", b"\r"])
    width = rng.randint(1, 5)
    lines = [delimiter.join(b"c%d" % i for i in range(width))]
    for _ in range(rng.randint(0, 40)):
        cells = [rng.choice(_TEXTS) for _ in range(width)]
        if rng.random() < 0.3:
            cells = [b'"' + cell.replace(b'"', b'""') + b'"' for cell in cells]
        lines.append(delimiter.join(cells))
    return end.join(lines) + rng.choice([end, b"", end * 3])


def _soup(rng: random.Random) -> bytes:
    words = rng.choice([[*_TEXTS, *_MARKS], _MARKS, _JSON])
    return b"".join(rng.choice(words) for _ in range(rng.randint(0, 400)))


def _jsonl(rng: random.Random) -> bytes:
    lines = [
        b'{"a": %d, "b": "x", "c": {"d": [%d]}}' % (n, n) if rng.random() < 0.8
        else b"".join(rng.choice(_JSON) for _ in range(rng.randint(0, 12)))
        for n in range(rng.randint(0, 40))
    ]  # fmt: skip
    return b"\n".join(lines) + rng.choice([b"\n", b""])


def _parquet(rng: random.Random) -> bytes:
    n = rng.randint(0, 50)
    columns = {
        "a": pa.array([rng.randint(0, 9) for _ in range(n)]),
        "b": pa.array([rng.choice(["x", None, "y" * 99]) for _ in range(n)], pa.string()),
        "c": pa.array([[1.5] for _ in range(n)], pa.list_(pa.float64())),
    }
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, write_page_checksum=rng.random() < 0.5)
    return out.getvalue()


def _damaged(rng: random.Random, data: bytes) -> bytes:
    """A file with some of its bytes flipped, cut, doubled, repeated or put elsewhere."""
    given = bytearray(data)
    for _ in range(rng.choice([0, 0, 1, 1, 2, 8])):
        if not given:
            break
        at, to = sorted(rng.randrange(len(given) + 1) for _ in range(2))
        kind = rng.randrange(6)
        if kind == 0 and at < len(given):
            given[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del given[at:to]
        elif kind == 2:
            given[at:at] = given[at:to][:5000] * rng.choice([1, 1, 2, 20])
        elif kind == 3:
            given[at:at] = rng.choice([*_MARKS, *_TEXTS, *_JSON])
        elif kind == 4:
            del given[at:]
        else:
            given += given[: rng.randrange(5000)]
    return bytes(given[: 4 << 20])


def make_file(rng: random.Random) -> tuple[str, bytes]:
    """A file's name and bytes: of a format, then damaged, packed, damaged again, misnamed."""
    kind, make = rng.choice(
        [("csv", _csv), ("csv", _csv), ("csv", _soup), ("jsonl", _jsonl), ("jsonl", _soup),
         ("parquet", _parquet), ("xlsx", _parquet)]
    )  # fmt: skip
    data = _damaged(rng, make(rng))
    if rng.random() < 0.05:
        data = data.decode("latin-1").encode("utf-16")
    name = f"x.{kind}"
    if rng.random() < 0.2:
        name += ".gz"
        data = _damaged(rng, gzip.compress(data)) if rng.random() < 0.9 else data
    return name, data


def make_options(rng: random.Random, name: str) -> Options:
    """Options as a company file might declare them, fitting or not."""
    kind = name.removesuffix(".gz").rpartition(".")[2]
    return Options(
        kind,
        delimiter=rng.choice([None, None, ",", ";", "\t"]),
        encoding=rng.choice([*[None] * 8, "utf-8", "latin-1", "utf-16", "cp1252", "shift_jis"]),
        quote=rng.choice(['"', '"', "'", None]),
        null_values=rng.choice([("",), ("", "NULL"), ()]),
        header_row=rng.choice([None, None, None, 2, 5]),
        quarantine_ratio=rng.choice([0.05, 1.0, 1.0]),
        header_rows=rng.choice([1, 1, 1, 2]),
        totals=rng.choice([(), (), ("a", "total")]),
        trailer=rng.choice([*[None] * 12, "T;{rows}", "{rows}"]),
    )


def read_raw_file(rng: random.Random, folder: Path) -> str:
    """Make a file, parse it, and hold the outcome against what must hold of any file."""
    name, data = make_file(rng)
    options = make_options(rng, name)
    raw = folder / f"raw_{name}"
    raw.write_bytes(data)
    (folder / "options.txt").write_text(repr(options))
    home = Home(folder / "home").prepare()
    received = Received("s", "f" * 16, "f" * 64, name, raw, 1)
    try:
        parsed = parse(home, received, options, Expected())
    except Refused as refused:
        return refused.code
    parsed.counts.check()
    _check_rows(home, parsed.counts.parsed, parsed.refusal is None)
    if parsed.refusal:
        return parsed.refusal.code
    lines = _aside(home)
    if options.format in ("csv", "jsonl"):
        _check_lines(raw, name, options, lines)
    if lines:
        _mend(home, received, options, lines, parsed.columns)
    return "read, with lines aside" if lines else "read"


def _check_rows(home: Home, n_parsed: int, is_loaded: bool) -> None:
    path = home.rows_file("s", "f" * 16)
    n_rows = pq.read_metadata(path).num_rows if path.exists() else 0
    assert n_rows == (n_parsed if is_loaded else 0), "rows written are not those counted"


def _aside(home: Home) -> list[dict[str, object]]:
    path = home.quarantine_lines("s", "f" * 16)
    return pq.read_table(path).to_pylist() if path.exists() else []


def _check_lines(raw: Path, name: str, options: Options, lines: list[dict[str, object]]) -> None:
    spans = [(int(str(r["first_line"])), int(str(r["last_line"]))) for r in lines]
    found = raw_lines(raw, name, options, spans)
    for span, record in zip(spans, lines, strict=True):
        assert found.get(span, b"").rstrip(b"\r\n") == bytes(record["raw_bytes"]).rstrip(b"\r\n")  # type: ignore[call-overload]


def _mend(
    home: Home, received: Received, options: Options, lines: list[dict[str, object]],
    columns: tuple[str, ...],
) -> None:  # fmt: skip
    """Correct every line aside: all of them are rows then, and the books balance."""
    own = [column for column in columns if not column.startswith("_")]
    if not own or options.format in ("parquet", "xlsx"):
        return
    rows = {int(str(record["first_line"])): {own[0]: "mended"} for record in lines}
    write_mended(home, "s", received.file_id, rows)
    digest = mended_digest(home, "s", received.file_id)
    again = parse(home, received, dataclasses.replace(options, mended=digest), Expected())
    assert again.counts.quarantined == 0, "a corrected line stays aside"
    assert not _aside(home)
