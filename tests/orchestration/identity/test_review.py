"""Pairs for a person to judge: what is shown to whom, in which order, with what at stake."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from models.identity.shown.review import COLUMNS, FILE
from orchestration.cli import identity
from orchestration.home import Home
from orchestration.identity_decisions import Identities, for_matcher
from orchestration.identity_review import review_pairs, shown_pair, waterfall
from orchestration.ledger import IdentityDecision, Ledger
from quality.identifiers import install_hmac

ONE, OTHER, THIRD = (f"source_customer_id:{digit * 32}" for digit in "abc")
EVIDENCE = "given same +6.1; family variant +3.0; born different -4.2"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with three records, two pairs among them, and the facts of each."""
    made = Home(tmp_path / "home").prepare()
    Ledger(made.ledger).close()
    con = duckdb.connect()
    con.execute(f"create table pair ({COLUMNS})")
    for kind, place, left, right, weight, n_rows in (
        ("uncertain", 1, ONE, OTHER, 5.2, 4), ("uncertain", 2, ONE, THIRD, 3.0, 2),
        ("consequential", 1, ONE, OTHER, 5.2, 4),
    ):  # fmt: skip
        row = [kind, place, left, right, [left], [right], "c1", "c2", False, weight, 5.0]
        con.execute(f"insert into pair values ({', '.join('?' * 13)})", [*row, EVIDENCE, n_rows])
    con.table("pair").write_parquet(str(made.identity / FILE))
    _facts(made)
    _records(made, con)
    return made


def _facts(made: Home) -> None:
    with duckdb.connect(str(made.version_file("v000001"))) as con:
        con.execute("create schema core")
        for table in ("fct_transaction", "fct_interaction", "fct_survey_response"):
            con.execute(
                f"create table core.{table} (identity_key varchar, amount_reporting decimal(18, 4))"
            )
        con.execute(f"insert into core.fct_transaction values ('{ONE}', 10), ('{ONE}', 5.5),"
                    f" ('{ONE}', 1), ('{OTHER}', 7)")  # fmt: skip
        con.execute(f"insert into core.fct_interaction values ('{OTHER}', null)")
    made.current.symlink_to(Path("versions") / "v000001.duckdb")


def _records(made: Home, con: duckdb.DuckDBPyConnection) -> None:
    names = ("full_name", "given_name", "family_name", "gender", "email", "phone", "street",
             "postal_code", "city", "national_id")  # fmt: skip
    empty = ", ".join(f"null::varchar as {name}" for name in names if name != "given_name")
    rows = ", ".join(
        f"('{key}', '{own}', '{given}', {version})"
        for key, own, given, version in (
            (ONE, "1", "Old", "timestamp '2025-01-01'"),
            (ONE, "1", "Ana", "timestamp '2025-02-01'"),
            (OTHER, "2", "Anna", "null"), (THIRD, "3", "Ben", "null"),
        )
    )  # fmt: skip
    folder = made.feed_rows("customer_records")
    folder.mkdir(parents=True)
    con.sql(
        f"select identity_key, 'crm' as source_system, own as source_customer_id, given_name,"
        f" {empty}, date '1980-01-01' as birth_date, version as version_at, 1 as batch"
        f" from (values {rows}) as t(identity_key, own, given_name, version)"
    ).write_parquet(str(folder / "b000001.parquet"))


def test_the_least_certain_come_first_with_facts_and_money_of_the_smaller_side(home: Home) -> None:
    pairs = review_pairs(home, 5, with_values=True)
    assert [(p.kind, p.left, p.right) for p in pairs] == [
        ("uncertain", "crm:1", "crm:2"), ("uncertain", "crm:1", "crm:3"),
        ("consequential", "crm:1", "crm:2"),
    ]  # fmt: skip
    assert (pairs[0].n_facts, pairs[0].amount) == (2, Decimal(7))
    assert (pairs[1].n_facts, pairs[1].amount) == (0, None)
    assert pairs[0].left_says["given_name"] == ["Ana"]
    assert len(review_pairs(home, 1, with_values=True)) == 2


def test_all_records_of_a_side_are_shown_since_evidence_compares_them_all(home: Home) -> None:
    file = home.identity / FILE
    pair = duckdb.sql(f"select * replace ([left_key, '{THIRD}'] as left_keys) from '{file}'"
                      " where left_key <> right_key").fetchdf()  # fmt: skip
    duckdb.from_df(pair).write_parquet(str(file))
    lines = list(shown_pair(review_pairs(home, 1, with_values=True)[0]))
    assert lines[0] == "crm:1 (and 1 record more of theirs)  and  crm:2"
    told = [line.split() for line in lines]
    assert ["given_name", "Ana", "Anna"] in told and ["Ben"] in told
    assert ["birth_date", "1980-01-01", "1980-01-01"] in told
    hashed = list(shown_pair(review_pairs(home, 1, with_values=False)[0]))
    assert hashed[0] == f"{ONE}  and  {OTHER}"


def test_the_waterfall_says_each_weight_in_words_and_adds_up(home: Home) -> None:
    lines = list(waterfall(review_pairs(home, 1, with_values=False)[0]))
    assert lines[0].strip().startswith("before all else")
    text = "\n".join(lines)
    for words in ("given name agrees", "family name is variant", "birth date differs"):
        assert words in text
    numbers = [line.split()[-1] for line in lines]
    assert numbers == ["+0.3", "+6.4", "+9.4", "+5.2", "+5.2"]
    assert "+5.0 for a link" in lines[-1]


def test_what_a_person_has_judged_is_not_asked_again(home: Home) -> None:
    with Ledger(home.ledger) as ledger:
        ledger.add_decision(
            IdentityDecision(
                OTHER, ONE, "cannot_link", f'["{OTHER}"]', f'["{ONE}"]', "Ann", "twins",
                dt.datetime(2025, 3, 1, tzinfo=dt.UTC), 0,
            )
        )  # fmt: skip
    assert [p.right for p in review_pairs(home, 5, with_values=True)] == ["crm:3"]


@pytest.mark.parametrize("is_terminal", [True, False])
def test_what_records_say_is_shown_on_a_terminal_only(
    home: Home, is_terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = CliRunner()
    with monkeypatch.context() as patch:
        patch.setattr(identity, "sys", _Terminal(is_terminal))
        done = runner.invoke(identity.identity, ["review", "--home", str(home.root)])
    assert done.exit_code == 0, done.output
    assert ("Anna" in done.output) is ("crm:2" in done.output) is is_terminal
    assert (ONE in done.output) is not is_terminal
    assert "joining them moves 2 facts, 7.00 of money" in done.output


@pytest.mark.parametrize("is_terminal", [True, False])
def test_what_was_decided_is_listed_by_ids_that_people_know_on_a_terminal_only(
    home: Home, monkeypatch: pytest.MonkeyPatch, is_terminal: bool
) -> None:
    at = dt.datetime(2025, 3, 1, tzinfo=dt.UTC)
    with Ledger(home.ledger) as ledger:
        ledger.add_decision(
            IdentityDecision(
                ONE, "c00000000000000b", "must_link", f'["{ONE}"]', '["k"]', "Ann", "x", at, 0
            )
        )
    monkeypatch.setattr("orchestration.cli.identity.sys", _Terminal(is_terminal))
    done = CliRunner().invoke(identity.identity, ["review", "--decided", "--home", str(home.root)])
    expected = "crm:1" if is_terminal else ONE
    assert done.output == (
        f"Ann decided on 2025-03-01 that {expected} and c00000000000000b are one customer: x\n"
    )


def test_where_no_pair_was_scored_there_is_nothing_to_read(home: Home, tmp_path: Path) -> None:
    for file in home.feed_rows("customer_records").iterdir():
        file.unlink()
    con = duckdb.connect()
    con.execute(f"create table pair ({COLUMNS})")
    con.table("pair").write_parquet(str(home.identity / FILE))
    assert review_pairs(home, 5, with_values=True) == []


@pytest.mark.parametrize("were_one", [None, 0, 1])
def test_what_identity_had_said_by_itself_reaches_the_matcher(were_one: int | None) -> None:
    at = dt.datetime(2025, 3, 1, tzinfo=dt.UTC)
    kept = IdentityDecision(
        ONE, OTHER, "must_link", f'["{ONE}"]', f'["{OTHER}"]', "Ann", "one", at, were_one
    )
    (decision,) = for_matcher([kept])
    assert (decision.is_one, decision.left, decision.right) == (True, (ONE,), (OTHER,))
    assert decision.were_one is (None if were_one is None else bool(were_one))


def test_an_id_of_a_source_may_look_like_a_digest(home: Home) -> None:
    con = duckdb.connect()
    install_hmac(con, home.key())
    own = f"source_customer_id\x1folist\x1f{'d' * 32}"
    (key,) = con.execute("select identifier_key(?)", [own]).fetchone() or ("",)
    con.execute("create table map (identity_key varchar, customer_id varchar)")
    con.execute("insert into map values (?, 'c000000000000001')", [key])
    for table in ("identity_map", "identity_trail"):
        con.table("map").write_parquet(str(home.identity / f"{table}.parquet"))
    known = Identities(home)
    for typed in (f"olist:{'d' * 32}", key):
        assert known.side(typed, "left").keys == (key,)


def test_an_id_of_any_night_is_whose_its_keys_are_today(home: Home) -> None:
    con = duckdb.connect()
    for table, rows in {
        "identity_map": "('k1', 'new'), ('k2', 'new'), ('k3', 'other'), ('k4', 'back')",
        "identity_trail": "('k1', 'old'), ('k2', 'old'), ('k3', 'old'), ('k1', 'back'),"
        " ('k9', 'gone'), ('k9', null)",
    }.items():
        con.sql(f"from (values {rows}) t(identity_key, customer_id)").write_parquet(
            str(home.identity / f"{table}.parquet")
        )
    known = Identities(home)
    expected = {"old": "new", "new": "new", "back": "back", "gone": None, "never": None}
    assert {customer: known.today(customer) for customer in expected} == expected


class _Terminal:
    """The standard output as the command asks it whether somebody sits there."""

    def __init__(self, is_terminal: bool) -> None:
        self.stdout = self
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self.is_terminal


def test_pairs_without_a_published_version_are_nothing_to_review(tmp_path: Path) -> None:
    """A first night may die after it has kept its identity and before it serves a version."""
    home = Home(tmp_path / "home").prepare()
    (home.identity / "review_pair.parquet").write_bytes(b"kept")
    assert review_pairs(home, 5, with_values=False) == []
