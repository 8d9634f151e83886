"""Arrays are the same table whether they are shown as NumPy's or as Arrow."""

from __future__ import annotations

import subprocess
import sys

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from models.identity.arrays import frames


@pytest.mark.parametrize("few", [0, 100])
@pytest.mark.parametrize("n", [0, 1, 5])
def test_few_rows_and_many_are_shown_as_the_same_table(monkeypatch, few, n):
    monkeypatch.setattr(frames, "FEW", few)
    of_row = np.arange(n)
    columns = {
        "h": np.uint64(2**64 - 1) - of_row.astype(np.uint64),
        "is_odd": of_row % 2 == 1,
        "part": np.ma.array(of_row, mask=of_row == 3),
        "share": np.where(of_row == 2, np.nan, of_row / 2),
        "seen": np.where(of_row == 4, np.iinfo(np.int64).min, of_row).view("datetime64[us]"),
        "whose": frames.Texts(pa.array(["Zoë", None, "Ben"]), np.array([2, -1, 1, 0, 0])[:n]),
        "nobodys": frames.Texts(["Ann"], np.full(n, frames.NONE)),
    }
    con = duckdb.connect()
    frames.put(con, "told", columns)
    kinds = [kind for _, kind, *_ in con.execute("describe told").fetchall()]
    assert kinds == ["UBIGINT", "BOOLEAN", "BIGINT", "DOUBLE", "TIMESTAMP", "VARCHAR", "VARCHAR"]
    told = con.execute("select h, is_odd, part, share, epoch_us(seen), whose, nobodys from told"
                       " order by h desc").fetchall()  # fmt: skip
    top = 2**64 - 1
    assert told == [
        (top, False, 0, 0.0, 0, "Ben", None),
        (top - 1, True, 1, 0.5, 1, None, None),
        (top - 2, False, 2, None, 2, None, None),
        (top - 3, True, None, 1.5, 3, "Zoë", None),
        (top - 4, False, 4, 2.0, None, "Zoë", None),
    ][:n]  # fmt: skip


def test_few_rows_are_shown_without_pandas():
    code = (
        "import sys, duckdb, numpy as np; from models.identity.arrays import frames, lookup;"
        "con = duckdb.connect(); frames.put_texts(con, 'told', ['Ann']);"
        "con.execute('create table h as select hash(n) as h from range(9) t(n)');"
        "lookup.Arrays(con, 'from h').find(con, 'found', 'h', 'select h from h limit 2');"
        "assert con.execute('select count(*) from found').fetchone() == (2,);"
        "assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
