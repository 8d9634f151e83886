"""Make the sample company: plan, simulate, write.

Belongs here: the order of the work. Does not: any of the work.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

from examples.retailer.places import DATA
from examples.retailer.plan import MANIFEST, Plan, make_plan, manifest, resume
from examples.retailer.raw.database import SQL, open_database
from examples.retailer.raw.families import FAMILIES
from examples.retailer.raw.files import FileNote, put, write_family
from examples.retailer.raw.loyalty import write_loyalty
from examples.retailer.scenario import load_scenario
from examples.retailer.truth import write_truth
from examples.retailer.world.simulate import simulate


def generate(
    out: Path,
    customers: int,
    days: int,
    seed: int,
    until: date,
    scenario: Path | None,
    progress: Callable[[str], None],
) -> None:
    """Write the sample company to `out`: raw/, company.yml, truth/ and the manifest.

    Where `out` already holds the same sample up to an earlier day, it is carried on to `until`:
    files that are there stay as they are.

    Args:
        out: directory, new, empty or with a sample of the same sizes and seed.
        customers: people known to the company at the anchor (see plan.py), at least 1.
        days: days of history up to the anchor, at least 1.
        seed: all that is random follows from it.
        until: last day of history.
        scenario: YAML file with rates, effects and corruption (see scenario.py), or None.
        progress: told one line at a time what was done, on how many rows.

    Raises:
        SampleError: a wish that cannot be met, a wrong scenario file, or another sample in `out`.
    """
    wanted = load_scenario(scenario)
    plan = resume(out, make_plan(customers, days, seed, until, wanted.digest()))
    put(out / MANIFEST, _json(plan))
    progress(f"{plan.customers:,} people, {plan.first} to {plan.until}")
    world, latent = simulate(plan, wanted, progress)
    con = open_database(world, latent)
    try:
        for name in ("_person", "_service", "_surveys"):
            con.execute((SQL / f"{name}.sql").read_text(encoding="utf-8"))
        notes: list[FileNote] = []
        for family in FAMILIES:
            notes += _said(progress, family.name, write_family(con, family, plan, out))
        notes += _said(progress, "loyalty", write_loyalty(con, plan, out))
        write_truth(con, plan, wanted, notes, out)
    finally:
        con.close()
    put(out / "company.yml", (DATA / "company.yml").read_bytes())
    progress(f"{len(notes):,} files, {sum(n.rows for n in notes):,} rows in {out}")


def _said(progress: Callable[[str], None], name: str, notes: list[FileNote]) -> list[FileNote]:
    progress(f"{name}: {sum(n.rows for n in notes):,} rows in {len(notes):,} files")
    return notes


def _json(plan: Plan) -> bytes:
    return (json.dumps(manifest(plan), indent=2, sort_keys=True) + "\n").encode()
