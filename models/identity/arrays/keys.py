"""The night's keys as numbers, so that what is said of them is an array and no join of hashes.

Belongs here: numbering the keys of ``link``, looking hashes up, laying what is said of keys beside
their texts. Does not: what is said of them (permanent.py, mapping.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from models.identity.arrays import frames
from models.identity.arrays.frames import Texts
from models.identity.arrays.numbering import NOBODY, Places, numbered

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Keys:
    """The keys of ``link``, numbered as they come: identifiers first, then what is none.

    So what is said of keys one after the other stands side by side, as their links do.

    Attributes:
        hashes: The hash of each key, shape (keys,).
        rows: The first row of ``link`` that has each key as its identifier, or else as the
            identity that it is of, same shape.
        n_identifiers: How many of them are identifiers.
        identity: The key of each row of ``link``, as a number, shape (links,), in their order.
        identifier: The identifier of each row, same shape.
        ranked: The numbers of the keys in the order of their hashes, shape (keys,).
    """

    hashes: Any
    rows: Any
    n_identifiers: int
    identity: Any
    identifier: Any
    ranked: Any

    @cached_property
    def _places(self) -> Places:
        return Places(self.hashes[self.ranked])

    @cached_property
    def _numbers(self) -> Any:
        """The numbers by place; the last is nobody's, which is where NOBODY looks."""
        import numpy as np

        return np.append(self.ranked, np.int32(NOBODY))

    def find(self, hashes: Any) -> Any:
        """Give the numbers of keys by their hashes (same shape); ``NOBODY`` of those not here."""
        return self._numbers[self._places.find(hashes)]

    def among(self, hashes: Any) -> Any:
        """Say of each key whether it is among some hashes, shape (keys,)."""
        import numpy as np

        is_among = np.zeros(len(self.hashes), dtype=bool)
        numbers = self.find(hashes)
        is_among[numbers[numbers != NOBODY]] = True
        return is_among

    def least(self, ends: Any, values: Any) -> Any:
        """Give the least value of each key among rows of ``ends``, keys as numbers; else NEVER."""
        import numpy as np

        least = np.full(len(self.hashes), NEVER)
        np.minimum.at(least, ends, values)
        return least


#: A moment, in microseconds, that never comes: of what has none.
NEVER = 2**63 - 1


def number_keys(con: duckdb.DuckDBPyConnection) -> Keys:
    """Number the keys of ``link``."""
    import numpy as np

    link = con.execute("select identity_h, identifier_h from link").fetchnumpy()
    ranked, (identity, identifier) = _numbered(link["identity_h"], link["identifier_h"])
    number, rows = np.full(len(ranked), NOBODY, dtype=np.int32), []
    for ends in (identifier, identity):
        first = np.full(len(ranked), NOBODY, dtype=np.int32)
        # what is written last stands
        first[ends[::-1]] = np.arange(len(ends), dtype=np.int32)[::-1]
        first[number != NOBODY] = NOBODY
        is_first = np.zeros(len(ends), dtype=bool)
        is_first[first[first != NOBODY]] = True
        rows.append(np.flatnonzero(is_first).astype(np.int32))
        number[ends[rows[-1]]] = np.arange(len(rows[-1])) + sum(map(len, rows[:-1]))
    hashes = np.empty_like(ranked)
    hashes[number] = ranked
    return Keys(
        hashes, np.concatenate(rows), len(rows[0]), number[identity], number[identifier], number
    )


def _numbered(identity: Any, identifier: Any) -> tuple[Any, tuple[Any, Any]]:
    """Number both ends of links; of an identity that is its own identifier, or as before, once."""
    import numpy as np

    is_new = np.ones(len(identity), dtype=bool)
    np.not_equal(identity[1:], identity[:-1], out=is_new[1:])
    first = np.flatnonzero(is_new)
    is_own = identity[first] == identifier[first]
    known, (of_identifier, of_other) = numbered(identifier, identity[first[~is_own]])
    of_first = np.empty(len(first), dtype=np.int32)
    of_first[is_own], of_first[~is_own] = of_identifier[first[is_own]], of_other
    return known, (np.repeat(of_first, np.diff(first, append=len(identity))), of_identifier)


@dataclass(frozen=True)
class People:
    """Whose each key is, by its number, as ``cluster`` has it.

    Attributes:
        cluster: Its cluster, shape (keys,); ``NOBODY`` where it resolves to none.
        own_cluster: The one that exact identifiers alone gave.
        is_weak: Whether it merges nobody: a cookie, what was left over, or nobody's.
    """

    cluster: Any
    own_cluster: Any
    is_weak: Any

    @property
    def strong(self) -> Any:
        """Which keys make people, shape (keys,)."""
        return (self.cluster != NOBODY) & ~self.is_weak

    @property
    def n_clusters(self) -> int:
        """One more than the largest number of a cluster."""
        return int(max(self.cluster.max(initial=-1), self.own_cluster.max(initial=-1))) + 1


def read_people(con: duckdb.DuckDBPyConnection, keys: Keys) -> People:
    """Read ``cluster``."""
    import numpy as np

    told = con.execute("select key_h, cluster, own_cluster, is_weak from cluster").fetchnumpy()
    at = keys.find(told["key_h"])
    people = People(
        np.full(len(keys.hashes), NOBODY, dtype=np.int32),
        np.full(len(keys.hashes), NOBODY, dtype=np.int32),
        np.ones(len(keys.hashes), dtype=bool),
    )
    people.cluster[at] = told["cluster"]
    people.own_cluster[at] = told["own_cluster"]
    people.is_weak[at] = told["is_weak"]
    return people


def _spread(column: Any, keys: Any, rows: Any, n_rows: int) -> Any:
    """Give a column of some keys' values at some of its rows; what others have is no matter."""
    import numpy as np

    values = column.which if isinstance(column, Texts) else column
    spread = np.zeros(n_rows, dtype=np.int32 if isinstance(column, Texts) else values.dtype)
    if isinstance(column, Texts):
        spread[:] = NOBODY
    spread[rows] = values[keys]
    return Texts(column.texts, spread) if isinstance(column, Texts) else spread


def put_some(
    con: duckdb.DuckDBPyConnection, table: str, asked: Any, columns: dict[str, Any]
) -> None:
    """Make a table of what is said of some keys.

    Args:
        con: A connection.
        table: Name of the table.
        asked: Which keys, shape (keys,).
        columns: What is said of each key: arrays of shape (keys,), or Texts.
    """
    import numpy as np

    keys = np.flatnonzero(asked)
    rows = slice(None)
    frames.put(con, table, {
        name: _spread(column, keys, rows, len(keys)) for name, column in columns.items()
    })  # fmt: skip


def lay(
    con: duckdb.DuckDBPyConnection, keys: Keys, view: str, asked: Any, columns: dict[str, Any]
) -> None:
    """Make a view of some keys with their texts and what is said of them.

    Its columns are identity_key, of identifiers identifier_type, source_system and
    source_customer_id, and those that are given. Texts are read as they stand in ``link_text``,
    whose rows are those of ``link``, and the arrays stand beside them: nothing is joined.

    Args:
        con: A connection with ``link_text``.
        keys: The keys.
        view: Name of the view.
        asked: Which keys, shape (keys,).
        columns: What is said of each key: arrays of shape (keys,), or Texts.
    """
    import numpy as np

    told = ", ".join(f"f.{column}" for column in columns)
    numbers, n_links = np.flatnonzero(asked), len(keys.identity)
    begin = int(np.searchsorted(numbers, keys.n_identifiers))
    parts: list[str] = []
    for each, text in ((numbers[:begin], _IDENTIFIER), (numbers[begin:], _IDENTITY)):
        if parts and not len(each):  # hardly any key is nobody's identifier
            continue
        n_rows = n_links if len(each) else 0  # for none no text is read
        is_told = np.zeros(n_rows, dtype=bool)
        is_told[keys.rows[each]] = True
        beside = {c: _spread(array, each, keys.rows[each], n_rows) for c, array in columns.items()}
        frames.show(con, f"{view}_{len(parts)}", {"is_told": is_told, **beside})
        texts = "link_text" if len(each) else "(from link_text limit 0)"
        parts.append(f"select {text}, {told} from {texts} t"
                     f" positional join {view}_{len(parts)} f where f.is_told")  # fmt: skip
    con.execute(f"create or replace temp view {view} as {' union all '.join(parts)}")


_IDENTIFIER = (
    "t.identifier_key as identity_key, t.identifier_type, t.source_system, t.source_customer_id"
)
_IDENTITY = "t.identity_key, null, null, null"


def moments(microseconds: Any) -> Any:
    """Give moments of microseconds (same shape); none where it is NEVER, or less it."""
    import numpy as np

    is_never = abs(microseconds) == NEVER
    return np.where(is_never, np.iinfo(np.int64).min, microseconds).view("datetime64[us]")
