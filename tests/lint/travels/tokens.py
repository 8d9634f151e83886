"""Rules that are seen in the words of a model, before any parser has put them in order.

Quotes, functions by the name that was written, and `nulls last` are lost in a syntax tree, so they
are read from the tokens. Not here: what needs the tree (trees).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import sqlglot
from sqlglot.tokens import Token, TokenType

#: Looked for in the template itself, before anything is rendered.
TEMPLATE_RULES = [
    (
        "dbt-macro",
        r"\bdbt\.(dateadd|datediff|safe_cast|date_trunc|last_day|hash|concat|listagg)\b",
        "dbt's own date, cast and hash macros differ in meaning between adapters: use ours",
    ),
    (
        "dispatch-in-model",
        r"\badapter\.dispatch\b|\btarget\.(type|name)\b|\b(duckdb|spark)__\w+",
        "an engine is asked for in transforms/macros only",
    ),
]

#: Functions that give the same cells on both engines. Any other goes into a dispatched macro.
_SAME_ON_BOTH = """
abs avg bool_and bool_or cast ceil ceiling chr coalesce corr cos count count_if covar_pop covar_samp
cume_dist day dayofyear dense_rank exp extract first_value floor greatest hour if ifnull isnan lag
last_day last_value lead least left length ln log10 lower lpad ltrim make_date max md5 min minute
mod month ntile nullif percent_rank pi pow power quarter rank regr_count regr_intercept regr_r2
regr_slope repeat replace right round row_number rpad rtrim second sign sin sqrt stddev stddev_pop
stddev_samp substr substring sum tan translate trim try_cast var_pop var_samp variance weekofyear
year
"""
SAME_ON_BOTH = frozenset(_SAME_ON_BOTH.split())
#: Words before a parenthesis that call nothing.
_SYNTAX = """
all and any array as between by case cross decimal distinct else end except exclude exists filter
from group having in inner intersect into is join lateral like limit materialized not numeric on
or order over partition respect rows range select set some table then union using values when
where window with within
"""
SYNTAX = frozenset(_SYNTAX.split())
INSTEAD = {
    "concat": "|| with coalesce: concat skips NULL on DuckDB and is NULL on Spark",
    "log": "ln or log10: log(100) is 2 on DuckDB and 4.605 on Spark",
    "hash": "md5 of text: hash() differs between engines and versions",
    "regexp_replace": "a macro: it replaces the first match on DuckDB, all on Spark",
    "dayofweek": "a macro: Sunday is 0 on DuckDB and 1 on Spark",
    "upper": "lower: upper('ß') differs",
    "now": "var('as_of'): nothing in the data's path reads the clock",
    "date_trunc": "the month_start, week_start and quarter_start macros",
    "date_diff": "the days_between macro",
    "datediff": "the days_between macro",
    "date_add": "the add_days macro",
}
_PORTABLE_TYPES = "string bigint int integer smallint double boolean date timestamp decimal"
PORTABLE_TYPES = frozenset(_PORTABLE_TYPES.split())


def token_hits(sql: str) -> Iterator[tuple[str, str]]:
    """Every (rule, message) that the words of rendered SQL break."""
    tokens = sqlglot.tokenize(sql, read="duckdb")
    yield from _quote_hits(sql, tokens)
    yield from _order_hits(tokens)
    yield from _function_hits(tokens)
    yield from _type_hits(tokens)
    yield from _word_hits(tokens)


def _quote_hits(sql: str, tokens: list[Token]) -> Iterator[tuple[str, str]]:
    for token in tokens:
        if token.token_type is TokenType.IDENTIFIER:
            yield "quoted-name", f'"{token.text}" is a string on Spark: write the bare name'
        if token.token_type is TokenType.STRING and "\\" in sql[token.start : token.end + 1]:
            yield (
                "backslash",
                "a backslash in a literal is an escape on Spark: write [0-9], not \\d",
            )


def _order_hits(tokens: list[Token]) -> Iterator[tuple[str, str]]:
    for at, token in enumerate(tokens):
        if token.token_type is not TokenType.ORDER_BY:
            continue
        for item in _order_items(tokens[at + 1 :]):
            words = " ".join(part.text.lower() for part in item)
            if not re.search(r"\bnulls (first|last)$", words):
                yield "order-nulls", f"order by {words}: say nulls first or nulls last"


def _order_items(tokens: list[Token]) -> list[list[Token]]:
    """The expressions of an ORDER BY whose words begin the list; ends where its clause does."""
    ends = {TokenType.LIMIT, TokenType.ROWS, TokenType.RANGE, TokenType.UNION, TokenType.SEMICOLON}
    items: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
        if depth < 0 or (depth == 0 and token.token_type in ends):
            break
        if depth == 0 and token.token_type is TokenType.COMMA:
            items.append([])
        else:
            items[-1].append(token)
    return items


def _function_hits(tokens: list[Token]) -> Iterator[tuple[str, str]]:
    for at, token in enumerate(tokens[:-1]):
        if tokens[at + 1].token_type is not TokenType.L_PAREN:
            continue
        name = token.text.lower()
        # `with ages (a, b)` and `as t(a, b)` name columns; a dispatched macro is opaque.
        names_columns = at > 0 and tokens[at - 1].token_type in (TokenType.ALIAS, TokenType.WITH)
        if name in SAME_ON_BOTH or name in SYNTAX or name.startswith("engine__") or names_columns:
            continue
        if re.fullmatch(r"[a-z_][a-z0-9_]*( by)?", name) and not name.endswith(" by"):
            advice = INSTEAD.get(name, "a dispatched macro in transforms/macros")
            yield "engine-function", f"{name}() is not the same on every engine: use {advice}"


def _type_hits(tokens: list[Token]) -> Iterator[tuple[str, str]]:
    opened: list[bool] = []
    for at, token in enumerate(tokens):
        if token.token_type is TokenType.L_PAREN:
            opened.append(at > 0 and tokens[at - 1].text.lower() in ("cast", "try_cast"))
        elif token.token_type is TokenType.R_PAREN and opened:
            opened.pop()
        is_cast = token.token_type is TokenType.ALIAS and bool(opened) and opened[-1]
        if (is_cast or token.token_type is TokenType.DCOLON) and at + 1 < len(tokens):
            name = tokens[at + 1].text.lower()
            if name not in PORTABLE_TYPES and not name.startswith("engine__"):
                yield "engine-type", f"a cast to {name}: use a type macro"


def _word_hits(tokens: list[Token]) -> Iterator[tuple[str, str]]:
    words = " ".join(
        token.text.lower() for token in tokens if token.token_type is not TokenType.STRING
    )
    for rule, pattern, message in (
        ("by-all", r"\b(group|order) by all\b", "group by all and order by all: name the columns"),
        ("recursive", r"\bwith recursive\b", "no recursive CTE: a loop in Python, or a join"),
        ("union-by-name", r"\bunion( all)? by name\b", "union by name: list the columns in order"),
        ("engine-join", r"\b(asof|positional) ", "asof and positional joins are DuckDB's own"),
        ("engine-clause", r"\b(pivot|unpivot|using sample|tablesample)\b", "DuckDB's own clause"),
        ("clock", r"\bcurrent_(date|timestamp|time)\b", "the clock: use var('as_of')"),
        ("list-or-struct", r"[\[{]", "no list, struct or map literals and no subscripts"),
    ):
        if re.search(pattern, words):
            yield rule, message
