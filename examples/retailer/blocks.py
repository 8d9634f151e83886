"""The sample in blocks of people: each simulated and written by itself, then put together.

Belongs here: one block's work, the processes that share the blocks, and what the truth sees of all
of them. Does not: what is simulated (world/), how a file looks (raw/), nor what is true (truth.py).

A block leaves the bodies of its files below `parts`/files and its tables as Parquet below
`parts`/tables. Blocks are put together in their order, so that the bytes do not depend on how many
processes there are or which of them is first.
"""

from __future__ import annotations

import multiprocessing
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import duckdb

from examples.retailer import truth
from examples.retailer.company import use
from examples.retailer.plan import Plan
from examples.retailer.raw.database import SHARED, SQL, WORDS, open_database, open_empty
from examples.retailer.raw.families import FAMILIES
from examples.retailer.raw.files import FileNote, write_family
from examples.retailer.raw.loyalty import write_loyalty
from examples.retailer.raw.weblog import write_weblog
from examples.retailer.scenario import Scenario
from examples.retailer.world.simulate import simulate

Progress = Callable[[str], None]


def make_block(
    plan: Plan, scenario: Scenario, block: int, parts: Path, threads: int, progress: Progress
) -> list[FileNote]:
    """Simulate one block of people and write its share of every file; notes of what it wrote."""
    use(scenario.company())
    world, latent = simulate(plan, scenario, progress, block)
    con = open_database(world, latent, threads)
    shared_tables = world.tables.shared
    del world, latent  # the database has it all
    try:
        for name in ("_person", "_service", "_surveys", "_channels"):
            con.execute((SQL / f"{name}.sql").read_text(encoding="utf-8"))
        notes: list[FileNote] = []
        mine = [family for family in FAMILIES if block == 0 or not family.is_company]
        for family in mine:
            notes += _said(progress, family.name, write_family(con, family, plan, files_of(parts)))
        notes += _said(progress, "loyalty", write_loyalty(con, plan, files_of(parts)))
        notes += _said(progress, "web", write_weblog(con, plan, files_of(parts)))
        shared = SHARED | shared_tables if block else set()
        _keep_tables(con, parts / "tables", shared)
        return notes
    finally:
        con.close()


def files_of(parts: Path) -> Path:
    """Where a block's files are."""
    return parts / "files"


def make_blocks(
    plan: Plan, scenario: Scenario, parts: Path, progress: Progress
) -> Iterator[list[FileNote]]:
    """Make all blocks, each below `parts`/<block>; their notes in the order of the blocks.

    A single block is made in this process, several by as many processes as there are cores.
    """
    if plan.n_blocks == 1:
        yield make_block(plan, scenario, 0, parts / "0", 2, progress)
        return
    processes = min(plan.n_blocks, os.cpu_count() or 1)
    # A fresh interpreter each: forking one that has DuckDB's or Arrow's threads may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        work = [
            pool.submit(make_block, plan, scenario, block, parts / str(block), 1, _silent)
            for block in range(plan.n_blocks)
        ]
        for block, future in enumerate(work):
            notes = future.result()
            rows = sum(note.rows for note in notes)
            progress(f"people {block + 1} of {plan.n_blocks} blocks: {rows:,} rows")
            yield notes


def _silent(line: str) -> None:
    """Say nothing: of several blocks only their end is told."""


def _said(progress: Progress, name: str, notes: list[FileNote]) -> list[FileNote]:
    progress(f"{name}: {sum(n.rows for n in notes):,} rows in {len(notes):,} files")
    return notes


def _keep_tables(con: duckdb.DuckDBPyConnection, folder: Path, but: set[str]) -> None:
    """Write the tables that the truth reads, `but` those that another block has written."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = " ".join(truth.queries())
    for (name,) in con.execute("select table_name from duckdb_tables()").fetchall():
        if name not in but and re.search(rf"\b{name}\b", wanted):
            con.execute(f"copy {name} to '{folder}/{name}.parquet' (compression lz4)")


def open_whole(plan: Plan, scenario: Scenario, parts: Path) -> duckdb.DuckDBPyConnection:
    """Open the tables of all blocks together, by the names that they have in one block."""
    con = open_empty(plan, scenario, threads=2)
    con.execute(f"set memory_limit = '3GB'; set temp_directory = '{parts}/spill'")
    for path in sorted((parts / "0" / "tables").glob("*.parquet")):
        if path.stem not in WORDS:
            con.execute(
                f"create view {path.stem} as from read_parquet('{parts}/*/tables/{path.name}')"
            )
    return con
