"""The warehouse as assets: four dbt runs a night, a layer or two each, with the matcher between.

Belongs here: which models run when, and how a failed test is reported. Does not: what a model is to
the graph (layers.py), SQL (transforms/) or matching (models/identity).

A failing dbt test fails its whole run and stops what follows, so the layers run apart: a red box
says which. Each run is a subprocess, because dbt in this process would hold the database's lock.
"""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets

from orchestration.assets.common import A_NIGHT_A_RUN, OWNERS, NightResource, counted
from orchestration.assets.layers import LayerTranslator, row_counts
from orchestration.build import dbt_environment, dbt_vars
from orchestration.features import cutoffs
from orchestration.night import Night, NightStopped

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
        context: dg.AssetExecutionContext, night: NightResource, dbt: DbtCliResource
    ) -> Iterator[Any]:
        yield from run_dbt(night.of(context), name, context, dbt)

    return run


def run_dbt(
    night: Night, name: str, context: dg.AssetExecutionContext, dbt: DbtCliResource
) -> Iterator[Any]:
    """Run one of the night's dbt runs as a subprocess and pass on what it reports.

    Raises:
        NightStopped: Naming the models or tests that failed.
    """
    target = night.build / "dbt"
    (target / "run_results.json").unlink(missing_ok=True)
    variables = dbt_vars(night, [str(day) for day in cutoffs(night)])
    args = ["build", "--vars", json.dumps(variables), "--exclude-resource-type", "unit_test"]
    if night.is_full_refresh:
        args.append("--full-refresh")
    with night.step(f"dbt {name}") as step, _environment(dbt_environment(night)):
        call = dbt.cli(args, context=context, target_path=target, raise_on_error=False)
        events = list(call.stream())  # kept until dbt has ended: only then can rows be counted
        results = _results(target)
        step.rows = None
        step.notes.append(f"{len(results)} models and tests")
        counts = row_counts(night.build, _made(target, results))
    for event in events:
        yield _with_rows(event, counts)
    failed = [r for r in results if r["status"] in ("error", "fail", "runtime error")]
    if failed or not results or not call.is_successful():
        raise NightStopped(_failure(name, failed, call))


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


def _results(target: Path) -> list[dict[str, Any]]:
    file = target / "run_results.json"
    return json.loads(file.read_text())["results"] if file.exists() else []


def _made(target: Path, results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the manifest's nodes of the models and seeds that a run has made."""
    if not results:
        return []
    nodes = json.loads((target / "manifest.json").read_text())["nodes"]
    made = [nodes[r["unique_id"]] for r in results if r["status"] == "success"]
    return [n for n in made if n["resource_type"] in ("model", "seed")]


def _with_rows(event: Any, counts: Mapping[str, int]) -> Any:
    """Give a model's event its row count, where Dagster charts it; others as they are."""
    if not isinstance(event, dg.Output):
        return event
    node = event.metadata["unique_id"].value
    return event.with_metadata({**event.metadata, **counted(counts.get(str(node)))})


def _failure(name: str, failed: list[dict[str, Any]], call: Any) -> str:
    """Say which models or tests failed; counts and names only, no row."""
    if not failed:
        error = call.get_error()
        return f"dbt {name} did not run: {' '.join(str(error).split())[:300]}"
    first = failed[0]
    node = first["unique_id"].split(".")[2]
    if first["status"] == "fail":
        text = f"test {node}: {first.get('failures')} rows against 0 allowed"
    else:
        text = f"model {node}: {' '.join(str(first.get('message')).split())[:300]}"
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return f"dbt {name}: {text}{more}"


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
