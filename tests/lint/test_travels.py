"""Each rule of the lint for SQL that travels: a text that it flags, and one that it passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.travels.check import check_project, check_sql, check_template
from tests.lint.travels.render import Renderer, RenderError

BITES = [
    ("order-nulls", "select row_number() over (partition by a order by b desc, c_id) as n from t"),
    (
        "order-nulls",
        "select max(a) over (order by b_id rows between 1 preceding and current row) as m from t",
    ),
    ("order-nulls", "select a from t order by a nulls last, b limit 3"),
    (
        "order-ties",
        "select row_number() over (partition by a order by b_at nulls last) as n from t",
    ),
    ("order-ties", "select lag(a) over (partition by b) as previous from t"),
    ("quoted-name", 'select "a" from t'),
    ("backslash", r"select replace(a, '\d', '') as b from t"),
    ("qualify", "select a from t qualify row_number() over (order by a_id nulls last) = 1"),
    ("by-all", "select a, count(*) as n from t group by all"),
    ("by-all", "select a from t order by all nulls last"),
    ("star-exclude", "select * exclude (a) from t"),
    ("star-exclude", "select * replace (a + 1 as a) from t"),
    ("distinct-on", "select distinct on (a) a, b from t"),
    (
        "recursive",
        "with recursive up as (select 1 as a union all select a + 1 from up) select a from up",
    ),
    ("union-by-name", "select a from t union all by name select a from u"),
    ("engine-join", "select t.a from t asof join u on t.a >= u.a"),
    ("engine-clause", "select a from t using sample 10"),
    ("does-not-parse", "select a // b as c from t"),
    ("engine-syntax", "select filter(l, x -> x > 1) as m from t"),
    ("list-or-struct", "select [1, 2] as a"),
    ("list-or-struct", "select {'a': 1} as b"),
    ("list-or-struct", "select a[1] as b from t"),
    ("lateral-alias", "select a + b as total, total * 2 as twice from t"),
    ("lateral-alias", "select a + b as total from t where total > 3"),
    ("date-arithmetic", "select delivered_on - promised_on as late from t"),
    ("date-arithmetic", "select started_on + 3 as due from t"),
    ("date-arithmetic", "select a + interval 3 day as due from t"),
    ("date-arithmetic", "select cast(a as date) - cast(b as date) as days from t"),
    ("ratio-type", "select a / nullif(b, 0) as c from t"),
    ("ratio-type", "select avg(amount) as mean from t"),
    ("ratio-zero", "select cast(a as double) / b as c from t"),
    ("cast-rounds", "select cast(2.5 as int) as a"),
    ("cast-rounds", "select cast(1.0e0 * a / nullif(b, 0) as bigint) as c from t"),
    ("cast-rounds", "select try_cast(a as bigint) as b from t"),
    ("double-as-text", "select md5(cast(cast(a as double) as string)) as k from t"),
    ("engine-type", "select cast(a as varchar) as b from t"),
    ("engine-type", "select a::timestamptz as b from t"),
    ("engine-function", "select log(a) as b from t"),
    ("engine-function", "select hash(a) as b from t"),
    ("engine-function", "select concat(a, b) as c from t"),
    ("engine-function", "select regexp_replace(a, 'x', 'y') as b from t"),
    ("engine-function", "select date_diff('month', a, b) as c from t"),
    ("engine-function", "select dayofweek(a) as b from t"),
    ("engine-function", "select epoch_us(a) as b from t"),
    ("engine-function", "select string_agg(a, ',' order by a nulls last) as b from t"),
    ("engine-function", "select upper(a) as b from t"),
    ("engine-function", "select extract(dow from a) as b from t"),
    ("ratio-zero", "select case when a > 0 then 1.0e0 / b end as c from t"),
    ("clock", "select current_date as today"),
    ("does-not-parse", "select from where"),
]

PASSES = [
    "select row_number() over (partition by a order by b_id desc nulls last) as n from t",
    "select sum(a) over (order by b nulls last rows between 6 preceding and current row) m from t",
    "with ages (a, b) as (select a, b from t) select a from ages where exists (select 1 from u)",
    "select a, count(*) as n from t group by a order by n desc nulls last, a nulls last",
    "select coalesce(a, '') || coalesce(b, '') as c, md5(a || '|' || b) as row_key from t",
    "select cast(a as double) / nullif(b, 0) as rate, avg(cast(score as double)) as mean from t",
    "select 1.0e0 * sum(a) / nullif(count(*), 0) as rate from t",
    "select sqrt(1.0e0 * a / (n + 3)) as se from t",
    "with d as (select cast(a as double) as x from t) select x / nullif(y, 0) as r from d",
    "select case when b > 0 then 1.0e0 * a / b end as c, extract(year from d) as y from t",
    "select cast(floor(a) as bigint) as b, cast(sum(n) as bigint) as c from t",
    "select try_cast(try_cast(a as decimal(18, 4)) as bigint) as b from t",
    "select engine__add_days(a_on, 3) as b, engine__business_date(x) as c from t",
    "select amount - discount_amount as net, ln(a) as b, log10(a) as c from t",
    "select o.a_id as a_id, o.a + o.b as total from orders o where a_id is not null",
    "select sum(case when a then 1 else 0 end) filter (where b) as n from t left join u using (id)",
    "select '[0-9]' as digits, 'a\"b' as quoted, 'order by all' as words",
    "select * from t where left(a, 3) = 'abc' and a is distinct from b",
]


@pytest.mark.parametrize(("rule", "sql"), BITES)
def test_a_habit_is_flagged(rule: str, sql: str) -> None:
    assert rule in {found for found, _ in check_sql(sql)}


@pytest.mark.parametrize("sql", PASSES)
def test_portable_sql_passes(sql: str) -> None:
    assert check_sql(sql) == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("dbt-macro", "select {{ dbt.dateadd('day', 1, 'a_on') }} as b from {{ ref('t') }}"),
        ("dbt-macro", "select {{ dbt.safe_cast('a', 'int') }} as b from {{ ref('t') }}"),
        (
            "dispatch-in-model",
            "{% if target.type == 'spark' %}select 1 as a{% else %}select 2 as a{% endif %}",
        ),
        (
            "dispatch-in-model",
            "select {{ adapter.dispatch('epoch_us')('a') }} as b from {{ ref('t') }}",
        ),
        ("does-not-render", "select {{ no_such_macro() }} as a"),
        (
            "engine-function",
            "select 1 as a {% if is_incremental() %} where hash(a) = 1 {% endif %}",
        ),
        ("engine-function", "select {{ hashed('a') }} as b from {{ ref('t') }}"),
    ],
)
def test_a_template_habit_is_flagged(renderer: Renderer, rule: str, text: str) -> None:
    assert rule in {found for found, _ in check_template(text, renderer)}


@pytest.fixture
def renderer(tmp_path: Path) -> Renderer:
    macros = tmp_path / "macros"
    macros.mkdir()
    (macros / "engine.sql").write_text(
        "{% macro add_days(d, n) %}{{ return(adapter.dispatch('add_days')(d, n)) }}{% endmacro %}"
        "{% macro duckdb__add_days(d, n) %}{{ d }} + interval ({{ n }}) day{% endmacro %}"
        "{% macro type_text() %}{{ return(adapter.dispatch('type_text')()) }}{% endmacro %}"
        "{% macro hashed(x) %}hash({{ x }}){% endmacro %}"
        "{%- macro days() -%}{{ return([1, 2]) }}{%- endmacro -%}"
    )
    (tmp_path / "dbt_project.yml").write_text("name: x\nvars: {as_of: '2020-01-01'}\n")
    return Renderer(tmp_path)


def test_an_engines_macro_is_its_own_affair(renderer: Renderer) -> None:
    text = "{{ config(x='view') }} select {{ add_days('a_on', 3) }} as b from {{ ref('t') }}"
    assert renderer.render(text, incremental=False).strip() == (
        "select engine__add_days(a_on, 3) as b from t"
    )
    assert check_template(text, renderer) == []


def test_macros_give_lists_types_and_vars(renderer: Renderer) -> None:
    text = (
        "select {% for n in days() %}cast({{ n }} as {{ type_text() }}) as d_{{ n }}, {% endfor %}"
        "'{{ var('as_of') }}' as as_of_on"
    )
    rendered = renderer.render(text, incremental=False)
    assert (
        rendered
        == "select cast(1 as string) as d_1, cast(2 as string) as d_2, '2020-01-01' as as_of_on"
    )


def test_a_missing_macro_says_which(renderer: Renderer) -> None:
    with pytest.raises(RenderError, match="no_such_macro"):
        renderer.render("{{ no_such_macro() }}", incremental=False)


def test_an_allowance_needs_its_reason(renderer: Renderer) -> None:
    habit = "select median(a) as b from {{ ref('t') }}"
    assert (
        check_template(f"-- travels: allow engine-function: same since 3.4\n{habit}", renderer)
        == []
    )
    assert check_template(f"-- travels: allow engine-function:\n{habit}", renderer) != []


def test_a_project_is_read_whole(tmp_path: Path) -> None:
    models = tmp_path / "models" / "core"
    models.mkdir(parents=True)
    (models / "good.sql").write_text("select a from {{ ref('t') }}")
    (models / "bad.sql").write_text("select * exclude (a) from {{ source('feeds', 't') }}")
    findings, n_files = check_project(tmp_path)
    assert n_files == 2
    assert [(Path(f.path).name, f.rule) for f in findings] == [("bad.sql", "star-exclude")]


def test_the_projects_own_sql_travels(root: Path) -> None:
    findings, n_files = check_project(root / "transforms")
    assert n_files > 0
    assert not findings, "\n".join(map(str, findings))
