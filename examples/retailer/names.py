"""Names and the other ways in which they are written.

Belongs here: spellings in plain letters, Latin forms and nicknames of every name of the cultures
in use. Does not: who is called what (world/), nor which form a system recorded (raw/sql).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from examples.retailer.places import cultures

#: Letters whose plain form is not what is left when the accent goes, by culture and for all.
_PLAIN = {"german": {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}}
_PLAIN_ALL = {"ß": "ss", "\u0131": "i", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "æ": "ae"}


def plain(name: str, culture: str) -> str:
    """Write a name in plain letters, as people do whose keyboard has no others."""
    for letter, written in (_PLAIN.get(culture, {}) | _PLAIN_ALL).items():
        name = name.replace(letter, written)
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))


def name_parts() -> list[dict[str, Any]]:
    """One row a culture, kind (female, male, family) and name.

    `word` is how its bearer writes it, `spelling` and `spelling2` are other ways (equal to `word`
    where there is none), `latin` is in a-z for addresses, `nick` a nickname or NULL, `short` the
    first part of a name of several.
    """
    rows = []
    for number, (culture, book) in enumerate(cultures().items()):
        swaps = book["order"] == "family_first"
        for kind in ("female", "male", "family"):
            for no, name in enumerate(book[kind]):
                forms = [name] if isinstance(name, str) else list(name)
                word, spelling = forms[0], (forms[1:] or [plain(forms[0], culture)])[0]
                rows.append(
                    {
                        "culture": number,
                        "kind": kind,
                        "no": no,
                        "word": word,
                        "spelling": spelling,
                        "spelling2": forms[-1] if len(forms) > 2 else plain(spelling, culture),
                        "latin": latin(forms, culture),
                        "nick": book["nicknames"].get(word),
                        "short": re.split(r"[\s-]", word)[0],
                        "is_swapped_often": swaps,
                    }
                )
    return rows


def latin(forms: list[str], culture: str) -> str:
    """Give the first spelling that has letters a-z, with nothing else; empty where none has."""
    found = (re.sub("[^a-z]", "", plain(form, culture).lower()) for form in forms)
    return next((letters for letters in found if letters), "")
