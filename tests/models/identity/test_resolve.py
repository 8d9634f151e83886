"""Who is who: links, guards, permanent ids and their events, on small planted worlds."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import duckdb
import pytest

from models.identity.exact.decisions import Decision
from models.identity.resolve import IdentitySummary, resolve

NIGHT = dt.date(2026, 3, 1)
SEEN = dt.datetime(2026, 1, 1)


def key(kind: str, value: str) -> str:
    return f"{kind}:{value}"


class World:
    """Records with identifiers, as the warehouse's identity layer would hand them over."""

    def __init__(self) -> None:
        self.links: list[tuple] = []
        self.records: list[tuple] = []

    def record(
        self,
        name: str,
        given: str | None = None,
        born: str | None = None,
        family: str | None = None,
        full: str | None = None,
        street: str | None = None,
        city: str | None = None,
        **ids: str,
    ):
        own = key("source_customer_id", name)
        self.records.append((own, "crm", given, family, full, born, street, city))
        self.row(own, "source_customer_id", name, source=name)
        for kind, value in ids.items():
            self.row(own, kind, value)
        return self

    def row(self, owner: str, kind: str, value: str, source: str | None = None):
        system = "crm" if source else None
        self.links.append(
            (owner, kind, key(kind, value), system, source, False, SEEN, SEEN, SEEN, 1)
        )
        return self

    def write(self, path: Path) -> Path:
        path.unlink(missing_ok=True)
        con = duckdb.connect(str(path))
        con.execute("create schema identity")
        con.execute(
            "create table identity.int_identifier_link (identity_key varchar, identifier_type"
            " varchar, identifier_key varchar, source_system varchar, source_customer_id varchar,"
            " is_placeholder boolean, first_seen_at timestamp, last_seen_at timestamp,"
            " known_at timestamp, n_rows bigint)"
        )
        con.execute(
            "create table identity.int_identity_record (identity_key varchar, source_system"
            " varchar, given_name varchar, family_name varchar, full_name varchar, birth_date date,"
            " street varchar, city varchar)"
        )
        for table, rows in (
            ("int_identifier_link", self.links),
            ("int_identity_record", self.records),
        ):
            if rows:  # a column at a time: row by row takes a minute for ten thousand
                columns = [list(column) for column in zip(*rows, strict=True)]
                marks = ", ".join("unnest(?)" for _ in columns)
                con.execute(f"insert into identity.{table} select {marks}", columns)
        con.close()
        return path


class Nights:
    """Consecutive nights over one state directory."""

    def __init__(self, tmp_path: Path) -> None:
        self.state = tmp_path / "state"
        self.work = tmp_path / "work.duckdb"
        self.night = NIGHT

    def run(self, world: World, **options: Any) -> IdentitySummary:
        summary = resolve(world.write(self.work), self.state, self.state, self.night, **options)
        self.night += dt.timedelta(days=1)
        return summary

    def rows(self, name: str, columns: str, where: str = "true") -> list[tuple]:
        file = str(self.state / f"{name}.parquet")
        sql = f"select {columns} from read_parquet(?) where {where} order by all"
        return duckdb.connect().execute(sql, [file]).fetchall()

    def customer(self, identity_key: str) -> str | None:
        found = dict(self.rows("identity_map", "identity_key, customer_id"))
        return found.get(identity_key)

    def person(self, name: str) -> str | None:
        return self.customer(key("source_customer_id", name))


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path)


def test_a_shared_identifier_joins_records_and_a_lonely_record_stays_alone(nights):
    world = World().record("a", "Ana", email="x").record("b", "Ana", email="x").record("c", "Ana")
    summary = nights.run(world)
    assert nights.person("a") == nights.person("b") != nights.person("c")
    assert (summary.n_customers, summary.n_records, summary.n_created) == (2, 3, 2)


def test_links_are_transitive_over_identifiers(nights):
    world = World().record("a", email="x").record("b", email="x", phone="1").record("c", phone="1")
    assert nights.run(world).n_customers == 1


def test_a_household_on_one_phone_stays_two_people_and_the_phone_resolves_nobody(nights):
    world = World().record("a", "Ana", phone="1").record("b", "Bruno", phone="1")
    world.row(key("phone", "1"), "phone", "1")
    summary = nights.run(world)
    assert nights.person("a") != nights.person("b")
    assert nights.customer(key("phone", "1")) is None
    assert summary.n_unresolved_keys == 1
    shared = nights.rows("bridge_identity", "customer_id, is_shared", "identifier_type = 'phone'")
    assert {c for c, _ in shared} == {nights.person("a"), nights.person("b")}
    assert all(is_shared for _, is_shared in shared)


def test_misspelt_names_and_swapped_birth_dates_are_one_person(nights):
    world = World().record("a", "Johann", "1980-03-04", email="x")
    world.record("b", "Johan", "1980-04-03", email="x").record("c", "J", "1980-03-04", email="x")
    assert nights.run(world).n_customers == 1


def test_a_father_and_a_son_of_one_name_stay_two(nights):
    world = World().record("a", "José", "1950-03-04", email="x")
    assert nights.run(world.record("b", "Jose", "1985-11-20", email="x")).n_customers == 2


def test_a_nameless_record_does_not_choose_between_two_people(nights):
    world = World().record("a", "Ana", phone="1").record("b", "Bruno", phone="1")
    assert nights.run(world.record("c", phone="1")).n_customers == 3


def test_an_initial_joins_the_only_one_it_fits_and_never_two_people(nights):
    world = World().record("kate", "Käthe", "1969-01-02", phone="1").record("k", "K.", phone="1")
    nights.run(world)
    assert nights.person("k") == nights.person("kate")
    nights.run(world.record("klaus", "Klaus", "1971-01-30", phone="1"))
    assert len({nights.person(name) for name in ("k", "kate", "klaus")}) == 3


def test_a_number_passed_on_joins_nobody_of_another_family(nights):
    world = World().record("old", "Leon", None, "Hoffmann", phone="1")
    world.record("new", "Leon", None, "Thomas", phone="1")
    assert nights.run(world).n_customers == 2


def test_who_marries_stays_one_by_birth_date_or_by_email(nights):
    world = World().record("a", "Anna", "1990-05-06", "Schmidt", phone="1")
    world.record("b", "Anna", "1990-05-06", "Weber", phone="1")
    world.record("c", "Ines", None, "Roth", email="x").record("d", "Ines", None, "Ott", email="x")
    assert nights.run(world).n_customers == 2


def test_names_of_any_script_tell_people_apart_and_a_birth_date_ties_two_scripts(nights):
    world = World().record("a", "Ксения", None, "Иванов", phone="1")
    world.record("b", "Юрий", None, "Соколов", phone="1")
    world.record("c", "Сергей", "1980-02-03", "Жуков", email="x")
    world.record("d", "Sergej", "1980-02-03", "Schukow", email="x")
    assert nights.run(world).n_customers == 3
    assert nights.person("c") == nights.person("d")


def test_an_orders_email_is_who_its_records_say_and_shares_no_number_with_another(nights):
    world = World().record("a", "Andy", "1962-05-29", "Smith", email="x")
    world.row(key("email", "x"), "email", "x").row(key("email", "x"), "phone", "1")
    world.record("b", "Nigel", "1997-04-13", "Wright", phone="1")
    assert nights.run(world).n_customers == 2
    assert nights.customer(key("email", "x")) == nights.person("a")


def test_an_identifier_over_the_cap_links_nobody_but_a_known_person_has_no_cap(nights):
    world = World()
    for i in range(6):
        world.record(f"k{i}", known_person_id="p").record(f"s{i}", phone="9")
    world.row(key("phone", "9"), "phone", "9")
    summary = nights.run(world, identifier_cap=5)
    assert summary.n_customers == 1 + 6
    assert nights.customer(key("phone", "9")) is None


def test_known_people_merge_whatever_their_names(nights):
    world = World().record("a", "Ana", known_person_id="p")
    assert nights.run(world.record("b", "Bruno", known_person_id="p")).n_customers == 1


def test_a_row_with_only_an_email_is_its_owner_or_a_person_of_its_own(nights):
    world = World().record("a", "Ana", email="x")
    world.row(key("email", "x"), "email", "x").row(key("email", "y"), "email", "y")
    nights.run(world)
    assert nights.customer(key("email", "x")) == nights.person("a")
    assert nights.customer(key("email", "y")) not in (None, nights.person("a"))


def test_a_cookie_follows_the_one_person_it_was_seen_with_and_never_merges(nights):
    world = World().record("a", cookie_id="mine").record("b", cookie_id="family")
    world.record("c", cookie_id="family")
    for cookie in ("mine", "family", "stranger"):
        world.row(key("cookie_id", cookie), "cookie_id", cookie)
    summary = nights.run(world)
    assert nights.customer(key("cookie_id", "mine")) == nights.person("a")
    assert nights.customer(key("cookie_id", "family")) is None
    assert nights.customer(key("cookie_id", "stranger")) is None
    assert summary.n_customers == 3


def test_what_people_share_is_whose_they_all_turn_out_to_be(nights):
    world = World().record("a", "Ana", phone="1").record("b", "Bruno", phone="1")
    world.row(key("phone", "1"), "phone", "1")
    nights.run(world)
    assert nights.customer(key("phone", "1")) is None
    ids = [(key("source_customer_id", name),) for name in "ab"]
    nights.run(world, decisions=[Decision(True, *ids)])
    assert nights.customer(key("phone", "1")) == nights.person("a") == nights.person("b")
    held = nights.rows("bridge_identity", "match_rule, is_shared", "identifier_type = 'phone'")
    assert held == [("seen_together", False)]
    nights.run(world)
    assert nights.customer(key("phone", "1")) is None


def test_an_account_never_makes_or_merges_people(nights):
    world = World().record("a", account_id="firm").record("b", account_id="firm")
    world.row(key("account_id", "firm"), "account_id", "firm")
    assert nights.run(world).n_customers == 2
    assert nights.customer(key("account_id", "firm")) is None


def test_placeholders_link_nobody(nights):
    world = World().record("a", email="test").record("b", email="test")
    world.links = [
        (*link[:5], True, *link[6:]) if link[1] == "email" else link for link in world.links
    ]
    assert nights.run(world).n_customers == 2


def test_growth_changes_no_id_and_logs_only_the_new(nights):
    nights.run(World().record("a", email="x").record("b", email="x"))
    before = nights.person("a")
    world = World().record("a", email="x").record("b", email="x")
    summary = nights.run(world.record("0", email="x").record("z"))
    assert nights.person("0") == nights.person("a") == nights.person("b") == before
    assert (summary.n_created, summary.n_merged, summary.n_split) == (1, 0, 0)


def test_a_merge_keeps_the_id_with_most_keys_and_is_logged(nights):
    world = World().record("a", email="x").record("b", email="x").record("c", phone="1")
    nights.run(world)
    big, small = nights.person("a"), nights.person("c")
    nights.run(world.row(key("source_customer_id", "a"), "phone", "1"))
    assert nights.person("a") == nights.person("b") == nights.person("c") == big
    events = nights.rows(
        "identity_event", "customer_id, previous_customer_id", "event_type = 'merged'"
    )
    assert events == [(big, small)]


def test_a_merge_is_known_from_its_own_night_on_and_stays_so(nights):
    apart = World().record("a", email="x").record("b", email="x").record("c")
    nights.run(apart)
    together = World().record("a", email="x").record("b", email="x").record("c", email="x")
    learnt = dt.datetime.combine(nights.night, dt.time()) + dt.timedelta(days=1)
    for _ in range(2):
        nights.run(together)
        known = dict(nights.rows("identity_map", "identity_key, known_at"))
        assert known[key("source_customer_id", "c")] == learnt
        assert known[key("source_customer_id", "a")] == SEEN


def test_whose_a_cookie_is_is_known_since_it_was_seen_with_them_until_it_is_shared(nights):
    cookie, later = key("cookie_id", "mine"), SEEN + dt.timedelta(days=40)
    world = World().record("a").record("b").row(cookie, "cookie_id", "mine")
    world.row(key("source_customer_id", "a"), "cookie_id", "mine")
    world.links[-1] = (*world.links[-1][:-2], later, 1)
    nights.run(world)
    assert nights.rows("identity_map", "known_at", f"identity_key = '{cookie}'") == [(later,)]
    night = dt.datetime.combine(nights.night, dt.time()) + dt.timedelta(days=1)
    nights.run(world.row(key("source_customer_id", "b"), "cookie_id", "mine"))
    assert nights.customer(cookie) is None
    trail = nights.rows("identity_trail", "customer_id, known_at", f"identity_key = '{cookie}'")
    assert trail == [(nights.person("a"), later), (None, night)]


def test_a_cookie_of_two_who_are_found_to_be_one_is_theirs_since_then(nights):
    def world(**ids: str) -> World:
        made = World().record("a", cookie_id="mine", email="x")
        return made.record("b", cookie_id="mine", **ids)

    nights.run(world(email="y"))
    assert nights.customer(key("cookie_id", "mine")) is None
    nights.run(world(email="x"))
    learnt = dt.datetime.combine(nights.night, dt.time())
    for _ in range(2):
        known = dict(nights.rows("identity_map", "identity_key, known_at"))
        assert known[key("cookie_id", "mine")] == learnt
        nights.run(world(email="x"))


def test_a_split_leaves_the_id_with_the_largest_part_and_undoing_restores_it(nights):
    apart = World().record("a", email="x").record("b", email="x").record("c")
    nights.run(apart)
    first = {name: nights.person(name) for name in "abc"}
    together = World().record("a", email="x").record("b", email="x").record("c", email="x")
    nights.run(together)
    assert nights.person("c") == first["a"]
    summary = nights.run(apart)
    assert nights.person("a") == nights.person("b") == first["a"]
    assert summary.n_split == 1
    # the id that was merged away is given to nobody else, and back to who had it
    assert nights.person("c") == first["c"]


def test_a_key_that_moves_between_living_people_is_reassigned(nights):
    world = World().record("a", known_person_id="p").record("b", known_person_id="p")
    nights.run(world.record("c", known_person_id="q").record("d", known_person_id="q"))
    moved = World().record("a", known_person_id="p").record("b", known_person_id="q")
    summary = nights.run(moved.record("c", known_person_id="q").record("d", known_person_id="q"))
    assert summary.n_reassigned >= 1
    assert nights.person("b") == nights.person("c") != nights.person("a")


def test_the_order_of_rows_changes_nothing_and_a_second_run_is_the_same(tmp_path):
    world = World()
    for i in range(40):
        world.record(f"r{i}", f"Name{i % 7}", email=f"e{i % 13}", phone=f"p{i % 11}")
    shuffled = World()
    shuffled.links = random.Random(5).sample(world.links, len(world.links))
    shuffled.records = random.Random(6).sample(world.records, len(world.records))
    one, two = Nights(tmp_path / "1"), Nights(tmp_path / "2")
    for folder in ("1", "2"):
        (tmp_path / folder).mkdir()
    one.run(world)
    two.run(shuffled)
    columns = "identity_key, customer_id, match_rule"
    assert one.rows("identity_map", columns) == two.rows("identity_map", columns)
    again = one.run(world)
    assert (again.n_created, again.n_merged, again.n_split, again.n_reassigned) == (0, 0, 0, 0)


def test_nobody_at_all_is_an_empty_map(nights):
    assert nights.run(World()).n_customers == 0
    assert nights.rows("identity_map", "count(*)") == [(0,)]
    assert nights.rows("bridge_identity", "count(*)") == [(0,)]
