"""The last box: a version that readers open, and the state that the next night starts from.

Belongs here: the order in which a finished night becomes durable. Does not: copying (publish.py).
"""

from typing import Any

import dagster as dg

from orchestration import settings
from orchestration.assets.common import A_NIGHT_A_RUN, OWNERS, NightResource, counted
from orchestration.assets.door import told_safely
from orchestration.assets.layers import models_of
from orchestration.build import note_build
from orchestration.content import content_hash
from orchestration.ledger import Version
from orchestration.night import Night, NightStopped
from orchestration.publish import (
    PublishError,
    copy_durably,
    copy_together,
    point_current,
    prune_versions,
    publish,
    seal,
)


def publishing_asset(
    manifest: dict[str, Any],
    nights: dg.PartitionsDefinition,
    company_name: str,
    freshness: dg.FreshnessPolicy | None = None,
) -> dg.AssetsDefinition:
    """Make the asset that publishes; it waits for every model that the file holds."""
    served = models_of(manifest, "published", "marts", "core")

    @dg.asset(
        key=dg.AssetKey(["published", "version"]),
        group_name="published",
        deps=served,
        partitions_def=nights,
        backfill_policy=A_NIGHT_A_RUN,
        owners=OWNERS,
        kinds={"duckdb"},
        freshness_policy=freshness,
        description=f"What BI tools read of {company_name}: `published/current.duckdb`.",
    )
    @told_safely
    def version(context: dg.AssetExecutionContext, night: NightResource) -> dg.MaterializeResult:
        tonight = night.of(context)
        written, rows = publish_night(tonight)
        return dg.MaterializeResult(
            metadata=counted(
                rows,
                version=written.version,
                as_of=str(written.as_of_on),
                bytes=written.bytes,
                sha256=written.sha256,
                content_sha256=written.content_sha256,
                path=dg.MetadataValue.path(str(tonight.home.current)),
            )
        )

    return version


def publish_night(night: Night) -> tuple[Version, int]:
    """Publish a build whose gates have passed; give the version and the rows it holds.

    The order makes any crash harmless: the version file, then the personal tables and the id map,
    then the ledger, and the link that readers follow last. What a crash leaves half done, the next
    run does again from the same inputs.

    Raises:
        NightStopped: Where a gate has failed, or the build is not whole.
    """
    stopped = [c for c in night.checks if c.stops]
    if stopped:
        raise NightStopped(f"gate {stopped[0].message}")
    home = night.home
    with night.step("publish") as step:
        try:
            counts = seal(night.build / "warehouse.duckdb")
            seal(night.build / "restricted.duckdb")
            done = publish(
                night.build / "warehouse.duckdb", home.published, str(night.version), counts
            )
        except PublishError as error:
            raise NightStopped(f"publishing: {error}") from error
        copy_durably(night.build / "restricted.duckdb", home.restricted, 0o600)
        copy_together(sorted((night.build / "identity").iterdir()), home.identity, 0o600)
        note_build(night)
        written = Version(
            version=done.version, build_id=str(night.build_id), as_of_on=night.as_of_date,
            published_at=settings.utc_now(), sha256=done.sha256, bytes=done.bytes,
            content_sha256=content_hash(done.path), fingerprint=str(night.fingerprint),
        )  # fmt: skip
        night.ledger.add_version(written)
        point_current(home.published, done.version)
        prune_versions(home.published, night.company.settings.keep_versions)
        step.rows = sum(counts.values())
        step.notes.append(done.version)
    night.end("done", f"published {done.version}")
    return written, step.rows or 0
