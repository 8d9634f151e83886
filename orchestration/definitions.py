"""Everything put together, once: the code location that ``workspace.yaml`` names.

Belongs here: assembly. Does not: any logic of an asset. ``build_definitions`` takes the company and
the home, so that the commands and the tests build the graph that the UI shows.
"""

from __future__ import annotations

import os
import warnings

import dagster as dg
from dagster_dbt import DbtProject

from orchestration import schedules, settings
from orchestration.alerts import failure_sensor
from orchestration.assets.baselines import baseline_checks
from orchestration.assets.checks import gate_checks
from orchestration.assets.common import freshness_of_reading, night_resource
from orchestration.assets.feeds import feed_assets
from orchestration.assets.publishing import publishing_asset
from orchestration.assets.records import record_assets
from orchestration.assets.scores import score_assets
from orchestration.assets.sources import source_assets
from orchestration.assets.warehouse import warehouse_assets
from orchestration.company import Company, load_company
from orchestration.home import Home
from orchestration.warehouse_project import manifest


def build_definitions(company: Company, home: Home) -> dg.Definitions:
    """Build the graph, the job, the schedule and the sensor for one company and one home."""
    known = manifest(company, home)
    nights = schedules.night_partitions(company, home)
    project = DbtProject(settings.TRANSFORMS, profiles_dir=settings.TRANSFORMS)
    fresh = freshness_of_reading(company)
    job = schedules.nightly_job()
    return dg.Definitions(
        assets=[
            *source_assets(company, nights),
            *feed_assets(company, nights),
            *warehouse_assets(project, nights, fresh),
            score_assets(known, nights),
            record_assets(known, nights),
            publishing_asset(known, nights, company.name, fresh),
        ],
        asset_checks=[*gate_checks(company, known), baseline_checks(company)],
        jobs=[job],
        schedules=[schedules.nightly_schedule(company, job)],
        sensors=[failure_sensor(company, home, dict(os.environ))],
        resources={"night": night_resource(company, home)},
    )


@dg.definitions
def load() -> dg.Definitions:
    """Build the definitions for the company and home that the environment names.

    The decorator is what Dagster looks for in this module.
    """
    # our lock decides which Dagster runs: what it calls beta is no news at every start
    warnings.filterwarnings("ignore", category=dg.BetaWarning)
    home = Home(settings.default_home())
    return build_definitions(load_company(settings.default_company(home.root)), home)
