"""The manifest is made by one process of a checkout at a time."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from orchestration import warehouse_project


def test_who_makes_or_reads_the_manifest_is_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warehouse_project, "MANIFEST", tmp_path / "target" / "manifest.json")
    lock = tmp_path / "target" / "manifest.lock"
    with warehouse_project._alone(), lock.open("w") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with lock.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
