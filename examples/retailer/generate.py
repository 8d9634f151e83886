"""Make the sample company: plan, simulate, write.

Belongs here: the order of the work. Does not: any of the work.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextvars import copy_context
from datetime import date
from pathlib import Path

from examples.retailer.blocks import files_of, make_blocks, open_whole
from examples.retailer.company import company_file, use
from examples.retailer.plan import BLOCK, MANIFEST, Plan, make_plan, manifest, resume
from examples.retailer.raw.assembly import Assembly
from examples.retailer.raw.figures import write_figures
from examples.retailer.raw.files import put
from examples.retailer.scenario import Scenario, load_scenario
from examples.retailer.truth import write_truth


def generate(
    out: Path,
    customers: int,
    days: int,
    seed: int,
    until: date,
    scenario: Path | None,
    progress: Callable[[str], None],
    block_size: int = BLOCK,
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
        scenario: YAML file with rates, effects, countries, corruption (see scenario.py), or None.
        progress: told one line at a time what was done, on how many rows.
        block_size: people simulated at a time (see plan.py).

    Raises:
        SampleError: a wish that cannot be met, a wrong scenario file, or another sample in `out`.
    """
    wanted = load_scenario(scenario)
    plan = make_plan(customers, days, seed, until, wanted.digest(), block_size)
    plan = resume(out, plan)
    # in a context of its own: what this company replaces is so for nobody who comes after it
    copy_context().run(_make, plan, wanted, out, progress)


def _make(plan: Plan, wanted: Scenario, out: Path, progress: Callable[[str], None]) -> None:
    """Simulate and write, block by block."""
    use(wanted.company())
    put(out / MANIFEST, _json(plan))
    progress(f"{plan.customers:,} people, {plan.first} to {plan.until}")
    parts = out / ".parts"
    shutil.rmtree(parts, ignore_errors=True)  # what a stopped run left
    assembly = Assembly(out)
    for block, notes in enumerate(make_blocks(plan, wanted, parts, progress)):
        assembly.add(files_of(parts / str(block)), notes)
    written = assembly.finish()
    con = open_whole(plan, wanted, parts)
    try:
        written += write_figures(con, plan, out)
        write_truth(con, plan, wanted, written, out)
    finally:
        con.close()
        shutil.rmtree(parts, ignore_errors=True)
    put(out / "company.yml", company_file())
    progress(f"{len(written):,} files, {sum(n.rows for n in written):,} rows in {out}")


def _json(plan: Plan) -> bytes:
    return (json.dumps(manifest(plan), indent=2, sort_keys=True) + "\n").encode()
