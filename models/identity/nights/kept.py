"""What a night keeps for the next one, so that it need not be worked out again: one file.

Belongs here: the file's tables, writing them after a full run, and whether a file still holds. Does
not: what changes in them on a night that works out a part (clusters.py, increment.py, carrying.py).

The file is a memory, not a source: without it, or where its format, the code, the model or the cap
are others, a night works everything out and writes a new one. Customers' ids are never in it alone.
It holds customer ids, weights and hashes, and in words only the keys that a person is shown. Hashes
of contacts, names and birth dates have no key and could be found out by trying: the file is as
private as the records, and never leaves the state.
"""

from __future__ import annotations

import hashlib
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from models.identity.arrays.sql import drop, one_number
from models.identity.nights.state import is_made_with
from models.identity.probable import scoring, training
from models.identity.probable.step import scored_tables
from models.identity.records.standard import FREQUENCIES

if TYPE_CHECKING:
    import duckdb

FILE = "kept.duckdb"
FORMAT = 6
#: Pairs whose weight is within so many bits of a link's, or above, are kept.
NEAR = scoring.NEAR
#: Hashes of a record by which it meets others: see blocking.
HASHES = (
    "given_w", "nick_w", "family_w", "part_w", "initial_w", "first_w", "names_w", "nicks_w",
    "born_w", "year_w", "day_w", "street_w", "words_w", "house_w", "area_w", "city_w", "phone_w",
    "mailbox_w", "mail_name_w", "bones_w", "national_raw", "same_w",
)  # fmt: skip
#: What a record says, in hashes, as exact identifiers hear it.
SAID = "identity_h, signature_h, name_h, initial_h, home_h, is_born, is_whole"


class NotInPartError(Exception):
    """A night cannot be worked out in part: all of it must be. Says why."""


def expect_last(state: Path) -> None:
    """Ask for a night before.

    Raises:
        NotInPartError: There was none.
    """
    if not (state / "identity_map.parquet").exists():
        raise NotInPartError("a first night")


def take(state: Path, out: Path, code: str, cap: int) -> training.Model:
    """Copy the model and what was kept to ``out`` and give the model.

    Raises:
        NotInPartError: It is absent, unreadable or made by other code, or another cap.
    """
    import duckdb

    names = (training.FILE, FREQUENCIES, FILE)
    try:
        model = training.read_model(state)
        if model is None or not all((state / name).exists() for name in names):
            raise NotInPartError("nothing was kept, or no model")
        with duckdb.connect(str(state / FILE), read_only=True) as con:
            made_with, name = con.execute("select mark, name from mark").fetchone() or ("", "")
            if made_with != mark_of(state, code, cap):
                raise NotInPartError("what was kept is of another program, model or cap")
            if not is_made_with(state, name):
                raise NotInPartError("what was kept is of another night")
        remove(out)
        for name in names:
            shutil.copyfile(state / name, out / name)
    except (OSError, ValueError, duckdb.Error) as error:
        raise NotInPartError(f"what was kept cannot be read ({type(error).__name__})") from None
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
    con.execute(f"create or replace table kept.mark as select '{mark}' as mark, '{name}' as name")
    return name


def write_exact(con: duckdb.DuckDBPyConnection) -> None:
    """Write what exact identifiers heard of each record, and whom that leaves in doubt."""
    con.execute(f"create table kept.said as select {SAID} from said")
    for table in ("torn", "local_doubt", "namesake_doubt"):
        con.execute(f"create table kept.{table} as from {table}")


def write_clusters(con: duckdb.DuckDBPyConnection) -> None:
    """Write by which identifiers keys are whose they are, and what decisions keep apart."""
    con.execute("create table kept.key_rule as from key_rule")
    con.execute("drop table key_rule")
    con.execute("create view key_rule as from kept.key_rule")
    con.execute("create table kept.bound_key as from bound_key")


def write_evidence(con: duckdb.DuckDBPyConnection, model: training.Model) -> None:
    """Write what evidence was worked out with: ``record_key`` and ``scored_pair``; drops ``keys``.

    Needs ``keys``, ``cluster_name`` and what was scored.
    """
    con.execute(
        "create table kept.record_key as select k.rec, n.name, t.digest, k.says, k.phone_raw,"
        f" k.mail_raw, {', '.join(f'k.{column}' for column in HASHES)}"
        " from keys k join cluster_name n on n.cluster = k.node"
        " join kept.record_digest t using (rec)"
    )
    con.execute("drop table keys")
    con.execute("create table kept.block_size as from block_size")
    con.execute("create table kept.frequency as from frequency")
    con.execute(
        "create table kept.scored_pair (l ubigint, r ubigint, weight double, is_loose boolean)"
    )
    con.execute("create table kept.shown_pair (l ubigint, r ubigint, evidence varchar)")
    con.execute("create table kept.shown_text (key_h ubigint, identity_key varchar)")
    keep_pairs(con, model, is_loose=False)
    keep_pairs(con, model, is_loose=True)
    drop(con, "scored", "first_scored", "first_candidate")


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
        f" where {scoring.near_sql(model)}"
    )


def write_people(con: duckdb.DuckDBPyConnection) -> None:
    """Write the rest beside ``key_node``: who is who, and where."""
    con.execute(f"create table kept.cluster_customer as {CLUSTERS}")
    con.execute("create table kept.place as from place")


#: Query of the exact clusters of keys that resolve, with their customers.
CLUSTERS = (
    "select name, hash(customer_id) as customer_h, customer_id, match_probability, evidence"
    " from cluster_told"
)


def add_lost_texts(con: duckdb.DuckDBPyConnection, table: str, asked: str) -> None:
    """Add the texts of keys that nothing has any more to a table (key_h, identity_key).

    Those of all others are in tonight's inputs. Last night's map has them, and looking through it
    costs as much as a third of all inputs: it is done where there is such a key.

    Args:
        con: A connection with last night's files (state.open_last).
        table: The table, with the texts that are known.
        asked: The table of the keys (key_h) that are asked for.
    """
    con.execute(f"create or replace temp table lost_key as select distinct key_h from {asked}"
                f" anti join {table} using (key_h)")  # fmt: skip
    if one_number(con, "select count(*) from lost_key"):
        con.execute(
            f"insert into {table} select hash(identity_key), identity_key from last_identity_map"
            " where hash(identity_key) in (from lost_key)"
        )


def note_decisions(con: duckdb.DuckDBPyConnection, said: list[tuple[str, list[str]]]) -> None:
    """Keep the night's decisions: the name and the keys of each."""
    con.execute("create or replace table kept.decision (name varchar, keys varchar[])")
    if said:
        con.executemany("insert into kept.decision values (?, ?)", said)
