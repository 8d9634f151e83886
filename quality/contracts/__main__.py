"""`python -m quality.contracts`: writes what is made from the contracts; `--check` only compares.

What belongs here: the command and the place of each file. What does not: what the files
say (`render_sources`, `render_docs`).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from quality.contracts.render_docs import render_docs
from quality.contracts.render_sources import render_sources

SOURCES_PATH = Path("transforms/models/staging/_feeds__sources.yml")
DOCS_PATH = Path("docs/feeds.md")


def renderings() -> dict[Path, str]:
    """Each rendered file's path, relative to the project's root, and its text."""
    return {SOURCES_PATH: render_sources(), DOCS_PATH: render_docs()}


def main(arguments: Sequence[str], root: Path) -> int:
    """Write the renderings under root, or with `--check` say which are stale.

    Returns:
        0 when everything is (now) up to date, 1 when `--check` found a stale file.
    """
    stale = [
        (path, text)
        for path, text in renderings().items()
        if not (root / path).is_file() or (root / path).read_text(encoding="utf-8") != text
    ]
    if "--check" in arguments:
        for path, _ in stale:
            print(f"{path.as_posix()} is stale: run python -m quality.contracts")
        return 1 if stale else 0
    for path, text in stale:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
        print(f"wrote {path.as_posix()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).parents[2]))
