"""Faults as they come: each turns a healthy night's rows of one feed into what went wrong.

Each is SQL over `{night}` (the feed's rows of the night); `{feed}` is all rows of the feed so far.
Not here: the healthy world (gate_world) and whether anybody notices (gates).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One kind of fault.

    Attributes:
        name: What went wrong.
        feed: The feed that it is in.
        source: The source that should be named.
        sql: The night's rows as they came.
    """

    name: str
    feed: str
    source: str
    sql: str


def _times(column: str, source: str, shift: str) -> str:
    moved = f"case when source_name = '{source}' then {column} + interval {shift} else {column} end"
    local = f"cast(timezone('Europe/Berlin', {moved}) as date)"
    day = f"case when source_name = '{source}' then {local} else occurred_on end"
    return f"select * replace ({moved} as {column}, {day} as occurred_on) from {{night}}"


_NEW_ID = "row_id || 'x' as row_id"
_SHARE = "hash(row_id) % 100"

FAULTS: tuple[Fault, ...] = (
    Fault("5 % of orders lost", "orders", "shop", f"from {{night}} where {_SHARE} >= 5"),
    Fault("5 % of order lines lost", "transactions", "lines",
          f"from {{night}} where {_SHARE} >= 5"),
    Fault("file cut: last tenth of lines lost", "transactions", "lines",
          "select * exclude (p) from (select *, percent_rank() over (order by transaction_id) as p"
          " from {night}) where p < 0.9"),
    Fault("a third of web events lost", "interactions", "web",
          f"from {{night}} where source_name <> 'web' or {_SHARE} >= 33"),
    Fault("half of the answers lost", "survey_responses", "answers",
          f"from {{night}} where {_SHARE} >= 50"),
    Fault("a third of the orders closed", "orders", "shop",
          f"select * replace ({_SHARE} < 33 as is_deleted, if({_SHARE} < 33, null, source_row) as"
          " source_row) from {night}"),
    Fault("nothing came", "orders", "shop", "from {night} where false"),
    Fault("calls end at noon", "interactions", "calls",
          "from {night} where source_name <> 'calls'"
          " or extract(hour from timezone('Europe/Berlin', occurred_at)) < 12"),
    Fault("cents taken for euros", "transactions", "lines",
          "select * replace (amount * 100 as amount) from {night}"),
    Fault("euros taken for cents", "transactions", "lines",
          "select * replace (amount / 100 as amount) from {night}"),
    Fault("prices without tax", "transactions", "lines",
          "select * replace (cast(amount / 1.23 as decimal(18, 4)) as amount) from {night}"),
    Fault("amounts negative", "transactions", "lines",
          "select * replace (-amount as amount) from {night}"),
    Fault("refunds positive", "transactions", "lines",
          "select * replace (abs(amount) as amount) from {night}"),
    Fault("amount and discount swapped", "transactions", "lines",
          "select * replace (discount_amount as amount, amount as discount_amount) from {night}"),
    Fault("talk and wrap time swapped", "interactions", "calls",
          "select * replace (wrap_seconds as talk_seconds, talk_seconds as wrap_seconds)"
          " from {night}"),
    Fault("seconds given in minutes", "interactions", "calls",
          "select * replace (talk_seconds / 60 as talk_seconds) from {night}"),
    Fault("currency lost: all EUR", "transactions", "lines",
          "select * replace ('EUR' as currency) from {night}"),
    Fault("web an hour late", "interactions", "web", _times("occurred_at", "web", "'1 hour'")),
    Fault("calls an hour early", "interactions", "calls",
          _times("occurred_at", "calls", "'-1 hour'")),
    Fault("time of day lost", "transactions", "lines",
          "select * replace (timezone('Europe/Berlin', cast(occurred_on as timestamp))"
          " as occurred_at) from {night}"),
    Fault("a tenth dated to come", "interactions", "web",
          f"select * replace (occurred_at + to_days(if({_SHARE} < 10, 3, 0)) as occurred_at,"
          f" occurred_on + if({_SHARE} < 10, 3, 0) as occurred_on) from {{night}}"),
    Fault("last week's file under new ids", "transactions", "lines",
          f"select * replace ({_NEW_ID}, transaction_id || 'x' as transaction_id, {{batch}} as"
          " batch) from {feed} where batch = {batch} - 7"),
    Fault("sent twice under new ids", "transactions", "lines",
          f"from {{night}} union all by name select * replace ({_NEW_ID},"
          " transaction_id || 'x' as transaction_id) from {night}"),
    Fault("a fifth sent twice under new ids", "interactions", "web",
          f"from {{night}} union all by name select * replace ({_NEW_ID}, interaction_id || 'x' as"
          f" interaction_id) from {{night}} where source_name = 'web' and {_SHARE} < 20"),
    Fault("ids used again", "orders", "shop",
          "select * replace (true as is_superseding, {old} as order_id) from {night}".replace(
              "{old}", "'O' || (100000 + hash(order_id) % 5000)")),
    Fault("a category gone: app", "interactions", "web",
          "from {night} where channel <> 'app'"),
    Fault("a category unknown now: web", "orders", "shop",
          "select * replace (nullif(channel, 'web') as channel) from {night}"),
    Fault("a country missing", "transactions", "lines", "from {night} where currency <> 'PLN'"),
    Fault("a store missing", "transactions", "lines",
          "from {night} where store_id is distinct from 'B1'"),
    Fault("addresses missing in a third", "transactions", "lines",
          f"select * replace (if({_SHARE} < 33, null, email) as email,"
          f" if({_SHARE} < 33, null, identity_key) as identity_key) from {{night}}"),
    Fault("order numbers without prefix", "transactions", "lines",
          "select * replace (substring(order_id, 2) as order_id) from {night}"),
    Fault("products unknown in a tenth", "transactions", "lines",
          f"select * replace (if({_SHARE} < 10, 'X1', product_id) as product_id) from {{night}}"),
    Fault("scale changed: 1-5 to 1-10", "survey_responses", "answers",
          "select * replace (if(metric_type = 'csat', score * 2, score) as score) from {night}"),
    Fault("scale turned round", "survey_responses", "answers",
          "select * replace (if(metric_type = 'nps', 10 - score, score) as score) from {night}"),
    Fault("all answers at one value", "survey_responses", "answers",
          "select * replace (scale_max as score) from {night}"),
    Fault("only the happy answer", "survey_responses", "answers",
          "from {night} where score >= scale_max - 1"),
    Fault("bot surge", "interactions", "web",
          "from {night} union all by name select * exclude (g)"
          " replace (row_id || 'x' || g as row_id,"
          " interaction_id || 'x' || g as interaction_id, 'c' || (hash(row_id) % 5) as cookie_id,"
          " 'c' || (hash(row_id) % 5) as identity_key) from {night}, range(2) as t(g)"
          " where source_name = 'web'"),
    Fault("test orders of a cent in a tenth", "transactions", "lines",
          f"select * replace (if({_SHARE} < 10, 0.01, amount) as amount) from {{night}}"),
)  # fmt: skip
