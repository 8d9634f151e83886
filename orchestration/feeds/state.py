"""What a feed's directory knows of itself: the mapping that made it, and its finished batches.

Belongs here: reading and writing `state.json`, and clearing a feed. Does not: deciding what to do.
A batch counts as finished only when its entry is written, which happens after all of its files: a
crash before that leaves files that the next attempt deletes.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestration.durable import write_durably
from orchestration.home import Home

KINDS = ("rows", "superseded", "touched")


@dataclass
class FeedState:
    """Digest of what made the feed, and for each finished batch its inputs and its result.

    `generation` counts how often the feed was cleared: a build that was made of another one must
    be worked out anew.
    """

    digest: str | None = None
    generation: int = 0
    batches: dict[int, dict[str, Any]] = field(default_factory=dict)


def feed_generations(home: Home) -> dict[str, int]:
    """How often each feed was cleared and made anew; feeds that never were are not there."""
    found = {
        path.parent.name: read_state(home, path.parent.name).generation
        for path in sorted(home.feeds.glob("*/state.json"))
    }
    return {feed: generation for feed, generation in found.items() if generation}


def _path(home: Home, feed: str) -> Path:
    return home.feed_dir(feed) / "state.json"


def read_state(home: Home, feed: str) -> FeedState:
    """The state of a feed; an empty one where it has none."""
    path = _path(home, feed)
    if not path.exists():
        return FeedState()
    plain = json.loads(path.read_text())
    batches = {int(n): entry for n, entry in plain["batches"].items()}
    return FeedState(plain["digest"], plain.get("generation", 0), batches)


def write_state(home: Home, feed: str, state: FeedState) -> None:
    """Write the state, durably."""
    batches = {str(n): state.batches[n] for n in sorted(state.batches)}
    plain = {"digest": state.digest, "generation": state.generation, "batches": batches}
    write_durably(_path(home, feed), json.dumps(plain, indent=1, sort_keys=True).encode())


def identifier_file(home: Home, feed: str, batch: int) -> Path:
    """A feed's identifiers of one batch; each feed writes its own file."""
    return home.feed_rows("_identifier") / f"b{batch:06d}_{feed}.parquet"


def batch_files(home: Home, feed: str, batch: int) -> list[Path]:
    """All files that a batch of a feed may have."""
    return [
        *(home.feed_file(feed, kind, batch) for kind in KINDS),
        identifier_file(home, feed, batch),
        home.quarantine_rows(feed, batch),
        home.quarantine_fields(feed, batch),
    ]


def remove_batch(home: Home, feed: str, batch: int) -> None:
    """Delete what an attempt at a batch has left."""
    for path in batch_files(home, feed, batch):
        path.unlink(missing_ok=True)
        path.with_name(f".{path.name}.part").unlink(missing_ok=True)


def clear(home: Home, feed: str) -> None:
    """Delete a feed's batches and their quarantine; its empty first files stay."""
    if _path(home, feed).exists():
        write_state(home, feed, FeedState(generation=read_state(home, feed).generation + 1))
    for kind in KINDS:
        for path in sorted((home.feed_dir(feed) / kind).glob("b*.parquet")):
            if path != home.feed_file(feed, kind, 0):
                path.unlink()
    for path in home.feed_rows("_identifier").glob(f"b*_{feed}.parquet"):
        path.unlink()
    for directory in (home.quarantine_rows(feed, 0), home.quarantine_fields(feed, 0)):
        shutil.rmtree(directory.parent, ignore_errors=True)


def written_files(home: Home, feed: str, kind: str, before_batch: int) -> list[Path]:
    """Files of the finished batches before a batch, in order."""
    finished = sorted(n for n in read_state(home, feed).batches if n < before_batch)
    paths = (home.feed_file(feed, kind, n) for n in finished)
    return [path for path in paths if path.exists()]
