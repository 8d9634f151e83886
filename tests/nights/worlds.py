"""Random worlds side by side in one company: three nights of people, sales and answers each.

Belongs here: drawing worlds, their variants, their files, and what a published version says of one.
Does not: any law.

A world's keys, people and files are its own: its mark is put into all of them. So any number of
worlds live in one company, laws are judged for each at the price of three nights, and a world
beside a variant of itself (shuffled, sent twice, ten times the money) is compared within a version.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.broken_lines import broken
from tests.nights.small_company import COMPANY, MONDAY, TUESDAY, WEDNESDAY, SmallCompany

NIGHTS = (MONDAY, TUESDAY, WEDNESDAY)
#: Worlds drawn for each law.
SCENARIOS = int(os.environ.get("WHOLEVIEW_SCENARIOS", "4"))
MARK = b"~"  # stands for the world in a line
HEADERS = {
    "till": b"t,n,at,a,kind,who,mail,o,v,gone,shop",
    "people": b"id,mail,tel,v",
    "answers": b"id,at,score,who,mail,v,place",
    "calls": b"id,at,seconds",
}
SOURCES: dict[str, Any] = {
    name: {"files": f"{name}_*.csv", "required": False} for name in HEADERS
}  # fmt: skip
FEEDS: dict[str, Any] = {
    "transactions": [
        {
            "from": "till",
            "columns": {
                "transaction_id": "t", "line_number": "n", "occurred_at": "at", "amount": "a",
                "source_customer_id": "who", "email": "mail", "order_id": "o", "updated_at": "v",
                "is_deleted": "gone", "store_id": "shop", "line_type": "kind",
            },
            "set": {"source_system": "shop"},
        }
    ],
    "customer_records": [
        {
            "from": "people",
            "columns": {
                "source_customer_id": "id", "email": "mail", "phone": "tel", "updated_at": "v",
            },
            "set": {"source_system": "shop"},
        }
    ],
    "survey_responses": [
        {
            "from": "answers",
            "columns": {
                "response_id": "id", "responded_at": "at", "score": "score", "email": "mail",
                "source_customer_id": "who", "updated_at": "v", "touchpoint": "place",
            },
            "set": {
                "source_system": "shop", "survey_id": "nps", "metric_type": "nps",
                "program_type": "transactional",
            },
        }
    ],
    "interactions": [
        {
            "from": "calls",
            "columns": {"interaction_id": "id", "occurred_at": "at", "talk_seconds": "seconds"},
            "set": {"source_system": "shop", "channel": "phone", "interaction_type": "call"},
        }
    ],
}  # fmt: skip

Lines = dict[str, list[bytes]]  # by source


@dataclass(frozen=True)
class World:
    """Three nights of lines by source, each night's in one file a source or in several."""

    kind: str  # one letter: the first of its mark
    number: int
    nights: tuple[Lines, ...]
    parts: int = 1  # files that a night's lines of a source are dealt out to
    sent_again: tuple[int, ...] = ()  # nights in which each file that came before comes again

    @property
    def mark(self) -> str:
        """What is in all keys of this world and of no other; of equal length in all."""
        return f"{self.kind}{self.number:05}"

    def as_of_kind(self, kind: str, **changes: Any) -> World:
        """The same world under another mark, with changes."""
        return replace(self, kind=kind, **changes)


_days = st.sampled_from(["2025-01-15", "2025-02-20", "2025-03-01", "2025-03-09", "2025-03-10"])
_later = st.sampled_from(["2025-02-20", "2025-03-10", "2025-03-11", "2025-03-12", "2025-04-30"])
_who = st.sampled_from(["", "~a", "~b", "~c"])
_mail = st.sampled_from(["", "~a@x.example", "~B@X.example", "~c@x.example", "no mail"])
_version = st.sampled_from(["", *(f"2025-03-{day:02}T00:00:00Z" for day in (3, 5, 9))])
_amount = st.sampled_from(["1.10", "25.00", "-3.00", "7", "1.234", "x"])
_kind = st.sampled_from(["", "", "", "item", "refund"])
_gone = st.sampled_from(["", "", "", "", "true", "false"])


def _of(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[bytes]:
    drawn = [part if isinstance(part, st.SearchStrategy) else st.just(part) for part in parts]
    return st.tuples(*drawn).map(lambda fields: ",".join(fields).encode() + b"\n")


#: Receipts, each with whose it is and its order: of two people it would be decided by hashes whose
#: an order is, and so otherwise in each world.
_RECEIPTS = st.sampled_from(
    [("~1", "~a,,~o"), ("~1", "~a,~a@x.example,~o"), ("~2", "~a,,~o"), ("~3", ",~B@X.example,~p"),
     ("~4", ",no mail,"), ("~5", "~b,~b@x.example,"), ("", "~a,,")]
)  # fmt: skip


def _sale(days: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    at = days.map("{}T11:00:00Z".format)

    def of(receipt: tuple[str, str]) -> st.SearchStrategy[bytes]:
        key, whose = receipt
        return _of(key, st.sampled_from("12"), at, _amount, _kind, whose, _version, _gone, "~")

    return _RECEIPTS.flatmap(of)


def _answer(number: int) -> st.SearchStrategy[bytes]:
    at = _days.map(
        f"{{}}T12:0{number}:00Z".format
    )  # two at one time: hashes would say which is last
    return _of(
        f"~{number}", at, st.sampled_from(["0", "7", "9", "10", "11", ""]), _who, _mail, _version,
        "~",
    )  # fmt: skip


_PERSON = _of(
    st.sampled_from(["~a", "~b", "~c"]), _mail, st.sampled_from(["", "call me"]), _version
)
_ANSWER = st.integers(1, 3).flatmap(_answer)


def _night(sale: st.SearchStrategy[bytes], fewest: int) -> st.SearchStrategy[Lines]:
    return st.fixed_dictionaries(
        {
            "till": st.lists(sale, min_size=fewest, max_size=10),
            "people": st.lists(_PERSON, max_size=3, unique_by=lambda line: line.split(b",")[0]),
            "answers": st.lists(_ANSWER, max_size=3),
        }
    )


def _maybe_broken(line: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    return st.one_of(line, line, line.flatmap(lambda text: broken(text, MARK, HEADERS["till"])))


TIDY = st.tuples(_night(_sale(_days), 2), _night(_sale(_later), 1), _night(_sale(_later), 1))
MESSY = st.tuples(
    _night(_maybe_broken(_sale(_days)), 2),
    _night(_maybe_broken(_sale(_later)), 1),
    _night(_maybe_broken(_sale(_later)), 1),
)


#: An order whose refund comes a night later, and of which a line is taken back after that; calls
#: of nobody, and a file of them that comes on two nights with the same bytes.
TOLD: tuple[Lines, ...] = (
    {
        "till": [
            b"~1,1,2025-03-01T11:00:00 +0100,25.00,item,~a,,~o,,,~\n",
            b"~2,1,2025-03-01T11:00:00 +0100,7,item,~a,,~o,,,~\n",
        ],
        "people": [b"~a,~a@x.example,,\n"],
        "calls": [b"~1,2025-03-02T09:00:00Z,60\n", b"~2,2025-03-03T09:00:00Z,\n"],
    },
    {"till": [b"~3,1,2025-03-11T09:00:00Z,-3.00,refund,~a,,~o,,,~\n"]},
    {"till": [b"~2,1,2025-03-01T11:00:00 +0100,7,item,~a,,~o,2025-03-12T00:00:00Z,true,~\n"]},
)


def _drawn(strategy: st.SearchStrategy[Any]) -> list[Any]:
    """As many examples as there are scenarios, the larger ones of those that Hypothesis made."""
    found: list[Any] = []

    @settings(max_examples=3 * SCENARIOS, deadline=None, derandomize=True, database=None,
              suppress_health_check=list(HealthCheck), phases=[Phase.generate])  # fmt: skip
    @given(strategy)
    def collect(example: Any) -> None:
        found.append(example)

    collect()
    chosen = sorted(found, key=lambda example: len(str(example)))[-SCENARIOS:]
    assert len(chosen) == SCENARIOS
    return chosen


def tidy_worlds(kind: str) -> list[World]:
    """Worlds of whole records, some of them with values that are no good."""
    return [World(kind, number, nights) for number, nights in enumerate(_drawn(TIDY))]


def messy_worlds(kind: str) -> list[World]:
    """Worlds of which a third of the sales' lines are broken."""
    return [World(kind, number, nights) for number, nights in enumerate(_drawn(MESSY))]


def shuffled(world: World, kind: str) -> World:
    """The same lines in another order, dealt out to one to three files a night."""
    nights = tuple(
        {source: lines[::-1][1:] + lines[::-1][:1] for source, lines in night.items()}
        for night in world.nights
    )
    return world.as_of_kind(kind, nights=nights, parts=1 + world.number % 3)


def tenfold(world: World, kind: str) -> World:
    """Ten times each amount that is one."""

    def of(line: bytes) -> bytes:
        fields = line.split(b",")
        times = {b"1.10": b"11.00", b"25.00": b"250.00", b"-3.00": b"-30.00", b"7": b"70"}
        fields[3] = times.get(fields[3], fields[3])
        return b",".join(fields)

    nights = tuple(night | {"till": [of(line) for line in night["till"]]} for night in world.nights)
    return world.as_of_kind(kind, nights=nights)


def resting(world: World, kind: str) -> World:
    """Only the first night of it: what others send later is nothing to it."""
    nothing: Lines = {source: [] for source in HEADERS}
    return world.as_of_kind(kind, nights=(world.nights[0], nothing, nothing))


def company_of(root: Any, slices: tuple[str, ...] = ("store_id", "touchpoint")) -> SmallCompany:
    """A company with nothing yet, whose metrics are cut by what is a world's own."""
    company = SmallCompany(root)
    company.configure(
        company=COMPANY | {"name": "Worlds"}, sources=SOURCES, feeds=FEEDS,
        slices={"by": list(slices)},
        settings={"quarantine_ratio": 1.0, "minimum_n": 1, "publish_source_ids": ["shop"]},
    )  # fmt: skip
    return company


def bring(company: SmallCompany, worlds: Iterable[World], night: int) -> dict[str, bytes]:
    """Write a night's files; give those of new bytes, by name."""
    new = {}
    for world in worlds:
        for source, lines in world.nights[night].items():
            for part in range(world.parts):
                dealt = lines[part :: world.parts]
                if not dealt:
                    continue
                text = HEADERS[source] + b"\n" + b"".join(dealt)
                name = f"{source}_{world.mark}_{night}{part}.csv"
                new[name] = text.replace(MARK, world.mark.encode())
                (company.raw / name).write_bytes(new[name])
        if night in world.sent_again:
            for path in sorted(company.raw.glob(f"*_{world.mark}_*.csv")):
                (company.raw / f"{path.stem}_again{night}.csv").write_bytes(path.read_bytes())
    return new


#: What marks look like.
MARKS = r"[a-z]\d{5}"
#: Keys made of a world's values, and what is told beside, or of, all others.
_OWN = (
    "_key",
    "identifier_hash",
    "r_score",
    "f_score",
    "m_score",
    "rfm_segment",
    "data_through_at",
)
Content = dict[str, list[tuple[Any, ...]]]


def contents(company: SmallCompany, version: str, marks: Iterable[str]) -> dict[str, Content]:
    """What a version says of each world, table by table: its marks and ids taken out.

    Customers are told by the least of what is theirs, since their ids differ with the path.
    """
    owners = _owners(company, version)
    told: dict[str, Content] = {mark: defaultdict(list) for mark in marks}
    tables = company.rows(
        "select schema_name || '.' || table_name from ("
        " select schema_name, table_name from duckdb_tables() union all"
        " select schema_name, view_name from duckdb_views() where not internal)"
        " where schema_name in ('core', 'marts') order by 1",
        version,
    )
    for (table,) in tables:
        if table in ("core.fct_identity_event", "core.customer_alias", "core.dim_date"):
            continue
        columns = [c[0] for c in company.rows(f"describe {table}", version)]
        kept = [c for c in columns if not any(c.endswith(own) for own in _OWN)]
        if table == "core.dim_customer":  # since when an id is his: of two that meet one goes on
            kept.remove("known_at")
        for row in company.rows(f"select {', '.join(kept)} from {table}", version):
            found = dict(zip(kept, row, strict=True))
            if "customer_id" in found:
                found["customer_id"] = owners.get(found["customer_id"], found["customer_id"])
            text = repr(tuple(found.values()))
            mark = next((m for m in re.findall(MARKS, text) if m in told), None)
            if mark:
                told[mark][table].append((text.replace(mark, "").replace(mark.upper(), ""), found))
    return {
        mark: {table: sorted(rows, key=lambda row: row[0]) for table, rows in tables_of.items()}
        for mark, tables_of in told.items()
    }


def _owners(company: SmallCompany, version: str) -> dict[str, str]:
    """Each customer by the least of its facts' and records' own ids."""
    rows = company.rows(
        """select customer_id, min(own) from (
            select customer_id, 't' || transaction_id || '/' || line_number as own
            from core.fct_transaction
            union all select customer_id, 'a' || response_id from core.fct_survey_response
            union all select customer_id, 'c' || source_customer_id from core.bridge_identity
            where source_customer_id is not null)
        where customer_id is not null group by 1""",
        version,
    )
    return dict(rows)


def texts(content: Content) -> dict[str, list[str]]:
    """The content without its values by column, to be compared."""
    return {table: [text for text, _ in rows] for table, rows in content.items()}


def differing(one: Content, other: Content) -> dict[str, tuple[Any, Any]]:
    """Tables that differ, with the rows that only one of both has."""
    first, second = texts(one), texts(other)
    found = {}
    for table in sorted({*first, *second}):
        here, there = first.get(table, []), second.get(table, [])
        if here != there:
            found[table] = (
                [row for row in here if row not in there],
                [row for row in there if row not in here],
            )
    return found
