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
from orchestration.fetching.objects import Listing, fetch_objects, remember, sample_objects
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
    """What was fetched of a source: files for landing, and why there are not more, if so.

    Attributes:
        found: The files, and words of the company file that found nothing.
        refusal: Why not all could be fetched, or None.
        unchanged: Names of objects that are landed as they are, and were not fetched.
        listing: The objects that there are.
        n_more: Objects or pages beyond those of a sample (1 where they are not counted).
    """

    found: Discovery
    refusal: Refused | None = None
    unchanged: tuple[str, ...] = ()
    listing: Listing | None = None
    n_more: int = 0


def is_remote(source: Source) -> bool:
    """Whether a source is fetched before it is landed."""
    return source.kind != "files" or _is_store(source)


def _is_store(source: Source) -> bool:
    return any("://" in word for word in source.files)


def fetch(home: Home, ledger: Ledger, source: Source, say: Say) -> Fetched:
    """Fetch what is new of a source into its folder of waiting files.

    Bad answers never raise: what was whole before them is given, and the refusal beside it.
    """
    incoming = Incoming(home, ledger, source.name)
    patience = Patience(say)
    if _is_store(source):
        try:
            files, listing, unchanged, refusal = fetch_objects(
                home, ledger, source, incoming, patience
            )
        except Refused as refused:
            return Fetched(_discovery([]), refused)
        found = Discovery(tuple(files), listing.missing, listing.empty, 0)
        return Fetched(found, refusal, tuple(unchanged), listing)
    if source.kind == "postgres":
        from orchestration.fetching.postgres import fetch_table as fetch_one
    else:
        from orchestration.fetching.rest import fetch_list as fetch_one
    files, refusal = fetch_one(source, Known(home, ledger, source), incoming, say, patience)
    return Fetched(_discovery(files), refusal)


def settle(home: Home, ledger: Ledger, source: Source, fetched: Fetched) -> None:
    """Clear the folder of waiting files, once landing has what it wanted of them."""
    if fetched.listing is not None:
        remember(ledger, source, fetched.listing, [found.name for found in fetched.found.files])
    Incoming(home, ledger, source.name)


def sample(source: Source, rows: int, directory: Path) -> Fetched:
    """Fetch the first rows of a source into a folder, for a look at them."""
    try:
        if _is_store(source):
            files, listing = sample_objects(source, directory, silent)
            found = Discovery(tuple(files), listing.missing, listing.empty, 0)
            return Fetched(found, n_more=len(listing.objects) - len(files))
        if source.kind == "postgres":
            from orchestration.fetching.postgres import sample_table

            target = directory / f"{source.name}.parquet"
            sample_table(source, rows, target)
        else:
            from orchestration.fetching.rest import sample_list

            target = directory / f"{source.name}.jsonl"
            sample_list(source, target, silent)
    except Refused as refused:
        return Fetched(_discovery([]), refusal=refused)
    is_first_page = source.endpoint is not None and source.endpoint.pages_by != "none"
    return Fetched(_discovery([Found(target, target.name)]), n_more=int(is_first_page))


def _discovery(files: list[Found]) -> Discovery:
    return Discovery(tuple(files), (), (), 0)
