"""Pictures of identity for the UI: how match weights are spread, precision against recall.

Belongs here: drawing them as SVG in an asset's Markdown, which Dagster shows as images (its page
allows images that are part of the text, `data:`). Does not: figures (models.identity.shown).
"""

import base64
from typing import Any

import dagster as dg

_WIDTH, _HEIGHT, _LEFT, _TOP, _FOOT = 640, 300, 60, 16, 44
_FLAT, _STRONG, _SECOND = "#9db2cf", "#1f5fa8", "#c2571a"


def pictures(found: Any) -> dict[str, dg.MarkdownMetadataValue]:
    """Draw what a night's matching found; nothing where records had nothing to compare."""
    drawn = {}
    if found.weights:
        drawn["match_weights"] = dg.MetadataValue.md(weight_picture(found.weights, found.enough))
    if found.curve.get("threshold"):
        drawn["precision_and_recall"] = dg.MetadataValue.md(curve_picture(found.curve))
    return drawn


def weight_picture(weights: dict[int, int], enough: float | None) -> str:
    """A histogram: pairs by match weight; the bins from which on pairs are links stand out.

    Args:
        weights: Pairs by the lower end of their bin of two bits.
        enough: The weight for a link, in bits.
    """
    lows = range(min(weights), max(weights) + 2, 2)
    most = max(weights.values())
    step = _WIDTH / len(lows)
    drawn = []
    for place, low in enumerate(lows):
        n = weights.get(low, 0)
        # of pairs there are many of two people and few of one: by square roots both are seen
        height = _HEIGHT * (n / most) ** 0.5
        is_link = enough is not None and low + 2 > enough
        drawn.append(
            f'<rect x="{_LEFT + place * step:.1f}" y="{_TOP + _HEIGHT - height:.1f}"'
            f' width="{step - 1:.1f}" height="{height:.1f}"'
            f' fill="{_STRONG if is_link else _FLAT}"><title>{low:+d} to {low + 2:+d}: {n:,}'
            "</title></rect>"
        )
    drawn += _ticks([(_LEFT + (low - lows[0]) / 2 * step, f"{low:+d}") for low in lows[::4]])
    drawn.append(_words(_LEFT - 6, _TOP + 12, f"{most:,}", "end"))
    drawn.append(_words(_LEFT - 6, _TOP + _HEIGHT, "0", "end"))
    told = f"links from {enough:+.1f} bits" if enough is not None else "no link"
    drawn.append(_foot(f"match weight, bits (dark: {told}); bars by the root of the pairs"))
    return _image("pairs by match weight", drawn)


def curve_picture(curve: dict[str, list[float]]) -> str:
    """Precision against recall of links, a point for each weight that is asked for one.

    Args:
        curve: ``threshold`` (bits), ``precision`` and ``recall``, of equal length.
    """
    lowest = min(0.9, *curve["precision"], *curve["recall"])

    def at(recall: float, precision: float) -> tuple[float, float]:
        scale = 1 - lowest
        return (
            _LEFT + _WIDTH * (recall - lowest) / scale,
            _TOP + _HEIGHT * (1 - (precision - lowest) / scale),
        )

    told = list(zip(curve["threshold"], curve["precision"], curve["recall"], strict=True))
    points = [at(recall, precision) for _, precision, recall in told]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    drawn = [f'<polyline points="{line}" fill="none" stroke="{_STRONG}" stroke-width="2"/>']
    drawn += [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{_SECOND}"><title>from {threshold:+.0f}'
        f" bits: precision {precision:.3f}, recall {recall:.3f}</title></circle>"
        for (x, y), (threshold, precision, recall) in zip(points, told, strict=True)
    ]
    marks = [lowest + (1 - lowest) * part / 4 for part in range(5)]
    drawn += _ticks([(at(mark, 0)[0], f"{mark:.2f}") for mark in marks])
    drawn += [_words(_LEFT - 6, at(0, mark)[1] + 4, f"{mark:.2f}", "end") for mark in marks]
    drawn.append(_foot("recall; up: precision. A point a weight for a link, on known people"))
    return _image("precision and recall", drawn)


def _ticks(marks: list[tuple[float, str]]) -> list[str]:
    return [_words(x, _TOP + _HEIGHT + 16, text, "middle") for x, text in marks]


def _words(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def _foot(text: str) -> str:
    return _words(_LEFT + _WIDTH / 2, _TOP + _HEIGHT + 36, text, "middle")


def _image(name: str, drawn: list[str]) -> str:
    """An image in Markdown: SVG as a part of the text, axes around what is drawn."""
    axes = f'<path d="M{_LEFT} {_TOP}v{_HEIGHT}h{_WIDTH}" fill="none" stroke="#666"/>'
    wide, high = _LEFT + _WIDTH + 24, _TOP + _HEIGHT + _FOOT
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}"'
        ' font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>'
        f"{axes}{''.join(drawn)}</svg>"
    )
    return f"![{name}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"
