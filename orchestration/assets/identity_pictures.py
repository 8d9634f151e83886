"""Pictures of identity for the UI: how match weights are spread, precision against recall.

Belongs here: drawing them as text in Markdown, which Dagster shows with an asset. Does not: figures
(models.identity.benchmark, models.identity.review).
"""

from typing import Any

import dagster as dg

_WIDTH = 40


def pictures(found: Any) -> dict[str, dg.MarkdownMetadataValue]:
    """Draw what a night's matching found; nothing where records had nothing to compare."""
    drawn = {}
    if found.weights:
        drawn["match_weights"] = dg.MetadataValue.md(weight_picture(found.weights, found.enough))
    if found.curve.get("threshold"):
        drawn["precision_and_recall"] = dg.MetadataValue.md(curve_picture(found.curve))
    return drawn


def weight_picture(weights: dict[int, int], enough: float | None) -> str:
    """A histogram: pairs by match weight, the weight for a link marked.

    Args:
        weights: Pairs by the lower end of their bin of two bits.
        enough: The weight for a link, in bits.
    """
    most = max(weights.values())
    lines = ["| match weight, bits | pairs | |", "|---:|---:|:---|"]
    for low in range(min(weights), max(weights) + 2, 2):
        n = weights.get(low, 0)
        # of pairs there are many of two people and few of one: by square roots both are seen
        bar = "█" * round(_WIDTH * (n / most) ** 0.5)
        mark = " ◀ a link from here on" if enough is not None and low <= enough < low + 2 else ""
        lines.append(f"| {low:+d} to {low + 2:+d} | {n:,} | {bar}{mark} |")
    return "\n".join([*lines, "", "Bars are by the square root of the number of pairs."])


def curve_picture(curve: dict[str, list[float]]) -> str:
    """Precision and recall of links by the weight that is asked for one.

    Args:
        curve: ``threshold`` (bits), ``precision`` and ``recall``, of equal length.
    """
    lines = ["| a link from, bits | precision | recall | |", "|---:|---:|---:|:---|"]
    for at, precision, recall in zip(
        curve["threshold"], curve["precision"], curve["recall"], strict=True
    ):
        bar = "".join(
            "●" if place == round(_WIDTH * precision) else "○" if place == round(_WIDTH * recall)
            else "·" for place in range(_WIDTH + 1)
        )  # fmt: skip
        lines.append(f"| {at:+.0f} | {precision:.3f} | {recall:.3f} | `{bar}` |")
    return "\n".join([*lines, "", "● precision, ○ recall, from 0 to 1: known people's copies."])
