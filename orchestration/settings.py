"""The clock, the environment and the defaults: the only module that may ask what time it is.

Belongs here: where HOME and the company file are by default, what "yesterday" is, code digests.
Does not: anything that a company declares (company/), or any rule about data.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from pathlib import Path
from zoneinfo import ZoneInfo

PROJECT = Path(__file__).resolve().parent.parent
TRANSFORMS = PROJECT / "transforms"

#: Code that shapes content: a change of any of these is a reason for a new night.
SHAPING_CODE = {
    "contracts": ("quality/contracts/**/*.yml",),
    "transforms": (
        "transforms/models/**/*.sql",
        "transforms/models/**/*.yml",
        "transforms/macros/**/*.sql",
        "transforms/seeds/**/*.csv",
        "transforms/dbt_project.yml",
    ),
    "estimators": ("models/**/*.py", "models/**/*.yml"),
}


def default_home() -> Path:
    """Give HOME: ``WHOLEVIEW_HOME``, else ``.wholeview`` under the working directory."""
    return Path(os.environ.get("WHOLEVIEW_HOME") or ".wholeview").absolute()


def default_company(home: Path) -> Path:
    """Give the company file: ``WHOLEVIEW_COMPANY``, else the sample company's beside HOME."""
    named = os.environ.get("WHOLEVIEW_COMPANY")
    return Path(named).absolute() if named else sample_dir(home) / "company.yml"


def sample_dir(home: Path) -> Path:
    """Give the folder of the sample company's raw files (outside HOME: they are sources)."""
    return home.parent / f"{home.name}-sample"


def utc_now() -> dt.datetime:
    """Give the moment in UTC: for lineage and for what "yesterday" means, never for data."""
    return dt.datetime.now(dt.UTC)


def yesterday(timezone: str) -> dt.date:
    """Give the last business date that has ended in a company's zone."""
    return utc_now().astimezone(ZoneInfo(timezone)).date() - dt.timedelta(days=1)


def end_of_day(day: dt.date, timezone: str) -> dt.datetime:
    """Give the moment in UTC at which a business date ends in a company's zone."""
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), ZoneInfo(timezone))
    return midnight.astimezone(dt.UTC)


def code_digest(part: str) -> str:
    """Hash one part of the shaping code (a key of :data:`SHAPING_CODE`) by name and content."""
    digest = hashlib.sha256()
    for pattern in SHAPING_CODE[part]:
        for file in sorted(PROJECT.glob(pattern)):
            digest.update(str(file.relative_to(PROJECT)).encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
