"""A table of identity reads as it is, whether it was written whole or as what has changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from models.identity.nights import state

ROWS = 20


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "FEW", 0)
    monkeypatch.setattr(state, "MOST_CHANGED", 0.25)


class Nights:
    """Maps of some nights, in a directory each; the map is {key: customer}."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.map = folder, {f"k{n}": "one" for n in range(ROWS)}
        self._write("first", None, self.map, {})

    def _write(
        self, name: str, before: str | None, rows: dict[str, str], gone: dict[str, str]
    ) -> Path:
        out = self.folder / name
        out.mkdir()
        with duckdb.connect() as con:
            state.open_last(con, self.folder / (before or "none"))
            for table, of in state._TONIGHT.items():
                con.execute(f"create table {of} as from no_{table}")
                con.execute(f"create table gone_{table} as from no_{table}")
            for target, told in (("identity_map", rows), ("gone_identity_map", gone)):
                for row in told.items():
                    con.execute(
                        f"insert into {target} (identity_key, customer_id) values (?, ?)", row
                    )
            if before is None:
                state.write_files(con, out, name)
            else:
                state.write_part(con, self.folder / before, out, name)
        return out

    def night(self, name: str, before: str, told: dict[str, str], gone: tuple[str, ...]) -> Path:
        """A night in part: what some keys are now, and who has none of the others any more."""
        replaced = {key: "" for key in (*told, *gone) if key in self.map}
        self.map = {k: v for k, v in self.map.items() if k not in replaced} | told
        return self._write(name, before, told, replaced)

    def read(self, folder: Path) -> dict[str, str]:
        sql = state.table_sql(folder, "identity_map")
        rows = duckdb.connect().execute(f"select identity_key, customer_id from ({sql})").fetchall()
        assert len(rows) == len(dict(rows))
        return dict(rows)


def test_what_changed_and_the_file_as_it_was_are_the_table(tmp_path):
    nights = Nights(tmp_path)
    file = "identity_map.parquet"
    one = nights.night("second", "first", {"k1": "other", "new": "other"}, ("k2",))
    assert (one / file).read_bytes() == (tmp_path / "first" / file).read_bytes()
    assert nights.read(one) == nights.map and "k2" not in nights.map
    # what has changed once changes again, comes back and goes
    two = nights.night("third", "second", {"k2": "back"}, ("k1", "new"))
    assert nights.read(two) == nights.map and nights.map["k2"] == "back"
    assert (two / file).read_bytes() == (one / file).read_bytes()
    assert state.is_made_with(two, "third") and not state.is_made_with(two, "second")
    three = nights.night("fourth", "third", {"k7": "x", "k8": "x", "k9": "x"}, ())
    assert nights.read(three) == nights.map
    assert (three / file).read_bytes() != (two / file).read_bytes()
    changes = three / "identity_map_changes.parquet"
    assert duckdb.connect().read_parquet(str(changes)).fetchall() == []


def test_a_file_is_not_read_with_the_changes_of_another(tmp_path):
    nights = Nights(tmp_path)
    one = nights.night("second", "first", {"k1": "other"}, ())
    before = dict(nights.map)
    two = nights.night("third", "second", {f"k{n}": "many" for n in range(9)}, ())
    # a crash between two names of one state: the file is whole and newer than its changes
    shutil.copyfile(two / "identity_map.parquet", one / "identity_map.parquet")
    assert nights.read(one) == nights.map != before
    assert not state.is_made_with(one, "second") and not state.is_made_with(one, "third")


def test_a_file_that_is_handed_on_is_never_written_in_place(tmp_path):
    last, tonight = tmp_path / "last", tmp_path / "tonight"
    last.mkdir()
    tonight.mkdir()
    with duckdb.connect() as con:
        sql = "select '{}' as customer_id, date '2026-01-01' as created_on"
        state._write(con, "customer", sql.format("one"), last, "last")
        for _ in range(2):  # as a night that was killed and is run again
            state._hand_on(last / "customer.parquet", tonight / "customer.parquet")
        state._write(con, "customer", sql.format("two"), tonight, "tonight")
        told = [con.execute(f"select customer_id from '{home}/customer.parquet'").fetchall()
                for home in (last, tonight)]  # fmt: skip
    assert told == [[("one",)], [("two",)]]
    assert sorted(path.name for path in tonight.iterdir()) == ["customer.parquet"]
