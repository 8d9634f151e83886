"""Rules that need the syntax tree: what is done to what.

Not here: what the words alone tell (tokens).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

#: Names that end so hold a date or a time: arithmetic on them differs between engines.
TIME_NAME = re.compile(r"(_on|_at|_date|_until|_since)$")
#: A window that picks one row of many must end its order in something unique.
PICKS = (exp.RowNumber, exp.FirstValue, exp.LastValue, exp.Lag, exp.Lead, exp.Ntile)
UNIQUE_NAME = re.compile(
    r"(_key|_id|_ref|_hash|_number|_rank|^rank|^row|_row|_line|^line|^batch|_name|_value|_type|^feature"
    r"|^country|_code|_start_on|period|^n|_n)$"
)
DOUBLES = (exp.Sqrt, exp.Ln, exp.Exp, exp.Pow, exp.Avg, exp.Stddev, exp.StddevSamp, exp.StddevPop)
CALENDAR = ("year", "quarter", "month", "day", "hour", "minute")
INTEGERS = ("INT", "BIGINT", "SMALLINT", "TINYINT")


def tree_hits(tree: exp.Expression) -> Iterator[tuple[str, str]]:
    """Every (rule, message) that a parsed statement breaks."""
    doubles = {alias.alias for alias in tree.find_all(exp.Alias) if _is_double(alias.this)}
    for node in tree.walk():
        for rule in (_shape, _dates, _casts, _ties):
            yield from rule(node)
        yield from _ratios(node, doubles)
        if isinstance(node, exp.Select):
            yield from _lateral_aliases(node)


def _shape(node: exp.Expression) -> Iterator[tuple[str, str]]:
    if isinstance(node, exp.Qualify):
        yield "qualify", "qualify: number the rows in a CTE, then filter"
    if isinstance(node, exp.Star) and any(
        node.args.get(part) for part in ("except_", "except", "replace", "rename")
    ):
        yield "star-exclude", "select * exclude, replace or rename: name the columns"
    if isinstance(node, exp.Distinct) and node.args.get("on"):
        yield "distinct-on", "distinct on: number the rows in a CTE, then filter"
    if isinstance(node, exp.Extract) and node.name.lower() not in CALENDAR:
        yield "engine-function", f"extract({node.name.lower()} …) differs: use a macro"
    if isinstance(node, (exp.IntDiv, exp.Lambda)):
        yield "engine-syntax", f"{node.sql('duckdb')}: // and lambdas are not the same on Spark"


def _is_time(node: exp.Expression | None) -> bool:
    if isinstance(node, exp.Paren):
        return _is_time(node.this)
    if isinstance(node, exp.Column):
        return bool(TIME_NAME.search(node.name.lower()))
    if isinstance(node, exp.Cast):
        return node.to.this.name in ("DATE", "TIMESTAMP", "TIMESTAMPTZ")
    return isinstance(node, (exp.Max, exp.Min, exp.Coalesce)) and _is_time(node.this)


def _dates(node: exp.Expression) -> Iterator[tuple[str, str]]:
    if isinstance(node, exp.Interval):
        yield "date-arithmetic", f"{node.sql('duckdb')}: use add_days or microseconds"
    is_sum = isinstance(node, (exp.Add, exp.Sub))
    if is_sum and (_is_time(node.this) or _is_time(node.expression)):
        text = node.sql("duckdb")
        yield "date-arithmetic", f"{text}: use add_days, days_between or epoch_us"


def _is_double(node: exp.Expression, doubles: frozenset[str] | set[str] = frozenset()) -> bool:
    """Whether a part is a double: by cast, exponent or function, or by a name made so before."""
    for part in node.find_all(exp.Cast, exp.Literal, exp.Column, *DOUBLES):
        if isinstance(part, exp.Cast) and part.to.this.name in ("DOUBLE", "FLOAT"):
            return True
        if isinstance(part, exp.Literal) and not part.is_string and "e" in part.this.lower():
            return True
        if isinstance(part, exp.Column) and part.name in doubles:
            return True
        if isinstance(part, DOUBLES):
            return True
    return False


def _ratios(node: exp.Expression, doubles: set[str]) -> Iterator[tuple[str, str]]:
    if isinstance(node, exp.Avg) and not _is_double(node.this, doubles):
        yield "ratio-type", f"{node.sql('duckdb')}: cast to double first"
    if not isinstance(node, exp.Div):
        return
    text = node.sql("duckdb")
    if not _is_double(node, doubles):
        yield "ratio-type", f"{text}: a ratio is of doubles (1.0e0, a cast)"
    below = node.expression.unnest()
    while isinstance(below, exp.Cast):
        below = below.this.unnest()
    never_zero = (exp.Literal, exp.Nullif, exp.Sqrt, exp.Greatest, exp.Add)
    if (
        not isinstance(below, never_zero)
        and not below.find(exp.Nullif)
        and not _guarded(node, below)
    ):
        yield "ratio-zero", f"{text}: nullif(…, 0) on the denominator"


def _guarded(node: exp.Expression, below: exp.Expression) -> bool:
    """Whether the ratio stands in a case whose conditions ask about every column it divides by."""
    case = node.find_ancestor(exp.Case)
    if case is None:
        return False
    asked = {c.name for when in case.args["ifs"] for c in when.this.find_all(exp.Column)}
    return {column.name for column in below.find_all(exp.Column)} <= asked


def _casts(node: exp.Expression) -> Iterator[tuple[str, str]]:
    if not isinstance(node, exp.Cast):
        return
    inner, text = node.this.unnest(), node.sql("duckdb")
    kind = node.to.this.name
    if kind in INTEGERS:
        is_rounded = isinstance(inner, (exp.Round, exp.Floor, exp.Ceil))
        is_fraction = isinstance(inner, (exp.Div, exp.Avg)) or (
            isinstance(inner, exp.Literal) and not inner.is_string and "." in inner.this
        )
        if is_fraction and not is_rounded:
            yield "cast-rounds", f"{text}: 2.5 becomes 3 or 2; floor or round first"
        if isinstance(node, exp.TryCast) and not isinstance(inner, exp.Cast):
            yield "cast-rounds", f"{text}: '2.7' becomes 3 or NULL; decimal first"
    if kind in ("TEXT", "VARCHAR") and isinstance(inner, (exp.Cast, exp.Div)) and _is_double(inner):
        yield "double-as-text", f"{text}: 10000000.0 or 1.0E7; a double is never a key"


def _ties(node: exp.Expression) -> Iterator[tuple[str, str]]:
    if not isinstance(node, exp.Window) or not node.find(*PICKS):
        return
    order = node.args.get("order")
    if order is None:
        yield "order-ties", f"{node.sql('duckdb')}: which row it picks is not said: order by"
        return
    last = order.expressions[-1].this
    name = last.name.lower() if isinstance(last, exp.Column) else ""
    if not UNIQUE_NAME.search(name):
        yield "order-ties", f"order by … {last.sql('duckdb')}: end in a unique tie-breaker (a key)"


def _lateral_aliases(select: exp.Select) -> Iterator[tuple[str, str]]:
    """An alias read in the same select, where it cannot be a column of what is selected from."""
    made: set[str] = set()
    for projection in [*select.expressions, select.args.get("where")]:
        if projection is None:
            continue
        read = {
            column.name
            for column in projection.find_all(exp.Column)
            if not column.table and column.find_ancestor(exp.Select) is select
        }
        for name in sorted(read & made):
            yield "lateral-alias", f"{name} is named and used in one select: use a CTE between"
        # An alias made of a column of its own name may be that column, which both engines prefer.
        own = {column.name for column in projection.find_all(exp.Column)}
        if isinstance(projection, exp.Alias) and projection.alias not in own:
            made.add(projection.alias)
