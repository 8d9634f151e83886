"""The laws, from bytes in a folder to rows of a feed, over randomly made and randomly broken files.

Hypothesis draws worlds; each world is a few nights of files with keys of its own, so that hundreds
of them live side by side in one company and a law is judged for each at the price of a few nights.
How many is told by WHOLEVIEW_EXAMPLES (200 where it is unset; `make test-long` sets thousands).
Not here: framing by itself (landing/test_framing), snapshots and whole nights.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from orchestration.books_frame import books_frame
from tests.broken_lines import broken
from tests.orchestration.feeds.company_home import CompanyHome
from tests.orchestration.test_books_frame import unbalanced

EXAMPLES = int(os.environ.get("WHOLEVIEW_EXAMPLES", "200"))
TOGETHER = 200  # worlds in one company
HEADER = b"t,n,at,a,mail,v"
MARK = b"~"  # stands for the world in a line
COLUMNS = {"transaction_id": "t", "line_number": "n", "occurred_at": "at", "amount": "a",
           "email": "mail", "updated_at": "v"}  # fmt: skip

Line = bytes
File = list[Line]
World = list[list[File]]  # nights of files of lines

_KEYS = st.sampled_from(["a", "b", "c", ""])
_TIMES = st.sampled_from(["2024-05-01T10:00:00Z", "2024-05-02 10:00:00", "2024-05-31", "never"])
_AMOUNTS = st.sampled_from(["1.10", "2.20", "-3", "1.234", "x", "1e5", " 7 "])
_MAILS = st.sampled_from(["", "a@x.example", "A@X.example", "test@test.com", '"q"', '"a,b\nc"'])
_VERSIONS = st.sampled_from([f"2024-05-0{day}T00:00:00Z" for day in (1, 2, 3)])
_ANY_VERSION = st.one_of(st.just(""), _VERSIONS)


def _record(versions: st.SearchStrategy[str]) -> st.SearchStrategy[Line]:
    # the world's mark is put in when its number is known: keys never meet between worlds
    parts = (_KEYS.map("~{}".format), st.sampled_from("12"), _TIMES, _AMOUNTS, _MAILS, versions)
    return st.tuples(*parts).map(lambda fields: ",".join(fields).encode() + b"\n")


_LINES = _record(_ANY_VERSION)
_BROKEN = _LINES.flatmap(lambda line: broken(line, MARK, HEADER))
_MESS = st.lists(st.one_of(_LINES, _LINES, _BROKEN), min_size=1, max_size=8)
_TIDY = st.lists(_LINES, min_size=1, max_size=8)


def _some(files: st.SearchStrategy[File], nights: int) -> st.SearchStrategy[World]:
    return st.lists(st.lists(files, min_size=1, max_size=2), min_size=1, max_size=nights)


def drawn(strategy: st.SearchStrategy[Any]) -> Iterator[list[Any]]:
    """As many examples as are asked for, in lots that one company holds."""
    found: list[Any] = []

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
              suppress_health_check=list(HealthCheck), phases=[Phase.generate])  # fmt: skip
    @given(strategy)
    def collect(example: Any) -> None:
        found.append(example)

    collect()
    assert len(found) >= min(EXAMPLES, 200)
    for begin in range(0, len(found), TOGETHER):
        yield found[begin : begin + TOGETHER]


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., CompanyHome]]:
    """Makes companies with one source of tills, below one folder that goes afterwards.

    Thousands of small files are not waited for on the disk: no law here is about a crash.
    """
    monkeypatch.setattr(os, "fsync", lambda _: None)
    with tempfile.TemporaryDirectory() as folder:
        made: list[CompanyHome] = []

        def company(mode: str = "append") -> CompanyHome:
            key = {"key": ["t", "n"]} if mode == "upsert" else {}
            source = {"files": "till_*.csv", "mode": mode, **key}
            feeds = {"transactions": [{"from": "till", "columns": COLUMNS}]}
            root = Path(folder) / str(len(made))
            made.append(CompanyHome(root, {"till": source}, feeds, {"quarantine_ratio": 1.0}))
            return made[-1]

        yield company


def put(company: CompanyHome, world: int, name: str, lines: File) -> bytes:
    """Write a file of a world, its mark put in."""
    text = HEADER + b"\n" + b"".join(lines).replace(MARK, f"w{world:05}_".encode())
    path = company.raw / f"till_{world:05}_{name}.csv"
    path.write_bytes(text)
    return text


def put_night(company: CompanyHome, worlds: list[World], night: int) -> dict[str, bytes]:
    put_files = {}
    for number, world in enumerate(worlds):
        for place, lines in enumerate(world[night] if night < len(world) else []):
            name = f"{night}{place}"
            put_files[f"till_{number:05}_{name}.csv"] = put(company, number, name, lines)
    return put_files


def stored(company: CompanyHome) -> list[str]:
    return sorted(map(str, company.all_rows("transactions")))


def content(company: CompanyHome, columns: str | None = None) -> list[tuple[Any, ...]]:
    return company.current("transactions", columns)


def by_world(rows: list[tuple[Any, ...]], key: int = 0) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault(str(row[key])[:6], []).append(row)
    return found


def assert_same(one: list[tuple[Any, ...]], other: list[tuple[Any, ...]]) -> None:
    """Equal content, world by world, so that a difference names its world."""
    first, second = by_world(one), by_world(other)
    assert {w: r for w, r in first.items() if second.get(w) != r} == {
        w: r for w, r in second.items() if first.get(w) != r
    }


def assert_whole(company: CompanyHome, sent: dict[str, bytes]) -> None:
    """Each line of each file is a row's, is set aside, or is blank; the bytes aside are the file's.

    A file that was refused has none of its rows in the source.
    """
    arrivals = {a.name: a for a in company.ledger.arrivals("till") if a.status != "duplicate"}
    aside = f"{company.home.root}/quarantine/lines/till/*.parquet"
    kept: dict[str, list[Any]] = {}
    if list((company.home.root / "quarantine" / "lines").glob("till/*")):
        for name, *record in company.sql(
            f"select file_name, first_line, last_line, raw_bytes from read_parquet('{aside}')"
        ):
            kept.setdefault(name, []).append(record)
    spans: dict[str, list[Any]] = {}
    rows = f"{company.home.rows_dir('till')}/*.parquet"
    for file_id, *span in company.sql(
        f"select _file_id, _line, _last_line from read_parquet('{rows}')"
    ):
        spans.setdefault(file_id, []).append(span)
    for name, text in sent.items():
        arrival = arrivals.get(name)
        if arrival is None or arrival.status == "refused":
            continue
        lines = text.splitlines(keepends=True) if b"\r" not in text else _lines_of(text)
        covered = [1]
        for first, last, raw in kept.get(name, []):
            assert raw == b"".join(lines[first - 1 : last]), (name, first)
            covered += range(first, last + 1)
        for first, last in spans.get(arrival.file_id, []):
            covered += range(first, last + 1)
        assert len(covered) == len(set(covered)), f"{name}: a line twice"
        assert len(lines) - len(covered) == arrival.n_blank, name
        assert arrival.n_framed == arrival.n_parsed + arrival.n_quarantined + arrival.n_blank


def _lines_of(text: bytes) -> list[bytes]:
    parts = text.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_conservation_idempotence_and_replay(place: Callable[..., CompanyHome], mode: str) -> None:
    for worlds in drawn(_some(_MESS, nights=2)):
        company, sent = place(mode), {}
        for night in range(2):
            sent |= put_night(company, worlds, night)
            (result,) = company.night()
            assert result.is_good, result.message
            assert result.n_mapped == result.n_accepted + result.n_quarantined
        assert_whole(company, sent)
        assert unbalanced(books_frame(company.ledger, company.company)) == set()
        assert company.book("transactions", "accepted") > len(worlds)
        assert sum(a.n_quarantined for a in company.ledger.arrivals()) > len(worlds) // 4
        rows, aside = stored(company), company.quarantined("transactions", "details, raw_text")
        accepted = content(company, "transaction_id, line_number, record_hash")
        # Once more: nothing is written, nothing is set aside again.
        assert company.night()[0].status == "unchanged"
        assert stored(company) == rows
        # Landing and ledger replayed give every stored row again, lineage included.
        company.rebuild("transactions")
        assert stored(company) == rows
        assert company.quarantined("transactions", "details, raw_text") == aside
        assert content(company, "transaction_id, line_number, record_hash") == accepted


def test_order_split_and_concatenation(place: Callable[..., CompanyHome]) -> None:
    shuffles = _TIDY.flatmap(
        lambda lines: st.tuples(st.just(lines), st.permutations(lines), st.integers(1, 3))
    )
    for lot in drawn(shuffles):
        one, other = place(), place()
        for number, (lines, shuffled, parts) in enumerate(lot):
            put(one, number, "0", lines)
            for part in range(parts):
                if shuffled[part::parts]:
                    put(other, number, str(part), shuffled[part::parts])
        one.night()
        other.night()
        assert_same(content(one), content(other))


def test_order_of_nights_where_versions_decide(place: Callable[..., CompanyHome]) -> None:
    lines = st.lists(_record(_VERSIONS), min_size=2, max_size=4)
    for lot in drawn(lines):
        unique = []
        for records in lot:  # one content for each key and version, or nothing would decide
            keys = [b"|".join(line.split(b",")[i] for i in (0, 1, -1)) for line in records]
            unique.append(list(dict(zip(keys, records, strict=True)).values()))
        contents = []
        for step in (1, -1):
            company = place()
            for night in range(4):
                for number, records in enumerate(unique):
                    ordered = records[::step]
                    if night < len(ordered):
                        put(company, number, str(night), [ordered[night]])
                company.night()
            contents.append(content(company))
        assert_same(*contents)


def test_metamorphosis(place: Callable[..., CompanyHome]) -> None:
    """A file twice changes nothing, strangers change nobody, ten times the money is tenfold."""
    for lot in drawn(_TIDY):
        base, same, tenfold = place(), place(), place()
        for number, lines in enumerate(lot):
            put(base, number, "0", lines)
            put(same, number, "0", lines)
            (same.raw / f"till_{number:05}_9.csv").write_bytes(
                (same.raw / f"till_{number:05}_0.csv").read_bytes()
            )
            put(same, 90_000 + number, "0", [f"~z,1,2024-05-01,5,s{number}@y.example,\n".encode()])
            times = [_tenfold(line) for line in lines]
            put(tenfold, number, "0", times)
        for company in (base, same, tenfold):
            company.night()
        strangers = {f"w{90_000 + number:05}" for number in range(len(lot))}
        kept = [row for row in content(same) if _world_of(row) not in strangers]
        assert_same(content(base), kept)
        columns = "transaction_id, line_number, amount"
        money = by_world(content(base, columns))
        more = by_world(content(tenfold, columns))
        assert {w: sum(r[2] for r in rows) * 10 for w, rows in money.items()} == {
            w: sum(r[2] for r in rows) for w, rows in more.items()
        }


def _world_of(row: tuple[Any, ...]) -> str:
    return next(str(value)[:6] for value in row if str(value)[:1] == "w" and "_" in str(value))


def _tenfold(line: Line) -> Line:
    """The record with ten times its amount, where it is one."""
    changes = {b",1.10,": b",11.00,", b",2.20,": b",22.00,", b",-3,": b",-30,", b", 7 ,": b",70,"}
    for amount, ten in changes.items():
        line = line.replace(amount, ten)
    return line
