{#- The total of a column equals that of another relation's: money neither lost nor multiplied. -#}
{% test same_total(model, column, to) %}

with

here as (
    select coalesce(sum({{ column }}), 0) as total from {{ model }}
),

there as (
    select coalesce(sum({{ column }}), 0) as total from {{ to }}
)

select
    here.total as total_here,
    there.total as total_there
from here
cross join there
where here.total <> there.total

{% endtest %}
