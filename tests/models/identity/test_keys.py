"""Keys as numbers: each is found by its hash; what is said of one stands beside its own text."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from models.identity.arrays.frames import Texts
from models.identity.arrays.keys import NEVER, Keys, lay, moments, number_keys, put_some
from models.identity.arrays.numbering import NOBODY

# an order that is nobody's identifier, between a record with an e-mail and another with the same
LINKS = [("r1", "r1"), ("r1", "mail"), ("order", "mail"), ("r2", "r2"), ("r2", "mail")]


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("create table text (identity_key varchar, identifier_key varchar)")
    con.executemany("insert into text values (?, ?)", LINKS)
    con.execute("create table link as select hash(identity_key) as identity_h,"
                " hash(identifier_key) as identifier_h from text")  # fmt: skip
    con.execute("create view link_text as select *, 'kind' as identifier_type, 'shop' as"
                " source_system, null::varchar as source_customer_id from text")  # fmt: skip
    return con


def _numbers(con: duckdb.DuckDBPyConnection, keys: Keys, *texts: str) -> list[int]:
    told = con.execute("select hash(unnest(?::varchar[])) as h", [texts]).fetchnumpy()
    return keys.find(told["h"]).tolist()


def test_keys_are_numbered_as_links_bring_them_and_found_by_their_hashes(con):
    keys = number_keys(con)
    assert _numbers(con, keys, "mail", "r2", "r1", "order") == [1, 2, 0, 3]
    assert _numbers(con, keys, "nothing of ours") == [NOBODY]
    assert keys.identity.tolist() == [0, 0, 3, 2, 2]
    assert keys.identifier.tolist() == [0, 1, 1, 2, 1]


def test_what_is_said_of_a_key_stands_beside_its_text(con):
    keys = number_keys(con)
    said = {
        "key_h": keys.hashes,
        "whose": Texts(pa.array(["Ann", "Ben"]), np.array([0, NOBODY, 1, 1])),
        "share": np.array([0.5, np.nan, 1.0, 0.25]),
        "seen": moments(np.array([0, NEVER, 1, -NEVER])),
    }
    lay(con, keys, "all_keys", np.ones(4, dtype=bool), said)
    assert con.execute("select count(*) from all_keys where hash(identity_key) = key_h"
                       ).fetchone() == (4,)  # fmt: skip
    told = con.execute("select identity_key, whose, share, epoch_us(seen), identifier_type"
                       " from all_keys order by identity_key").fetchall()  # fmt: skip
    assert told == [
        ("mail", None, None, None, "kind"), ("order", "Ben", 0.25, None, None),
        ("r1", "Ann", 0.5, 0, "kind"), ("r2", "Ben", 1.0, 1, "kind"),
    ]  # fmt: skip


@pytest.mark.parametrize("asked", [[], ["order"], ["mail"], ["mail", "order"]])
def test_only_those_are_told_of_who_are_asked_for(con, asked):
    keys = number_keys(con)
    among = np.isin(np.arange(4), _numbers(con, keys, *asked))
    lay(con, keys, "some_keys", among, {"key_h": keys.hashes})
    put_some(con, "some_hash", among, {"key_h": keys.hashes})
    rows = con.execute("select identity_key from some_keys join some_hash using (key_h)"
                       " order by 1").fetchall()  # fmt: skip
    assert [text for (text,) in rows] == asked


def test_where_there_is_no_link_there_is_no_key(con):
    con.execute("delete from link; delete from text")
    keys = number_keys(con)
    lay(con, keys, "no_keys", np.zeros(0, dtype=bool), {"key_h": keys.hashes})
    assert con.execute("from no_keys").fetchall() == []
    assert _numbers(con, keys, "r1") == [NOBODY]
    assert keys.least(keys.identity, keys.identity).tolist() == []
