"""What the night tells of itself, as Parquet that the published layer reads.

Belongs here: the assets of the quality and meta tables. Does not: how they are worked out
(records.py beside the graph).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import duckdb

from orchestration.assets.common import A_NIGHT_A_RUN, BUILD, OWNERS, NightResource, counted
from orchestration.assets.door import told_safely
from orchestration.assets.layers import models_of
from orchestration.assets.scores import SCORES
from orchestration.night import Night
from orchestration.records import write_records

RECORDS = {
    ("quality", "check_result"): "Every gate's observed figure against its limit, tonight.",
    ("quality", "source_load"): "What each source delivered tonight, and what became of it.",
    ("quality", "quarantine_summary"): "Rows kept aside, by source, feed and reason.",
    ("quality", "conservation"): "The books of each file and stage: rows and money in and out.",
    ("meta", "snapshot"): "Which build, code and inputs the version was made of.",
    ("meta", "data_dictionary"): "Every published column and what it means.",
}


def record_assets(manifest: dict[str, Any], nights: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """Make the assets of the records; they wait for marts and scores, and so for their gates.

    One step makes them all, so it is enough that the checks' results wait: a line from every mart
    to each of the six would hide the rest of the picture.
    """
    marts = models_of(manifest, "marts")
    scores = [dg.AssetKey(["scores", name]) for name in SCORES]

    @dg.multi_asset(
        name="records",
        specs=[
            dg.AssetSpec(
                ["records", path[1]], group_name="records", owners=OWNERS, description=text,
                deps=[*marts, *scores] if path[1] == "check_result" else [BUILD], kinds={"python"},
            )
            for path, text in RECORDS.items()
        ],
        partitions_def=nights,
        backfill_policy=A_NIGHT_A_RUN,
    )  # fmt: skip
    @told_safely
    def records(
        context: dg.AssetExecutionContext, night: NightResource
    ) -> Iterator[dg.MaterializeResult]:
        counts = write_records(night.of(context), manifest)
        for path in RECORDS:
            more = standing_counts(night.of(context)) if path[1] == "quarantine_summary" else {}
            yield dg.MaterializeResult(
                asset_key=["records", path[1]],
                metadata=counted(counts.get("/".join(path)), **more),
            )

    return records


def standing_counts(night: Night) -> dict[str, int]:
    """Count what stands aside by source and by reason: Dagster charts each number over the nights.

    Sources without any count zero, so that a line comes down to the ground where it was mended.
    """
    path = night.build / "quality" / "quarantine_summary.parquet"
    found = duckdb.execute(
        "select source, reason_code, sum(n_rows)::bigint from read_parquet(?) group by all"
        " order by all",
        [str(path)],
    ).fetchall()
    counts = {f"source {name}": 0 for name in night.company.sources}
    for source, reason, n in found:
        counts[f"source {source}"] = counts.get(f"source {source}", 0) + n
        counts[f"reason {reason}"] = counts.get(f"reason {reason}", 0) + n
    return counts
