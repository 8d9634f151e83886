"""Which dbt layer may read which, by the manifest. A folder under transforms/models is a layer.

Not here: who imports whom in Python (test_rooms).
"""

from __future__ import annotations

import re
from typing import Any

import pytest

#: Layer -> what its models may read: other layers, seeds, or a source by its name. A source made by
#: Python steps is named with the folder that it is in: built.identity, built.scores, ...
MAY_READ: dict[str, set[str]] = {
    "staging": {"feeds"},
    "identity": {"staging", "identity"},
    "core": {"staging", "core", "seed", "built.identity", "built.changes"},
    "marts": {"core", "marts", "seed", "built.changes", "built.identity", "built.reconciliation"},
    "features": {"core", "features", "seed"},
    "published": {"core", "marts", "features", "published", "seed"}
    | {"built.identity", "built.scores", "built.quality", "built.meta", "built.changes"},
}


def layer_of(node: dict[str, Any]) -> str:
    """The layer of a model, the source (with its folder where Python built it), or `seed`."""
    if node["resource_type"] == "seed":
        return "seed"
    if node["resource_type"] != "source":
        return str(node["fqn"][1])
    if node["source_name"] != "built":
        return str(node["source_name"])
    location = node.get("meta", {}).get("external_location") or (
        node.get("config", {}).get("meta", {}).get("external_location", "")
    )
    folder = re.search(r"/([a-z_]+)/[a-z_]+\.parquet", location)
    return f"built.{folder.group(1)}" if folder else "built"


def crossings(manifest: dict[str, Any]) -> list[str]:
    """Every edge of the manifest from a model to a layer that it may not read."""
    things = {**manifest["nodes"], **manifest["sources"]}
    wrong = []
    for node in manifest["nodes"].values():
        if node["resource_type"] != "model":
            continue
        layer = layer_of(node)
        for parent in node["depends_on"]["nodes"]:
            read = layer_of(things[parent])
            if read not in MAY_READ.get(layer, set()):
                wrong.append(f"{node['name']} ({layer}) reads {things[parent]['name']} ({read})")
    return sorted(wrong)


def test_every_model_is_in_a_known_layer(manifest: dict[str, Any]) -> None:
    models = [n for n in manifest["nodes"].values() if n["resource_type"] == "model"]
    assert models, "the dbt project has no model"
    assert {layer_of(node) for node in models} <= set(MAY_READ)


def test_layers_read_only_what_they_may(manifest: dict[str, Any]) -> None:
    wrong = crossings(manifest)
    assert not wrong, "\n".join(wrong)


def model(layer: str, reads: str) -> dict[str, Any]:
    return {
        "resource_type": "model",
        "name": f"a_{layer}",
        "fqn": ["wholeview", layer, f"a_{layer}"],
        "depends_on": {"nodes": [reads]},
    }


def source(source_name: str, folder: str) -> dict[str, Any]:
    location = 'read_parquet(\'{{ env_var("WHOLEVIEW_BUILD") }}/' + folder + "/x.parquet')"
    if source_name == "feeds":
        location = "read_parquet('{{ env_var(\"WHOLEVIEW_HOME\") }}/feeds/x/rows/*.parquet')"
    return {
        "resource_type": "source",
        "name": "x",
        "source_name": source_name,
        "meta": {"external_location": location},
    }


@pytest.mark.parametrize(
    ("layer", "parent"),
    [
        ("marts", model("staging", "x")),
        ("core", source("feeds", "")),
        ("core", source("built", "scores")),
        ("features", model("marts", "x")),
        ("identity", source("built", "identity")),
        ("staging", model("core", "x")),
        ("elsewhere", model("core", "x")),
    ],
)
def test_a_crossing_is_seen(layer: str, parent: dict[str, Any]) -> None:
    child = model(layer, "parent")
    sources = {"parent": parent} if parent["resource_type"] == "source" else {}
    nodes = {"child": child} | (
        {} if sources else {"parent": {**parent, "depends_on": {"nodes": []}}}
    )
    assert len(crossings({"nodes": nodes, "sources": sources})) == 1


@pytest.mark.parametrize(
    ("layer", "parent"),
    [
        ("staging", source("feeds", "")),
        ("core", source("built", "identity")),
        ("published", source("built", "scores")),
    ],
)
def test_an_allowed_source_passes(layer: str, parent: dict[str, Any]) -> None:
    assert not crossings(
        {"nodes": {"child": model(layer, "parent")}, "sources": {"parent": parent}}
    )
