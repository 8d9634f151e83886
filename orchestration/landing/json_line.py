"""One JSON line, read strictly: its top-level keys with their values as text, or what is wrong.

Here: the judgement of a single line, numbers kept digit by digit. Not here: the bulk (json_reader).
"""

from __future__ import annotations

import json
import math
from typing import Any

from orchestration.landing.framing import MAX_RECORD_BYTES

MAX_DEPTH = 64
#: What the key "" becomes: a column must have a name.
UNNAMED = "unnamed"


class BadLine(ValueError):  # noqa: N818 - reads as the state it reports
    """A line that is set aside, with its reason code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


def read_line(line: bytes) -> dict[str, str | None]:
    """Read one line.

    Raises:
        BadLine: json.syntax, json.number, json.duplicate_key or json.depth.
    """
    if len(line) > MAX_RECORD_BYTES:
        raise BadLine("json.syntax")
    try:
        text = line.decode()
        if _depth(text) > MAX_DEPTH:
            raise BadLine("json.depth")
        found = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_number,
            parse_int=_number,
            parse_constant=_constant,
        )
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise BadLine("json.syntax") from None
    if not isinstance(found, dict):
        raise BadLine("json.syntax")
    if "" in found and UNNAMED in found:
        raise BadLine("json.duplicate_key")
    try:
        return {_key(key): _text(value) for key, value in found.items()}
    except UnicodeEncodeError:  # half of a surrogate pair
        raise BadLine("json.syntax") from None


def _depth(text: str) -> int:
    """The greatest number of brackets open at once, strings aside."""
    deepest = depth = 0
    in_string = skip = False
    for character in text:
        if skip:
            skip = False
        elif in_string:
            skip = character == "\\"
            in_string = character != '"'
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise BadLine("json.duplicate_key")
    return dict(pairs)


def _number(text: str) -> _Number:
    if math.isinf(float(text)):
        raise BadLine("json.number")
    return _Number(text)


def _constant(_: str) -> Any:
    raise BadLine("json.number")


def _key(key: str) -> str:
    key.encode()
    return key or UNNAMED


def _text(value: Any) -> str | None:
    """A top-level value as text: strings as they are, all else as JSON."""
    if value is None:
        return None
    if isinstance(value, str):
        value.encode()
        return str(value)
    return _json(value)


def _json(value: Any) -> str:
    if isinstance(value, dict):
        inner = ",".join(f"{_json(str(k))}:{_json(v)}" for k, v in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_json, value))}]"
    if isinstance(value, _Number):
        return str(value)
    text = json.dumps(value, ensure_ascii=False)
    text.encode()
    return text
