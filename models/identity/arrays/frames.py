"""Arrays shown to the database as a table.

Belongs here: how a connection reads them, and numbers of its columns as arrays. Does not: what they
say (keys.py).

Many rows are shown as they are; of few a table is made from a stream. For to hand DuckDB an Arrow
table, a parameter or a list of Python's objects, and to make an Arrow array of an object or an
array of Arrow's, imports pandas, which takes a twentieth of a night that is worked out in part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import duckdb

#: Of more rows no table is made.
FEW = 200_000
#: A number of no text.
NONE = -1


@dataclass(frozen=True)
class Texts:
    """Texts of rows, of which many have the same: an Arrow array or a list, and which each row has.

    ``which`` has the place of each row's text; ``NONE`` where it has none.
    """

    texts: Any
    which: Any


def show(con: duckdb.DuckDBPyConnection, view: str, columns: dict[str, Any]) -> None:
    """Show arrays of one length, or Texts, as a view or table: masked, NaN and NaT are NULL."""
    frame = _frame(columns)
    if frame.num_rows > FEW:
        con.register(view, frame)
    else:
        put_frame(con, f"temp table {view}", frame)


def hide(con: duckdb.DuckDBPyConnection, *views: str) -> None:
    """Forget what was shown."""
    for view in views:
        con.unregister(view)
        con.execute(f"drop table if exists {view}")


def put(con: duckdb.DuckDBPyConnection, table: str, columns: dict[str, Any]) -> None:
    """Make a table of arrays of one length, or Texts; one that is there is replaced.

    Where a frame itself is joined, bounds of the other side are asked of it as signed numbers, and
    hashes are none.
    """
    put_frame(con, f"table {table}", _frame(columns))


def put_texts(con: duckdb.DuckDBPyConnection, table: str, texts: Sequence[str]) -> None:
    """Make a table of texts (k)."""
    put(con, table, {"k": Texts(texts, np.arange(len(texts)))})


def put_frame(con: duckdb.DuckDBPyConnection, table: str, frame: Any, where: str = "") -> None:
    """Make a table (say which kind) of an Arrow table's rows, on a condition."""
    con.register("frame_in", frame.__arrow_c_stream__() if frame.num_rows <= FEW else frame)
    con.execute(f"create or replace {table} as from frame_in {where}")
    con.unregister("frame_in")


def numbers(column: Any) -> Any:
    """Give an Arrow column of numbers, of which none is NULL, as an array."""
    found = column.combine_chunks()
    values = np.frombuffer(found.buffers()[1] or b"", dtype=found.type.to_pandas_dtype())
    return values[found.offset : found.offset + len(found)]


def array(values: Any) -> Any:
    """Give an Arrow array of numbers, booleans or moments: NULL where masked, NaN or NaT."""
    import pyarrow as pa

    is_none = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
    data = np.ascontiguousarray(np.ma.getdata(values))
    if data.dtype.kind in "fM":
        is_none = np.isnan(data) if is_none is None else is_none | np.isnan(data)
    valid = None
    if is_none is not None and is_none.any():
        valid = pa.py_buffer(np.packbits(~is_none, bitorder="little"))
    kind = pa.from_numpy_dtype(data.dtype)
    if data.dtype == bool:
        data = np.packbits(data, bitorder="little")
    return pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(data)])


def _frame(columns: dict[str, Any]) -> Any:
    import pyarrow as pa

    arrays = [_texts(each) if isinstance(each, Texts) else array(each) for each in columns.values()]
    return pa.Table.from_arrays(arrays, names=list(columns))


def _texts(column: Texts) -> Any:
    import pyarrow as pa

    texts = column.texts
    if isinstance(texts, list | tuple):
        written = [text.encode() for text in texts]
        ends = np.cumsum([0, *map(len, written)], dtype=np.int32)
        texts = pa.StringArray.from_buffers(
            len(texts), pa.py_buffer(ends), pa.py_buffer(b"".join(written))
        )
    which = np.ma.array(column.which.astype(np.int32), mask=column.which == NONE)
    return pa.DictionaryArray.from_arrays(array(which), texts)
