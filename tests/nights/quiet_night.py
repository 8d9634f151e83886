"""A night as the UI's daemon runs it, in a process of its own, with dbt models of one's choice.

Run as ``python -m tests.nights.quiet_night TRANSFORMS COMPANY HOME DATE``. No terminal shows the
night, so that whatever is said goes where Dagster keeps it: its event log and the files of a step's
output. Belongs here: starting it so. Does not: any expectation.
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

from orchestration import settings


def main(transforms: Path, company: Path, home: Path, date: str) -> int:
    """Run the job; 0 where it ended well."""
    settings.TRANSFORMS = transforms  # before anything asks where dbt's project is
    from orchestration.company import load_company
    from orchestration.definitions import build_definitions
    from orchestration.home import Home
    from orchestration.instance import instance_of
    from orchestration.schedules import JOB, note_first_night

    place = Home(home).prepare()
    note_first_night(place, dt.date.fromisoformat(date))
    job = build_definitions(load_company(company), place).resolve_job_def(JOB)
    with instance_of(place) as instance:
        done = job.execute_in_process(instance=instance, partition_key=date, raise_on_error=False)
    return 0 if done.success else 1


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(Path(given[0]), Path(given[1]), Path(given[2]), given[3]))
