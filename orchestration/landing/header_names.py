"""Names of columns where a header has several rows, or lies somewhere below a title.

Here: names from the rows of a header, and finding the header's row. Not here: reading rows.
"""

from __future__ import annotations

from collections.abc import Sequence

SEPARATOR = " - "
_LOOKED_AT = 50
_SHARE_FILLED = 0.6


def names_of(rows: Sequence[Sequence[str]], style: str = "joined") -> list[str]:
    """The names of columns, blank ones numbered.

    Args:
        rows: The header's rows, blank cells as "".
        style: "joined" joins the rows of a column, where a blank in an upper row continues the
            cell to its left, as merged cells are exported; "first" takes the first row alone.

    Returns:
        A name a column, as many as the widest row has.
    """
    width = max((len(row) for row in rows), default=0)
    filled = [[*(" ".join(cell.split()) for cell in row), *[""] * (width - len(row))]
              for row in rows]  # fmt: skip
    if style == "first" or len(filled) == 1:
        return [name or f"column_{i}" for i, name in enumerate(filled[0], start=1)]
    names = []
    above = [""] * (len(filled) - 1)
    for place in range(width):
        parts = []
        for level, row in enumerate(filled):
            cell = row[place]
            if level < len(above):
                if cell:
                    # a new upper cell ends what those below it continued
                    above[level:] = [cell, *[""] * (len(above) - level - 1)]
                cell = cell or above[level]
            parts.append(cell)
        own = list(dict.fromkeys(part for part in parts if part))
        names.append(SEPARATOR.join(own) or f"column_{place + 1}")
    return names


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """The place (from 0) of the header among a sheet's first rows, or None.

    It is the first row that is filled nearly as wide as any, with names that differ and are no
    numbers: a title or the date of an export fills a cell or two.
    """
    looked_at = rows[:_LOOKED_AT]
    widest = max((sum(1 for cell in row if cell) for row in looked_at), default=0)
    if not widest:
        return None
    for place, row in enumerate(looked_at):
        given = [cell for cell in row if cell]
        is_wide = len(given) >= max(1, _SHARE_FILLED * widest)
        if is_wide and len({cell.lower() for cell in given}) == len(given) and _are_names(given):
            return place
    return None


def _are_names(cells: Sequence[str]) -> bool:
    numbers = sum(cell.replace(".", "", 1).lstrip("-").isdigit() for cell in cells)
    return numbers * 2 < len(cells) or not numbers
