"""What tests of more than one folder share (a home, the top folder, the manifest), and their order.

What only one folder's tests need belongs in that folder's own conftest.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).resolve().parent.parent
#: Files that look at one night on the sample: a process runs it once for all of them.
OF_ONE_NIGHT = (
    "tests/nights/test_sample_channels.py",
    "tests/nights/test_sample_figures.py",
    "tests/nights/test_joins_of_models.py",
)


class FilesOfOneNight(LoadFileScheduling):
    """A file's tests stay in one process, and so do those of files that share a night."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return OF_ONE_NIGHT[0] if file in OF_ONE_NIGHT else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesOfOneNight:
    """Share the tests out among processes, in their order."""
    config.option.loadscopereorder = False
    return FilesOfOneNight(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the nights, which take longest: at the end others would wait for them."""
    items.sort(key=lambda item: "nights" not in item.path.parts)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's top folder."""
    return ROOT


@pytest.fixture
def tmp_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home that WHOLEVIEW_HOME names, so that no test touches a person's own."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("WHOLEVIEW_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def manifest(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The manifest of the dbt project, parsed once a session, in a folder of its own."""
    scratch = tmp_path_factory.mktemp("manifest")
    command = ["dbt", "--no-version-check", "parse", "--no-partial-parse"]
    command += ["--project-dir", str(root / "transforms")]
    command += ["--profiles-dir", str(root / "transforms")]
    command += ["--target-path", str(scratch / "target"), "--log-path", str(scratch / "logs")]
    places = {"WHOLEVIEW_HOME": str(scratch), "WHOLEVIEW_BUILD": str(scratch)}
    environment = {**os.environ, **places, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    command[0] = str(Path(sys.executable).with_name("dbt"))
    done = subprocess.run(
        command, env=environment, cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"dbt parse failed:\n{done.stdout[-4000:]}{done.stderr[-2000:]}"
    return json.loads((scratch / "target" / "manifest.json").read_text())
