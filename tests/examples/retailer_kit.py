"""Small samples for the tests of the generator, and a look at what was written.

Belongs here: making a sample and hashing its files. Does not: any assertion.
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from examples.retailer import generate
from examples.retailer.plan import BLOCK

CUSTOMERS, DAYS, SEED = 400, 150, 3
UNTIL = date(2026, 6, 27)


def make(out: Path, until: date = UNTIL, customers: int = CUSTOMERS, **wishes: object) -> Path:
    """Write a sample; `wishes` may hold days, seed, scenario and block_size."""
    days, seed = int(str(wishes.get("days", DAYS))), int(str(wishes.get("seed", SEED)))
    scenario = wishes.get("scenario")
    assert scenario is None or isinstance(scenario, Path)
    block = int(str(wishes.get("block_size", BLOCK)))
    generate(out, customers, days, seed, until, scenario, lambda _: None, block)
    return out


def hashes(folder: Path) -> dict[str, str]:
    """sha256 of every file by its path below the folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
