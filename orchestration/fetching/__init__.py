"""Fetching: what is no file of this machine becomes files that landing takes in by its own door.

What belongs here: tables of Postgres, lists of services, objects of a store, each written to
`landing/incoming` before landing looks at it. What does not: what becomes of a file once it is
there (`orchestration.landing`), so that lineage, quarantine, books and corrections are the same for
every source.

The rule of all three: nothing is remembered beside the data. How far a source was read is what its
landed rows say, so that a mark can never be ahead of what is durable.
"""

from __future__ import annotations

from orchestration.fetching.door import Fetched, fetch, is_remote, sample, settle

__all__ = ["Fetched", "fetch", "is_remote", "sample", "settle"]
