"""Identity drawn for the UI: a histogram and a curve as images, nothing where nothing was."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from pathlib import Path

from models.identity.resolve import IdentitySummary
from orchestration.assets.identity_pictures import curve_picture, pictures, weight_picture

SVG = "{http://www.w3.org/2000/svg}"


def drawn(markdown: str) -> ET.Element:
    """The SVG of an image that is a part of the Markdown."""
    found = re.fullmatch(r"!\[[a-z ]+\]\(data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)\)", markdown)
    assert found is not None
    return ET.fromstring(base64.b64decode(found[1]))


def bars(root: ET.Element) -> dict[str, tuple[float, str]]:
    """Height and colour of each bar by its words."""
    return {
        title.text or "": (float(rect.attrib["height"]), rect.attrib["fill"])
        for rect in root.iter(f"{SVG}rect")
        if (title := rect.find(f"{SVG}title")) is not None
    }


def test_a_histogram_has_every_bin_and_marks_the_weight_for_a_link() -> None:
    found = bars(drawn(weight_picture({-4: 400, 0: 100, 4: 1}, 5.2)))
    assert [*found] == ["-4 to -2: 400", "-2 to +0: 0", "+0 to +2: 100", "+2 to +4: 0",
                        "+4 to +6: 1"]  # fmt: skip
    assert found["-4 to -2: 400"][0] == 2 * found["+0 to +2: 100"][0]
    colours = [colour for _, colour in found.values()]
    assert len(set(colours[:4])) == 1 and colours[4] != colours[0]


def test_a_curve_has_a_point_for_each_weight_where_its_precision_and_recall_are() -> None:
    curve = {"threshold": [0.0, 4.0], "precision": [0.5, 1.0], "recall": [1.0, 0.5]}
    root = drawn(curve_picture(curve))
    low, high = ((float(c.attrib["cx"]), float(c.attrib["cy"])) for c in root.iter(f"{SVG}circle"))
    assert low == (700.0, 316.0) and high == (60.0, 16.0)  # the corners of the field
    line = root.find(f"{SVG}polyline")
    assert line is not None and line.attrib["points"] == "700.0,316.0 60.0,16.0"
    titles = [title.text for title in root.iter(f"{SVG}title")]
    assert titles[1] == "from +4 bits: precision 1.000, recall 0.500"


def test_pictures_are_small_and_the_page_that_shows_them_allows_images_of_their_kind() -> None:
    weights = dict.fromkeys(range(-60, 80, 2), 10**6)
    curve = {name: [0.987] * 15 for name in ("threshold", "precision", "recall")}
    assert len(weight_picture(weights, 2.0)) < 20_000 and len(curve_picture(curve)) < 20_000
    import dagster_webserver

    rules = Path(dagster_webserver.__file__).parent / "webapp" / "build" / "csp-header.txt"
    for rule in rules.read_text().split(";"):
        name, *allowed = rule.split() or [""]
        assert name not in ("img-src", "default-src") or "data:" in allowed


def test_where_nothing_was_compared_nothing_is_drawn() -> None:
    assert pictures(IdentitySummary(*[0] * 10, compared=())) == {}
