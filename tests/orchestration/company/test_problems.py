"""Each wrong thing is named with its line, its field and its fix; secrets are never shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchestration.company import Company, CompanyFileError, Problem

Problems = Callable[..., list[Problem]]

TOTAL = "{feed: transactions, measure: amount, from: till, day: at, total: eur}"
FIGURE = (
    "metric: nps, survey: s, from: till, period: p, grain: month, figure: f,"
    " vendor: {answers: all, timezone: UTC}"
)
# (text of a right figure, what it becomes, the field below it, part of the message, of the fix)
WRONG_FIGURES = [
    ("metric: nps", "metric: npss", ".metric", "not known", "did you mean nps?"),
    (", figure: f", "", "", "figure is missing", "add figure"),
    ("from: till", "from: tils", ".from", "tils", "did you mean till?"),
    ("grain: month", "grain: monthly", ".grain", "monthly", "month"),
    ("period: p", "perod: p", ".perod", "unknown key", "period"),
    ("answers: all", "answers: some", ".vendor.answers", "some", "latest, all"),
    ("answers: all", "partials: all", ".vendor.partials", "unknown key", "use one of"),
    ("timezone: UTC", "timezone: Mars", ".vendor.timezone", "no time zone", "IANA"),
    ("figure: f", "figure: f, tolerance: much", ".tolerance", "much", "from 0 to 200"),
]

# (text in the right file, what it becomes, line, field, part of the message, part of the fix)
WRONG = [
    ("company:\n", "compny:\n", 1, "compny", "unknown key", "did you mean company?"),
    ("name: Corner Shop", "name:", 2, "company.name", "no text", "write a value"),
    ("  name: Corner Shop\n", "", 2, "company.name", "missing", "add name"),
    ("Europe/Berlin", "Berlin", 3, "company.timezone", "no known time zone", "IANA"),
    ("currency: EUR", "currency: euro", 4, "company.currency", "euro", "EUR"),
    ("currency: EUR", "currency: YEN", 4, "company.currency", "no currency", "EUR"),
    ("country: DE", "country: Germany", 5, "company.country", "Germany", "two capital letters"),
    ("kind: non_contractual", "kind: noncontractual", 6, "company.churn.kind", "not known",
     "did you mean non_contractual?"),
    ("horizon_days: 90", "horizon_days: ninety", 6, "company.churn.horizon_days", "ninety",
     "whole number"),
    ("delimiter", "delimter", 8, "sources.till.delimter", "unknown key", "delimiter"),
    ('delimiter: ";"', 'delimiter: ";;"', 8, "sources.till.delimiter", "not one character", '";"'),
    ('decimal: ","', 'decimal: "."\n    , mode: often', 9, "sources.till.mode", "often", "append"),
    ("lag: 2h", "lag: soon", 8, "sources.till.lag", "soon", "36h"),
    ("lag: 2h", "mode: upsert", 8, "sources.till", "without a key", "add key"),
    ("lag: 2h", "encoding: utf-9", 8, "sources.till.encoding", "utf-9", "utf-8"),
    ("lag: 2h", "encoding: hex", 8, "sources.till.encoding", "hex", "utf-8"),
    ("lag: 2h", "header_row: 0", 8, "sources.till.header_row", "0", "from 1"),
    ("lag: 2h", "tables: [a]", 8, "sources.till.tables", "not a key of a file", "remove"),
    ("crm: {files: crm.csv,", "crm: {", 9, "sources.crm", "where it is", "files, postgres, rest"),
    ("files: crm.csv", "files: crm.csv, aliases: {a: [c], b: [C]}", 9, "sources.crm.aliases.b",
     "two columns", "one of the two"),
    ("files: crm.csv", "files: crm.csv, header_rows: 0", 9, "sources.crm.header_rows", "not right",
     "from 1 to 10"),
    ("files: crm.csv", "files: crm.csv, header_names: last", 9, "sources.crm.header_names",
     "not known", "joined"),
    ("files: crm.csv", "files: crm.csv, fill_down: {by: [a]}", 9, "sources.crm.fill_down",
     "both needed", "columns:"),
    ("files: crm.csv", "files: ftp://b/c.csv", 9, "sources.crm.files", "no store of objects", "s3"),
    ("files: crm.csv", "files: s3://bucket", 9, "sources.crm.files", "no bucket and key", "prefix"),
    ("files: crm.csv", "files: [s3://b/c.csv, d.csv]", 9, "sources.crm.files", "several places",
     "a source of each"),
    ("files: crm.csv", "files: []", 9, "sources.crm.files", "empty list", "at least one"),
    ("required: false", "required: maybe", 9, "sources.crm.required", "maybe", "true or false"),
    ("  crm: {", "  Crm-1: {", 9, "sources.Crm-1", "name of a table", "lower-case"),
    ("  survey: {", "  select: {", 10, "sources.select", "word of SQL", "select_file"),
    ("customer_records:", "people:", 12, "feeds.people", "unknown key", "use one of"),
    ("customer_records:", "customer_record:", 12, "feeds.customer_record", "unknown key",
     "did you mean customer_records?"),
    ("from: crm", "from: cmr", 13, "feeds.customer_records[0].from", "cmr", "did you mean crm?"),
    ("email: Mail", "e_mail: Mail", 14, "feeds.customer_records[0].columns.e_mail", "unknown",
     "did you mean email?"),
    ("email: Mail", "email: Mail->", 14, "feeds.customer_records[0].columns.email",
     "ends in nothing", "device->id"),
    ("source_customer_id: id, ", "", 13, "feeds.customer_records[0].columns",
     "required column source_customer_id is not mapped", "map it in columns or set"),
    ("F: female", "F: femal", 15, "feeds.customer_records[0].values.gender.F",
     "not in the vocabulary gender", "did you mean female?"),
    ("select t._row, t.", "select t.", 18, "feeds.transactions[0].sql", "_row", "_row"),
    ("select t._row", "delete t._row", 18, "feeds.transactions[0].sql", "not a SELECT", "SELECT"),
    ("    - from: till\n", "    - from: till\n      columns: {amount: a}\n", 18,
     "feeds.transactions[0].columns", "sql and columns at once", "SELECT"),
    ('responded_at: "%d.%m.%Y %H:%M"', "responded_at: day first", 25,
     "feeds.survey_responses[0].formats.responded_at", "no pattern", "%d/%m/%Y"),
    ('responded_at: "%d.%m.%Y %H:%M"', 'email: "%d"', 25,
     "feeds.survey_responses[0].formats.email", "not a date", "remove"),
    ('responded_at: "%d.%m.%Y %H:%M"', 'known_at: "%d"', 25,
     "feeds.survey_responses[0].formats.known_at", "is not mapped", "map known_at"),
    ("metric_type: open, question_id: q2", "question_id: q2", 29,
     "feeds.survey_responses[0].questions.Why?", "metric_type is missing", "metric_type: nps"),
    ("metric_type: open,", "metric_type: text,", 29,
     "feeds.survey_responses[0].questions.Why?.metric_type", "not in the vocabulary", "use one of"),
    ("by: [channel, store_id]", "by: [chanel]", 31, "slices.by[0]", "chanel", "channel?"),
    ("pairs: [[channel, store_id]]", "pairs: [[channel]]", 32, "slices.pairs[0]", "not a pair",
     "two different"),
    ("pairs: [[channel, store_id]]", "pairs: channel", 32, "slices.pairs", "not a list", "[["),
    ("till_total: {feed: transactions, measure: amount, from: till, day: at, total: eur}",
     "till_total: 12", 34, "controls.till_total", "not a mapping", "key: value"),
    ("day: at, total: eur}", "day: at}", 34, "controls.till_total", "total is missing", "add"),
    ("measure: amount, from", "measure: amounts, from", 34, "controls.till_total.measure",
     "not a number", "did you mean amount?"),
    ("from: till, day", "from: tills, day", 34, "controls.till_total.from", "tills", "till"),
    ("controls:", "gates: {core.fct_ordr.row_count: {min: 5}}\ncontrols:", 33,
     "gates.core.fct_ordr.row_count", "no gate", "did you mean core.fct_order.row_count?"),
    ("controls:", "gates: {core.fct_order.row_count: {least: 5}}\ncontrols:", 33,
     "gates.core.fct_order.row_count.least", "unknown key", "use one of: min"),
    ("controls:", "gates: {core.fct_order.row_count: {severity: halt}}\ncontrols:", 33,
     "gates.core.fct_order.row_count.severity", "halt", "use one of: stop, warn"),
    *((f"till_total: {TOTAL}", f"t: {{{FIGURE.replace(a, b)}}}", 34, f"controls.t{c}", d, e)
      for a, b, c, d, e in WRONG_FIGURES),
    ("minimum_n: 20", "minimum: 20", 35, "settings.minimum", "unknown key", "minimum_n"),
    ("minimum_n: 20", "minimum_n: 0", 35, "settings.minimum_n", "0", "from 1 to"),
    ("minimum_n: 20", "quarantine_ratio: 5", 35, "settings.quarantine_ratio", "5", "from 0 to 1"),
    ("minimum_n: 20", "anonymous_lookback_days: -1", 35, "settings.anonymous_lookback_days", "-1",
     "from 0 to"),
    ("minimum_n: 20", "anonymous_lookback_days: all", 35, "settings.anonymous_lookback_days", "all",
     "whole number"),
    ("memory_limit: 2GB", "memory_limit: lots", 35, "settings.memory_limit", "lots", "4GB"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "field", "message", "fix"), WRONG)
def test_a_problem_has_line_field_and_fix(
    problems: Problems, old: str, new: str, line: int, field: str, message: str, fix: str
) -> None:
    found = problems(old, new)
    at = [p for p in found if p.field == field]
    assert at, [str(p) for p in found]
    assert at[0].line == line
    assert message in at[0].message
    assert fix in at[0].fix


@pytest.mark.parametrize(("old", "new"), [case[:2] for case in WRONG])
def test_every_problem_is_one_line(problems: Problems, old: str, new: str) -> None:
    for problem in problems(old, new):
        assert "\n" not in str(problem)
        assert problem.line >= 1 and problem.message and problem.fix


@pytest.mark.parametrize(
    ("feed", "columns", "constants", "message"),
    [
        ("orders", "order_id: a", "ordered_at: yesterday", "yesterday is no timestamp"),
        ("orders", "order_id: a, ordered_at: b", "status: canceld", "vocabulary order_status"),
        ("orders", "order_id: a, ordered_at: b", "order_id: c", "in columns and in set"),
        ("orders", "order_id: a, ordered_at: b", "source_system: all", "stands for all systems"),
        ("consents", "purpose: a, decided_at: b", "channel: all, status: granted", "which person"),
        ("survey_responses", "response_id: a, responded_at: b",
         "survey_id: s, metric_type: csat, scale_min: one", "one is no number"),
        ("transactions", "transaction_id: a, occurred_at: b, amount: c", "line_number: 1.5",
         "1.5 is no integer"),
        ("interactions", "interaction_id: a, occurred_at: b",
         "channel: web, interaction_type: page_view, is_bot: perhaps", "perhaps is no boolean"),
    ],
)  # fmt: skip
def test_constants_and_requirements_are_judged_by_the_contract(
    problems: Problems, feed: str, columns: str, constants: str, message: str
) -> None:
    mapping = (
        f"  {feed}:\n    - {{from: crm, columns: {{{columns}}}, set: {{{constants}}}}}\n"
        "  customer_records:"
    )
    if feed in ("transactions", "survey_responses"):  # a feed stands once in a file
        found = problems("  customer_records:\n    - from: crm", mapping + "\n    - from: crm")
    else:
        found = problems("  customer_records:", mapping)
    assert any(message in problem.message for problem in found), [str(p) for p in found]


def test_all_problems_are_found_at_once(load: Callable[..., Company], good: str) -> None:
    bad = good.replace("EUR", "euro").replace("from: crm", "from: cmr").replace("20", "x")
    with pytest.raises(CompanyFileError) as error:
        load(bad)
    assert [problem.line for problem in error.value.problems] == [4, 13, 35]
    assert str(error.value).count("\n") == 2
    assert all(line.startswith("company.yml, line ") for line in str(error.value).splitlines())


def test_a_name_that_is_not_in_the_environment_is_a_problem(problems: Problems) -> None:
    found = problems("crm.csv", '"${CRM_DIR}/crm.csv"')
    assert [str(p) for p in found] == [
        "line 9, sources.crm.files: CRM_DIR is not in the environment; set it: export CRM_DIR=…"
    ]


def test_the_environment_fills_values_in(load: Callable[..., Company], good: str) -> None:
    text = good.replace("files: crm.csv", 'files: "${CRM_DIR}/$${x}.csv"')
    assert load(text, CRM_DIR="/data").sources["crm"].files == ["/data/${x}.csv"]


@pytest.mark.parametrize(
    "place",
    [
        ("crm.csv", '"${SECRET}://x"'),
        ("Europe/Berlin", "${SECRET}"),
        ("EUR", "${SECRET}"),
        ("non_contractual", "${SECRET}"),
        ("minimum_n: 20", "minimum_n: ${SECRET}"),
        ("from: crm", "from: ${SECRET}"),
        ("F: female", "F: ${SECRET}"),
        ("lag: 2h", "lag: ${SECRET}"),
        ("lag: 2h", "encoding: ${SECRET}"),
        ("required: false", "required: ${SECRET}"),
        ("files: crm.csv", "postgres: ${SECRET}"),
        ("metric_type: open,", "metric_type: '${SECRET}',"),
        ("[channel, store_id]", "[${SECRET}]"),
    ],
)
def test_a_secret_is_never_shown(problems: Problems, place: tuple[str, str]) -> None:
    secret = "hunter2 s3cret"
    found = problems(*place, SECRET=secret)
    assert found
    for problem in found:
        assert "hunter2" not in str(problem) and "s3cret" not in str(problem)


def test_wrong_databases_and_services_are_said(problems: Problems) -> None:
    def said(source: str) -> list[str]:
        return [p.message for p in problems("{files: crm.csv,", source + ",")]

    assert said("{postgres: 'dbname=x'") == ["no tables"]
    assert said("{postgres: 'dbname=x', tables: ['a b']") == [
        "not a name of a table that can be used"
    ]
    assert said("{postgres: 'dbname=x', tables: [a], mode: upsert") == [
        "mode upsert without a cursor"
    ]
    assert said("{postgres: 'dbname=x', tables: [a], sheet: b") == [
        "not a key of a postgres source"
    ]
    assert "no https base_url" in said("{rest: {base_url: 'http://x.example', endpoints: []}")
    rest = "{rest: {base_url: 'https://x.example', endpoints: [%s]}"
    assert said(rest % "{path: a, pages: {by: cursor}}") == [
        "missing for pages by cursor", "missing for pages by cursor"
    ]  # fmt: skip
    assert said(rest % "{path: a, cursor: at}") == [
        "a cursor without a key", "cursor and since go together"
    ]  # fmt: skip
    assert said(rest.replace("}", ", auth: bearer}", 1) % "{path: a}") == ["no token"]
    assert said(rest % "{path: a}, {path: b/a}") == ["a name twice"]
