"""What a source holds at a batch: which of all its arrivals are current.

Here: the rule by which arrivals replace and double each other. Not here: files and SQL.

A name's newest bytes replace its older ones, and bytes that are there under another name are a
duplicate. For snapshots only the newest counts: by the date in the name or in a column where
`snapshot_on` says so, else by arrival.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from orchestration.ledger import Arrival

_HELD = ("loaded", "duplicate")


def _snapshot_order(arrival: Arrival) -> tuple[date, int]:
    return arrival.snapshot_on or date.min, arrival.seq or 0


class Holdings:
    """The arrivals of one source, up to a batch, in order."""

    def __init__(self, arrivals: Iterable[Arrival], mode: str) -> None:
        """Take all arrivals of a source; `mode` is append, upsert or snapshot."""
        self._mode = mode
        self._last: dict[str, Arrival] = {}  # by name, refused ones too
        self._held: dict[str, Arrival] = {}  # by name
        self._loaded: dict[str, Arrival] = {}  # by file_id, the last time
        for arrival in arrivals:
            self.add(arrival)

    def add(self, arrival: Arrival) -> None:
        """Add the next arrival."""
        self._last[arrival.name] = arrival
        if arrival.status in _HELD:
            self._held[arrival.name] = arrival
        if arrival.status == "loaded":
            self._loaded[arrival.file_id] = arrival

    def parsed_anew(self, arrival: Arrival) -> None:
        """Take another parsing of an arrival that is there already: names stay as they are."""
        self._loaded[arrival.file_id] = arrival

    def last(self, name: str) -> Arrival | None:
        """The last arrival under a name, a refused one too."""
        return self._last.get(name)

    def held(self, name: str) -> Arrival | None:
        """The last arrival under a name that was not refused."""
        return self._held.get(name)

    def double_of(self, name: str, file_id: str, snapshot_on: date | None) -> Arrival | None:
        """The arrival that bytes under a name are a duplicate of, if they are.

        A snapshot doubles only the one before it: the same content after another one is news.
        """
        if self._mode == "snapshot":
            newest = self.newest_snapshot()
            later = newest and (snapshot_on or date.max) >= (newest.snapshot_on or date.min)
            return newest if newest and later and newest.file_id == file_id else None
        others = (a for a in self._held.values() if a.name != name and a.file_id == file_id)
        double = next(others, None)
        return self._loaded.get(double.file_id) if double else None

    def newest_snapshot(self) -> Arrival | None:
        """The newest snapshot, by its date and then by arrival."""
        current = (self._loaded[a.file_id] for a in self._held.values())
        return max(current, key=_snapshot_order, default=None)

    def current(self) -> list[Arrival]:
        """The loaded arrivals whose rows make up the source, in order of arrival."""
        if self._mode == "snapshot":
            newest = self.newest_snapshot()
            return [newest] if newest else []
        ids = {arrival.file_id for arrival in self._held.values()}
        return sorted((self._loaded[i] for i in ids), key=lambda a: a.seq or 0)

    def standing(self) -> set[str]:
        """The file_ids of which kept-aside records stand.

        Those of current files, and of files that were refused and that nothing has replaced since.
        """
        current = self.current()
        refused = [a for a in self._last.values() if a.status == "refused"]
        if self._mode == "snapshot":
            newest = max((a.seq or 0 for a in current), default=0)
            refused = [a for a in refused if (a.seq or 0) > newest]
        return {a.file_id for a in (*current, *refused)}
