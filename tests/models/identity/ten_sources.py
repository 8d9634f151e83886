"""A company of ten source systems, each with a shape of its own, and who is who in them.

Belongs here: couples who share a home and at times a telephone or mailbox, what each system has of
them, the matcher's inputs. Does not: any expectation.
"""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import duckdb

SEEN = dt.datetime(2026, 1, 1)
#: Names as three systems write them, and as those that write in Latin letters do.
SCRIPTS: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]]]] = {
    "moscow": (
        [("Анна", "Anna"), ("Иван", "Ivan"), ("Мария", "Maria"), ("Сергей", "Sergei"),
         ("Ольга", "Olga"), ("Дмитрий", "Dmitri"), ("Наталья", "Natalia"), ("Павел", "Pavel")],
        [("Иванова", "Ivanova"), ("Петров", "Petrov"), ("Смирнова", "Smirnova"),
         ("Соколова", "Sokolova"), ("Попов", "Popov"), ("Волкова", "Volkova")],
    ),
    "athens": (
        [("Ελένη", "Eleni"), ("Γιώργος", "Giorgos"), ("Κατερίνα", "Katerina"),
         ("Νίκος", "Nikos"), ("Δημήτρης", "Dimitris"), ("Σοφία", "Sofia"), ("Πέτρος", "Petros")],
        [("Παπαδόπουλος", "Papadopoulos"), ("Νικολάου", "Nikolaou"), ("Γεωργίου", "Georgiou"),
         ("Ιωάννου", "Ioannou"), ("Μακρής", "Makris"), ("Αντωνίου", "Antoniou")],
    ),
    "cairo": (
        [("فاطمة", "Fatima"), ("محمد", "Mohamed"), ("عائشة", "Aisha"), ("أحمد", "Ahmed"),
         ("مريم", "Maryam"), ("يوسف", "Youssef"), ("خديجة", "Khadija"), ("علي", "Ali")],
        [("الحسيني", "Husseini"), ("المصري", "Masri"), ("البغدادي", "Baghdadi"),
         ("الخطيب", "Khatib"), ("حداد", "Haddad"), ("قاسم", "Qasim")],
    ),
}  # fmt: skip
#: System and what it says of a person, beside its own id.
SHAPES: dict[str, tuple[str, ...]] = {
    "ids": (),
    "names": ("given_name", "family_name"),
    "letters": ("email",),
    "moscow": ("given", "family", "birth_date", "email", "phone"),
    "athens": ("given", "family", "birth_date", "phone", "street", "postal_code"),
    "cairo": ("given", "family", "birth_date", "email", "postal_code"),
    "hotline": ("phone",),
    "till": ("given_name", "family_name", "birth_date", "email", "loyalty_id"),
    "web": ("email", "cookie_id"),
    "firms": ("given_name", "family_name", "email", "phone", "account_id"),
}
#: What says nothing of who somebody is by itself, or of whom: such records stay alone.
ALONE = ("ids", "names")
_COLUMNS = (
    "given_name", "family_name", "birth_date", "email", "phone", "street", "postal_code",
    "account_id",
)  # fmt: skip
_LINKS = ("email", "phone", "loyalty_id", "cookie_id")


class TenSources:
    """People's records in ten systems; every choice follows from the seed."""

    def __init__(self, n_homes: int, seed: int) -> None:
        self.rng = random.Random(seed)
        self.records: list[dict[str, Any]] = []
        self.truth: dict[str, int] = {}
        self.cookies: dict[str, int] = {}
        for home in range(n_homes):
            for person in self._couple(home):
                for system, shape in SHAPES.items():
                    if self.rng.random() < 0.5:
                        self._record(person, system, shape)

    def _couple(self, home: int) -> list[dict[str, Any]]:
        rng = self.rng
        own = rng.choice(sorted(SCRIPTS))
        givens, families = SCRIPTS[own]
        family = rng.choice(families)
        shared = f"+4930{rng.randint(10**6, 10**7)}"
        couple = []
        for place, given in enumerate(rng.sample(givens, 2)):
            number = 2 * home + place
            couple.append(
                {
                    "number": number, "own": own, "given": given[0], "family": family[0],
                    "given_name": given[1], "family_name": family[1],
                    "birth_date": dt.date(1950, 1, 1) + dt.timedelta(rng.randint(0, 18000)),
                    "email": f"{given[1]}.{family[1]}{number}@x.example".lower(),
                    "phone": shared if rng.random() < 0.3 else f"+4917{rng.randint(10**7, 10**8)}",
                    "street": f"Ring {home % 90}", "postal_code": f"{10000 + home % 40}",
                    "loyalty_id": f"{900000 + number}", "cookie_id": f"k{number}",
                    "account_id": f"a{home % 25}",
                }
            )  # fmt: skip
        if rng.random() < 0.1:
            couple[1]["email"] = couple[0]["email"]
        for one, other in (couple, couple[::-1]):
            one["shares"] = {one["email"], one["phone"]} & {other["email"], other["phone"]}
        return couple

    def _record(self, person: dict[str, Any], system: str, shape: tuple[str, ...]) -> None:
        if system in SCRIPTS and system != person["own"]:
            return
        # of a contact that two have and nothing else nobody could say whose the record is
        if system in ("hotline", "letters", "web") and person["shares"]:
            return
        key = f"source_customer_id:{system}-{person['number']:05d}"
        said = {name: person[name] for name in shape}
        if system in SCRIPTS:
            said |= {"given_name": said.pop("given"), "family_name": said.pop("family")}
        for name in ("birth_date", "phone", "street"):
            if name in said and len(said) > 2 and self.rng.random() < 0.15:
                del said[name]
        self.records.append({"identity_key": key, "source_system": system, **said})
        self.truth[key] = person["number"]
        if "cookie_id" in said:
            self.cookies[f"cookie_id:{said['cookie_id']}"] = person["number"]

    def write(self, path: Path) -> Path:
        """Write the matcher's inputs into a fresh database."""
        path.unlink(missing_ok=True)
        records = [
            tuple(r.get(name) for name in ("identity_key", "source_system", *_COLUMNS))
            for r in self.records
        ]
        links = [
            (r["identity_key"], kind, value, r["source_system"])
            for r in self.records
            for kind, value in (
                ("source_customer_id", r["identity_key"]),
                *((kind, f"{kind}:{r[kind]}") for kind in _LINKS if kind in r),
            )
        ]
        links += [(cookie, "cookie_id", cookie, "web") for cookie in self.cookies]
        con = duckdb.connect(str(path))
        con.execute("create schema identity")
        con.execute(
            "create table identity.int_identity_record (identity_key varchar, source_system"
            " varchar, given_name varchar, family_name varchar, birth_date date, email varchar,"
            " phone varchar, street varchar, postal_code varchar, account_id varchar)"
        )
        con.execute(
            "create table identity.int_identifier_link as select ''::varchar as identity_key, ''"
            "::varchar as identifier_type, ''::varchar as identifier_key, ''::varchar as"
            " source_system, null::varchar as source_customer_id, false as is_placeholder,"
            " timestamp '2026-01-01' as first_seen_at, timestamp '2026-01-01' as last_seen_at,"
            " timestamp '2026-01-01' as known_at, 1 as n_rows where false"
        )
        for sql, rows in (
            ("insert into identity.int_identity_record select {}", records),
            ("insert into identity.int_identifier_link by name select unnest(?) as identity_key,"
             " unnest(?) as identifier_type, unnest(?) as identifier_key,"
             " unnest(?) as source_system, false as is_placeholder,"
             " timestamp '2026-01-01' as first_seen_at, timestamp '2026-01-01' as last_seen_at,"
             " timestamp '2026-01-01' as known_at, 1 as n_rows", links),
        ):  # fmt: skip
            columns = [list(column) for column in zip(*rows, strict=True)]
            con.execute(sql.format(", ".join("unnest(?)" for _ in columns)), columns)
        con.close()
        return path
