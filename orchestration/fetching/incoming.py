"""Where fetched files wait for landing: a folder a source, emptied when they are taken in.

Here: names and durable writing. Not here: what is written.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from orchestration.durable import make_directory, put_in_place
from orchestration.home import Home
from orchestration.landing.discovery import Found
from orchestration.ledger import Ledger


class Incoming:
    """The files of one source that wait in one night."""

    def __init__(self, home: Home, ledger: Ledger, source: str) -> None:
        """Begin with nothing: what a crash left was not landed, and is fetched again."""
        self.directory = home.root / "landing" / "incoming" / source
        shutil.rmtree(self.directory, ignore_errors=True)
        make_directory(self.directory)
        self._source = source
        self._number = len(ledger.arrivals(source))

    def temporary(self) -> Path:
        """A path to write to, before `put`."""
        return self.directory / ".writing.part"

    def put(self, name: str) -> Found:
        """Give what was written its name; it is durable then."""
        target = self.directory / name
        make_directory(target.parent)
        put_in_place(self.temporary(), target)
        return Found(target, name)

    def next_name(self, suffix: str) -> str:
        """A name that no arrival of the source has: parts of a source never replace each other."""
        self._number += 1
        return f"{self._source}-{self._number:06d}{suffix}"
