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

from examples.retailer.names import name_parts
from examples.retailer.places import HOME, categories, countries, cultures, phrases
from examples.retailer.plan import Plan
from examples.retailer.raw.clauses import clauses, devices, joints
from examples.retailer.scenario import Scenario
from examples.retailer.world import agents, lines
from examples.retailer.world.incidents import action_day, chosen_day
from examples.retailer.world.notes import Notes
from examples.retailer.world.opening import n_equipped, n_shops, shop_hours
from examples.retailer.world.service import n_agents
from examples.retailer.world.state import Rows, World

#: Tables that `open_empty` makes.
WORDS = {"place", "word", "name_part", "culture", "city", "category", "phrase"}
WORDS |= {"clause", "joint", "device", "shop_hours"}
#: Tables that are the same in every block, beside those that the world says are shared.
SHARED = {*WORDS, "product", "rate", "agent"}
#: Columns that hold a person's number within the block.
PERSON_COLUMNS = ("person", "head")
SQL = Path(__file__).parent / "sql"
#: Scenario's corruption shares that SQL needs.
SHARES = (
    "email_missing",
    "email_other",
    "email_case",
    "email_plus",
    "email_typo",
    "phone_missing",
    "phone_other",
    "phone_local",
    "name_typo",
    "name_spelling",
    "nickname",
    "initial",
    "name_swapped",
    "stale",
    "broken_row",
    "blank_line",
    "late_event",
)


def open_empty(plan: Plan, scenario: Scenario, threads: int) -> duckdb.DuckDBPyConnection:
    """Open an in-memory database with the words, the variables and the shared SQL functions."""
    con = duckdb.connect(":memory:")
    con.execute(f"set threads = {threads}; set enable_progress_bar = false")
    con.execute("set TimeZone = 'UTC'")
    con.execute((SQL / "_macros.sql").read_text(encoding="utf-8"))
    places = countries()
    variables: dict[str, Any] = {
        "first_day": plan.first_day,
        "archive_day": plan.archive_day,
        "until_day": plan.until_day,
        "home_zone": places[HOME]["timezone"],
        "n_countries": len(places),
        "n_stores": n_shops(plan),
        "n_equipped": n_equipped(plan),
        "action_day": action_day(plan),
        "chosen_day": chosen_day(plan),
        "n_agents": n_agents(plan),
        "codes": [c["code"] for c in places],
        "teams": [*(f"Phone {c['code']}" for c in places), "Digital"],
        **{name: scenario.corruption.share(name) for name in SHARES},
    }
    for name, value in variables.items():
        con.execute(f"set variable {name} = {value!r}")
    _words(con)
    return con


def open_database(world: World, notes: Notes, threads: int) -> duckdb.DuckDBPyConnection:
    """Load a block's world and its words into an in-memory database; the caller closes it."""
    con = open_empty(world.plan, world.scenario, threads)
    con.execute(f"set variable block = {world.block}")
    for name in world.tables.names():
        _load(con, name, numbered(world, with_days(world, world.tables.whole(name))))
    people = {k: v for k, v in world.people.items() if v.ndim == 1}
    _load(con, "people", numbered(world, people))
    _load(con, "product", lines.catalogue(world))
    _load(con, "rate", rates(world))
    _load(con, "moment", numbered(world, notes.table("moments")))
    _load(con, "want", numbered(world, notes.table("wants")))
    _load(con, "reach", numbered(world, notes.table("outreach")))
    _load(con, "agent", agents.table(n_agents(world.plan)))
    _table(con, "fact", [{"name": k, "value": float(v)} for k, v in notes.facts.items()])
    return con


def with_days(world: World, rows: Rows) -> Rows:
    """Add, for every column of instants, the day at the head office: `t` gives `t_day`."""
    found = dict(rows)
    for name, values in rows.items():
        if name == "t" or name.endswith("_t"):
            day = world.clocks.business_day(values)
            found[f"{name}_day"] = np.where(values >= 0, day, -1)
    return found


def numbered(world: World, rows: Rows) -> Rows:
    """Number people over all blocks, in the columns that hold people."""
    return {k: world.numbered(v) if k in PERSON_COLUMNS else v for k, v in rows.items()}


def rates(world: World) -> Rows:
    """Exchange rates of every day, units for one of the head office's currency.

    A random walk with a stream a week; at weekends, when no bank quotes, Friday's stand.
    """
    home, places = countries()[HOME], countries()
    foreign = {c["currency"]: c["rate"] for c in places if c["currency"] != home["currency"]}
    steps = [
        world.streams.of("fx", week).normal(0, 0.0045, (7, len(foreign)))
        for week in range(world.week)
    ]
    day = world.plan.first_day + np.arange(7 * world.week)
    moves = np.concatenate(steps) * ((day + 3) % 7 < 5)[:, None]
    walk = np.exp(np.cumsum(moves, axis=0)) / np.array(list(foreign.values()), dtype=float)
    return {
        "day": np.tile(day, len(foreign)),
        "currency": np.repeat(np.array(list(foreign), dtype=str), len(day)),
        "rate": walk.T.ravel(),
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
    places = countries()
    lists = ("mobile", "landline", "domains", "cultures", "cities", "streets")
    simple = [k for k in places[0] if k not in lists]
    _table(
        con, "place", [{"country": i, **{k: c[k] for k in simple}} for i, c in enumerate(places)]
    )
    words = [
        {"country": i, "kind": kind, "no": no, "word": word}
        for i, c in enumerate(places)
        for kind in ("streets", "domains", "mobile", "landline")
        for no, word in enumerate(c[kind])
    ]
    _table(con, "word", words)
    cities = [
        {"country": i, "no": no, "city": city, "region": region, "postal": postal}
        for i, c in enumerate(places)
        for no, (city, region, postal) in enumerate(c["cities"])
    ]
    _table(con, "city", cities)
    _table(con, "name_part", name_parts())
    _table(con, "culture", [{"culture": i, "name": name} for i, name in enumerate(cultures())])
    _table(con, "shop_hours", shop_hours())
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
