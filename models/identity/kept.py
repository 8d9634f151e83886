"""What a night keeps for the next one, so that it need not be worked out again: one file.

Belongs here: the file's tables, writing them after a full run, and whether a file still holds. Does
not: what changes in them on a night that works out a part (increment.py).

The file is a memory, not a source: without it, or where its format, the code, the model or the cap
are others, a night works everything out and writes a new one. Customers' ids are never in it alone.
It holds keyed hashes, weights and customer ids, no value of anybody.
"""

from __future__ import annotations

import hashlib
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from models.identity import scoring, training
from models.identity.probable import scored_tables
from models.identity.standard import FREQUENCIES, RECORD
from models.identity.state import is_made_with

if TYPE_CHECKING:
    import duckdb

FILE = "kept.duckdb"
FORMAT = 2
#: Pairs whose weight is within so many bits of a link's, or above, are kept.
NEAR = 10.0
#: Hashes of a record by which it meets others: see blocking.
HASHES = (
    "given_w", "nick_w", "family_w", "part_w", "initial_w", "first_w", "names_w", "nicks_w",
    "born_w", "year_w", "day_w", "street_w", "words_w", "house_w", "area_w", "city_w", "phone_w",
    "mailbox_w", "mail_name_w", "bones_w", "national_w",
)  # fmt: skip


def read_inputs(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``tonight_end``, ``tonight_record`` and ``tonight_key`` from the attached ``work``.

    ``tonight_end`` has a row a link: its two ends as hashes and ``n_rows``. ``tonight_key`` has
    each key with a digest of all that is said with it.
    """
    con.execute(
        "create table tonight_end as select hash(identity_key) as identity_h,"
        " hash(identifier_key) as identifier_h, n_rows, hash(l) >> 20 as digest"
        " from work.identity.int_identifier_link l"
    )
    con.execute(
        "create table tonight_record as select hash(identity_key) as rec, hash(r) >> 20 as digest"
        " from work.identity.int_identity_record r"
    )
    con.execute(
        "create table tonight_key as select key_h, sum(digest)::ubigint as digest,"
        " bool_or(is_link) as is_linked from ("
        " select identity_h as key_h, digest, true as is_link from tonight_end"
        " union all select rec, hash(digest, 'record') >> 20, false from tonight_record)"
        " group by key_h"
    )
    wanted = [column.split() for column in RECORD.split(", ")]
    given = {str(row[0]) for row in
             con.execute("describe work.identity.int_identity_record").fetchall()}  # fmt: skip
    listed = ", ".join(
        name if name in given else f"null::{kind} as {name}" for name, kind in wanted
    )
    con.execute(
        f"create view every_record as select rowid as row_no, {listed}"
        " from work.identity.int_identity_record"
    )


def take(state: Path, out: Path, code: str, cap: int) -> training.Model | None:
    """Copy the model and what was kept to ``out`` and give the model; None where it is of no use.

    It is where any of it is absent, unreadable or made by other code, or another cap.
    """
    import duckdb

    names = (training.FILE, FREQUENCIES, FILE)
    try:
        model = training.read_model(state)
        if model is None:
            return None
        with duckdb.connect(str(state / FILE), read_only=True) as con:
            made_with, name = con.execute("select mark, name from mark").fetchone() or ("", "")
            if made_with != mark_of(state, code, cap) or not is_made_with(con, state, name):
                return None
        remove(out)
        for name in names:
            shutil.copyfile(state / name, out / name)
    except (OSError, ValueError, duckdb.Error):
        return None
    return model


def remove(directory: Path) -> None:
    """Remove the file, and what a night that was killed has left beside it."""
    for name in (FILE, f"{FILE}.wal"):
        (directory / name).unlink(missing_ok=True)


def mark_of(out: Path, code: str, cap: int) -> str:
    """Hash what a file must have been made with to be of use: format, code, model and cap."""
    model = out / training.FILE
    text = model.read_text() if model.exists() else ""
    return hashlib.sha256("\n".join((str(FORMAT), code, str(cap), text)).encode()).hexdigest()


def stamp(con: duckdb.DuckDBPyConnection, mark: str) -> str:
    """Say in the file what it was made with; a name of its own that the map carries as well."""
    name = uuid.uuid4().hex
    con.execute("create or replace table kept.mark as select ? as mark, ? as name", [mark, name])
    return name


def write_evidence(con: duckdb.DuckDBPyConnection, model: training.Model) -> None:
    """Write what evidence was worked out with: ``record_key`` and ``scored_pair``; drops ``keys``.

    Needs ``keys``, ``cluster_name`` and what was scored.
    """
    con.execute(
        "create table kept.record_key as select k.rec, n.name, t.digest, k.says, k.phone_raw,"
        f" k.mail_raw, {', '.join(f'k.{column}' for column in HASHES)}"
        " from keys k join cluster_name n on n.cluster = k.node join tonight_record t using (rec)"
    )
    con.execute("drop table keys")
    con.execute(
        "create table kept.scored_pair (l ubigint, r ubigint, weight double, is_loose boolean)"
    )
    keep_pairs(con, model, is_loose=False)
    keep_pairs(con, model, is_loose=True)


def keep_pairs(con: duckdb.DuckDBPyConnection, model: training.Model, *, is_loose: bool) -> None:
    """Keep the scored pairs that are near a link: candidates, or those of loose groups alone."""
    candidates, loose = scored_tables(con)
    source = candidates
    if is_loose:
        source = f"(select * from {loose} anti join {candidates} using (l, r))" if loose else ""
    if not source:
        return
    total = scoring.total_sql(model, model.n_records)
    con.execute(
        f"insert into kept.scored_pair select a.name, b.name, {total}, {is_loose} from {source} p"
        " join cluster_name a on a.cluster = p.l join cluster_name b on b.cluster = p.r"
        f" where {total} >= {model.enough - NEAR}"
    )


def write_people(con: duckdb.DuckDBPyConnection) -> None:
    """Write the rest: who is who, by which keys, where, and what it was worked out from."""
    con.execute(f"create table kept.identity_map as {NAMED_KEY}")
    con.execute("create table kept.key_digest as select key_h, digest from tonight_key")
    con.execute("create table kept.link_end as select identity_h, identifier_h"
                " from tonight_end")  # fmt: skip
    keep_exact(con)
    con.execute("create table kept.place as from place")


#: Query of the keys that resolve: whose they are, and what exact identifiers made of them.
NAMED_KEY = (
    "select k.key_h, k.identity_key, n.name, k.is_weak, c.customer_id from key_person k"
    " join cluster_name n on n.cluster = k.own_cluster join cluster_customer c on c.cluster ="
    " k.cluster"
)


def keep_exact(con: duckdb.DuckDBPyConnection) -> None:
    """Keep what exact identifiers said of each key: rules, doubts, and what names stand for."""
    con.execute("create or replace table kept.key_rule as from key_rule")
    con.execute("create or replace table kept.of_several as select distinct identity_h as key_h"
                " from of_several")  # fmt: skip
    con.execute("create or replace table kept.nickname as from nickname")


def note_decisions(con: duckdb.DuckDBPyConnection, said: list[tuple[str, list[str]]]) -> None:
    """Keep the night's decisions: the name and the keys of each."""
    con.execute("create or replace table kept.decision (name varchar, keys varchar[])")
    if said:
        con.executemany("insert into kept.decision values (?, ?)", said)
