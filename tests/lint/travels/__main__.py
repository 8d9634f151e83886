"""Print every finding in the dbt project and leave with 1 where there is one."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.lint.travels.check import check_project

findings, n_files = check_project(Path("transforms"))
for finding in findings:
    print(finding)
print(f"SQL that travels: {n_files} files, {len(findings)} findings")
sys.exit(1 if findings or not n_files else 0)
