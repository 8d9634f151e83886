"""Comments: no word list tells their side; every one is of its language, topic and truth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from examples.retailer.raw.clauses import DEVICES, clauses, grammar
from tests.examples.retailer_kit import make

UNTIL = date(2026, 6, 28)
#: What a person would put on a list without having seen the grammar.
COMMON = {
    "de": ("gut schön nett schnell freundlich zufrieden danke empfehlen super toll klasse prima",
           "schlecht langsam teuer nie kaputt falsch leider ärger problem mies furchtbar nichts"),
    "en": ("good nice fast friendly happy thanks recommend great lovely excellent perfect well",
           "bad slow expensive never broken wrong sorry problem awful terrible poor nothing"),
    "ro": ("bine bun rapid mulțumit mulțumesc recomand super excelent minunat perfect frumos",
           "rău prost lent scump niciodată stricat greșit problemă groaznic jalnic urât nimic"),
}  # fmt: skip


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("comments") / "sample"
    return make(out, until=UNTIL, customers=6000, days=400, seed=17)


@pytest.fixture(scope="module")
def con(sample: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(":memory:")
    folder = sample / "truth" / UNTIL.isoformat()
    connection.execute(f"create view comment as from read_parquet('{folder}/comment.parquet')")
    yield connection
    connection.close()


def judged(text: str, language: str) -> int:
    """Which side a word list takes: 1, -1, or 0 where it cannot tell."""
    words = set(re.findall(r"\w+", text.lower()))
    parts, (good, bad) = grammar()["languages"][language], COMMON[language]
    liked = words & (set(good.split()) | set(" ".join(parts["good"]).split()))
    disliked = words & (set(bad.split()) | set(" ".join(parts["bad"]).split()))
    return (len(liked) > len(disliked)) - (len(liked) < len(disliked))


def test_a_word_list_is_beaten_badly(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute("select text, language, sentiment, device from comment").fetchall()
    assert len(rows) > 1500
    right = {name: [0, 0] for name in DEVICES}
    for text, language, sentiment, device in rows:
        right[device][0] += judged(text, language) == (1 if sentiment > 0 else -1)
        right[device][1] += 1
    share = {name: hits / n for name, (hits, n) in right.items()}
    total = sum(hits for hits, _ in right.values()) / len(rows)
    # To call all comments good is right about three times in four.
    assert total < 0.5
    assert share["plain"] > 0.6  # the list is no straw man: where words judge, it reads them
    assert share["negated"] < 0.3 and share["ironic"] < 0.3 and share["past"] < 0.4


def test_every_language_says_both_sides_in_every_way(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute("select distinct language, polarity, device from comment").fetchall()
    assert len(found) == 3 * 2 * len(DEVICES)
    mixed, distinct, n = con.execute(
        "select avg(is_mixed::int), count(distinct text), count(*) from comment"
    ).fetchone() or (0, 0, 0)
    assert 0.2 < mixed < 0.45
    assert distinct > 0.9 * n


def test_comments_in_the_files_are_those_of_the_truth(
    con: duckdb.DuckDBPyConnection, sample: Path
) -> None:
    files = f"read_csv('{sample}/raw/surveys/transactional_*.csv', all_varchar = true,"
    (written, matched) = con.execute(
        "select count(*), count(c.response_id) from (select answer_id, comment from "
        + files
        + " null_padding = true, strict_mode = false, ignore_errors = true)"
        " where comment is not null) f left join comment c"
        " on c.response_id = f.answer_id and c.text = f.comment"
    ).fetchone() or (0, 0)
    assert written > 300
    assert matched == written


def test_who_scores_well_speaks_well(con: duckdb.DuckDBPyConnection, sample: Path) -> None:
    files = f"read_csv('{sample}/raw/surveys/transactional_*.csv', all_varchar = true,"
    low, high = con.execute(
        "select avg(c.sentiment) filter (where score = '1'),"
        " avg(c.sentiment) filter (where score = scale) from "
        + files
        + " null_padding = true, strict_mode = false, ignore_errors = true) f"
        " join comment c on c.response_id = f.answer_id"
    ).fetchone() or (0, 0)
    assert low < -0.4 and high > 0.4


def test_the_grammar_gives_thousands_of_clauses_in_each_language() -> None:
    found = clauses()
    for language in ("de", "en", "ro"):
        texts = {c["text"] for c in found if c["language"] == language}
        assert len(texts) > 1000
        assert not [t for t in texts if "{" in t]
    assert sum(share["good"] for share in DEVICES.values()) == pytest.approx(1)
    assert sum(share["bad"] for share in DEVICES.values()) == pytest.approx(1)
