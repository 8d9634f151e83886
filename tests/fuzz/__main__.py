"""``python -m tests.fuzz --minutes 30``: random bytes against the readers and the company file.

Belongs here: making inputs, running them under a watch, and keeping what was found. Does not: what
must hold of well-formed files (the laws, the tests of framing).

A finding is an exception that is no refusal, books that do not balance, more than 5 seconds, or a
gigabyte more memory. Its input is kept in the folder that is named, with the seed that made it.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fuzz.company_files import company_text, read_company_file
from tests.fuzz.raw_files import read_raw_file

SLOW_SECONDS = 5
MORE_KILOBYTES = 1 << 20
#: One run of a target: makes its input of the random numbers in a folder, and says what it met.
Target = Callable[[random.Random, Path], str]
TARGETS: dict[str, Target] = {
    "files": read_raw_file,
    "company": lambda rng, folder: read_company_file(company_text(rng), folder),
}


class TooSlowError(Exception):
    """An input took too long."""


def _too_slow(*_: Any) -> None:
    raise TooSlowError


def run_one(name: str, seed: int, keep: Path) -> str:
    """Run one input of a target; give what became of it, `finding …` where that may not be."""
    with tempfile.TemporaryDirectory(prefix="wholeview_fuzz_") as folder:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        signal.alarm(3 * SLOW_SECONDS)  # what hangs is broken off; what is only slow, told
        began = time.process_time()
        try:
            outcome = TARGETS[name](random.Random(seed), Path(folder))
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            where = traceback.extract_tb(error.__traceback__)[-1]
            outcome = (
                f"finding {type(error).__name__} at {Path(where.filename).name}:{where.lineno}"
            )
        finally:
            signal.alarm(0)
        if time.process_time() - began > SLOW_SECONDS:
            outcome = f"finding slow ({outcome})"
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before > MORE_KILOBYTES:
            outcome = f"finding memory ({outcome})"
        if outcome.startswith("finding"):
            kind = hashlib.sha256(outcome.encode()).hexdigest()[:8]
            shutil.copytree(folder, keep / f"{name}_{kind}_{seed}", dirs_exist_ok=True)
    return outcome


def main() -> int:
    """Run until the time is over; exit 1 where anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=None, help="first seed [by the clock]")
    parser.add_argument("--target", choices=sorted(TARGETS), default=None, help="[all, by turns]")
    parser.add_argument("--runs", type=int, default=None, help="stop after so many inputs")
    parser.add_argument("--keep", type=Path, default=Path("fuzz_findings"))
    given = parser.parse_args()
    signal.signal(signal.SIGALRM, _too_slow)
    seed = int(time.time()) if given.seed is None else given.seed
    names = [given.target] if given.target else sorted(TARGETS)
    until, said = time.monotonic() + 60 * given.minutes, time.monotonic()
    outcomes: Counter[str] = Counter()
    n_run = 0
    while time.monotonic() < until and (given.runs is None or n_run < given.runs):
        name = names[n_run % len(names)]
        outcome = run_one(name, seed + n_run, given.keep)
        outcomes[f"{name}: {outcome}"] += 1
        if outcome.startswith("finding") and outcomes[f"{name}: {outcome}"] == 1:
            print(f"seed {seed + n_run}: {name}: {outcome}", flush=True)
        n_run += 1
        if time.monotonic() - said > 30:
            print(f"{n_run:,} inputs", flush=True)
            said = time.monotonic()
    found = {what: n for what, n in outcomes.items() if ": finding" in what}
    print(f"{n_run:,} inputs from seed {seed}; {len(found)} kinds of findings")
    for what, n in sorted(outcomes.items()):
        print(f"  {n:>8,}  {what}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
