"""The generator as a program of its own: `python -m examples.retailer --out DIR`.

Belongs here: its options, and errors as one line with exit status 2. Does not: any of the work. A
program of its own, so that the pipeline's command can start it without importing it: what makes
the sample and what measures it share no state.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from examples.retailer.generate import generate
from examples.retailer.plan import (
    DEFAULT_CUSTOMERS,
    DEFAULT_DAYS,
    DEFAULT_SEED,
    DEFAULT_UNTIL,
    SampleError,
)


def main(arguments: list[str] | None = None) -> int:
    """Write the sample as the arguments say; returns the exit status, 0 or 2."""
    parser = argparse.ArgumentParser(prog="examples.retailer", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--customers", type=int, default=DEFAULT_CUSTOMERS)
    parser.add_argument("--days", type=int, default=DEFAULT_DAYS)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--until", type=date.fromisoformat, default=DEFAULT_UNTIL)
    parser.add_argument("--scenario", type=Path)
    wishes = parser.parse_args(arguments)
    try:
        generate(**vars(wishes), progress=lambda line: print(line, flush=True))
    except SampleError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{wishes.out}: cannot be written ({error.strerror})", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
