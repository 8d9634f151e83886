"""A night worked out in part says what a full run says, and where it cannot, it is a full run.

Worlds are small and blocks smaller, so that a few changes take many blocks over their largest size
and back. `make test-long` takes more of them (WHOLEVIEW_SCENARIOS).
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from models.identity.exact import components
from models.identity.exact.decisions import Decision
from models.identity.nights import kept
from models.identity.nights import state as files
from models.identity.part import increment
from models.identity.probable import blocking, training
from models.identity.resolve import IdentitySummary, resolve
from tests.models.identity.changing import Changing
from tests.models.identity.people import Town

SCENARIOS = int(os.environ.get("WHOLEVIEW_SCENARIOS", "1"))
NIGHTS = 3 if SCENARIOS == 1 else 5
WRITTEN = (
    "identity_map", "bridge_identity", "customer", "identity_event", "identity_trail",
    "customer_group", "group_trail", "review_pair", "identity_benchmark",
)  # fmt: skip
KEPT = (
    "record_key", "scored_pair", "key_node", "link_end", "record_digest", "place", "decision",
    "key_rule", "bound_key", "said", "torn", "local_doubt", "namesake_doubt", "shown_text",
    "tally", "shared_identifier", "block_size", "late_key", "cluster_customer",
    "frequency",
)  # fmt: skip


def resolved(
    world: Changing, state: Path, out: Path, *, is_full: bool = False, cap: int = 4
) -> IdentitySummary:
    """Resolve tonight's world in a fresh directory."""
    shutil.rmtree(out, ignore_errors=True)
    day = dt.date(2026, 1, 1) + dt.timedelta(world.night)
    work = world.write(out.with_suffix(".duckdb"))
    return resolve(work, state, out, day, decisions=world.decisions, identifier_cap=cap,
                   is_full=is_full)  # fmt: skip


def differing(one: Path, other: Path) -> list[str]:
    """Name the tables that two directories do not have the same rows of."""
    con = duckdb.connect()
    con.execute(f"attach '{one / kept.FILE}' as a (read_only)")
    con.execute(f"attach '{other / kept.FILE}' as b (read_only)")
    pairs = [(t, *(f"({files.table_sql(home, t)})" for home in (one, other))) for t in WRITTEN]
    pairs += [(f"kept {t}", f"a.{t}", f"b.{t}") for t in KEPT]
    found = []
    for table, left, right in pairs:
        sql = "select count(*) from (from {} except all from {})"
        counts = [con.execute(sql.format(*ends)).fetchone()[0]
                  for ends in ((left, right), (right, left))]  # fmt: skip
        if counts != [0, 0]:
            found.append(f"{table}: {counts}")
    con.close()
    return found


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking, "BLOCK_CAP", 4)
    monkeypatch.setattr(blocking, "FINER_CAP", 3)
    monkeypatch.setattr(blocking, "SAME_CAP", 6)
    monkeypatch.setattr(blocking, "LOOSE_CAP", 5)
    monkeypatch.setattr(components, "LARGEST", 12)
    monkeypatch.setattr(increment, "MOST", 1.0)
    monkeypatch.setattr(files, "FEW", 0)
    monkeypatch.setattr(files, "MOST_CHANGED", 0.5)


@pytest.mark.parametrize("seed", range(501, 501 + SCENARIOS))
def test_nights_in_part_equal_full_runs(tmp_path, small_blocks, seed):
    world, state = Changing(seed, 120), tmp_path / "first"
    resolved(world, tmp_path / "none", state, is_full=True)
    for night in range(1, NIGHTS):
        world.change(0.05)
        full, part = tmp_path / f"full{night}", tmp_path / f"part{night}"
        of_all = resolved(world, state, full, is_full=True)
        of_part = resolved(world, state, part)
        assert of_part.why_full is None and of_all.why_full == "from the start"
        assert replace(of_part, why_full=of_all.why_full) == of_all
        assert differing(full, part) == []
        state = part


@pytest.fixture(scope="module")
def kept_night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Changing, Path]:
    world, state = Changing(7, 12), tmp_path_factory.mktemp("kept") / "state"
    resolved(world, state.with_name("none"), state)
    return world, state


def _cut(state: Path) -> None:
    file = state / kept.FILE
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _of_another_format(state: Path) -> None:
    con = duckdb.connect(str(state / kept.FILE))
    con.execute("update mark set mark = 'of another format'")
    con.close()


def _without_a_table(state: Path) -> None:
    con = duckdb.connect(str(state / kept.FILE))
    con.execute("drop table link_end")
    con.close()


def _of_another_night(state: Path) -> None:
    con = duckdb.connect(str(state / kept.FILE))
    con.execute("update mark set name = 'of another night'")
    con.close()


def _model_trained_anew(state: Path) -> None:
    (state / training.FILE).unlink()


def _killed_before_it_ended(state: Path) -> None:
    (state / f"{kept.FILE}.wal").write_bytes(b"half a page")
    (state / kept.FILE).write_bytes(b"")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        # at once, or where what is missing is asked for
        (_cut, ("what was kept cannot be read (IO", "an error came up (IOException)")),
        (_killed_before_it_ended, "what was kept cannot be read"),
        (_of_another_format, "what was kept is of another program, model or cap"),
        (_of_another_night, "what was kept is of another night"),
        (_model_trained_anew, "nothing was kept, or no model"),
        (lambda state: (state / kept.FILE).unlink(), "nothing was kept, or no model"),
        # nothing foresees this one: its kind is told, and no value
        (_without_a_table, "an error came up (CatalogException)"),
    ],
)
def test_what_was_kept_and_is_of_no_use_makes_a_full_run_with_the_same_ids(
    kept_night, tmp_path, spoil, why
):
    world, kept_state = kept_night
    state = tmp_path / "state"
    shutil.copytree(kept_state, state)
    spoil(state)
    found = resolved(world, state, tmp_path / "out")
    assert str(found.why_full).startswith(why)
    assert (found.n_created, found.n_merged, found.n_split) == (0, 0, 0)
    assert not any("kept" in t or "map" in t for t in differing(kept_state, tmp_path / "out"))


@pytest.mark.parametrize("kind", [AssertionError, MemoryError])
def test_an_error_of_arrays_makes_a_full_run_and_none_of_its_words_are_told(
    kept_night, tmp_path, monkeypatch, kind
):
    def fail(*_: object) -> None:
        raise kind("Ann Lee")

    world, state = kept_night
    monkeypatch.setattr(increment, "find_people", fail)
    found = resolved(world, state, tmp_path / "out")
    assert found.why_full == f"an error came up ({kind.__name__})"
    assert differing(state, tmp_path / "out") == []


def test_what_a_killed_night_left_in_the_build_is_not_taken_for_tonights(kept_night, tmp_path):
    world, state = kept_night
    out = tmp_path / "out"
    out.mkdir()
    day = dt.date(2026, 1, 1)
    for name in (kept.FILE, f"{kept.FILE}.wal"):
        (out / name).write_bytes(b"half a page")
    found = resolve(world.write(tmp_path / "w.duckdb"), state, out, day, identifier_cap=4)
    assert found.is_part and differing(state, out) == []


def test_another_cap_much_change_and_a_wish_make_a_full_run(kept_night, tmp_path):
    world, state = kept_night
    of_cap = resolved(world, state, tmp_path / "cap", cap=5)
    assert of_cap.why_full == "what was kept is of another program, model or cap"
    assert resolved(world, state, tmp_path / "wish", is_full=True).why_full == "from the start"
    first = resolved(world, tmp_path / "none", tmp_path / "first", is_full=True)
    assert first.why_full == "a first night"
    assert resolved(Changing(8, 12), state, tmp_path / "other").why_full == "much has changed"


def test_a_decision_of_a_record_that_was_away_for_a_night_is_followed_again(tmp_path):
    """The other side did not change, and was not of one customer with it meanwhile."""
    town = Town(60, copies=3, wrong=0.1)
    every = list(town.records)
    one, other = every[-1][0], every[0][0]

    def night(day: int, records: list, state: Path, name: str, **options) -> IdentitySummary:
        town.records = records
        work = town.write(tmp_path / "work.duckdb")
        return resolve(work, state, tmp_path / name, dt.date(2026, 3, day),
                       decisions=[Decision(True, (one,), (other,))], **options)  # fmt: skip

    night(1, every, tmp_path / "none", "first")
    night(2, [record for record in every if record[0] != one], tmp_path / "first", "away")
    found = town.found(tmp_path / "away")
    assert one not in found and other in found
    assert night(3, every, tmp_path / "away", "back").is_part
    found = town.found(tmp_path / "back")
    assert found[one] == found[other]
    night(3, every, tmp_path / "away", "whole", is_full=True)
    assert differing(tmp_path / "whole", tmp_path / "back") == []
