"""dbt's models as the graph sees them: key, layer, owners, what they are made of, row counts.

Belongs here: reading dbt's manifest and, after a run, counting what it made. Does not: running dbt
(warehouse.py).
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, DbtProject

from orchestration.assets.common import BUILD, OWNERS

#: What the feeds leave beside their rows is part of a feed in the graph, not a box of its own.
_BESIDE = ("superseded_", "touched_")


class LayerTranslator(DagsterDbtTranslator):
    """Keys, groups, owners and upstreams of the models, from the layer that they are in."""

    def __init__(self, freshness: dg.FreshnessPolicy | None = None) -> None:
        """Keep how fresh the marts must be; None asks nothing."""
        super().__init__()
        self.freshness = freshness

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """Give a model's spec: grouped by layer, and staging waits for the build to be there."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        layer = layer_of(manifest, unique_id)
        keys = {_box(dep.asset_key) for dep in spec.deps}
        if layer == "staging":
            keys.add(BUILD)
        spec = spec.replace_attributes(
            group_name=layer, owners=OWNERS, deps=[dg.AssetDep(key) for key in sorted(keys)]
        )
        if layer == "marts" and self.freshness is not None:
            spec = spec.replace_attributes(freshness_policy=self.freshness)
        return spec


def layer_of(manifest: Mapping[str, Any], unique_id: str) -> str:
    """Give the layer of a dbt node: the first folder under models/, or ``marts`` for seeds."""
    node = manifest["nodes"].get(unique_id) or manifest["sources"].get(unique_id) or {}
    if node.get("resource_type") == "seed":
        return "marts"
    fqn = node.get("fqn", [])
    return fqn[1] if len(fqn) > 2 else "staging"


def model_key(node: Mapping[str, Any]) -> dg.AssetKey:
    """Give the asset key that dagster-dbt gives a model: its schema and name."""
    return DagsterDbtTranslator().get_asset_key(node)


def models_of(manifest: Mapping[str, Any], *layers: str) -> list[dg.AssetKey]:
    """Give the keys of the models of some layers; ephemeral ones are SQL within others."""
    return [
        model_key(node)
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
        and node["config"]["materialized"] != "ephemeral"
        and layer_of(manifest, unique_id) in layers
    ]


def row_counts(build: Path, nodes: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Count the rows of models that a dbt run has made, by their unique id.

    Opened read-only and closed at once: dbt's next process needs the databases for itself.
    """
    by_database: dict[str, list[Mapping[str, Any]]] = {}
    for node in nodes:
        by_database.setdefault(node["database"], []).append(node)
    counts = {}
    for database, made in by_database.items():
        con = duckdb.connect(str(build / f"{database}.duckdb"), read_only=True)
        try:
            for node in made:
                table = f'"{node["schema"]}"."{node["alias"]}"'
                found = con.execute(f"select count(*) from {table}").fetchone()
                counts[node["unique_id"]] = int(found[0]) if found else 0
        finally:
            con.close()
    return counts


def _box(key: dg.AssetKey) -> dg.AssetKey:
    """Give the asset that a dbt source is part of: a feed's three tables are one box."""
    folder, name = (key.path[0], key.path[-1])
    of_all_feeds = (["feeds", "batch"], ["feeds", "identifier"])
    if folder in ("changes", "reconciliation") or key.path in of_all_feeds:
        return BUILD  # written when the build starts
    if folder == "feeds":
        for prefix in _BESIDE:
            name = name.removeprefix(prefix)
        return dg.AssetKey(["feeds", name])
    return key
