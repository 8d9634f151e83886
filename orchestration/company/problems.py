"""What is wrong with a company file: one problem a line, each with its line, field and fix.

What belongs here: the problem, the error that carries them, and the words that make one short and
safe to print. What does not: the rules (`sections`, `sources`, `mappings`).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

_LONGEST_ECHO = 60


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        line: Line in the company file, from 1.
        field: Path of the field, such as `sources.orders.mode`; empty for the file as a whole.
        message: What is wrong; never holds a value that came from the environment.
        fix: What to do.
    """

    line: int
    field: str
    message: str
    fix: str

    def __str__(self) -> str:
        where = f"line {self.line}" + (f", {self.field}" if self.field else "")
        return f"{where}: {self.message}; {self.fix}"


class CompanyFileError(Exception):
    """The company file is wrong; `str()` gives one line per problem, each with the file's name."""

    def __init__(self, name: str, problems: Iterable[Problem]) -> None:
        self.name = name
        self.problems = sorted(problems)
        super().__init__("\n".join(f"{name}, {problem}" for problem in self.problems))


def echo(text: str) -> str:
    """A text from the company file as a message may show it: on one line, and not long."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= _LONGEST_ECHO else flat[: _LONGEST_ECHO - 1] + "…"


def suggestion(word: str, known: Iterable[str]) -> str:
    """The fix for a word that is not among the known ones: the nearest of them, or all of them."""
    options = [echo(option) for option in known]
    if not options:
        return "remove it"
    near = difflib.get_close_matches(word.lower(), options, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    listed = ", ".join(options[:30]) + (", …" if len(options) > 30 else "")
    return f"use one of: {listed}"
