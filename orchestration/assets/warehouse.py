"""The warehouse as assets: four dbt runs a night, a layer or two each, with the matcher between.

Belongs here: which models run when, and how a failed test is reported. Does not: what a model is to
the graph (layers.py), SQL (transforms/) or matching (models/identity).

A failing dbt test fails its whole run and stops what follows, so the layers run apart: a red box
says which. They share a process that is not this one: dbt here would hold the databases' lock, and
four processes of their own would each read dbt and the project again.
"""

import collections
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject, dbt_assets
from dagster_dbt.asset_utils import (
    get_manifest_and_translator_from_dbt_assets,
    get_subset_selection_for_context,
)
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from orchestration import settings
from orchestration.assets.common import A_NIGHT_A_RUN, OWNERS, NightResource, counted
from orchestration.assets.door import told_safely
from orchestration.assets.identity_pictures import pictures
from orchestration.assets.layers import LayerTranslator, row_counts
from orchestration.build import PARSED, night_facts
from orchestration.dbt_process import DbtProcess
from orchestration.dbt_results import DbtResults, shown_line
from orchestration.features import cutoffs
from orchestration.night import Night, NightStopped
from orchestration.warehouse_project import MANIFEST, dbt_environment, dbt_variables

#: The dbt runs of a night in order: name, layers (folders of transforms/models).
RUNS = (
    ("staging", ("staging", "identity")),
    ("core", ("core",)),
    ("marts", ("marts", "features")),
    ("publishing", ("published",)),
)
#: Unit tests are for whoever changes SQL, not for a night.
EXCLUDED = "resource_type:unit_test"
IDENTITY_KEYS = [
    dg.AssetKey(["identity", name])
    for name in (
        "identity_map",
        "identity_trail",
        "bridge_identity",
        "identity_event",
        "customer_group",
        "identity_benchmark",
    )
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
        exclude=EXCLUDED,
        partitions_def=nights,
        backfill_policy=A_NIGHT_A_RUN,
        dagster_dbt_translator=translator,
    )
    @told_safely
    def run(context: dg.AssetExecutionContext, night: NightResource) -> Iterator[Any]:
        yield from run_dbt(night.of(context), name, select, context)

    return run


def run_dbt(
    night: Night, name: str, select: str, context: dg.AssetExecutionContext
) -> Iterator[Any]:
    """Run one of the night's dbt runs in its dbt process and pass on what it reports.

    Raises:
        NightStopped: Naming the models or tests that failed.
    """
    manifest, translator, project = get_manifest_and_translator_from_dbt_assets(
        [context.assets_def]
    )
    chosen, indirect = get_subset_selection_for_context(
        context, manifest, select, EXCLUDED, None, translator, None
    )
    given = {
        **dbt_environment(night.company, night.home),
        **night_facts(night, [str(day) for day in cutoffs(night)]),
        # the project's own choice, unless someone has chosen single boxes: the process lives on
        "DBT_INDIRECT_SELECTION": indirect or "buildable",
    }
    results = DbtResults()
    events: list[Any] = []  # kept until dbt has ended: only then can rows be counted
    with night.step(f"dbt {name}") as step:
        used = night.dbt.cpu_seconds if night.dbt else 0.0
        dbt = _dbt_of(night, given)
        for told in dbt.run([*_arguments(night, "build"), *chosen], given):
            results.note(told)
            if line := shown_line(told):
                print(line)  # to the run's own log in the UI
            events += DbtCoreCliEventMessage(told, {}).to_default_asset_events(
                manifest, translator, context, night.build / "dbt", project
            )
        step.cpu_seconds += dbt.cpu_seconds - used
        step.notes.append(f"{results.n_nodes or 0} models and tests")
        made = [manifest["nodes"][_node(event)] for event in events if _node(event)]
        counts = row_counts(night.build, made)
    for event in events:
        yield _with_rows(event, counts)
    failure = results.failure(name, dbt.error)
    if failure is not None:
        raise NightStopped(failure) from dbt.error


def _dbt_of(night: Night, given: Mapping[str, str]) -> DbtProcess:
    """Give the night's dbt process; where this is its first run, started and with the project read.

    What dbt cannot read is told by the run itself, which then reads it again.
    """
    if night.dbt is None:
        night.dbt = DbtProcess()
        night.closing.callback(night.dbt.close)
        collections.deque(night.dbt.run(_arguments(night, "parse"), given), maxlen=0)
    return night.dbt


def _arguments(night: Night, command: str) -> list[str]:
    """Give dbt's command line, parse or build, but for the choice of models: a run's own."""
    here, target = str(settings.TRANSFORMS), night.build / "dbt"
    _hand_on_what_is_parsed(target)
    # what fails is in the events: files of every statement and result cost as much as they do, and
    # hold what an error quotes
    quiet = ["--log-level", "none", "--log-level-file", "none", "--no-write-json"]
    args = [
        *quiet, command, "--vars", dbt_variables(night.company), "--project-dir", here,
        "--profiles-dir", here, "--target-path", str(target), "--log-path", str(target),
    ]  # fmt: skip
    if command == "build":
        args += ["--exclude-resource-type", "unit_test"]
        args += ["--full-refresh"] if night.is_full_refresh else []
    return args


def _hand_on_what_is_parsed(target: Path) -> None:
    """Let a first build begin with what the graph's parsing left, where it has none of its own."""
    parsed = MANIFEST.with_name(PARSED)
    if parsed.exists() and not (target / PARSED).exists():
        shutil.copyfile(parsed, target / PARSED)


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
    @told_safely
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
                    probable_links=found.n_probable,
                )
                | {"worked_out": f"all ({found.why_full})" if found.why_full else "in part"}
                | (pictures(found) if key.path[-1] == names[-1] else {}),
            )

    return identity


_IDENTITY = {
    "identity_map": "Which customer each identity key belongs to, as of the night.",
    "identity_trail": "Whose each identity key was that has changed hands, and since when.",
    "bridge_identity": "Each identifier with the customers who have it, and by which rule.",
    "identity_event": "People created, merged, split and reassigned, night by night.",
    "customer_group": "Households and accounts: who lives or works together, never one person.",
    "identity_benchmark": "What identity finds of people whose truth is known, with its pictures.",
}


def identify(night: Night) -> Any:
    """Match the night's identities (a step) and keep the summary on the night."""
    from models.identity.resolve import resolve
    from orchestration.identity_decisions import for_matcher, standing
    from orchestration.publish import finish_copy

    with night.step("identity") as step:
        finish_copy(night.home.identity)
        night.identity = resolve(
            night.build / "work.duckdb",
            night.home.identity,
            night.build / "identity",
            night.as_of_date,
            decisions=for_matcher(standing(night.ledger)),
            identifier_cap=night.company.settings.identifier_cap,
            memory_limit=night.company.settings.memory_limit,
            is_full=night.is_full_refresh,
        )
        step.rows = night.identity.n_keys
        why = night.identity.why_full
        step.notes.append(f"all ({why})" if why else "what tonight touches")
        step.notes.append(f"{night.identity.n_customers:,} customers")
        if night.identity.n_records and not night.identity.compared:
            step.notes.append("nothing to match on but exact identifiers")
    return night.identity
