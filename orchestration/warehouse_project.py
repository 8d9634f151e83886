"""The dbt project as the graph sees it: its manifest, and what dbt is told of company and home.

Belongs here: keeping ``target/manifest.json`` true to the files, variables and environment of dbt.
Does not: running models (assets/warehouse.py), nor what a night tells them (build.py).

dbt reads the whole project anew, for 5 CPU-s, where its variables or its profile differ from those
it was read with. So all that dbt is given by these two ways is the same night after night, paths
included, and what differs from night to night goes by ``WHOLEVIEW_NIGHT`` (transforms/macros).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration import settings
from orchestration.durable import replacing

if TYPE_CHECKING:
    from orchestration.company import Company
    from orchestration.home import Home

MANIFEST = settings.TRANSFORMS / "target" / "manifest.json"
_STAMP = MANIFEST.with_name("manifest.sha256")


def dbt_executable() -> str:
    """Give the dbt that belongs to this interpreter's environment."""
    beside = Path(sys.executable).with_name("dbt")
    return str(beside) if beside.exists() else "dbt"


def dbt_variables(company: Company) -> str:
    """Give the variables that the company file sets, as dbt's ``--vars`` takes them."""
    slices = company.slices or {}
    given: dict[str, Any] = {
        "timezone": company.timezone,
        "reporting_currency": company.currency,
        "country": company.country,
        "minimum_n": company.settings.minimum_n,
        "employee_minimum_n": company.settings.employee_minimum_n,
        "service_level_seconds": company.settings.service_level_seconds,
        "rfm_window_days": company.settings.rfm_window_days,
        "anonymous_lookback_days": company.settings.anonymous_lookback_days,
        "attribute_trust": list(company.settings.attribute_trust),
        "slices": slices.get("by"),
        "slice_pairs": slices.get("pairs"),
    }
    return json.dumps({name: value for name, value in given.items() if value is not None})


def dbt_environment(company: Company, home: Home) -> dict[str, str]:
    """Give the environment of dbt's processes: where to read and build, with what resources."""
    given = {
        "WHOLEVIEW_HOME": str(home.root),
        "WHOLEVIEW_BUILD": str(home.tonight),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "WHOLEVIEW_MEMORY_LIMIT": company.settings.memory_limit,
        "WHOLEVIEW_THREADS": company.settings.threads,
    }
    return {name: str(value) for name, value in given.items() if value is not None}


def manifest(company: Company, home: Home) -> dict[str, Any]:
    """Give the manifest, parsing the project first where its files have changed.

    Raises:
        RuntimeError: Where dbt cannot parse the project.
    """
    digest = settings.code_digest("transforms")
    with _alone():
        if not MANIFEST.exists() or not _STAMP.exists() or _STAMP.read_text() != digest:
            _parse(dbt_variables(company), dbt_environment(company, home))
            with replacing(_STAMP) as file:
                file.write_text(digest)
        return json.loads(MANIFEST.read_text())


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Keep other processes of this checkout from the manifest: dbt writes it in place."""
    MANIFEST.parent.mkdir(exist_ok=True)
    with MANIFEST.with_name("manifest.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _parse(variables: str, environment: dict[str, str]) -> None:
    """Parse as the night's first dbt process would, so that it need not."""
    here = str(settings.TRANSFORMS)
    call = subprocess.run(  # noqa: S603 - our own dbt on our own project
        [dbt_executable(), "parse", "--project-dir", here, "--profiles-dir", here, "--quiet",
         "--vars", variables],
        capture_output=True, text=True, check=False, cwd=here,
        env={**os.environ, **environment},
    )  # fmt: skip
    if call.returncode != 0:
        raise RuntimeError(f"dbt cannot parse the project: {call.stdout[-2000:]}")
