"""Who a row is about: keys, normal forms, identifiers, and what of them may be shown."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.feeds.writing import IDENTIFIER_COLUMNS
from tests.orchestration.feeds.company_home import KEY, CompanyHome, csv

COLUMNS = {
    "interaction_id": "id", "occurred_at": "at", "source_customer_id": "c", "email": "mail",
    "phone": "tel", "account_id": "acc", "device_id": "dev",
}  # fmt: skip
SET = {"channel": "web", "interaction_type": "login"}
AT = "2024-05-01T10:00:00Z"


def key_of(kind: str, *parts: str) -> str:
    text = "\x1f".join([kind, *parts])
    return f"{kind}:{hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()[:32]}"


def company_of(root: Path, *lines: str, **settings: Any) -> CompanyHome:
    feeds = {"interactions": [{"from": "log", "columns": COLUMNS, "set": SET}]}
    company = CompanyHome(root, {"log": {"files": "log_*.csv"}}, feeds, settings)
    company.put("log_1.csv", csv("id,at,c,mail,tel,acc,dev", *lines))
    company.night()
    return company


def identifiers(company: CompanyHome, columns: str) -> list[tuple[Any, ...]]:
    path = company.home.feed_rows("_identifier")
    return company.sql(f"select {columns} from read_parquet('{path}/*') order by all")


def test_first_identifier_that_names_somebody_is_the_key(tmp_path: Path) -> None:
    company = company_of(
        tmp_path / "a",
        f"1,{AT},c1,A@X.example,,,",
        f"2,{AT},,A@x.example ,,,",
        f"3,{AT},,test@test.com,030 1234567,,",
        f"4,{AT},,,,family,",
        f"5,{AT},0,,,,d9",
    )
    keys = dict(company.current("interactions", "interaction_id, identity_key"))
    assert keys == {
        "1": key_of("source_customer_id", "log", "c1"),
        "2": key_of("email", "a@x.example"),
        "3": key_of("phone", "+49301234567"),
        "4": None,
        "5": key_of("device_id", "d9"),
    }
    emails = company.current("interactions", "interaction_id, email, phone")
    assert emails[2] == ("3", "test@test.com", "+49301234567")


def test_identifiers_are_listed_with_the_rows_own_key(tmp_path: Path) -> None:
    company = company_of(
        tmp_path / "a",
        f"1,{AT},c1,a@x.example,,acc,",
        "2,2024-05-03T10:00:00Z,c1,a@x.example,,acc,",
        f"3,{AT},c2,test@test.com,,,",
    )
    own, other = (
        key_of("source_customer_id", "log", "c1"),
        key_of("source_customer_id", "log", "c2"),
    )
    mail = key_of("email", "a@x.example")
    listed = "identity_key, identifier_type, identifier_key, is_placeholder, n_rows, feed"
    assert set(identifiers(company, listed)) == {
        (own, "source_customer_id", own, False, 2, "interactions"),
        (own, "email", mail, False, 2, "interactions"),
        (other, "source_customer_id", other, False, 1, "interactions"),
        (other, "email", key_of("email", "test@test.com"), True, 1, "interactions"),
    }
    span = identifiers(company, "first_seen_at, last_seen_at, row_occurred_on::varchar, n_rows")
    first, last = datetime(2024, 5, 1, 10, tzinfo=UTC), datetime(2024, 5, 3, 10, tzinfo=UTC)
    assert (first, last, "2024-05-01", 2) in span
    path = company.home.feed_rows("_identifier") / "b000001_interactions.parquet"
    described = company.sql(f"describe select * from '{path}'")
    kinds = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
    wanted = [(name, kinds.get(kind, kind)) for name, kind in IDENTIFIER_COLUMNS]
    assert [row[:2] for row in described] == wanted


def test_source_ids_are_shown_only_where_the_company_says_so(tmp_path: Path) -> None:
    hidden = company_of(tmp_path / "a", f"1,{AT},c1,,,,")
    shown = company_of(tmp_path / "b", f"1,{AT},c1,,,,", publish_source_ids=["log"])
    own = key_of("source_customer_id", "log", "c1").split(":")[1]
    assert identifiers(hidden, "source_customer_id") == [(own,)]
    assert identifiers(shown, "source_customer_id") == [("c1",)]


def test_a_snapshot_without_event_times_becomes_a_measurement_of_its_day(tmp_path: Path) -> None:
    """Balances as of each dump: the day is all that is known of the time, and is said so."""
    mapping = {
        "from": "balances",
        "columns": {"source_customer_id": "c", "as_of_on": "day", "value": "points"},
        "set": {"measure": "points"},
    }
    visits = {
        "from": "balances",
        "columns": {"interaction_id": "day", "occurred_at": "day", "source_customer_id": "c"},
        "set": {"channel": "store", "interaction_type": "store_visit"},
    }
    source = {"files": "balances_*.csv", "mode": "append"}
    company = CompanyHome(
        tmp_path / "a", {"balances": source},
        {"measurements": [mapping], "interactions": [visits]},
    )  # fmt: skip
    for day in ("2024-05-01", "2024-05-02"):
        company.put(f"balances_{day}.csv", csv("c,day,points", f"c1,{day},{day[-1]}"))
        assert all(result.is_good for result in company.night())
    assert company.current("measurements", "value, cast(occurred_on as varchar)") == [
        (1.0, "2024-05-01"), (2.0, "2024-05-02"),
    ]  # fmt: skip
    told = company.current("interactions", "time_precision, cast(occurred_on as varchar)")
    assert told == [("day", "2024-05-01"), ("day", "2024-05-02")]


def test_calls_of_nobody_are_rows_without_a_key_and_are_counted(tmp_path: Path) -> None:
    mapping = {
        "from": "calls",
        "columns": {"interaction_id": "id", "occurred_at": "day_at", "phone": "caller"},
        "set": {"channel": "phone", "interaction_type": "call"},
    }
    company = CompanyHome(
        tmp_path / "a", {"calls": {"files": "calls_*.csv"}}, {"interactions": [mapping]}
    )
    rows = ["1,2024-05-01T10:00:00Z,", "2,2024-05-01T11:00:00Z,anonymous",
            "3,2024-05-01T12:00:00Z,+4930901820"]  # fmt: skip
    company.put("calls_1.csv", csv("id,day_at,caller", *rows))
    (result,) = company.night()
    assert (result.n_new, result.n_quarantined) == (3, 0)
    assert result.reasons == {"id.placeholder:phone": 1, "ref.unmatched": 1}
    keys = company.current("interactions", "interaction_id, identity_key is not null")
    assert keys == [("1", False), ("2", False), ("3", True)]


def test_measurements_are_one_a_person_measure_and_day(tmp_path: Path) -> None:
    mapping = {
        "from": "usage",
        "columns": {"source_customer_id": "c", "as_of_on": "day", "value": "v"},
        "set": {"measure": "logins"},
    }
    sources = {"usage": {"files": "usage_*.csv"}}
    company = CompanyHome(tmp_path / "a", sources, {"measurements": [mapping]})
    company.put(
        "usage_1.csv", csv("c,day,v", "c1,2024-05-01,3", "c2,2024-05-01,4", ",2024-05-01,5")
    )
    result = company.night()[0]
    assert (result.n_new, result.n_quarantined) == (2, 1)
    company.put("usage_2.csv", csv("c,day,v", "c1,2024-05-01,9"))
    assert company.night()[0].n_updated == 1
    assert company.current("measurements", "value") == [(4.0,), (9.0,)]


def test_a_number_without_a_country_code_is_of_the_records_country_then_of_the_company(
    tmp_path: Path,
) -> None:
    columns = {"source_customer_id": "id", "phone": "tel", "country": "land"}
    feeds = {"customer_records": [{"from": "people", "columns": columns}]}
    company = CompanyHome(tmp_path, {"people": {"files": "people_*.csv"}}, feeds, {})
    lines = (
        "1,030 1234567,DE", "2,0131 496 0123,gb", "3,0131 496 0123,", "4,030 1234567,Atlantis",
        "5,+44 131 496 0123,DE", "6,0131 496 0123,DE",
    )  # fmt: skip
    company.put("people_1.csv", csv("id,tel,land", *lines))
    company.night()
    phones = dict(company.current("customer_records", "source_customer_id, phone"))
    assert phones == {
        "1": "+49301234567",
        "2": "+441314960123",
        "3": "+491314960123",
        "4": "+49301234567",
        "5": "+441314960123",
        "6": "+491314960123",
    }
