"""YAML with line numbers: the company file as a tree of nodes, the environment's values filled in.

What belongs here: parsing safely (no tags are constructed, depth and size are bounded, recursive
aliases are refused) and `${NAME}`. What does not: what the keys mean.

Every scalar keeps its text as written beside its text with the environment's values, because only
the former may ever be shown: secrets live in the environment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from orchestration.company.problems import Problem, echo

MAXIMUM_CHARACTERS = 2_000_000
_MAXIMUM_DEPTH = 30
_MAXIMUM_NODES = 200_000
_REFERENCE = re.compile(r"\$(\$?)\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NULL_TAG = "tag:yaml.org,2002:null"


@dataclass(frozen=True)
class Node:
    """One node of the file.

    Attributes:
        line: Line that it begins on, from 1.
        kind: "mapping", "list", "scalar" or "null".
        text: A scalar's text with the environment's values.
        shown: A scalar's text as it is written in the file.
        entries: A mapping's values by key.
        key_lines: The line of each key.
        items: A list's values.
    """

    line: int
    kind: str
    text: str = ""
    shown: str = ""
    entries: dict[str, Node] = field(default_factory=dict)
    key_lines: dict[str, int] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)

    def plain(self) -> object:
        """The node as nested dicts, lists, texts and None, with the environment's values."""
        if self.kind == "mapping":
            return {key: value.plain() for key, value in self.entries.items()}
        if self.kind == "list":
            return [item.plain() for item in self.items]
        return None if self.kind == "null" else self.text


class _Converter:
    """Turns PyYAML's nodes into ours, collecting problems instead of raising."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[Problem] = []
        self._open: set[int] = set()
        self._count = 0

    def problem(self, line: int, where: str, message: str, fix: str) -> None:
        self.problems.append(Problem(line, where, message, fix))

    def convert(self, node: yaml.Node, where: str, depth: int = 0) -> Node:
        line = node.start_mark.line + 1
        self._count += 1
        if id(node) in self._open:
            self.problem(line, where, "an alias holds itself", "write the value out")
            return Node(line, "null")
        if depth > _MAXIMUM_DEPTH or self._count > _MAXIMUM_NODES:
            if self._count != _MAXIMUM_NODES + 2:  # said once, not for each node over the limit
                self.problem(line, where, "nested too deeply or too large", "make it simpler")
            self._count = min(self._count, _MAXIMUM_NODES + 1)
            return Node(line, "null")
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, line, where, depth)
            if isinstance(node, yaml.SequenceNode):
                items = [
                    self.convert(item, f"{where}[{place}]", depth + 1)
                    for place, item in enumerate(node.value)
                ]
                return Node(line, "list", items=items)
            return self._scalar(node, line, where)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, line: int, where: str, depth: int) -> Node:
        entries: dict[str, Node] = {}
        key_lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.problem(key_line, where, "a key is a list or a mapping", "use a plain name")
                continue
            key = key_node.value
            if key in entries:
                again = f"the key {echo(key)} stands here twice, first on line {key_lines[key]}"
                self.problem(key_line, where, again, "keep one of the two")
                continue
            path = f"{where}.{echo(key)}" if where else echo(key)
            key_lines[key] = key_line
            entries[key] = self.convert(value_node, path, depth + 1)
        return Node(line, "mapping", entries=entries, key_lines=key_lines)

    def _scalar(self, node: yaml.Node, line: int, where: str) -> Node:
        shown = node.value
        if node.tag == _NULL_TAG:
            return Node(line, "null", shown=shown)
        return Node(line, "scalar", text=self._filled(shown, line, where), shown=shown)

    def _filled(self, text: str, line: int, where: str) -> str:
        def value(match: re.Match[str]) -> str:
            escaped, name = match.groups()
            if escaped:
                return match.group(0)[1:]
            if not _NAME.fullmatch(name):
                self.problem(
                    line, where, "${…} holds no name", "write ${NAME}, or $${ for a plain ${"
                )
            elif name not in self.environ:
                message = f"{name} is not in the environment"
                self.problem(line, where, message, f"set it: export {name}=…")
            else:
                return self.environ[name]
            return ""

        return _REFERENCE.sub(value, text)


def _located(error: yaml.YAMLError) -> Problem:
    """A YAML syntax error as a problem, without the snippet of the file that PyYAML would quote."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or "a character that YAML does not allow"
    line = mark.line + 1 if mark is not None else 1
    return Problem(line, "", f"not valid YAML: {echo(what)}", "mind the indentation and quotes")


def parse(text: str, environ: Mapping[str, str]) -> tuple[Node | None, list[Problem]]:
    """Parse a company file's text.

    Args:
        text: YAML text.
        environ: Values for `${NAME}`.

    Returns:
        The root node, or None where the text is no YAML at all, and the problems found so far:
        syntax, keys that stand twice, names that are not in the environment.
    """
    if len(text) > MAXIMUM_CHARACTERS:
        return None, [Problem(1, "", "the file is too large", "a company file is a few pages")]
    try:
        composed = yaml.compose(text, Loader=yaml.SafeLoader)
    except RecursionError:
        return None, [Problem(1, "", "nested too deeply", "make it simpler")]
    except yaml.YAMLError as error:
        return None, [_located(error)]
    if composed is None:
        return None, [Problem(1, "", "the file is empty", "start from an example's company.yml")]
    converter = _Converter(environ)
    root = converter.convert(composed, "")
    return root, converter.problems
