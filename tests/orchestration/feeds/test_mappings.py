"""What the words of a mapping mean, and what is said where it cannot be carried out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestration.feeds import FeedResult
from tests.orchestration.feeds.company_home import CompanyHome, csv

HEADER = "id,at,chan,kind,mail"


def company_with(root: Path, mapping: dict[str, Any], **source: Any) -> CompanyHome:
    sources = {"log": {"files": "log.csv", "mode": "append", **source}}
    return CompanyHome(root, sources, {"interactions": [{"from": "log", **mapping}]})


def run(company: CompanyHome, *rows: str, header: str = HEADER) -> FeedResult:
    company.put("log.csv", csv(header, *rows))
    return company.night()[0]


COLUMNS = {"interaction_id": "id", "occurred_at": "at", "channel": "chan",
           "interaction_type": "kind", "email": "mail"}  # fmt: skip


def test_formats_values_set_and_drop_where(tmp_path: Path) -> None:
    mapping = {
        "columns": COLUMNS,
        "set": {"is_bot": False, "source_system": "desk", "stage": "service"},
        "formats": {"occurred_at": "%d/%m/%Y %H:%M"},
        "values": {"channel": {"Telefon": "phone", "Mail": "email"}},
        "drop_where": "mail like '%@ours.example'",
    }
    company = company_with(tmp_path / "a", mapping)
    result = run(
        company,
        "1,03/05/2024 10:30,Telefon,call,Ann@X.example",
        "2,03/05/2024 11:00,Mail,email,bob@ours.example",
        "3,2024-05-04T09:00:00Z,web,search,",
    )
    assert (result.n_mapped, result.n_not_selected, result.n_new) == (2, 1, 2)
    seen = company.current(
        "interactions", "interaction_id, occurred_at::varchar, channel, email, source_system,"
        " stage, is_bot",
    )  # fmt: skip
    assert seen == [
        ("1", "2024-05-03 08:30:00+00", "phone", "ann@x.example", "desk", "service", False),
        ("3", "2024-05-04 09:00:00+00", "web", None, "desk", "service", False),
    ]


def test_source_system_is_the_sources_name_unless_set(tmp_path: Path) -> None:
    company = company_with(tmp_path / "a", {"columns": COLUMNS})
    run(company, "1,2024-05-03T10:30:00Z,web,search,")
    assert company.current("interactions", "source_system") == [("log",)]


def test_columns_reach_into_nested_json_of_new_files_alone(tmp_path: Path) -> None:
    columns = {"interaction_id": "id", "occurred_at": "event->at", "channel": "event->chan",
               "interaction_type": "event->kind", "email": "user->mail",
               "content_ref": "items->1->sku", "wait_seconds": "event->wait",
               "reason": "event->more", "queue": "gone->away"}  # fmt: skip
    mapping = {"from": "log", "columns": columns, "values": {"channel": {"Netz": "web"}}}
    company = CompanyHome(
        tmp_path / "a", {"log": {"files": "log_*.jsonl"}}, {"interactions": [mapping]}
    )
    company.put(
        "log_1.jsonl",
        '{"id": "1", "event": {"at": "2024-05-03T10:30:00Z", "chan": "Netz", "kind": "search",'
        ' "wait": 1.25, "more": {"a": [1]}}, "user": {"mail": "a@x.example"},'
        ' "items": [{"sku": "A"}, {"sku": "B"}]}\n'
        '{"id": "2", "event": {"at": "2024-05-03T10:31:00Z", "chan": "app", "kind": "search"},'
        ' "user": "nobody", "items": []}\n',
    )
    assert company.night()[0].n_new == 2
    company.put("log_2.jsonl", '{"id": "3", "event": "none at all"}\n')
    assert (company.night()[0].n_mapped, company.book("interactions", "quarantined")) == (1, 1)
    seen = company.current(
        "interactions",
        "interaction_id, channel, email, content_ref, wait_seconds, reason, queue",
    )
    assert seen == [
        ("1", "web", "a@x.example", "B", 1.25, '{"a":[1]}', None),
        ("2", "app", None, None, None, None, None),
    ]


def test_comma_decimals_are_of_the_source(tmp_path: Path) -> None:
    mapping = {"columns": {**COLUMNS, "wait_seconds": "mail"}}
    del mapping["columns"]["email"]
    company = company_with(tmp_path / "a", mapping, decimal=",", delimiter=";")
    company.put("log.csv", "id;at;chan;kind;mail\n1;2024-05-03T10:30:00Z;web;search;1,5\n"
                "2;2024-05-03T10:30:00Z;web;search;1.5\n")  # fmt: skip
    company.night()
    seen = company.current("interactions", "interaction_id, wait_seconds")
    assert seen == [("1", 1.5), ("2", None)]
    assert company.coerced("interactions") == [("wait_seconds", "f.type", "1.5")]


def test_questions_make_a_row_of_each_answer_that_was_given(tmp_path: Path) -> None:
    mapping = {
        "from": "web",
        "columns": {"submission_id": "id", "responded_at": "at", "email": "mail",
                    "is_complete": "done"},
        "formats": {"responded_at": "%d/%m/%Y %H:%M"},
        "values": {"is_complete": {"Completed": True, "Partial": False}},
        "questions": {
            "Recommend us?": {"metric_type": "nps", "question_id": "q1", "question_order": 1},
            "Anything else?": {"metric_type": "open", "question_id": "q2", "question_order": 2},
        },
    }  # fmt: skip
    company = CompanyHome(
        tmp_path / "a", {"web": {"files": "web.csv"}}, {"survey_responses": [mapping]}
    )
    company.put(
        "web.csv",
        csv(
            "id,at,mail,done,Recommend us?,Anything else?",
            's1,03/05/2024 10:30,a@x.example,Completed,9,"Good, really"',
            "s2,03/05/2024 10:31,,Partial,3,",
            "s3,03/05/2024 10:32,,Partial,, ",
        ),
    )
    result = company.night()[0]
    assert (result.n_mapped, result.n_new, result.n_not_selected) == (3, 3, 1)
    assert company.book("survey_responses", "empty_answers") == 3
    assert company.book("survey_responses", "exploded") == 1
    seen = company.current(
        "survey_responses", "survey_id, response_id, question_id, metric_type, score, comment,"
        " question_text, is_complete, question_order",
    )  # fmt: skip
    assert seen == [
        ("web", "s1", "q1", "nps", 9.0, None, "Recommend us?", True, 1),
        ("web", "s1", "q2", "open", None, "Good, really", "Anything else?", True, 2),
        ("web", "s2", "q1", "nps", 3.0, None, "Recommend us?", False, 1),
    ]


def sql_company(root: Path, sql: str, **more: Any) -> CompanyHome:
    sources = {"items": {"files": "items.csv", "decimal": more.pop("decimal", "."),
                         "timezone": "America/Sao_Paulo"},
               "orders": {"files": "orders.csv"}}  # fmt: skip
    mapping = {"from": "items", "sql": sql, **more}
    company = CompanyHome(root, sources, {"transactions": [mapping]})
    company.put("items.csv", csv("order_id;at;price", "o1;2024-05-01 10:00:00;10,50"))
    company.put("orders.csv", csv("id,note", "o1,first", "o1,second"))
    return company


def test_macros_give_numbers_times_and_days_of_the_driving_source(tmp_path: Path) -> None:
    sql = (
        "select _row, order_id as transaction_id, 1 as line_number, num(price) * 2 as amount,"
        " ts(i.at) + interval 1 hour as occurred_at, cast(day(i.at) as varchar) as order_id,"
        " cast(num('x') as varchar) || cast(day('x') as varchar) as product_id from items i"
    )
    company = sql_company(tmp_path / "a", sql, decimal=",")
    assert company.night()[0].n_new == 1
    seen = company.current(
        "transactions", "amount::varchar, occurred_at::varchar, order_id, product_id"
    )
    assert seen == [("21.0000", "2024-05-01 14:00:00+00", "2024-05-01", None)]


JOINED = (
    "select i._row, i.order_id as transaction_id, o.note as line_number, 1 as amount,"
    " i.at as occurred_at, o.note as product_id from items i join orders o on o.id = i.order_id"
)


def test_row_that_comes_out_twice_is_an_error_unless_exploded(tmp_path: Path) -> None:
    company = sql_company(tmp_path / "a", JOINED.replace("o.note as line_number, ", ""))
    result = company.night()[0]
    assert result.status == "failed"
    assert result.message.startswith("feed transactions, mapping 1 (line ")
    assert "line 2 of items.csv comes out 2 times" in result.message
    assert "explode: true" in result.message


def test_exploded_rows_are_booked(tmp_path: Path) -> None:
    sql = JOINED.replace("o.note as line_number", "case o.note when 'first' then 1 else 2 end"
                         " as line_number")  # fmt: skip
    company = sql_company(tmp_path / "a", sql, explode=True)
    result = company.night()[0]
    assert (result.status, result.n_new) == ("written", 2)
    assert company.book("transactions", "exploded") == 1
    assert len({r[0] for r in company.all_rows("transactions", "row_id")}) == 2


def test_row_of_another_source_is_an_error(tmp_path: Path) -> None:
    company = sql_company(tmp_path / "a", "select o._row, 'x' as transaction_id from orders o")
    assert "_row is not of the driving source items" in company.night()[0].message


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select _row, transacton_id from (select *, 1 as transacton_id from items)",
         "did you mean transaction_id?"),
        ("select _row, nothing as transaction_id from items", "nothing"),
        ("select _row, cast(order_id as integer) as transaction_id from items", "Conversion"),
    ],
)  # fmt: skip
def test_wrong_sql_gives_one_line_without_data(tmp_path: Path, sql: str, says: str) -> None:
    company = sql_company(tmp_path / "a", sql)
    result = company.night()[0]
    assert result.status == "failed"
    assert result.source == "items"
    assert says in result.message
    assert "\n" not in result.message
    assert "o1" not in result.message


@pytest.mark.parametrize(
    "source",
    [
        "checked",
        "keyed",
        "outcome",
        "stored",
        "chain",
        "closing",
        "special",
        "repeats",
        "refused_rows",
    ],
)
def test_a_source_may_be_named_like_what_feeds_are_worked_out_in(
    tmp_path: Path, source: str
) -> None:
    by_columns = {"from": source, "columns": {"interaction_id": "id", "occurred_at": "day_at"}}
    by_sql = {
        "from": source,
        "sql": f"select _row, id as interaction_id, day_at as occurred_at from {source}"
        " where id > 'b'",
    }
    common = {"set": {"channel": "web", "interaction_type": "call"}}
    feeds = {"interactions": [by_columns | common, by_sql | common]}
    company = CompanyHome(tmp_path / "a", {source: {"files": "s_*.csv", "mode": "append"}}, feeds)
    for night, key in enumerate("abc"):
        company.put(f"s_{night}.csv", csv("id,day_at", f"{key},2024-05-01", f"{key},2024-05-01"))
        (result,) = company.night()
        assert result.is_good, result.message
    assert company.current("interactions", "interaction_id") == [("a",), ("b",), ("c",)]


def test_two_mappings_fill_one_feed(tmp_path: Path) -> None:
    sources = {"calls": {"files": "calls.csv"}, "chats": {"files": "chats.csv"}}
    columns = {"interaction_id": "id", "occurred_at": "at"}
    feeds = {
        "interactions": [
            {"from": "calls", "columns": columns,
             "set": {"channel": "phone", "interaction_type": "call"}},
            {"from": "chats", "columns": {**columns, "queue": "team"},
             "set": {"channel": "chat", "interaction_type": "chat"}},
        ]
    }  # fmt: skip
    company = CompanyHome(tmp_path / "a", sources, feeds)
    company.put("calls.csv", csv("id,at", "1,2024-05-01T10:00:00Z", "2,2024-05-01T10:00:00Z"))
    company.put("chats.csv", csv("id,at,team", "1,2024-05-01T10:00:00Z,red"))
    result = company.night()[0]
    assert result.n_new == 3
    assert company.current("interactions", "source_system, interaction_id, queue, channel") == [
        ("calls", "1", None, "phone"), ("calls", "2", None, "phone"), ("chats", "1", "red", "chat"),
    ]  # fmt: skip
    books = {(b.source, b.value) for b in company.ledger.books() if b.measure == "new"}
    assert books == {("calls", 2), ("chats", 1)}


def test_lines_of_a_transaction_are_numbered_by_their_order_in_the_file(tmp_path: Path) -> None:
    columns = {"transaction_id": "t", "occurred_at": "at", "amount": "a"}
    company = CompanyHome(
        tmp_path / "a",
        {"till": {"files": "till_*.csv"}},
        {"transactions": [{"from": "till", "columns": columns}]},
    )
    at = "2024-05-01T10:00:00Z"
    company.put("till_1.csv", csv("t,at,a", f"x,{at},5", f"y,{at},6", f"x,{at},7"))
    company.night()
    seen = company.current("transactions", "transaction_id, line_number, amount::varchar")
    assert seen == [("x", 1, "5.0000"), ("x", 2, "7.0000"), ("y", 1, "6.0000")]


def test_column_that_keeps_its_name_may_be_meant_by_its_value_map() -> None:
    from orchestration.company import Mapping
    from orchestration.feeds.mapping import _renamed
    from quality.contracts import load_contracts

    mapping = Mapping("survey_responses", 0, "web", columns={"submission_id": "id"},
                      values={"is_complete": {"Completed": "true"}})  # fmt: skip
    types = {"id": "VARCHAR", "is_complete": "VARCHAR"}
    given = _renamed(load_contracts()["survey_responses"], mapping, types)
    assert set(given) == {"submission_id", "is_complete"}
