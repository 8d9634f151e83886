"""The door of identity: the matcher's inputs in, a map from identity key to customer out.

Belongs here: reading the inputs and the state, calling the steps in order, writing the results.
Does not: any rule of its own. Exact identifiers come first (hubs.py, components.py), then what
is probable between the people that they give (step.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from models.identity.arrays import lookup
from models.identity.arrays.keys import Keys, People, number_keys, read_people
from models.identity.arrays.sql import drop, one_number, quoted_path
from models.identity.everybody import find_clusters
from models.identity.exact.decisions import Decision
from models.identity.nights import kept, tally, tonight
from models.identity.nights import state as files
from models.identity.nights.kept import NotInPartError
from models.identity.part import carrying, increment
from models.identity.people.events import log_events, note_trail
from models.identity.people.households import make_groups, make_places, name_groups, tell_places
from models.identity.people.mapping import Told, keep_nodes, make_views, tell_keys
from models.identity.people.permanent import assign_ids, read_old
from models.identity.probable import training
from models.identity.probable.settling import settle_all
from models.identity.probable.step import link_probable
from models.identity.records import names
from models.identity.shown import benchmark
from models.identity.shown.review import weight_histogram, write_review

if TYPE_CHECKING:
    import datetime as dt

    from models.identity.arrays.lookup import Lookups


@dataclass(frozen=True)
class IdentitySummary:
    """What a night's matching found: counts only, no identifier.

    Attributes:
        compared: What records were compared by.
        weights: Pairs that were scored, by the lower end of their weight's bin of two bits.
        enough: The weight for a link, in bits; None where nothing was compared.
        curve: Precision and recall by the weight asked for a link, on people of known truth.
        why_full: Why all was worked out; None where only what tonight touches was.
    """

    n_keys: int
    n_customers: int
    n_records: int
    n_unresolved_keys: int
    n_shared_identifiers: int
    n_created: int
    n_merged: int
    n_split: int
    n_reassigned: int
    n_probable: int
    compared: tuple[str, ...]
    weights: dict[int, int] = field(default_factory=dict)
    enough: float | None = None
    curve: dict[str, list[float]] = field(default_factory=dict)
    why_full: str | None = None

    @property
    def is_part(self) -> bool:
        """Whether only what tonight touches was worked out."""
        return self.why_full is None


def resolve(
    work: Path,
    state: Path,
    out: Path,
    as_of: dt.date,
    *,
    decisions: Sequence[Decision] = (),
    identifier_cap: int = 10,
    memory_limit: str = "4GB",
    threads: int = 2,
    is_full: bool = False,
) -> IdentitySummary:
    """Say who is who as of a night, keeping the ids of the nights before.

    Where last night kept what it worked out, only what tonight touches is worked out anew; the
    result is that of a full run.

    Args:
        work: The build's ``work.duckdb`` with ``identity.int_identifier_link`` and
            ``identity.int_identity_record``.
        state: The directory with last night's ``identity_map``, ``customer``,
            ``identity_event`` and ``identity_trail`` (Parquet); it is only read. Missing files
            mean a first night.
        out: Where the new ones and ``bridge_identity`` are written (Parquet).
        as_of: The business date of the run.
        decisions: What people have decided, and not taken back.
        identifier_cap: The most records that one shared identifier may link.
        memory_limit: DuckDB's memory limit.
        threads: DuckDB's threads.
        is_full: Whether all is worked out whatever was kept.

    Returns:
        Counts of what was found.
    """
    out.mkdir(parents=True, exist_ok=True)
    night = _Night(work, state, out, as_of, tuple(decisions), identifier_cap)
    # what does not fit in memory is personal: beside the build, not in the working directory
    spill = str(out.parent / "identity_spill")
    settings: _Settings = {
        "memory_limit": memory_limit,
        "threads": threads,
        "temp_directory": spill,
    }
    try:
        kept.expect_last(state)
        if is_full:
            raise NotInPartError("from the start")
        return _in_part(night, settings)
    except NotInPartError as reason:
        kept.remove(out)  # what was kept is of no use: a full run writes it anew
        with duckdb.connect(config=settings) as con:
            return replace(_in_full(con, night), why_full=str(reason))


_Settings = dict[str, str | bool | int | float | list[str]]


@dataclass(frozen=True)
class _Night:
    work: Path
    state: Path
    out: Path
    as_of: dt.date
    decisions: tuple[Decision, ...]
    cap: int


def _in_part(night: _Night, settings: _Settings) -> IdentitySummary:
    """Work out what tonight touches.

    Raises:
        NotInPartError: All is to be worked out.
    """
    model = kept.take(night.state, night.out, benchmark.code(), night.cap)
    try:
        # its statements are small: a second thread costs a fifth more and saves hardly any time; of
        # some hundred rows asked by number, only what is about them is read
        of_part: _Settings = {"threads": 1, "dynamic_or_filter_threshold": 500}
        with duckdb.connect(config=settings | of_part) as con:
            _open(con, night)
            names.read_counts(con, "kept.frequency")
            at = increment.find_people(con, model, night.decisions, night.cap)
            tonight.fetch_texts(con)
            keys = number_keys(con)
            carrying.read_old(con, keys, at.nodes)
            told = _name(con, keys, read_people(con, keys), night.as_of)
            tell_places(con)
            make_places(con, "record")
            carrying.widen_places(con)
            name_groups(con)
            carrying.add_context(con)
            make_views(con, keys, read_people(con, keys), told)
            carrying.carry(con, keys, told)
            return _finish(con, night, keys, tuple(model.columns), at, is_part=True)
    except NotInPartError:
        raise
    except Exception as error:
        # whatever it is, of numpy too: all can still be worked out without what was kept. No word
        # of it: it might quote somebody
        raise NotInPartError(f"an error came up ({type(error).__name__})") from None


def _in_full(con: duckdb.DuckDBPyConnection, night: _Night) -> IdentitySummary:
    _open(con, night)
    # most of what is kept are hashes: to try what would make them smaller costs more than it saves
    con.execute("set force_compression = 'uncompressed'")
    tonight.read_inputs(con)
    keys = number_keys(con)
    find_clusters(con, keys, night.state, night.decisions, night.cap)
    tell_places(con)
    compared = link_probable(con, night.state, night.out, night.cap)
    if compared:
        kept.write_evidence(con, _model(night.out))
    settle_all(con)
    files.read_last(con)
    people = read_people(con, keys)
    told = _name(con, keys, people, night.as_of)
    make_groups(con)
    keep_nodes(con, keys, told, "kept.key_node")
    kept.write_people(con)
    drop(con, *_NAMED_BY)
    make_views(con, keys, people, told)
    drop(con, "link")
    con.execute("create view held as from bridge_identity")
    tally.count(con, keys, people)
    del told, people
    tonight.start_pool(con)
    return _finish(con, night, keys, compared, lookup.TABLES)


#: What people and groups were named by: memory that the map needs.
_NAMED_BY = (
    "cluster", "cluster_name", "cluster_told", "probable_link", "joined", "linked_node",
    "pair_weight", "kept", "kept_alone", "old_customer", "old_holder", "old_holder_h",
    "place", "group_tonight", "group_kept", "group_fresh",
)  # fmt: skip


def _model(directory: Path) -> training.Model:
    model = training.read_model(directory)
    if model is None:
        raise ValueError("the night's model cannot be read again")
    return model


def _open(con: duckdb.DuckDBPyConnection, night: _Night) -> None:
    con.execute("set TimeZone = 'UTC'")
    con.execute(f"attach '{quoted_path(night.work)}' as work (read_only)")
    con.execute(f"attach '{quoted_path(night.out / kept.FILE)}' as kept")
    files.open_last(con, night.state)
    tonight.see_records(con)


def _name(con: duckdb.DuckDBPyConnection, keys: Keys, people: People, as_of: dt.date) -> Told:
    old = read_old(con, keys)
    assign_ids(con, keys, people, old, as_of)
    log_events(con, people, old, as_of)
    told = tell_keys(con, keys, people, old, as_of)
    note_trail(con, as_of)
    return told


def _finish(
    con: duckdb.DuckDBPyConnection,
    night: _Night,
    keys: Keys,
    compared: tuple[str, ...],
    at: Lookups,
    *,
    is_part: bool = False,
) -> IdentitySummary:
    """Write what the night found, and count."""
    out = night.out
    kept.note_decisions(con, increment.named(night.decisions))
    name = kept.stamp(con, kept.mark_of(out, benchmark.code(), night.cap))
    if is_part:
        files.write_part(con, night.state, out, name)
    else:
        files.write_files(con, out, name)
    model = training.read_model(out) if compared else None
    write_review(con, keys, out, model, night.decisions, night.cap, at)
    curve = benchmark.measure(con, at, model, night.state, out, night.decisions, night.cap)
    weights, enough = weight_histogram(con, model)
    summary = _summary(con, compared)
    con.execute("detach kept")
    return replace(summary, weights=weights, enough=enough, curve=curve)


def _summary(con: duckdb.DuckDBPyConnection, compared: tuple[str, ...]) -> IdentitySummary:
    def one(sql: str) -> int:
        return one_number(con, sql)

    def of_type(event_type: str) -> int:
        return one(f"select count(*) from tonight where event_type = '{event_type}'")

    counts = tally.told(con)
    return IdentitySummary(
        n_keys=counts.n_keys,
        n_customers=counts.n_customers,
        n_records=one("select count(*) from kept.record_digest"),
        n_unresolved_keys=counts.n_unresolved,
        n_shared_identifiers=counts.n_shared,
        n_created=of_type("created"),
        n_merged=of_type("merged"),
        n_split=of_type("split"),
        n_reassigned=of_type("reassigned"),
        n_probable=counts.n_clusters - counts.n_customers,
        compared=compared,
    )
