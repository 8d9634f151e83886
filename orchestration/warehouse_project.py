"""The dbt project as the graph sees it: its manifest, parsed again when the SQL changes.

Belongs here: keeping ``target/manifest.json`` true to the files. Does not: running models.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from orchestration import settings
from orchestration.durable import replacing

MANIFEST = settings.TRANSFORMS / "target" / "manifest.json"
_STAMP = MANIFEST.with_name("manifest.sha256")


def dbt_executable() -> str:
    """Give the dbt that belongs to this interpreter's environment."""
    beside = Path(sys.executable).with_name("dbt")
    return str(beside) if beside.exists() else "dbt"


def manifest() -> dict[str, Any]:
    """Give the manifest, parsing the project first where its files have changed.

    Raises:
        RuntimeError: Where dbt cannot parse the project.
    """
    digest = settings.code_digest("transforms")
    if not MANIFEST.exists() or not _STAMP.exists() or _STAMP.read_text() != digest:
        _parse()
        with replacing(_STAMP) as file:
            file.write_text(digest)
    return json.loads(MANIFEST.read_text())


def _parse() -> None:
    here = str(settings.TRANSFORMS)
    call = subprocess.run(  # noqa: S603 - our own dbt on our own project
        [dbt_executable(), "parse", "--project-dir", here, "--profiles-dir", here, "--quiet"],
        capture_output=True, text=True, check=False, cwd=here,
        env={**os.environ, "WHOLEVIEW_HOME": here, "WHOLEVIEW_BUILD": here,
             "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
    )  # fmt: skip
    if call.returncode != 0:
        raise RuntimeError(f"dbt cannot parse the project: {call.stdout[-2000:]}")
