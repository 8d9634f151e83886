"""A made town for the matcher: people whose records share no exact identifier.

Belongs here: homes with twins and children, their records with what goes wrong in them, and the
matcher's inputs. Does not: any expectation.
"""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import duckdb
import pyarrow as pa

SEEN = dt.datetime(2026, 1, 1)
GIVEN = [
    "Anna", "Lukas", "Maria", "Paul", "Clara", "Jonas", "Emma", "Felix", "Laura", "David",
    "Sarah", "Simon", "Julia", "Martin", "Nina", "Robert", "Eva", "Peter", "Helen", "Oscar",
    "Ida", "Victor", "Alma", "Hugo", "Greta", "Anton", "Rosa", "Karl", "Vera", "Emil",
]  # fmt: skip
FAMILY = [
    first + last
    for first in ("Berg", "Stein", "Wald", "Bach", "Feld", "Holz", "Brunn", "Linden")
    for last in ("mann", "er", "hofer", "ner", "ler", "inger", "auer", "stedt", "meier", "huber")
]
STREETS = ["Haupt", "Garten", "Ring", "Wiesen", "Berg", "Kirch", "Bahnhof", "Schul", "Dorf", "Wald"]

COLUMNS = {
    "identity_key": pa.string(), "source_system": pa.string(), "given_name": pa.string(),
    "family_name": pa.string(), "birth_date": pa.date32(), "street": pa.string(),
    "postal_code": pa.string(), "city": pa.string(),
}  # fmt: skip


class Town:
    """Records and who they are of.

    Args:
        n_homes: Homes; every one has one to three people, every tenth has twins.
        copies: The most records of a person.
        wrong: Chance that a value of a record is wrong or missing.
    """

    def __init__(self, n_homes: int, copies: int = 3, wrong: float = 0.15, seed: int = 4) -> None:
        self.rng = random.Random(seed)
        self.columns = dict(COLUMNS)
        self.records: list[tuple] = []
        self.truth: dict[str, int] = {}
        self.twins: list[tuple[int, int]] = []
        person = 0
        for home in range(n_homes):
            family, address = self.rng.choice(FAMILY), self._address()
            names = self.rng.sample(GIVEN, self.rng.randint(1, 3))
            born = self._born()
            for place, given in enumerate(names):
                is_twin = home % 10 == 0 and place == 1
                if is_twin:
                    self.twins.append((person - 1, person))
                born = born if is_twin else self._born()
                for _ in range(self.rng.randint(1, copies)):
                    self._record(person, given, family, born, address, wrong)
                person += 1

    def _address(self) -> tuple[str, str, str]:
        rng = self.rng
        street = f"{rng.choice(STREETS)}strasse {rng.randint(1, 150)}"
        return street, f"{rng.randint(10000, 10400)}", f"Town {chr(65 + rng.randint(0, 9))}"

    def _born(self) -> dt.date:
        return dt.date(1940, 1, 1) + dt.timedelta(days=self.rng.randint(0, 23000))

    def _record(self, person, given, family, born, address, wrong) -> None:
        def spoilt(text: str) -> str:
            at = self.rng.randint(1, len(text) - 2)
            return text[:at] + text[at + 1 :] if self.rng.random() < wrong else text

        no = len(self.records)
        key = f"source_customer_id:{no:06d}"
        street, postal, city = address
        shown = born if self.rng.random() > wrong else None
        self.records.append(
            (key, "crm", spoilt(given), spoilt(family), shown, spoilt(street), postal, city)
        )
        self.truth[key] = person

    def write(self, path: Path, *, is_shuffled: bool = False) -> Path:
        """Write the matcher's inputs into a fresh database."""
        path.unlink(missing_ok=True)
        rows = list(self.records)
        if is_shuffled:
            random.Random(9).shuffle(rows)
        con = duckdb.connect(str(path))
        con.execute("create schema identity")
        columns = {
            name: pa.array([row[at] for row in rows], kind)
            for at, (name, kind) in enumerate(self.columns.items())
        }
        con.register("rows", pa.table(columns))
        con.execute("create table identity.int_identity_record as select * from rows")
        con.unregister("rows")
        con.execute(
            "create table identity.int_identifier_link as select identity_key,"
            " 'source_customer_id' as identifier_type, identity_key as identifier_key,"
            " source_system, identity_key as source_customer_id, false as is_placeholder,"
            " timestamp '2026-01-01' as first_seen_at, timestamp '2026-01-01' as last_seen_at,"
            " timestamp '2026-01-01' as known_at, 1 as n_rows from identity.int_identity_record"
        )
        con.close()
        return path

    def found(self, state: Path) -> dict[str, str]:
        """Give the customer of every record."""
        file = str(state / "identity_map.parquet")
        sql = "select identity_key, customer_id from read_parquet(?)"
        return dict(duckdb.connect().execute(sql, [file]).fetchall())

    def quality(self, state: Path) -> tuple[float, float]:
        """Give pairwise precision and recall."""
        customer = self.found(state)
        keys = sorted(self.truth)
        same = both = true = 0
        for i, a in enumerate(keys):
            for b in keys[i + 1 :]:
                is_true, is_same = self.truth[a] == self.truth[b], customer[a] == customer[b]
                true += is_true
                same += is_same
                both += is_true and is_same
        return both / max(same, 1), both / max(true, 1)
