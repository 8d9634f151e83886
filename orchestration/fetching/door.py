"""The door of fetching: which kind a source is of, and what landing gets of it.

Here: choosing, and clearing up. Not here: how a kind is fetched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.fetching.incoming import Incoming
from orchestration.fetching.known import Known
from orchestration.fetching.patience import Patience
from orchestration.home import Home
from orchestration.landing.discovery import Discovery, Found
from orchestration.landing.problems import Refused
from orchestration.ledger import Ledger
from orchestration.progress import silent

if TYPE_CHECKING:
    from orchestration.company import Source

Say = Callable[[str], None]


@dataclass(frozen=True)
class Fetched:
    """What was fetched of a source: files for landing, and why there are not more, if so."""

    found: Discovery
    refusal: Refused | None = None


def is_remote(source: Source) -> bool:
    """Whether a source is fetched before it is landed."""
    return source.kind != "files"


def fetch(home: Home, ledger: Ledger, source: Source, say: Say) -> Fetched:
    """Fetch what is new of a source into its folder of waiting files.

    Bad answers never raise: what was whole before them is given, and the refusal beside it.
    """
    incoming = Incoming(home, ledger, source.name)
    known = Known(home, ledger, source)
    if source.kind == "postgres":
        from orchestration.fetching.postgres import fetch_table as fetch_one
    else:
        from orchestration.fetching.rest import fetch_list as fetch_one
    files, refusal = fetch_one(source, known, incoming, say, Patience(say))
    return Fetched(_discovery(files), refusal)


def settle(home: Home, ledger: Ledger, source: Source) -> None:
    """Clear the folder of waiting files: landing has what it wanted of them."""
    Incoming(home, ledger, source.name)


def sample(source: Source, rows: int, directory: Path) -> Fetched:
    """Fetch the first rows of a source into a folder, for a look at them."""
    is_table = source.kind == "postgres"
    target = directory / f"{source.name}.{'parquet' if is_table else 'jsonl'}"
    try:
        if is_table:
            from orchestration.fetching.postgres import sample_table

            sample_table(source, rows, target)
        else:
            from orchestration.fetching.rest import sample_list

            sample_list(source, target, silent)
    except Refused as refused:
        return Fetched(_discovery([]), refusal=refused)
    return Fetched(_discovery([Found(target, target.name)]))


def _discovery(files: list[Found]) -> Discovery:
    return Discovery(tuple(files), (), (), 0)
