{#-
  Incremental by day. A night leaves word of the days of each feed that it touched: those of new and
  of superseded rows, and those that came in because as_of moved. A model of this kind reads only
  these days and replaces them whole, so a day that has become empty is emptied.

  A model says which feed moves it in config(meta={'feed': ...}) and has the feed's day in the
  column occurred_on.
-#}

{#- The touched days of a feed, as a query. -#}
{% macro touched_days(feed) -%}
    select occurred_on from {{ source('built', 'touched_day') }} where feed = '{{ feed }}'
{%- endmacro %}

{#- Condition on occurred_on: every day on a full build, else the touched days alone. -#}
{% macro in_touched_days(feed) -%}
    {%- set days = touched_days(feed) -%}
    {%- if is_incremental() %}occurred_on in ({{ days }}){% else %}occurred_on is not null{% endif -%}
{%- endmacro %}

{#- The strategy `touched_day` of incremental models. -#}
{% macro get_incremental_touched_day_sql(arg_dict) -%}
    {{ return(adapter.dispatch('replace_touched_days')(arg_dict, config.get('meta')['feed'])) }}
{%- endmacro %}

{% macro duckdb__replace_touched_days(arg_dict, feed) -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='name') | join(', ') -%}
    delete from {{ arg_dict['target_relation'] }} where occurred_on in ({{ touched_days(feed) }});
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endmacro %}

{#- Plain Parquet tables on Spark have no delete: the whole table is written again from the days
    that were not touched and the new rows. -#}
{% macro spark__replace_touched_days(arg_dict, feed) -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='name') | join(', ') -%}
    insert overwrite table {{ arg_dict['target_relation'] }}
    select {{ columns }} from {{ arg_dict['target_relation'] }}
    where occurred_on not in ({{ touched_days(feed) }})
    union all
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endmacro %}

{#- dbt's own hook for the `where` of a test: the word __touched_days_of_<feed>__ limits a costly
    test on an incremental model to the days that this run has written. -#}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where', '') -%}
    {%- if where and '__touched_days_of_' in where -%}
        {%- set feed = where.split('__touched_days_of_')[1].split('__')[0] -%}
        {%- if night('previous_as_of') and not flags.FULL_REFRESH -%}
            {%- do return('(select * from ' ~ relation ~ ' where occurred_on in (' ~ touched_days(feed) ~ ')) as touched') -%}
        {%- endif -%}
        {%- do return(relation) -%}
    {%- endif -%}
    {%- if where -%}
        {%- do return('(select * from ' ~ relation ~ ' where ' ~ where ~ ') as filtered') -%}
    {%- endif -%}
    {%- do return(relation) -%}
{%- endmacro %}
