"""``python -m orchestration.landing FILE``: read one file as landing does, and count.

Belongs here: a look at one file without a company or a home. Does not: taking it in.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from orchestration.home import Home
from orchestration.landing.expected import Expected
from orchestration.landing.options import Options, format_of_name
from orchestration.landing.problems import Refused
from orchestration.landing.rows import Received, parse


def main() -> int:
    """Print `framed parsed quarantined blank`, or why the file is refused; exit 0 or 1."""
    parser = argparse.ArgumentParser(prog="python -m orchestration.landing")
    parser.add_argument("file", type=Path)
    parser.add_argument("--delimiter", default=None)
    parser.add_argument("--encoding", default=None)
    given = parser.parse_args()
    kind = format_of_name(given.file.name) or "csv"
    options = Options(kind, given.delimiter, given.encoding, quarantine_ratio=1.0)
    with tempfile.TemporaryDirectory(dir=given.file.parent) as folder:
        home = Home(Path(folder) / "home").prepare()
        received = Received("file", "0" * 16, "0" * 64, given.file.name, given.file.absolute(), 1)
        try:
            counts = parse(home, received, options, Expected()).counts
        except Refused as refused:
            print(f"{refused.code}: {refused.message}", file=sys.stderr)
            return 1
    print(counts.framed, counts.parsed, counts.quarantined, counts.blank)
    return 0


if __name__ == "__main__":
    sys.exit(main())
