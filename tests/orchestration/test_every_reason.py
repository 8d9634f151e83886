"""Each reason code, from bytes in a folder to what the feeds say: a case gives it, no other way.

What is written of a code (docs/reason-codes.md), what the program knows (quality.reasons) and what
is shown here must be the same list.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.landing import land_source, stream
from quality.reasons import REASONS, Handling
from tests.orchestration.feeds.company_home import FIRST_NIGHT, CompanyHome, csv
from tests.zipped import zipped

#: Codes of other kinds of sources, and of a gate: the file whose tests show each, and by what word.
SHOWN_ELSEWHERE = {
    "ref.unknown": ("tests/quality/gates/test_core_and_marts.py", "known_product_id"),
    "xlsx.formula": ("tests/orchestration/landing/test_xlsx.py", "xlsx.formula"),
}
#: Handling -> how a person reads it in docs/reason-codes.md.
WORDS = {
    Handling.REFUSE_FILE: "file refused", Handling.QUARANTINE: "row set aside",
    Handling.COERCE: "made NULL or assumed", Handling.ACCEPT: "taken, and said",
    Handling.DUPLICATE: "counted once", Handling.DEFER: "next run",
}  # fmt: skip

Content = str | bytes | Callable[[Path], None]


@dataclass(frozen=True)
class Case:
    """Files by name, night by night, and what the company file says of them."""

    nights: tuple[dict[str, Content], ...]
    source: dict[str, Any] = field(default_factory=dict)
    feed: str = "transactions"
    mapping: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


HEADER = "id,at,amount,mail,tel,cur,kind"
LINE = ("t1", "2024-05-01T10:00:00Z", "1.50", "p@x.example", "", "EUR", "item")
COLUMNS = {"transaction_id": "id", "occurred_at": "at", "amount": "amount", "email": "mail",
           "phone": "tel", "currency": "cur", "line_type": "kind"}  # fmt: skip
GOOD = csv(HEADER, ",".join(LINE))


def line(**texts: str) -> str:
    return ",".join({**dict(zip(HEADER.split(","), LINE, strict=True)), **texts}.values())


def one(text: Content, name: str = "x.csv", **source: Any) -> Case:
    """A file beside a good one."""
    return Case(({"a.csv": GOOD, name: text},), source)


def row(**texts: str) -> Case:
    return Case(({"a.csv": csv(HEADER, line(**{"id": "t2", **texts}), ",".join(LINE))},))


def rows_like(number: int, **texts: str) -> str:
    return csv(HEADER, *(line(id=f"t{n}", **texts) for n in range(number)))


def parquet(**columns: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, write_page_checksum=True)
    return out.getvalue()


TYPED = parquet(id=["t1"], at=["2024-05-01"], amount=[1.5], mail=["p@x.example"], tel=[None],
                cur=["EUR"], kind=["item"])  # fmt: skip
JSON = '{"id": "t1", "at": "2024-05-01", "amount": 1, "mail": "p@x.example", "tel": null, "cur": null, "kind": null}\n'  # noqa: E501
FEED_COLUMNS = {
    "interactions": {"interaction_id": "id", "occurred_at": "at", "channel": "cur",
                     "interaction_type": "kind", "email": "mail", "wait_seconds": "amount"},
    "survey_responses": {"response_id": "id", "responded_at": "at", "score": "amount",
                         "metric_type": "kind", "email": "mail", "survey_id": "cur"},
    "subscriptions": {"subscription_id": "id", "started_at": "at", "ended_at": "tel",
                      "plan": "kind", "email": "mail"},
    "consents": {"email": "mail", "purpose": "kind", "channel": "cur", "decided_at": "at",
                 "status": "id"},
}  # fmt: skip


def of_feed(feed: str, **texts: str) -> Case:
    texts = {"id": "t2", **texts}
    return Case(
        ({"a.csv": csv(HEADER, line(**texts))},), feed=feed,
        mapping={"columns": FEED_COLUMNS[feed]},
    )  # fmt: skip


def _link(path: Path) -> None:
    path.symlink_to(path.parent / "a.csv")


def _directory(path: Path) -> None:
    path.mkdir()


DAYS = [csv("id,at,amount,mail,tel,cur,kind,of", f"{line()},2024-05-{day:02}") for day in (1, 2)]
CASES: dict[str, Case] = {
    "file.missing": Case(({},), {"files": "none.csv"}),
    "file.unreadable": one(GOOD),
    "file.unsupported": one("x", "x.orc"),
    "file.empty": one(""),
    "file.no_rows": one(HEADER + "\n"),
    "file.header_mismatch": one("id,_row\n1,2\n"),
    "file.header_duplicate": one("id,at,amount,ID\n1,2,3,4\n"),
    "schema.missing_required": one("id,at,price\nt1,2024-05-01,1\n"),
    "schema.missing_optional": one("id,at,amount\nt1,2024-05-01,1\n"),
    "schema.extra": one(csv(f"{HEADER},new", f"{line(id='t9')},x")),
    "file.encoding": one("id,at,caf\u00e9\n1,2,3\n".encode("latin-1")),
    "file.magic_mismatch": one(b"<!DOCTYPE html><html><body>log in</body></html>"),
    "file.gzip_corrupt": one(zipped(GOOD.encode())[:-4], "x.csv.gz"),
    "file.archive_unsafe": one(zipped(b"") * 2000, "x.csv.gz"),
    "file.too_large": one(GOOD * 200),
    "file.not_settled": one(GOOD, settle_seconds=60),
    "file.not_regular": one(_link),
    "file.name_unsafe": one(GOOD, "a\tb.csv"),
    "file.duplicate": one(GOOD),
    "file.replaced": Case(({"a.csv": GOOD}, {"a.csv": csv(HEADER, line(amount="2"))})),
    "file.trailer_mismatch": Case(({"a.csv": GOOD + "T;7\n"},), {"trailer": "T;{rows}"}),
    "file.maybe_truncated": one(GOOD.rstrip("\n") + "\nt2,2024-05-0"),
    "file.date_mismatch": Case(
        ({"a_2024-05-03.csv": DAYS[0]},), {"mode": "snapshot", "snapshot_on": "of"}
    ),
    "file.quarantine_ratio": one(csv(HEADER, *["t1,2"] * 9, line())),
    "file.domain_shift": Case(({"a.csv": rows_like(120)}, {"b.csv": rows_like(120, kind="7")})),
    "csv.invalid_utf8": one(GOOD.encode() + line(mail="\u00e9@x.example").encode("latin-1")),
    "csv.nul_byte": one(csv(HEADER, line(id="t\0"))),
    "csv.too_few_fields": one(csv(HEADER, "t2,2024-05-01")),
    "csv.too_many_fields": one(csv(HEADER, f"{line()},more")),
    "csv.unterminated_quote": one(csv(HEADER, f'"{line()}', line(id="t2"))),
    "csv.bad_quoting": one(csv(HEADER, f'x"y{line()}')),
    "csv.repeated_header": one(csv(HEADER, line(), HEADER)),
    "csv.record_too_long": one(csv(HEADER, line(mail="x" * (1 << 20)))),
    "json.syntax": one(JSON + '{"id": \n', "x.jsonl"),
    "json.number": one(JSON + '{"id": NaN}\n', "x.jsonl"),
    "json.duplicate_key": one(JSON + '{"id": 1, "id": 2}\n', "x.jsonl"),
    "json.depth": one(JSON + '{"id": ' + "[" * 99 + "]" * 99 + "}\n", "x.jsonl"),
    "parquet.schema": one(parquet(id=["t1"], at=[True], amount=[1.5]), "x.parquet"),
    "parquet.corrupt": one(TYPED[:-9], "x.parquet"),
    "f.required": row(id=""),
    "f.type": of_feed("interactions", cur="phone", kind="call", amount="long"),
    "f.range": of_feed("interactions", cur="phone", kind="wave"),
    "amount.type": row(amount="ten"),
    "amount.scale": row(amount="1.505"),
    "amount.sign": row(amount="-1"),
    "currency.domain": row(cur="XYZ"),
    "ts.type": row(at="yesterday"),
    "ts.range": row(at="1969-01-01"),
    "ts.nonexistent": row(at="2024-03-31 02:30:00"),
    "ts.too_late": Case(
        ({"a.csv": GOOD}, {"b.csv": csv(HEADER, line(id="t2", at="2023-01-01"))}),
        settings={"lateness_days": 90},
    ),
    "ts.assumed_tz": row(at="2024-05-01 10:00:00"),
    "ts.ambiguous": row(at="2023-10-29 02:30:00"),
    "score.range": of_feed("survey_responses", kind="nps", amount="11"),
    "channel.domain": of_feed("interactions", cur="pigeon", kind="call"),
    "consent.domain": of_feed("consents", kind="marketing", cur="email", id="perhaps"),
    "dur.order": of_feed("subscriptions", tel="2024-01-01"),
    "dup.exact": Case(({"a.csv": csv(HEADER, line(), line())},),
                      mapping={"columns": COLUMNS, "set": {"line_number": "1"}}),
    "dup.conflict": Case(({"a.csv": csv(HEADER, line(), line(amount="2"))},),
                         mapping={"columns": COLUMNS, "set": {"line_number": "1"}}),
    "email.format": row(mail="p@"),
    "phone.format": row(tel="call me"),
    "id.placeholder": row(mail="test@test.com"),
    "ref.unmatched": row(mail=""),
    "late": Case(({"a.csv": GOOD}, {"b.csv": csv(HEADER, line(id="t2", at="2024-05-02"))})),
}  # fmt: skip


def put(folder: Path, files: dict[str, Content], night: int) -> None:
    for name, content in files.items():
        path = folder / name
        if callable(content):
            content(path)
            continue
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        at = (FIRST_NIGHT + timedelta(days=night, seconds=-30)).timestamp()
        os.utime(path, (at, at))


def codes_of(case: Case, root: Path, *, with_feed: bool) -> dict[str, set[str]]:
    """The codes of files, lines, and rows or fields that a case's nights gave."""
    mapping = {"from": "s", "columns": COLUMNS, **case.mapping}
    source = {"files": "*", "mode": "append", **case.source}
    company = CompanyHome(root, {"s": source}, {case.feed: [mapping]}, case.settings)
    inbox = company.raw / "inbox"
    inbox.mkdir()
    company.configure(
        {"s": source | {"files": f"inbox/{source['files']}"}}, {case.feed: [mapping]}, case.settings
    )
    found: dict[str, set[str]] = {"file": set(), "line": set(), "feed": set()}
    for night, files in enumerate(case.nights):
        put(inbox, files, night)
        received = FIRST_NIGHT + timedelta(days=night)
        batch = company.ledger.open_batch(f"r{night}", received)
        company.ledger.finish_batch(batch, received.date(), received)
        landed = land_source(
            company.home, company.ledger, company.company, "s", batch, received, company.say.append
        )
        found["file"] |= {problem.code for problem in landed.problems}
        if not with_feed:
            continue
        result = company.write(case.feed, batch)
        assert result.status != "failed", result.message
        found["feed"] |= {detail.partition(":")[0] for detail in result.reasons}
    for path in (company.home.root / "quarantine" / "lines").glob("*/*.parquet"):
        for (reasons,) in company.sql(f"select reasons from read_parquet('{path}')"):
            found["line"] |= set(reasons)
            assert reasons == sorted(reasons)
    return found


@pytest.mark.parametrize("code", CASES)
def test_a_case_gives_its_code(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if code == "file.too_large":
        monkeypatch.setattr(stream.Limits, "__init__", _small_limits(stream.Limits.__init__))
    if code == "file.unreadable":
        monkeypatch.setattr(os, "open", _denied(os.open))
    is_of_file = code.split(".")[0] in ("file", "schema", "csv", "json", "parquet")
    found = codes_of(CASES[code], tmp_path / "c", with_feed=not is_of_file)
    assert code in set.union(*found.values()), found
    handling = REASONS[code].handling
    if handling is Handling.REFUSE_FILE or handling is Handling.DEFER:
        assert code in found["file"], "a refused file is told by name"


def _small_limits(make: Any) -> Any:
    return lambda self, **_: make(self, max_bytes=1000)


def _denied(really_open: Any) -> Any:
    def opened(path: Any, *more: Any, **named: Any) -> Any:
        if "inbox" in str(path):
            raise PermissionError(13, "Permission denied")
        return really_open(path, *more, **named)

    return opened


def test_every_code_has_a_case(root: Path) -> None:
    of_services = {code for code in REASONS if code.startswith("source.")} | {"schema.type_changed"}
    assert set(CASES) | set(SHOWN_ELSEWHERE) | of_services == set(REASONS)
    for code, (file, word) in SHOWN_ELSEWHERE.items():
        assert word in (root / file).read_text(), f"{file} shows {code} no more"
    given, shown = (
        "".join(path.read_text() for path in sorted((root / folder).rglob("*.py")))
        for folder in ("orchestration", "tests/orchestration/fetching")
    )
    untold = {code for code in of_services if f'"{code}"' in given and code not in shown}
    assert untold == set(), "codes of services that no test of theirs shows"


def test_the_page_says_of_every_code_what_the_program_does(root: Path) -> None:
    page = (root / "docs" / "reason-codes.md").read_text()
    told = re.findall(r"^\| `([a-z0-9_.]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", page, re.M)
    assert [code for code, *_ in told] == list(REASONS), "each code once, in the program's order"
    for code, handling, meaning, advice in told:
        known = REASONS[code]
        words = WORDS[known.handling]
        if known.fallback:
            words += f"; or {WORDS[known.fallback]}"
        assert (handling.strip(), meaning.strip()) == (words, known.description), code
        assert len(advice.strip()) > 10, code
