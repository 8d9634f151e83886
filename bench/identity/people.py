"""The customer records of a sample world alone: the sample's people, without what they do.

Belongs here: a company of three systems (CRM, loyalty, shop) as the sample's generator makes them,
of any size, for a night of identity alone. Does not: measuring, nor anything of the matcher.

A million records take a minute, where the whole world of as many people takes hours. People move
house as in the sample; what needs orders (points on a card) is left empty.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from examples.retailer.company import company_file, use
from examples.retailer.plan import DEFAULT_DAYS, Plan, make_plan
from examples.retailer.raw.assembly import Assembly
from examples.retailer.raw.database import SQL, numbered, open_empty
from examples.retailer.raw.families import FAMILIES
from examples.retailer.raw.files import write_family
from examples.retailer.raw.loyalty import write_loyalty
from examples.retailer.scenario import Scenario, load_scenario
from examples.retailer.world.marketing import move_house
from examples.retailer.world.state import World

FILES = ("crm", "accounts")
SYSTEMS = ("crm", "loyalty", "shop")
_EMPTY = {
    "orders": "no bigint, person bigint, t_day bigint, is_guest boolean",
    "lines": "order_no bigint, country bigint, amount bigint, t_day bigint",
}


def write_people(out: Path, customers: int, seed: int, until: date) -> Path:
    """Write raw files, company file and truth of so many people; the company file.

    Truth is truth/person_source.parquet: source_system, source_customer_id, person, head (of the
    home) and is_twin.
    """
    scenario = load_scenario(None)
    plan = make_plan(customers, DEFAULT_DAYS, seed, until, scenario.digest())
    use(scenario.company())
    assembly, truth = Assembly(out), []
    for block in range(plan.n_blocks):
        con = _open_people(plan, scenario, block)
        parts = out / ".parts"
        written = [
            n for f in FAMILIES if f.name in FILES for n in write_family(con, f, plan, parts)
        ]
        assembly.add(parts, written + write_loyalty(con, plan, parts))
        truth.append(con.execute(_TRUTH).to_arrow_table())
        con.close()
        shutil.rmtree(parts, ignore_errors=True)
    assembly.finish()
    (out / "truth").mkdir()
    pq.write_table(pa.concat_tables(truth), out / "truth" / "person_source.parquet")
    company = out / "company.yml"
    company.write_text(_company(), encoding="utf-8")
    return company


def _open_people(plan: Plan, scenario: Scenario, block: int) -> duckdb.DuckDBPyConnection:
    """Open a block's people and their moves in the generator's database."""
    world = World.create(plan, scenario, block)
    for _ in range(plan.n_weeks):
        move_house(world, world.rng("moves"))
        world.week += 1
    con = open_empty(plan, scenario, threads=2)
    con.execute(f"set variable block = {block}")
    people = {name: trait for name, trait in world.people.items() if trait.ndim == 1}
    for name, rows in (("people", people), ("move", world.tables.whole("move"))):
        con.register("loading", pa.table(numbered(world, rows)))
        con.execute(f"create table {name} as select * from loading")
        con.unregister("loading")
    for name, columns in _EMPTY.items():
        con.execute(f"create table {name} ({columns})")
    con.execute((SQL / "_person.sql").read_text(encoding="utf-8"))
    return con


_TRUTH = """
    select r.system as source_system, r.source_id as source_customer_id, r.person, p.head,
           p.is_twin
    from record r join person p using (person)
    where r.source_id is not null and r.from_day <= getvariable('until_day')
"""


def _company() -> str:
    """The sample's company file, of customer records alone."""
    told = yaml.safe_load(company_file())
    read = {"crm", "loyalty", "accounts"}
    company = {k: v for k, v in told["company"].items() if k != "churn"}
    return yaml.safe_dump(
        {
            "company": company,
            "sources": {name: told["sources"][name] for name in sorted(read)},
            "feeds": {"customer_records": told["feeds"]["customer_records"]},
            "settings": {"publish_source_ids": list(SYSTEMS)},
        },
        sort_keys=False,
    )
