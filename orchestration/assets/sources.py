"""An asset for each source, so that a red box names the culprit.

Belongs here: landing as assets. Does not: reading files (landing/).
"""

import dagster as dg

from orchestration.assets.common import A_NIGHT_A_RUN, OWNERS, NightResource, counted
from orchestration.company import Company
from orchestration.ingest import land


def source_key(name: str) -> dg.AssetKey:
    """Give the asset key of a source."""
    return dg.AssetKey(["sources", name])


def source_assets(company: Company, nights: dg.PartitionsDefinition) -> list[dg.AssetsDefinition]:
    """Make one landing asset a source of the company file."""
    return [_source_asset(company, name, nights) for name in company.sources]


def _source_asset(
    company: Company, name: str, nights: dg.PartitionsDefinition
) -> dg.AssetsDefinition:
    where = ", ".join(company.sources[name].files) or company.sources[name].kind

    @dg.asset(
        key=source_key(name),
        group_name="sources",
        partitions_def=nights,
        backfill_policy=A_NIGHT_A_RUN,
        owners=OWNERS,
        kinds={"file"},
        description=f"What {company.name} delivers as `{name}` ({where}), kept byte for byte.",
    )
    def source(context: dg.AssetExecutionContext, night: NightResource) -> dg.MaterializeResult:
        result = land(night.of(context), name)
        return dg.MaterializeResult(
            metadata=counted(
                result.n_parsed,
                status=str(result.status),
                files=result.n_files,
                framed=result.n_framed,
                quarantined=result.n_quarantined,
                blank=result.n_blank,
                message=result.message,
            )
        )

    return source
