"""A world, a night on it, and what became of it afterwards.

Belongs here: starting `wholeview` as a user does, and finding what it wrote. Does not: any judging.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

WHOLEVIEW = str(Path(sys.executable).with_name("wholeview"))
#: A Sunday: the sample's weeks end with it, so that risks are planted for the very next day.
AS_OF = dt.date(2026, 6, 28)
#: Days after as-of that the world goes on: the churn horizon.
AFTER_DAYS = 90
SYSTEMS = "[crm, loyalty, shop]"


class NightError(RuntimeError):
    """A command ended with another status than 0; the message is its last lines."""


@dataclass(frozen=True)
class World:
    """A run world: its seed, the published file, the truth as of the night and a horizon later."""

    seed: int
    published: Path
    truth: Path
    later: Path


def run_world(
    folder: Path, seed: int, customers: int, scenario: Path | None, say: Callable[[str], None]
) -> World:
    """Make the sample up to AS_OF, run a night, then let the world go on to see what comes.

    A world that `folder` already holds whole is given as it is.

    Raises:
        NightError: a command failed; a night that a gate stopped has no score.
    """
    raw, home = folder / f"sample_{seed}", folder / f"home_{seed}"
    later = AS_OF + dt.timedelta(days=AFTER_DAYS)
    world = World(
        seed,
        home / "published" / "current.duckdb",
        folder / f"truth_{seed}" / str(AS_OF),
        raw / "truth" / str(later),
    )
    if world.published.exists() and (world.later / "planted.json").exists():
        return world
    wish = ["--customers", str(customers), "--seed", str(seed)]
    if scenario is not None:
        wish += ["--scenario", str(scenario)]
    say(f"seed {seed}: making the world")
    _run(["sample", "--out", str(raw), *wish, "--until", str(AS_OF)])
    company = raw / "company.yml"
    _publish_ids(company)
    # The night runs where there is no truth at all: what it says cannot come from there.
    (raw / "truth").rename(world.truth.parent)
    say(f"seed {seed}: a night on it")
    _run(["run", "--company", str(company), "--home", str(home)])
    say(f"seed {seed}: {AFTER_DAYS} days later")
    _run(["sample", "--out", str(raw), *wish, "--until", str(later)])
    return world


def open_world(world: World) -> duckdb.DuckDBPyConnection:
    """Open the published version read-only as `pub`, the truths as views in `truth`, `later`."""
    con = duckdb.connect(":memory:")
    con.execute("set threads = 2")
    con.execute(f"attach '{world.published}' as pub (read_only)")
    for schema, folder in (("truth", world.truth), ("later", world.later)):
        con.execute(f"create schema {schema}")
        for path in sorted(folder.glob("*.parquet")):
            con.execute(f"create view {schema}.{path.stem} as from read_parquet('{path}')")
    return con


def _publish_ids(company: Path) -> None:
    """Ask for every system's own customer numbers: by them records are told apart afterwards."""
    text = company.read_text(encoding="utf-8")
    wanted = text.replace("publish_source_ids: [crm]", f"publish_source_ids: {SYSTEMS}")
    if wanted == text:
        raise NightError(f"{company}: no line 'publish_source_ids: [crm]' to widen")
    company.write_text(wanted, encoding="utf-8")


def _run(arguments: list[str]) -> None:
    command = [WHOLEVIEW, *arguments]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(  # noqa: S603 - our own command
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stdout + done.stderr).strip().splitlines()[-12:]
        ended = f"wholeview {arguments[0]} ended with {done.returncode}:"
        raise NightError("\n".join([ended, *last]))
