"""How the scorecard runs a world: the night finds no truth, and a failed night has no score."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from bench.truth import night
from bench.truth.__main__ import main
from bench.truth.night import AS_OF, NightError, run_world

#: Stands in for `wholeview`: writes what a sample is made of, or runs a night and looks around.
PROGRAM = """#!{python}
import sys
from pathlib import Path
words = sys.argv[1:]
def option(name):
    return Path(words[words.index(name) + 1])
if words[0] == "sample":
    out = option("--out")
    (out / "truth" / str(option("--until"))).mkdir(parents=True)
    (out / "company.yml").write_text("settings:\\n  publish_source_ids: [{systems}]\\n")
else:
    company = option("--company")
    if (company.parent / "truth").exists():
        sys.exit("the truth lies beside the raw files")
    if "loyalty" not in company.read_text():
        sys.exit("ids of other systems are not asked for")
    sys.exit({status})
"""


def program(folder: Path, status: int = 0, systems: str = "crm") -> str:
    path = folder / "wholeview"
    path.write_text(PROGRAM.format(python=sys.executable, status=status, systems=systems))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_the_night_runs_where_there_is_no_truth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night, "WHOLEVIEW", program(tmp_path))
    said: list[str] = []
    world = run_world(tmp_path, 5, 100, None, said.append)
    assert world.truth.is_dir() and world.truth.name == str(AS_OF)
    assert world.later.is_dir() and world.later.name == "2026-09-26"
    assert len(said) == 3


def test_a_world_that_is_there_is_not_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night, "WHOLEVIEW", program(tmp_path))
    world = run_world(tmp_path, 5, 100, None, lambda _: None)
    world.published.parent.mkdir(parents=True)
    world.published.touch()
    (world.later / "planted.json").touch()
    monkeypatch.setattr(night, "WHOLEVIEW", program(tmp_path, status=1))
    assert run_world(tmp_path, 5, 100, None, lambda _: None) == world


def test_a_failed_night_is_a_miss_on_the_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night, "WHOLEVIEW", program(tmp_path, status=1))
    page = tmp_path / "card.md"
    assert main(["--seeds", "5", "--keep", str(tmp_path), "--page", str(page)]) == 1
    assert "MISSED: Nights, published, seed 5: the night failed" in page.read_text()


def test_a_night_that_fails_is_no_score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(night, "WHOLEVIEW", program(tmp_path, status=1))
    with pytest.raises(NightError, match="run ended with 1"):
        run_world(tmp_path, 5, 100, None, lambda _: None)


def test_a_company_file_that_changed_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night, "WHOLEVIEW", program(tmp_path, systems="crm, shop"))
    with pytest.raises(NightError, match="to widen"):
        run_world(tmp_path, 5, 100, None, lambda _: None)
