"""Publishing: readers see the old version or the new one, whole; nothing broken is copied."""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb
import pytest

from orchestration.content import content_hash, table_hashes
from orchestration.publish import (
    PublishError,
    copy_together,
    current_version,
    finish_copy,
    point_current,
    prune_versions,
    publish,
    seal,
    version_name,
)


def warehouse(path: Path, rows: int = 3, order: str = "asc") -> Path:
    con = duckdb.connect(str(path))
    con.execute("create schema core")
    con.execute(
        "create table core.fct_order as select i as order_id, i / 3.0 as share, i as batch"
        f" from range({rows}) t(i) order by i {order}"
    )
    con.execute("create view core.recent as select * from core.fct_order where order_id > 0")
    con.close()
    return path


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return tmp_path / "published"


def test_a_version_is_a_whole_copy_that_current_points_to(tmp_path, published):
    build = warehouse(tmp_path / "warehouse.duckdb")
    assert seal(build) == {"core.fct_order": 3, "core.recent": 2}
    done = publish(build, published, version_name(1))
    assert current_version(published) is None
    point_current(published, done.version)
    assert current_version(published) == "v000001"
    con = duckdb.connect(str(published / "current.duckdb"), read_only=True)
    assert con.execute("select count(*) from core.fct_order").fetchone() == (3,)
    assert done.path.stat().st_mode & 0o777 == 0o640
    assert published.stat().st_mode & 0o777 == 0o750
    assert list(done.path.parent.iterdir()) == [done.path]


def test_a_file_whose_log_was_left_is_not_copied_over(tmp_path, published):
    build = warehouse(tmp_path / "warehouse.duckdb")
    (published / "versions").mkdir(parents=True)
    (published / "versions" / "v000001.duckdb.wal").write_bytes(b"left by a crash")
    with pytest.raises(PublishError, match="write-ahead log"):
        publish(build, published, "v000001")
    assert not (published / "versions" / "v000001.duckdb").exists()


def test_a_view_that_cannot_be_read_stops_publishing(tmp_path):
    build = warehouse(tmp_path / "warehouse.duckdb")
    con = duckdb.connect(str(build))
    con.execute("create table core.gone as select 1 as a")
    con.execute("create view core.broken as select a from core.gone")
    con.execute("drop table core.gone")
    con.close()
    with pytest.raises(PublishError, match="cannot be read"):
        seal(build)


def test_pointing_at_a_missing_version_leaves_the_link(tmp_path, published):
    build = warehouse(tmp_path / "warehouse.duckdb")
    publish(build, published, "v000001")
    point_current(published, "v000001")
    with pytest.raises(PublishError, match="no such version"):
        point_current(published, "v000009")
    assert current_version(published) == "v000001"


def test_old_versions_go_but_never_the_one_that_serves(tmp_path, published):
    build = warehouse(tmp_path / "warehouse.duckdb")
    for number in range(1, 6):
        publish(build, published, version_name(number))
    point_current(published, "v000001")
    assert prune_versions(published, keep=2) == ["v000002", "v000003"]
    assert sorted(f.stem for f in (published / "versions").iterdir()) == [
        "v000001", "v000004", "v000005",
    ]  # fmt: skip


def test_readers_never_see_a_broken_version_while_it_is_swapped(tmp_path, published):
    builds = [warehouse(tmp_path / f"{n}.duckdb", rows=n) for n in (5, 7)]
    publish(builds[0], published, "v000001")
    point_current(published, "v000001")
    seen, stop = set(), threading.Event()

    def read() -> None:
        while not stop.is_set():
            file = (published / "current.duckdb").resolve()
            con = duckdb.connect(str(file), read_only=True)
            seen.add(con.execute("select count(*) from core.fct_order").fetchone()[0])
            con.close()

    reader = threading.Thread(target=read)
    reader.start()
    publish(builds[1], published, "v000002")
    for _ in range(20):
        point_current(published, "v000002")
        point_current(published, "v000001")
    stop.set()
    reader.join()
    assert seen <= {5, 7}
    assert seen


def test_content_ignores_row_order_and_lineage_but_not_values_or_counts(tmp_path):
    one = warehouse(tmp_path / "a.duckdb")
    two = warehouse(tmp_path / "b.duckdb", order="desc")
    con = duckdb.connect(str(two))
    con.execute("update core.fct_order set batch = batch + 10")
    con.close()
    assert content_hash(one) == content_hash(two)
    con = duckdb.connect(str(two))
    con.execute("insert into core.fct_order select * from core.fct_order where order_id = 1")
    con.close()
    differing = {t for t, h in table_hashes(one).items() if table_hashes(two)[t] != h}
    assert differing == {"core.fct_order", "core.recent"}


def test_content_tells_null_from_empty_and_forgives_the_last_digit(tmp_path):
    hashes = []
    for number, value in enumerate(("null", "''", "'x'")):
        path = tmp_path / f"{number}.duckdb"
        con = duckdb.connect(str(path))
        con.execute("create schema core")
        con.execute(f"create table core.t as select {value}::varchar as a, 0.1::double as b")
        con.close()
        hashes.append(content_hash(path))
    assert len(set(hashes)) == 3
    path = tmp_path / "digit.duckdb"
    con = duckdb.connect(str(path))
    con.execute("create schema core")
    con.execute("create table core.t as select 'x' as a, 0.1 + 1e-16::double as b")
    con.close()
    assert content_hash(path) == hashes[2]


def test_files_of_one_state_are_taken_over_together_or_not_at_all(tmp_path):
    built, state = tmp_path / "built", tmp_path / "state"
    for folder, text in ((built, "new"), (state, "old")):
        folder.mkdir()
        for name in ("a", "b"):
            (folder / name).write_text(text)
    with pytest.raises(FileNotFoundError):
        copy_together([built / "a", built / "b", built / "gone"], state, 0o600)
    assert {file.name: file.read_text() for file in state.iterdir()} == {"a": "old", "b": "old"}
    copy_together([built / "a", built / "b"], state, 0o600)
    assert {file.name: file.read_text() for file in state.iterdir()} == {"a": "new", "b": "new"}
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in state.iterdir())


def test_a_crash_while_files_of_one_state_take_their_names_is_made_good(tmp_path, monkeypatch):
    """At whichever rename it falls: as it was before the note of them is there, else all new."""
    rename, found = Path.replace, []
    for crash_at in range(1, 5):
        built, state = tmp_path / f"built{crash_at}", tmp_path / f"state{crash_at}"
        for folder, text in ((built, "new"), (state, "old")):
            folder.mkdir()
            for name in ("a", "b", "c"):
                (folder / name).write_text(text)
        left = iter([False] * (crash_at - 1) + [True])

        def crashing(self, target, left=left):
            if next(left):
                raise KeyboardInterrupt
            return rename(self, target)

        monkeypatch.setattr(Path, "replace", crashing)
        with pytest.raises(KeyboardInterrupt):
            copy_together([built / name for name in "abc"], state, 0o600)
        monkeypatch.setattr(Path, "replace", rename)
        torn = {name: (state / name).read_text() for name in "abc"}
        finish_copy(state)
        found.append(([*torn.values()], [(state / name).read_text() for name in "abc"]))
        assert sorted(file.name for file in state.iterdir()) == ["a", "b", "c"]
    old, new = ["old"] * 3, ["new"] * 3
    assert found == [
        (old, old),
        (old, new),
        (["new", "old", "old"], new),
        (["new", "new", "old"], new),
    ]
