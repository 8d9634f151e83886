"""Reading values out of nodes: text, numbers, choices, lists, and what is said where one is wrong.

What belongs here: checks of one value's shape that any section needs. What does not: the sections.
A method returns None (or what is empty) after it has noted a problem, so that one reading finds
all problems of a file at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from orchestration.company.problems import Problem, echo, suggestion

if TYPE_CHECKING:
    from orchestration.company.document import Node

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,15}")
_TRUE = frozenset({"true", "yes", "on"})
_FALSE = frozenset({"false", "no", "off"})


def is_number(text: str) -> bool:
    """Whether a text is a plain number (digits, a sign, a decimal point)."""
    return _NUMBER.fullmatch(text) is not None


class Reader:
    """Reads values and collects problems."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def problem(self, line: int, field: str, message: str, fix: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(line, field, message, fix))

    def entries(
        self, node: Node | None, field: str, known: Iterable[str] | None = None
    ) -> dict[str, Node]:
        """The entries of a mapping, without unknown keys (each a problem) where known is given."""
        if node is None or node.kind == "null":
            return {}
        if node.kind != "mapping":
            self.problem(node.line, field, "not a mapping", "write `key: value` lines below it")
            return {}
        if known is None:
            return dict(node.entries)
        options = list(known)
        found: dict[str, Node] = {}
        for key, value in node.entries.items():
            if key in options:
                found[key] = value
                continue
            path = f"{field}.{echo(key)}" if field else echo(key)
            fix = suggestion(key, options)
            self.problem(node.key_lines[key], path, "unknown key", fix)
        return found

    def text(self, node: Node | None, field: str) -> str | None:
        """A text that is not blank; numbers and the like are taken as they are written."""
        if node is None:
            return None
        if node.kind != "scalar" or not node.text.strip():
            self.problem(node.line, field, "no text", "write a value after the colon")
            return None
        return node.text

    def texts(self, node: Node | None, field: str, *, may_be_blank: bool = False) -> list[str]:
        """A list of texts; a single text counts as a list of one."""
        if node is None:
            return []
        if node.kind == "scalar":
            node_items = [node]
        elif node.kind == "list":
            node_items = node.items
        else:
            self.problem(node.line, field, "not a list", "write it as [a, b]")
            return []
        found = []
        for place, item in enumerate(node_items):
            if may_be_blank and item.kind in ("scalar", "null"):
                found.append(item.text)
                continue
            text = self.text(item, f"{field}[{place}]")
            if text is not None:
                found.append(text)
        return found

    def choice(self, node: Node | None, field: str, options: Iterable[str]) -> str | None:
        """A text that is one of the options."""
        text = self.text(node, field)
        known = list(options)
        if node is None or text is None or text in known:
            return text
        fix = suggestion(node.shown, known)
        self.problem(node.line, field, f"{echo(node.shown)} is not known", fix)
        return None

    def integer(
        self, node: Node | None, field: str, minimum: int = 0, maximum: int = 10**12
    ) -> int | None:
        """A whole number within limits, both included."""
        text = self.text(node, field)
        if node is None or text is None:
            return None
        if _INTEGER.fullmatch(text) and minimum <= int(text) <= maximum:
            return int(text)
        fix = f"write a whole number from {minimum} to {maximum}"
        self.problem(node.line, field, f"{echo(node.shown)} is not right", fix)
        return None

    def number(self, node: Node | None, field: str, minimum: float, maximum: float) -> float | None:
        """A number within limits, both included."""
        text = self.text(node, field)
        if node is None or text is None:
            return None
        if is_number(text) and minimum <= float(text) <= maximum:
            return float(text)
        fix = f"write a number from {minimum:g} to {maximum:g}"
        self.problem(node.line, field, f"{echo(node.shown)} is not right", fix)
        return None

    def boolean(self, node: Node | None, field: str) -> bool | None:
        """True or false."""
        text = self.text(node, field)
        if node is None or text is None:
            return None
        if text.lower() in _TRUE or text.lower() in _FALSE:
            return text.lower() in _TRUE
        self.problem(node.line, field, f"{echo(node.shown)} is not right", "write true or false")
        return None

    def pattern(
        self, node: Node | None, field: str, pattern: re.Pattern[str], fix: str
    ) -> str | None:
        """A text that matches a pattern as a whole."""
        text = self.text(node, field)
        if node is None or text is None or pattern.fullmatch(text):
            return text
        self.problem(node.line, field, f"{echo(node.shown)} is not right", fix)
        return None
