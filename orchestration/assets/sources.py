"""An asset for each source, so that a red box names the culprit.

Belongs here: landing as assets. Does not: reading files (landing/).
"""

from pathlib import Path

import dagster as dg

from orchestration.assets.common import A_NIGHT_A_RUN, OWNERS, NightResource, counted
from orchestration.assets.door import told_safely
from orchestration.company import Company, Source
from orchestration.ingest import land


def source_key(name: str) -> dg.AssetKey:
    """Give the asset key of a source."""
    return dg.AssetKey(["sources", name])


def source_assets(company: Company, nights: dg.PartitionsDefinition) -> list[dg.AssetsDefinition]:
    """Make one landing asset a source of the company file."""
    return [_source_asset(company, name, nights) for name in company.sources]


def _format(source: Source) -> str:
    """Say in which format a source comes, as Dagster's pictures know it."""
    if source.kind != "files":
        return {"postgres": "postgres", "rest": "rest"}[source.kind]
    suffixes = "".join(Path(file).name.lower() for file in source.files)
    known = {"csv": "csv", "jsonl": "json", "json": "json", "parquet": "parquet", "xlsx": "excel"}
    given = [kind for name, kind in known.items() if name in (source.format or suffixes)]
    return given[0] if given else "file"


def _source_asset(
    company: Company, name: str, nights: dg.PartitionsDefinition
) -> dg.AssetsDefinition:
    declared = company.sources[name]
    # never the connection: it holds a password
    where = ", ".join(declared.files) or " ".join([declared.kind, *declared.tables])

    @dg.asset(
        key=source_key(name),
        group_name="sources",
        partitions_def=nights,
        backfill_policy=A_NIGHT_A_RUN,
        owners=OWNERS,
        kinds={_format(company.sources[name])},
        description=f"What {company.name} delivers as `{name}` ({where}), kept byte for byte.",
    )
    @told_safely
    def source(context: dg.AssetExecutionContext, night: NightResource) -> dg.MaterializeResult:
        tonight = night.of(context)
        result = land(tonight, name)
        loaded = [a for a in tonight.ledger.arrivals(name) if a.status == "loaded"]
        return dg.MaterializeResult(
            metadata=counted(
                sum(a.n_parsed for a in loaded),
                status=str(result.status),
                files_tonight=result.n_files,
                files=len(loaded),
                parsed=result.n_parsed,
                framed=result.n_framed,
                quarantined=result.n_quarantined,
                blank=result.n_blank,
                message=result.message,
            )
        )

    return source
