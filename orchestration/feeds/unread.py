"""What num(x), ts(x) and day(x) could not read in a mapping's SELECT, as columns beside its own.

Belongs here: finding the calls in the SQL's tree and adding the columns. Does not: the macros'
meaning (mapping), nor what becomes of a field that could not be read (quality.validation).

The calls of the outermost SELECT (of each arm of a UNION) are followed: there the feed's column is
known. A call in a common table expression or subquery gives NULL without a reason of its own.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Iterator
from typing import Any

import duckdb

from quality.rule_model import blank_to_null

MACROS = ("num", "ts", "day")
PREFIX = "_unread_"
#: Other scopes, or values that are not of one row.
_CLOSED = ("SUBQUERY", "WINDOW", "LAMBDA")
Node = dict[str, Any]


def create_unread_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """`_unread_num(x)` and its like: the text of x where it is there and cannot be read."""
    for macro in MACROS:
        text = blank_to_null("cast(x as varchar)")
        connection.execute(
            f"create or replace temp macro {PREFIX}{macro}(x) as"
            f" case when {macro}(x) is null then {text} end"
        )


def with_unread(
    connection: duckdb.DuckDBPyConnection, sql: str, columns: Collection[str]
) -> str | None:
    """The SQL with a column `_unread_<name>` for each of `columns` that is made by the macros.

    Returns:
        None where there is none, or where the SQL's form does not allow it (DISTINCT, a star
        before the columns of a UNION): the SQL is then to be run as it is.
    """
    found = connection.execute("select json_serialize_sql(?)", [sql]).fetchone()
    tree = json.loads(found[0]) if found else {"error": True}
    if tree["error"] or len(tree["statements"]) != 1:
        return None
    aggregates = {
        row[0]
        for row in connection.execute(
            "select function_name from duckdb_functions() where function_type = 'aggregate'"
        ).fetchall()
    }
    arms = list(_arms(tree["statements"][0]["node"]))
    first = [_name_of(item) for item in arms[0]["select_list"]]
    places = [
        place
        for place, name in enumerate(first)
        if name in columns
        and any(_calls(arm["select_list"][place], aggregates) for arm in arms if place < _size(arm))
    ]
    if not places or not all(_can_be_widened(arm, arms, len(first)) for arm in arms):
        return None
    for arm in arms:
        items = arm["select_list"]
        items += [_unread(items[p], f"{PREFIX}{first[p]}", aggregates) for p in places]
    text = connection.execute("select json_deserialize_sql(?)", [json.dumps(tree)]).fetchone()
    return str(text[0]) if text else None


def _arms(node: Node) -> Iterator[Node]:
    """The SELECTs of which a query is the union."""
    if node["type"] == "SELECT_NODE":
        yield node
        return
    for part in ("left", "right"):
        if part in node:
            yield from _arms(node[part])
    for child in node.get("children", []):
        yield from _arms(child)


def _size(arm: Node) -> int:
    return len(arm["select_list"])


def _can_be_widened(arm: Node, arms: list[Node], size: int) -> bool:
    has_star = any(item["class"] == "STAR" for item in arm["select_list"])
    is_distinct = any(m["type"] == "DISTINCT_MODIFIER" for m in arm["modifiers"])
    return not is_distinct and (len(arms) == 1 or (not has_star and _size(arm) == size))


def _name_of(item: Node) -> str:
    own = item.get("alias") or (item.get("column_names") or [""])[-1]
    return str(own).lower()


def _calls(node: Any, aggregates: Collection[str], within: bool = False) -> list[tuple[Node, bool]]:
    """The macros' calls in an expression, each with whether it is within an aggregate."""
    if isinstance(node, list):
        return [call for one in node for call in _calls(one, aggregates, within)]
    if not isinstance(node, dict) or node.get("class") in _CLOSED:
        return []
    function = node.get("function_name") if node.get("class") == "FUNCTION" else None
    if function in MACROS:
        return [(node, within)]
    inside = within or function in aggregates
    return [call for value in node.values() for call in _calls(value, aggregates, inside)]


def _unread(item: Node, name: str, aggregates: Collection[str]) -> Node:
    """The expression of one added column: the text, or greatest text, that was not read."""
    texts = []
    for call, within in _calls(item, aggregates):
        text = copy.deepcopy(call) | {"alias": "", "function_name": PREFIX + call["function_name"]}
        texts.append(_function("max", [text], call) if within else text)
    if not texts:
        null = {"type": {"id": "NULL", "type_info": None}, "is_null": True}
        constant = {"class": "CONSTANT", "type": "VALUE_CONSTANT", "value": null}
        return constant | {"alias": name, "query_location": item["query_location"]}
    return (texts[0] if len(texts) == 1 else _function("greatest", texts, texts[0])) | {
        "alias": name
    }


def _function(function: str, children: list[Node], like: Node) -> Node:
    return copy.deepcopy(like) | {"function_name": function, "children": children, "alias": ""}
