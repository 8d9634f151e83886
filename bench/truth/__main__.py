"""`python -m bench.truth`: the scorecard of worlds that development does not use.

Belongs here: the options and the order. Does not: any measuring.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from bench.truth import SEEDS, card, effects, identity, metrics, scores, unmeasured
from bench.truth.night import AFTER_DAYS, AS_OF, NightError, open_world, run_world

PAGE = Path(__file__).parents[2] / "docs" / "scorecard.md"
NIGHTS = "Nights"
NOTES = {
    NIGHTS: "The version of each world, and the revision of the code that published it.",
    identity.PART: identity.NOTE,
    metrics.PART: metrics.NOTE,
    **scores.NOTES,
    effects.PART: effects.NOTE,
    unmeasured.PART: unmeasured.NOTE,
}


def score_world(folder: Path, seed: int, customers: int, scenario: Path | None) -> list[card.Row]:
    """Run one world and hold what was published against its truth."""
    try:
        world = run_world(folder, seed, customers, scenario, lambda line: print(line, flush=True))
    except NightError as failed:
        print(failed, file=sys.stderr, flush=True)
        return [card.Row(NIGHTS, "published", seed, "", "the night failed", "a version", False, "")]
    con = open_world(world)
    try:
        parts = (identity.score, metrics.score, scores.score_churn, scores.score_propensity)
        beside = (effects.score, unmeasured.score)
        rows = [row for part in (*parts, *beside) for row in part(con, seed)]
        return [*rows, _published(con, seed)]
    finally:
        con.close()


def _published(con: duckdb.DuckDBPyConnection, seed: int) -> card.Row:
    """What is being judged, in its own words."""
    said = con.execute("select version, code_revision from pub.meta.pub_snapshot").fetchone()
    assert said is not None
    return card.Row(NIGHTS, "published", seed, "", f"{said[0]}, code {said[1]}", "", None, "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Score every seed, print the card and write the page; 1 where a night failed."""
    parser = argparse.ArgumentParser(prog="bench.truth", description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000, help="people of each world")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--scenario", type=Path, help="scenario file of the sample company")
    parser.add_argument("--page", type=Path, default=PAGE, help="where the page is written")
    parser.add_argument("--jobs", type=int, default=1, help="worlds at a time, 1.5 GB each")
    parser.add_argument(
        "--keep", type=Path, help="keep worlds here; those that are there are scored anew"
    )
    wish = parser.parse_args(arguments)
    folder = wish.keep or Path(tempfile.mkdtemp(prefix="wholeview-truth-"))
    rows: list[card.Row] = []
    try:
        with ThreadPoolExecutor(wish.jobs) as pool:
            scored = [
                pool.submit(score_world, folder, seed, wish.customers, wish.scenario)
                for seed in wish.seeds
            ]
            for world in scored:
                rows += world.result()
    finally:
        if not wish.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print("\n".join(card.lines(rows)))
    wish.page.write_text(card.page(rows, "make truth", NOTES, _lead(wish)), encoding="utf-8")
    print(f"\nwritten to {wish.page.name}")
    return int(any(row.part == NIGHTS and row.is_met is False for row in rows))


def _lead(wish: argparse.Namespace) -> str:
    seeds = ", ".join(map(str, wish.seeds))
    return (
        f"What the pipeline publishes, held against what the sample company knows and the pipeline"
        f" never reads: {wish.customers:,} people a world, seeds {seeds} (used for nothing else),"
        f" a night as of {AS_OF}, and the {AFTER_DAYS} days after it to see what came. Made by"
    )


if __name__ == "__main__":
    sys.exit(main())
