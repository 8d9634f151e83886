"""What reading broken CSV costs: landing's reader against DuckDB reading the same file clean.

Belongs here: making the two files and measuring each reader in a process of its own. Does not: what
reading means (orchestration.landing). CPU is user and system seconds, quoted as ratios of one run.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

_MADE = """copy (select 'o' || i as order_id,
  timestamp '2024-01-01' + to_seconds(i % 31536000) as at,
  (hash(i) % 100000) / 100.0 as amount,
  case when i % 7 = 0 then 'says "hi", twice' else 'plain ' || (i % 1000) end as note,
  'c' || (hash(i * 3) % 400000) || '@x.example' as email, (i % 5) + 1 as quantity,
  'EUR' as currency, 's' || (i % 200) as store from range(?) t(i)) to '{file}' (header)"""
_DUCKDB = "import duckdb, sys; duckdb.connect().execute('set enable_progress_bar = false').execute("
_READS = {
    "a table": "create table t as from read_csv('{file}', all_varchar = true)",
    "Parquet": "copy (from read_csv('{file}', all_varchar = true)) to '{file}.parquet'"
    " (format parquet, compression zstd)",
}
AIM, LIMIT, MOST_MEGABYTES = 3.0, 5.0, 2048


def break_lines(clean: Path, dirty: Path, share: float, seed: int = 1) -> int:
    """Copy a file with a share of its lines broken, each in one way; return how many."""
    rng, n = random.Random(seed), 0  # noqa: S311 - no secret
    with clean.open("rb") as lines, dirty.open("wb") as out:
        out.write(next(lines))
        for line in lines:
            broken = line
            if rng.random() < share:
                n += 1
                text = line.rstrip(b"\n")
                broken = [
                    line.replace(b",", b"", 1), text + b",more\n", b'x"' + line,
                    line.replace(b",", b',"', 1), b"\xff" + line, b"\0" + line,
                ][n % 6]  # fmt: skip
            out.write(broken)
    return n


def measured(command: list[str]) -> tuple[float, float, str]:
    """Run a command; give its CPU-seconds, its peak memory in MB and what it printed."""
    with tempfile.TemporaryFile("w+") as printed:
        process = subprocess.Popen(command, stdout=printed)  # noqa: S603 - our own commands
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{command[1:3]} ended with {process.returncode}")
        printed.seek(0)
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, printed.read().strip()


def main() -> int:
    """Measure and print; exit 1 where a limit is broken."""
    parser = argparse.ArgumentParser(prog="python -m bench.framing")
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--share", type=float, default=0.01, help="share of broken lines")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wholeview_framing_") as folder:
        clean, dirty = Path(folder) / "clean.csv", Path(folder) / "dirty.csv"
        duckdb.connect().execute(_MADE.format(file=clean), [given.rows])
        n = break_lines(clean, dirty, given.share)
        print(f"{given.rows:,} rows, {clean.stat().st_size / 1e6:,.0f} MB, {n:,} lines broken")
        floors = {}
        for what, sql in _READS.items():
            code = f"{_DUCKDB}{sql.format(file=clean)!r})"
            floors[what], peak, _ = measured([sys.executable, "-c", code])
            print(f"DuckDB, clean, into {what:<8}{floors[what]:>8.1f} CPU-s{peak:>8,.0f} MB")
        cpu = peak = 0.0
        for file in (clean, dirty):
            command = [sys.executable, "-m", "orchestration.landing", str(file)]
            cpu, peak, counts = measured(command)
            print(f"landing, {file.stem}, into Parquet {cpu:>8.1f} CPU-s{peak:>8,.0f} MB  {counts}")
        ratio = cpu / floors["a table"]
        print(
            f"{ratio:.1f} times DuckDB into a table (limit {LIMIT:g}, aim {AIM:g}),"
            f" {cpu / floors['Parquet']:.1f} times into Parquet; {peak:,.0f} MB"
            f" (limit {MOST_MEGABYTES:,})"
        )
        return 1 if ratio > LIMIT or peak > MOST_MEGABYTES else 0


if __name__ == "__main__":
    sys.exit(main())
