"""The laws of feeds on made-up records: conservation, idempotence, order, replay."""

from __future__ import annotations

import itertools
import os
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.orchestration.feeds.company_home import CompanyHome, csv

_HEADER = "t,n,at,a,mail,v"
_COLUMNS = {"transaction_id": "t", "line_number": "n", "occurred_at": "at", "amount": "a",
            "email": "mail", "updated_at": "v"}  # fmt: skip
_FEED = {"transactions": [{"from": "till", "columns": _COLUMNS}]}

# Few keys, days and amounts, so that records often meet; some that are no good.
_KEYS = st.sampled_from(["a", "b", "c", "d", ""])
_TIMES = st.sampled_from(
    ["2024-05-01T10:00:00Z", "2024-05-02 10:00:00", "2024-05-31T23:00:00Z", "never"]
)
_AMOUNTS = st.sampled_from(["1.10", "2.20", "-3", "1.234", "x"])
_MAILS = st.sampled_from(["", "a@x.example", "A@X.example", "test@test.com", "no mail"])
_VERSIONS = st.sampled_from(
    ["2024-05-01T00:00:00Z", "2024-05-02T00:00:00Z", "2024-05-03T00:00:00Z"]
)


def _records(versions: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    record = st.tuples(_KEYS, st.sampled_from("12"), _TIMES, _AMOUNTS, _MAILS, versions)
    return st.lists(record.map(",".join), min_size=1, max_size=12)


_ANY = _records(st.one_of(st.just(""), _VERSIONS))
# No shrinking: an example is small already, and each costs whole nights.
_EXAMPLES = max(8, int(os.environ.get("WHOLEVIEW_EXAMPLES", "0")) // 25)
_LAWS = settings(
    max_examples=_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck),
    derandomize=True, phases=[Phase.explicit, Phase.generate],
)  # fmt: skip


def _company(root: Path, mode: str = "append") -> CompanyHome:
    sources = {"till": {"files": "till_*.csv", "mode": mode}}
    return CompanyHome(root, sources, _FEED, {"quarantine_ratio": 1.0})


def _content(company: CompanyHome, as_of: date | None = None) -> list[tuple[Any, ...]]:
    return company.current("transactions", as_of=as_of)


def _check_books(company: CompanyHome) -> None:
    by_place: dict[tuple[int, str], dict[str, int]] = {}
    for b in company.ledger.books(feed="transactions"):
        by_place.setdefault((b.batch, b.file_id), {})[b.measure] = b.value
    for m in by_place.values():
        assert m["driving"] + m["exploded"] == m["mapped"] + m["not_selected"]
        for end in ("", "_amount_e4"):
            assert m[f"mapped{end}"] == m[f"accepted{end}"] + m[f"quarantined{end}"]
            parts = ("new", "updated", "duplicate", "older")
            assert m[f"accepted{end}"] == sum(m[f"{part}{end}"] for part in parts)


@_LAWS
@given(st.lists(_ANY, min_size=1, max_size=3))
def test_conservation_and_idempotence_and_replay(nights: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        company = _company(Path(folder) / "a")
        for number, records in enumerate(nights):
            company.put(f"till_{number}.csv", csv(_HEADER, *records))
            (result,) = company.night()
            assert result.n_mapped == result.n_accepted + result.n_quarantined
            mapped = company.book("transactions", "mapped")
        assert mapped == company.book("transactions", "driving")
        _check_books(company)
        current = _content(company)
        stored = sorted(map(str, company.all_rows("transactions")))
        held = company.quarantined("transactions", "details, raw_text")
        # The same once more, from the open night's view: nothing is written.
        assert company.night()[0].status == "unchanged"
        # Landing and ledger replayed give every stored row again, lineage included.
        company.rebuild("transactions")
        assert sorted(map(str, company.all_rows("transactions"))) == stored
        assert _content(company) == current
        assert company.quarantined("transactions", "details, raw_text") == held


@_LAWS
@given(_ANY, st.randoms(use_true_random=False), st.integers(1, 3))
def test_order_and_split_within_a_night_change_nothing(
    records: list[str], random: Any, parts: int
) -> None:
    shuffled = list(records)
    random.shuffle(shuffled)
    with tempfile.TemporaryDirectory() as folder:
        one, other = _company(Path(folder) / "a"), _company(Path(folder) / "b")
        one.put("till_0.csv", csv(_HEADER, *records))
        for part in range(parts):
            if lines := shuffled[part::parts]:
                other.put(f"till_{part}.csv", csv(_HEADER, *lines))
        first, second = one.night()[0], other.night()[0]
        assert _content(one) == _content(other)
        for as_of in (date(2024, 5, 1), date(2024, 5, 2)):
            assert _content(one, as_of) == _content(other, as_of)
        # (Two parts with the same bytes are one file twice: counted when landing, not here.)
        assert set(first.reasons) - {"dup.exact"} == set(second.reasons) - {"dup.exact"}
        assert (first.n_new, first.n_older) == (second.n_new, second.n_older)


@_LAWS
@given(_records(_VERSIONS))
def test_order_of_nights_changes_nothing_where_versions_decide(records: list[str]) -> None:
    unique = {}
    for record in records:  # one content for each key and version, or nothing would decide
        fields = record.split(",")
        unique.setdefault((fields[0], fields[1], fields[5]), record)
    nights = list(unique.values())[:3]
    contents = []
    with tempfile.TemporaryDirectory() as folder:
        for place, order in enumerate(itertools.islice(itertools.permutations(nights), 0, 6, 2)):
            company = _company(Path(folder) / str(place))
            for number, record in enumerate(order):
                company.put(f"till_{number}.csv", csv(_HEADER, record))
                company.night()
            contents.append(_content(company))
    assert all(content == contents[0] for content in contents)


@_LAWS
@given(st.lists(_ANY, min_size=2, max_size=3))
def test_snapshots_end_as_the_last_one_alone(nights: list[list[str]]) -> None:
    versionless = [[f"{r.rsplit(',', 1)[0]}," for r in records] for records in nights]
    with tempfile.TemporaryDirectory() as folder:
        company, alone = (_company(Path(folder) / n, "snapshot") for n in ("a", "b"))
        for records in versionless:
            company.put("till_0.csv", csv(_HEADER, *records))
            company.night()
        _check_books(company)
        alone.put("till_0.csv", csv(_HEADER, *versionless[-1]))
        alone.night()
        # A key in quarantine in the last snapshot keeps its last good version: leave it out.
        bad = {line.split(",")[0] + line.split(",")[1] for line in versionless[-1]}
        good = {(r[0], r[1]) for r in alone.current("transactions", "transaction_id, line_number")}
        listed = "transaction_id, line_number, occurred_at, amount, email, record_hash"
        mine = [r for r in company.current("transactions", listed) if (r[0], r[1]) in good]
        assert mine == alone.current("transactions", listed)
        kept = company.current("transactions", "transaction_id || line_number")
        assert {row[0] for row in kept} <= bad
        stored = sorted(map(str, company.all_rows("transactions")))
        company.rebuild("transactions")
        assert sorted(map(str, company.all_rows("transactions"))) == stored
