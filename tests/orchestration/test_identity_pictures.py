"""Identity drawn for the UI: a histogram and a curve in Markdown, nothing where nothing was."""

from __future__ import annotations

from models.identity.resolve import IdentitySummary
from orchestration.assets.identity_pictures import curve_picture, pictures, weight_picture


def test_a_histogram_has_every_bin_and_marks_the_weight_for_a_link() -> None:
    lines = weight_picture({-4: 400, 0: 100, 4: 1}, 5.2).splitlines()
    drawn = {line.split("|")[1].strip(): line for line in lines[2:7]}
    assert list(drawn) == ["-4 to -2", "-2 to +0", "+0 to +2", "+2 to +4", "+4 to +6"]
    assert drawn["-4 to -2"].count("█") == 40 and drawn["+0 to +2"].count("█") == 20
    assert [name for name, line in drawn.items() if "a link from here on" in line] == ["+4 to +6"]


def test_a_curve_shows_precision_and_recall_where_they_are() -> None:
    curve = {"threshold": [0.0, 4.0], "precision": [0.5, 1.0], "recall": [1.0, 0.25]}
    rows = [line for line in curve_picture(curve).splitlines() if "`" in line]
    assert [row.split("`")[1].index("●") for row in rows] == [20, 40]
    assert [row.split("`")[1].index("○") for row in rows] == [40, 10]
    assert "| +4 | 1.000 | 0.250 |" in rows[1]


def test_where_nothing_was_compared_nothing_is_drawn() -> None:
    assert pictures(IdentitySummary(*[0] * 10, compared=())) == {}
