"""The warehouse as assets: four dbt runs a night, a layer or two each, with the matcher between.

Belongs here: which models run when, and how a failed test is reported. Does not: what a model is to
the graph (layers.py), SQL (transforms/) or matching (models/identity).

A failing dbt test fails its whole run and stops what follows, so the layers run apart: a red box
says which. Each run is a subprocess, because dbt in this process would hold the database's lock.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject, dbt_assets

from orchestration.assets.common import A_NIGHT_A_RUN, OWNERS, NightResource, counted
from orchestration.assets.layers import LayerTranslator, row_counts
from orchestration.build import night_facts
from orchestration.dbt_results import DbtResults
from orchestration.features import cutoffs
from orchestration.night import Night, NightStopped
from orchestration.warehouse_project import NightlyDbt, dbt_environment, dbt_variables

#: The dbt runs of a night in order: name, layers (folders of transforms/models).
RUNS = (
    ("staging", ("staging", "identity")),
    ("core", ("core",)),
    ("marts", ("marts", "features")),
    ("publishing", ("published",)),
)
IDENTITY_KEYS = [
    dg.AssetKey(["identity", name])
    for name in ("identity_map", "bridge_identity", "identity_event")
]


def warehouse_assets(
    project: DbtProject,
    nights: dg.PartitionsDefinition,
    freshness: dg.FreshnessPolicy | None = None,
) -> list[dg.AssetsDefinition]:
    """Make the dbt assets, a definition for each run, and the identity step."""
    translator = LayerTranslator(freshness)
    layers = [_dbt_run(project, name, folders, nights, translator) for name, folders in RUNS]
    return [*layers, _identity_asset(nights)]


def _dbt_run(
    project: DbtProject,
    name: str,
    folders: tuple[str, ...],
    nights: dg.PartitionsDefinition,
    translator: DagsterDbtTranslator,
) -> dg.AssetsDefinition:
    select = " ".join(f"path:models/{folder}" for folder in folders)
    if name == "marts":
        select += " resource_type:seed"

    @dbt_assets(
        name=f"dbt_{name}",
        manifest=project.manifest_path,
        project=project,
        select=select,
        exclude="resource_type:unit_test",
        partitions_def=nights,
        backfill_policy=A_NIGHT_A_RUN,
        dagster_dbt_translator=translator,
    )
    def run(
        context: dg.AssetExecutionContext, night: NightResource, dbt: NightlyDbt
    ) -> Iterator[Any]:
        yield from run_dbt(night.of(context), name, context, dbt)

    return run


def run_dbt(
    night: Night, name: str, context: dg.AssetExecutionContext, dbt: NightlyDbt
) -> Iterator[Any]:
    """Run one of the night's dbt runs as a subprocess and pass on what it reports.

    Raises:
        NightStopped: Naming the models or tests that failed.
    """
    target = night.build / "dbt"
    given = {
        **dbt_environment(night.company, night.home),
        **night_facts(night, [str(day) for day in cutoffs(night)]),
    }
    args = ["build", "--vars", dbt_variables(night.company), "--exclude-resource-type", "unit_test"]
    # what fails is in the events: files of every statement and result cost as much as they do
    args += ["--log-level-file", "none", "--no-write-json"]
    if night.is_full_refresh:
        args.append("--full-refresh")
    results = DbtResults()
    with night.step(f"dbt {name}") as step, _environment(given):
        call = dbt.cli(args, context=context, target_path=target, raise_on_error=False)
        events: list[Any] = []  # kept until dbt has ended: only then can rows be counted
        for told in call.stream_raw_events():
            results.note(told.raw_event)
            events += told.to_default_asset_events(
                manifest=call.manifest,
                dagster_dbt_translator=call.dagster_dbt_translator,
                context=call.context,
                target_path=target,
                project=call.project,
            )
        step.notes.append(f"{results.n_nodes or 0} models and tests")
        made = [call.manifest["nodes"][_node(event)] for event in events if _node(event)]
        counts = row_counts(night.build, made)
    for event in events:
        yield _with_rows(event, counts)
    failure = results.failure(name, call.get_error())
    if failure is not None:
        raise NightStopped(failure)


@contextlib.contextmanager
def _environment(given: Mapping[str, str]) -> Iterator[None]:
    """Set variables for the subprocess: dagster-dbt hands on this process's environment."""
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _node(event: Any) -> str | None:
    """Give the unique id of the model or seed that an event says was made."""
    return str(event.metadata["unique_id"].value) if isinstance(event, dg.Output) else None


def _with_rows(event: Any, counts: Mapping[str, int]) -> Any:
    """Give a model's event its row count, where Dagster charts it; others as they are."""
    node = _node(event)
    if node is None:
        return event
    return event.with_metadata({**event.metadata, **counted(counts.get(node))})


def _identity_asset(nights: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    names = [key.path[-1] for key in IDENTITY_KEYS]

    @dg.multi_asset(
        name="identity",
        specs=[
            dg.AssetSpec(
                key,
                group_name="identity",
                owners=OWNERS,
                kinds={"python"},
                description=_IDENTITY[key.path[-1]],
                deps=[["int_identifier_link"], ["int_identity_record"]],
            )
            for key in IDENTITY_KEYS
        ],
        partitions_def=nights,
        backfill_policy=A_NIGHT_A_RUN,
    )
    def identity(
        context: dg.AssetExecutionContext, night: NightResource
    ) -> Iterator[dg.MaterializeResult]:
        tonight = night.of(context)
        found = identify(tonight)
        for key in IDENTITY_KEYS:
            yield dg.MaterializeResult(
                asset_key=key,
                metadata=counted(
                    found.n_keys if key.path[-1] == names[0] else None,
                    customers=found.n_customers,
                    records=found.n_records,
                    unresolved_keys=found.n_unresolved_keys,
                    shared_identifiers=found.n_shared_identifiers,
                    created=found.n_created,
                    merged=found.n_merged,
                    split=found.n_split,
                    reassigned=found.n_reassigned,
                ),
            )

    return identity


_IDENTITY = {
    "identity_map": "Which customer each identity key belongs to, as of the night.",
    "bridge_identity": "Each identifier with the customers who have it, and by which rule.",
    "identity_event": "People created, merged, split and reassigned, night by night.",
}


def identify(night: Night) -> Any:
    """Match the night's identities (a step) and keep the summary on the night."""
    from models.identity.resolve import resolve

    with night.step("identity") as step:
        night.identity = resolve(
            night.build / "work.duckdb",
            night.home.identity,
            night.build / "identity",
            night.as_of_date,
            identifier_cap=night.company.settings.identifier_cap,
        )
        step.rows = night.identity.n_keys
        step.notes.append(f"{night.identity.n_customers:,} customers")
    return night.identity
