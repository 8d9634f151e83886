"""A scratch DuckDB with the world's tables, in which the lines of the files are put together.

Belongs here: loading tables and words, and the SQL functions that the files in sql/ share. Does
not: any one file's format.

Only functions whose result is the same in every version are used for what is written: md5, never
hash().
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from examples.retailer.places import categories, countries, phrases
from examples.retailer.raw.clauses import clauses, devices, joints
from examples.retailer.world import agents, lines
from examples.retailer.world.incidents import action_day, chosen_day
from examples.retailer.world.notes import Notes
from examples.retailer.world.service import n_agents
from examples.retailer.world.state import Rows, World

SQL = Path(__file__).parent / "sql"
#: Scenario's corruption shares that SQL needs.
SHARES = (
    "email_missing",
    "email_case",
    "email_plus",
    "email_typo",
    "phone_missing",
    "phone_local",
    "name_typo",
    "broken_row",
    "blank_line",
    "late_event",
)


def open_database(world: World, notes: Notes) -> duckdb.DuckDBPyConnection:
    """Load the world and its words into an in-memory database; the caller closes it."""
    con = duckdb.connect(":memory:")
    con.execute("set threads = 2")
    con.execute("set TimeZone = 'UTC'")
    con.execute((SQL / "_macros.sql").read_text(encoding="utf-8"))
    plan = world.plan
    variables: dict[str, Any] = {
        "first_day": plan.first_day,
        "archive_day": plan.archive_day,
        "until_day": plan.until_day,
        "n_stores": 3 * max(1, min(20, plan.customers // 1200)),  # as many in each country
        "action_day": action_day(world),
        "chosen_day": chosen_day(world),
        "n_agents": n_agents(world),
        **{name: world.scenario.corruption.share(name) for name in SHARES},
    }
    for name, value in variables.items():
        con.execute(f"set variable {name} = {value}")
    for name in world.tables.names():
        _load(con, name, with_days(world, world.tables.whole(name)))
    people = {k: v for k, v in world.people.items() if v.ndim == 1}
    _load(con, "people", people)
    _load(con, "product", lines.catalogue(world))
    _load(con, "rate", rates(world))
    _load(con, "moment", notes.table("moments"))
    _load(con, "want", notes.table("wants"))
    _load(con, "reach", notes.table("outreach"))
    _load(con, "agent", agents.table(n_agents(world)))
    _table(con, "fact", [{"name": k, "value": float(v)} for k, v in notes.facts.items()])
    _words(con)
    return con


def with_days(world: World, rows: Rows) -> Rows:
    """Add, for every column of instants, the day at the head office: `t` gives `t_day`."""
    found = dict(rows)
    for name, values in rows.items():
        if name == "t" or name.endswith("_t"):
            day = world.clocks.business_day(values)
            found[f"{name}_day"] = np.where(values >= 0, day, -1)
    return found


def rates(world: World) -> Rows:
    """Exchange rates of every day: a random walk with a stream a week."""
    start = {"GBP": 1.17, "RON": 0.2012}
    steps = [world.streams.of("fx", week).normal(0, 0.003, (7, 2)) for week in range(world.week)]
    walk = np.exp(np.cumsum(np.concatenate(steps), axis=0))
    day = world.plan.first_day + np.arange(len(walk))
    return {
        "day": np.concatenate([day, day]),
        "currency": np.repeat(list(start), len(walk)),
        "rate": np.concatenate([walk[:, i] * base for i, base in enumerate(start.values())]),
    }


def _load(con: duckdb.DuckDBPyConnection, name: str, rows: Rows) -> None:
    con.register("loading", pa.table(dict(rows)))
    con.execute(f"create table {name} as select * from loading")
    con.unregister("loading")


def _table(con: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, Any]]) -> None:
    con.register("loading", pa.Table.from_pylist(rows))
    con.execute(f"create table {name} as select * from loading")
    con.unregister("loading")


def _words(con: duckdb.DuckDBPyConnection) -> None:
    simple = ("code", "language", "timezone", "currency", "price_factor", "dial")
    places = countries()
    _table(
        con, "place", [{"country": i, **{k: c[k] for k in simple}} for i, c in enumerate(places)]
    )
    words = [
        {"country": i, "kind": kind, "no": no, "word": word}
        for i, c in enumerate(places)
        for kind in ("female", "male", "family", "streets", "domains", "mobile")
        for no, word in enumerate(c[kind])
    ]
    _table(con, "word", words)
    cities = [
        {"country": i, "no": no, "city": city, "region": region, "postal": postal}
        for i, c in enumerate(places)
        for no, (city, region, postal) in enumerate(c["cities"])
    ]
    _table(con, "city", cities)
    digits = [{"country": i, "digits": c["mobile_digits"]} for i, c in enumerate(places)]
    _table(con, "digits", digits)
    _table(con, "category", [{"category": i, **c} for i, c in enumerate(categories())])
    _table(con, "phrase", list(_phrases()))
    _table(con, "clause", clauses())
    _table(con, "joint", joints())
    _table(con, "device", devices())


def _phrases() -> list[dict[str, Any]]:
    """One row a language, topic, polarity and variant; openings and the word between apart."""
    found = []
    book = phrases()
    for language, parts in book["languages"].items():
        for no, opening in enumerate(parts["openings"]):
            found.append(_phrase(language, "opening", 0, no, opening))
        found.append(_phrase(language, "but", 0, 0, parts["but"]))
        for topic, name in enumerate(book["topics"]):
            for polarity in ("liked", "disliked"):
                for no, text in enumerate(parts[name][polarity]):
                    found.append(_phrase(language, polarity, topic, no, text))
    return found


def _phrase(language: str, kind: str, topic: int, no: int, text: str) -> dict[str, Any]:
    return {"language": language, "kind": kind, "topic": topic, "no": no, "text": text}
