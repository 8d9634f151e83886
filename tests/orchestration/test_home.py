"""HOME: modes, format, lock and key."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.durable import replacing, write_durably
from orchestration.home import Home, HomeFormatError, HomeLocked
from orchestration.pseudonym_key import KeyRefused


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").prepare()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_modes(home: Home) -> None:
    assert mode(home.root) == 0o710
    assert mode(home.published) == 0o750
    assert mode(home.versions) == 0o750
    assert mode(home.root / "landing" / "raw") == 0o700
    home.key({})
    assert mode(home.key_file) == 0o600


def test_prepare_twice_is_once(home: Home) -> None:
    before = sorted(home.root.rglob("*"))
    home.prepare()
    assert sorted(home.root.rglob("*")) == before


def test_another_format_is_refused(home: Home) -> None:
    (home.root / "format_version").write_text("0")
    with pytest.raises(HomeFormatError, match="format 0"):
        home.prepare()


def test_names_stay_inside(home: Home) -> None:
    with pytest.raises(ValueError, match="directory name"):
        home.raw_dir("../elsewhere")


def test_lock_is_refused_to_a_second(home: Home) -> None:
    with home.lock(), pytest.raises(HomeLocked, match=str(os.getpid())), home.lock():
        raise AssertionError("both hold the lock")
    with home.lock():
        pass


def test_lock_goes_with_its_process(home: Home) -> None:
    program = (
        "import os, sys; from pathlib import Path; from orchestration.home import Home\n"
        "with Home(Path(sys.argv[1])).lock(): os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(home.root)], check=False)
    assert done.returncode == 9
    with home.lock():
        pass


def test_key_is_made_once(home: Home) -> None:
    assert not home.has_key({})
    key = home.key({})
    assert len(key) == 32
    assert home.key({}) == key
    assert home.has_key({})


def test_key_from_the_environment(home: Home) -> None:
    assert home.key({"WHOLEVIEW_KEY": "k" * 16}) == b"k" * 16
    with pytest.raises(KeyRefused) as refused:
        home.key({"WHOLEVIEW_KEY": "open sesame"})
    assert "sesame" not in str(refused.value)


def test_short_key_file_is_refused(home: Home) -> None:
    write_durably(home.key_file, b"short")
    with pytest.raises(KeyRefused, match="5 bytes"):
        home.key({})


def test_replacing_leaves_the_old_file_on_failure(tmp_path: Path) -> None:
    target = tmp_path / "file"
    write_durably(target, b"old")
    with pytest.raises(RuntimeError), replacing(target) as temporary:
        temporary.write_bytes(b"half")
        raise RuntimeError
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_home_keeps_its_key(home: Home) -> None:
    home.key({"WHOLEVIEW_KEY": "k" * 16})
    with pytest.raises(KeyRefused, match="not the key") as refused:
        home.key({"WHOLEVIEW_KEY": "another key, long enough"})
    assert "another" not in str(refused.value).removeprefix("WHOLEVIEW_KEY")
    assert home.key({"WHOLEVIEW_KEY": "k" * 16}) == b"k" * 16


def test_a_lost_key_is_not_made_anew(home: Home) -> None:
    home.key({})
    home.key_file.unlink()
    with pytest.raises(KeyRefused, match="lost its key"):
        home.key({})
    assert not home.key_file.exists()


@pytest.mark.parametrize("folder", ["a[1]", "all*", "what?", "{x}"])
def test_a_path_with_a_wildcard_is_refused(tmp_path: Path, folder: str) -> None:
    with pytest.raises(HomeFormatError, match="--home"):
        Home(tmp_path / folder / "home").prepare()
    with pytest.raises(HomeFormatError), Home(tmp_path / folder / "home").lock():
        raise AssertionError("it is open")
    assert not (tmp_path / folder).exists()


def test_a_path_with_a_quote_is_not(tmp_path: Path) -> None:
    assert Home(tmp_path / "o'brien ünï" / "my home").prepare().feeds.is_dir()
