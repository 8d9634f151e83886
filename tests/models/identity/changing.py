"""A small company whose records, contacts and visits change from night to night.

Belongs here: people of homes with shared contacts, guests' orders, cookies; what changes between
two nights; the matcher's inputs of a night. Does not: any expectation.
"""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import duckdb

from models.identity.exact.decisions import Decision
from tests.models.identity.people import FAMILY, GIVEN, STREETS

_RECORD = (
    "identity_key varchar, source_system varchar, given_name varchar, family_name varchar,"
    " birth_date date, gender varchar, email varchar, phone varchar, street varchar,"
    " postal_code varchar, city varchar, account_id varchar, updated_at timestamp"
)
_LINK = (
    "identity_key varchar, identifier_type varchar, identifier_key varchar, source_system varchar,"
    " source_customer_id varchar, is_placeholder boolean, first_seen_at timestamp,"
    " last_seen_at timestamp, known_at timestamp, n_rows bigint"
)
_NAMES = [column.split()[0] for column in _RECORD.split(", ")]


class Changing:
    """People's records and what else is seen of them; every choice follows from the seed."""

    def __init__(self, seed: int, n_people: int) -> None:
        self.rng = random.Random(seed)
        self.night = 0
        self.no = 0
        self.people: list[dict[str, Any]] = []
        self.records: dict[str, dict[str, Any]] = {}
        self.seen: dict[tuple[str, str], tuple[str, str]] = {}  # (key, identifier): type, system
        self.decisions: list[Decision] = []
        while len(self.people) < n_people:
            self._home()
        for person in self.people:
            for _ in range(self.rng.choice((1, 1, 2, 3))):
                self._record(person)
        self._visits(n_people // 4)

    def _home(self) -> None:
        rng, family = self.rng, self.rng.choice(FAMILY[:25])
        home = {
            "street": f"{rng.choice(STREETS)}strasse {rng.randint(1, 30)}",
            "postal_code": f"{rng.randint(1010, 1014)}", "city": f"Town {rng.choice('AB')}",
            "shared": f"{rng.randint(10**7, 10**8)}", "family_name": family,
        }  # fmt: skip
        born = given = None
        for _ in range(rng.choice((1, 2, 3, 4))):
            is_twin = born is not None and rng.random() < 0.15
            born = born if is_twin else dt.date(1950, 1, 1) + dt.timedelta(rng.randint(0, 15000))
            # some are named after who is there already
            given = given if given and rng.random() < 0.15 else rng.choice(GIVEN)
            self.people.append(
                {
                    **home, "given_name": given, "birth_date": born,
                    "gender": rng.choice(("female", "male")),
                    "email": f"{given}.{family}{rng.randint(1, 99)}@x.example".lower(),
                    "card": f"loyalty_id:{home['shared'] if rng.random() < 0.3 else born}",
                    "phone": home["shared"] if rng.random() < 0.4
                    else f"{rng.randint(10**7, 10**8)}",
                }
            )  # fmt: skip

    def _namesake(self) -> None:
        """Somebody of another birth date, with the name, town and number of who is there."""
        person = self.rng.choice(self.people)
        born = dt.date(1950, 1, 1) + dt.timedelta(self.rng.randint(0, 15000))
        self.people.append({**person, "birth_date": born, "street": None})
        self._record(self.people[-1])

    def _often(self, person: dict[str, Any]) -> None:
        """More records than the cap allows, of which each says a whole person."""
        for _ in range(3):
            self._record(person)
            told = {name: person.get(name) for name in ("given_name", "family_name", "birth_date")}
            self.records[f"source_customer_id:{self.no:06d}"] |= told | {"email": person["email"]}

    def _record(self, person: dict[str, Any]) -> None:
        rng = self.rng
        self.no += 1
        key = f"source_customer_id:{self.no:06d}"
        self.records[key] = self._told(person, key)
        if rng.random() < 0.25:
            self.seen[key, person["card"]] = ("loyalty_id", "till")
        if rng.random() < 0.1:  # the company's own word, for some of the records of a person
            self.seen[key, f"known_person_id:{person['card'][-6:]}"] = ("known_person_id", "crm")

    def _told(self, person: dict[str, Any], key: str) -> dict[str, Any]:
        rng = self.rng
        told = {name: person.get(name) for name in _NAMES}
        told |= {"identity_key": key, "source_system": rng.choice(("crm", "shop"))}
        for name, lost in (("birth_date", 0.2), ("email", 0.4), ("phone", 0.4), ("street", 0.2),
                           ("gender", 0.2), ("given_name", 0.03)):  # fmt: skip
            if rng.random() < lost:
                told[name] = None
        if rng.random() < 0.05:  # contacts alone: a spouse's telephone beside one's own mailbox
            told |= dict.fromkeys(("given_name", "family_name", "birth_date"))
            told["phone"] = rng.choice(self.people)["phone"]
        if told["given_name"] and rng.random() < 0.15:
            told["given_name"] = told["given_name"][0]
        if told["family_name"] and rng.random() < 0.15:
            told["family_name"] = told["family_name"][:2] + told["family_name"][3:]
        if rng.random() < 0.05:
            told["given_name"], told["family_name"] = told["family_name"], told["given_name"]
        if rng.random() < 0.05:
            told["phone"] = "555123456"  # half the town gives this one
        told["account_id"] = rng.choice((None, None, "a1", "a2"))
        told["updated_at"] = dt.datetime(2026, 1, 1 + self.night)
        return told

    def _visits(self, n: int) -> None:
        """Cookies with whom they were seen, orders of guests with a contact or two."""
        rng, keys = self.rng, sorted(self.records)
        for _ in range(n):
            cookie = f"cookie_id:{rng.randint(1, 3 * n)}"
            self.seen[rng.choice(keys), cookie] = ("cookie_id", "web")
            if rng.random() < 0.4:
                self.seen[cookie, f"email:{rng.choice(self.people)['email']}"] = ("email", "web")
            person = rng.choice(self.people)
            guest = f"email:{person['email']}"
            self.seen[guest, guest] = ("email", "shop")
            if rng.random() < 0.6:
                phone = rng.choice((person["phone"], "555123456", person["shared"]))
                self.seen[guest, f"phone:{phone}"] = ("phone", "shop")

    def change(self, share: float) -> None:
        """Let a night go by: records are added, corrected, deleted; people decide, or take back."""
        self.night += 1
        rng, n = self.rng, max(1, round(share * len(self.records)))
        for _ in range(n):
            what, key = rng.random(), rng.choice(sorted(self.records))
            if what < 0.35:
                self._record(rng.choice(self.people))
            elif what < 0.45:
                size = len(self.people)
                self._home()
                for person in self.people[size:]:
                    self._record(person)
            elif what < 0.55:
                self._namesake()
            elif what < 0.6:
                self._often(rng.choice(self.people))
            elif what < 0.8:
                self.records[key] = self._told(rng.choice(self.people), key)
            else:
                del self.records[key]
                self.seen = {ends: told for ends, told in self.seen.items() if key not in ends}
        for ends in rng.sample(sorted(self.seen), min(n, len(self.seen)) // 2):
            del self.seen[ends]
        self._visits(n)
        self._decide()

    def _decide(self) -> None:
        rng = self.rng
        if self.decisions and rng.random() < 0.3:
            self.decisions.pop(rng.randrange(len(self.decisions)))
        if rng.random() < 0.6:
            left, right = self._two()
            decision = Decision(rng.random() < 0.5, (left,), (right,))
            if all({left, right} != {*d.left, *d.right} for d in self.decisions):
                self.decisions.append(decision)

    def _two(self) -> list[str]:
        """Two records to decide on, often such as share a contact."""
        by_contact: dict[str, list[str]] = {}
        for key, told in sorted(self.records.items()):
            by_contact.setdefault(told["email"] or "", []).append(key)
        shared = [keys for mail, keys in sorted(by_contact.items()) if mail and len(keys) > 1]
        of = self.rng.choice(shared) if shared and self.rng.random() < 0.6 else sorted(self.records)
        return self.rng.sample(of, 2)

    def write(self, path: Path) -> Path:
        """Write the night's inputs of the matcher into a fresh database."""
        path.unlink(missing_ok=True)
        con = duckdb.connect(str(path))
        con.execute("create schema identity")
        con.execute(f"create table identity.int_identity_record ({_RECORD})")
        con.execute(f"create table identity.int_identifier_link ({_LINK})")
        rows = [tuple(told[name] for name in _NAMES) for told in self.records.values()]
        links: list[tuple[Any, ...]] = []

        def link(key: str, kind: str, identifier: str, system: str) -> None:
            at = dt.datetime(2026, 1, 1) + dt.timedelta(minutes=len(identifier) + len(key))
            own = key.split(":")[1] if kind == "source_customer_id" else None
            links.append((key, kind, identifier, system, own, False, at, at, at, 1 + len(key) % 3))

        for told in self.records.values():
            key, system = told["identity_key"], told["source_system"]
            link(key, "source_customer_id", key, system)
            for kind in ("email", "phone"):
                if told[kind] is not None:
                    link(key, kind, f"{kind}:{told[kind]}", system)
        for (key, identifier), (kind, system) in self.seen.items():
            link(key, kind, identifier, system)
        _insert(con, "int_identity_record", rows)
        _insert(con, "int_identifier_link", links)
        con.close()
        return path


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" for _ in rows[0])
    con.executemany(f"insert into identity.{table} values ({marks})", rows)
