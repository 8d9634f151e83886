"""The graph that the UI shows: groups, owners, lines, checks, the job, the schedule, partitions."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from orchestration import settings
from orchestration.assets.common import BUILD, freshness_of_reading
from orchestration.assets.layers import row_counts
from orchestration.company import Company, load_company
from orchestration.definitions import build_definitions
from orchestration.home import Home
from orchestration.ledger import Ledger, Run
from orchestration.schedules import JOB, night_partitions, note_first_night
from quality.contracts import load_contracts

ZONE = "America/Sao_Paulo"
COMPANY = """\
company: {name: Corner Shop, timezone: America/Sao_Paulo, currency: BRL, country: BR}
sources:
  till: {files: till.csv}
  answers: {files: "answers_*.jsonl"}
feeds:
  transactions:
    - from: till
      columns: {transaction_id: id, occurred_at: at, amount: eur, email: mail}
  survey_responses:
    - from: answers
      columns: {response_id: id, responded_at: at, score: score, email: mail}
      set: {metric_type: nps, survey_id: shop, scale_min: 0, scale_max: 10}
"""
#: The way of the data, as the boxes of the graph.
GROUPS = {
    "sources", "feeds", "staging", "identity", "core", "marts", "features", "scores", "records",
    "published",
}  # fmt: skip


def company_of(folder: Path, text: str = COMPANY) -> Company:
    (folder / "company.yml").write_text(text, encoding="utf-8")
    return load_company(folder / "company.yml", {})


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    folder = tmp_path_factory.mktemp("graph")
    home = Home(folder / "home")
    home.prepare()
    return build_definitions(company_of(folder), home)


@pytest.fixture(scope="module")
def specs(definitions: dg.Definitions) -> dict[dg.AssetKey, dg.AssetSpec]:
    return {spec.key: spec for spec in definitions.resolve_all_asset_specs()}


def test_every_asset_says_where_it_belongs_whose_it_is_and_what_it_is(specs):
    assert {spec.group_name for spec in specs.values()} == GROUPS
    lacking = [
        (spec.key.to_user_string(), name)
        for spec in specs.values()
        for name in ("owners", "description", "kinds", "partitions_def")
        if not getattr(spec, name)
    ]
    assert lacking == []


def test_each_source_and_each_feed_is_a_box_of_its_own(specs):
    def names(group):
        return {k.path[-1] for k, s in specs.items() if s.group_name == group}

    assert names("sources") == {"till", "answers"}
    assert names("feeds") == {*load_contracts(), "start"}
    of = {dep.asset_key for dep in specs[dg.AssetKey(["feeds", "transactions"])].deps}
    assert of == {dg.AssetKey(["sources", "till"])}


def test_no_line_of_the_graph_comes_from_nowhere(specs):
    known = set(specs)
    loose = [
        (key.to_user_string(), dep.asset_key.to_user_string())
        for key, spec in specs.items()
        for dep in spec.deps
        if dep.asset_key not in known
    ]
    assert loose == []


def test_what_readers_get_comes_after_everything(specs):
    """Follow the lines upwards from the published version: all sources, feeds and scores."""
    reached: set[dg.AssetKey] = set()
    waiting = [dg.AssetKey(["published", "version"])]
    while waiting:
        key = waiting.pop()
        reached.add(key)
        waiting += [dep.asset_key for dep in specs[key].deps if dep.asset_key not in reached]
    beside = {key for key, spec in specs.items() if spec.group_name in ("staging", "identity")}
    assert set(specs) - reached - beside == set()
    assert BUILD in reached


def test_the_gates_are_blocking_checks_on_feeds_core_marts_and_scores(definitions, specs):
    gates = [
        spec
        for checks in definitions.resolve_asset_graph().assets_defs
        for spec in checks.check_specs
        if spec.name == "gate"
    ]
    assert all(spec.blocking for spec in gates)
    assert {specs[spec.asset_key].group_name for spec in gates} >= {
        "feeds", "core", "marts", "scores"
    }  # fmt: skip
    judged = {spec.asset_key.path[-1] for spec in gates if spec.asset_key.path[0] == "feeds"}
    assert judged == {"transactions", "survey_responses"}


def test_one_job_runs_all_in_one_process(definitions, specs):
    job = definitions.resolve_job_def(JOB)
    assert job.executor_def.name == "in_process"
    assert set(job.asset_layer.selected_asset_keys) == set(specs)
    assert job.asset_layer.selected_asset_keys  # not the empty set twice


def test_no_step_hands_a_value_to_another(definitions):
    """What passes between steps is on disk; a pickled value would be a second truth."""
    job = definitions.resolve_job_def(JOB)
    handed = [
        (node.name, name)
        for node in job.graph.node_dict.values()
        for name, taken in node.definition.input_dict.items()
        if not taken.dagster_type.is_nothing
    ]
    assert handed == []


def test_every_night_runs_by_itself_in_the_companys_zone(definitions):
    schedule = definitions.resolve_schedule_def("every_night")
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    assert schedule.execution_timezone == ZONE
    ended = settings.yesterday(ZONE)
    tick = dt.datetime.combine(ended + dt.timedelta(days=1), dt.time(3, 30), ZoneInfo(ZONE))
    with dg.build_schedule_context(
        scheduled_execution_time=tick, repository_def=definitions.get_repository_def()
    ) as context:
        request = schedule.evaluate_tick(context).run_requests[0]
    assert request.partition_key == request.run_key == str(ended)
    assert request.run_config["resources"]["night"]["config"] == {"is_exact": True}


@pytest.mark.parametrize(("extra", "is_exact"), [("", True), (", as_of: latest_data", False)])
def test_a_launch_can_ask_for_full_and_leave_the_rest(tmp_path, extra, is_exact):
    from orchestration.assets.common import night_resource

    text = COMPANY.replace("country: BR", f"country: BR{extra}")
    home = Home(tmp_path / "home")
    bound = night_resource(company_of(tmp_path, text), home)
    config = dg.build_init_resource_context(config={"full": True})
    given = bound.from_resource_context(config)
    assert given.full
    assert given.is_exact is is_exact
    assert Path(given.home_root) == home.root


def test_partitions_reach_from_a_month_ago_or_the_first_night_to_yesterday(tmp_path):
    company, home = company_of(tmp_path), Home(tmp_path / "home")
    home.prepare()
    yesterday = settings.yesterday(ZONE)
    before = night_partitions(company, home)
    assert before.timezone == ZONE
    keys = before.get_partition_keys()
    assert keys[-1] == str(yesterday)
    assert keys[0] == str(yesterday - dt.timedelta(days=31))

    with Ledger(home.ledger) as ledger:  # a night of older data: those after it can be made up for
        ledger.put_run(Run("r1", dt.date(2018, 8, 29), dt.datetime.now(dt.UTC), status="done"))
    assert night_partitions(company, home).get_first_partition_key() == "2018-08-29"

    note_first_night(home, dt.date(2017, 1, 1))
    note_first_night(home, dt.date(2017, 5, 1))
    assert night_partitions(company, home).get_first_partition_key() == "2017-01-01"


def test_freshness_is_asked_of_what_people_read(tmp_path, specs):
    read = [s for s in specs.values() if s.freshness_policy is not None]
    names = {s.key.to_user_string() for s in read}
    assert {"published/version", "marts/mart_metric", "marts/mart_nps"} <= names
    assert {s.group_name for s in read} == {"published", "marts"}
    latest = company_of(tmp_path, COMPANY.replace("country: BR", "country: BR, as_of: latest_data"))
    assert freshness_of_reading(latest) is None


def test_rows_are_counted_of_tables_and_views_and_the_file_is_let_go(tmp_path):
    import duckdb

    con = duckdb.connect(str(tmp_path / "warehouse.duckdb"))
    con.execute("create schema marts; create table marts.a as from range(3)")
    con.execute("create view marts.b as select * from marts.a where range > 0")
    con.close()
    nodes = [
        {"database": "warehouse", "schema": "marts", "alias": name, "unique_id": f"model.{name}"}
        for name in "ab"
    ]
    assert row_counts(tmp_path, nodes) == {"model.a": 3, "model.b": 2}
    duckdb.connect(str(tmp_path / "warehouse.duckdb")).close()  # a writer is not refused
