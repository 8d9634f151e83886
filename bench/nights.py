"""Times three nights of the sample company: the first, one with a new day's files, and an idle one.

CPU seconds (user and system, child processes included) are the figure to compare: wall time is not
stable from run to run. Everything happens in a folder of its own that is removed afterwards.
"""

from __future__ import annotations

import argparse
import datetime
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WHOLEVIEW = str(Path(sys.executable).with_name("wholeview"))


def timed(title: str, command: list[str], environment: dict[str, str]) -> None:
    """Run a command and print its wall and CPU seconds. Leaves with its status where it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own command
        command, env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{title:<32}{seconds:>10.1f}{cpu:>12.1f}", flush=True)
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
        sys.exit(done.returncode)


def main() -> None:
    """Make a sample up to a day, run a night, add a day, run, and run on nothing new."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--last-day", type=datetime.date.fromisoformat, default="2026-06-30")
    options = parser.parse_args()
    last: datetime.date = options.last_day
    with tempfile.TemporaryDirectory() as folder:
        raw, home = Path(folder) / "raw", Path(folder) / "home"
        environment = {**os.environ, "WHOLEVIEW_HOME": str(home)}
        sample = [WHOLEVIEW, "sample", "--out", str(raw), "--customers", str(options.customers)]
        night = [WHOLEVIEW, "run", "--company", str(raw / "company.yml"), "--home", str(home)]
        print(f"{'':<32}{'seconds':>10}{'CPU-s':>12}")
        day_before = str(last - datetime.timedelta(days=1))
        timed("sample", [*sample, "--until", day_before], environment)
        timed("first night", night, environment)
        timed("sample, one more day", [*sample, "--until", str(last)], environment)
        timed("night with one new day", night, environment)
        timed("night with nothing new", night, environment)


if __name__ == "__main__":
    main()
